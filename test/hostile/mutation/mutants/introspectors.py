"""How an introspection endpoint is asked, and what of its answers is kept (RFC 7662, 9701)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

FLIGHTS = "lib/endpoint/flights.c"
TURNS = "lib/endpoint/turns.c"
QUESTION = "lib/endpoint/introspection.c"
SIGNED = "lib/endpoint/signed_answer.c"
SETTING = "lib/introspection.c"

bug(
    "flight-kept-after-forget",
    "unit/lib/flights",
    "an answer that was under way when its token was forgotten is kept",
    (
        FLIGHTS,
        "\t\t\t\ttake_out(flights, at);\n\t\t\t} else if",
        "\t\t\t\t(void)0;\n\t\t\t} else if",
    ),
)
bug(
    "flight-newest-makes-room",
    "unit/lib/flights",
    "a full cache drops the answer that just came",
    (
        FLIGHTS,
        "\tif (flights->kept > flights->limit) {\n\t\tdrop(flights, flights->oldest);",
        "\tif (flights->kept > flights->limit) {\n\t\tdrop(flights, flights->newest);",
    ),
)
bug(
    "flight-time-extended",
    "unit/lib/flights",
    "what may be kept shorter is kept longer",
    (
        FLIGHTS,
        "flight->state == MCPAUTH__FLIGHT_KEPT && until < flight->until",
        "flight->state == MCPAUTH__FLIGHT_KEPT && until > flight->until",
    ),
)
bug(
    "turns-without-end",
    "unit/lib/turns",
    "more at the same time than allowed",
    (
        TURNS,
        "return turns->running < turns->limit && !turns->stalled;",
        "return turns->running <= turns->limit && !turns->stalled;",
    ),
)
bug(
    "question-of-unending-time",
    "unit/lib/introspector",
    "time spent waiting for the turn does not count",
    (QUESTION, "\tif (left <= 0) {", "\tleft = introspector->timeout_ms;\n\tif (left <= 0) {"),
)
bug(
    "question-failed-for-long",
    "unit/lib/introspector",
    "a failure is remembered for a minute",
    ("lib/endpoint/endpoint.c", "#define FAILED_MS 1000", "#define FAILED_MS 60000"),
)
bug(
    "answer-of-an-error-page",
    "unit/lib/introspector",
    "any 2xx is an answer",
    ("lib/endpoint/endpoint.c", "if (status == 200) {", "if (status / 100 == 2) {"),
)
bug(
    "signed-answer-of-any-type",
    "unit/lib/signed_answer",
    "an access token passes for an answer",
    (SIGNED, "if (!has_type(jws)) {", "if (false) {"),
)
bug(
    "signed-answer-for-anybody",
    "unit/lib/signed_answer",
    "an answer to another client is believed",
    (SIGNED, "if (!is_for(payload, answer->client_id)) {", "if (answer->client_id == NULL) {"),
)
bug(
    "signed-answer-of-long-ago",
    "unit/lib/signed_answer",
    "an old answer is believed",
    (SIGNED, "issued_at < answer->earliest || ", ""),
)
bug(
    "signed-answer-unverified",
    "unit/lib/signed_answer",
    "nobody looks at the signature",
    (
        SIGNED,
        "\tif (code == MCPAUTH_OK) {\n\t\tcode = verify(&jws, answer, waiter, err);\n\t}\n",
        "\t(void)verify;\n\t(void)waiter;\n",
    ),
)
bug(
    "signed-answer-not-needed",
    "unit/lib/signed_answer",
    "where signed answers are demanded others are taken, too",
    (
        QUESTION,
        "if (introspection->introspector->config.require_signed_answers) {",
        "if (false) {",
    ),
)
bug(
    "introspection-endpoint-learnt-is-trusted",
    "unit/lib/introspection_place",
    "an endpoint that a document names may be private",
    (QUESTION, ".learnt_from = introspection->place.learnt_from,", ".learnt_from = NULL,"),
)
bug(
    "introspection-over-http",
    "unit/lib/introspection_config",
    "an endpoint over plain http",
    (SETTING, "mcpauth__url_check(url, auth->runtime->insecure_allow_http, err)",
     "mcpauth__url_check(url, true, err)"),
)
