/* One visit to an MCP server: introduce, list its tools, call one. */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "challenge.h"
#include "rpc.h"

enum outcome {
	/** The tool did what it was asked. */
	SESSION_DONE,
	/** A 401 or 403; the challenge tells what for. */
	SESSION_REFUSED,
	/** Anything else, complained about. */
	SESSION_FAILED,
};

struct session {
	struct rpc *rpc;
	/** The revision to ask for. */
	const char *version;
	/** NULL calls the first tool there is. */
	const char *tool;
	/** A JSON object, as text: numbers go out as they were written. */
	const char *arguments;
	struct challenge challenge;
	long status;
};

/** Run the whole visit; session->challenge is the caller's to finish. */
enum outcome session_run(struct session *session);

#endif
