/* Counts of requests and how they are told to Prometheus. */
#include "support/check.h"
#include "support/exposition.h"

#include "monitoring/metrics.h"
#include "monitoring/reason.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUCKET(bound) "mcpauth_verification_seconds_bucket{le=\"" bound "\"}"
#define THREADS 4
#define COUNT_MS 200

static const struct mcpauth__metrics_others nothing;

/* Caller frees with free(). */
static char *write_all(
	const struct mcpauth__metrics *metrics, const struct mcpauth__metrics_others *others)
{
	size_t length;
	char *text = mcpauth__metrics_write(metrics, others, &length);
	assert_non_null(text);
	assert_null(exposition_fault(text, length));
	return text;
}

static long long value_of(const struct mcpauth__metrics *metrics, const char *sample)
{
	char *text = write_all(metrics, &nothing);
	long long value = exposition_value(text, sample);
	free(text);
	return value;
}

static void begin_with_zeros(void **state)
{
	static struct mcpauth__metrics metrics;
	(void)state;
	assert_int_equal(value_of(&metrics, "mcpauth_requests_total{outcome=\"passed\"}"), 0);
	assert_int_equal(value_of(&metrics, "mcpauth_requests_total{outcome=\"expired\"}"), 0);
	assert_int_equal(value_of(&metrics, "mcpauth_requests_total{outcome=\"ok\"}"), -1);
	assert_int_equal(value_of(&metrics, "mcpauth_requests_total{outcome=\"pending\"}"), -1);
	assert_int_equal(value_of(&metrics, "mcpauth_requests_total{outcome=\"unknown\"}"), 0);
	assert_int_equal(value_of(&metrics, "mcpauth_verification_seconds_count"), 0);
}

static const struct {
	enum mcpauth__outcome outcome;
	const char *sample;
} outcomes[] = {
	{MCPAUTH__OUTCOME_PASSED, "mcpauth_requests_total{outcome=\"passed\"}"},
	{MCPAUTH__OUTCOME_ANSWERED, "mcpauth_requests_total{outcome=\"answered\"}"},
	{MCPAUTH__OUTCOME_BROKEN, "mcpauth_requests_total{outcome=\"broken\"}"},
	{MCPAUTH__OUTCOME_ABANDONED, "mcpauth_requests_total{outcome=\"abandoned\"}"},
};

static void count_each_outcome(void **state)
{
	static struct mcpauth__metrics metrics;
	(void)state;
	assert_int_equal(sizeof outcomes / sizeof *outcomes, MCPAUTH__OUTCOMES);
	for (unsigned i = 0; i < MCPAUTH__OUTCOMES; i++) {
		for (unsigned times = 0; times <= i; times++) {
			mcpauth__metrics_count(&metrics, outcomes[i].outcome);
		}
	}
	for (unsigned i = 0; i < MCPAUTH__OUTCOMES; i++) {
		CHECK_ROW(outcomes[i].sample, value_of(&metrics, outcomes[i].sample) == i + 1);
	}
}

/* Whatever number a code will ever have: error.h is asked, not a list of today's. Those
 * below 100 are no reasons. */
static void count_every_code_that_has_a_name(void **state)
{
	static struct mcpauth__metrics metrics;
	char reason[MCPAUTH__REASON_SIZE];
	char sample[128];
	unsigned codes = 0;
	(void)state;
	for (unsigned i = 100; i < 100000; i++) {
		const char *name = mcpauth_code_name((enum mcpauth_code)i);
		if (strcmp(name, "MCPAUTH_E_UNKNOWN") == 0) {
			continue;
		}
		mcpauth__metrics_count(&metrics, i);
		mcpauth__reason_write((enum mcpauth_code)i, reason);
		snprintf(sample, sizeof sample, "mcpauth_requests_total{outcome=\"%s\"}", reason);
		CHECK_ROW(name, value_of(&metrics, sample) == 1);
		CHECK_ROW(name, strlen(reason) == strlen(name) - strlen("MCPAUTH_E_"));
		codes++;
	}
	assert_true(codes > 60);
}

static void a_number_that_is_no_code_does_no_harm(void **state)
{
	static struct mcpauth__metrics metrics;
	(void)state;
	mcpauth__metrics_count(&metrics, MCPAUTH__METRICS_CODES);
	mcpauth__metrics_count(&metrics, 100000);
	assert_int_equal(value_of(&metrics, "mcpauth_verification_seconds_count"), 0);
}

static const struct {
	int64_t microseconds;
	const char *last_without; /* the greatest bucket that it is not in; NULL: in all */
	const char *first_with;
} durations[] = {
	{0, NULL, BUCKET("0.0001")},
	{-5, NULL, BUCKET("0.0001")},
	{100, NULL, BUCKET("0.0001")},
	{101, BUCKET("0.0001"), BUCKET("0.00025")},
	{500, BUCKET("0.00025"), BUCKET("0.0005")},
	{1000, BUCKET("0.0005"), BUCKET("0.001")},
	{1001, BUCKET("0.001"), BUCKET("0.0025")},
	{2500, BUCKET("0.001"), BUCKET("0.0025")},
	{9999, BUCKET("0.005"), BUCKET("0.01")},
	{25000, BUCKET("0.01"), BUCKET("0.025")},
	{50000, BUCKET("0.025"), BUCKET("0.05")},
	{100001, BUCKET("0.1"), BUCKET("0.25")},
	{500000, BUCKET("0.25"), BUCKET("0.5")},
	{999999, BUCKET("0.5"), BUCKET("1")},
	{2500000, BUCKET("1"), BUCKET("2.5")},
	{5000000, BUCKET("2.5"), BUCKET("5")},
	{10000000, BUCKET("5"), BUCKET("10")},
	{10000001, BUCKET("10"), BUCKET("+Inf")},
};

static void put_durations_into_their_buckets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
		struct mcpauth__metrics *metrics = calloc(1, sizeof *metrics);
		assert_non_null(metrics);
		mcpauth__metrics_observe(metrics, durations[i].microseconds);
		char *text = write_all(metrics, &nothing);
		const char *label = durations[i].first_with;
		CHECK_ROW(label, exposition_value(text, durations[i].first_with) == 1);
		CHECK_ROW(label, exposition_value(text, BUCKET("+Inf")) == 1);
		CHECK_ROW(label,
			durations[i].last_without == NULL
				|| exposition_value(text, durations[i].last_without) == 0);
		free(text);
		free(metrics);
	}
}

static bool has_line(const struct mcpauth__metrics *metrics, const char *line)
{
	char *text = write_all(metrics, &nothing);
	bool found = strstr(text, line) != NULL;
	free(text);
	return found;
}

static void sum_durations_in_seconds(void **state)
{
	static struct mcpauth__metrics metrics;
	(void)state;
	mcpauth__metrics_observe(&metrics, 1);
	assert_true(has_line(&metrics, "\nmcpauth_verification_seconds_sum 0.000001\n"));
	mcpauth__metrics_observe(&metrics, -1000000);
	mcpauth__metrics_observe(&metrics, 2999999);
	assert_true(has_line(&metrics, "\nmcpauth_verification_seconds_sum 3.000000\n"));
	assert_true(has_line(&metrics, "\nmcpauth_verification_seconds_count 3\n"));
}

static void tell_what_others_counted(void **state)
{
	static struct mcpauth__metrics metrics;
	const struct mcpauth__metrics_others others = {
		.statistics = {.remembered = 1,
			.verified = 2,
			.refused = 3,
			.rejected = 4,
			.undecided = 5,
			.key_fetches = 60,
			.key_failures = 6,
			.metadata_fetches = 70,
			.metadata_failures = 7,
			.introspections = 80,
			.introspection_failures = UINT64_C(10000000000)},
		.suspended = 9,
		.in_progress = 10,
	};
	static const char *const lines[] = {
		"\nmcpauth_verifications_total{result=\"remembered\"} 1\n",
		"\nmcpauth_verifications_total{result=\"verified\"} 2\n",
		"\nmcpauth_verifications_total{result=\"refused\"} 3\n",
		"\nmcpauth_verifications_total{result=\"rejected\"} 4\n",
		"\nmcpauth_verifications_total{result=\"undecided\"} 5\n",
		"\nmcpauth_fetches_total{document=\"keys\"} 60\n",
		"\nmcpauth_fetch_failures_total{document=\"keys\"} 6\n",
		"\nmcpauth_fetches_total{document=\"metadata\"} 70\n",
		"\nmcpauth_fetch_failures_total{document=\"metadata\"} 7\n",
		"\nmcpauth_fetches_total{document=\"introspection\"} 80\n",
		"\nmcpauth_fetch_failures_total{document=\"introspection\"} 10000000000\n",
		"\nmcpauth_suspended_connections 9\n",
		"\nmcpauth_requests_in_progress 10\n",
	};
	(void)state;
	char *text = write_all(&metrics, &others);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		CHECK_ROW(lines[i], strstr(text, lines[i]) != NULL);
	}
	free(text);
}

/* One who counts, as long as it takes to be interrupted while at it. */
struct counter {
	pthread_t thread;
	struct mcpauth__metrics *metrics;
	long long count;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *count_many(void *user)
{
	struct counter *counter = user;
	for (int64_t until = now_ms() + COUNT_MS; now_ms() < until; counter->count += 1000) {
		for (unsigned i = 0; i < 1000; i++) {
			mcpauth__metrics_count(counter->metrics, MCPAUTH_E_EXPIRED);
			mcpauth__metrics_observe(counter->metrics, 1000000);
		}
	}
	return NULL;
}

static void several_threads_lose_nothing(void **state)
{
	static struct mcpauth__metrics metrics;
	struct counter counters[THREADS];
	long long count = 0;
	char sum[96];
	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		counters[i] = (struct counter){.metrics = &metrics};
		pthread_create(&counters[i].thread, NULL, count_many, &counters[i]);
	}
	for (int i = 0; i < 20; i++) {
		free(write_all(&metrics, &nothing));
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(counters[i].thread, NULL);
		count += counters[i].count;
	}
	assert_int_equal(value_of(&metrics, "mcpauth_requests_total{outcome=\"expired\"}"), count);
	assert_int_equal(value_of(&metrics, "mcpauth_verification_seconds_count"), count);
	snprintf(sum, sizeof sum, "\nmcpauth_verification_seconds_sum %lld.000000\n", count);
	assert_true(has_line(&metrics, sum));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begin_with_zeros),
		cmocka_unit_test(count_each_outcome),
		cmocka_unit_test(count_every_code_that_has_a_name),
		cmocka_unit_test(a_number_that_is_no_code_does_no_harm),
		cmocka_unit_test(put_durations_into_their_buckets),
		cmocka_unit_test(sum_durations_in_seconds),
		cmocka_unit_test(tell_what_others_counted),
		cmocka_unit_test(several_threads_lose_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
