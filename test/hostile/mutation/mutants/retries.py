"""Bugs in what a client does once more, or not: nonces, refreshes, logouts, calls back."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ANSWER = "lib/client/request/answer.c"
BACKGROUND = "lib/client/request/background.c"
CHALLENGE = "lib/client/discovery/challenge.c"
DPOP = "lib/client/dpop.c"
REFRESH = "lib/client/tokens/refresh.c"
REGISTER = "lib/client/tokens/obtain_register.c"
SESSION = "lib/client/session/session.c"
STORAGE = "lib/client/storage/token_storage.c"
TEXT = "examples/client/text.c"
JSON = "examples/client/json.c"

bug(
    "nonce-of-another-request",
    "unit/lib/client_nonce",
    "RFC 9449 section 9: of two requests without the nonce one has somebody log in",
    (DPOP, "return is_copied || is_held;", "return is_copied && !is_held;"),
)
bug(
    "nonces-for-ever",
    "unit/lib/client_nonce",
    "a server that takes no nonce has a request sent again and again",
    (ANSWER, "&& request->nonces++ < NONCE_LIMIT", "&& request->nonces++ < 100"),
)
bug(
    "proof-error-beside-bearer",
    "unit/lib/client_nonce",
    "RFC 9449 section 7.2: what is wrong with a proof is not heard beside a Bearer challenge",
    (CHALLENGE, "bool is_about_proof = was_dpop &&", "bool is_about_proof = false && was_dpop &&"),
)
bug(
    "proof-error-for-all",
    "unit/lib/challenge_read",
    "a plain token is judged by what is said of proofs",
    (CHALLENGE, "bool is_about_proof = was_dpop &&", "bool is_about_proof = (was_dpop || true) &&"),
)
bug(
    "logout-that-comes-back",
    "unit/lib/client_faults",
    "whoever logged out while a storage was busy is logged in again by it",
    (
        REFRESH,
        "\t\tmcpauth__session_hold_unsaved(session, &credentials);\n\t} else {",
        "\t\tmcpauth__session_adopt(session, &credentials);\n\t} else {",
    ),
)
bug(
    "logout-without-revoking",
    "unit/lib/client_faults",
    "tokens that were logged out of are good until they end",
    (
        REFRESH,
        "\t\tdrop_tokens(errand, &credentials);\n\t\tmcpauth__session_hold_unsaved",
        "\t\tmcpauth__tokens_finish(&credentials.tokens);\n\t\tmcpauth__session_hold_unsaved",
    ),
)
bug(
    "logout-of-what-is-not-read",
    "unit/lib/client_faults",
    "a logout that comes first revokes nothing, and forgets the registration",
    (REFRESH, "if (mcpauth__session_load(session, NULL) == MCPAUTH_OK\n\t\t&& ", "if ("),
)
bug(
    "refresh-failure-forgotten",
    "unit/lib/client_refresh",
    "each request waits for an issuer that is down, while its token is good",
    (SESSION, "is_pause ? 0 : session->config.refresh_ahead", "session->config.refresh_ahead"),
)
bug(
    "refresh-failure-for-good",
    "unit/lib/client_refresh",
    "a refresh that went well does not end the pause of one that failed",
    (SESSION, "is_failed ? mcpauth__session_now(session) : 0", "mcpauth__session_now(session)"),
)
bug(
    "refresh-failure-not-shared",
    "unit/lib/client_refresh",
    "twenty threads wait for an issuer that is down one after the other",
    (
        REFRESH,
        "if (!is_ahead || failures == mcpauth__session_refresh_failures(errand->session)) {",
        "if (!is_ahead || failures <= mcpauth__session_refresh_failures(errand->session)) {",
    ),
)
bug(
    "refresh-failure-is-everybodys",
    "unit/lib/client_refresh",
    "somebody has to log in because another request's refresh failed",
    (REFRESH, "if (!is_ahead || failures == ", "if (failures == "),
)
bug(
    "refresh-told-while-holding",
    "unit/lib/client_holding",
    "other processes fail while a program shows that it refreshes",
    (
        REFRESH,
        "\t\tcode = mcpauth__grant_refresh(\n",
        "\t\tmcpauth__session_step(session, MCPAUTH_STEP_REFRESH, kept.server.issuer);\n"
        "\t\tcode = mcpauth__grant_refresh(\n",
    ),
)
bug(
    "registering-told-while-holding",
    "unit/lib/client_holding",
    "other processes fail while a program shows that it registers",
    (REGISTER, "\tbool is_found;\n\ttell(it);\n", "\tbool is_found;\n"),
    (
        REGISTER,
        "\tif (code == MCPAUTH_OK && !is_found) {\n",
        "\tif (code == MCPAUTH_OK && !is_found) {\n\t\ttell(it);\n",
    ),
)
bug(
    "storage-waits-for-itself",
    "unit/lib/client_holding",
    "a storage's callback that logs out another client waits for ever",
    (
        SESSION,
        "|| mcpauth__token_storage_is_within(session->storage, session->config.server);",
        ";",
    ),
)
bug(
    "storage-reads-within-itself",
    "unit/lib/client_holding",
    "a storage's callback that prepares a request waits for ever",
    (
        STORAGE,
        "if (mcpauth__key_turns_is_mine(&storage->calls, key)) {\n\t\treturn mcpauth__fail",
        "if (false) {\n\t\treturn mcpauth__fail",
    ),
)
bug(
    "loop-waits-for-a-refresh",
    "unit/lib/client_refresh",
    "a program's loop stands still while an issuer is asked",
    (
        BACKGROUND,
        "return mcpauth__client_request_prepare_held(request, err);",
        "return mcpauth_client_request_prepare(request, err);",
    ),
)
bug(
    "terminal-of-eight-bits",
    "unit/examples/say",
    "a server's byte 9B is CSI to a terminal without UTF-8",
    (TEXT, "\t\tif (at[i] < least || at[i] > most) {", "\t\tif (at[i] == '\\0') {"),
    (TEXT, "if ((at[0] >= 0x80 && at[0] < 0xc2) || at[0] > 0xf4) {", "if (false) {"),
)
bug(
    "terminal-by-json",
    "unit/examples/say",
    "a server's text steers the terminal on which --json is looked at",
    (JSON, "if (length == 0 || is_control(at)) {", "if (false) {"),
)
