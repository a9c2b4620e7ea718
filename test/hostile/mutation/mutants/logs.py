"""Lines of both logs: whole, true, and without secrets."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

HASH = "middleware/monitoring/subject_hash.c"
ID = "middleware/monitoring/request_id.c"
LINE = "middleware/monitoring/json_line.c"
SINK = "middleware/monitoring/log_sink.c"
STAGE = "middleware/stages/access_log.c"
TRACE = "middleware/monitoring/trace_context.c"
UTF8 = "lib/base/utf8.c"
FETCH = "lib/net/fetch.c"
DOCUMENT = "lib/net/document.c"
KEYS = "lib/endpoint/key_source.c"
SERVER = "lib/metadata/server_source.c"
WRITERS = "lib/log.c"
STORY = "unit/lib/discovery_log"

bug(
    "line-quotes-unescaped",
    "unit/middleware/json_line",
    "a path writes members of its own",
    (LINE, "character->code == '\"' || character->code == '\\\\'", "character->code == '\\\\'"),
)
bug(
    "line-feeds-unescaped",
    "unit/middleware/json_line",
    "a path writes lines of its own",
    (LINE, "return code < 0x20 || ", "return (code < 0x20 && code != '\\n') || "),
)
bug(
    "line-c1-unescaped",
    "unit/middleware/json_line",
    "U+0085 ends a line for some readers, U+009B commands a terminal",
    (LINE, "(code >= 0x7f && code < 0xa0)", "code == 0x7f"),
)
bug(
    "line-malformed-as-it-came",
    "unit/middleware/json_line",
    "RFC 3629: no strict reader takes it",
    (LINE, "\t\tcharacter->code = REPLACEMENT;\n", "\t\tcharacter->code = 'x';\n"),
)
bug(
    "line-takes-the-byte-behind",
    "unit/middleware/json_line",
    "half a character swallows the quote behind it",
    (
        UTF8,
        "\t\tif (*at == end || **at < low || **at > high) {\n",
        "\t\tif (*at == end || **at < low || **at > high) {\n\t\t\t*at += *at != end;\n",
    ),
)
bug(
    "line-cut-within-escapes",
    "unit/middleware/json_line",
    "half an escape makes the line unreadable",
    (
        LINE,
        "\t\tif (character.length > limit) {\n",
        "\t\tif (character.length > limit) {\n"
        "\t\t\tput(line, character.written, limit);\n",
    ),
)
bug(
    "line-forgets-its-end",
    "unit/middleware/json_line",
    "a full line has no room for its brace",
    (LINE, "sizeof line->text - (sizeof end_mark - 1) - line->length", "sizeof line->text - line->length"),
)
bug(
    "trace-capitals",
    "unit/middleware/trace_context",
    "Trace Context, section 3.2.2.3: lower case",
    (TRACE, "(at[i] < 'a' || at[i] > 'f')", "((at[i] | 0x20) < 'a' || (at[i] | 0x20) > 'f')"),
)
bug(
    "trace-of-nobody",
    "unit/middleware/trace_context",
    "Trace Context, section 3.2.2.3: zeros are no id",
    (TRACE, "return is_hex(at, length) && strspn(at, \"0\") < length;", "return is_hex(at, length);"),
)
bug(
    "trace-version-ff",
    "unit/middleware/trace_context",
    "Trace Context, section 3.2.2.1: ff is no version",
    (TRACE, "if (!has_fields(value) || strncmp(value, \"ff\", 2) == 0) {", "if (!has_fields(value)) {"),
)
bug(
    "trace-longer-version-00",
    "unit/middleware/trace_context",
    "version 00 has 55 characters",
    (TRACE, "(behind == '-' && strncmp(value, \"00\", 2) != 0)", "behind == '-'"),
)
bug(
    "trace-first-of-two",
    "unit/middleware/access_log",
    "of two nobody knows which one is meant",
    (
        STAGE,
        "\t\t&& mcpauth_exchange_header(exchange, \"traceparent\", 1) == NULL) {",
        "\t\t&& true) {",
    ),
)
bug(
    "log-tells-the-query",
    "unit/middleware/access_log",
    "T45: a token in a query is in the log for ever",
    (
        STAGE,
        "\tmcpauth__json_line_number(line, \"status\", status);\n",
        "\tmcpauth__json_line_text(line, \"query\", mcpauth_exchange_query(exchange), 256);\n"
        "\tmcpauth__json_line_number(line, \"status\", status);\n",
    ),
)
bug(
    "log-tells-the-subject",
    "integration/access_log",
    "T45: a claim's value in the log",
    (STAGE, "mcpauth__json_line_text(line, \"subject\", digits, sizeof digits);",
     "mcpauth__json_line_text(line, \"subject\", subject, sizeof digits);"),
)
bug(
    "log-believes-clients",
    "unit/middleware/access_log",
    "a client chooses under which name it is found",
    (
        STAGE,
        "\tmcpauth__request_ids_next(&log->ids, id);\n",
        "\tconst char *theirs = mcpauth_exchange_header(exchange, \"X-Request-Id\", 0);\n"
        "\tmcpauth__request_ids_next(&log->ids, id);\n"
        "\tif (theirs != NULL && strlen(theirs) < sizeof id) {\n"
        "\t\tstrcpy(id, theirs);\n"
        "\t}\n",
    ),
)
bug(
    "log-behind-first-stages",
    "unit/middleware/access_log",
    "what a stage of the program's own answers has no name",
    (STAGE, "mcpauth__chain_place_of(chain, NAME)", "chain->first_end"),
)
bug(
    "log-to-standard-output",
    "unit/middleware/access_log",
    "lines get into what the program says",
    (STAGE, "config->descriptor == 0 ? STDERR_FILENO : config->descriptor",
     "config->descriptor == 0 ? STDOUT_FILENO : config->descriptor"),
)
bug(
    "log-silent-about-the-lost",
    "unit/middleware/access_log",
    "a gap that nobody sees",
    (STAGE, "\tif (lost > 0) {", "\tif (lost > 1000000) {"),
)
bug(
    "subject-without-lengths",
    "unit/middleware/subject_hash",
    "two principals have one text",
    (HASH, "gnutls_hmac(hmac, prefix, sizeof prefix) == 0\n\t\t&& ", ""),
)
bug(
    "subject-without-key",
    "unit/middleware/subject_hash",
    "whoever has the log tries all names",
    (HASH, "GNUTLS_MAC_SHA256, hash->key, hash->length) < 0", "GNUTLS_MAC_SHA256, \"\", 0) < 0"),
)
bug(
    "subject-key-stays",
    "unit/middleware/subject_hash",
    "the key lies in freed memory",
    (HASH, "mcpauth__wipe(hash->key, hash->length);", "(void)hash;"),
)
bug(
    "request-id-twice",
    "unit/middleware/request_id",
    "two threads get one name",
    (ID, "atomic_fetch_add_explicit(&ids->next, 1, memory_order_relaxed)",
     "(atomic_fetch_add_explicit(&ids->next, 1, memory_order_relaxed) & ~UINT64_C(1))"),
)
bug(
    "sink-waits",
    "unit/middleware/log_sink",
    "T44: a reader that has stopped stops the server",
    (SINK, "if (!takes_more(descriptor) || !mend(sink, descriptor)) {", "if (!mend(sink, descriptor)) {"),
)
bug(
    "sink-dies-of-sigpipe",
    "unit/middleware/log_sink",
    "a reader that has gone ends the server",
    (SINK, "\tsigaddset(signals, SIGPIPE);\n", ""),
)
bug(
    "sink-leaves-a-signal",
    "unit/middleware/log_sink",
    "the signal comes when the mask is put back",
    (SINK, "if (written < 0 && (errno == EPIPE || errno == EFBIG)) {", "if (false) {"),
)
bug(
    "sink-forgets-the-lost",
    "unit/middleware/log_sink",
    "a line that told of lost ones is lost, and they with it",
    (SINK, "&sink->lost, told + 1, ", "&sink->lost, 1, "),
)
bug(
    "sink-leaves-a-torn-line",
    "unit/middleware/log_sink",
    "a piece of a line spoils the next one",
    (SINK, "sink->is_torn = written > 0 && (size_t)written < length;", ""),
)
bug(
    "line-direction-is-turned",
    "unit/middleware/json_line",
    "T40: a path that shows another member's value as its own",
    ("middleware/monitoring/json_line.c", "\n\t\t|| is_direction(code);", ";"),
)
bug(
    "line-isolates-are-no-turn",
    "unit/middleware/json_line",
    "T40: likewise",
    ("middleware/monitoring/json_line.c", " || (code >= 0x2066 && code <= 0x2069);", ";"),
)
bug(
    "sink-waits-for-a-terminal",
    "unit/middleware/log_sink",
    "a terminal that nobody reads stops the whole server",
    (SINK, "O_NOCTTY | O_NONBLOCK | O_CLOEXEC", "O_NOCTTY | O_CLOEXEC"),
)
bug(
    "sink-keeps-a-terminal",
    "unit/middleware/log_sink",
    "a daemon's lines go where it came from",
    (SINK, " && S_ISCHR(stat.st_mode)\n\t\t\t&& stat.st_rdev == sink->terminal_device\n", "\n"),
)
bug(
    "key-told-raw",
    STORY,
    "the name of a key that an issuer published moves the operator's terminal",
    (KEYS, "\tmcpauth__make_printable(line);\n", ""),
)
bug(
    "keys-told-without-end",
    STORY,
    "a set of two thousand keys is two thousand lines",
    (KEYS, "review->told++ >= KEYS_TOLD", "review->told++ == SIZE_MAX"),
)
bug(
    "no-key-told-quietly",
    STORY,
    "nothing can be verified, and nobody who does not debug hears of it",
    (KEYS, "count > 0 ? MCPAUTH_LOG_DEBUG : MCPAUTH_LOG_WARNING", "MCPAUTH_LOG_DEBUG"),
)
bug(
    "skipped-key-untold",
    STORY,
    "a key is not used, and nothing says why",
    ("lib/jose/jwks.c", "if (listener != NULL) {", "if (listener == NULL) {"),
)
bug(
    "place-told-with-its-query",
    STORY,
    "a secret in a URL's query is in the log",
    (SERVER, "strcspn(url, \"?#\")", "strlen(url)"),
)
bug(
    "fetch-told-without-its-size",
    "unit/lib/fetch",
    "an empty document looks like a good one",
    (FETCH, "if (response->length > 0) {", "if (response->length > SIZE_MAX / 2) {"),
)
bug(
    "age-told-as-what-is-left",
    "unit/lib/document_age",
    "the operator believes that old keys are new",
    (
        DOCUMENT,
        "(long long)(now - document->fetched_at) / 1000, (long long)left / 1000",
        "(long long)left / 1000, (long long)(now - document->fetched_at) / 1000",
    ),
)
bug(
    "renewal-told-as-the-end",
    "unit/lib/document_age",
    "likewise: when keys are renewed",
    (DOCUMENT, "response->message, renew_at - now,", "response->message, serves_until - now,"),
)
bug(
    "journal-is-everywhere",
    "unit/lib/log_writers",
    "a number before each line, for people",
    (WRITERS, "strtoull(end + 1, NULL, 10) == file.st_ino", "true"),
)
bug(
    "journal-all-alike",
    "unit/lib/log_writers",
    "errors hide among what is only for debugging",
    (WRITERS, "\"<%d>\", priorities[level]", "\"<%d>\", LOG_INFO"),
)
