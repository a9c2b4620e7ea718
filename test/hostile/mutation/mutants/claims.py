"""What a token claims (T27 to T37)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

CLAIMS = "lib/token/claims.c"

bug(
    "typ-unchecked",
    "unit/lib/claims",
    "T33: a logout token or a DPoP proof as an access token",
    (CLAIMS, 'if (strict || (type != NULL && !mcpauth__ascii_are_alike(type, "JWT"))) {', "if (strict) {"),
)
bug(
    "typ-never-strict",
    "unit/lib/claims",
    "T33: strict_type has no effect",
    (
        CLAIMS,
        "bool strict = rules->policy->strict_type && !rules->without_header;",
        "bool strict = false;",
    ),
)
bug(
    "id-token",
    "unit/lib/claims",
    "T33: an ID token of the same issuer",
    (
        CLAIMS,
        "if (looks_like_another_kind(jws->payload)) {",
        "if (false && looks_like_another_kind(jws->payload)) {",
    ),
)
bug(
    "exp-tolerance-sign",
    "unit/lib/claims",
    "T27: a good token refused before its end",
    (CLAIMS, "rules->now - rules->tolerance >= end", "rules->now + rules->tolerance >= end"),
)
bug(
    "exp-boundary",
    "unit/lib/claims",
    "T27: good at its very end (RFC 7519 section 4.1.4)",
    (CLAIMS, "rules->now - rules->tolerance >= end", "rules->now - rules->tolerance > end"),
)
bug(
    "exp-unchecked",
    "unit/lib/claims",
    "T27: expired tokens are good",
    (CLAIMS, "return rules->now - rules->tolerance >= end;", "return end < 0;"),
)
bug(
    "exp-missing",
    "unit/lib/claims",
    "T27: a token for ever",
    (
        CLAIMS,
        'if (!mcpauth__json_seconds(claims, "exp", &expires_at)) {',
        'if (!mcpauth__json_seconds(claims, "exp", &expires_at) && '
        'mcpauth__json_has(claims, "exp")) {',
    ),
    (
        "lib/token/claim_policy.c",
        '\tmcpauth__json_seconds(claims, "exp", &expires_at);',
        '\tif (!mcpauth__json_seconds(claims, "exp", &expires_at)) {\n\t\texpires_at '
        "= INT64_MAX;\n\t}",
    ),
)
bug(
    "exp-beyond-doubles",
    "unit/lib/json",
    "T27: numbers that wrap",
    ("lib/base/json.c", "\n\t\t|| fabs(item->valuedouble) > 9007199254740992.0) {", ") {"),
)
bug(
    "nbf-unchecked",
    "unit/lib/claims",
    "T28: a token of tomorrow",
    (CLAIMS, "return time > rules->now + rules->tolerance;", "return time < 0;"),
)
bug(
    "nbf-tolerance-sign",
    "unit/lib/claims",
    "T28: clocks that differ by seconds",
    (
        CLAIMS,
        "return time > rules->now + rules->tolerance;",
        "return time > rules->now - rules->tolerance;",
    ),
)
bug(
    "nbf-of-any-type",
    "unit/lib/claims",
    "T28: a time that is no number counts as none",
    (CLAIMS, '&& mcpauth__json_has(claims, "nbf")) {', "&& false) {"),
)
bug(
    "iat-in-the-future",
    "unit/lib/claims",
    "T28: issued tomorrow",
    (CLAIMS, "if (lies_ahead(issued_at, rules)) {", "if (false) {"),
)
bug(
    "max-age",
    "unit/lib/claims",
    "T27: older than the issuer's tokens may be",
    (
        "lib/token/claim_policy.c",
        "return too_old < expires_at ? too_old : expires_at;",
        "return expires_at;",
    ),
)
bug(
    "iss-slash",
    "unit/lib/verifier",
    "T29: an issuer that is spelt differently",
    (
        "lib/token/trust.c",
        "trust->issuers_by_value, value, strlen(value));",
        "trust->issuers_by_value, value,\n\t\tstrlen(value) - (*value != '\\0' && "
        "value[strlen(value) - 1] == '/'));",
    ),
)
bug(
    "iss-prefix",
    "unit/lib/verifier",
    "T29: what begins like an issuer is one",
    (
        "lib/token/trust.c",
        "\treturn found != NULL && mcpauth__trust_has(trust, found) ? found : NULL;",
        "\tfor (size_t i = 0; found == NULL && i < trust->count; i++) {\n"
        "\t\tconst char *name = mcpauth__issuer_identifier(trust->issuers[i]);\n"
        "\t\tif (strncmp(value, name, strlen(name)) == 0) {\n"
        "\t\t\tfound = trust->issuers[i];\n\t\t}\n\t}\n"
        "\treturn found != NULL && mcpauth__trust_has(trust, found) ? found : NULL;",
    ),
)
bug(
    "iss-of-another-resource",
    "unit/lib/verifier",
    "T30: an issuer that this resource does not believe",
    (
        "lib/token/trust.c",
        "return found != NULL && mcpauth__trust_has(trust, found) ? found : NULL;",
        "return found;",
    ),
)
bug(
    "aud-substring",
    "unit/lib/claims",
    "T31: an audience that holds ours",
    (
        CLAIMS,
        "return a == b && memcmp(claimed, accepted, a) == 0;\n\t}\n\tif (a",
        "return strstr(claimed, accepted) != NULL;\n\t}\n\tif (a",
    ),
)
bug(
    "aud-any",
    "unit/lib/claims",
    "T31: a token for somebody else",
    (
        CLAIMS,
        "if (same_audience(claimed, rules->audiences->items[i], rules->any_slash)) {",
        "if (claimed != NULL) {",
    ),
)
bug(
    "aud-empty",
    "unit/lib/claims",
    "T31: for nobody, hence for everybody",
    (
        CLAIMS,
        "if (code != MCPAUTH_OK || found || is_recipient(claims, rules)) {",
        "if (code != MCPAUTH_OK || found || (cJSON_IsArray(aud) && aud->child == "
        "NULL)\n\t\t|| is_recipient(claims, rules)) {",
    ),
)
bug(
    "aud-missing",
    "unit/lib/claims",
    "T31: an access token of no resource",
    (
        CLAIMS,
        'return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "aud is missing");',
        "return MCPAUTH_OK;",
    ),
)
bug(
    "aud-of-any-type",
    "unit/lib/claims",
    "T31: numbers among the audiences",
    (CLAIMS, "if (!cJSON_IsString(element)) {", "if (false) {"),
)
bug(
    "aud-any-slash",
    "unit/lib/verifier",
    "T31: audiences that were given are met byte for byte",
    ("lib/token/verifier.c", ".any_slash = !trust->audiences_given,", ".any_slash = true,"),
)
bug(
    "recipient-any",
    "unit/lib/claims",
    "T31: any client's token",
    (
        CLAIMS,
        "return mcpauth__claim_is_name(item)\n\t\t&& "
        "mcpauth__words_contain(\n\t\t\trules->recipients, item->valuestring, strlen(item->valuestring));",
        "return mcpauth__claim_is_name(item);",
    ),
)
bug(
    "required-claims",
    "unit/lib/claims",
    "the issuer's tokens always have it",
    (CLAIMS, "if (!mcpauth__json_has(claims, required->items[i])) {", "if (false) {"),
)
bug(
    "sub-of-any-type",
    "unit/lib/claims",
    "T36: a subject that is no string",
    (CLAIMS, "if (item != NULL && !mcpauth__claim_is_name(item)) {", "if (false) {"),
)
bug(
    "cnf-ignored",
    "unit/lib/claims",
    "T35: a stolen token that is bound to a key",
    (CLAIMS, 'return !mcpauth__json_has(claims, "cnf")', "return claims != NULL"),
)
bug(
    "own-check-ignored",
    "unit/lib/verifier",
    "the program's own check has no say",
    (
        "lib/token/attempt.c",
        "if (policy->check != NULL\n\t\t&& !policy->check(",
        "if (policy->check != NULL\n\t\t&& false && !policy->check(",
    ),
)
bug(
    "scope-prefix",
    "unit/lib/words",
    "T32: notes:read for notes:read-all",
    (
        "lib/base/words.c",
        "if (strlen(words->items[i]) == length\n\t\t\t&& memcmp(",
        "if (strncmp(words->items[i], text, length) == 0\n\t\t\t|| memcmp(",
    ),
)
bug(
    "scope-one-of-all",
    "unit/lib/demand",
    "T32: one of the needed scopes is enough",
    (
        "lib/demand.c",
        "if ((list->bits & ~bits->granted) == 0 && !list->has_strings) {",
        "if ((list->bits & bits->granted) != 0 || list->bits == 0) {",
    ),
)
bug(
    "scope-bits-of-another",
    "unit/lib/demand",
    "T32: bits of another list of names",
    (
        "lib/demand.c",
        "return identity->scope_bits.names_id == demand->names_id ? identity->scope_bits",
        "return identity->scope_bits.names_id != 0 ? identity->scope_bits",
    ),
)
bug(
    "scope-not-split-at-tab",
    "unit/lib/words",
    "T32: only a blank parts scopes (RFC 6749 section 3.3)",
    ("lib/base/words.c", '*length = strcspn(word, " ");', '*length = strcspn(word, " \\t");'),
)
bug(
    "verifier-accepts-by-refusing",
    "unit/lib/inquiry",
    "a program's refusal with a wrong code accepts",
    ("lib/token/inquiry.c", "bool known = code >= 200 && code < 500;", "bool known = true;"),
)
