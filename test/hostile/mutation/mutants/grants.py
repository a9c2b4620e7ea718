"""What a client asks a token endpoint for, and what it believes of the answer."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ANSWER = "lib/client/grants/token_answer.c"
REQUEST = "lib/client/grants/token_request.c"
GRANTS = "lib/client/grants/grants.c"

bug(
    "answer-any-access-token",
    "unit/lib/token_answer",
    "an access token that can end a header's line",
    (ANSWER, "\n\t\t&& mcpauth__is_b64token(text);", ";"),
)
bug(
    "answer-endless-access-token",
    "unit/lib/token_answer",
    "an access token of any length",
    (
        ANSWER,
        "strnlen(text, MCPAUTH__ISSUED_TOKEN_LIMIT + 1) <= MCPAUTH__ISSUED_TOKEN_LIMIT",
        "*text != '\\0'",
    ),
)
bug(
    "answer-any-refresh-token",
    "unit/lib/token_answer",
    "a refresh token of any bytes",
    (
        ANSWER,
        "if (refresh_token != NULL && !is_refresh_token(refresh_token)) {",
        "if (refresh_token != NULL && is_access_token(\"=\")) {\n"
        "\t\tis_refresh_token(refresh_token);",
    ),
)
bug(
    "answer-bound-unasked",
    "unit/lib/token_answer",
    "a bound token for a client without a key",
    (ANSWER, "(request->dpop != NULL && mcpauth__ascii_are_alike(type, \"DPoP\"))",
     "mcpauth__ascii_are_alike(type, \"DPoP\")"),
)
bug(
    "answer-any-type",
    "unit/lib/token_answer",
    "token_type is not compared with what is wanted",
    (ANSWER, "return mcpauth__ascii_are_alike(type, request->token_type);", "return *type != '\\0';"),
)
bug(
    "answer-negative-lifetime",
    "unit/lib/token_answer",
    "expires_in below zero",
    (ANSWER, "if (!cJSON_IsNumber(item) || item->valuedouble < 0) {",
     "if (!cJSON_IsNumber(item)) {"),
)
bug(
    "answer-digits-and-more",
    "unit/lib/token_answer",
    "expires_in as a string that is not all digits",
    (
        ANSWER,
        "\treturn *text == '\\0';\n}\n\n/* A number by",
        "\treturn true;\n}\n\n/* A number by",
    ),
)
bug(
    "answer-any-scope",
    "unit/lib/token_answer",
    "a scope that breaks out of quotes",
    (ANSWER, "if (!mcpauth__scopes_are_valid(mcpauth__json_string(json, \"scope\"))) {",
     "if (!mcpauth__scopes_are_valid(\"\")) {"),
)
bug(
    "answer-error-quoted",
    "unit/lib/token_answer",
    "whatever an endpoint calls its error is told",
    (ANSWER, "if (!mcpauth__endpoint_is_error(error)) {",
     "if (error == NULL || (mcpauth__endpoint_is_error(error) && *error == '\\0')) {"),
)
bug(
    "nonce-never-again",
    "unit/lib/token_request",
    "a request that lacked the nonce is given up",
    (REQUEST, "\tif (wants_nonce) {", "\tif (wants_nonce && code == MCPAUTH_OK) {"),
)
bug(
    "nonce-for-nothing",
    "unit/lib/token_request",
    "any refusal with a nonce is asked again",
    (REQUEST, "\n\t\t\t&& strcmp(answer->error, \"use_dpop_nonce\") == 0;", ";"),
)
bug(
    "nonce-missing",
    "unit/lib/token_request",
    "asked again although no nonce came",
    (
        REQUEST,
        "request->dpop != NULL && fetched.nonce[0] != '\\0'\n\t\t\t&&",
        "request->dpop != NULL &&",
    ),
)
bug(
    "nonce-forgotten",
    "unit/lib/token_request",
    "the nonce of an answer that was good is not kept",
    (REQUEST, "if (request->dpop != NULL && answer->nonce[0] != '\\0') {",
     "if (request->dpop != NULL && answer->nonce[0] != '\\0' && answer->status != 200) {"),
)
bug(
    "token-endpoint-anywhere",
    "unit/lib/grants",
    "a document may name a token endpoint in a private network",
    (REQUEST, "request->endpoint, request->learnt_from, &post, answer);",
     "request->endpoint, NULL, &post, answer);"),
)
bug(
    "code-without-verifier",
    "unit/lib/grants",
    "the code is redeemed without PKCE",
    (GRANTS, "\t\t{\"code_verifier\", grant->verifier},\n", ""),
)
bug(
    "code-without-resource",
    "unit/lib/grants",
    "the code is redeemed without naming the resource (RFC 8707)",
    (GRANTS, "{\"redirect_uri\", grant->redirect_uri},\n\t\t{\"resource\", request->resource},",
     "{\"redirect_uri\", grant->redirect_uri},"),
)
bug(
    "refresh-token-dropped",
    "unit/lib/grants",
    "a refresh token that does not come back is lost",
    (GRANTS, "|| is_copied(&tokens->refresh_token, old->refresh_token)", "|| old != NULL"),
)
bug(
    "refresh-token-stays",
    "unit/lib/grants",
    "the old refresh token is kept instead of the new one",
    (GRANTS, "&& (tokens->refresh_token != NULL\n",
     "&& (tokens->is_dpop\n"),
)
bug(
    "expiry-from-nothing",
    "unit/lib/grants",
    "a token whose end is not said ends at once",
    (GRANTS, "if (answer->lifetime != MCPAUTH__LIFETIME_NONE) {",
     "if (answer->lifetime <= INT32_MAX) {"),
)
bug(
    "bound-not-needed",
    "unit/lib/grants",
    "a plain token where a bound one is needed",
    (GRANTS, "request->needs_dpop ? \"DPoP\" : NULL", "request->needs_dpop ? NULL : NULL"),
)
bug(
    "id-jag-of-any-type",
    "unit/lib/grants",
    "an access token of the identity provider's goes to another issuer",
    (GRANTS, "if (type == NULL || strcmp(type, TOKEN_TYPE \"id-jag\") != 0) {",
     "if (type != NULL && *type == '\\0') {"),
)
bug(
    "id-jag-for-the-provider",
    "unit/lib/grants",
    "the audience of an ID-JAG is the identity provider itself",
    (GRANTS, "{\"audience\", request->server->issuer}", "{\"audience\", common->endpoint}"),
)
bug(
    "revoke-refused-is-good",
    "unit/lib/grants",
    "a revocation that was refused counts as done",
    (GRANTS, "answer.status / 100 != 2)", "answer.status / 100 == 5)"),
)
