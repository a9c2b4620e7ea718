/**
 * @file
 * An issuer without a network: a clock that is moved by hand and documents
 * that are fetched through the library's own seam. It can be down, hold its
 * answers back and change its keys. Any thread may use one.
 */
#ifndef MCPAUTH_TEST_FAKE_ISSUER_H
#define MCPAUTH_TEST_FAKE_ISSUER_H

#include <mcpauth/mcpauth.h>

#define FAKE_ISSUER "https://as.example"
#define FAKE_METADATA "https://as.example/.well-known/oauth-authorization-server"
#define FAKE_KEYS "https://as.example/keys"
#define FAKE_RESOURCE "https://api.example/mcp"
/** What its clock shows at first, in seconds since 1970. */
#define FAKE_NOW 1800000000

struct fake_issuer;

/** One with metadata, and ES256 key 0 published as "k0". */
struct fake_issuer *fake_issuer_new(void);

/** After whatever fetches from it is freed. Answers what it still holds. */
void fake_issuer_free(struct fake_issuer *fake);

/** Put clock, fetch function and log into a configuration. */
void fake_issuer_configure(struct fake_issuer *fake, struct mcpauth_config *config);

/**
 * A library that has FAKE_RESOURCE and lets it accept FAKE_ISSUER.
 *
 * @param config, issuer  NULL for the defaults; the seams are put in here
 * @return caller frees with mcpauth_free() before fake_issuer_free()
 */
struct mcpauth *fake_issuer_auth(struct fake_issuer *fake, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer);

/** Let things be added again after a token was verified, as no program can. */
void fake_issuer_reopen(struct mcpauth *auth);

/** Answer a URL like this from now on; before, it is a 404. Copied. */
void fake_issuer_publish(
	struct fake_issuer *fake, const char *url, unsigned status, const char *body);

/** Publish this key, and no other, at a URL; NULL stands for FAKE_KEYS. */
void fake_issuer_rotate(struct fake_issuer *fake, const char *url, const char *algorithm,
	unsigned number, const char *kid);

/** While it is down nothing is answered, which each fetch is told at once. */
void fake_issuer_set_down(struct fake_issuer *fake, bool down);

/** From hold to release the fetches wait for their answers. */
void fake_issuer_hold(struct fake_issuer *fake);
void fake_issuer_release(struct fake_issuer *fake);

/** How often a URL was fetched; NULL counts all. */
unsigned fake_issuer_fetches(struct fake_issuer *fake, const char *url);

/** The URL of the fetch with this number, "" if there was none. */
const char *fake_issuer_fetch_at(struct fake_issuer *fake, unsigned number);

/** The form of the last POST, and its Authorization, "" if it had none. Borrowed
 * until the next POST. */
const char *fake_issuer_form(struct fake_issuer *fake);
const char *fake_issuer_authorization(struct fake_issuer *fake);

/** Move both clocks on. */
void fake_issuer_advance_ms(struct fake_issuer *fake, int64_t ms);

/** Set the real-time clock alone, as an administrator does. */
void fake_issuer_set_real(struct fake_issuer *fake, int64_t seconds);

/** Was this in a line that it was told as the log? */
bool fake_issuer_logged(struct fake_issuer *fake, const char *text);

/** How often it was in what it was told. */
unsigned fake_issuer_log_count(struct fake_issuer *fake, const char *text);

/** A token; what is NULL or 0 is what the issuer usually writes. */
struct fake_token {
	const char *algorithm; /* ES256; `alg` and the key that signs */
	unsigned number;       /* of the key */
	const char *kid;       /* "k0"; "" leaves it out */
	const char *type;      /* "at+jwt"; "" leaves it out */
	const char *issuer;    /* FAKE_ISSUER */
	const char *audience;  /* FAKE_RESOURCE */
	int64_t lifetime;      /* 300 s from now */
	const char *claims;    /* further members: ",\"scope\":\"a\"" */
};

/** Sign one; no two are equal. @return caller frees with free() */
char *fake_issuer_token(struct fake_issuer *fake, const struct fake_token *token);

/** Sign one and verify it for FAKE_RESOURCE. */
enum mcpauth_code fake_issuer_try(struct fake_issuer *fake, struct mcpauth *auth,
	const struct fake_token *token, struct mcpauth_error *err);

#endif
