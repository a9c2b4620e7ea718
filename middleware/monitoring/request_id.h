/* Names for requests: for a log and for whoever asks what became of one. */
#ifndef MCPAUTH_MONITORING_REQUEST_ID_H
#define MCPAUTH_MONITORING_REQUEST_ID_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Bytes of the text of one, its final NUL included: 16 hexadecimal digits. */
#define MCPAUTH__REQUEST_ID_SIZE 17

/** Where they come from. No two of the same are equal, up to 2^64; one is that of another
 * source as seldom as two random numbers are. */
struct mcpauth__request_ids {
	_Atomic uint64_t next;
	uint64_t key;
};

/** Begin anywhere. @return false: there are no random numbers */
bool mcpauth__request_ids_init(struct mcpauth__request_ids *ids);

/** The next one. Any thread. */
void mcpauth__request_ids_next(
	struct mcpauth__request_ids *ids, char text[MCPAUTH__REQUEST_ID_SIZE]);

#endif
