/* The options that a daemon is started with, callbacks among them. */
#include "mhd_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

/* Its address is the mark of our socket contexts. */
static const char mark;

static const struct mcpauth_mhd_callbacks *callbacks_of(const struct mcpauth_chain *chain)
{
	const struct mcpauth__adapter *adapter = chain->adapter;
	return &adapter->callbacks;
}

struct mcpauth__mhd_connection *mcpauth__mhd_connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct mcpauth__mhd_connection *connection = info == NULL ? NULL : info->socket_context;
	return connection != NULL && connection->mark == &mark ? connection : NULL;
}

static unsigned daemon_flags(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *daemon = MHD_get_connection_info(
		mhd, MHD_CONNECTION_INFO_DAEMON);
	const union MHD_DaemonInfo *info = daemon == NULL
		? NULL
		: MHD_get_daemon_info(daemon->daemon, MHD_DAEMON_INFO_FLAGS);
	return info == NULL ? 0 : (unsigned)info->flags;
}

/* Suspending hangs with thread-per-connection, and is not there at all in a
 * daemon without the flag. Of that MHD takes the bit for its inner pipe away
 * again when the event loop is the application's. */
static enum mcpauth__wait_mode how_to_wait(unsigned flags)
{
	if ((flags & MHD_USE_THREAD_PER_CONNECTION) != 0) {
		return MCPAUTH__WAITS_BLOCKED;
	}
	return (flags & MHD_ALLOW_SUSPEND_RESUME & ~(unsigned)MHD_USE_ITC) != 0
		? MCPAUTH__WAITS_SUSPENDED
		: MCPAUTH__WAITS_NEVER;
}

/* Is there a NUL in its path once MHD has decoded it? */
static bool holds_nul(const char *target)
{
	for (const char *at = target; *at != '\0' && *at != '?'; at++) {
		if (at[0] == '%' && at[1] == '0' && at[2] == '0') {
			return true;
		}
	}
	return false;
}

/* Only here is the request's target seen as it was sent: the handler is given the
 * path decoded and the query in pieces. */
static void *on_target(void *user, const char *target, struct MHD_Connection *mhd)
{
	const struct mcpauth_chain *chain = user;
	const struct mcpauth_mhd_callbacks *callbacks = callbacks_of(chain);
	struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	if (connection != NULL) {
		mcpauth__query_keep(&connection->query, target);
		connection->path_is_cut = holds_nul(target);
	}
	return callbacks->uri_log == NULL
		? NULL
		: callbacks->uri_log(callbacks->uri_log_user, target, mhd);
}

static void open_connection(
	struct mcpauth_chain *chain, struct MHD_Connection *mhd, void **socket_context)
{
	struct mcpauth__mhd_connection *connection = calloc(1, sizeof *connection);
	unsigned flags = daemon_flags(mhd);
	*socket_context = connection;
	if (connection != NULL) {
		connection->mark = &mark;
		connection->mhd = mhd;
		connection->wait_mode = how_to_wait(flags);
		connection->has_clock = (flags & MHD_USE_SUPPRESS_DATE_NO_CLOCK) == 0;
		mcpauth__connection_open(&connection->base, chain);
	}
}

static void on_connection(void *user, struct MHD_Connection *mhd, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	struct mcpauth_chain *chain = user;
	const struct mcpauth_mhd_callbacks *callbacks = callbacks_of(chain);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		open_connection(chain, mhd, socket_context);
	}
	struct mcpauth__mhd_connection *connection = *socket_context;
	if (connection == NULL) {
		return;
	}
	if (callbacks->connection != NULL) {
		callbacks->connection(
			callbacks->connection_user, mhd, &connection->app_socket_context, code);
	}
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		*socket_context = NULL;
		mcpauth__connection_close(&connection->base);
		mcpauth__query_finish(&connection->query);
		free(connection);
	}
}

static unsigned sent_status(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		mhd, MHD_CONNECTION_INFO_HTTP_STATUS);
	return info == NULL ? 0 : info->http_status;
}

static void on_completed(void *user, struct MHD_Connection *mhd, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	const struct mcpauth_chain *chain = user;
	const struct mcpauth_mhd_callbacks *callbacks = callbacks_of(chain);
	struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	struct mcpauth__request request = {0};
	if (connection != NULL) {
		request = connection->request;
	}
	/* Whoever saw the request's beginning, be it in uri_log only, may have
	 * something to release at its end. */
	if (callbacks->completed != NULL && (request.app_ran || callbacks->uri_log != NULL)) {
		callbacks->completed(callbacks->completed_user, mhd,
			request.exchange == NULL ? con_cls : &request.app_context, code);
	}
	if (request.exchange != NULL) {
		mcpauth__connection_end(&connection->base, sent_status(mhd));
		connection->request = (struct mcpauth__request){0};
	}
	if (connection != NULL) {
		mcpauth__query_forget(&connection->query);
	}
}

/* Made at first need. NULL without memory. */
static struct mcpauth__adapter *adapter_of(struct mcpauth_chain *chain)
{
	if (chain->adapter == NULL) {
		chain->adapter = calloc(1, sizeof(struct mcpauth__adapter));
		chain->adapter_free = free;
	}
	return chain->adapter;
}

void mcpauth_chain_set_handler(
	struct mcpauth_chain *chain, MHD_AccessHandlerCallback handler, void *user)
{
	struct mcpauth__adapter *adapter = adapter_of(chain);
	if (adapter != NULL) {
		adapter->handler = handler;
		adapter->handler_user = user;
	}
}

enum mcpauth_code mcpauth_mhd_set_callbacks(struct mcpauth_chain *chain,
	const struct mcpauth_mhd_callbacks *callbacks, struct mcpauth_error *err)
{
	struct mcpauth_mhd_callbacks read;
	struct mcpauth__adapter *adapter = adapter_of(chain);
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, callbacks, err);
	if (code == MCPAUTH_OK && adapter != NULL) {
		adapter->callbacks = read;
	}
	return adapter == NULL ? mcpauth__no_memory(err) : code;
}

static void add_option(
	struct mcpauth__adapter *adapter, enum MHD_OPTION option, intptr_t value, void *pointer)
{
	size_t at = 0;
	while (adapter->options[at].option != MHD_OPTION_END) {
		at++;
	}
	adapter->options[at] = (struct MHD_OptionItem){option, value, pointer};
}

struct MHD_OptionItem *mcpauth_mhd_options(struct mcpauth_chain *chain)
{
	static struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	const struct mcpauth_chain_config *config = &chain->config;
	struct mcpauth__adapter *adapter = adapter_of(chain);
	if (adapter == NULL) {
		return none;
	}
	for (size_t i = 0; i < sizeof adapter->options / sizeof adapter->options[0]; i++) {
		adapter->options[i] = none[0];
	}
	add_option(adapter, MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, chain);
	add_option(adapter, MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, chain);
	add_option(adapter, MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	add_option(adapter, MHD_OPTION_CONNECTION_TIMEOUT, config->connection_timeout, NULL);
	add_option(adapter, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)config->connection_memory,
		NULL);
	if (config->connection_limit > 0) {
		add_option(adapter, MHD_OPTION_CONNECTION_LIMIT, config->connection_limit, NULL);
	}
	add_option(adapter, MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_target, chain);
	return adapter->options;
}

void **mcpauth_mhd_socket_context(struct MHD_Connection *mhd)
{
	struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	return connection == NULL ? NULL : &connection->app_socket_context;
}
