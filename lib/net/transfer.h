/* What libcurl does of a GET. On the network thread. */
#ifndef MCPAUTH_NET_TRANSFER_H
#define MCPAUTH_NET_TRANSFER_H

#include "net/fetch_int.h"

/** Begin fetch->transfer; ends the fetch if that cannot be. */
void mcpauth__transfer_start(struct mcpauth_fetch *fetch);

/** libcurl is done with a handle of ours: end its fetch. */
void mcpauth__transfer_completed(CURL *easy, CURLcode result);

/** Take it away from libcurl, finished or not, without waiting for anything.
 * NULL is accepted. */
void mcpauth__transfer_free(struct mcpauth__transfer *transfer);

#endif
