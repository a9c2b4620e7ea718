"""Requests and answers (T37 to T46)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

AUTHORITIES = "middleware/origins/authorities.c"
B64TOKEN = "lib/base/b64token.c"
BEARER = "middleware/stages/bearer.c"
CHALLENGE = "middleware/challenge.c"
CREDENTIALS = "middleware/credentials.c"
EXCHANGE = "middleware/exchange.c"
FRAMING = "middleware/stages/framing.c"
LOG_LINE = "middleware/log_line.c"
MHD = "middleware/mhd.c"
ORIGIN = "middleware/stages/origin.c"
ROUTE = "middleware/route.c"
VERIFICATION = "lib/verification.c"
VERIFIER = "lib/token/verifier.c"
WAIT = "middleware/wait.c"

bug(
    "token-in-query",
    "unit/middleware/bearer",
    "T39: a token in everybody's log",
    (
        BEARER,
        "if (header->count > 1\n\t\t|| "
        'exchange->arrival.transport->argument(exchange->arrival.user, "access_token")\n\t\t\t!= NULL) {',
        "if (header->count > 1) {",
    ),
)
bug(
    "two-authorizations",
    "unit/middleware/bearer",
    "T38: a proxy looks at the other one",
    (BEARER, "if (header->count > 1\n\t\t|| ", "if (false\n\t\t|| "),
)
bug(
    "scheme-prefix",
    "unit/middleware/credentials",
    "T38: BearerX",
    (
        CREDENTIALS,
        "return *at == ' ' || *at == '\\t' || *at == '\\0' ? behind_blanks(at) : NULL;",
        "return behind_blanks(at);",
    ),
)
bug(
    "letters-not-all",
    "unit/lib/ascii",
    "a name in capitals is another one",
    ("lib/base/ascii.h", "is_capital = c >= 'A' && c <= 'Z';", "is_capital = c >= 'A' && c < 'Z';"),
)
bug(
    "letters-and-more",
    "unit/lib/ascii",
    "a name with another byte in it is taken for a known one",
    ("lib/base/ascii.h", "is_capital = c >= 'A' && c <= 'Z';", "is_capital = c >= 'A' && c <= '_';"),
)
bug(
    "letters-behind-the-end",
    "unit/lib/ascii",
    "what lies behind a text is read",
    ("lib/base/ascii.h", "if (a[i] == '\\0') {", "if (false) {"),
)
bug(
    "letters-of-one-case",
    "unit/middleware/request_headers",
    "a header that matters is not known in small letters",
    (
        "lib/base/ascii.h",
        " && mcpauth__ascii_lower(a[i]) != mcpauth__ascii_lower(b[i])",
        "",
    ),
)
bug(
    "header-by-its-length",
    "unit/middleware/request_headers",
    "another header is read as one that matters",
    (
        "middleware/request_headers.c",
        "mcpauth__ascii_begins_alike(name, wanted, length) ? which",
        "length > 0 ? which",
    ),
)
bug(
    "nul-in-query",
    "integration/fixed_answers",
    "a query is refused for what only a path may not have",
    ("middleware/mhd_daemon.c", "*at != '\\0' && *at != '?'", "*at != '\\0'"),
)
bug(
    "scheme-one-case",
    "unit/middleware/credentials",
    "RFC 9110 section 11.1: bearer is Bearer",
    (
        CREDENTIALS,
        "!mcpauth__ascii_begins_alike(value, scheme, sizeof scheme - 1)",
        "__builtin_strncmp(value, scheme, sizeof scheme - 1) != 0",
    ),
)
bug(
    "token-of-any-characters",
    "unit/lib/inquiry",
    "T38: two tokens, joined by a comma",
    (VERIFIER, "\tif (!presented->progress->has_digest) {", "\tif (false) {"),
)
bug(
    "token-of-any-characters-diagnosed",
    "unit/lib/diagnosis",
    "T38: called good where a request with it is refused",
    (
        VERIFIER,
        "enum mcpauth_code code = mcpauth__presented_check_characters(\n\t\tattempt->presented, attempt->err);",
        "enum mcpauth_code code = MCPAUTH_OK;",
    ),
)
bug(
    "token-of-any-characters-is-a-bad-token",
    "unit/middleware/bearer",
    "RFC 6750 section 3.1: 400 for what is malformed",
    (VERIFIER, "mcpauth__fail(err, MCPAUTH_E_INVALID_REQUEST,", "mcpauth__fail(err, MCPAUTH_E_MALFORMED_TOKEN,"),
)
bug(
    "token-last-characters",
    "unit/lib/b64token",
    "T38: what is behind the last block",
    (
        B64TOKEN,
        "\tjudge_block(at + length - BLOCK, good);\n",
        "",
    ),
)
bug(
    "token-of-padding-alone",
    "unit/lib/b64token",
    "RFC 6750 section 2.1: one character at least",
    (B64TOKEN, "return characters > 0 && are_token_characters(", "return are_token_characters("),
)
bug(
    "token-up-to-a-nul",
    "unit/lib/last_token",
    "T38: what is behind a NUL in a header",
    (
        VERIFICATION,
        "\t\t.length = read.token_length,\n",
        "\t\t.length = strlen(read.token),\n",
    ),
)
bug(
    "token-of-another-length",
    "unit/lib/last_token",
    "T38: a part of a text is judged, and the whole is told",
    (VERIFICATION, "if (read->token[read->token_length] != '\\0') {", "if (false) {"),
)
bug(
    "blanks-kept",
    "unit/middleware/bearer",
    "T38: a blank behind a good token",
    (EXCHANGE, "if (exchange->request_headers.had_trailing_blanks) {", "if (false) {"),
)
bug(
    "scope-first",
    "unit/middleware/bearer",
    "T37: 403 tells that the token is good",
    (
        BEARER,
        "\tif (code != MCPAUTH_OK) {\n\t\treturn refuse(exchange, err);",
        "\tif (code != MCPAUTH_OK) {\n\t\treturn code < 400 ? refuse(exchange, err) : "
        'refuse_scope(exchange, "x");',
    ),
)
bug(
    "scope-unchecked",
    "unit/middleware/bearer",
    "T32: no scope is ever missing",
    (
        BEARER,
        "return missing == NULL ? MCPAUTH_NEXT : refuse_scope(exchange, missing);",
        "return missing == NULL || code == MCPAUTH_OK ? MCPAUTH_NEXT : "
        "refuse_scope(exchange, missing);",
    ),
)
bug(
    "open-without-keys",
    "unit/middleware/bearer",
    "T53: let in while the issuer cannot be asked",
    (
        BEARER,
        "\tif (code != MCPAUTH_OK) {\n\t\treturn refuse(exchange, err);",
        "\tif (code >= 200 && code < 400) {\n\t\treturn MCPAUTH_NEXT;\n\t}\n\tif "
        "(code != MCPAUTH_OK) {\n\t\treturn refuse(exchange, err);",
    ),
)
bug(
    "open-without-route",
    "unit/middleware/bearer",
    "a path that nobody named is everybody's",
    (
        BEARER,
        "\t\treturn mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_NO_PATH);",
        "\t\treturn MCPAUTH_NEXT;",
    ),
)
bug(
    "options-is-preflight",
    "unit/middleware/bearer",
    "OPTIONS without what makes it a preflight",
    (EXCHANGE, "\n\t\t> 0\n\t\t&& ", "\n\t\t>= 0\n\t\t&& "),
)
bug(
    "log-lines",
    "unit/middleware/bearer",
    "T40: a path writes lines of the log",
    (LOG_LINE, "\tmcpauth__make_printable(line);\n", ""),
)

bug(
    "challenge-unescaped",
    "unit/middleware/challenge",
    "T40: a quote ends a parameter",
    (CHALLENGE, "if (*value == '\"' || *value == '\\\\') {", "if (false) {"),
)
bug(
    "description-any-bytes",
    "unit/middleware/challenge",
    "T40: line breaks and bytes of no charset",
    (CHALLENGE, "if (*at < 0x20 || *at > 0x7e || ", "if ("),
)
bug(
    "metadata-url-from-host",
    "unit/middleware/challenge",
    "T41: whoever asks says where to log in",
    (
        CHALLENGE,
        "\tstruct addition addition = addition_of(exchange, kind, refusal);\n",
        "\tstruct addition addition = addition_of(exchange, kind, refusal);\n"
        "\tstruct mcpauth__route named = *exchange->route;\n\tstruct mcpauth__buf url = {0};\n"
        "\tconst char *host = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_HOST);\n"
        "\tif (host != NULL) {\n"
        '\t\tmcpauth__buf_printf(&url, "https://%s/.well-known/oauth-protected-resource", host);\n'
        "\t\tnamed.metadata_url = url.data;\n"
        "\t\treturn answer_with_challenge(&named, kind, &addition, &exchange->answer);\n\t}\n",
    ),
    (
        CHALLENGE,
        "return is_plain(route, kind, refusal) ? ",
        "return is_plain(route, kind, refusal) && false ? ",
    ),
)
bug(
    "details-for-all",
    "unit/middleware/challenge",
    "T45: what is wrong with it is told to everybody",
    (
        CHALLENGE,
        "if (route->allow_error_details && kind != INVITATION) {",
        "if (kind != INVITATION) {",
    ),
)
bug(
    "refused-is-500",
    "unit/middleware/challenge",
    "a bad token is no failure of the server",
    (CHALLENGE, "return INVALID_TOKEN;\n\t}", "return BROKEN;\n\t}"),
)
bug(
    "answers-cached",
    "unit/middleware/challenge",
    "a refusal in a shared cache",
    (
        "middleware/answer.c",
        'code = mcpauth_answer_set_header(answer, "Cache-Control", "no-store");',
        "code = MCPAUTH_OK;",
    ),
)

bug(
    "answers-of-yesterday",
    "integration/date",
    "an answer that never gets another date",
    (
        "middleware/mhd_application.c",
        "dated->second == second ||",
        "dated->rendered != NULL ||",
    ),
)
bug(
    "date-without-clock",
    "integration/date",
    "a date from a machine that does not know it",
    (
        "middleware/mhd_daemon.c",
        "(flags & MHD_USE_SUPPRESS_DATE_NO_CLOCK) == 0;",
        "flags != 0;",
    ),
)
bug(
    "answer-of-two-threads",
    "unit/middleware/shared_answer",
    "one thread releases what another sends",
    ("middleware/shared_answer.c", "return taken ? NULL", "return taken && content == NULL ? NULL"),
)

bug(
    "prefix-too-wide",
    "unit/middleware/route",
    "/mcp covers /mcpx",
    (
        ROUTE,
        "return path[length] == '\\0' || path[length] == '/' || path[length - 1] == '/';",
        "return path[length] != 1;",
    ),
)
bug(
    "path-any-case",
    "unit/middleware/route",
    "/HEALTH is published as /health is",
    (
        ROUTE,
        "\tconst struct mcpauth__route *found = best_of(exact, method);",
        '\tchar lower[64] = "";\n\tfor (size_t i = 0; i < length && i < 63; i++) {\n'
        "\t\tlower[i] = (char)(path[i] >= 'A' && path[i] <= 'Z' ? path[i] | 0x20 : path[i]);\n\t}\n"
        "\tif (exact == NULL) {\n\t\texact = first_of(routes, MCPAUTH__ROUTE_EXACT, "
        "lower, strlen(lower));\n\t}\n"
        "\tconst struct mcpauth__route *found = best_of(exact, method);",
    ),
)
bug(
    "method-falls-through",
    "unit/middleware/route",
    "a method that a path's own route left out",
    (
        ROUTE,
        "if (exact == NULL && routes->longest_prefix > 0",
        "if (found == NULL && routes->longest_prefix > 0",
    ),
)
bug(
    "dot-segments",
    "unit/middleware/route",
    "/public/../mcp",
    (ROUTE, " && !has_dot_segment(path)) {", ") {"),
)
bug(
    "rest-is-open",
    "unit/middleware/route",
    "/mcp/ is easier to open than /mcp",
    (
        ROUTE,
        "bool is_derived = routes->rest != NULL && !routes->rest_is_given;",
        "bool is_derived = false;",
    ),
)
bug(
    "published-beside-protected",
    "unit/middleware/route",
    "one path, open and closed",
    (ROUTE, "if (overlap(route, other)) {", "if (false && overlap(route, other)) {"),
)

bug(
    "host-unchecked",
    "unit/middleware/origin",
    "T41: a rebound name",
    (
        ORIGIN,
        "if (host != NULL && !mcpauth__authorities_have_host(authorities, host)) {",
        "if (false) {",
    ),
)
bug(
    "origin-unchecked",
    "unit/middleware/origin",
    "T41: any web page",
    (
        ORIGIN,
        "|| (origin != NULL\n\t\t\t&& !mcpauth__authorities_have_origin(",
        "|| (origin != NULL && false\n\t\t\t&& !mcpauth__authorities_have_origin(",
    ),
)
bug(
    "two-origins",
    "unit/middleware/origin",
    "T41: the second one is not looked at",
    (ORIGIN, "mcpauth__exchange_field_count(exchange, MCPAUTH__HEADER_ORIGIN) > 1", "false"),
)
bug(
    "loopback-by-name",
    "unit/middleware/authority",
    "T41: 127.evil.example",
    (
        "middleware/origins/authority.c",
        "|| is_127(host, length);",
        '|| (length > 4 && strncmp(host, "127.", 4) == 0);',
    ),
)
bug(
    "loopback-and-more",
    "unit/middleware/authority",
    "T41: DNS rebinding, a name that begins like this machine's address",
    (
        "middleware/origins/authority.c",
        "return is_port_length(digits) && rest[1 + digits] == '\\0';",
        "return is_port_length(digits);",
    ),
)
bug(
    "loopback-page-anywhere",
    "unit/middleware/origin",
    "T41: a local page asks a public server",
    (
        AUTHORITIES,
        "|| (mcpauth__authority_is_loopback(&authority) && is_loopback_host(host))\n",
        "|| mcpauth__authority_is_loopback(&authority)\n\t\t|| is_loopback_host(NULL)\n",
    ),
)

bug(
    "two-lengths",
    "unit/middleware/framing",
    "T42: two parsers, two ends",
    (FRAMING, "return hosts > 1 || lengths > 1 ", "return hosts > 1 "),
)
bug(
    "two-hosts",
    "unit/middleware/framing",
    "T42: two parsers, two hosts",
    (FRAMING, "return hosts > 1 || lengths > 1 ", "return lengths > 1 "),
)
bug(
    "padded-field-names",
    "unit/middleware/framing",
    "T42: a blank before the colon",
    (FRAMING, " || headers->have_padded_names", ""),
)
bug(
    "cut-path",
    "integration/fixed_answers",
    "T42: a NUL in the path",
    (FRAMING, "!exchange->arrival.path_is_cut && ", ""),
)
bug(
    "length-and-coding",
    "unit/middleware/framing",
    "T42: CL.TE",
    (
        FRAMING,
        "&& (lengths > 0 || mcpauth__request_headers_hide_body_end(headers)));",
        "&& mcpauth__request_headers_hide_body_end(headers));",
    ),
)
bug(
    "unknown-coding",
    "unit/middleware/framing",
    "T42: TE.TE",
    (
        "middleware/request_headers.c",
        '|| (coding->count == 1 && !mcpauth__request_header_is(coding, "chunked"));',
        ";",
    ),
)
bug(
    "refused-body-not-drained",
    "integration/refused_body",
    "T44: who is sending never sees the 401",
    (
        MHD,
        "return must_answer_early(connection) ? mcpauth__mhd_send(connection) : MHD_YES;",
        "return mcpauth__mhd_send(connection);",
    ),
)
bug(
    "refused-body-endless",
    "integration/refused_body",
    "T44: a body that nobody wants, for ever",
    (
        MHD,
        "return request->refused_bytes <= config->refused_body_limit\n",
        "return request->refused_bytes != 1\n",
    ),
)
bug(
    "refused-body-slow",
    "integration/refused_body",
    "T44: a byte a second, for ever",
    (
        MHD,
        "&& now_ms() - request->refused_since <= (int64_t)config->refused_body_ms",
        "&& now_ms() != 1",
    ),
)
bug(
    "body-limit",
    "integration/refused_body",
    "T44: a stage's body of any size",
    (
        MHD,
        "if (exchange->body.length + *size > mcpauth__chain_body_limit(exchange)) {",
        "if (false) {",
    ),
)
bug(
    "auth-info-of-the-last-request",
    "unit/middleware/connection",
    "T43: the next request of the connection is somebody",
    (
        EXCHANGE,
        "\tmemset(exchange, 0, offsetof(struct mcpauth_exchange, refs));\n",
        "\tstruct mcpauth_auth_info *left = exchange->info;\n"
        "\tmemset(exchange, 0, offsetof(struct mcpauth_exchange, "
        "refs));\n\texchange->info = left;\n",
    ),
    (EXCHANGE, "\tmcpauth_auth_info_free(exchange->info);\n", ""),
    (EXCHANGE, "\texchange->info = NULL;\n", ""),
)
bug(
    "reload-keeps-rules",
    "unit/middleware/connection",
    "T50: a removed issuer lives on in open connections",
    (
        "middleware/rules.c",
        "memory_order_acquire) == held) {",
        "memory_order_acquire) == held || held != NULL) {",
    ),
)
bug(
    "reload-keeps-tokens",
    "unit/lib/successor",
    "T50: tokens of a removed issuer are remembered",
    (
        "lib/resource.c",
        "resource->trust.id = 1 + atomic_fetch_add(&auth->runtime->trusts, 1);",
        "resource->trust.id = 1;",
    ),
)
bug(
    "waiting-lets-in",
    "unit/middleware/chain",
    "an answer that was promised and never made",
    (
        "middleware/run.c",
        "return exchange->answer.status != 0 ? give_answer(exchange) : fail(exchange);",
        "return exchange->answer.status != 0 ? give_answer(exchange) : MCPAUTH__PASS;",
    ),
)
bug(
    "failed-stage-lets-in",
    "unit/middleware/chain",
    "a stage that fails is one that agrees",
    (
        "middleware/run.c",
        "\tcase MCPAUTH_FAILED:\n\t\tbreak;",
        "\tcase MCPAUTH_FAILED:\n\t\texchange->stage++;\n\t\treturn MCPAUTH__GO_ON;",
    ),
)
bug(
    "answer-header-injection",
    "unit/middleware/headers",
    "T40: a line break in a header's value",
    ("middleware/headers.c", "if ((c < 0x20 && c != '\\t') || c == 0x7f) {", "if (c == 0x7f) {"),
)
bug(
    "lenient-http",
    "integration/rough_client",
    "T42: HTTP/1.1 without Host, obsolete folding",
    (
        "middleware/mhd_daemon.c",
        "MHD_OPTION_STRICT_FOR_CLIENT, 1,",
        "MHD_OPTION_STRICT_FOR_CLIENT, 0,",
    ),
)
bug(
    "granted-without-end",
    "unit/middleware/challenge",
    "an issuer that grants thousands of scopes slows each refusal down",
    (CHALLENGE, "info != NULL && i < GRANTED_LIMIT", "info != NULL && GRANTED_LIMIT > 0"),
)
bug(
    "granted-header-without-end",
    "unit/middleware/challenge",
    "a challenge of many KiB is no answer that can be sent",
    (CHALLENGE, "room -= length + 1;", ""),
)
bug(
    "flood-outcries-warnings",
    "unit/middleware/origin",
    "whoever sends foreign Hosts keeps warnings out of the log",
    (ORIGIN, "mcpauth_log(auth, MCPAUTH_LOG_INFO, code, NULL, line);",
     "mcpauth_log(auth, MCPAUTH_LOG_INFO, MCPAUTH_OK, NULL, line);"),
)
bug(
    "answer-of-a-foreign-allocator",
    "unit/middleware/answer",
    "what cJSON allocated by a program's hooks is given to free()",
    ("middleware/answer.c", "char *text = mcpauth__json_print(json);", "char *text = cJSON_PrintUnformatted(json);"),
)
bug(
    "document-of-a-foreign-allocator",
    "unit/lib/resource_document",
    "what cJSON allocated by a program's hooks is given to free()",
    (
        "lib/metadata/resource_document.c",
        "good ? mcpauth__json_print(json) : NULL",
        "good ? cJSON_PrintUnformatted(json) : NULL",
    ),
)
bug(
    "own-resume-wakes-nobody",
    "unit/middleware/exchange",
    "the program's loop sleeps over a request whose wait ended in the same moment",
    (
        WAIT,
        "\t\tresume(exchange, exchange->chain);\n",
        "\t\texchange->arrival.transport->resume(exchange->arrival.user);\n",
    ),
)
