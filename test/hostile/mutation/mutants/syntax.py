"""What a token looks like: base64url, JSON, the header (T1 to T4, T16 to T26, T34)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ALGORITHM = "lib/jose/algorithm.c"
BASE64URL = "lib/base/base64url.c"
JSON_LEX = "lib/base/json_lex.c"
JSON_NAMES = "lib/base/json_names.c"
JSON_READ = "lib/base/json_read.c"
JWS = "lib/jose/jws.c"
UTF8 = "lib/base/utf8.c"

bug(
    "alg-none",
    "unit/lib/algorithm",
    "T1: a token that says it needs no signature",
    (
        ALGORITHM,
        '\t{"RS256", MCPAUTH__RS256},',
        '\t{"none", MCPAUTH__RS256},\n\t{"RS256", MCPAUTH__RS256},',
    ),
)
bug(
    "alg-hs256",
    "unit/lib/algorithm",
    "T3, T4: an HMAC keyed with what is public",
    (
        ALGORITHM,
        '\t{"RS256", MCPAUTH__RS256},',
        '\t{"HS256", MCPAUTH__RS256},\n\t{"RS256", MCPAUTH__RS256},',
    ),
)
bug(
    "alg-any-case",
    "unit/lib/algorithm",
    "T1: names of algorithms have one spelling",
    (
        ALGORITHM,
        "&& memcmp(algorithms[i].name, name, length) == 0) {",
        "&& (name[0] | 0x20) == (algorithms[i].name[0] | 0x20)\n"
        "\t\t\t&& memcmp(algorithms[i].name + 1, name + 1, length - 1) == 0) {",
    ),
)
bug(
    "unsigned",
    "unit/lib/jws",
    "T2: the signature was taken away",
    (JWS, "if (jws->content.signature_length == 0) {", "if (false) {"),
)
bug(
    "crit-ignored",
    "unit/lib/jws",
    "T16: extensions that must be understood",
    (JWS, 'mcpauth__json_has(jws->header, "crit") || ', ""),
)
bug(
    "b64-ignored",
    "unit/lib/jws",
    "T16: something else was signed (RFC 7797)",
    (JWS, ' || mcpauth__json_has(jws->header, "b64")', ""),
)
bug(
    "four-parts",
    "unit/lib/jws",
    "T26: more parts than a signed token has",
    (JWS, "if (count != 3) {", "if (count < 3) {"),
)
bug(
    "token-limit",
    "unit/lib/jws",
    "T24: a token of any size is read",
    (JWS, "if (length > MCPAUTH__TOKEN_LIMIT) {", "if (false) {"),
)
bug(
    "header-limit",
    "unit/lib/jws",
    "T24: a header of any size is read",
    (JWS, "if (segments[0].length > HEADER_LIMIT) {", "if (false) {"),
)
bug(
    "kid-of-any-type",
    "unit/lib/jws",
    "T15: a kid that is no string counts as none",
    (JWS, "return *text != NULL || !mcpauth__json_has(object, name);", "return true;"),
)

bug(
    "base64-trailing-bits",
    "unit/lib/base64url",
    "T25: several spellings of one signature",
    (BASE64URL, " && left_over == 0;", " && left_over < 64;"),
)
bug(
    "base64-padding",
    "unit/lib/base64url",
    "T25: padding where there is none",
    (
        BASE64URL,
        "\tsize_t rest = length % 4;",
        "\twhile (length > 0 && text[length - 1] == '=') "
        "{\n\t\tlength--;\n\t}\n\tsize_t rest = length % 4;",
    ),
)
bug(
    "base64-plus",
    "unit/lib/base64url",
    "T25: the other alphabet",
    (BASE64URL, "NO, NO, 62, NO, NO, 52", "62, NO, 62, NO, NO, 52"),
)
bug(
    "base64-any-character",
    "unit/lib/base64url",
    "T25: characters of no alphabet",
    (BASE64URL, "return (seen & NO) == 0 && (rest", "return (rest"),
)

bug(
    "json-names-twice",
    "unit/lib/json_read",
    "T22: the same claim twice, two meanings",
    (JSON_READ, "\treturn repeated == NULL;", "\treturn true;"),
)
bug(
    "json-names-twice-in-keys",
    "unit/lib/json",
    "T22: the same in documents",
    (
        "lib/base/json.c",
        "return *repeated != NULL ? MCPAUTH_E_INVALID_JSON : MCPAUTH_OK;",
        "return MCPAUTH_OK;",
    ),
)
bug(
    "json-names-twice-among-many",
    "unit/lib/json",
    "T22: hidden among many members",
    (JSON_NAMES, "at < count ? object->child : NULL;", "NULL;"),
)
bug(
    "json-depth",
    "unit/lib/json",
    "T24: brackets without end",
    (JSON_READ, "if (reader->depth == 0) {", "if (false) {"),
)
bug(
    "json-nul",
    "unit/lib/json",
    "T34: a NUL cuts a name short",
    (JSON_LEX, "|| (*code == 0 && !lexer->allow_nul)", ""),
)
bug(
    "json-nul-in-names",
    "unit/lib/claims",
    "T34: two names become one",
    (
        "lib/token/claims.c",
        'cJSON_IsString(item) && strstr(item->valuestring, "\\xef\\xbf\\xbd") == NULL;',
        "cJSON_IsString(item);",
    ),
)
bug(
    "utf8-overlong",
    "unit/lib/utf8",
    "T23: a slash or a quote in two bytes",
    (UTF8, "if (first < 0xc2 ||", "if (first < 0xc0 ||"),
)
bug(
    "utf8-surrogates",
    "unit/lib/utf8",
    "T23: halves of pairs",
    (UTF8, "first == 0xed ? 0x9f", "first == 0xed ? 0xbf"),
)
bug(
    "json-control-characters",
    "unit/lib/json",
    "T23: lines broken inside of strings",
    (JSON_LEX, "*at >= 0x20 && *at < 0x80", "*at < 0x80"),
)
bug(
    "json-trailing",
    "unit/lib/json",
    "T23: something behind the value",
    (
        JSON_READ,
        "read_value(reader, node) && reader->lexer.at == reader->lexer.end;",
        "read_value(reader, node);",
    ),
)
bug(
    "json-leading-zero",
    "unit/lib/json",
    "T23: numbers that two parsers read as two",
    (JSON_LEX, "if (!take(lexer, '0') && !take_digits(lexer)) {", "if (!take_digits(lexer)) {"),
)
