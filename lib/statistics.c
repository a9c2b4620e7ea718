/* Reading the counts, which begin when they are first read. */
#include "auth_int.h"

#include <string.h>

/* From the last to the first: no failure is seen without what failed. */
static void read_counts(const struct mcpauth__tally *tally, uint64_t counts[MCPAUTH__COUNTERS])
{
	for (size_t i = MCPAUTH__COUNTERS; i > 0; i--) {
		counts[i - 1] = atomic_load_explicit(&tally->counts[i - 1], memory_order_acquire);
	}
}

void mcpauth_statistics_read(struct mcpauth *auth, struct mcpauth_statistics *statistics)
{
	uint64_t counts[MCPAUTH__COUNTERS];
	struct mcpauth__tally *tally = &auth->runtime->tally;
	atomic_store_explicit(&tally->is_wanted, true, memory_order_relaxed);
	read_counts(tally, counts);
	const struct mcpauth_statistics read = {
		.size = statistics->size,
		.remembered = counts[MCPAUTH__COUNT_REMEMBERED],
		.refused = counts[MCPAUTH__COUNT_REFUSED],
		.verified = counts[MCPAUTH__COUNT_VERIFIED],
		.rejected = counts[MCPAUTH__COUNT_REJECTED],
		.undecided = counts[MCPAUTH__COUNT_UNDECIDED],
		.key_fetches = counts[MCPAUTH__COUNT_KEYS],
		.key_failures = counts[MCPAUTH__COUNT_KEYS_FAILED],
		.metadata_fetches = counts[MCPAUTH__COUNT_METADATA],
		.metadata_failures = counts[MCPAUTH__COUNT_METADATA_FAILED],
		.introspections = counts[MCPAUTH__COUNT_INTROSPECTIONS],
		.introspection_failures = counts[MCPAUTH__COUNT_INTROSPECTIONS_FAILED],
		.waiting = mcpauth__worker_waiting(auth->runtime->worker),
	};
	/* A program of another version may have room for fewer, or for more. */
	memcpy(statistics, &read, read.size < sizeof read ? read.size : sizeof read);
}
