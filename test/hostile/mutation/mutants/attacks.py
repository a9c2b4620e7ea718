"""What keeps a client from servers, and issuers among others, that mean ill."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

CONFIG = "lib/client/config.c"
SESSION = "lib/client/session/session.c"
OBTAIN = "lib/client/tokens/obtain.c"
RENEWAL = "lib/client/tokens/kept_issuer.c"
RESOURCE = "lib/client/discovery/resource_metadata.c"
ISSUER = "lib/client/discovery/authorization_server.c"
REQUEST = "lib/client/login/authorization_request.c"
ANSWER = "lib/client/request/answer.c"
TEST = "unit/lib/client_attack"
WINDOWS = "unit/lib/client_windows"

bug(
    "secret-for-any-issuer",
    TEST,
    "a secret goes to whomever the server names",
    (CONFIG, "config->client_secret != NULL || config->grant", "config->grant"),
)
bug(
    "workload-for-any-issuer",
    TEST,
    "a workload's JWT does",
    (CONFIG, "|| config->grant == MCPAUTH_GRANT_WORKLOAD;", ";"),
)
bug(
    "step-raw",
    TEST,
    "a server moves the screen on which steps are shown",
    (SESSION, "\t\tmcpauth__make_printable(shown);\n", ""),
)
bug(
    "step-endless",
    TEST,
    "a step is as long as the server likes",
    (SESSION, "char shown[MCPAUTH__STEP_SIZE];", "char shown[4 * MCPAUTH__STEP_SIZE];"),
)
bug(
    "neighbour-for-the-host",
    TEST,
    "any document speaks for the whole host",
    (
        RESOURCE,
        "code = check_place(named, server, metadata, err);",
        "(void)check_place;",
    ),
)
bug(
    "resource-well-known-not-enough",
    TEST,
    "not even a well-known one does",
    (
        RESOURCE,
        "!mcpauth__words_contain(&own.places",
        "true || !mcpauth__words_contain(&own.places",
    ),
)
bug(
    "server-unnamed",
    TEST,
    "a server without metadata is not named to its issuer",
    (
        OBTAIN,
        "!replace(&it->metadata.resource, server)",
        "!replace(&it->metadata.resource, NULL)",
    ),
)
bug(
    "page-of-this-machine",
    TEST,
    "an issuer elsewhere opens a page of this machine",
    (
        ISSUER,
        "&& !mcpauth__url_is_loopback(&from)) {",
        "&& mcpauth__url_is_loopback(&from)) {",
    ),
)
bug(
    "parameter-escaped",
    TEST,
    "an escaped name is another one",
    (REQUEST, "if (memchr(query, '%', length) != NULL", "if (length == 0"),
)
bug(
    "declined-once-each",
    WINDOWS,
    "who said no is asked again for each request that waited",
    (
        OBTAIN,
        "enum mcpauth_code code = mcpauth__session_check_declined(it->errand, err);",
        "enum mcpauth_code code = MCPAUTH_OK;",
    ),
)
bug(
    "same-token-once-each",
    WINDOWS,
    "each request that waited asks for the token that came again",
    (OBTAIN, "if (mcpauth__session_has_obtained(it->errand)) {", "if (0) {"),
)
bug(
    "declined-for-ever",
    WINDOWS,
    "a no counts for all requests to come",
    (SESSION, "errand->declined = session->declined;", "errand->declined = 0;"),
)
bug(
    "refused-at-once-again",
    WINDOWS,
    "each request opens a browser for a server that takes no token",
    (
        ANSWER,
        "if (mcpauth__session_has_given_up(request->client->session)) {",
        "if (false) {",
    ),
)
bug(
    "scopes-in-vain-again",
    WINDOWS,
    "and for scopes that were asked for in vain",
    (
        ANSWER,
        "if (mcpauth__session_has_given_up(session)\n",
        "if (false && mcpauth__session_has_given_up(session)\n",
    ),
)
bug(
    "scopes-paused",
    WINDOWS,
    "after them no others can be asked for",
    (
        ANSWER,
        "&& mcpauth__scopes_have(request->tokens.requested, wanted)) {",
        "&& wanted != NULL) {",
    ),
)
bug(
    "given-up-for-ever",
    WINDOWS,
    "a server that took no token is not tried again",
    (
        SESSION,
        "return since >= 0 && since < MCPAUTH__PAUSE_SECONDS;",
        "return session->given_up_at != 0;",
    ),
)
bug(
    "new-client-again",
    WINDOWS,
    "an issuer that knows no client makes it register twice",
    (OBTAIN, "if (!is_forgotten || it->is_new_client) {", "if (!is_forgotten) {"),
)
bug(
    "endpoint-guessed",
    TEST,
    "a refresh token goes to a guessed endpoint",
    (
        RENEWAL,
        "if (text == NULL && may_be_assumed(&errand->session->config, issuer)) {",
        "if (text == NULL && errand->session->config.allow_missing_resource_metadata) {",
    ),
)
