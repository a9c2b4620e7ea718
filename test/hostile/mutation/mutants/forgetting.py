"""What is forgotten, and what an order of forgetting lets through."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

FLIGHTS = "lib/endpoint/flights.c"
FORGET = "lib/forget.c"
OWNER = "lib/endpoint/owner.c"
QUESTION = "lib/endpoint/introspection.c"
ENDPOINT = "lib/endpoint/endpoint.c"
VERIFIER = "lib/token/verifier.c"

bug(
    "forgets-verdicts-alone",
    "unit/lib/forget",
    "what the endpoint said is still there",
    (FORGET, "\tsize_t count = forget_answers(oblivion);", "\tsize_t count = 0 * forget_answers("
     "&(struct oblivion){.runtime = runtime, .by_owner = true, .owner = {.issuer = \"\"}});"),
)
bug(
    "forgets-answers-alone",
    "unit/lib/forget",
    "what was made of an answer is still there",
    (FORGET, "\tif (verifier->cache != NULL) {", "\tif (false) {"),
)
bug(
    "forgets-no-refusal",
    "unit/lib/forget",
    "a token that is good again stays refused",
    (FORGET, "\tif (verifier->refused != NULL && !oblivion->by_owner", "\tif (false"
     " && verifier->refused != NULL && !oblivion->by_owner"),
)
bug(
    "forgetting-uncounted",
    "unit/lib/forget_introspected",
    "who asked before remembers it afterwards",
    (FORGET, "\tatomic_fetch_add(&runtime->forgets, 1);\n", ""),
)
bug(
    "forgetting-counted-first",
    "unit/lib/forget",
    "who begins between the two takes an old answer for a new one",
    (
        FORGET,
        "\tsize_t count = forget_answers(oblivion);\n\tatomic_fetch_add(&runtime->forgets, 1);\n",
        "\tatomic_fetch_add(&runtime->forgets, 1);\n\tsize_t count = forget_answers(oblivion);\n",
    ),
)
bug(
    "forgets-the-first-issuer-alone",
    "unit/lib/forget_introspected",
    "another issuer's answer about the same token is still there",
    (
        FORGET,
        "for (size_t i = 0; i < runtime->issuer_count; i++) {\n\t\tstruct mcpauth__introspector",
        "for (size_t i = 0; i < 1 && i < runtime->issuer_count; i++) {\n"
        "\t\tstruct mcpauth__introspector",
    ),
)
bug(
    "forgets-by-letters",
    "unit/lib/forget",
    "a name that is written with escapes is not found",
    (FORGET, "|| strchr(text, '\\\\') != NULL\n", "|| false\n"),
)
bug(
    "forgets-what-is-unreadable-not",
    "unit/lib/forget",
    "an answer that cannot be read is kept",
    (
        FORGET,
        "&claims, NULL) != MCPAUTH_OK) {\n\t\treturn true;",
        "&claims, NULL) != MCPAUTH_OK) {\n\t\treturn false;",
    ),
)
bug(
    "owner-of-any-issuer",
    "unit/lib/forget",
    "one issuer's alice logs another's out",
    (OWNER, "return is_said(owner->issuer, named->issuer)\n", "return owner->issuer != NULL\n"),
)
bug(
    "owner-by-subject-alone",
    "unit/lib/forget",
    "a session that is named is not looked at",
    (
        OWNER,
        "&& (named->session == NULL || is_said(owner->session, named->session));",
        "&& named->issuer != NULL;",
    ),
)
bug(
    "owner-without-issuer",
    "unit/lib/forget",
    "an answer without iss is nobody's",
    (OWNER, ": issuer,\n", ": NULL,\n\t\t.session = issuer,\n"),
)
bug(
    "progress-of-each-look",
    "unit/lib/forget_introspected",
    "a look that waits forgets what was forgotten meanwhile",
    (VERIFIER, "\t\tprogress->begun = true;\n", ""),
)
bug(
    "forgets-no-signed-answer",
    "unit/lib/signed_answer",
    "a signed answer that nobody has read is kept",
    (
        "lib/endpoint/introspector.c",
        "return text == NULL || forgetting->concerns(",
        "return text != NULL && forgetting->concerns(",
    ),
)
bug(
    "flight-joined-after-forget",
    "unit/lib/flights",
    "what was asked before the forgetting answers who comes after it",
    (
        FLIGHTS,
        "\t\t\tif (at->state == MCPAUTH__FLIGHT_UNDER_WAY) {\n\t\t\t\ttake_out(flights, at);\n",
        "\t\t\tif (at->state == MCPAUTH__FLIGHT_UNDER_WAY) {\n"
        "\t\t\t\tat->until = INT64_MIN;\n",
    ),
)
bug(
    "flight-of-half-a-digest",
    "unit/lib/flights",
    "two tokens whose digests begin alike are one",
    (
        FLIGHTS,
        "mcpauth__equal_bytes(at->digest, digest, sizeof at->digest)",
        "mcpauth__equal_bytes(at->digest, digest, 8)",
    ),
)
bug(
    "flight-kept-past-its-time",
    "unit/lib/flights",
    "an answer is found though its time is over",
    (FLIGHTS, "&& (now >= flight->until || ", "&& (now > flight->until + 1000 || "),
)
bug(
    "flight-shortened-not-dropped",
    "unit/lib/flights",
    "what is over by now waits to be found",
    (FLIGHTS, "\t\tif (until <= now) {", "\t\tif (until < now) {"),
)
bug(
    "flight-wakes-one",
    "unit/lib/flights",
    "of all who wait for one answer some wait for ever",
    (
        FLIGHTS,
        "\t\tmcpauth__waiter_wake(wakes.waiters[i]);\n",
        "\t\tif (i == 0) {\n\t\t\tmcpauth__waiter_wake(wakes.waiters[i]);\n\t\t}\n",
    ),
)
bug(
    "flight-never-swept",
    "unit/lib/flights",
    "what nobody asks for again is held for ever",
    (FLIGHTS, "#define SWEPT 2", "#define SWEPT 0"),
)
bug(
    "flight-asked-anew-by-each",
    "unit/lib/flights",
    "many with the same token are as many questions",
    (
        FLIGHTS,
        "\tif (found == NULL) {\n\t\t/* One for the request",
        "\tif (found == NULL || found->state == MCPAUTH__FLIGHT_UNDER_WAY) {\n"
        "\t\t/* One for the request",
    ),
)
bug(
    "answer-of-any-length-kept",
    "unit/lib/introspector",
    "a cache full of the longest answers",
    (QUESTION, "introspection->length <= MCPAUTH__KEPT_LENGTH_MAX ?", "introspection->length > 0 ?"),
)
bug(
    "failure-of-no-memory-kept",
    "unit/lib/introspector",
    "who was crowded out stays refused for a second",
    (ENDPOINT, "\tcase MCPAUTH_E_OVERLOADED:\n", ""),
)
bug(
    "form-kept-with-the-answer",
    "unit/lib/introspector",
    "the token stays in memory for as long as its answer",
    (
        QUESTION,
        "\tfinish_request(introspection);\n\tatomic_fetch_sub(",
        "\tatomic_fetch_sub(",
    ),
)
bug(
    "refusal-of-the-client-unsaid",
    "unit/lib/introspector",
    "nobody learns that the endpoint refuses this server",
    (QUESTION, "if (err->code != MCPAUTH_E_INTROSPECTION) {", "if (true) {"),
)
bug(
    "order-program-before-static",
    "unit/lib/judges",
    "the program's verifier sees what a static token says",
    (
        VERIFIER,
        "\t\t{mcpauth__verify_static, MCPAUTH__JUDGE_STATIC},\n"
        "\t\t{judge_by_memory, MCPAUTH__JUDGE_MEMORY},\n"
        "\t\t{judge_by_program, MCPAUTH__JUDGE_PROGRAM},\n",
        "\t\t{judge_by_memory, MCPAUTH__JUDGE_MEMORY},\n"
        "\t\t{judge_by_program, MCPAUTH__JUDGE_PROGRAM},\n"
        "\t\t{mcpauth__verify_static, MCPAUTH__JUDGE_STATIC},\n",
    ),
)
bug(
    "order-introspection-before-keys",
    "unit/lib/judges",
    "an issuer's JWTs are sent to its endpoint",
    (
        VERIFIER,
        "\t\t{judge_by_keys, MCPAUTH__JUDGE_KEYS},\n"
        "\t\t{judge_by_introspection, MCPAUTH__JUDGE_INTROSPECTION},\n",
        "\t\t{judge_by_introspection, MCPAUTH__JUDGE_INTROSPECTION},\n"
        "\t\t{judge_by_keys, MCPAUTH__JUDGE_KEYS},\n",
    ),
)
bug(
    "order-last-verifier-first",
    "unit/lib/judges",
    "the verifier that is to be the last is asked about every token",
    (
        VERIFIER,
        "\t\t{judge_by_keys, MCPAUTH__JUDGE_KEYS},\n"
        "\t\t{judge_by_introspection, MCPAUTH__JUDGE_INTROSPECTION},\n"
        "\t\t{judge_by_program_last, MCPAUTH__JUDGE_PROGRAM},\n",
        "\t\t{judge_by_program_last, MCPAUTH__JUDGE_PROGRAM},\n"
        "\t\t{judge_by_keys, MCPAUTH__JUDGE_KEYS},\n"
        "\t\t{judge_by_introspection, MCPAUTH__JUDGE_INTROSPECTION},\n",
    ),
)
bug(
    "answer-to-a-form-of-any-length",
    "unit/lib/post",
    "T49: a mebibyte for each token that a client makes up",
    (
        "lib/net/fetch_request.c",
        "return fetch->body != NULL ? MCPAUTH__FORM_ANSWER_LIMIT : MCPAUTH__DOCUMENT_LIMIT;",
        "return fetch != NULL ? MCPAUTH__DOCUMENT_LIMIT : MCPAUTH__FORM_ANSWER_LIMIT;",
    ),
)
