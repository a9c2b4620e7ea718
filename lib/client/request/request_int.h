/* A request to a protected server, over its attempts. */
#ifndef MCPAUTH_REQUEST_REQUEST_INT_H
#define MCPAUTH_REQUEST_REQUEST_INT_H

#include "client/session/client_int.h"

#include "client/discovery/challenge.h"

#include <mcpauth/client_request.h>

/** An answer once it was looked at. Starts as {0}. */
struct mcpauth__refusal {
	unsigned status; /* 401 or 403 if something is to be done about it, else 0 */
	bool has_nonce;  /* the next proof has the one that came with it */
	struct mcpauth__challenge challenge;
};

/** What runs on a thread of its own, and what came of it. */
struct mcpauth__background {
	pthread_mutex_t starting; /* held until it is written down which thread it is */
	pthread_t thread;
	bool is_running; /* the thread is to be joined */
	bool is_answer;
	mcpauth_wake_fn wake;
	void *user;
	enum mcpauth_code code;
	struct mcpauth_error err;
};

/** One thread at a time. */
struct mcpauth_client_request {
	struct mcpauth_client *client;
	struct mcpauth__errand errand;
	char *method;
	char *url;
	struct mcpauth__tokens tokens; /* as the session held them when it was prepared */
	char *authorization;           /* the headers' values; NULL: not sent */
	char *proof;
	struct mcpauth__refusal refusal;
	unsigned attempts; /* answers that sent it again */
	unsigned nonces;   /* of those, for a nonce */
	unsigned step_ups; /* likewise, for more scopes */
	bool was_refreshed;
	bool was_obtained;
	struct mcpauth__background background;
};

/** mcpauth_client_request_prepare() with what the session holds: asks nobody, and waits for
 * nobody. */
enum mcpauth_code mcpauth__client_request_prepare_held(
	struct mcpauth_client_request *request, struct mcpauth_error *err);

/** Look at an answer; asks nobody.
 * @return MCPAUTH_OK: it stands, or refusal.status is not 0; or MCPAUTH_E_NO_MEMORY,
 *         MCPAUTH_E_INVALID_ARGUMENT */
enum mcpauth_code mcpauth__client_request_look(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, struct mcpauth_error *err);

/** Do something about the refusal. @return as mcpauth_client_request_answered() */
enum mcpauth_code mcpauth__client_request_act(
	struct mcpauth_client_request *request, struct mcpauth_error *err);

#endif
