/* Clients proving who they are at the token, revocation and introspection ends. */
#define _POSIX_C_SOURCE 200809L

#include "client_assertion.h"
#include "clients.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct credentials {
	char *id;
	char *secret;          /* NULL: none was shown */
	const char *assertion; /* borrowed from the form; NULL: none was shown */
	bool basic;
};

static void credentials_finish(struct credentials *shown)
{
	if (shown->secret != NULL) {
		gnutls_memset(shown->secret, 0, strlen(shown->secret));
	}
	free(shown->id);
	free(shown->secret);
}

/* Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1). */
static bool read_basic(const char *header, struct credentials *shown)
{
	gnutls_datum_t in = {(unsigned char *)header, (unsigned)strlen(header)};
	gnutls_datum_t out;
	if (gnutls_base64_decode2(&in, &out) != 0) {
		return false;
	}
	const char *text = (const char *)out.data;
	const char *colon = out.size == 0 ? NULL : memchr(text, ':', out.size);
	if (colon != NULL) {
		size_t length = (size_t)(colon - text);
		shown->id = form_decode(text, length);
		shown->secret = form_decode(colon + 1, out.size - length - 1);
	}
	gnutls_memset(out.data, 0, out.size);
	gnutls_free(out.data);
	return shown->id != NULL && shown->secret != NULL;
}

/* RFC 7521 section 4.2: client_id may stand beside an assertion, a secret may not. */
static const char *read_assertion(
	const struct request *request, const struct form *form, struct credentials *shown)
{
	static const char wanted[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
	const char *type = form_get(form, "client_assertion_type");
	if (request->authorization != NULL || form_get(form, "client_secret") != NULL) {
		return "client credentials are given in more than one way";
	}
	if (type == NULL || strcmp(type, wanted) != 0) {
		return "client_assertion_type is not jwt-bearer";
	}
	shown->id = text_copy(form_get(form, "client_id"));
	shown->assertion = form_get(form, "client_assertion");
	return NULL;
}

/* NULL, or why the request is malformed: one way only, and no contradiction. */
static const char *read_shown(
	const struct request *request, const struct form *form, struct credentials *shown)
{
	const char *id = form_get(form, "client_id");
	const char *secret = form_get(form, "client_secret");
	if (form_get(form, "client_assertion") != NULL) {
		return read_assertion(request, form, shown);
	}
	if (request->authorization == NULL) {
		shown->id = text_copy(id);
		shown->secret = text_copy(secret);
		return id == NULL ? "client_id is missing" : NULL;
	}
	shown->basic = true;
	if (strncasecmp(request->authorization, "Basic ", 6) != 0
		|| !read_basic(request->authorization + 6, shown)) {
		return "the Authorization header is not well-formed Basic";
	}
	if (secret != NULL || (id != NULL && strcmp(id, shown->id) != 0)) {
		return "client credentials are given in more than one way";
	}
	return NULL;
}

static void refuse(struct reply *reply, const struct credentials *shown, const char *why)
{
	if (shown->basic) {
		reply_header(reply, "WWW-Authenticate", "Basic realm=\"clients\"");
	}
	reply_error(reply, 401, "invalid_client", why);
}

static bool secret_is_right(const struct client *client, const char *secret)
{
	uint8_t digest[DIGEST_SIZE];
	text_digest(secret, strlen(secret), digest);
	return text_digest_equal(digest, client->secret);
}

static bool proves(const struct client *client, const struct credentials *shown)
{
	switch (client->authentication) {
	case AUTH_NONE:
		return shown->secret == NULL;
	case AUTH_BASIC:
		return shown->basic && secret_is_right(client, shown->secret);
	case AUTH_POST:
		return !shown->basic && shown->secret != NULL
			&& secret_is_right(client, shown->secret);
	}
	return false;
}

struct client *client_authenticate(struct server *server, const struct request *request,
	const struct form *form, struct reply *reply)
{
	struct credentials shown = {0};
	struct client *client = NULL;
	const char *why = read_shown(request, form, &shown);
	if (why == NULL && shown.assertion != NULL) {
		why = "registered clients do not use assertions here";
	}
	if (why != NULL) {
		reply_error(reply, 400, "invalid_request", why);
	} else {
		client = clients_find(server, shown.id, &why);
		if (client == NULL) {
			refuse(reply, &shown, why);
		} else if (!proves(client, &shown)) {
			refuse(reply, &shown, "the client's credentials are not right");
			client = NULL;
		}
	}
	credentials_finish(&shown);
	return client;
}

/* A registered client, or one of those with a secret on the command line. */
static const char *introspector_by_secret(struct server *server, const struct credentials *shown)
{
	if (shown->secret == NULL) {
		return NULL;
	}
	const struct introspector *known = introspectors_by_secret(
		&server->settings.introspectors, PROOF_SECRET, shown->id, shown->secret);
	const struct client *client = store_find_client(server->store, shown->id);
	if (known != NULL) {
		return known->id;
	}
	return client != NULL && client->authentication != AUTH_NONE && proves(client, shown)
		? client->id
		: NULL;
}

static const char *introspector_by_assertion(
	struct server *server, const struct credentials *shown, const char **why)
{
	const struct introspector *known = client_assertion_check(
		server, shown->assertion, "/introspect", why);
	if (known != NULL && shown->id != NULL && strcmp(shown->id, known->id) != 0) {
		*why = "client_id is not the assertion's";
		return NULL;
	}
	return known == NULL ? NULL : known->id;
}

/* RFC 7662 section 2.1 lets the endpoint take a token of its own. */
static const char *introspector_by_bearer(
	const struct server *server, const char *token, struct reply *reply)
{
	const struct introspector *known = introspectors_by_secret(
		&server->settings.introspectors, PROOF_BEARER, NULL, token);
	if (known == NULL) {
		reply_header(reply, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
		reply_error(reply, 401, "invalid_token", "the token is none for introspection");
	}
	return known == NULL ? NULL : known->id;
}

const char *introspector_authenticate(struct server *server, const struct request *request,
	const struct form *form, struct reply *reply)
{
	struct credentials shown = {0};
	const char *id = NULL;
	const char *refusal = "introspection needs a client with a secret or a key";
	const char *header = request->authorization;
	if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0) {
		return introspector_by_bearer(server, header + 7, reply);
	}
	const char *why = read_shown(request, form, &shown);
	if (why == NULL) {
		id = shown.assertion != NULL ? introspector_by_assertion(server, &shown, &refusal)
					     : introspector_by_secret(server, &shown);
	}
	if (why != NULL && (header != NULL || form_get(form, "client_assertion") != NULL)) {
		reply_error(reply, 400, "invalid_request", why);
	} else if (id == NULL) {
		shown.basic = shown.assertion == NULL;
		refuse(reply, &shown, refusal);
	}
	credentials_finish(&shown);
	return id;
}
