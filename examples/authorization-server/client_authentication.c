/* Clients proving who they are at the token, revocation and introspection ends. */
#define _POSIX_C_SOURCE 200809L

#include "clients.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct credentials {
	char *id;
	char *secret; /* NULL: none was shown */
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

/* NULL, or why the request is malformed: one way only, and no contradiction. */
static const char *read_shown(
	const struct request *request, const struct form *form, struct credentials *shown)
{
	const char *id = form_get(form, "client_id");
	const char *secret = form_get(form, "client_secret");
	if (form_get(form, "client_assertion") != NULL) {
		return "client assertions are not supported here";
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

bool introspector_authenticate(struct server *server, const struct request *request,
	const struct form *form, struct reply *reply)
{
	struct credentials shown = {0};
	const char *why = read_shown(request, form, &shown);
	bool allowed = false;
	if (why == NULL && shown.secret != NULL) {
		const struct client *client = store_find_client(server->store, shown.id);
		allowed = settings_pair_matches(
				  &server->settings.introspection_clients, shown.id, shown.secret)
			|| (client != NULL && client->authentication != AUTH_NONE
				&& proves(client, &shown));
	}
	if (why != NULL && request->authorization != NULL) {
		reply_error(reply, 400, "invalid_request", why);
	} else if (!allowed) {
		shown.basic = true;
		refuse(reply, &shown, "introspection needs a client with a secret");
	}
	credentials_finish(&shown);
	return allowed;
}
