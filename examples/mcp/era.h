/* The two eras of the protocol, and which of them a message belongs to. */
#ifndef EXAMPLES_MCP_ERA_H
#define EXAMPLES_MCP_ERA_H

#include "tools.h"

#define ERA_MODERN "2026-07-28"
#define ERA_LATEST_LEGACY "2025-11-25"

/** What HTTP says of a request that its message does not. Values without blanks around. */
struct era_headers {
	struct slice version; /**< MCP-Protocol-Version */
	struct slice session; /**< Mcp-Session-Id */
	bool session_repeated;
};

/** One POST. All of it is borrowed for the call. */
struct era_post {
	const struct mcpauth_message *message;
	struct era_headers headers;
	const struct mcpauth_auth_info *who; /**< or NULL */
};

/**
 * Answer one POST.
 *
 * @param server      borrowed for the call, as is the post
 * @param[out] reply  its body is the caller's
 */
void era_answer(const struct mcp_server *server, const struct era_post *post, struct reply *reply);

/**
 * Answer what is not a POST: DELETE ends a session, all else is 405.
 *
 * @param method  borrowed for the call, as are server, headers and who
 * @param[out] reply  its body is the caller's
 */
void era_answer_bare(const struct mcp_server *server, const char *method,
	const struct era_headers *headers, const struct mcpauth_auth_info *who,
	struct reply *reply);

/** The revisions that open with initialize (basic/lifecycle). */
void era_legacy_answer(
	const struct mcp_server *server, const struct era_post *post, struct reply *reply);

/** End the session that the headers name (basic/transports, "Session Management"). */
void era_legacy_end_session(const struct mcp_server *server, const struct era_headers *headers,
	const struct mcpauth_auth_info *who, struct reply *reply);

/** The revision in which each request stands alone (basic/versioning). */
void era_modern_answer(
	const struct mcp_server *server, const struct era_post *post, struct reply *reply);

/** Is this a revision that era_legacy_answer() speaks? */
bool era_is_legacy(struct slice version);

/** Is a header's value exactly this text? */
bool era_value_is(struct slice value, const char *text);

/** The `id` to answer with. */
struct slice era_id(const struct mcpauth_message *message);

/** The error for a revision that is not spoken here, naming those that are. */
struct failure era_unsupported(struct slice requested);

/** All revisions, newest first, as an array. @return NULL without memory */
cJSON *era_versions(void);

#endif
