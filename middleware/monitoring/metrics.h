/* What metrics are counted in, and how they are told. */
#ifndef MCPAUTH_MONITORING_METRICS_H
#define MCPAUTH_MONITORING_METRICS_H

#include <mcpauth/error.h>
#include <mcpauth/statistics.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/** What a request came to if it was not refused for a reason: numbers that no code has which
 * can be one. A reason counts as its code. */
enum mcpauth__outcome {
	MCPAUTH__OUTCOME_PASSED,
	MCPAUTH__OUTCOME_ANSWERED,
	MCPAUTH__OUTCOME_BROKEN,
	MCPAUTH__OUTCOME_ABANDONED,
	MCPAUTH__OUTCOMES /* how many there are */
};

/** One more than the greatest number that a code can have: codes have three digits. */
#define MCPAUTH__METRICS_CODES 1000

/** Buckets with an upper bound; one more has none. */
#define MCPAUTH__METRICS_BUCKETS 16

/** Starts as {0}. Any thread counts in it. */
struct mcpauth__metrics {
	_Atomic uint64_t requests[MCPAUTH__METRICS_CODES]; /* by outcome or code */
	_Atomic uint64_t verifications[MCPAUTH__METRICS_BUCKETS + 1];
	_Atomic uint64_t microseconds; /* of all verifications together */
};

/** A request has ended. @param outcome  one of those above, or the code of a reason */
void mcpauth__metrics_count(struct mcpauth__metrics *metrics, unsigned outcome);

/** A verification has ended that took so long. */
void mcpauth__metrics_observe(struct mcpauth__metrics *metrics, int64_t microseconds);

/** What others have counted. */
struct mcpauth__metrics_others {
	struct mcpauth_statistics statistics;
	unsigned suspended;
	unsigned in_progress;
};

/**
 * Tell it all in Prometheus' text format, version 0.0.4.
 *
 * @param[out] length  bytes, without the final NUL
 * @return caller frees with free(); NULL without memory
 */
char *mcpauth__metrics_write(const struct mcpauth__metrics *metrics,
	const struct mcpauth__metrics_others *others, size_t *length);

#endif
