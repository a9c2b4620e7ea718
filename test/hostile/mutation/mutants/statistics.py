"""What is counted, and when."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

TALLY = "lib/base/tally.h"
VERIFICATION = "lib/verification.c"
VERIFIER = "lib/token/verifier.c"
QUESTION = "lib/endpoint/introspection.c"

bug(
    "counted-for-nobody",
    "unit/lib/statistics",
    "a program that looks at no numbers pays for them",
    (
        TALLY,
        "tally != NULL && atomic_load_explicit(&tally->is_wanted, memory_order_relaxed)",
        "tally != NULL",
    ),
)
bug(
    "remembered-counts-as-verified",
    "unit/lib/statistics",
    "nobody sees that the cache is of no use",
    (
        VERIFICATION,
        "was_judged ? MCPAUTH__COUNT_VERIFIED : MCPAUTH__COUNT_REMEMBERED",
        "MCPAUTH__COUNT_VERIFIED",
    ),
)
bug(
    "undecided-counts-as-bad",
    "unit/lib/statistics",
    "an outage looks like an attack",
    (VERIFICATION, "else if (code >= MCPAUTH_E_NO_CREDENTIALS) {", "else {"),
)
bug(
    "counted-at-each-look",
    "unit/lib/statistics",
    "one who waits twice is two",
    (
        VERIFICATION,
        "\tif (code != MCPAUTH_PENDING) {\n\t\tcode = conclude(",
        "\tif (true) {\n\t\tcode = conclude(",
    ),
)
bug(
    "judged-but-remembered",
    "unit/lib/statistics_introspection",
    "what was dropped and found again counts as remembered",
    (VERIFIER, "progress->judged = progress->judged || !attempt->recalled;",
     "progress->judged = !attempt->recalled;"),
)
bug(
    "known-bad-counts-as-looked-at",
    "unit/lib/statistics_introspection",
    "a flood of one bad token looks like one of many",
    (
        VERIFIER,
        "\t*known = code != MCPAUTH_OK;\n\tif (*known) {\n\t\tattempt->recalled = true;\n",
        "\t*known = code != MCPAUTH_OK;\n\tif (*known) {\n",
    ),
)
bug(
    "malformed-counts-as-known",
    "unit/lib/statistics",
    "what nobody remembers counts as remembered",
    (
        VERIFIER,
        "\tif (code != MCPAUTH_OK) {\n\t\tpresented->progress->judged = true;\n",
        "\tif (code != MCPAUTH_OK) {\n",
    ),
)
bug(
    "failure-without-a-fetch",
    "unit/lib/statistics",
    "more failed than were tried",
    (
        TALLY,
        "\tmcpauth__tally_add(tally, counter);\n\tif (!is_good) {",
        "\tif (is_good) {\n\t\tmcpauth__tally_add(tally, counter);\n\t}\n\tif (!is_good) {",
    ),
)
bug(
    "keys-count-as-metadata",
    "unit/lib/statistics",
    "whoever is told that metadata fails looks in the wrong place",
    ("lib/endpoint/key_source.c", ".counter = MCPAUTH__COUNT_KEYS,",
     ".counter = MCPAUTH__COUNT_METADATA,"),
)
bug(
    "bad-answer-counts-each-time",
    "unit/lib/statistics_introspection",
    "more answers fail than questions are put",
    (QUESTION, "!atomic_exchange(&introspection->is_useless, true)", "true"),
)
bug(
    "question-counts-before-its-turn",
    "unit/lib/statistics_introspection",
    "an endpoint fails that was never asked",
    (QUESTION, "introspection->is_asked = left > 0;", "introspection->is_asked = true;"),
)
bug(
    "uncounted-question-fails",
    "unit/lib/statistics_introspection",
    "more answers fail than questions are put",
    (QUESTION, "if (introspection->is_counted && ", "if ("),
)
bug(
    "statistics-beyond-their-room",
    "unit/lib/statistics",
    "a program of an older version has its stack overwritten",
    ("lib/statistics.c", "read.size < sizeof read ? read.size : sizeof read", "sizeof read"),
)
