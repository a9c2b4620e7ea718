"""What is remembered: tokens, refusals, documents; and what is forgotten (T45, T47, T50, T53)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

DOCUMENT = "lib/net/document.c"
LAST = "lib/token/last_token.c"
QUICK_MAC = "lib/base/quick_mac.c"
REFUSED = "lib/token/refused.c"
TABLE_C = "lib/token/digest_table.c"
VERDICT = "lib/token/verdict.h"
VERIFIER = "lib/token/verifier.c"

bug(
    "cache-without-trust",
    "unit/lib/digest_table",
    "T31: accepted here, so accepted everywhere",
    (TABLE_C, "key->words[REST_WORDS] = trust;", "key->words[REST_WORDS] = trust & 0;"),
)
bug(
    "cache-half-a-hash",
    "unit/lib/digest_table",
    "T45: tokens whose hashes begin alike",
    (
        TABLE_C,
        "for (size_t i = 0; i < REST_WORDS; i++) {\n\t\tdifference",
        "for (size_t i = 2; i < REST_WORDS; i++) {\n\t\tdifference",
    ),
)
bug(
    "cache-beyond-exp",
    "unit/lib/cache",
    "T27: what is remembered never expires",
    (
        VERIFIER,
        "if (found != NULL\n\t\t&& mcpauth__claims_check_times(",
        "if (found != NULL\n\t\t&& false && mcpauth__claims_check_times(",
    ),
)
bug(
    "cache-for-ever",
    "unit/lib/cache",
    "T50: a verdict without an end",
    (VERDICT, "return now < (int64_t)record[MCPAUTH__VERDICT_UNTIL]", "return now != INT64_MIN"),
)
bug(
    "cache-of-removed-keys",
    "unit/lib/cache",
    "T50: tokens of a key that was taken away",
    (
        "lib/token/issuer.c",
        "return mcpauth__key_source_generation(issuer->keys, now) == generation;",
        "return mcpauth__key_source_generation(issuer->keys, now) != 0 && generation != 0;",
    ),
)
bug(
    "cache-of-stale-keys",
    "unit/lib/cache",
    "T53: tokens outlive the stale keys",
    (
        DOCUMENT,
        "return now < serves_until ? generation : NO_GENERATION;",
        "return now != INT64_MIN ? generation : NO_GENERATION;",
    ),
)
bug(
    "cache-of-giants",
    "unit/lib/verifier",
    "T24: a cache full of trees takes gigabytes",
    (VERIFIER, "\n\t\t|| mcpauth__arena_size(&identity->arena) > REMEMBERED_SIZE) {", ") {"),
)
bug(
    "last-token-by-its-length",
    "unit/lib/last_token",
    "T45: any token as long as the one before",
    (
        LAST,
        "\t\t|| !mcpauth__quick_tags_are_equal(&tag, &note.tag)) {",
        "\t\t|| (mcpauth__quick_tags_are_equal(&tag, &note.tag), false)) {",
    ),
)
bug(
    "last-token-by-half-a-mac",
    "unit/lib/quick_mac",
    "T45: texts whose MACs begin alike",
    (
        "lib/base/quick_mac.h",
        "((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1])) == 0",
        "(a->words[0] ^ b->words[0]) == 0",
    ),
)
bug(
    "last-token-beside-another",
    "unit/lib/last_token",
    "T45: the digest of another token, half written",
    (QUICK_MAC, "make_nonce(nonce, text->digest);", "make_nonce(nonce, text->text);"),
)
bug(
    "last-token-beside-half-another",
    "unit/lib/quick_mac",
    "T45: the digest of another token, of which one word is written",
    (QUICK_MAC, "nonce[2] = words[2] ^ words[5];", "nonce[2] = words[2];"),
)
bug(
    "last-token-of-a-short-one",
    "unit/lib/quick_mac",
    "a token that key and tag give away",
    ("lib/base/quick_mac.h", "#define MCPAUTH__QUICK_MAC_LEAST 128", "#define MCPAUTH__QUICK_MAC_LEAST 1"),
)
bug(
    "last-token-of-another-shape",
    "unit/lib/last_token",
    "what is opaque is taken for a JWT",
    (LAST, "presented->progress->has_shape = note.has_shape != 0;", "presented->progress->has_shape = true;"),
)
bug(
    "last-token-forgotten",
    "unit/lib/last_token",
    "while threads are busy each token is hashed twice again",
    (LAST, "\t\tif (note.has_tag == 0) {\n\t\t\treturn;", "\t\tif (false) {\n\t\t\treturn;"),
)
bug(
    "last-token-never-known",
    "unit/lib/last_token",
    "each request hashes a token that its connection knows",
    (LAST, "if (note.has_tag == 0 ||", "if (note.has_tag < 2 ||"),
)
bug(
    "last-token-of-nobody",
    "unit/middleware/connection",
    "each request hashes a token that its connection knows",
    ("middleware/stages/bearer.c", "\trequest.last = &exchange->last_token;\n", ""),
)
bug(
    "quick-mac-without-a-key",
    "unit/lib/quick_mac",
    "T45: MACs that anybody can make",
    (
        QUICK_MAC,
        "if (gnutls_rnd(GNUTLS_RND_KEY, made->key, sizeof made->key) < 0) {",
        "if (gnutls_rnd(GNUTLS_RND_KEY, made->handles[0].pad, 16) < 0) {",
    ),
)
bug(
    "quick-mac-handle-of-two",
    "unit/lib/quick_mac",
    "two threads in one cipher's handle",
    (
        QUICK_MAC,
        "if (!atomic_exchange_explicit(&handle->is_taken, true, memory_order_acquire)) {",
        "if (!atomic_exchange_explicit(&handle->is_taken, false, memory_order_acquire)) {",
    ),
)
bug(
    "quick-mac-handle-kept",
    "unit/lib/quick_mac",
    "after a while nothing is known again",
    (
        QUICK_MAC,
        "atomic_store_explicit(&handle->is_taken, false, memory_order_release);",
        "atomic_store_explicit(&handle->is_taken, true, memory_order_release);",
    ),
)
bug(
    "refused-once-by-its-mark",
    "unit/lib/refused",
    "a mark that another took over makes each look a signature",
    (
        VERIFIER,
        "{\n\t\tcode = recall_refusal(verifier, recognition, err);\n\t}\n\treturn code;",
        "{\n\t\tcode = MCPAUTH_OK;\n\t}\n\treturn code;",
    ),
)
bug(
    "refused-too-long",
    "unit/lib/refused",
    "T50: a refusal outlives its reason",
    (VERIFIER, "#define REFUSED_MS 10000", "#define REFUSED_MS 10000000"),
)
bug(
    "refused-despite-new-keys",
    "unit/lib/refused",
    "T50: a new key is not seen in time",
    (REFUSED, "by_keys ? end_of(entry) : entry->until", "by_keys ? entry->until : entry->until"),
)
bug(
    "refused-not-yet-valid",
    "unit/lib/refused",
    "T28: refused a moment after it became valid",
    (
        REFUSED,
        "\tcase MCPAUTH_E_EXPIRED:\n\tcase MCPAUTH_E_INVALID_CLAIM:",
        "\tcase MCPAUTH_E_EXPIRED:\n\tcase MCPAUTH_E_NOT_YET_VALID:\n\tcase "
        "MCPAUTH_E_INVALID_CLAIM:",
    ),
)
bug(
    "refused-by-the-program",
    "unit/lib/refused",
    "the program's check may think better of it",
    (
        REFUSED,
        "\tcase MCPAUTH_E_BOUND_TOKEN:\n",
        "\tcase MCPAUTH_E_BOUND_TOKEN:\n\tcase MCPAUTH_E_CLAIM_CHECK:\n",
    ),
)
bug(
    "refused-by-a-wrong-clock",
    "unit/lib/refused",
    "a clock that is set back heals expiry",
    (REFUSED, " || real < (int64_t)record[SINCE]) {", ") {"),
)
bug(
    "kid-flood",
    "unit/lib/verifier",
    "T47: a fetch for every unknown kid",
    (
        DOCUMENT,
        "\n\t\t&& now - document->fetched_at >= (int64_t)document->times.cooldown * 1000;",
        ";",
    ),
)
bug(
    "fetch-for-each",
    "unit/lib/document",
    "T47: a fetch for everybody who waits",
    (DOCUMENT, "if (document->fetching || (document->failures", "if ((document->failures"),
)
bug(
    "no-backoff",
    "unit/lib/document",
    "T47: a server that is down is asked for each token",
    (DOCUMENT, "(document->failures > 0 && now < document->retry_at)) {", "false) {"),
)
bug(
    "stale-for-ever",
    "unit/lib/document",
    "T53: keys of an issuer that is gone",
    (
        DOCUMENT,
        "return document->value != NULL && now < atomic_load(&document->serves_until);",
        "return document->value != NULL && now != INT64_MIN;",
    ),
)
bug(
    "max-age-zero",
    "unit/lib/document_age",
    "T47: a header makes us fetch all the time",
    (DOCUMENT, "\t\treturn times->fresh_min;", "\t\treturn max_age;"),
)
bug(
    "max-age-endless",
    "unit/lib/document_age",
    "T50: a header keeps a removed key",
    (
        DOCUMENT,
        "return max_age < times->fresh_max ? max_age : times->fresh_max;",
        "return max_age;",
    ),
)
bug(
    "any-status",
    "unit/lib/document",
    "T48: the body of a redirect is a key set",
    (
        DOCUMENT,
        "response->code == MCPAUTH_OK && response->status == 200)",
        "response->code == MCPAUTH_OK && response->status < 400)",
    ),
)

bug(
    "changed-keys-of-one-generation",
    "unit/lib/document_age",
    "T50: a key was taken out of the set, and what it signed is believed on",
    (DOCUMENT, "had_one && memcmp(document->digest, digest, sizeof digest) == 0;", "had_one;"),
)
bug(
    "the-first-text-for-ever",
    "unit/lib/document_age",
    "T50: keys that come back are taken for those before",
    (
        DOCUMENT,
        "\tmemcpy(document->digest, digest, sizeof digest);\n",
        "\tif (!had_one) {\n\t\tmemcpy(document->digest, digest, sizeof digest);\n\t}\n",
    ),
)
bug(
    "no-hash-is-the-same-hash",
    "unit/lib/document_age",
    "T50: without memory for a moment, other keys are taken for those before",
    (
        DOCUMENT,
        "\tif (!document->has_digest) {\n\t\treturn false;",
        "\tif (!document->has_digest) {\n\t\treturn had_one;",
    ),
)
bug(
    "no-hash-leaves-the-old-one",
    "unit/lib/document_age",
    "T50: keys that come back are taken for those of which there was no hash",
    (
        DOCUMENT,
        "\tdocument->has_digest = mcpauth__sha256(response->body, response->length, digest);\n"
        "\tif (!document->has_digest) {",
        "\tbool is_told = mcpauth__sha256(response->body, response->length, digest);\n"
        "\tdocument->has_digest = had_one || is_told;\n\tif (!is_told) {",
    ),
)
bug(
    "newer-keys-under-the-older-generation",
    "unit/lib/cache",
    "T47: what newer keys verified is verified at every request",
    (
        "lib/endpoint/key_source.c",
        "\t\treturn check_signature(jws, &keys, generation, err);",
        "\t\treturn check_signature(jws, &keys, &(uint64_t){0}, err);",
    ),
)
bug(
    "each-fetch-a-generation",
    "unit/lib/cache",
    "T47: a flood of forged tokens has each kept one verified anew",
    (DOCUMENT, "\tif (!unchanged) {", "\tif (unchanged || !unchanged) {"),
)
bug(
    "a-new-place-waits",
    "faults/endpoints/key_rotation",
    "T50: keys that moved are asked for only when the old place's pause is over",
    ("lib/net/document.c", "\tif (landed) {", "\tif (!landed) {"),
)
bug(
    "a-new-place-at-every-look",
    "faults/endpoints/key_rotation",
    "T47: a place that fails is asked as often as somebody asks",
    ("lib/endpoint/key_source.c", "\tif (tried != named &&", "\tif ("),
)
bug(
    "wipe-nothing",
    "unit/lib/wipe",
    "T45: secrets stay in memory",
    ("lib/base/wipe.c", "if (length > 0) {\n\t\tset(", "if (length == 1u) {\n\t\tset("),
)
bug(
    "wipe-not-the-signature",
    "unit/lib/wiping",
    "T45: a whole token in a core dump",
    ("lib/jose/jws.c", "if (jws->secret != NULL) {", "if (false) {"),
)
bug(
    "wipe-not-the-info",
    "unit/lib/wiping",
    "T45: a whole token in a core dump",
    ("lib/token/auth_info.c", "\t\tmcpauth__wipe(kept->token, kept->token_length);\n", ""),
)
bug(
    "wipe-not-the-inquiry",
    "unit/lib/wiping_places",
    "T45: a whole token in a core dump",
    ("lib/token/inquiry.c", "\tmcpauth__wipe(inquiry->token, inquiry->token_length);\n", ""),
)
bug(
    "wipe-not-the-wait",
    "unit/lib/wiping_places",
    "T45: a whole token in a core dump",
    ("lib/verification.c", "\tmcpauth__wipe(verification->token, verification->length);\n", ""),
)
bug(
    "wipe-not-the-headers",
    "unit/lib/wiping_places",
    "T45: a client secret in a core dump",
    ("lib/net/transfer.c", "\t\tmcpauth__wipe(line->data, strlen(line->data));\n", ""),
)
