"""What processes share: answers, what was forgotten, and the names of logout tokens."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ANSWERS = "lib/endpoint/answer_store.c"
ASKING = "lib/endpoint/introspector.c"
FORGET = "lib/forget.c"
JUDGE = "lib/token/introspection_verifier.c"
LOGOUT = "lib/logout.c"
QUESTION = "lib/endpoint/introspection.c"
STORED = "lib/endpoint/stored_answer.c"

bug(
    "store-believed-as-long-as-it-likes",
    "unit/lib/shared_answers",
    "one that is to keep nothing for long believes another one's minute",
    (QUESTION, "answer->until < until ? answer->until : until;", "answer->until;"),
)
bug(
    "store-in-place-of-asking-each-time",
    "unit/lib/shared_answers",
    "with cache_seconds none a revoked token passes",
    (
        ASKING,
        "made->config.cache_seconds != MCPAUTH_NONE ? parts->store : NULL;",
        "parts->store;",
    ),
)
bug(
    "store-beyond-exp",
    "unit/lib/shared_answers",
    "an answer lies there longer than its token is good",
    (JUDGE, "answer.until = until < answer.until ? until : answer.until;", "(void)until;"),
)
bug(
    "store-renewed-for-ever",
    "unit/lib/shared_answers",
    "who found an answer leaves it there again",
    (QUESTION, "if (!introspection->is_recalled && !atomic_load", "if (!atomic_load"),
)
bug(
    "store-waited-for-by-each",
    "unit/lib/shared_answers",
    "a store that hangs costs every token a second",
    (ANSWERS, "\tif (until == 0) {", "\tif (until >= 0) {"),
)
bug(
    "store-without-its-signs",
    "unit/lib/shared_forget",
    "who was forgotten elsewhere stays",
    (ANSWERS, "\t\tatomic_store(&recall->is_forgotten, true);\n", "\t\t(void)recall;\n"),
)
bug(
    "store-sign-unread-is-none",
    "unit/lib/answer_store",
    "what may have been forgotten is believed",
    (ANSWERS, "answer->outcome == MCPAUTH_STORE_FAILED\n\t\t|| (answer", "false\n\t\t|| (answer"),
)
bug(
    "store-overtakes-the-sign",
    "unit/lib/shared_forget",
    "who forgets finds the old answer while the sign is on its way",
    (
        ANSWERS,
        "(answers->untold == NULL || atomic_load(&answers->untold->under_way) == 0)",
        "true",
    ),
)
bug(
    "store-untold-is-forgotten",
    "unit/lib/shared_forget",
    "the store could not be told, and its answer is believed",
    (
        FORGET,
        "\t\tatomic_store(&runtime->untold.at, mcpauth__clock_real(&runtime->clock));\n",
        "",
    ),
)
bug(
    "store-sign-younger-than-the-answer",
    "unit/lib/answer_store",
    "clocks that differ by a second, and a revoked token passes",
    (
        STORED,
        "answer->asked_at <= forgotten_at + rules->tolerance",
        "answer->asked_at <= forgotten_at",
    ),
)
bug(
    "logout-in-each-process",
    "unit/lib/logout_store",
    "section 2.6: a jti counts once, in all processes",
    (
        LOGOUT,
        "outcome == MCPAUTH_STORE_EXISTS ? refuse_repeated(err) : code;",
        "false ? refuse_repeated(err) : code;",
    ),
)
bug(
    "logout-without-the-store",
    "unit/lib/logout_store",
    "a store that fails lets it count again",
    (
        LOGOUT,
        "code = mcpauth__store_call_result(wait->naming, waiter, &outcome, err);\n",
        "code = mcpauth__store_call_result(wait->naming, waiter, &outcome, err);\n"
        "\t\tcode = code == MCPAUTH_E_STORE ? MCPAUTH_OK : code;\n",
    ),
)
bug(
    "logout-name-of-one-clock",
    "unit/lib/logout_store",
    "a machine whose clock is behind takes it again",
    (LOGOUT, "wait->now + wait->auth->runtime->verifier.tolerance;", "wait->now;"),
)
bug(
    "logout-forgets-when-the-store-works",
    "unit/lib/logout_store",
    "the store failed, and who logged out stays",
    (
        LOGOUT,
        "\tif (wait->naming == NULL) {\n\t\tforget(wait);\n",
        "\tif (wait->naming == NULL) {\n",
    ),
)
