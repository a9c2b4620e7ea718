"""What the client keeps: the record, of each key one holder, files and the keyring."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

RECORD = "lib/client/storage/credentials.c"
READ = "lib/client/storage/credentials_read.c"
WRITE = "lib/client/storage/credentials_write.c"
TURNS = "lib/client/storage/key_turns.c"
STORAGE = "lib/client/storage/token_storage.c"
CUSTOM = "lib/client/storage/token_storage_custom.c"
MEMORY = "lib/client/storage/token_storage_memory.c"
FILE = "lib/client/storage/token_storage_file.c"
OWN = "lib/client/storage/own_file.c"
LOCK = "lib/client/storage/file_lock.c"
KEYRING = "lib/client/storage/token_storage_keyring.c"
JSON = "lib/base/json_write.c"

CREDENTIALS = "unit/lib/client_credentials"
UNIT = "unit/lib/token_storage"
FILES = "unit/lib/token_storage_file"
PROCESSES = "unit/lib/token_storage_processes"
RING = "unit/lib/token_storage_keyring"

bug(
    "record-copy-without-dpop",
    CREDENTIALS,
    "a copied token that is bound is shown as Bearer",
    (RECORD, "\tto->is_dpop = from->is_dpop;\n", ""),
)
bug(
    "record-secrets-stay",
    CREDENTIALS,
    "secrets are given back as they are",
    (RECORD, "\t\t\tmcpauth__wipe(*text, strlen(*text));\n", ""),
)
bug(
    "record-without-an-end",
    CREDENTIALS,
    "a server that moves from issuer to issuer fills the storage",
    (
        RECORD,
        "\tif (credentials->registration_count == MCPAUTH__REGISTRATION_LIMIT) {\n",
        "\tif (credentials->registration_count == 2 * MCPAUTH__REGISTRATION_LIMIT) {\n",
    ),
)
bug(
    "record-one-issuer-twice",
    CREDENTIALS,
    "the registration that was refused is found again",
    (RECORD, "\tmcpauth__credentials_remove(credentials, registration->issuer);\n", ""),
)
bug(
    "record-issuer-by-its-beginning",
    CREDENTIALS,
    "a secret goes to an issuer whose name only begins the same",
    (
        RECORD,
        "strcmp(credentials->registrations[i].issuer, issuer) != 0",
        "strncmp(credentials->registrations[i].issuer, issuer,\n"
        "strlen(credentials->registrations[i].issuer)) != 0",
    ),
)
bug(
    "record-of-any-version",
    CREDENTIALS,
    "what a newer library kept is overwritten",
    (READ, "\tif (version != MCPAUTH__RECORD_VERSION) {", "\tif (version < 0) {"),
)
bug(
    "record-of-a-wrong-type",
    CREDENTIALS,
    "a damaged record is taken for one without that member",
    (READ, "member->is_needed || mcpauth__json_has(json, member->name)", "member->is_needed"),
)
bug(
    "record-without-what-it-needs",
    CREDENTIALS,
    "a token of no issuer goes to any",
    (READ, "member->is_needed || mcpauth__json_has", "mcpauth__json_has"),
)
bug(
    "record-read-leaves-secrets",
    CREDENTIALS,
    "the tree that was read is not wiped",
    (READ, "\tmcpauth__json_delete_wiped(json);", "\tcJSON_Delete(json);"),
)
bug(
    "record-that-cannot-be-read",
    CREDENTIALS,
    "what was written is damage the next time",
    (
        WRITE,
        "\tif (!mcpauth__json_is_readable(text->data, text->length, MCPAUTH__JSON_DEPTH_LIMIT)) {",
        "\tif (text->length == 0) {",
    ),
)
bug(
    "record-time-out-of-reach",
    CREDENTIALS,
    "a time that an issuer made up bricks the storage",
    (WRITE, "seconds < SECONDS_LIMIT ? seconds : SECONDS_LIMIT", "seconds"),
)
bug(
    "record-document-of-any-length",
    CREDENTIALS,
    "long metadata keeps out the tokens",
    (WRITE, "|| strlen(value) <= MCPAUTH__KEPT_METADATA_LIMIT)", "|| value != NULL)"),
)
bug(
    "record-unescaped",
    CREDENTIALS,
    "a quote in a token ends it",
    (JSON, "character >= 0x20 && character != '\"'", "character >= 0x20"),
)
bug(
    "turns-for-all",
    UNIT,
    "two threads refresh with one refresh token",
    (TURNS, "\twhile (first_of(turns, turn->key) != turn) {", "\twhile (turns->first == NULL) {"),
)
bug(
    "turns-without-a-word",
    UNIT,
    "who waits is not told that it is his turn",
    (TURNS, "\tpthread_cond_broadcast(&turns->ended);\n", ""),
)
bug(
    "storage-held-after-failure",
    UNIT,
    "a lock that fails once fails for ever",
    (
        STORAGE,
        "\tif (code != MCPAUTH_OK) {\n\t\tmcpauth__key_turns_end(&storage->holders, &holder->turn);"
        "\n\t\tfree(holder);",
        "\tif (code == MCPAUTH_PENDING) {\n"
        "\t\tmcpauth__key_turns_end(&storage->holders, &holder->turn);\n\t\tfree(holder);",
    ),
)
bug(
    "storage-of-any-length",
    UNIT,
    "what cannot be read again is kept",
    (
        STORAGE,
        "\tenum mcpauth_code code = mcpauth__credentials_write(credentials, &text, err);\n"
        "\tif (code == MCPAUTH_OK && text.length > MCPAUTH__KEPT_TEXT_LIMIT) {",
        "\tenum mcpauth_code code = mcpauth__credentials_write(credentials, &text, err);\n"
        "\tif (code == MCPAUTH_OK && text.length == 0) {",
    ),
)
bug(
    "storage-never-empty",
    UNIT,
    "what is forgotten leaves its key behind",
    (STORAGE, "\tif (are_empty(credentials)) {", "\tif (false && are_empty(credentials)) {"),
)
bug(
    "storage-calls-at-once",
    UNIT,
    "a program's callbacks meet in one entry",
    (
        STORAGE,
        "\tmcpauth__key_turns_begin(&storage->calls, &call);\n\tenum mcpauth_code code ="
        " storage->keeper.load(storage->keeper.user, key, text, err);\n"
        "\tmcpauth__key_turns_end(&storage->calls, &call);\n",
        "\t(void)call;\n\tenum mcpauth_code code ="
        " storage->keeper.load(storage->keeper.user, key, text, err);\n",
    ),
)
bug(
    "storage-programs-text-unwiped",
    UNIT,
    "what the program loaded is given back as it is",
    (CUSTOM, "\t\tmcpauth__wipe(kept, strlen(kept));\n", ""),
)
bug(
    "storage-half-a-lock",
    UNIT,
    "lock without unlock is called, and unlock is nobody's",
    (CUSTOM, "(config->lock == NULL) == (config->unlock == NULL)", "true"),
)
bug(
    "storage-memory-unwiped",
    UNIT,
    "secrets stay on the heap",
    (MEMORY, "\t\tmcpauth__wipe(entry->text, strlen(entry->text));\n", "\t\t(void)entry;\n"),
)
bug(
    "file-for-others-too",
    FILES,
    "a file that others may read is used",
    (OWN, "#define OTHERS 0077", "#define OTHERS 0007"),
)
bug(
    "file-of-somebody-else",
    FILES,
    "a file that somebody else laid there is used",
    (OWN, "\tif (about.st_uid != geteuid()) {", "\tif (about.st_uid == (uid_t)-1) {"),
)
bug(
    "file-behind-a-link",
    FILES,
    "a symbolic link leads to a file of somebody's choice",
    (OWN, "O_NOCTTY | O_NOFOLLOW | O_NONBLOCK", "O_NOCTTY | O_NONBLOCK"),
)
bug(
    "file-named-too-soon",
    FILES,
    "a power cut leaves an empty file",
    (OWN, "\n\t\t&& sync_file(file);", ";"),
)
bug(
    "file-half-written",
    FILES,
    "a short write is taken for a whole one",
    (OWN, "\twhile (length > 0) {", "\tif (length > 0) {"),
)
bug(
    "file-leaves-its-half",
    FILES,
    "a disk that is full keeps the half of it",
    (
        OWN,
        "\t\tcode = mcpauth__file_failed(path, errno, err);\n\t\t(void)unlink(fresh.data);\n",
        "\t\tcode = mcpauth__file_failed(path, errno, err);\n",
    ),
)
bug(
    "file-stuck-after-a-crash",
    PROCESSES,
    "what a crash left stops every later save",
    (OWN, "\t(void)unlink(fresh.data);\n\tif (!put", "\tif (!put"),
)
bug(
    "file-in-place",
    PROCESSES,
    "a crash leaves half a file",
    (OWN, '"%s.new", path', '"%s", path'),
)
bug(
    "file-without-the-others",
    PROCESSES,
    "who saves one key writes back what he read of the others before",
    (
        FILE,
        "\tenum mcpauth_code code = lock(user, ALL_KEYS, &descriptor, err);",
        "\tenum mcpauth_code code = MCPAUTH_OK;\n\tdescriptor = -1;",
    ),
)
bug(
    "file-of-another-kind",
    FILES,
    "somebody else's file is replaced by one of tokens",
    (FILE, "!mcpauth__json_seconds(json, \"version\", &version) || version != VERSION", "false"),
    (FILE, "\tint64_t version;\n", ""),
    (FILE, "\treturn cJSON_IsObject(texts) && each == NULL", "\treturn each == NULL"),
)
bug(
    "file-over-its-limit",
    FILES,
    "a file is written that cannot be read again",
    (FILE, "out->length > LIMIT || ", ""),
)
bug(
    "file-wherever-the-program-is",
    FILES,
    "after chdir() the tokens are not found",
    (FILE, "\tif (path[0] != '/') {", "\tif (path[0] == '\\0') {"),
)
bug(
    "lock-of-the-process",
    PROCESSES,
    "two threads with a storage each hold one key",
    (LOCK, "while (fcntl(file, F_OFD_SETLK, &byte) != 0) {", "while (fcntl(file, F_SETLK, &byte) != 0) {"),
)
bug(
    "lock-of-a-file-that-is-gone",
    PROCESSES,
    "two hold one key, in two files of one name",
    (LOCK, "good = code == MCPAUTH_OK && is_still_there(path, *file);", "good = code == MCPAUTH_OK;"),
)
bug(
    "lock-kept-by-a-child",
    PROCESSES,
    "the browser holds the lock as long as it runs",
    (LOCK, "\t\t(void)fcntl(file, F_OFD_SETLK, &all);\n", "\t\t(void)all;\n"),
)
bug(
    "lock-of-all-keys",
    PROCESSES,
    "a login at one server stops the tokens of all others",
    (LOCK, "\t*place = (off_t)(number >> 2);", "\t*place = (off_t)(number >> 2 > 0 && *name != 0);"),
)
bug(
    "keyring-locked-is-empty",
    RING,
    "who does not unlock the keyring loses what is in it",
    (KEYRING, "\t\treturn check_absent(keyring, key, err);", "\t\treturn MCPAUTH_OK;"),
)
bug(
    "keyring-secret-unwiped",
    RING,
    "what libsecret gave is given back as it is",
    (KEYRING, "\tmcpauth__wipe(kept, strlen(kept));\n", ""),
)
bug(
    "keyring-failure-is-absence",
    RING,
    "a keyring that cannot be asked is taken for an empty one",
    (
        KEYRING,
        "\tif (error != NULL) {\n\t\treturn failed(keyring, error, err);\n\t}\n\tif (kept == NULL) {",
        "\tif (kept == NULL) {",
    ),
)
bug(
    "keyring-without-a-lock",
    RING,
    "two programs refresh with one refresh token",
    (KEYRING, ".lock = keyring->lock_path != NULL ? lock : NULL,", ".lock = keyring->lock_path == NULL ? lock : NULL,"),
)
