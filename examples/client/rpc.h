/* MCP's JSON-RPC over Streamable HTTP, with a session or stateless. */
#ifndef CLIENT_RPC_H
#define CLIENT_RPC_H

#include "http.h"
#include "json.h"

#define MCP_STATELESS "2026-07-28"
#define MCP_LATEST_LEGACY "2025-11-25"

/** A connection to an MCP server; all zero before but for http and url. */
struct rpc {
	struct http *http;
	const char *url;
	/** No handshake; every request describes itself (2026-07-28). */
	bool stateless;
	/** The revision to name in requests; empty before the handshake. */
	struct text version;
	struct text session;
	/** The access token; empty sends none. */
	struct text token;
	/** What lets a request in, instead of the token: whole header lines up to a NULL,
	 * borrowed for each call. NULL for none. */
	const char *const *credentials;
	int last_id;
};

struct call {
	const char *method;
	/** Borrowed; rpc_call() may add `_meta`. */
	cJSON *params;
	/** What Mcp-Name repeats, or NULL. */
	const char *name;
	/** Sent without an id; 202 answers it. */
	bool notification;
};

/**
 * Send one message.
 *
 * @param[out] answer  its status tells a refusal; caller frees
 * @return false after complaining, when there was no HTTP answer
 */
bool rpc_call(struct rpc *rpc, const struct call *call, struct answer *answer);

/**
 * Take the result out of an answer, be it JSON or an event stream.
 *
 * @param[out] document  the whole message; caller frees
 * @return its `result`, borrowed; NULL after complaining
 */
const cJSON *rpc_result(const struct rpc *rpc, const struct answer *answer, cJSON **document);

/** Forget the session, keep the token. */
void rpc_restart(struct rpc *rpc);

void rpc_finish(struct rpc *rpc);

#endif
