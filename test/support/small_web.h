/**
 * @file
 * A server, its issuer and one that means ill, as pages that a test puts where it likes, and
 * a person who logs in at once: what the OAuth client asks goes through the library's seam.
 */
#ifndef MCPAUTH_TEST_SMALL_WEB_H
#define MCPAUTH_TEST_SMALL_WEB_H

#include "base/buf.h"

#include <mcpauth/client_grant.h>
#include <mcpauth/client_request.h>

#define SERVER "https://mcp.example/mcp"
#define WELL_KNOWN "https://mcp.example/.well-known/oauth-protected-resource"
#define ISSUER "https://as.example"
#define EVIL "https://evil.example"
#define ISSUER_PLACE "/.well-known/oauth-authorization-server"
#define REGISTERED "{\"client_id\":\"me\",\"token_endpoint_auth_method\":\"none\"}"
#define TOKENS \
	"{\"access_token\":\"good\",\"token_type\":\"Bearer\",\"expires_in\":3600," \
	"\"refresh_token\":\"refresh-me\"}"
#define SMALL_WEB_PAGES 12

struct small_page {
	const char *url;
	unsigned status;
	char *body;
};

/** Everything that can be asked; anything else is a 404. */
struct small_web {
	struct small_page pages[SMALL_WEB_PAGES];
	struct mcpauth *auth;
	struct mcpauth_client_config config;
	struct mcpauth__buf asked; /* each with what was sent, in lines */
	struct mcpauth__buf told;  /* of each step */
	int64_t seconds;           /* that went by */
	const char *answer;        /* of the login, besides state */
	unsigned logins;
	char login[4096]; /* the URL of the last one */
	const char *challenge;
	bool accepts;     /* a token, whichever */
	char proof[1024]; /* the DPoP proof that was asked with last */
};

/** A test's set-up and tear-down: both issuers are honest, the server names ISSUER. */
int small_web_start(void **state);
int small_web_stop(void **state);

/** Put a page in, instead of what was there. @param url  borrowed */
void small_web_put(struct small_web *web, const char *url, unsigned status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** The same with a text of any length. @param body  taken */
void small_web_put_long(struct small_web *web, const char *url, char *body);

/** A server's metadata. @param place  where it is; borrowed */
void small_web_trust(
	struct small_web *web, const char *place, const char *resource, const char *issuer);

/** An issuer's metadata. @param more  further members */
void small_web_put_issuer(
	struct small_web *web, const char *place, const char *issuer, const char *more);

/** A client as configured. */
struct mcpauth_client *small_web_client(struct small_web *web);

/** Hand a request what the server says to it as it is prepared now. */
enum mcpauth_code small_web_answer(
	struct small_web *web, struct mcpauth_client_request *request, struct mcpauth_error *err);

/** One request of a client's, as often as it takes. */
enum mcpauth_code small_web_send(
	struct small_web *web, struct mcpauth_client *client, struct mcpauth_error *err);

/** One request of a client that knows nothing but what the storage has. */
enum mcpauth_code small_web_visit(struct small_web *web, struct mcpauth_error *err);

/** How often is this in what was asked? */
unsigned small_web_asked(const struct small_web *web, const char *text);

#endif
