/* Making an authorization request: its state, its PKCE, and the URL that carries them. */
#include "client/login/authorization_request.h"

#include "base/base64url.h"
#include "base/error_int.h"
#include "base/form.h"
#include "base/hash.h"
#include "base/wipe.h"
#include "net/url.h"

#include <gnutls/crypto.h>

#include <stdlib.h>
#include <string.h>

#define RANDOM_SIZE 32
/* What a program can be given as an argument, and a server as a request, with room to spare. */
#define URL_LIMIT ((size_t)32 * 1024)

/* A parameter of the URL; NULL value: left out. */
struct parameter {
	const char *name;
	const char *value;
};

struct parameters {
	struct parameter items[10];
	size_t count;
};

static enum mcpauth_code make_random(char **text, struct mcpauth_error *err)
{
	unsigned char bytes[RANDOM_SIZE];
	*text = malloc(MCPAUTH__BASE64URL_ENCODED(sizeof bytes) + 1);
	if (*text == NULL) {
		return mcpauth__no_memory(err);
	}
	**text = '\0';
	if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof bytes) < 0) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "randomness is not to be had");
	}
	mcpauth__base64url_encode(bytes, sizeof bytes, *text);
	mcpauth__wipe(bytes, sizeof bytes);
	return MCPAUTH_OK;
}

static enum mcpauth_code copy(const char *text, char **to, struct mcpauth_error *err)
{
	*to = mcpauth__strdup(text);
	return *to != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code fill_in(const struct mcpauth__authorization_wish *wish,
	struct mcpauth__authorization_request *request, struct mcpauth_error *err)
{
	request->names_issuer = wish->server->names_issuer;
	enum mcpauth_code code = copy(wish->redirect_uri, &request->redirect_uri, err);
	if (code == MCPAUTH_OK) {
		code = copy(wish->server->issuer, &request->issuer, err);
	}
	if (code == MCPAUTH_OK) {
		code = make_random(&request->state, err);
	}
	return code == MCPAUTH_OK ? make_random(&request->verifier, err) : code;
}

/* A second value of a parameter of ours would leave it to chance which one counts. A name
 * with an escape in it can only want to look like another. */
static bool has_parameter(const char *query, const char *name)
{
	while (query != NULL) {
		size_t length = strcspn(query, "=&");
		if (memchr(query, '%', length) != NULL
			|| (length == strlen(name) && memcmp(query, name, length) == 0)) {
			return true;
		}
		query = strchr(query, '&');
		query = query != NULL ? query + 1 : NULL;
	}
	return false;
}

static enum mcpauth_code check_query(
	const char *query, const struct parameters *parameters, struct mcpauth_error *err)
{
	for (size_t i = 0; i < parameters->count; i++) {
		const struct parameter *parameter = &parameters->items[i];
		if (parameter->value != NULL && has_parameter(query, parameter->name)) {
			return mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA,
				"authorization_endpoint: its query has a %s of its own",
				parameter->name);
		}
	}
	return MCPAUTH_OK;
}

/* What a browser is given to open: no script, no file, nobody's name before the host. */
static enum mcpauth_code check_endpoint(
	const char *endpoint, const struct parameters *parameters, struct mcpauth_error *err)
{
	struct mcpauth__url url;
	struct mcpauth_error why = {0};
	if (endpoint == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA,
			"the issuer has no authorization endpoint");
	}
	enum mcpauth_code code = mcpauth__url_parse(endpoint, &url, &why);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_METADATA, "authorization_endpoint: %s", why.message);
	}
	if (url.has_user || url.has_fragment) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA,
			"authorization_endpoint: it names a user or has a fragment");
	} else {
		code = check_query(url.query, parameters, err);
	}
	mcpauth__url_finish(&url);
	return code;
}

/* RFC 6749 section 3.1: the endpoint's own query is retained. */
static const char *separator(const char *endpoint)
{
	if (strchr(endpoint, '?') == NULL) {
		return "?";
	}
	return strchr("?&", endpoint[strlen(endpoint) - 1]) != NULL ? "" : "&";
}

static enum mcpauth_code write_url(const char *endpoint, const struct parameters *parameters,
	char **url, struct mcpauth_error *err)
{
	struct mcpauth__buf form = {0};
	struct mcpauth__buf text = {0};
	enum mcpauth_code code = check_endpoint(endpoint, parameters, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	bool good = true;
	for (size_t i = 0; good && i < parameters->count; i++) {
		good = mcpauth__form_add(
			&form, parameters->items[i].name, parameters->items[i].value);
	}
	good = good && mcpauth__buf_puts(&text, endpoint)
		&& mcpauth__buf_puts(&text, separator(endpoint))
		&& mcpauth__buf_append(&text, form.data, form.length);
	if (!good) {
		code = mcpauth__no_memory(err);
	} else if (text.length > URL_LIMIT) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA,
			"the authorization URL would be over %zu KiB long", URL_LIMIT / 1024);
	} else {
		*url = mcpauth__buf_take(&text);
	}
	mcpauth__buf_finish(&form);
	mcpauth__buf_finish(&text);
	return code;
}

/* RFC 7636 section 4.2: what is shown of the verifier until the code is redeemed. */
static enum mcpauth_code make_challenge(
	const char *verifier, char *challenge, struct mcpauth_error *err)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	if (!mcpauth__sha256(verifier, strlen(verifier), digest)) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "SHA-256 is not to be had");
	}
	mcpauth__base64url_encode(digest, sizeof digest, challenge);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__authorization_request_make(
	const struct mcpauth__authorization_wish *wish,
	struct mcpauth__authorization_request *request, struct mcpauth_error *err)
{
	char challenge[MCPAUTH__BASE64URL_ENCODED(MCPAUTH__SHA256_SIZE) + 1];
	enum mcpauth_code code = fill_in(wish, request, err);
	if (code == MCPAUTH_OK) {
		code = make_challenge(request->verifier, challenge, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	const struct parameters parameters = {
		.items = {{"response_type", "code"}, {"client_id", wish->client_id},
			{"redirect_uri", wish->redirect_uri}, {"state", request->state},
			{"code_challenge", challenge}, {"code_challenge_method", "S256"},
			{"resource", wish->resource}, {"scope", wish->scope},
			{"prompt", wish->wants_consent ? "consent" : NULL},
			{"dpop_jkt", wish->thumbprint}},
		.count = 10,
	};
	return write_url(wish->server->authorization_endpoint, &parameters, &request->url, err);
}

void mcpauth__authorization_request_finish(struct mcpauth__authorization_request *request)
{
	if (request->verifier != NULL) {
		mcpauth__wipe(request->verifier, strlen(request->verifier));
	}
	free(request->url);
	free(request->redirect_uri);
	free(request->issuer);
	free(request->state);
	free(request->verifier);
	*request = (struct mcpauth__authorization_request){0};
}
