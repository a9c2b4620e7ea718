"""Keys and signatures (T2, T5 to T15, T30)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

IMPORT = "lib/jose/jwk_import.c"
JWK = "lib/jose/jwk.c"
NAMES = "lib/jose/sign_algorithm.c"
JWKS = "lib/jose/jwks.c"

bug(
    "signature-unchecked",
    "wycheproof",
    "T2: any bytes are a signature",
    (JWK, "result >= 0 ? MCPAUTH_OK", "result != 1 ? MCPAUTH_OK"),
)
bug(
    "signature-length",
    "unit/lib/jwk",
    "T6: DER or padded halves for an ECDSA signature",
    (JWK, "\n\t\t|| data->signature_length != key->signature_length) {", ") {"),
)
bug(
    "halves-swapped",
    "wycheproof",
    "T5: r and s change places",
    (JWK, "gnutls_encode_rs_value(&encoded, &r, &s)", "gnutls_encode_rs_value(&encoded, &s, &r)"),
)
bug(
    "alg-not-of-the-key",
    "unit/lib/jwk",
    "T11: an algorithm that the key is not for",
    (
        JWK,
        "return (key->algorithms & MCPAUTH__ALGORITHM_BIT(algorithm)) != 0;",
        "return key->algorithms != 0 && algorithm != MCPAUTH__ALGORITHM_UNKNOWN;",
    ),
)
bug(
    "pss-is-pkcs1",
    "unit/lib/jwk",
    "T11: RS256 passes for PS256",
    (NAMES, "return GNUTLS_SIGN_RSA_PSS_SHA256;", "return GNUTLS_SIGN_RSA_SHA256;"),
)
bug(
    "key-alg-ignored",
    "unit/lib/jwk",
    "T11: the key's own alg is not looked at",
    (IMPORT, '\tif (mcpauth__json_has(json, "alg")) {', "\tif (false) {"),
)
bug(
    "key-use-ignored",
    "unit/lib/jwk",
    "T12: a key for encryption verifies",
    (
        IMPORT,
        'if (mcpauth__json_has(json, "use") && (use == NULL || strcmp(use, "sig") != 0)) {',
        "if (false && use != NULL) {",
    ),
)
bug(
    "key-ops-ignored",
    "unit/lib/jwk",
    "T12: likewise, by key_ops",
    (
        IMPORT,
        'if (mcpauth__json_has(json, "key_ops")',
        'if (false && mcpauth__json_has(json, "key_ops")',
    ),
)
bug(
    "private-key",
    "unit/lib/jwk",
    "a private key that was published is everybody's",
    (IMPORT, "if (is_private(json)) {", "if (false) {"),
)
bug(
    "rsa-1024",
    "unit/lib/jwk",
    "T8: moduli that can be factored",
    (IMPORT, "#define RSA_BITS_MIN 2048", "#define RSA_BITS_MIN 1024"),
)
bug(
    "rsa-endless",
    "unit/lib/jwk",
    "T9: one verification costs seconds",
    (IMPORT, " || bits > RSA_BITS_MAX", ""),
)
bug(
    "rsa-even-modulus",
    "unit/lib/jwk",
    "T8: no product of two odd primes",
    (IMPORT, " || !is_odd(&modulus)) {", ") {"),
)
bug(
    "rsa-exponent-one",
    "unit/lib/jwk",
    "T8: with e = 1 everybody can sign",
    (IMPORT, " || bits_of(&exponent) < 2) {", ") {"),
)
bug(
    "rsa-exponent-endless",
    "unit/lib/jwk",
    "T9: one verification costs seconds",
    (IMPORT, "exponent.size > 4 || ", ""),
)
bug(
    "rsa-roca",
    "unit/lib/roca",
    "T8: moduli of a broken generator (CVE-2017-15361)",
    (IMPORT, "if (mcpauth__roca_has_fingerprint(modulus.data, modulus.size)) {", "if (false) {"),
)
bug(
    "roca-one-prime",
    "unit/lib/roca",
    "T8: every second sound key refused for the fingerprint",
    (
        "lib/jose/roca.c",
        "11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};",
        "11};",
    ),
)
bug(
    "ec-point-length",
    "unit/lib/jwk",
    "T10: coordinates cut short",
    (
        IMPORT,
        "if (x.length != curve->size || y.length != curve->size) {",
        "if (x.length > curve->size || y.length > curve->size) {",
    ),
)
bug(
    "ec-off-curve",
    "unit/lib/jwk",
    "T10: a point of some weaker curve",
    (
        IMPORT,
        "if (result >= 0) {\n\t\tresult = gnutls_pubkey_verify_params",
        "if (result > 0) {\n\t\tresult = gnutls_pubkey_verify_params",
    ),
)
bug(
    "kid-ignored",
    "unit/lib/cache",
    "T15: the only key is tried whatever kid says",
    (
        JWKS,
        "return kid != NULL ? verify_named(",
        "return kid != NULL && set->count > 1 ? verify_named(",
    ),
)
bug(
    "any-key-without-kid",
    "unit/lib/jwks",
    "T11: a guess among several keys",
    (JWKS, "if (fitting->count != 1) {", "if (fitting->count == 0) {"),
)
bug(
    "kid-many-keys",
    "unit/lib/jwks",
    "T9: one token costs a thousand verifications",
    (JWKS, "#define TRIES_LIMIT 4", "#define TRIES_LIMIT 4000"),
)
bug(
    "keys-limit",
    "unit/lib/jwks",
    "T49: a set of any number of keys",
    (JWKS, "|| count > MCPAUTH__JWKS_KEY_LIMIT) {", ") {"),
)
bug(
    "key-spoils-set",
    "unit/lib/jwks",
    "T49: one unusable key takes the others with it",
    (JWKS, "\t\t\tset->skipped++;\n", "\t\t\treturn code;\n"),
)
bug(
    "issuer-algorithms",
    "unit/lib/verifier",
    "T11: an algorithm that the issuer never uses",
    (
        "lib/token/jwt_verifier.c",
        "(mcpauth__issuer_algorithms(attempt->issuer) & bit) != 0",
        "bit != 0",
    ),
)
bug(
    "bad-signature-passes",
    "unit/lib/verifier",
    "T2: only an unknown key is a refusal",
    (
        "lib/endpoint/key_source.c",
        "if (refusal == MCPAUTH_OK || refusal == MCPAUTH_E_NO_MEMORY) {",
        "if (refusal != MCPAUTH_E_UNKNOWN_KEY) {",
    ),
)
bug(
    "keys-of-another-issuer",
    "unit/lib/growth",
    "T30: all issuers share the first one's keys",
    (
        "lib/runtime.c",
        "if (mcpauth__issuer_has_config(runtime->issuers[i], config)) {",
        "if (config != NULL) {",
    ),
)
