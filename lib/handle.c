/* Handles: random names under a seal that says until when they are good, and for whom. */
#include "auth_int.h"

#include "base/base64url.h"
#include "base/config.h"
#include "base/hash.h"
#include "base/wipe.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stdlib.h>
#include <string.h>

#define LIFETIME 3600
#define KEY_LENGTH_MIN 32

/* The key's use here and nowhere else, and the form of what is sealed. */
#define LABEL "mcpauth handle 1"

struct mcpauth_handles {
	struct mcpauth__clock clock;
	unsigned lifetime; /* seconds, or MCPAUTH_NONE */
	unsigned char key[MCPAUTH__SHA256_SIZE];
};

/* All are bytes: nothing lies between them, whatever the machine. */
struct body {
	unsigned char name[16];
	unsigned char end[8]; /* seconds since 1970, the first byte counts most */
};

/* What a handle is, in base64url. */
struct sealed {
	struct body body;
	unsigned char seal[MCPAUTH__SHA256_SIZE];
};

/* What the seal is over: hashes, so that it is made in one go, without memory that might
 * run out, and no two lists of texts read alike. Of none it is zeros, which no text has. */
struct content {
	struct body body;
	unsigned char issuer[MCPAUTH__SHA256_SIZE];
	unsigned char subject[MCPAUTH__SHA256_SIZE];
	unsigned char client[MCPAUTH__SHA256_SIZE];
	unsigned char token[MCPAUTH__SHA256_SIZE];
};

#define LENGTH MCPAUTH__BASE64URL_ENCODED(sizeof(struct sealed))

_Static_assert(sizeof(struct sealed) == 16 + 8 + 32, "a handle has bytes of no meaning");
_Static_assert(sizeof(struct content) == 16 + 8 + 4 * 32, "a seal is over bytes of no meaning");
_Static_assert(LENGTH < MCPAUTH_HANDLE_SIZE, "a handle does not fit");

static enum mcpauth_code system_failed(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "handles: %s", why);
}

/* Only what it says here: neither the handle nor anybody's name. */
static enum mcpauth_code unknown(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_HANDLE, "%s", why);
}

static enum mcpauth_code check(
	const struct mcpauth_handles_config *config, struct mcpauth_error *err)
{
	if (config->key == NULL ? config->key_length != 0 : config->key_length < KEY_LENGTH_MIN) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a key of handles has 32 bytes or more, and its length is given with it");
	}
	return MCPAUTH_OK;
}

/* Never the key itself: whatever else it may seal or open, it is not this. */
static enum mcpauth_code make_key(struct mcpauth_handles *handles,
	const struct mcpauth_handles_config *config, struct mcpauth_error *err)
{
	if (config->key == NULL) {
		return gnutls_rnd(GNUTLS_RND_KEY, handles->key, sizeof handles->key) == 0
			? MCPAUTH_OK
			: system_failed(err, "there are no random numbers for a key");
	}
	const struct mcpauth__secret secret = {config->key, config->key_length};
	return mcpauth__derive_key(&secret, LABEL, config->purpose, handles->key)
		? MCPAUTH_OK
		: system_failed(err, "no key can be derived from the one given");
}

enum mcpauth_code mcpauth_handles_new(struct mcpauth *auth,
	const struct mcpauth_handles_config *config, struct mcpauth_handles **handles,
	struct mcpauth_error *err)
{
	struct mcpauth_handles_config read;
	*handles = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = check(&read, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth_handles *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->clock = auth->runtime->clock;
	made->lifetime = read.lifetime != 0 ? read.lifetime : LIFETIME;
	code = make_key(made, &read, err);
	if (code != MCPAUTH_OK) {
		mcpauth_handles_free(made);
		return code;
	}
	*handles = made;
	return MCPAUTH_OK;
}

void mcpauth_handles_free(struct mcpauth_handles *handles)
{
	if (handles != NULL) {
		mcpauth__wipe(handles->key, sizeof handles->key);
		free(handles);
	}
}

static void put_end(int64_t end, unsigned char bytes[8])
{
	for (int i = 0; i < 8; i++) {
		bytes[i] = (unsigned char)((uint64_t)end >> (56 - 8 * i));
	}
}

static int64_t read_end(const unsigned char bytes[8])
{
	uint64_t end = 0;
	for (int i = 0; i < 8; i++) {
		end = end << 8 | bytes[i];
	}
	return (int64_t)end;
}

static bool put_text(unsigned char digest[MCPAUTH__SHA256_SIZE], const char *text)
{
	return text == NULL || mcpauth__sha256(text, strlen(text), digest);
}

static bool is_name(const char *text)
{
	return text != NULL && *text != '\0';
}

/* A token that names nobody is told from others of its kind by itself alone. So there is
 * always something, and no token is taken for none. */
static bool put_owner(struct content *content, const struct mcpauth_auth_info *who)
{
	const char *subject = mcpauth_auth_info_subject(who);
	const char *client = mcpauth_auth_info_client_id(who);
	bool is_named = is_name(subject) || is_name(client);
	return put_text(content->issuer, mcpauth_auth_info_issuer(who))
		&& put_text(content->subject, subject) && put_text(content->client, client)
		&& put_text(content->token, is_named ? NULL : mcpauth_auth_info_token(who));
}

static bool make_seal(const struct mcpauth_handles *handles, const struct body *body,
	const struct mcpauth_auth_info *who, unsigned char seal[MCPAUTH__SHA256_SIZE])
{
	struct content content = {.body = *body};
	return put_owner(&content, who)
		&& mcpauth__hmac_sha256(handles->key, &content, sizeof content, seal);
}

static int64_t end_from_now(const struct mcpauth_handles *handles)
{
	int64_t now = mcpauth__clock_real(&handles->clock);
	/* A program's own clock may show any time. */
	return handles->lifetime == MCPAUTH_NONE || now > INT64_MAX - (int64_t)handles->lifetime
		? INT64_MAX
		: now + handles->lifetime;
}

enum mcpauth_code mcpauth_handle_make(const struct mcpauth_handles *handles,
	const struct mcpauth_auth_info *who, char handle[MCPAUTH_HANDLE_SIZE],
	struct mcpauth_error *err)
{
	struct sealed made;
	*handle = '\0';
	/* Clients see it: it comes from where no key does. */
	if (gnutls_rnd(GNUTLS_RND_NONCE, made.body.name, sizeof made.body.name) != 0) {
		return system_failed(err, "there are no random numbers");
	}
	put_end(end_from_now(handles), made.body.end);
	if (!make_seal(handles, &made.body, who, made.seal)) {
		return system_failed(err, "GnuTLS makes no seal");
	}
	mcpauth__base64url_encode((const unsigned char *)&made, sizeof made, handle);
	return MCPAUTH_OK;
}

/* Nothing of a longer one is looked at. */
static bool read_handle(const char *handle, struct sealed *sealed)
{
	return strnlen(handle, LENGTH + 1) == LENGTH
		&& mcpauth__base64url_decode(handle, LENGTH, (unsigned char *)sealed);
}

/* The seal that it ought to have would open the door: it does not stay. */
static bool is_sealed_for(const struct mcpauth_handles *handles, const struct sealed *sealed,
	const struct mcpauth_auth_info *who)
{
	unsigned char seal[MCPAUTH__SHA256_SIZE] = {0};
	bool good = make_seal(handles, &sealed->body, who, seal)
		&& mcpauth__equal_bytes(seal, sealed->seal, sizeof seal);
	mcpauth__wipe(seal, sizeof seal);
	return good;
}

enum mcpauth_code mcpauth_handle_check(const struct mcpauth_handles *handles,
	const struct mcpauth_auth_info *who, const char *handle, struct mcpauth_error *err)
{
	struct sealed sealed;
	if (handle == NULL) {
		return unknown(err, "there is no handle");
	}
	if (!read_handle(handle, &sealed)) {
		return unknown(err, "the handle is malformed");
	}
	if (!is_sealed_for(handles, &sealed, who)) {
		return unknown(err,
			"the handle was not made here for this caller: it is another one's, "
			"or forged, or of a key that is no longer in use");
	}
	if (mcpauth__clock_real(&handles->clock) >= read_end(sealed.body.end)) {
		return unknown(err, "the handle is too old");
	}
	return MCPAUTH_OK;
}
