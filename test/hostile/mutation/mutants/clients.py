"""How this server proves to other servers who it is (RFC 6749, 7521, 7523)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

CLIENT = "lib/endpoint/client_proof.c"
SIGNER = "lib/jose/signer.c"
FILE = "lib/base/file.c"
EXCHANGE = "lib/token_exchange.c"

bug(
    "assertion-for-anybody",
    "unit/lib/client_proof",
    "an assertion's aud is the client itself",
    (
        CLIENT,
        '{"aud", audience != NULL ? audience : client->default_audience}',
        '{"aud", client->id}',
    ),
)
bug(
    "assertion-audience-ignored",
    "unit/lib/client_proof",
    "aud is the endpoint, whatever was said",
    (
        CLIENT,
        '{"aud", audience != NULL ? audience : client->default_audience}',
        '{"aud", client->default_audience}',
    ),
)
bug(
    "assertion-for-ever",
    "unit/lib/client_proof",
    "an assertion without exp",
    (
        CLIENT,
        '",\\"jti\\":\\"%s\\",\\"iat\\":%" PRId64 ",\\"exp\\":%" PRId64 "}"',
        '",\\"jti\\":\\"%s\\",\\"iat\\":%" PRId64 ",\\"nbf\\":%" PRId64 "}"',
    ),
)
bug(
    "assertion-for-hours",
    "unit/lib/client_proof",
    "an assertion is good for an hour",
    (CLIENT, "#define ASSERTION_SECONDS 60", "#define ASSERTION_SECONDS 3600"),
)
bug(
    "assertion-again",
    "unit/lib/client_proof",
    "the same jti in each assertion",
    (
        CLIENT,
        "\tmcpauth__base64url_encode(number, sizeof number, jti);",
        "\tmemset(number, 1, sizeof number);\n"
        "\tmcpauth__base64url_encode(number, sizeof number, jti);",
    ),
)
bug(
    "assertion-without-randomness",
    "unit/lib/client_proof",
    "what lies on the stack is taken for a random number",
    (CLIENT, "number, sizeof number) < 0", "number, sizeof number) > 0"),
)
bug(
    "bearer-as-basic",
    "unit/lib/client_proof",
    "a bearer token sent as Basic",
    (CLIENT, 'mcpauth__buf_puts(value, "Bearer ")', 'mcpauth__buf_puts(value, "Basic ")'),
)
bug(
    "bearer-breaks-the-line",
    "unit/lib/client_proof",
    "T40: a bearer token with a line's end in it",
    (CLIENT, "\tif (!mcpauth__is_b64token(client->bearer_token)) {", "\tif (false) {"),
)
bug(
    "secret-beside-the-key",
    "unit/lib/client_proof",
    "what would not be used is taken without a word",
    (CLIENT, "if (is_given && (fields[i].used & method) == 0) {", "if (false) {"),
)
bug(
    "assertion-not-wiped",
    "unit/lib/client_proof",
    "T45: an assertion in a core dump",
    (CLIENT, "mcpauth__buf_wipe(&assertion);", "mcpauth__buf_finish(&assertion);"),
)
bug(
    "client-secret-not-wiped",
    "unit/lib/client_proof",
    "T45: a client's secret in a core dump",
    (CLIENT, "mcpauth__buf_wipe(&proof->form);", "mcpauth__buf_finish(&proof->form);"),
)
bug(
    "signature-not-padded",
    "unit/lib/signer",
    "RFC 7518 section 3.4: r and s as short as they are",
    (SIGNER, "memcpy(out + size - length,", "memcpy(out,"),
)
bug(
    "signature-as-der",
    "unit/lib/signer",
    "T6: an ECDSA signature as GnuTLS makes it",
    (SIGNER, "(signer->kind->half > 0 ? append", "(signer->kind->half > 66 ? append"),
)
bug(
    "signing-key-of-1024-bits",
    "unit/lib/signer",
    "T9: signing with a short RSA key",
    (SIGNER, "#define RSA_BITS_MIN 2048", "#define RSA_BITS_MIN 1024"),
)
bug(
    "signing-algorithm-of-another-key",
    "unit/lib/signer",
    "T11: an algorithm that the private key is not for",
    (SIGNER, "(kind->algorithms & MCPAUTH__ALGORITHM_BIT(signer->algorithm)) == 0", "false"),
)
bug(
    "secret-with-its-newline",
    "unit/lib/file",
    "a secret that no server knows",
    (FILE, "\tdrop_newline(text);\n", ""),
)
bug(
    "secret-cut-short",
    "unit/lib/file",
    "T34: what comes behind a NUL is not part of the secret",
    (FILE, "memchr(text->data, '\\0', text->length) != NULL", "false"),
)
bug(
    "waits-for-a-fifo",
    "unit/lib/file",
    "a start that waits for ever",
    (FILE, "O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK", "O_RDONLY | O_CLOEXEC | O_NOCTTY"),
)
bug(
    "exchange-forgets-the-bearer",
    "integration/delegation",
    "another field is sent as the bearer token",
    (EXCHANGE, ".bearer_token = config->bearer_token,", ".bearer_token = config->audience,"),
)
