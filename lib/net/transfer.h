/* What libcurl does of a fetch. On the network thread. */
#ifndef MCPAUTH_NET_TRANSFER_H
#define MCPAUTH_NET_TRANSFER_H

#include "net/fetch_int.h"

/**
 * Begin fetch->transfer. What a failure leaves there is the fetch's to free, too.
 *
 * @param fetch  borrowed until mcpauth__transfer_free()
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__transfer_start(struct mcpauth_fetch *fetch, struct mcpauth_error *err);

/**
 * What came of it: libcurl is done with a handle of ours.
 *
 * @param[out] response  borrowed until transfer_free()
 * @return the fetch, which is the caller's to end
 */
struct mcpauth_fetch *mcpauth__transfer_completed(
	CURL *easy, CURLcode result, struct mcpauth__response *response);

/** Take it away from libcurl, finished or not, without waiting for anything.
 * NULL is accepted. */
void mcpauth__transfer_free(struct mcpauth__transfer *transfer);

#endif
