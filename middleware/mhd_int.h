/* What the MHD adapter keeps per connection and per request. */
#ifndef MCPAUTH_MIDDLEWARE_MHD_INT_H
#define MCPAUTH_MIDDLEWARE_MHD_INT_H

#include "chain_int.h"
#include "connection.h"
#include "query.h"

#include <mcpauth/mhd.h>

#include <time.h>

/** Where a request stands between MHD and the application. */
enum mcpauth__phase {
	MCPAUTH__DECIDING,   /* headers only; may have been suspended */
	MCPAUTH__FORWARDING, /* every call goes to the application */
	MCPAUTH__REFUSING,   /* the body is read and thrown away, then answered */
	MCPAUTH__COLLECTING, /* the body is kept for a stage that wants it */
	MCPAUTH__JUDGING,    /* the body is there; may have been suspended */
	MCPAUTH__REPLAYING   /* the application is called as MHD would have done */
};

/** The application's own call that comes next in a replay. */
enum mcpauth__replay_step {
	MCPAUTH__REPLAY_FIRST,
	MCPAUTH__REPLAY_UPLOAD,
	MCPAUTH__REPLAY_FINAL
};

/** The request under way on a connection. */
struct mcpauth__request {
	struct mcpauth_exchange *exchange; /* NULL: none is under way */
	enum mcpauth__phase phase;
	const char *version;
	void *app_context; /* the application's *con_cls */
	bool app_ran;
	size_t refused_bytes;
	int64_t refused_since; /* monotonic milliseconds; 0: nothing was swallowed yet */
	enum mcpauth__replay_step step;
	size_t replayed;
};

/** Hangs on the connection as its socket context. */
struct mcpauth__mhd_connection {
	const void *mark; /* tells it from a stranger's socket context */
	struct MHD_Connection *mhd;
	enum mcpauth__wait_mode wait_mode;
	bool has_clock; /* one whose date may be sent */
	void *app_socket_context;
	struct mcpauth__query query;
	bool path_is_cut; /* MHD hands over what stands before a NUL and no more */
	struct mcpauth__connection base;
	struct mcpauth__request request;
};

/** The chain's part that is MHD's. */
struct mcpauth__adapter {
	MHD_AccessHandlerCallback handler;
	void *handler_user;
	struct mcpauth_mhd_callbacks callbacks;
	struct MHD_OptionItem options[10];
};

/** The connection's own state; NULL if the daemon lacks the options array. */
struct mcpauth__mhd_connection *mcpauth__mhd_connection_of(struct MHD_Connection *mhd);

/** Send the exchange's answer. */
enum MHD_Result mcpauth__mhd_send(struct mcpauth__mhd_connection *connection);

/** Call the application's handler. */
enum MHD_Result mcpauth__mhd_forward(
	struct mcpauth__mhd_connection *connection, const char *data, size_t *size);

/** Go on with the replay of a collected body. */
enum MHD_Result mcpauth__mhd_replay(struct mcpauth__mhd_connection *connection);

/** Add them all. */
enum MHD_Result mcpauth__mhd_add_headers(
	struct MHD_Response *response, const struct mcpauth__headers *headers);

/**
 * The response for an answer that is shared, for MHD to date.
 *
 * @return borrowed while the exchange's rules live; NULL without memory
 */
struct MHD_Response *mcpauth__mhd_shared_response(const struct mcpauth_exchange *exchange);

/**
 * Make the response for an answer that is shared, with a date.
 *
 * @param dated   taken; on failure it stays as it was
 * @param second  since 1970
 * @return false without memory
 */
bool mcpauth__mhd_renew(struct mcpauth__dated_answer *dated,
	const struct mcpauth_exchange *exchange, time_t second);

/** How exchanges are carried by MHD. */
extern const struct mcpauth__transport mcpauth__mhd_transport;

#endif
