/* Talking to an MCP server: introduce oneself, list its tools, call one. */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "access.h"

/** All zero before but for the first three, which are borrowed. */
struct session {
	struct access *access;
	/** The revision to ask for. */
	const char *version;
	struct rpc rpc;
	bool is_open;
};

/** Introduce oneself, if that was not done. @return false after complaining */
bool session_open(struct session *session);

/**
 * All tools, of all pages.
 *
 * @return an array, caller frees with cJSON_Delete(); NULL after complaining
 */
cJSON *session_list(struct session *session);

/**
 * Call a tool and report what it answers.
 *
 * @param arguments  a JSON object, as text: numbers go out as they were written
 * @return false after complaining, or if the tool says that it failed
 */
bool session_call(struct session *session, const char *tool, const char *arguments);

/** Begin anew with the next message: somebody else may log in. */
void session_forget(struct session *session);

#endif
