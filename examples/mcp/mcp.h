/**
 * @file
 * A small MCP server for libmicrohttpd: JSON-RPC over Streamable HTTP with
 * tools, for clients of both eras: those that open with `initialize`
 * (2025-03-26, 2025-06-18, 2025-11-25) and those that say everything in each
 * request (2026-07-28). It answers in plain JSON.
 *
 * It stands behind a chain, which reads the messages, decides who gets here, and demands
 * what each tool needs. Its path must be a route with operations (policy.operations):
 * without them nobody has read the message, and each POST is answered 500, with a line in
 * the log.
 *
 * `initialize` opens a session, named by `Mcp-Session-Id` in its answer. All
 * else from a client of that era must name it too (without it 400, unknown or
 * ended 404), and come from the same principal: issuer, subject and client of
 * the token, or nobody at all. A session ends with DELETE, after an hour in
 * which it was not used, or as the one idle for the longest time when a server
 * has 1,000 and opens another. Clients of 2026-07-28 need none.
 */
#ifndef EXAMPLES_MCP_H
#define EXAMPLES_MCP_H

#include <cjson/cJSON.h>
#include <mcpauth/mhd.h>

#include <stdbool.h>

/** A name, a version, a path and the tools, immutable once it serves; and the
 * sessions, for any number of threads. */
struct mcp_server;

/** What a server is made of. Strings are copied. */
struct mcp_server_config {
	const char *name;     /**< what clients show */
	const char *version;  /**< the program's own */
	const char *path;     /**< where it is, as in "/mcp"; any other path is 404 */
	struct mcpauth *auth; /**< of the chain before it; borrowed until mcp_server_free() */
	/** What tools/list goes by: those of the path's route. NULL: it shows all tools to
	 * everybody. Borrowed until mcp_server_free(). */
	const struct mcpauth_operations *operations;
	enum mcpauth_list_mode list; /**< what becomes of tools that the caller may not use */
};

/** What a tool has to say, while it is being said. */
struct mcp_result;

/**
 * Do what a tool is for. Called on MHD's threads, several at once; must be
 * quick, as other requests of the same thread wait.
 *
 * @param arguments  an object, empty if none were sent; not checked against
 *                   the tool's schema. Borrowed for the call
 * @param who        who calls; NULL if nobody was asked. Borrowed for the call
 * @param result     to be filled with mcp_result_text() or mcp_result_error()
 * @param user       as given with the tool
 * @return false if the tool broke: the caller gets "internal error" (-32603)
 */
typedef bool (*mcp_tool_fn)(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user);

/** A tool. Strings are copied by mcp_server_add_tool(). */
struct mcp_tool {
	const char *name;
	const char *description;
	/** A JSON Schema of type object, as JSON text; NULL for any arguments. */
	const char *input_schema;
	mcp_tool_fn call;
	void *user; /**< given to call; borrowed until mcp_server_free() */
};

/**
 * Make a server without tools.
 *
 * @param config  copied
 * @return caller frees with mcp_server_free(); NULL without memory or random numbers
 */
struct mcp_server *mcp_server_new(const struct mcp_server_config *config);

/** Only after MHD_stop_daemon(), and before mcpauth_free(). NULL is accepted. */
void mcp_server_free(struct mcp_server *server);

/**
 * Add a tool. Before the first request; clients see tools in this order.
 *
 * @param server  borrowed for the call
 * @param tool    copied
 * @return false if the name is taken, the schema is not one of type object, or
 *         memory is short
 */
bool mcp_server_add_tool(struct mcp_server *server, const struct mcp_tool *tool);

/** Say something: one block of text. @return false without memory */
bool mcp_result_text(struct mcp_result *result, const char *text);

/** Say why the tool could not do it, in words that a language model can act
 * on (`isError`). @return false without memory */
bool mcp_result_error(struct mcp_result *result, const char *text);

/**
 * The access handler, an MHD_AccessHandlerCallback. It keeps nothing between its calls,
 * so there is nothing to release when a request is completed.
 *
 * @param server  the struct mcp_server, borrowed until the daemon is stopped
 */
enum MHD_Result mcp_handle(void *server, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls);

#endif
