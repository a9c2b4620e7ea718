/**
 * @file
 * What each MCP operation needs: scopes per tool, prompt, resource and method, demanded
 * before the application sees the request, and told to clients with one challenge (MCP
 * 2026-07-28, authorization, "Runtime Insufficient Scope Errors").
 *
 * @code
 * struct mcpauth_operation create = MCPAUTH_OPERATION_INIT;
 * create.name = "create-todo";
 * create.scopes = "create:todos";
 * mcpauth_operations_new(auth, &operations, &err);
 * mcpauth_operations_add(operations, &create, &err);
 * policy.operations = operations;
 * mcpauth_chain_protect(chain, "/mcp", &policy, &err);
 * mcpauth_operations_free(operations);
 * @endcode
 */
#ifndef MCPAUTH_OPERATIONS_H
#define MCPAUTH_OPERATIONS_H

#include <mcpauth/mcpauth.h>
#include <mcpauth/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A table of operations. Built by one thread; immutable from its first use on, and
 * then for any number of threads. Counted. */
struct mcpauth_operations;

/**
 * Decide about one operation, seeing its arguments. Called for a caller who has the
 * scopes that the route and the table demand, on MHD's threads, several at once; must be
 * quick. Not called while mcpauth_chain_insecure_allow_everybody() holds.
 *
 * @param message      borrowed for the call
 * @param who          who calls; NULL if nobody is known. Borrowed for the call
 * @param[out] scopes  NULL at first. May be set to scopes that are needed besides,
 *                     separated by blanks: if one was not granted the client is
 *                     challenged for them. Borrowed until this thread calls again
 * @param user         as given with the operation
 * @return MCPAUTH_OK; or a code to refuse with, as mcpauth_exchange_refuse() takes it:
 *         MCPAUTH_E_NOT_LISTED for one that no scope would help. Whoever is not known
 *         is asked who it is (401) in place of MCPAUTH_E_INSUFFICIENT_SCOPE; `scopes`
 *         that are none are the program's mistake: 500
 */
typedef enum mcpauth_code (*mcpauth_operation_fn)(const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, const char **scopes, void *user);

/** Operations, and what they need. Strings are copied. In `method` and `name` each `*`
 * stands for any bytes, also none, and also "/" and ".."; all else is compared byte for
 * byte. So "file:///%73" is not "file:///s" to a table: the application must take a uri
 * as it was sent, neither decode nor resolve it, or refuse what it would read otherwise. */
struct mcpauth_operation {
	size_t size; /**< set by MCPAUTH_OPERATION_INIT */
	/** "tools/call", "resources/read"; NULL for "tools/call". A response has an empty
	 * one, which "*" fits. */
	const char *method;
	/** What mcpauth_message_name() says; NULL for any, and for none. */
	const char *name;
	/** Scopes that are all required besides the route's, separated by blanks; NULL
	 * for none. */
	const char *scopes;
	/** Scopes of which one is required besides; NULL for none. A challenge asks for
	 * the first of them unless another was granted. */
	const char *any_scopes;
	/** On a route with allow_anonymous: nobody need be known. */
	bool allow_anonymous;
	mcpauth_operation_fn check; /**< NULL: the scopes decide */
	void *check_user;           /**< borrowed until the table is released */
};

/** Fills a struct mcpauth_operation with the defaults. */
#define MCPAUTH_OPERATION_INIT \
	{ \
		.size = sizeof(struct mcpauth_operation) \
	}

/**
 * Make an empty table.
 *
 * What it is asked about:
 * - An operation needs what all entries that speak of it need, together.
 * - One that has a name (mcpauth_message_name()) and of which no entry speaks is
 *   refused: 403, no scope opens it. An entry {.name = "*"} lists all tools.
 * - Other methods (initialize, tools/list, ping, notifications), and responses, need
 *   nothing but the route's scopes unless an entry speaks of them. What else they name is
 *   not looked at: the uris in subscriptions/listen, the task of tasks/result. There the
 *   application asks, or the entry's `check`: mcpauth_operations_allow() for each uri.
 * - Where nobody is known (allow_anonymous on the route), an operation passes if every
 *   entry that speaks of it has allow_anonymous, and needs no scope; so does one of
 *   which none speaks and that has no name. All else, listed or not, is answered
 *   401, with the scopes that it will need.
 *
 * @param auth             whose callers it is compared with; the table keeps a reference
 * @param[out] operations  caller frees with mcpauth_operations_free(). NULL on failure
 * @param[out] err         optional; written only on failure
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_operations_new(
	struct mcpauth *auth, struct mcpauth_operations **operations, struct mcpauth_error *err);

/**
 * Add an entry; before the table's first use.
 *
 * @param operations  changed
 * @param operation   copied
 * @param[out] err    optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (a character that no scope has, an
 *         empty method or name), MCPAUTH_E_DUPLICATE (an entry of the same method and
 *         name) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_operations_add(struct mcpauth_operations *operations,
	const struct mcpauth_operation *operation, struct mcpauth_error *err);

/** Keep it: each call wants one mcpauth_operations_free(). A route keeps it, too. Any
 * thread. @return `operations` */
MCPAUTH_API struct mcpauth_operations *mcpauth_operations_ref(
	struct mcpauth_operations *operations);

/** Give it back. NULL is accepted. */
MCPAUTH_API void mcpauth_operations_free(struct mcpauth_operations *operations);

/**
 * May this caller use this tool? As the chain would decide, except for what `check`
 * says, which needs the arguments, and for the route's own scopes and allow_anonymous.
 *
 * Any thread. Takes no lock and no memory.
 *
 * @param operations  borrowed for the call. NULL: there is no table, and no limit, which
 *                    is what to say where the chain allows everybody
 * @param who         borrowed for the call; NULL is nobody: what needs no one it may
 * @param method      "tools/call"; borrowed for the call
 * @param name        of the tool; or NULL for a method without; borrowed for the call
 * @return false if not
 */
MCPAUTH_API bool mcpauth_operations_allow(const struct mcpauth_operations *operations,
	const struct mcpauth_auth_info *who, const char *method, const char *name);

/** What becomes of entries of a list that the caller may not use. */
enum mcpauth_list_mode {
	/** They are taken out. */
	MCPAUTH_LIST_ALLOWED = 0,
	/** They stay, and their `_meta` says in "mcpauth/scopes" which scopes the
	 * operation needs, separated by blanks: a client that can ask for more finds what
	 * there is to ask for; an empty text where any token will do. What no scope opens
	 * is taken out. */
	MCPAUTH_LIST_MARKED = 1
};

/**
 * Make the result of tools/list, prompts/list, resources/list or
 * resources/templates/list fit for this caller, before it is sent: by `name`, or `uri`
 * of a resource, or `uriTemplate`, an entry of which is known by its text. If it has a
 * `cacheScope`, that becomes "private" (MCP 2026-07-28, "Caching"), also if nothing was
 * taken out: another caller's list may differ.
 *
 * Any thread. On failure the list may be half done: send an error instead.
 *
 * @param operations  borrowed for the call. NULL: nothing is changed
 * @param who         borrowed for the call; NULL is nobody
 * @param mode        what becomes of the others
 * @param result      libcjson's tree of `result`, with `tools`, `prompts`, `resources`
 *                    or `resourceTemplates`; changed, so it holds no references to
 *                    other trees. NULL is accepted
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_operations_filter(const struct mcpauth_operations *operations,
	const struct mcpauth_auth_info *who, enum mcpauth_list_mode mode, struct cJSON *result);

#ifdef __cplusplus
}
#endif

#endif
