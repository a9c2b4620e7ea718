"""Logout tokens and the forms that bring them (Back-Channel Logout 1.0 section 2.6)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

CHAIN = "middleware/chain.c"
FORM = "lib/base/form_read.c"
LOGOUT = "lib/logout.c"
ROUTE = "middleware/route.c"
RULES = "lib/token/logout_token.c"
RUN = "middleware/run.c"
SEEN = "lib/token/seen.c"
STAGE = "middleware/stages/logout.c"

bug(
    "logout-any-type",
    "unit/lib/logout_token",
    "T33: an access token logs its owner out",
    (RULES, "if (!is_type(jws->type)) {", "if (false && !is_type(jws->type)) {"),
)
bug(
    "logout-event-of-any-type",
    "unit/lib/logout_token",
    "section 2.4: the event is an object",
    (
        RULES,
        "!cJSON_IsObject(mcpauth__json_member(events, EVENT))",
        "!mcpauth__json_has(events, EVENT)",
    ),
)
bug(
    "logout-without-event",
    "unit/lib/logout_token",
    "T33: an ID token as a logout token",
    (
        RULES,
        "if (!cJSON_IsObject(events) || !cJSON_IsObject(mcpauth__json_member(events, EVENT))) {",
        "if (events != NULL && !cJSON_IsObject(events)) {",
    ),
)
bug(
    "logout-nonce-null",
    "unit/lib/logout_token",
    "section 2.4: a nonce is prohibited, whatever it holds",
    (
        RULES,
        'return mcpauth__json_has(jws->payload, "nonce")',
        'return mcpauth__json_string(jws->payload, "nonce") != NULL',
    ),
)
bug(
    "logout-any-audience",
    "unit/lib/logout_token",
    "T31: a logout at another server",
    (
        RULES,
        "const struct mcpauth__claim_rules only = {.audiences = &audiences};",
        "const struct mcpauth__claim_rules only = {.audiences = &audiences, .any_audience = true};",
    ),
)
bug(
    "logout-any-age",
    "unit/lib/logout_token",
    "T27: a logout of last year",
    (
        RULES,
        "return code != MCPAUTH_OK || rules->now < *until",
        "return code != MCPAUTH_OK || true",
    ),
)
bug(
    "logout-expired",
    "unit/lib/logout_token",
    "T27: its exp counts for nothing",
    (RULES, "if (expires && expires_at < *end) {", "if (false) {"),
)
bug(
    "logout-from-the-future",
    "unit/lib/logout_token",
    "T28: iat lies ahead",
    (RULES, "if (issued_at > rules->now + rules->tolerance) {", "if (false) {"),
)
bug(
    "logout-of-nobody",
    "unit/lib/logout_token",
    "section 2.4: sub, sid or both",
    (RULES, "claims->subject == NULL && claims->session == NULL) {", "false) {"),
)
bug(
    "logout-without-name",
    "unit/lib/logout_token",
    "without jti it can be posted for ever",
    (RULES, "if (code == MCPAUTH_OK && claims->id == NULL) {", "if (false) {"),
)
bug(
    "logout-session-of-any-type",
    "unit/lib/logout_token",
    "T36: a sid that is no string",
    (
        RULES,
        "if (!mcpauth__claim_is_name(item) || *item->valuestring == '\\0') {",
        "if (cJSON_IsString(item) && *item->valuestring == '\\0') {",
    ),
)
bug(
    "logout-unsigned",
    "unit/lib/logout",
    "T30: whoever knows the issuer's name logs people out",
    (
        LOGOUT,
        "&wait->jws, waiter, &generation, err);\n",
        "&wait->jws, waiter, &generation, err);\n"
        "\tcode = code >= MCPAUTH_E_NO_CREDENTIALS ? MCPAUTH_OK : code;\n",
    ),
)
bug(
    "logout-any-algorithm",
    "unit/lib/logout",
    "T11: an algorithm that the issuer never uses",
    (
        LOGOUT,
        "return (mcpauth__issuer_algorithms(wait->issuer) & bit) != 0",
        "return bit != 0",
    ),
)
bug(
    "logout-repeated",
    "unit/lib/logout",
    "section 2.6: a jti counts once",
    (
        LOGOUT,
        "\t\t? MCPAUTH_OK\n\t\t: refuse_repeated(err);",
        "\t\t? MCPAUTH_OK\n\t\t: MCPAUTH_OK;",
    ),
)
bug(
    "logout-names-of-all-issuers",
    "unit/lib/logout",
    "one issuer uses up another's jti",
    (
        LOGOUT,
        "mcpauth__buf_append(&name, wait->named, strlen(wait->named) + 1)",
        "mcpauth__buf_append(&name, wait->named, 0)",
    ),
)
bug(
    "logout-taken-twice",
    "unit/lib/logout_wait",
    "what was taken as the deadline passed is then refused as seen before",
    (LOGOUT, "\tif (wait->is_taken) {", "\tif (false) {"),
)
bug(
    "logout-too-old-counts-twice",
    "unit/lib/logout_wait",
    "two of the same that wait until they are too old are both new",
    (LOGOUT, "digest, wait->now, wait->claims.until)", "digest, INT64_MAX, wait->claims.until)"),
)
bug(
    "logout-forgets-nobody",
    "unit/lib/logout",
    "section 2.7: a token that names no session stays",
    (
        LOGOUT,
        "if (forget_named(wait, wait->claims.session, mcpauth_forget_session) == 0) {",
        "if (forget_named(wait, wait->claims.session, mcpauth_forget_session) > 0) {",
    ),
)
bug(
    "seen-for-ever",
    "unit/lib/seen",
    "a name counts longer than its token",
    (SEEN, "if (entry->until > now\n\t\t\t&& memcmp", "if (memcmp"),
)
bug(
    "seen-too-short",
    "unit/lib/seen",
    "another hash that begins alike",
    (
        SEEN,
        "memcmp(entry->digest, digest, sizeof entry->digest)",
        "memcmp(entry->digest, digest, 8)",
    ),
)
bug(
    "seen-last-out",
    "unit/lib/seen",
    "the newest name makes room",
    (
        SEEN,
        "if (seen->entries[i].until < first->until) {",
        "if (seen->entries[i].until > first->until) {",
    ),
)

bug(
    "form-first-of-two",
    "unit/lib/form_read",
    "a proxy looks at the other one",
    (
        FORM,
        "outcome = outcome == MCPAUTH__FORM_ABSENT ? MCPAUTH__FORM_FOUND\n"
        "\t\t\t\t\t\t\t\t  : MCPAUTH__FORM_REPEATED;",
        "outcome = MCPAUTH__FORM_FOUND;",
    ),
)
bug(
    "form-nul",
    "unit/lib/form_read",
    "T34: a string that ends early",
    (FORM, "high < 0 || low < 0 || high + low == 0 ? -1", "high < 0 || low < 0 ? -1"),
)
bug(
    "form-half-an-escape",
    "unit/lib/form_read",
    "an escape that reads beyond the end",
    (FORM, "if (reading->end - reading->at < 2) {", "if (reading->end - reading->at < 1) {"),
)
bug(
    "form-any-bytes",
    "unit/lib/form_read",
    "blanks and line ends between",
    (FORM, "return byte > 0x20 && byte < 0x7f ? byte : -1;", "return (unsigned char)byte;"),
)
bug(
    "form-names-encoded",
    "unit/lib/form_read",
    "logout%5Ftoken is another name",
    (FORM, "if (byte == '%') {", "if (byte == '%' && reading->at == NULL) {"),
)

bug(
    "logout-get",
    "unit/middleware/accept_logout",
    "a link logs people out",
    (STAGE, "\tif (!is_post(exchange)) {", "\tif (false) {"),
)
bug(
    "logout-any-content",
    "unit/middleware/accept_logout",
    "a page posts text/plain without a preflight",
    (STAGE, "return is_form(exchange) ? read_form", "return true || is_form(exchange) ? read_form"),
)
bug(
    "logout-unreachable-is-400",
    "unit/middleware/accept_logout",
    "the issuer never posts it again",
    (STAGE, "\tif (err->code >= 400) {", "\tif (err->code >= 100) {"),
)
bug(
    "logout-collects-all-bodies",
    "unit/middleware/accept_logout",
    "every body is held and cut at 32 KiB",
    (STAGE, "\tstage->wants_body = wants_body;\n", ""),
)
bug(
    "body-limit-of-all",
    "unit/middleware/stage_body",
    "a stage refuses bodies it does not want",
    (
        RUN,
        "if (limit == 0 || !wants_body(exchange)) {",
        "if (limit == 0 || (!exchange->body_is_complete && !wants_body(exchange))) {",
    ),
)
bug(
    "logout-beside-a-route",
    "unit/middleware/accept_logout",
    "a route that no request ever reaches",
    (ROUTE, "a->is_alone || b->is_alone || ", ""),
)
bug(
    "logout-before-first-stages",
    "unit/middleware/accept_logout",
    "a limit of the program's own does not hold for it",
    (
        CHAIN,
        "\tchain->first_end = chain->stage_count;\n\tmcpauth__stage_logout(push_stage(chain));\n",
        "\tmcpauth__stage_logout(push_stage(chain));\n\tchain->first_end = chain->stage_count;\n",
    ),
)
