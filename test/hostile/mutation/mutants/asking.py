"""What a client hears, whom it asks, how it proves its key (RFC 9110, RFC 9449)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ASK = "lib/client/ask.c"
CHALLENGE = "lib/client/discovery/challenge.c"
DPOP = "lib/client/dpop.c"
SIGNER = "lib/jose/signer.c"
FETCH_REQUEST = "lib/net/fetch_request.c"
TRANSFER = "lib/net/transfer.c"

bug(
    "private-by-http",
    "unit/lib/ask",
    "C19: allow_private_addresses lets plain http pass",
    (ASK, ' && strcmp(url->scheme, "https") == 0);', ");"),
)
bug(
    "loopback-from-anywhere",
    "unit/lib/ask",
    "T54: a public server sends the client to its own machine",
    (
        ASK,
        "(mcpauth__url_is_loopback(url) && mcpauth__url_is_loopback(from))",
        "mcpauth__url_is_loopback(url)",
    ),
)
bug(
    "learnt-as-configured",
    "unit/lib/ask",
    "T54: what another server named is taken for configured",
    (ASK, "get->learnt_from = *host;", "get->learnt_from = NULL;"),
)
bug(
    "asked-after-cancelling",
    "unit/lib/ask",
    "a client that was called off goes on asking",
    (
        ASK,
        "if (asker->is_cancelled != NULL && atomic_load(asker->is_cancelled)) {",
        "if (false) {",
    ),
)
bug(
    "endpoint-of-any-scheme",
    "unit/lib/ask",
    "C18: an endpoint by plain http",
    (ASK, "mcpauth__worker_allows_http(asker->worker)", "true"),
)

bug(
    "challenge-in-quotes",
    "unit/lib/challenge_read",
    "T62: a quote behind a backslash ends the string",
    (CHALLENGE, "at += *at == '\\\\' ? 1 : 0;\n\t\tif", "if"),
)
bug(
    "challenge-of-another-scheme",
    "unit/lib/challenge_read",
    "a parameter of Basic's or Digest's counts for Bearer",
    (
        CHALLENGE,
        "reader->into = heard != NULL && !heard->is_found ? heard : NULL;",
        "reader->into = heard != NULL && !heard->is_found ? heard : reader->into;",
    ),
)
bug(
    "challenge-parameter-twice",
    "unit/lib/challenge_read",
    "T62: of two values the last one counts",
    (CHALLENGE, "if (into->times[i]++ == 0) {", "if (into->times[i]++ < 9) {"),
)
bug(
    "challenge-half-a-value",
    "unit/lib/challenge_read",
    "https is taken for the URL behind it",
    (CHALLENGE, " || !is_at_end_of_element(reader->at)) {", ") {"),
)
bug(
    "challenge-second-bearer",
    "unit/lib/challenge_read",
    "a later challenge says more about an earlier one",
    (CHALLENGE, "heard != NULL && !heard->is_found ? heard : NULL;", "heard;"),
)
bug(
    "challenge-token68",
    "unit/lib/challenge_read",
    "what follows a token68 is taken for its parameters",
    (
        CHALLENGE,
        "\t\treader->takes_parameters = false;\n\t\treturn true;",
        "\t\treturn true;",
    ),
)
bug(
    "challenge-endless",
    "unit/lib/challenge_read",
    "T62: a header of any size is read",
    (CHALLENGE, "if (length > left) {", "if (false) {"),
)
bug(
    "challenge-line-ends",
    "unit/lib/challenge_read",
    "a line's end between quotes",
    (CHALLENGE, "(code >= 0x20 && code != 0x7f)", "(code > 0 && code != 0x7f)"),
)

bug(
    "proof-with-query",
    "unit/lib/dpop",
    "RFC 9449 section 4.2: htu with the query",
    (DPOP, 'size_t end = strcspn(url, "?#");', 'size_t end = strcspn(url, "#");'),
)
bug(
    "proof-again",
    "unit/lib/dpop",
    "RFC 9449 section 11.1: the same jti in each proof",
    (
        DPOP,
        "mcpauth__base64url_encode(number,",
        "(void)number;\n\tmcpauth__base64url_encode((const unsigned char *)\"0123456789abcdef\",",
    ),
)
bug(
    "proof-without-token",
    "unit/lib/dpop",
    "RFC 9449 section 7: a proof for any token",
    (DPOP, 'add(claims, "ath", token != NULL ? hash : NULL)', 'add(claims, "ath", NULL)'),
)
bug(
    "proof-with-user",
    "unit/lib/dpop",
    "a password in htu",
    (DPOP, "if (code == MCPAUTH_OK && url.has_user) {", "if (false) {"),
)
bug(
    "nonce-of-another-port",
    "unit/lib/dpop",
    "RFC 9449 section 8.2: a nonce goes to another origin",
    (DPOP, "url->host, mcpauth__url_port(url));", "url->host, 0u);"),
)
bug(
    "nonce-of-any-text",
    "unit/lib/dpop",
    "RFC 9449 section 8.1: what is no nonce is repeated",
    (DPOP, "nonce == NULL || !is_nonce(nonce)", "nonce == NULL"),
)
bug(
    "nonces-without-end",
    "unit/lib/dpop",
    "the newest goes instead of the oldest",
    (DPOP, "\t\tplace = 0;", "\t\tplace = NONCE_LIMIT - 1;"),
)
bug(
    "proof-key-not-wiped",
    "unit/lib/dpop",
    "T45: the key of DPoP in a core dump",
    (DPOP, "\t\tmcpauth__wipe(dpop->pem, strlen(dpop->pem));", ""),
)
bug(
    "public-number-cut",
    "unit/lib/signer",
    "RFC 7518 section 6.2.1.2: x as long as it happens to be",
    (
        SIGNER,
        "put_number(&x, signer->x, signer->kind->half);",
        "memcpy(signer->x, x.data, x.size > 66 ? 66 : x.size);",
    ),
)

bug(
    "nonce-of-two",
    "unit/lib/post",
    "of two nonces in an answer the last one counts",
    (TRANSFER, "\t\t&& header->amount == 1) {", "\t\t&& header->amount >= 1) {"),
)
bug(
    "nonce-too-long",
    "unit/lib/post",
    "a nonce that was cut is another one",
    (
        FETCH_REQUEST,
        "bool is_nonce = length > 0 && length < sizeof fetch->nonce;",
        "length = length < sizeof fetch->nonce ? length : sizeof fetch->nonce - 1;\n"
        "\tbool is_nonce = length > 0;",
    ),
)
bug(
    "nonce-with-blanks",
    "unit/lib/post",
    "RFC 9449 section 8.1: a nonce of any characters",
    (FETCH_REQUEST, "is_nonce = nonce[i] > 0x20 &&", "is_nonce = nonce[i] >= 0x20 &&"),
)
bug(
    "form-as-json",
    "unit/lib/post",
    "a registration goes as a form",
    (
        "lib/net/fetch.c",
        "post->content_type != NULL ? post->content_type",
        "post->content_type == post->body ? post->content_type",
    ),
)
