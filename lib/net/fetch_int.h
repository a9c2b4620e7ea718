/* A GET or POST under way, whoever carries it out. */
#ifndef MCPAUTH_NET_FETCH_INT_H
#define MCPAUTH_NET_FETCH_INT_H

#include "net/worker_int.h"

struct mcpauth__transfer;

/** Which addresses a fetch may connect to. */
enum mcpauth__reach {
	MCPAUTH__REACH_PUBLIC,   /* public ones: somebody else named the URL */
	MCPAUTH__REACH_LOOPBACK, /* loopback ones: plain http to "localhost" */
	MCPAUTH__REACH_ANY
};

/** Whoever may still call or read it holds it: the worker, its deadline, the
 * program's fetch function. The first to end it calls `done`. */
struct mcpauth_fetch {
	struct mcpauth__timer deadline; /* first, so that its callback finds the rest */
	struct mcpauth__worker *worker;
	struct mcpauth_fetch *previous;
	struct mcpauth_fetch *next;
	struct mcpauth__transfer *transfer; /* libcurl's part; the network thread's alone */
	char *url;
	char *body;                      /* of a POST; NULL: a GET */
	char *authorization;             /* NULL: none */
	char *dpop;                      /* a proof; NULL: none */
	const char *accept;              /* a constant */
	const char *content_type;        /* of the body; likewise */
	char nonce[MCPAUTH__NONCE_SIZE]; /* that came with the answer; "" if none did */
	enum mcpauth__reach reach;
	bool is_loopback; /* by its name */
	bool started;     /* under the worker's lock */
	int64_t since;
	unsigned timeout_ms;
	mcpauth__response_fn done;
	void *user;
	atomic_bool ended;
	atomic_uint holders;
};

/** Is the body of an answer with this status read, or only its status? */
bool mcpauth__fetch_wants_body(const struct mcpauth_fetch *fetch, unsigned status);

/** Keep the nonce that came with its answer, if it is one (RFC 9449 section 8.1). */
void mcpauth__fetch_take_nonce(struct mcpauth_fetch *fetch, const char *nonce, size_t length);

/** That nonce, for whoever took it; NULL if none came. Borrowed from the fetch. */
const char *mcpauth__fetch_nonce(const struct mcpauth_fetch *fetch);

/** How long may the body of its answer be? */
size_t mcpauth__fetch_limit(const struct mcpauth_fetch *fetch);

/** Why one that is longer is no answer. */
const char *mcpauth__fetch_over_limit(const struct mcpauth_fetch *fetch);

/** Give a hold back. */
void mcpauth__fetch_release(struct mcpauth_fetch *fetch);

/** End it with this response, whose message is put behind the URL; if it has
 * not ended yet. Takes the worker's hold. */
void mcpauth__fetch_end(struct mcpauth_fetch *fetch, struct mcpauth__response *response);

/** End it without an answer. */
void mcpauth__fetch_fail(struct mcpauth_fetch *fetch, enum mcpauth_code code, const char *message);

/** End all that are under way with MCPAUTH_E_CANCELLED. */
void mcpauth__fetch_cancel_all(struct mcpauth__worker *worker);

/** End all that libcurl has begun, with MCPAUTH_E_NO_MEMORY. */
void mcpauth__fetch_fail_started(struct mcpauth__worker *worker);

#endif
