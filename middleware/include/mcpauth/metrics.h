/**
 * @file
 * Numbers for monitoring, in the text format of Prometheus (version 0.0.4).
 *
 * Counters: `mcpauth_requests_total{outcome}` (passed, or the name of what it was refused
 * for as in access_log.h: "no_credentials", "expired", "insufficient_scope", ...;
 * "answered" for what the chain answers without refusing, "broken" for its 500,
 * "abandoned" if the client left before there was a decision, "unknown" for codes of a
 * program's own),
 * `mcpauth_verifications_total{result}` (remembered, verified, refused, rejected,
 * undecided: statistics.h), `mcpauth_fetches_total{document}` and, of these,
 * `mcpauth_fetch_failures_total{document}` (keys, metadata, introspection). Histogram:
 * `mcpauth_verification_seconds`, from when a token is looked at to the decision, waits
 * included. Gauges: `mcpauth_suspended_connections`, requests that wait for a stage, and
 * `mcpauth_requests_in_progress`, whoever asks for it included. No label has a value that
 * a client chooses. What MHD answers by itself is not counted. Verifications and fetches
 * are those of the object in force and those it succeeds: after a change to one that is no
 * successor (reload.h) these counters begin anew, as after a restart.
 */
#ifndef MCPAUTH_METRICS_H
#define MCPAUTH_METRICS_H

#include <mcpauth/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where they are read. Zero is the default everywhere. */
struct mcpauth_metrics {
	size_t size; /**< set by MCPAUTH_METRICS_INIT */
	/** GET and HEAD of this path are answered with the text, other methods with 405;
	 * default "/metrics". As decoded: begins with a slash, without "?", "#" and "%".
	 * Who may read it is said as for any path: mcpauth_chain_publish() for everybody,
	 * mcpauth_chain_protect() with a scope, else the policy of the rest. It is answered
	 * behind all stages, also those that are added later. Copied. */
	const char *path;
	/** Answer at no path: the program reads mcpauth_chain_metrics() itself. Then `path`
	 * is NULL. */
	bool omit_path;
};

/** Fills a struct mcpauth_metrics with the defaults. */
#define MCPAUTH_METRICS_INIT \
	{ \
		.size = sizeof(struct mcpauth_metrics) \
	}

/**
 * Count from now on.
 *
 * Before the first request, once. Counts outlive a change of the chain's rules.
 *
 * @param chain     borrowed for the call
 * @param metrics   NULL for the defaults; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (no path, or one that is omitted; also
 *         more than 12 stages), MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_metrics(struct mcpauth_chain *chain,
	const struct mcpauth_metrics *metrics, struct mcpauth_error *err);

/**
 * The text, for a listener of the program's own. Any thread.
 *
 * @param chain        one with metrics; borrowed for the call
 * @param[out] length  bytes, without the final NUL
 * @return caller frees with free(); NULL without memory, or without metrics
 */
MCPAUTH_API char *mcpauth_chain_metrics(struct mcpauth_chain *chain, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
