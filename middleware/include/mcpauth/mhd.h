/**
 * @file
 * The chain in libmicrohttpd: what is given to MHD_start_daemon(), and what an
 * access handler asks for.
 *
 * Stop in this order: mcpauth_chain_drain(), MHD_stop_daemon(),
 * mcpauth_chain_free(), mcpauth_free().
 */
#ifndef MCPAUTH_MHD_H
#define MCPAUTH_MHD_H

#include <mcpauth/chain.h>
#include <mcpauth/reload.h>

#include <microhttpd.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Flags the daemon needs beside those that say how it runs.
 *
 * Every way to run works: select, poll and epoll, a thread pool, a thread per
 * connection (its waiting requests block their own thread), and an event loop of
 * the program's own (see on_wake), if it does its sleeping itself: nothing wakes
 * MHD_run_wait(). With epoll libmicrohttpd 0.9.75 does not notice a client that ends
 * its side right behind its last bytes before the connection timeout; poll does at
 * once. With poll and select a signal that is handled on its thread can make it
 * forget a request that goes on until something else comes: block signals before
 * MHD_start_daemon(), whose threads inherit that.
 */
#define MCPAUTH_MHD_FLAGS MHD_ALLOW_SUSPEND_RESUME

/**
 * Give the chain the application's own access handler, unchanged.
 *
 * It is called as MHD would call it, with a `con_cls` of its own, once the
 * chain has let a request pass, and never for one that was refused.
 *
 * @param chain    borrowed for the call
 * @param handler  any MHD_AccessHandlerCallback
 * @param user     its `cls`; borrowed until mcpauth_chain_free()
 */
MCPAUTH_API void mcpauth_chain_set_handler(
	struct mcpauth_chain *chain, MHD_AccessHandlerCallback handler, void *user);

/** The application's other callbacks, which would else be options of the daemon. */
struct mcpauth_mhd_callbacks {
	size_t size; /**< set by MCPAUTH_MHD_CALLBACKS_INIT */
	/** Only for requests that the handler (or uri_log) saw. */
	MHD_RequestCompletedCallback completed;
	void *completed_user; /**< borrowed until mcpauth_chain_free(), as the next two */
	/** Gets a socket context of its own: mcpauth_mhd_socket_context(). */
	MHD_NotifyConnectionCallback connection;
	void *connection_user;
	/** MHD_OPTION_URI_LOG_CALLBACK: what it returns is the handler's first `*con_cls`. */
	void *(*uri_log)(void *user, const char *uri, struct MHD_Connection *connection);
	void *uri_log_user;
};

/** Fills a struct mcpauth_mhd_callbacks with the defaults. */
#define MCPAUTH_MHD_CALLBACKS_INIT \
	{ \
		.size = sizeof(struct mcpauth_mhd_callbacks) \
	}

/**
 * Give the chain the application's other callbacks. Before mcpauth_mhd_options().
 *
 * @param chain      borrowed for the call
 * @param callbacks  copied
 * @param[out] err   optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_mhd_set_callbacks(struct mcpauth_chain *chain,
	const struct mcpauth_mhd_callbacks *callbacks, struct mcpauth_error *err);

/**
 * The access handler to give to MHD_start_daemon(), with the chain as its `cls`.
 * A daemon started without mcpauth_mhd_options() answers 500 to everything. It
 * must not have an MHD_OPTION_NOTIFY_CONNECTION of its own either. MHD alone calls
 * it, with the arguments of any MHD_AccessHandlerCallback.
 */
MCPAUTH_API enum MHD_Result mcpauth_mhd_handler(void *chain, struct MHD_Connection *connection,
	const char *url, const char *method, const char *version, const char *upload_data,
	size_t *upload_data_size, void **con_cls);

/**
 * The options the daemon needs: MHD_OPTION_ARRAY, mcpauth_mhd_options(chain).
 *
 * Sets MHD_OPTION_NOTIFY_CONNECTION, MHD_OPTION_NOTIFY_COMPLETED,
 * MHD_OPTION_URI_LOG_CALLBACK, MHD_OPTION_STRICT_FOR_CLIENT, timeout and limits.
 * Options of the application's own may follow, but none of the callbacks.
 *
 * @return borrowed from the chain
 */
MCPAUTH_API struct MHD_OptionItem *mcpauth_mhd_options(struct mcpauth_chain *chain);

/**
 * Who calls.
 *
 * In the access handler, the content reader of its response (the place to look
 * for a stream) and the completed callback, or on any thread while the connection
 * is suspended. Not where MHD frees a response: the request is completed then.
 *
 * @return borrowed until the request is completed, keep it longer with
 *         mcpauth_auth_info_ref(), which says NULL without memory; NULL on public
 *         routes
 */
MCPAUTH_API const struct mcpauth_auth_info *mcpauth_mhd_auth_info(
	struct MHD_Connection *connection);

/**
 * The MCP message that was posted, read once for all (message.h).
 *
 * Where and as long as mcpauth_mhd_auth_info() says who calls.
 *
 * @return borrowed until the request is completed; NULL for other methods than POST, and
 *         on routes without operations
 */
MCPAUTH_API const struct mcpauth_message *mcpauth_mhd_message(struct MHD_Connection *connection);

/** The application's own socket context, as its connection callback sets it.
 * In place of MHD_CONNECTION_INFO_SOCKET_CONTEXT, which is the library's. */
MCPAUTH_API void **mcpauth_mhd_socket_context(struct MHD_Connection *connection);

/**
 * MHD_queue_response() that also sends the headers which stages asked for with
 * mcpauth_exchange_add_header(). They are added to the response itself, so it
 * must belong to this request alone.
 *
 * @param connection  borrowed for the call
 * @param status      the HTTP status
 * @param response    as for MHD_queue_response()
 * @return what MHD_queue_response() says; MHD_NO without memory
 */
MCPAUTH_API enum MHD_Result mcpauth_mhd_queue_response(
	struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response);

#ifdef MCPAUTH_MHD_REPLACE_QUEUE
/** For handlers that are not to be touched: where MCPAUTH_MHD_REPLACE_QUEUE is defined before
 * this header is included, each MHD_queue_response() is mcpauth_mhd_queue_response(). MHD's own
 * is `(MHD_queue_response)(...)` then. */
#define MHD_queue_response(connection, status, response) \
	mcpauth_mhd_queue_response(connection, status, response)
#endif

/**
 * Put the headers that hold for every request of the chain into a response
 * that is made once and shared between requests: queue it with MHD's own
 * MHD_queue_response().
 *
 * @param chain     borrowed for the call
 * @param response  not queued yet
 * @return MHD_YES; MHD_NO without memory
 */
MCPAUTH_API enum MHD_Result mcpauth_mhd_decorate(
	struct mcpauth_chain *chain, struct MHD_Response *response);

#ifdef __cplusplus
}
#endif

#endif
