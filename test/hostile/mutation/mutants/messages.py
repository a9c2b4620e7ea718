"""What an MCP message says: one meaning for every parser, and for its headers (T22 to T24, T34)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

FOLD = "lib/base/fold.c"
MEMBERS = "lib/base/json_members.c"
MESSAGE = "middleware/mcp/message_read.c"
HEADERS = "middleware/mcp/message_headers.c"

bug(
    "members-twice",
    "unit/lib/json_members",
    "T22: the same name twice, two meanings",
    (MEMBERS, "(splitter.has_nul || !names_differ(members))", "splitter.has_nul"),
)
bug(
    "members-twice-among-many",
    "unit/lib/json_members",
    "T22: hidden among many members",
    (MEMBERS, "\tqsort(sorted, count, sizeof *sorted, compare_names);\n", ""),
)
bug(
    "members-twice-far-apart",
    "unit/lib/json_members",
    "T22: only neighbours are compared",
    (
        MEMBERS,
        "other != NULL;\n\t\t\tother = other->next) {",
        "other != NULL;\n\t\t\tother = NULL) {",
    ),
)
bug(
    "members-case",
    "unit/lib/json_members",
    "T22: parsers that do not mind the case",
    (FOLD, "letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter;", "letter;"),
)
bug(
    "members-case-of-others",
    "unit/lib/json_members",
    "T22: a long s is an s to some",
    (FOLD, "if (letter >= 0x80) {", "if (0) {"),
)
bug(
    "members-nul",
    "unit/lib/json_members",
    "T34: a NUL ends a name for some",
    (MEMBERS, "splitter->has_nul || names_a_nul(name);", "splitter->has_nul;"),
)
bug(
    "members-escapes",
    "unit/lib/json_members",
    "T22: a name is compared as it is written",
    (MEMBERS, "if (name->plain) {", "if (name->plain || name->length > 0) {"),
)
bug(
    "members-limit",
    "unit/lib/json_members",
    "T24: more members than there is room to compare",
    (MEMBERS, "splitter->members->count == MCPAUTH__JSON_MEMBER_LIMIT", "false"),
)
bug(
    "members-compared-each-with-each",
    "unit/lib/json_members",
    "T24: quadratic time",
    (MEMBERS, "#define COMPARED_MAX 24", "#define COMPARED_MAX 1000"),
)
bug(
    "members-trailing",
    "unit/lib/json_members",
    "T23: something behind the object",
    (MEMBERS, "return lexer->at == lexer->end ? MCPAUTH_OK", "return true ? MCPAUTH_OK"),
)
bug(
    "members-misspelt",
    "unit/lib/json_members",
    "T22: NAME beside no name",
    (MEMBERS, "return !same && ", "return false && "),
)

bug(
    "message-depth",
    "unit/middleware/message",
    "T24: brackets without end",
    (MESSAGE, "#define DEPTH_LIMIT 128", "#define DEPTH_LIMIT 1280000"),
)
bug(
    "message-batch",
    "unit/middleware/message",
    "a batch is told as broken JSON",
    (MESSAGE, "take_value(&lexer, DEPTH_LIMIT);", "take_value(&lexer, 0);"),
)
bug(
    "message-version",
    "unit/middleware/message",
    "a message of another protocol",
    (MESSAGE, 'version == NULL || strcmp(version, "2.0") != 0', "version == NULL"),
)
bug(
    "message-id-null",
    "unit/middleware/message",
    "an id that nobody can answer to",
    (MESSAGE, "return *id->value == '\"' ||", "return *id->value == '\"' || *id->value == 'n' ||"),
)
bug(
    "message-misspelt",
    "unit/middleware/message",
    "T22: the application may not mind the case",
    (MESSAGE, "return mcpauth__json_members_misspell(members, part->names)", "return false"),
)
bug(
    "message-method-and-result",
    "unit/middleware/message",
    "a call that looks like a response",
    (
        MESSAGE,
        'if (mcpauth__json_members_find(members, "result") != NULL\n\t\t||',
        'if (false &&',
    ),
)
bug(
    "message-name-empty",
    "unit/middleware/message",
    "a tool without a name",
    (MESSAGE, "(*text == NULL || **text == '\\0')", "*text == NULL"),
)
bug(
    "message-name-nul",
    "unit/middleware/message",
    "T34: a NUL ends a tool's name for some",
    (
        MESSAGE,
        "lexer = {.at = value, .end = value + member->length};",
        "lexer = {.at = value, .end = value + member->length, .allow_nul = true};",
    ),
)
bug(
    "message-name-of-notifications",
    "unit/middleware/message",
    "a call without an id has no name",
    (
        MESSAGE,
        "message->kind != MCPAUTH_MESSAGE_RESPONSE)",
        "message->kind == MCPAUTH_MESSAGE_REQUEST)",
    ),
)
bug(
    "message-ref-both",
    "unit/middleware/message",
    "a completion for two",
    (
        MESSAGE,
        'if (mcpauth__json_members_find(&members, is_prompt ? "uri" : "name") != NULL) {',
        "if (false) {",
    ),
)
bug(
    "message-ref-misspelt",
    "unit/middleware/message",
    "T22: a completion's name in two spellings",
    (MESSAGE, 'ref_names[] = {"type", "name", "uri", NULL};', "ref_names[] = {NULL};"),
)
bug(
    "message-no-memory",
    "unit/middleware/message_no_memory",
    "without memory a message has no name",
    (
        MESSAGE,
        "\tif (copy == NULL) {\n\t\treturn MCPAUTH_E_NO_MEMORY;",
        "\tif (copy == NULL) {\n\t\treturn MCPAUTH_OK;",
    ),
)

bug(
    "headers-name",
    "unit/middleware/message_headers",
    "a proxy sees another tool than the server",
    (HEADERS, "!names(headers->name, message->header_name)) {", "false) {"),
)
bug(
    "headers-method",
    "unit/middleware/message_headers",
    "a proxy sees another method than the server",
    (HEADERS, "!says(headers->method, message->method)) {", "false) {"),
)
bug(
    "headers-missing",
    "unit/middleware/message_headers",
    "a proxy sees no tool at all",
    (HEADERS, "headers->name == NULL ? needs_name", "headers->name == NULL ? false"),
)
bug(
    "headers-of-older-revisions",
    "unit/middleware/message_headers",
    "a tool's name is believed as soon as no revision is named",
    (
        HEADERS,
        "\tif (headers->are_repeated) {",
        "\tif (message->revision == NULL) {\n\t\treturn NULL;\n\t}\n"
        "\tif (headers->are_repeated) {",
    ),
)
bug(
    "headers-twice",
    "unit/middleware/message_headers",
    "a proxy reads the first, the server the last",
    (HEADERS, "if (headers->are_repeated) {", "if (false) {"),
)
bug(
    "headers-padding",
    "unit/middleware/message_headers",
    "T25: several spellings of one name",
    (
        HEADERS,
        "if (code_length != (length + 2) / 3 * 4) {",
        "if (code_length < (length * 8 + 5) / 6 || code_length > (length + 2) / 3 * 4) {",
    ),
)
bug(
    "headers-trailing-bits",
    "unit/middleware/message_headers",
    "T25: bits that encode nothing",
    (
        HEADERS,
        "\t\ti++;\n\t}\n\treturn i == code_length;",
        "\t\ti++;\n\t}\n\treturn i == code_length || (length % 3 == 1 && i + 3 == code_length);",
    ),
)
bug(
    "headers-not-ascii",
    "unit/middleware/message_headers",
    "bytes that each proxy reads in its own way",
    (HEADERS, "strcmp(value, text) == 0 && is_plain(value);", "strcmp(value, text) == 0;"),
)
bug(
    "headers-encoded-in-capitals",
    "unit/middleware/message_headers",
    "a name that only the server decodes",
    (
        HEADERS,
        "memcmp(value, PREFIX, PREFIX_LENGTH) == 0",
        "value[0] == '=' && value[1] == '?'",
    ),
)
bug(
    "message-long-name",
    "unit/middleware/message_limits",
    "a name of megabytes, against which every pattern takes its time",
    (MESSAGE, "if (is_too_long(member)) {", "if (false) {"),
)
bug(
    "message-long-method",
    "unit/middleware/message_limits",
    "a method of megabytes, likewise",
    (MESSAGE, "if (is_too_long(method)) {", "if (false) {"),
)
bug(
    "message-long-id",
    "unit/middleware/message_limits",
    "an id of megabytes, which comes back with a refusal",
    (MESSAGE, "if (is_too_long(id)) {", "if (false) {"),
)
bug(
    "message-gone-in-any-revision",
    "unit/middleware/message",
    "who names an older revision subscribes without a name to be judged by",
    (MESSAGE, 'strcmp(message->revision, "2026-07-28") >= 0', "true"),
)
