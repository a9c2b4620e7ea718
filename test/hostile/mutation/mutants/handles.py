"""Handles: what their seal is over, until when they are good, and their key."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

HANDLE = "lib/handle.c"
HASH = "lib/base/hash.c"

bug(
    "handle-of-its-last-second",
    "unit/lib/handle",
    "a handle is good a second too long",
    (HANDLE, ">= read_end(sealed.body.end)", "> read_end(sealed.body.end)"),
)
bug(
    "handle-never-ends",
    "unit/lib/handle",
    "an old handle is good",
    (HANDLE, "if (mcpauth__clock_real(&handles->clock) >= read_end(", "if (0 > read_end("),
)
bug(
    "handle-without-end-ends",
    "unit/lib/handle",
    "no end is an end like any other",
    (HANDLE, "return handles->lifetime == MCPAUTH_NONE || now", "return now"),
)
bug(
    "handle-of-any-issuer",
    "unit/lib/handle",
    "sub is unique within an issuer only",
    (HANDLE, "put_text(content->issuer, mcpauth_auth_info_issuer(who))", "true"),
)
bug(
    "handle-of-any-subject",
    "unit/lib/handle",
    "session hijacking: another user's handle is good",
    (HANDLE, "put_text(content->subject, subject) && ", ""),
)
bug(
    "handle-of-any-client",
    "unit/lib/handle",
    "another client of the same user takes the session over",
    (HANDLE, " && put_text(content->client, client)\n", "\n"),
)
bug(
    "handle-of-the-nameless",
    "unit/lib/handle",
    "all whose tokens name nobody are one caller",
    (HANDLE, "is_named ? NULL : mcpauth_auth_info_token(who)", "NULL"),
)
bug(
    "handle-of-the-token",
    "unit/lib/handle",
    "a new token of the same caller loses the session",
    (HANDLE, "is_named ? NULL : mcpauth_auth_info_token(who)", "mcpauth_auth_info_token(who)"),
)
bug(
    "handle-of-empty-names",
    "unit/lib/handle",
    "an empty subject names somebody",
    (HANDLE, "return text != NULL && *text != '\\0';", "return text != NULL;"),
)
bug(
    "handle-for-any-purpose",
    "unit/lib/handle",
    "a handle made for one thing opens another",
    (HANDLE, "LABEL, config->purpose, handles->key", "LABEL, NULL, handles->key"),
)
bug(
    "handle-end-not-sealed",
    "unit/lib/handle_forged",
    "whoever has a handle makes it last",
    (
        HANDLE,
        "struct content content = {.body = *body};",
        "struct content content = {0};\n"
        "\tmemcpy(content.body.name, body->name, sizeof body->name);",
    ),
)
bug(
    "handle-name-not-sealed",
    "unit/lib/handle_forged",
    "whoever has a handle makes more of them",
    (
        HANDLE,
        "struct content content = {.body = *body};",
        "struct content content = {0};\n"
        "\tmemcpy(content.body.end, body->end, sizeof body->end);",
    ),
)
bug(
    "handle-seal-in-part",
    "unit/lib/handle_forged",
    "half a seal is enough",
    (HANDLE, "mcpauth__equal_bytes(seal, sealed->seal, sizeof seal)",
     "mcpauth__equal_bytes(seal, sealed->seal, 16)"),
)
bug(
    "handle-with-more-behind",
    "unit/lib/handle_forged",
    "a handle has more than one spelling",
    (HANDLE, "strnlen(handle, LENGTH + 1) == LENGTH", "strnlen(handle, LENGTH + 1) >= LENGTH"),
)
bug(
    "handle-good-if-not-checked",
    "unit/lib/handle_faults",
    "what cannot be checked is accepted",
    (HANDLE, "\treturn put_owner(&content, who)\n\t\t&&", "\treturn !put_owner(&content, who)\n\t\t||"),
)
bug(
    "handle-without-randomness",
    "unit/lib/handle_faults",
    "two handles of a name, as random numbers fail",
    (HANDLE, "sizeof made.body.name) != 0) {", "sizeof made.body.name) > 0) {"),
)
bug(
    "handle-key-without-randomness",
    "unit/lib/handle_faults",
    "a key of zeros, as random numbers fail",
    (HANDLE, "handles->key, sizeof handles->key) == 0\n", "handles->key, sizeof handles->key) <= 0\n"),
)
bug(
    "handle-left-where-none-is-made",
    "unit/lib/handle_faults",
    "a failed call hands out what stood there before",
    (HANDLE, "\t*handle = '\\0';\n", ""),
)
bug(
    "handle-key-of-sixteen-bytes",
    "unit/lib/handle",
    "a key that can be guessed",
    (HANDLE, "#define KEY_LENGTH_MIN 32", "#define KEY_LENGTH_MIN 16"),
)
bug(
    "handle-key-stays",
    "unit/lib/handle_faults",
    "T45: a key in memory that is given back",
    (HANDLE, "\t\tmcpauth__wipe(handles->key, sizeof handles->key);\n", ""),
)
bug(
    "handle-seal-stays",
    "unit/lib/handle_faults",
    "T45: the seal that a forged handle ought to have stays on the stack",
    (HANDLE, "\tmcpauth__wipe(seal, sizeof seal);\n", ""),
)
bug(
    "derived-key-half-stays",
    "unit/lib/handle_faults",
    "T45: what all keys of a secret are made from stays on the stack",
    (HASH, "\tmcpauth__wipe(extracted, sizeof extracted);\n", ""),
)
bug(
    "derived-key-of-a-part",
    "unit/lib/hash",
    "of a long secret a few bytes count",
    (HASH, "secret->length <= UINT_MAX", "true"),
)
bug(
    "handle-end-wraps",
    "unit/lib/handle",
    "near the end of all time a handle is over before it began",
    (HANDLE, " || now > INT64_MAX - (int64_t)handles->lifetime\n", "\n"),
    (HANDLE, ": now + handles->lifetime;",
     ": (int64_t)((uint64_t)now + handles->lifetime);"),
)
