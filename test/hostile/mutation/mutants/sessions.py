"""Bugs in a client's session: who gets tokens, when, and what is kept of them."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

SESSION = "lib/client/session/session.c"
OBTAIN = "lib/client/tokens/obtain.c"
REGISTER = "lib/client/tokens/obtain_register.c"
REFRESH = "lib/client/tokens/refresh.c"
ANSWER = "lib/client/request/answer.c"
REQUEST = "lib/client/request/request.c"
CONFIG = "lib/client/config.c"

bug(
    "turn-of-two",
    "unit/lib/client_session",
    "two threads refresh with one token, which rotation takes for theft",
    (SESSION, "while (session->has_turn && !is_within", "while (false && !is_within"),
)
bug(
    "turn-within-a-callback",
    "unit/lib/client_callbacks",
    "a callback waits for itself for ever",
    (SESSION, "pthread_equal(session->turn_of, pthread_self())", "false"),
)
bug(
    "half-of-a-lifetime",
    "unit/lib/client_session",
    "a token of ten seconds is refreshed at every request",
    (SESSION, "(ahead < half ? ahead : half)", "ahead"),
)
bug(
    "expired-token-shown",
    "unit/lib/client_request",
    "a token is shown after its end",
    (SESSION, "tokens->expires_at > mcpauth__session_now(session)", "true"),
)
bug(
    "issuer-of-any-kind",
    "unit/lib/client_session",
    "C5: a client secret goes to whomever the server names next",
    (REGISTER, "strcmp(kept->issuer, it->server.issuer) != 0", "false"),
)
bug(
    "pkce-not-looked-for",
    "unit/lib/client_session",
    "C9: an issuer that may not check the verifier",
    (OBTAIN, "return it->server.has_pkce ||", "return true ||"),
)
bug(
    "configured-secret-kept",
    "unit/lib/client_keeping",
    "a secret of the configuration lies in a file of tokens",
    (OBTAIN, "if (it->session->config.client_id != NULL) {", "if (false) {"),
)
bug(
    "registrations-lost",
    "unit/lib/client_keeping",
    "a storage that fails once forgets every other issuer",
    (OBTAIN, "is_open ? &read : &it->credentials", "&read"),
)
bug(
    "scopes-forgotten",
    "unit/lib/client_session",
    "SEP-2350: a step-up loses what was granted before",
    (OBTAIN, "it->need->is_step_up ? it->credentials.tokens.requested : NULL", "NULL"),
)
bug(
    "login-where-nobody-is",
    "unit/lib/client_session",
    "a browser is opened by a program that nobody watches",
    (OBTAIN, "config->no_login &&", "false &&"),
)
bug(
    "refused-refresh-kept",
    "unit/lib/client_session",
    "a refresh token that was refused is sent again and again",
    (REFRESH, "} else if (is_final(error)) {", "} else if (false) {"),
)
bug(
    "refresh-of-another-token",
    "unit/lib/client_session",
    "another process's new token is refreshed once more",
    (REFRESH, "if (is_better(session, &credentials->tokens, stale)) {", "if (false) {"),
)
bug(
    "token-of-others-that-is-over",
    "unit/lib/client_session",
    "somebody has to log in beside a refresh token that is good",
    (
        REFRESH,
        "return mcpauth__session_is_good(session, tokens)",
        "(void)session;\n\treturn tokens->access_token != NULL",
    ),
)
bug(
    "used-up-and-not-kept",
    "unit/lib/client_faults",
    "rotation: other processes send a used refresh token, and the login is revoked",
    (REFRESH, "code = mcpauth__session_check_storage(session, credentials, err);", ""),
)
bug(
    "kept-by-one-try",
    "unit/lib/client_faults",
    "rotation: a storage that fails once loses the login for others",
    (SESSION, "if (code != MCPAUTH_OK) {\n\t\t/* A second", "if (false) {\n\t\t/* A second"),
)
bug(
    "newer-login-overwritten",
    "unit/lib/client_faults",
    "what the storage once missed replaces a login that others made since",
    (SESSION, "&& kept.tokens.issued_at > own->issued_at", "&& false"),
)
bug(
    "login-for-a-busy-storage",
    "unit/lib/client_faults",
    "somebody has to log in because a lock is held for a moment",
    (REFRESH, "bool is_lost = code == MCPAUTH_E_TOKEN_STORAGE", "bool is_lost = false"),
)
bug(
    "logout-that-is-none",
    "unit/lib/client_faults",
    "a logout succeeds, and the tokens lie in the storage",
    (REFRESH, "if (code == MCPAUTH_OK && session->is_unsaved) {", "if (false) {"),
)
bug(
    "refresh-without-the-storage",
    "unit/lib/client_processes",
    "rotation: two processes refresh at once, which is taken for theft",
    ("lib/client/storage/file_lock.c", ".l_type = F_WRLCK", ".l_type = F_RDLCK"),
)
bug(
    "storage-held-while-asking",
    "unit/lib/client_callbacks",
    "other processes fail while somebody looks for a client id",
    (
        REGISTER,
        "case MCPAUTH__BY_ASKING:\n\t\treturn ask_program(it, err);\n",
        "case MCPAUTH__BY_ASKING:\n",
    ),
)
bug(
    "401-for-ever",
    "unit/lib/client_session",
    "a server that refuses every token has a person log in again and again",
    (ANSWER, "if (request->was_obtained) {", "if (false) {"),
)
bug(
    "403-for-ever",
    "unit/lib/client_session",
    "C13: a server that wants more each time is asked without end",
    (
        ANSWER,
        "if (request->step_ups >= session->config.step_up_limit) {",
        "if (false) {",
    ),
)
bug(
    "token-for-another-origin",
    "unit/lib/client_request",
    "C16: a token goes to another server than the one it is for",
    (REQUEST, "(!mcpauth__url_is_same_origin(&one, &other) || one.has_user)", "(false)"),
)
bug(
    "redirect-by-a-script",
    "unit/lib/client_request",
    "C19: a redirect_uri whose scheme anybody can claim",
    (CONFIG, "memchr(uri, '.', length) != NULL", "true"),
)
bug(
    "others-tries-counted",
    "unit/lib/client_session",
    "a server is given up for tokens that others got meanwhile",
    (OBTAIN, "return MCPAUTH_RETRY;\n\t}\n\tif (mcpauth__session_has_obtained", "return MCPAUTH_OK;\n\t}\n\tif (mcpauth__session_has_obtained"),
)
