"""What each operation needs, and the lists that show it (MCP 2026-07-28, authorization)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

BEARER = "middleware/stages/bearer.c"
FILTER = "middleware/mcp/operations_filter.c"
ROUTE = "middleware/route.c"
STAGE = "middleware/stages/operations.c"
WALK = "middleware/mcp/operations_walk.c"

bug(
    "operation-first-entry",
    "unit/middleware/operations",
    "an entry for the name takes the pattern's scope away",
    (
        WALK,
        "\tfor (; code == MCPAUTH_OK && entry != NULL; entry = next(&walk)) {",
        "\tif (entry != NULL) {",
    ),
)
bug(
    "operation-pattern-across-methods",
    "unit/middleware/operations",
    "a tool's pattern lists a prompt",
    (
        WALK,
        "return mcpauth__pattern_fits(entry->method, method)\n\t\t&& (",
        "return (method != NULL)\n\t\t&& (",
    ),
)
bug(
    "operation-pattern-without-name",
    "unit/middleware/operations",
    "a pattern of names counts for every name",
    (WALK, "mcpauth__pattern_fits(entry->name, name)", "true"),
)
bug(
    "operation-not-listed",
    "unit/middleware/operations",
    "what nobody wrote down is for everybody",
    (WALK, "if (entry == NULL && name != NULL) {", "if (false) {"),
)
bug(
    "operation-anonymous",
    "unit/middleware/operations",
    "what needs no scope needs nobody",
    (WALK, "entry->allow_anonymous && *missing == NULL", "*missing == NULL"),
)
bug(
    "operation-anonymous-scope",
    "unit/middleware/operations",
    "who is not known has every scope",
    (WALK, "entry->allow_anonymous && *missing == NULL", "entry->allow_anonymous"),
)
bug(
    "operation-response-unseen",
    "unit/middleware/operations",
    "a response passes an entry for all methods",
    (
        WALK,
        "\tconst struct mcpauth__operation_entry *entry = next(&walk);\n\tenum mcpauth_code code",
        "\tconst struct mcpauth__operation_entry *entry ="
        " *walk.method == '\\0' ? NULL : next(&walk);\n\tenum mcpauth_code code",
    ),
)
bug(
    "check-names-nothing",
    "unit/middleware/operations_check",
    "the scopes that a check names are not compared",
    (
        WALK,
        "return code == MCPAUTH_OK && !is_granted(who, named) ?"
        " MCPAUTH_E_INSUFFICIENT_SCOPE : code;",
        "return code;",
    ),
)
bug(
    "check-names-anything",
    "unit/middleware/operations_check",
    "T40: a check's scope breaks out of the challenge",
    (WALK, "if (!mcpauth__scopes_are_valid(named)) {", "if (false) {"),
)
bug(
    "check-first-alone",
    "unit/middleware/operations_check",
    "the second check is not asked when the first wants a scope",
    (
        WALK,
        "if (code != MCPAUTH_OK && code != MCPAUTH_E_INSUFFICIENT_SCOPE) {\n\t\t\treturn code;",
        "if (code != MCPAUTH_OK) {\n\t\t\treturn code;",
    ),
)
bug(
    "check-ignored",
    "unit/middleware/operations_check",
    "nobody asks the program",
    (STAGE, "if (decision.code == MCPAUTH_OK) {\n\t\task(", "if (false) {\n\t\task("),
)
bug(
    "check-before-scopes",
    "unit/middleware/operations_check",
    "the program is asked about anybody",
    (STAGE, "if (decision.code == MCPAUTH_OK) {\n\t\task(", "if (true) {\n\t\task("),
)
bug(
    "check-stranger-forbidden",
    "unit/middleware/operations_check",
    "RFC 6750 section 3.1: 403 where there was no token",
    (
        STAGE,
        "if (decision->code == MCPAUTH_E_INSUFFICIENT_SCOPE && exchange->info == NULL) {",
        "if (false) {",
    ),
)
bug(
    "operation-header-mismatch",
    "unit/middleware/operations_stage",
    "a proxy let another operation pass",
    (STAGE, "\t\tcode = fault->reason;\n", "\t\tcode = MCPAUTH_OK;\n"),
)
bug(
    "operation-header-twice",
    "unit/middleware/operations_stage",
    "a proxy looks at the other one",
    (
        STAGE,
        "return mcpauth__exchange_field_count(exchange, name) > 1;",
        "return mcpauth__exchange_field_count(exchange, name) > 2;",
    ),
)
bug(
    "operation-id-lost",
    "unit/middleware/operations_stage",
    "JSON-RPC 2.0 section 5: an error that answers no request",
    (STAGE, "if (fault->id == NULL) {", "if (true) {"),
)
bug(
    "operation-route-scope",
    "unit/middleware/operations_stage",
    "the route's scope is nobody's to ask for",
    (
        STAGE,
        "who == NULL ? NULL : mcpauth_demand_missing(route->demand, who);",
        "NULL;",
    ),
)
bug(
    "operation-two-round-trips",
    "unit/middleware/operations_stage",
    "MCP 2026-07-28: all scopes in one challenge",
    (
        BEARER,
        "if (mcpauth__route_takes_message(exchange->route, mcpauth_exchange_method(exchange))) {",
        "if (false) {",
    ),
)
bug(
    "operation-scopes-untold",
    "unit/middleware/operations_stage",
    "the challenge names the route's scopes alone",
    (STAGE, "i < exchange->route->table_count;", "false && i < exchange->route->table_count;"),
)
bug(
    "operation-everybody-unread",
    "unit/middleware/operations_stage",
    "without authorization a batch passes",
    (
        STAGE,
        "return wants_body(exchange, user) ? admit(exchange) : MCPAUTH_NEXT;",
        "return wants_body(exchange, user) && !exchange->chain->everybody ? admit(exchange)"
        " : MCPAUTH_NEXT;",
    ),
)
bug(
    "operation-one-table-lists",
    "unit/middleware/operations_route",
    "what one table does not list another one opens",
    (STAGE, "return code == MCPAUTH_OK || other == MCPAUTH_E_NOT_LISTED ? other : code;",
     "return other == MCPAUTH_E_NOT_LISTED ? code : code == MCPAUTH_OK ? other : code;"),
)
bug(
    "rest-without-operations",
    "unit/middleware/operations_route",
    "/mcp/ is easier to open than /mcp",
    (ROUTE, "\t\tgood = add_table(rest, route->tables[i]);\n", ""),
)
bug(
    "anonymous-with-bad-token",
    "unit/middleware/operations_route",
    "an expired token makes its bearer nobody",
    (
        BEARER,
        "&& mcpauth__exchange_field_count(exchange, MCPAUTH__HEADER_AUTHORIZATION) == 0",
        "&& true",
    ),
)
bug(
    "anonymous-with-query",
    "unit/middleware/operations_route",
    "T39: a token in everybody's log is overlooked",
    (
        BEARER,
        'exchange->arrival.transport->argument(exchange->arrival.user, "access_token")\n'
        "\t\t== NULL;",
        "true;",
    ),
)
bug(
    "filter-shows-all",
    "unit/middleware/operations_filter",
    "the list shows what may not be called",
    (FILTER, "if (code != MCPAUTH_OK) {\n\t\t\ttake_out(", "if (false) {\n\t\t\ttake_out("),
)
bug(
    "filter-cached-for-all",
    "unit/middleware/operations_filter",
    "a cache shows one caller's list to another",
    (FILTER, "enum mcpauth_code code = make_private(result);",
     "enum mcpauth_code code = MCPAUTH_OK;"),
)
bug(
    "filter-nameless",
    "unit/middleware/operations_filter",
    "an entry without a name is for everybody",
    (
        FILTER,
        "if (name == NULL) {\n\t\treturn MCPAUTH_E_NOT_LISTED;",
        "if (name == NULL) {\n\t\treturn MCPAUTH_OK;",
    ),
)
bug(
    "filter-marks-unlisted",
    "unit/middleware/operations_filter",
    "the list shows what is for nobody",
    (FILTER, "code != MCPAUTH_OK && code != MCPAUTH_E_NOT_LISTED", "code != MCPAUTH_OK"),
)
bug(
    "filter-templates-whole",
    "unit/middleware/operations_filter",
    "templates of resources are not looked at",
    (FILTER, '"resourceTemplates"', '"resource_templates"'),
)
