"""Pages of other origins: who may come, and what they may read (Fetch standard, section 3.2)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

AUTHORITIES = "middleware/origins/authorities.c"
LIST = "middleware/field_list.c"
MHD = "middleware/mhd_application.c"
PATTERN = "middleware/origins/origin_pattern.c"
STAGE = "middleware/stages/cors.c"

bug(
    "origin-star-for-any-bytes",
    "unit/middleware/origin",
    "xexample.com is taken for a name below example.com",
    (PATTERN, "return *dot == '.' && memcmp(", "return memcmp("),
)
bug(
    "origin-star-for-the-parent",
    "unit/middleware/origin",
    "example.com is taken for a name below itself",
    (PATTERN, "size_t tail = parent->host_length + 1;", "size_t tail = parent->host_length;"),
)
bug(
    "origin-star-for-empty-labels",
    "unit/middleware/origin",
    "a..example.com",
    (PATTERN, "if (is_dot && was_dot) {", "if (false) {"),
)
bug(
    "origin-star-for-nothing",
    "unit/middleware/origin",
    ".example.com",
    (PATTERN, "if (length <= tail ||", "if (length < tail ||"),
    (PATTERN, "\t\t&& !has_empty_label(authority->host, length - tail);", "\t\t;"),
)
bug(
    "origin-star-beyond-names",
    "unit/middleware/origin",
    "a name longer than any",
    (PATTERN, " || length > MCPAUTH__HOST_LENGTH) {", ") {"),
)
bug(
    "origin-star-for-schemes",
    "unit/middleware/origin",
    "http for https: anybody between may be the page",
    (
        PATTERN,
        "if (!is_same(origin, (size_t)(authority->host - origin), pattern->text, scheme)\n"
        "\t\t|| ",
        "if (scheme == 0\n\t\t|| ",
    ),
)
bug(
    "origin-port-ignored",
    "unit/middleware/origin",
    "another server on the page's host",
    (PATTERN, "if (pattern->any_port) {", "if (true) {"),
)
bug(
    "origin-port-prefix",
    "unit/middleware/origin",
    "84430 for 8443",
    (
        PATTERN,
        "return is_same(\n\t\tauthority->port, authority->port_length,",
        "return is_same(\n\t\tauthority->port, without->port_length,",
    ),
)
bug(
    "origin-star-anywhere",
    "unit/middleware/origin",
    "a pattern that means less than it says",
    (PATTERN, "return *behind == '\\0' && ", "return "),
)
bug(
    "origin-patterns-before-parsing",
    "unit/middleware/origin",
    "T41: https://evil.com/.example.com",
    (AUTHORITIES, "&authority, &rest) || *rest != '\\0') {", "&authority, &rest)) {"),
)
bug(
    "origin-first-pattern-only",
    "unit/middleware/origin",
    "the second pattern is forgotten",
    (AUTHORITIES, "!fits && i < authorities->pattern_count; i++", "i < 1 && i < authorities->pattern_count; i++"),
)
bug(
    "cors-star",
    "unit/middleware/cors",
    "every page reads what one may",
    (
        STAGE,
        'mcpauth_exchange_add_header(exchange, "Access-Control-Allow-Origin", origin)',
        'mcpauth_exchange_add_header(exchange, "Access-Control-Allow-Origin", origin == NULL ? origin : "*")',
    ),
)
bug(
    "cors-kept-for-others",
    "unit/middleware/cors_no_memory",
    "a cache gives one page's answer to another",
    (
        STAGE,
        'if (mcpauth_exchange_add_header(exchange, "Vary", "Origin") == MCPAUTH_OK\n\t\t&& ',
        'mcpauth_exchange_add_header(exchange, "Vary", "Origin");\n\tif (',
    ),
)
bug(
    "cors-caches-not-told",
    "integration/cors",
    "a cache gives a page what was answered to somebody else",
    (STAGE, "exchange->depends_on_origin = true;", "exchange->depends_on_origin = false;"),
)
bug(
    "cors-caches-told-of-everything",
    "integration/cors",
    "what no cache keeps pays for it, too",
    (
        MHD,
        '&& (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)',
        "&& method != NULL",
    ),
)
bug(
    "cors-challenge-hidden",
    "unit/middleware/cors",
    "a page cannot read where to get a token",
    (STAGE, '#define OWN_EXPOSED "WWW-Authenticate, ', '#define OWN_EXPOSED "'),
)
bug(
    "cors-behind-others",
    "unit/middleware/cors",
    "a page cannot read what a stage before refuses",
    (
        STAGE,
        "mcpauth__chain_place_of(chain, stage.name), ",
        "mcpauth__chain_place_of(chain, stage.name) + 1, ",
    ),
)
bug(
    "cors-before-the-origin-check",
    "unit/middleware/cors",
    "any page gets leave",
    (
        STAGE,
        "mcpauth__chain_place_of(chain, stage.name), ",
        "mcpauth__chain_place_of(chain, stage.name) - 1, ",
    ),
)
bug(
    "cors-twice",
    "unit/middleware/cors",
    "two headers: browsers refuse both",
    (STAGE, "if (mcpauth__chain_has_stage(chain, stage.name)) {", "if (false) {"),
)
bug(
    "preflight-any-header",
    "unit/middleware/preflight",
    "a page sends what it likes",
    (
        STAGE,
        "&& mcpauth__ascii_begins_alike(name, parameter_prefix, prefix)\n\t\t&& ",
        "&& prefix > 0\n\t\t&& ",
    ),
)
bug(
    "preflight-no-token",
    "unit/middleware/preflight",
    "T40: what was asked splits the answer",
    (STAGE, "\n\t\t&& mcpauth__is_field_token(name, length);", ";"),
)
bug(
    "preflight-endless",
    "unit/middleware/preflight",
    "T24: an answer as long as the question",
    (STAGE, "\t\t\t(*left)--;\n", ""),
)
bug(
    "preflight-long-names",
    "unit/middleware/preflight",
    "T24: names as long as one likes",
    (STAGE, "length > prefix && length <= PARAMETER_LENGTH_LIMIT", "length > prefix"),
)
bug(
    "preflight-route-of-options",
    "unit/middleware/preflight",
    "a route for POST alone cannot be asked by a page",
    (
        STAGE,
        "mcpauth__exchange_field(\n\t\t\t       exchange, "
        "MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD),",
        "exchange->arrival.method,",
    ),
)
bug(
    "preflight-answers-for-the-application",
    "unit/middleware/preflight",
    "a path that was published for OPTIONS",
    (STAGE, "if (answers_itself(exchange)) {", "if (false) {"),
)
bug(
    "preflight-opens-the-network",
    "unit/middleware/preflight",
    "leave that nobody asked for",
    (STAGE, 'return asked == NULL || strcmp(asked, "true") != 0\n', "return false\n"),
)
bug(
    "preflight-to-logout",
    "unit/middleware/preflight",
    "pages where servers post",
    (STAGE, "if (is_for_servers(exchange)) {", "if (false) {"),
)
bug(
    "preflight-keeps-no-memory-secret",
    "unit/middleware/cors_no_memory",
    "half a leave",
    (STAGE, "return good ? MCPAUTH_ANSWERED : MCPAUTH_FAILED;", "return MCPAUTH_ANSWERED;"),
)
bug(
    "field-list-blanks",
    "unit/middleware/preflight",
    "blanks belong to names",
    (LIST, "while (end > item && (end[-1] == ' ' || end[-1] == '\\t')) {", "while (false) {"),
)
bug(
    "field-token-separators",
    "unit/middleware/preflight",
    "T40: a name with a semicolon",
    (LIST, '"!#$%&\'*+-.^_`|~"', '"!#$%&\'*+-.^_`|~;"'),
)
