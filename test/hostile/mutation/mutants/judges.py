"""Who judges a token, and what an introspection endpoint may say of it (T52)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ANSWER = "lib/token/introspection_answer.c"
COMPLETION = "lib/token/completion.c"
HEARING = "lib/token/introspection_verifier.c"
STATIC = "lib/token/static_tokens.c"
VERIFICATION = "lib/verification.c"
VERIFIER = "lib/token/verifier.c"

bug(
    "active-of-any-type",
    "unit/lib/introspection_answer",
    'T52: "active": "true", or 1',
    (ANSWER, "if (cJSON_IsTrue(active)) {", "if (active != NULL && !cJSON_IsFalse(active)) {"),
)
bug(
    "active-unless-false",
    "unit/lib/introspection_answer",
    "T52: an answer without active",
    (ANSWER, "if (cJSON_IsTrue(active)) {", "if (!cJSON_IsFalse(active)) {"),
)
bug(
    "inactive-is-a-failure",
    "unit/lib/introspection_answer",
    "T52: 503 for a token that was revoked",
    (
        ANSWER,
        "mcpauth__fail(err, MCPAUTH_E_INACTIVE,",
        "mcpauth__fail(err, MCPAUTH_E_INTROSPECTION,",
    ),
)
bug(
    "token-type-unchecked",
    "unit/lib/introspection_answer",
    "T52: a DPoP token as a bearer's",
    (
        ANSWER,
        'if (!is_access_token_type(mcpauth__json_member(answer, "token_type"))) {',
        "if (false && !is_access_token_type(NULL)) {",
    ),
)
bug(
    "token-type-by-case",
    "unit/lib/introspection_answer",
    "a good token refused for how its type is written",
    (ANSWER, 'mcpauth__ascii_are_alike(type, "Bearer")', 'strcmp(type, "Bearer") == 0'),
)
bug(
    "token-type-no-string",
    "unit/lib/introspection_answer",
    "T52: a type that is null counts as none",
    (ANSWER, "return item == NULL\n", "return type == NULL\n"),
)
bug(
    "refresh-token-introspected",
    "unit/lib/introspection_answer",
    "T33: a refresh token as an access token",
    (ANSWER, "return is_refresh_token(answer)", "return false && is_refresh_token(answer)"),
)
bug(
    "completed-over-what-is-there",
    "unit/lib/introspection_answer",
    "T52: the issuer's name in place of the one that it says",
    (
        COMPLETION,
        "return value == NULL || mcpauth__json_has(json, name)\n",
        "return value == NULL\n",
    ),
)
bug(
    "completed-without-exp",
    "unit/lib/introspection_answer",
    "a good token refused for having no exp",
    (COMPLETION, 'mcpauth__json_has(json, "exp")', 'mcpauth__json_has(json, "active")'),
)
bug(
    "completed-audience-for-all",
    "unit/lib/introspection_verifier",
    "T31: active, so meant for this resource",
    (
        HEARING,
        "bool any = hearing->config->accept_active_as_audience && audiences->count > 0;",
        "bool any = audiences->count > 0;",
    ),
)
bug(
    "introspected-issuer-unchecked",
    "unit/lib/introspection_verifier",
    "T30: one issuer's endpoint speaks for another one",
    ("lib/token/attempt.c", "named) == issuer\n", "named) != NULL\n"),
)
bug(
    "introspected-claims-unchecked",
    "unit/lib/introspection_verifier",
    "T52: another aud, exp past, cnf",
    (
        HEARING,
        "return code == MCPAUTH_OK ? mcpauth__attempt_check_claims(attempt) : code;",
        "attempt->rules.policy = mcpauth__issuer_claim_policy(attempt->issuer);\n"
        "\treturn code;",
    ),
)
bug(
    "introspected-remembered-beyond-exp",
    "unit/lib/introspection_verifier",
    "T52: remembered for longer than it is good",
    (
        "lib/token/attempt.c",
        "most = left < most ? left : most;",
        "most = left < 0 ? left : most;",
    ),
)
bug(
    "introspected-remembered-though-asked-each-time",
    "unit/lib/introspection_verifier",
    "T52: revoked, but remembered",
    (HEARING, "hearing->config->cache_seconds != MCPAUTH_NONE;", "hearing->answer.until != 0;"),
)
bug(
    "inactive-for-long",
    "unit/lib/introspection_verifier",
    "T52: negatives are kept as long as the others",
    (HEARING, "keep_until(hearing, inactive_until(hearing));", "inactive_until(hearing);"),
)
bug(
    "introspected-jwt-of-anybody",
    "unit/lib/judges",
    "T51: tokens of strange issuers are sent to every endpoint",
    (VERIFIER, "return is_jwt && attempt->issuer == NULL\n", "return is_jwt && false\n"),
)
bug(
    "refused-by-one-accepted-by-another",
    "unit/lib/judges",
    "T52: the one who knows it refuses, the next is asked",
    (
        HEARING,
        "*known = attempt->issuer != NULL || !(is_failure",
        "*known = code == MCPAUTH_OK || code == MCPAUTH_PENDING || !(code >= "
        "MCPAUTH_E_MALFORMED_TOKEN || is_failure",
    ),
)
bug(
    "unreachable-is-inactive",
    "unit/lib/judges",
    "T52: 401 while the endpoint is down",
    (VERIFIER, "if (progress->failure != NULL) {", "if (false) {"),
)
bug(
    "forged-but-introspected",
    "unit/lib/judges",
    "T1: whose signature is bad is asked about instead",
    (
        VERIFIER,
        "|| (attempt->issuer != NULL && !has_jwts_introspected(attempt->issuer));",
        "|| (attempt->issuer != NULL && mcpauth__issuer_introspector(attempt->issuer) == NULL\n"
        "\t\t\t&& code == MCPAUTH_OK);",
    ),
)
bug(
    "pass-remembered",
    "unit/lib/judges",
    "the program's verifier is not asked each time",
    (VERIFIER, "&& !custom->last && custom->cache_ms == 0;", "&& custom->cache_ms < 0;"),
)
bug(
    "forgotten-but-remembered",
    "unit/lib/introspection_verifier",
    "T52: what was asked before it was forgotten",
    (VERIFIER, "if (!progress->begun) {", "if (true) {"),
)
bug(
    "static-token-by-its-beginning",
    "unit/lib/static_token",
    "T45: half a token is enough",
    (
        STATIC,
        "mcpauth__equal_bytes(item->digest, digest, sizeof item->digest)",
        "mcpauth__equal_bytes(item->digest, digest, 0)",
    ),
)
bug(
    "static-token-for-ever",
    "unit/lib/static_token",
    "T27: its exp has no effect",
    (
        STATIC,
        "&trust->static_tokens, attempt->rules.now, attempt->rules.tolerance);",
        "&trust->static_tokens, attempt->rules.now, ANY_TIME);",
    ),
)
bug(
    "revoked-but-remembered",
    "unit/lib/revoked",
    "a token that is remembered cannot be revoked",
    (
        VERIFICATION,
        "*info = mcpauth__auth_info_init(room, identity, presented->token);\n"
        "\treturn ask_whether_revoked(auth, info, err);",
        "*info = mcpauth__auth_info_init(room, identity, presented->token);\n"
        "\treturn MCPAUTH_OK;",
    ),
)
