/* What the endpoints share: the server, a request, the reply they fill in. */
#ifndef AUTHORIZATION_SERVER_SERVER_H
#define AUTHORIZATION_SERVER_SERVER_H

#include "form.h"
#include "keys.h"
#include "settings.h"
#include "store.h"

#include <pthread.h>
#include <stdio.h>

struct server {
	struct settings settings;
	char *issuer;          /* byte for byte what `iss` says */
	char *base;            /* the same without a trailing slash */
	const char *base_path; /* the path in it, "" or "/x"; points into base */
	struct keys *keys;
	struct store *store;
	struct assertions *assertions;
	struct logouts *logouts;
	pthread_mutex_t lock; /* held while an endpoint runs */
};

struct request {
	char *path;  /* as it came, not decoded */
	char *query; /* NULL if there is none */
	char *body;
	size_t length;
	const char *method;
	const char *authorization; /* headers: borrowed from the connection, or NULL */
	const char *cookie;
	const char *content_type;
	const char *accept;
};

#define REPLY_HEADERS 12

struct reply {
	unsigned status;
	const char *type;
	char *body; /* taken by the HTTP side */
	size_t length;
	unsigned max_age; /* 0: no-store */
	unsigned count;
	struct {
		const char *name;
		char *value;
	} headers[REPLY_HEADERS];
};

/** Add a header. @param value copied */
void reply_header(struct reply *reply, const char *name, const char *value);

/** Answer with a text. @param body  taken */
void reply_text(struct reply *reply, unsigned status, const char *type, char *body);

/** Answer with JSON. @param body deleted */
void reply_json(struct reply *reply, unsigned status, cJSON *body);

/** Answer with an OAuth error (RFC 6749 section 5.2). */
void reply_error(struct reply *reply, unsigned status, const char *error, const char *description);

/** Free the headers of a reply that was sent. */
void reply_finish(struct reply *reply);

/**
 * The form in a request's body, or in its query if it is a GET.
 *
 * @return NULL, or why it is refused; form_finish() is due either way
 */
const char *request_form(const struct request *request, struct form *form);

/** Find the endpoint, answer for it. */
void routes_answer(struct server *server, const struct request *request, struct reply *reply);

/* The endpoints. */
void metadata_answer(struct server *server, const struct request *request, struct reply *reply);
void jwks_answer(struct server *server, const struct request *request, struct reply *reply);
void register_answer(struct server *server, const struct request *request, struct reply *reply);
void authorize_answer(struct server *server, const struct request *request, struct reply *reply);
void login_answer(struct server *server, const struct request *request, struct reply *reply);
void token_answer(struct server *server, const struct request *request, struct reply *reply);
void introspect_answer(struct server *server, const struct request *request, struct reply *reply);
void revoke_answer(struct server *server, const struct request *request, struct reply *reply);
void end_session_answer(struct server *server, const struct request *request, struct reply *reply);
void userinfo_answer(struct server *server, const struct request *request, struct reply *reply);
void front_page_answer(struct server *server, const struct request *request, struct reply *reply);

#endif
