"""Metrics: each request counts once, as what became of it, and the text is Prometheus'."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

CHAIN = "middleware/chain.c"
METRICS = "middleware/monitoring/metrics.c"
RUN = "middleware/run.c"
STAGE = "middleware/stages/metrics.c"
WAIT = "middleware/wait.c"

bug(
    "metrics-codes-of-today",
    "unit/middleware/metrics",
    "a new group of codes is not shown",
    (METRICS, "i < MCPAUTH__METRICS_CODES; i++) {", "i < 500; i++) {"),
)
bug(
    "metrics-any-number",
    "unit/middleware/metrics",
    "a number that is no code writes behind the counters",
    (METRICS, "if (outcome < MCPAUTH__METRICS_CODES) {", "if (outcome < 2u * MCPAUTH__METRICS_CODES) {"),
)
bug(
    "metrics-bound-excluded",
    "unit/middleware/metrics",
    "le: a bucket holds its bound",
    (METRICS, "microseconds > buckets[at].bound", "microseconds >= buckets[at].bound"),
)
bug(
    "metrics-buckets-apart",
    "unit/middleware/metrics",
    "buckets are cumulative",
    (
        METRICS,
        "\t\tcount += get(&metrics->verifications[i]);\n",
        "\t\tcount = get(&metrics->verifications[i]);\n",
    ),
)
bug(
    "metrics-without-the-slowest",
    "unit/middleware/metrics",
    "what took longer than the last bound is nowhere",
    (METRICS, "\tcount += get(&metrics->verifications[MCPAUTH__METRICS_BUCKETS]);\n", ""),
)
bug(
    "metrics-sum-in-milliseconds",
    "unit/middleware/metrics",
    "a mean that is a thousand times too small",
    (
        METRICS,
        "microseconds / 1000000,\n\t\tmicroseconds % 1000000);",
        "microseconds / 1000000000,\n\t\tmicroseconds / 1000 % 1000000);",
    ),
)
bug(
    "metrics-negative-times",
    "unit/middleware/metrics",
    "a sum that wraps round",
    (METRICS, "microseconds > 0 ? (uint64_t)microseconds : 0", "(uint64_t)microseconds"),
)
bug(
    "metrics-lose-counts",
    "unit/middleware/metrics",
    "two threads read one number and write one more",
    (
        METRICS,
        "atomic_fetch_add_explicit(counter, more, memory_order_relaxed);",
        "atomic_store(counter, atomic_load(counter) + more);",
    ),
)
bug(
    "metrics-without-help",
    "unit/middleware/metrics",
    "promtool: no help text",
    (METRICS, "\"# HELP %s %s\\n# TYPE %s %s\\n\", name, help, name, type",
     "\"# TYPE %s %s\\n\" + 0 * (name == help), name, type"),
)
bug(
    "metrics-broken-by-reason",
    "unit/middleware/metrics_stage",
    "500 is hidden among refusals",
    (STAGE, "if (exchange->answer.status == 500) {", "if (exchange->answer.status == 599) {"),
)
bug(
    "metrics-gone-is-passed",
    "unit/middleware/metrics_stage",
    "who left before a decision counts as let in",
    (STAGE, "exchange->has_passed ? MCPAUTH__OUTCOME_PASSED : MCPAUTH__OUTCOME_ABANDONED",
     "MCPAUTH__OUTCOME_PASSED"),
)
bug(
    "metrics-time-of-all",
    "unit/middleware/metrics_stage",
    "requests without a token are quick verifications",
    (STAGE, "if (exchange->judged_until != 0) {", "if (exchange->began != 0) {"),
)
bug(
    "metrics-for-any-method",
    "unit/middleware/metrics_stage",
    "POST reads them",
    (STAGE, "return mcpauth__public_document_is_read(exchange) ? show",
     "return exchange != NULL ? show"),
)
bug(
    "metrics-before-last-stages",
    "unit/middleware/metrics_stage",
    "whom a stage added LAST refuses reads them",
    (CHAIN, "chain->stage_count - (chain->counting != NULL)", "chain->stage_count"),
)
bug(
    "metrics-count-nothing-below",
    "unit/middleware/metrics_stage",
    "the library counts from the first reading on",
    (STAGE, "\tread_statistics(chain, &statistics);\n}", "\t(void)statistics;\n}"),
)
bug(
    "metrics-kept-reason",
    "unit/middleware/metrics_stage",
    "a refusal that was thought better of",
    (
        RUN,
        "\t\tmcpauth__answer_finish(&exchange->answer);\n\t\texchange->reason = MCPAUTH_OK;\n"
        "\t\treturn wait_for_it(exchange);",
        "\t\tmcpauth__answer_finish(&exchange->answer);\n\t\treturn wait_for_it(exchange);",
    ),
)
bug(
    "metrics-one-waits",
    "unit/middleware/metrics_stage",
    "suspended connections beyond the first are not seen",
    (WAIT, "\t\texchange = exchange->next) {\n\t\tcount++;",
     "\t\texchange = exchange->next) {\n\t\tcount = 2;"),
)
bug(
    "metrics-nameless-codes-are-lost",
    "unit/middleware/metrics_stage",
    "requests whose sum is not that of all outcomes",
    ("middleware/monitoring/metrics.c", "\t\t\tnameless += get(&metrics->requests[i]);\n", ""),
)
bug(
    "metrics-new-object-counts-late",
    "unit/middleware/metrics_stage",
    "what happens between a change and the next look is not counted",
    ("middleware/reload.c", "if (chain->counting != NULL) {", "if (false) {"),
)
