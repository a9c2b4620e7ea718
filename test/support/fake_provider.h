/**
 * @file
 * A protected server, its issuer and a person who logs in there, without a network: what
 * the OAuth client asks is answered through the library's own seam. Any thread may use one.
 */
#ifndef MCPAUTH_TEST_FAKE_PROVIDER_H
#define MCPAUTH_TEST_FAKE_PROVIDER_H

#include <mcpauth/mcpauth.h>

#define PROVIDER_SERVER "https://mcp.example/mcp"
#define PROVIDER_METADATA "https://mcp.example/.well-known/oauth-protected-resource/mcp"
#define PROVIDER_ISSUER "https://as.example"
/** The token endpoint of a company's identity provider, and whom it knows. */
#define PROVIDER_IDENTITY "https://idp.example/token"
#define PROVIDER_ID_TOKEN "id.of.alice"
/** What its clock shows at first, in seconds since 1970. */
#define PROVIDER_NOW 1800000000

/** What it does, changed between requests. Zero is a provider that does all right. */
struct provider_manners {
	const char *issuer; /* PROVIDER_ISSUER: whom the server names, and who that is */
	const char *needed; /* scopes that the server wants of each token: 403 */
	unsigned lifetime;  /* seconds of a token; 0: 3600 */
	bool no_refresh_tokens;
	bool keeps_refresh_tokens;   /* they do not rotate */
	const char *token_error;     /* the token endpoint refuses everything with this */
	const char *refresh_error;   /* only what is refreshed */
	bool forgets_client;         /* invalid_client for the clients known so far */
	bool refuses_good_tokens;    /* 401 whatever is shown */
	bool wants_more;             /* 403 for one more scope each time */
	bool is_down;                /* nothing is answered but by the server itself */
	const char *login_error;     /* the person says no: `error` of the redirect */
	const char *redirect_issuer; /* `iss` of the redirect; NULL: the issuer */
	bool no_pkce;
};

/** What happened so far. */
struct provider_counts {
	unsigned registrations;
	unsigned logins;
	unsigned codes; /* redeemed */
	unsigned refreshes;
	unsigned client_tokens; /* client credentials and assertions */
	unsigned vouched;       /* ID-JAGs, also those that were refused */
	unsigned revoked;
	unsigned stolen; /* a refresh token was used twice */
};

struct fake_provider;

struct fake_provider *fake_provider_new(void);

/** After whatever asks it is freed. */
void fake_provider_free(struct fake_provider *fake);

/** Put clock, fetch function and log into a configuration. */
void fake_provider_configure(struct fake_provider *fake, struct mcpauth_config *config);

/** A library that asks it. */
struct mcpauth *fake_provider_auth(struct fake_provider *fake);

/** A client's configuration: the server, the person who logs in, and itself as `user`. */
struct mcpauth_client_config fake_provider_client(struct fake_provider *fake);

/** Change its manners; strings are borrowed. */
void fake_provider_set(struct fake_provider *fake, const struct provider_manners *manners);

struct provider_counts fake_provider_counts(struct fake_provider *fake);

/** Move both clocks on. */
void fake_provider_advance(struct fake_provider *fake, int64_t seconds);

/** The last form the token endpoint got, "" if none. Borrowed until the next one. */
const char *fake_provider_form(struct fake_provider *fake);

/** The scope of the last login, "" if none. Likewise. */
const char *fake_provider_scope(struct fake_provider *fake);

/** Was this in a line that it was told as the log? */
bool fake_provider_logged(struct fake_provider *fake, const char *text);

/** What the server answers to a request with these headers. */
struct provider_answer {
	unsigned status;
	char challenge[512]; /* "" if there is none */
};
void fake_provider_serve(struct fake_provider *fake, const struct mcpauth_client_request *request,
	struct provider_answer *answer);

/**
 * One request of a client's, sent as often as it takes.
 *
 * @param[out] status  of the last answer; 0 if none was got
 */
enum mcpauth_code fake_provider_request(struct fake_provider *fake, struct mcpauth_client *client,
	unsigned *status, struct mcpauth_error *err);

#endif
