/* Where a log's lines go that nobody else takes: a file descriptor. */
#ifndef MCPAUTH_MONITORING_LOG_SINK_H
#define MCPAUTH_MONITORING_LOG_SINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A descriptor, and what it did not take. */
struct mcpauth__log_sink {
	int descriptor; /* the program's: never closed */
	int terminal;   /* what that was at first, opened for not waiting; -1: none */
	dev_t terminal_device;
	_Atomic uint64_t lost;
	pthread_mutex_t lock; /* guards what follows, and the descriptor while it is asked */
	bool is_torn;         /* the last line there is a piece of one */
};

/** Make one; storage of the caller's. */
void mcpauth__log_sink_init(struct mcpauth__log_sink *sink, int descriptor);

/** Release it. The descriptor stays open. */
void mcpauth__log_sink_finish(struct mcpauth__log_sink *sink);

/** How many lines were lost since it was last asked. Any thread. */
uint64_t mcpauth__log_sink_take_lost(struct mcpauth__log_sink *sink);

/**
 * Write a line with one write(2), unless that would make the thread wait. No SIGPIPE and
 * no SIGXFSZ comes of it. Any thread.
 *
 * @param told  how many lost lines it tells of: lost again if it is lost itself
 */
void mcpauth__log_sink_write(
	struct mcpauth__log_sink *sink, const char *line, size_t length, uint64_t told);

#endif
