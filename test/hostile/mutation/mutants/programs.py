"""What programs add to the rules of a file, and what is left to them to say."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

MESSAGE = "middleware/mcp/message_read.c"
ROUTE = "middleware/route.c"

bug(
    "added-table-public",
    "unit/middleware/operations_added",
    "a table where nobody is asked who it is",
    (ROUTE, "if (route == NULL || route->is_public) {", "if (route == NULL) {"),
)
bug(
    "added-table-rest",
    "unit/middleware/operations_added",
    "/mcp/ is easier to open than /mcp",
    (ROUTE, "&& (derived == NULL || add_table(derived, operations))", "&& derived != route"),
)
bug(
    "added-table-method",
    "unit/middleware/operations_added",
    "the table goes to the route that reads",
    (ROUTE, 'mcpauth__routes_find(routes, "POST", path)', 'mcpauth__routes_find(routes, "GET", path)'),
)
bug(
    "message-gone-everywhere",
    "unit/middleware/message",
    "a subscription without a uri passes for one that nobody speaks of",
    (
        MESSAGE,
        "message->revision != NULL\n\t\t&& strcmp(message->revision, \"2026-07-28\") >= 0",
        "true",
    ),
)
bug(
    "message-gone-with-uri",
    "unit/middleware/message",
    "a subscription's uri is not looked at in a revision without",
    (
        MESSAGE,
        "if (member == NULL && is_without(",
        "if (is_without(",
    ),
)
