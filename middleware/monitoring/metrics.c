/* Counts what becomes of requests, and writes the counts as Prometheus reads them. */
#include "monitoring/metrics.h"

#include "base/buf.h"
#include "monitoring/reason.h"

#include <inttypes.h>
#include <string.h>

#define FIRST_REASON 100

static const char *const outcome_names[MCPAUTH__OUTCOMES] = {
	[MCPAUTH__OUTCOME_PASSED] = "passed",
	[MCPAUTH__OUTCOME_ANSWERED] = "answered",
	[MCPAUTH__OUTCOME_BROKEN] = "broken",
	[MCPAUTH__OUTCOME_ABANDONED] = "abandoned",
};

/* In microseconds, and in seconds as Prometheus has them. */
static const struct {
	int64_t bound;
	const char *text;
} buckets[MCPAUTH__METRICS_BUCKETS] = {
	{100, "0.0001"},
	{250, "0.00025"},
	{500, "0.0005"},
	{1000, "0.001"},
	{2500, "0.0025"},
	{5000, "0.005"},
	{10000, "0.01"},
	{25000, "0.025"},
	{50000, "0.05"},
	{100000, "0.1"},
	{250000, "0.25"},
	{500000, "0.5"},
	{1000000, "1"},
	{2500000, "2.5"},
	{5000000, "5"},
	{10000000, "10"},
};

static void add(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void mcpauth__metrics_count(struct mcpauth__metrics *metrics, unsigned outcome)
{
	if (outcome < MCPAUTH__METRICS_CODES) {
		add(&metrics->requests[outcome], 1);
	}
}

void mcpauth__metrics_observe(struct mcpauth__metrics *metrics, int64_t microseconds)
{
	size_t at = 0;
	while (at < MCPAUTH__METRICS_BUCKETS && microseconds > buckets[at].bound) {
		at++;
	}
	add(&metrics->verifications[at], 1);
	add(&metrics->microseconds, microseconds > 0 ? (uint64_t)microseconds : 0);
}

static void put_head(struct mcpauth__buf *buf, const char *name, const char *type, const char *help)
{
	mcpauth__buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* No value of a label needs an escape: all of them are the library's own words. */
static void put_labelled(struct mcpauth__buf *buf, const char *name, const char *label,
	const char *value, uint64_t count)
{
	mcpauth__buf_printf(buf, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, count);
}

static void put_plain(struct mcpauth__buf *buf, const char *name, uint64_t value)
{
	mcpauth__buf_printf(buf, "%s %" PRIu64 "\n", name, value);
}

/* Every code there is, also those that were never a reason: what appears with its first
 * count has no rate before the second. */
static void put_requests(struct mcpauth__buf *buf, const struct mcpauth__metrics *metrics)
{
	static const char name[] = "mcpauth_requests_total";
	char reason[MCPAUTH__REASON_SIZE];
	uint64_t nameless = 0; /* a program's own verifier may refuse with any code */
	put_head(buf, name, "counter", "Requests that have ended, by what became of them.");
	for (unsigned i = 0; i < MCPAUTH__OUTCOMES; i++) {
		put_labelled(buf, name, "outcome", outcome_names[i], get(&metrics->requests[i]));
	}
	for (unsigned i = FIRST_REASON; i < MCPAUTH__METRICS_CODES; i++) {
		const char *code = mcpauth_code_name((enum mcpauth_code)i);
		if (strcmp(code, "MCPAUTH_E_UNKNOWN") == 0) {
			nameless += get(&metrics->requests[i]);
			continue;
		}
		mcpauth__reason_write((enum mcpauth_code)i, reason);
		put_labelled(buf, name, "outcome", reason, get(&metrics->requests[i]));
	}
	put_labelled(buf, name, "outcome", "unknown", nameless);
}

static void put_verifications(struct mcpauth__buf *buf, const struct mcpauth_statistics *statistics)
{
	static const char name[] = "mcpauth_verifications_total";
	put_head(buf, name, "counter", "Tokens that were verified, by what came of it.");
	put_labelled(buf, name, "result", "remembered", statistics->remembered);
	put_labelled(buf, name, "result", "verified", statistics->verified);
	put_labelled(buf, name, "result", "refused", statistics->refused);
	put_labelled(buf, name, "result", "rejected", statistics->rejected);
	put_labelled(buf, name, "result", "undecided", statistics->undecided);
}

static void put_fetches(struct mcpauth__buf *buf, const struct mcpauth_statistics *statistics)
{
	static const char name[] = "mcpauth_fetches_total";
	static const char failures[] = "mcpauth_fetch_failures_total";
	put_head(buf, name, "counter", "Documents that other servers were asked for.");
	put_labelled(buf, name, "document", "keys", statistics->key_fetches);
	put_labelled(buf, name, "document", "metadata", statistics->metadata_fetches);
	put_labelled(buf, name, "document", "introspection", statistics->introspections);
	put_head(buf, failures, "counter", "Those of them that no good answer came for.");
	put_labelled(buf, failures, "document", "keys", statistics->key_failures);
	put_labelled(buf, failures, "document", "metadata", statistics->metadata_failures);
	put_labelled(
		buf, failures, "document", "introspection", statistics->introspection_failures);
}

/* Without "%f": a program's locale may write a comma. */
static void put_seconds(struct mcpauth__buf *buf, const char *name, uint64_t microseconds)
{
	mcpauth__buf_printf(buf, "%s %" PRIu64 ".%06" PRIu64 "\n", name, microseconds / 1000000,
		microseconds % 1000000);
}

/* The count is made of the buckets, so that it is theirs whoever counts meanwhile. */
static void put_durations(struct mcpauth__buf *buf, const struct mcpauth__metrics *metrics)
{
	static const char bucket[] = "mcpauth_verification_seconds_bucket";
	uint64_t sum = get(&metrics->microseconds);
	uint64_t count = 0;
	put_head(buf, "mcpauth_verification_seconds", "histogram",
		"Time from when a token is looked at to the decision, waits included.");
	for (size_t i = 0; i < MCPAUTH__METRICS_BUCKETS; i++) {
		count += get(&metrics->verifications[i]);
		put_labelled(buf, bucket, "le", buckets[i].text, count);
	}
	count += get(&metrics->verifications[MCPAUTH__METRICS_BUCKETS]);
	put_labelled(buf, bucket, "le", "+Inf", count);
	put_seconds(buf, "mcpauth_verification_seconds_sum", sum);
	put_plain(buf, "mcpauth_verification_seconds_count", count);
}

static void put_gauge(struct mcpauth__buf *buf, const char *name, const char *help, unsigned value)
{
	put_head(buf, name, "gauge", help);
	put_plain(buf, name, value);
}

char *mcpauth__metrics_write(const struct mcpauth__metrics *metrics,
	const struct mcpauth__metrics_others *others, size_t *length)
{
	struct mcpauth__buf buf = {0};
	mcpauth__buf_reserve(&buf, 8192);
	put_requests(&buf, metrics);
	put_verifications(&buf, &others->statistics);
	put_fetches(&buf, &others->statistics);
	put_durations(&buf, metrics);
	put_gauge(&buf, "mcpauth_suspended_connections", "Requests that wait for a stage just now.",
		others->suspended);
	put_gauge(&buf, "mcpauth_requests_in_progress", "Requests that have begun and not ended.",
		others->in_progress);
	*length = buf.length;
	return mcpauth__buf_take(&buf);
}
