"""What a client's configuration pins: its issuer, its keys, what was kept of before."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

CLIENT = "lib/client.c"
SESSION = "lib/client/session/session.c"
OBTAIN = "lib/client/tokens/obtain.c"
REFRESH = "lib/client/tokens/refresh.c"
KEPT = "lib/client/tokens/kept_issuer.c"
PAGE = "lib/client/discovery/authorization_server.c"
URL = "lib/net/url.c"

bug(
    "issuer-assumed",
    "unit/lib/client_attack",
    "a server that hides its metadata gets what is for the configured issuer",
    (OBTAIN, "code = check_assumed(it, origin, err);", "(void)check_assumed;"),
)
bug(
    "key-of-another-process",
    "unit/lib/client_kept",
    "another process's token is refreshed with a key that it is not bound to",
    (
        KEPT,
        "if (code == MCPAUTH_OK && key != NULL && strcmp(mcpauth__dpop_pem(*dpop), key) != 0) {",
        "if (code == MCPAUTH_OK && key == NULL) {",
    ),
)
bug(
    "kept-of-another-kind",
    "unit/lib/client_kept",
    "a plain token that was kept is shown where bound ones are wanted",
    (SESSION, "&& config->dpop != unwanted &&", "&& (config->dpop == unwanted || true) &&"),
)
bug(
    "kept-of-another-issuer",
    "unit/lib/client_kept",
    "a token of another issuer is shown beside the configured one",
    (SESSION, "bool is_of_issuer = config->issuer == NULL\n", "bool is_of_issuer = true\n"),
)
bug(
    "unwanted-refreshed",
    "unit/lib/client_kept",
    "a token that is not shown is refreshed all the same",
    (
        REFRESH,
        "|| !mcpauth__session_takes(session, &credentials->tokens)) {",
        "|| (false && !mcpauth__session_takes(session, &credentials->tokens))) {",
    ),
)
bug(
    "authorized-by-a-token-that-is-over",
    "unit/lib/client_session",
    "a program is told that it is logged in, and is not",
    (CLIENT, "#define ATTEMPTS 3", "#define ATTEMPTS 1"),
)
bug(
    "page-of-this-machine-in-disguise",
    "unit/lib/client_attack",
    "an issuer elsewhere opens a page of this machine at 0.0.0.0",
    (
        PAGE,
        "mcpauth__url_may_be_this_machine(&url)",
        "mcpauth__url_is_loopback(&url)",
    ),
)
bug(
    "this-machine-with-a-dot",
    "unit/lib/url",
    "one at 127.1 with a dot behind it",
    (URL, "|| is_own4(ntohl(inet_addr(host)));", ";"),
)
