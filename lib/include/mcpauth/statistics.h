/**
 * @file
 * What the library did so far, in numbers: for monitoring.
 */
#ifndef MCPAUTH_STATISTICS_H
#define MCPAUTH_STATISTICS_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Counts since they were first read, from the object or one that it succeeds: they never
 * go down. Each thing is counted when it is over.
 */
struct mcpauth_statistics {
	size_t size; /**< set by MCPAUTH_STATISTICS_INIT */

	uint64_t remembered; /**< verifications answered from memory: good tokens */
	uint64_t refused;    /**< likewise, tokens known to be bad, or `revoked` by now */
	uint64_t verified;   /**< good tokens that had to be looked at */
	uint64_t rejected;   /**< bad ones that had to be looked at */
	uint64_t undecided;  /**< those that could not be judged: codes 100 to 399 */

	uint64_t key_fetches;      /**< key sets asked for */
	uint64_t key_failures;     /**< of these, not answered with a good one */
	uint64_t metadata_fetches; /**< likewise, authorization servers' metadata: all the
				    * places where one's may be are one fetch */
	uint64_t metadata_failures;
	uint64_t introspections;         /**< questions put to introspection endpoints */
	uint64_t introspection_failures; /**< of these, without a usable answer */

	/** Verifications and whatever else waits for the network just now, of the
	 * waiting_limit of struct mcpauth_config. This one goes up and down. */
	uint64_t waiting;
};

/** Fills a struct mcpauth_statistics with zeros. */
#define MCPAUTH_STATISTICS_INIT \
	{ \
		.size = sizeof(struct mcpauth_statistics) \
	}

/**
 * Read them. Any thread; takes no lock. The counts are read one after the other, so
 * that they may be some requests apart. Nothing is counted before the first call, or
 * before a chain has metrics: hot verifications of a program that looks at no numbers
 * cost nothing for them.
 *
 * @param auth                borrowed for the call
 * @param[in,out] statistics  filled in, as far as its size says; no failure is in it
 *                            without the fetch or question that failed
 */
MCPAUTH_API void mcpauth_statistics_read(
	struct mcpauth *auth, struct mcpauth_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
