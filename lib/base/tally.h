/* Counting what happens, for those who look at the numbers. */
#ifndef MCPAUTH_BASE_TALLY_H
#define MCPAUTH_BASE_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What is counted, as in statistics.h. Failures come right behind what may fail. */
enum mcpauth__counter {
	MCPAUTH__COUNT_REMEMBERED,
	MCPAUTH__COUNT_REFUSED,
	MCPAUTH__COUNT_VERIFIED,
	MCPAUTH__COUNT_REJECTED,
	MCPAUTH__COUNT_UNDECIDED,
	MCPAUTH__COUNT_KEYS,
	MCPAUTH__COUNT_KEYS_FAILED,
	MCPAUTH__COUNT_METADATA,
	MCPAUTH__COUNT_METADATA_FAILED,
	MCPAUTH__COUNT_INTROSPECTIONS,
	MCPAUTH__COUNT_INTROSPECTIONS_FAILED
};

#define MCPAUTH__COUNTERS (MCPAUTH__COUNT_INTROSPECTIONS_FAILED + 1)

/** Starts as {0}. Any thread. The flag is read by all and written once: it has no cache
 * line in common with what is written all the time. */
struct mcpauth__tally {
	atomic_bool is_wanted; /* somebody looks at them */
	char apart[64];
	_Atomic uint64_t counts[MCPAUTH__COUNTERS];
	char apart_too[64];
};

/** Is anybody to know? NULL is nobody. */
static inline bool mcpauth__tally_is_wanted(const struct mcpauth__tally *tally)
{
	return tally != NULL && atomic_load_explicit(&tally->is_wanted, memory_order_relaxed);
}

/** One more, whoever is to know. */
static inline void mcpauth__tally_add(struct mcpauth__tally *tally, enum mcpauth__counter counter)
{
	atomic_fetch_add_explicit(&tally->counts[counter], 1, memory_order_relaxed);
}

/** One more that failed, after it was added as one that might: whoever sees the failure
 * sees that, too. @param counter  of what may fail */
static inline void mcpauth__tally_add_failure(
	struct mcpauth__tally *tally, enum mcpauth__counter counter)
{
	atomic_fetch_add_explicit(&tally->counts[counter + 1], 1, memory_order_release);
}

/** Something was asked for, and came or did not. @return is it counted? */
static inline bool mcpauth__tally_outcome(
	struct mcpauth__tally *tally, enum mcpauth__counter counter, bool is_good)
{
	if (!mcpauth__tally_is_wanted(tally)) {
		return false;
	}
	mcpauth__tally_add(tally, counter);
	if (!is_good) {
		mcpauth__tally_add_failure(tally, counter);
	}
	return true;
}

#endif
