"""A client's login: its request, the redirect, the listener and the browser (C9, C14, C15, C19)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

REQUEST = "lib/client/login/authorization_request.c"
REDIRECT = "lib/client/login/redirect.c"
HEAD = "lib/client/login/listener_request.c"
LISTENER = "lib/client/login/listener.c"
CONNECTION = "lib/client/login/listener_connection.c"
SOCKET = "lib/client/login/listener_socket.c"
PAGE = "lib/client/login/listener_page.c"
BROWSER = "lib/client/login/browser.c"
DETACHED = "lib/client/login/detached.c"
LOGIN = "lib/client/login/login.c"

bug(
    "request-plain-challenge",
    "unit/lib/authorization_request",
    "C9: the verifier itself is in the browser's history",
    (REQUEST, '{"code_challenge", challenge}', '{"code_challenge", request->verifier}'),
)
bug(
    "request-weak-randomness",
    "unit/lib/authorization_request",
    "C15: a state that can be guessed where randomness failed",
    (REQUEST, "if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof bytes) < 0) {",
     "if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof bytes) < -1000) {"),
)
bug(
    "request-loses-query",
    "unit/lib/authorization_request",
    "RFC 6749 section 3.1: the endpoint's query gets a second question mark",
    (REQUEST, "if (strchr(endpoint, '?') == NULL) {", "if (strchr(endpoint, '#') == NULL) {"),
)
bug(
    "request-doubled-parameter",
    "unit/lib/authorization_request",
    "metadata put a redirect_uri of their own before ours",
    (REQUEST, "if (parameter->value != NULL && has_parameter(query, parameter->name)) {",
     "if (parameter->value == NULL && has_parameter(query, parameter->name)) {"),
)
bug(
    "request-with-user",
    "unit/lib/authorization_request",
    "C19: https://bank.example@evil.example",
    (REQUEST, "if (url.has_user || url.has_fragment) {", "if (url.has_fragment) {"),
)
bug(
    "request-without-resource",
    "unit/lib/authorization_request",
    "C10: the token is for whoever asks",
    (REQUEST, '{"resource", wish->resource}', '{"resource", NULL}'),
)
bug(
    "request-of-any-length",
    "unit/lib/authorization_request",
    "a URL that no program can be started with",
    (REQUEST, "} else if (text.length > URL_LIMIT) {", "} else if (false) {"),
)
bug(
    "redirect-any-state",
    "unit/lib/redirect",
    "C15: a code of the attacker's is redeemed",
    (REDIRECT, "return is_it ? MCPAUTH_OK : no_answer(err,",
     "return state == NULL ? MCPAUTH_OK : no_answer(err,"),
)
bug(
    "redirect-part-of-state",
    "unit/lib/redirect",
    "C15: a state's beginning is enough",
    (REDIRECT, "outcome == MCPAUTH__FORM_FOUND && strlen(state) == strlen(wanted)",
     "outcome == MCPAUTH__FORM_FOUND && strlen(state) >= strlen(wanted)"),
)
bug(
    "redirect-issuer-may-lack",
    "unit/lib/redirect",
    "C14: advertised and absent, mix-up goes on",
    (REDIRECT, "return !request->names_issuer", "return true"),
)
bug(
    "redirect-issuer-unasked",
    "unit/lib/redirect",
    "C14: not advertised, but there, and another",
    (REDIRECT,
     "bool is_it = outcome == MCPAUTH__FORM_FOUND && strcmp(issuer, request->issuer) == 0;",
     "bool is_it = !request->names_issuer\n"
     "\t\t|| (outcome == MCPAUTH__FORM_FOUND && strcmp(issuer, request->issuer) == 0);"),
)
bug(
    "redirect-issuer-without-case",
    "unit/lib/redirect",
    "C14: compared as a URL instead of byte for byte",
    (REDIRECT, "strcmp(issuer, request->issuer) == 0", "mcpauth__ascii_are_alike(issuer, request->issuer)"),
)
bug(
    "redirect-error-before-issuer",
    "unit/lib/redirect",
    "C14: another issuer's text is shown",
    (REDIRECT, "result = check_issuer(&answer, request, err);",
     "result = check_error(&answer, err);\n\t}\n\tif (result == MCPAUTH_OK) {\n"
     "\t\tresult = check_issuer(&answer, request, err);"),
)
bug(
    "redirect-to-anywhere",
    "unit/lib/redirect",
    "another path or host brings the code",
    (REDIRECT, "if (!is_for(url, redirect_uri)) {", "if (false) {"),
)
bug(
    "redirect-two-codes",
    "unit/lib/redirect",
    "OAuth 2.1: parameters twice",
    (REDIRECT, "if (outcome == MCPAUTH__FORM_REPEATED) {\n\t\treturn no_answer(err, \"the redirect has more than one code\");",
     "if (outcome == MCPAUTH__FORM_REPEATED) {\n\t\t*code = mcpauth__strdup(\"c\");\n\t\treturn MCPAUTH_OK;"),
    (REDIRECT, '#include "base/hash.h"\n', '#include "base/hash.h"\n#include "base/words.h"\n'),
)
bug(
    "listener-any-host",
    "unit/lib/listener_request",
    "DNS rebinding: a page under its own name reads the answers",
    (HEAD, "return is_loopback(&host.value, port) ? status : 403;", "return status;"),
)
bug(
    "listener-any-port-in-host",
    "unit/lib/listener_request",
    "DNS rebinding, at another port",
    (HEAD, "if (!is_port(end, port)) {", "if (false) {"),
)
bug(
    "listener-two-hosts",
    "unit/lib/listener_request",
    "which Host counts is left to chance",
    (HEAD, "if (host.count != 1) {", "if (host.count < 1) {"),
)
bug(
    "listener-takes-post",
    "unit/lib/listener_request",
    "a form of any page's is an answer",
    (HEAD, 'if (!is_word(line, method, "GET")) {',
     'if (!is_word(line, method, "GET") && !is_word(line, method, "POST")) {'),
)
bug(
    "listener-bare-line-feeds",
    "unit/lib/listener_request",
    "RFC 9112 section 2.2: what hides a second Host",
    (HEAD, "if ((byte < 0x20 && byte != '\\t') || byte == 0x7f) {",
     "if ((byte < 0x20 && byte != '\\t' && byte != '\\n') || byte == 0x7f) {"),
)
bug(
    "listener-head-without-end",
    "unit/lib/listener_request",
    "a head that grows for ever is waited for",
    (HEAD, "return is_long ? 431 : 0;", "return 0;"),
)
bug(
    "listener-any-path",
    "unit/lib/listener",
    "the icon that a browser asks for is judged as the answer",
    (LISTENER, "} else if (!is_at_path(run->listener, target)) {", "} else if (false) {"),
)
bug(
    "listener-ends-at-any-answer",
    "unit/lib/listener",
    "whoever comes first with a wrong state ends the login",
    (LISTENER, "run->last = run->outcome != MCPAUTH_E_REDIRECT ? connection : NULL;",
     "run->last = connection;"),
)
bug(
    "listener-full-of-silence",
    "unit/lib/listener",
    "sixteen who say nothing keep the browser out",
    (LISTENER, "\tmcpauth__listener_connection_close(oldest);\n\treturn oldest;",
     "\treturn oldest;"),
)
bug(
    "listener-lets-the-newest-go",
    "unit/lib/listener",
    "many at once who say nothing keep the browser out",
    (LISTENER, "connection->number = listener->count++;", "connection->number = 0;"),
)
bug(
    "listener-without-deadline",
    "unit/lib/listener",
    "nobody comes, and the login never ends",
    (LISTENER, "if (run.last == NULL && now_ms() >= deadline) {",
     "if (run.last == NULL && deadline < 0) {"),
)
bug(
    "listener-deaf-to-wake",
    "unit/lib/login",
    "a login that was given up goes on",
    (LISTENER, "if (polled[0].revents != 0) {", "if (false) {"),
)
bug(
    "connection-without-deadline",
    "unit/lib/listener",
    "a slow one keeps its place for ever",
    (LISTENER, "if (connection->fd >= 0 && connection->deadline <= now_ms()) {", "if (false) {"),
)
bug(
    "connection-breaks-off",
    "unit/lib/listener",
    "RFC 9112 section 9.6: the answer is lost with what was not read",
    (CONNECTION, "shutdown(connection->fd, SHUT_WR);",
     "mcpauth__listener_connection_close(connection);"),
)
bug(
    "socket-inherited",
    "unit/lib/listener",
    "the browser keeps the port, and may accept there",
    (SOCKET, "&& fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;", "&& fcntl(fd, F_SETFD, 0) == 0;"),
)
bug(
    "socket-one-address",
    "unit/lib/listener",
    "localhost is ::1 to the browser, and somebody else is there",
    (SOCKET, "sockets->fds[1] = listen_at(&second);",
     "sockets->fds[1] = second.length == 0 ? listen_at(&second) : -1;\n\terrno = EADDRNOTAVAIL;"),
)
bug(
    "page-other-style",
    "unit/lib/listener_page",
    "a page that its own policy leaves bare",
    (PAGE, '"p{margin:0}" \\\n', '"p{margin:1px}" \\\n'),
)
bug(
    "page-kept",
    "unit/lib/listener_page",
    "an answer to a code is kept by the browser",
    (PAGE, '"Cache-Control: no-store\\r\\n" \\\n', '"Cache-Control: private\\r\\n" \\\n'),
)
bug(
    "browser-any-scheme",
    "unit/lib/browser",
    "C19: javascript: and file: are opened",
    (BROWSER, "enum mcpauth_code code = mcpauth__url_parse(url, &parts, err);",
     "enum mcpauth_code code = mcpauth__url_parse(url, &parts, err);\n"
     "\tif (code == MCPAUTH_E_INVALID_URL) {\n\t\treturn MCPAUTH_OK;\n\t}"),
)
bug(
    "browser-all-entries",
    "unit/lib/browser",
    "BROWSER's further entries are arguments of the first",
    (BROWSER, 'first[strcspn(first, ":")] = \'\\0\';', 'first[strcspn(first, ";")] = \'\\0\';'),
)
bug(
    "detached-inherits",
    "unit/lib/browser",
    "the browser has the token file open",
    (DETACHED, "for (int fd = 4; fd <= start->last; fd++) {", "for (int fd = 4; fd < 5; fd++) {"),
)
bug(
    "detached-child",
    "unit/lib/browser",
    "a browser that ends is a zombie of the program's",
    (DETACHED, "\tif (pid > 0) {\n\t\tcollect(pid);\n\t}\n", "\tif (pid == 0) {\n\t\tcollect(pid);\n\t}\n"),
)
bug(
    "detached-current-folder",
    "unit/lib/browser",
    "an empty entry of PATH is whatever folder the program is in",
    (DETACHED, "return length > 0 && *folder == '/' && mcpauth__buf_append(found, folder, length)",
     "return mcpauth__buf_append(found, length > 0 ? folder : \".\", length > 0 ? length : 1)"),
)
bug(
    "detached-blocked-signals",
    "unit/lib/browser",
    "a browser that cannot be ended",
    (DETACHED, "pthread_sigmask(SIG_SETMASK, &none, NULL);", "pthread_sigmask(SIG_BLOCK, &none, NULL);"),
)
bug(
    "login-ends-twice",
    "unit/lib/login",
    "a good code is replaced by what came after it",
    (LOGIN, "\tif (login->is_over) {\n\t\treturn;\n\t}\n\tlogin->is_over = true;",
     "\tlogin->is_over = true;"),
)
bug(
    "login-astray-ends",
    "unit/lib/login",
    "anybody's redirect ends the login",
    (LOGIN, "\t\tlogin->astray = *why;\n", "\t\tlogin->astray = *why;\n\t\tsettle(login, result, why->message);\n"),
)
bug(
    "login-retries-for-ever",
    "unit/lib/login",
    "a callback's MCPAUTH_RETRY is taken for the answer to the request",
    (LOGIN, "if (code == MCPAUTH_PENDING || code == MCPAUTH_RETRY) {", "if (code == MCPAUTH_PENDING) {"),
)
