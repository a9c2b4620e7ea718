"""What is asked, and who may be believed (T14, T48 to T51)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ADDRESS = "lib/net/address.c"
FETCH = "lib/net/fetch.c"
PEER = "lib/net/peer.c"
TRANSFER = "lib/net/transfer.c"
URL = "lib/net/url.c"

bug(
    "redirects-followed",
    "unit/lib/transfer",
    "T48: a key server sends us into the network behind us",
    (TRANSFER, "CURLOPT_FOLLOWLOCATION, 0L", "CURLOPT_FOLLOWLOCATION, 1L"),
)
bug(
    "document-endless",
    "unit/lib/transfer",
    "T49: 256 MB of keys",
    (
        TRANSFER,
        "if (length > mcpauth__fetch_limit(transfer->fetch) - transfer->body.length) {",
        "if (false) {",
    ),
)
bug(
    "document-inflated",
    "unit/lib/transfer",
    "T49: a bomb that gzip made small",
    (TRANSFER, "CURLOPT_ACCEPT_ENCODING, NULL", 'CURLOPT_ACCEPT_ENCODING, ""'),
    (TRANSFER, "CURLOPT_HTTP_CONTENT_DECODING, 0L", "CURLOPT_HTTP_CONTENT_DECODING, 1L"),
)
bug(
    "addresses-unchecked",
    "unit/lib/reach",
    "T51: a public name for a private address",
    (
        TRANSFER,
        "&& !may_reach(transfer->fetch->reach, mcpauth__address_judge(&address->addr))) {",
        "&& address == NULL) {",
    ),
)
bug(
    "kept-connections-unchecked",
    "unit/lib/reach",
    "T51: a connection that somebody else may use",
    (
        TRANSFER,
        "&& !may_reach(transfer->fetch->reach, mcpauth__address_judge_text(their_ip))) {",
        "&& their_ip == NULL) {",
    ),
)
bug(
    "reach-loopback-anywhere",
    "unit/lib/reach",
    "T51: plain http to a host that is called local",
    (TRANSFER, "return kind == MCPAUTH__ADDRESS_LOOPBACK;", "return true;"),
    allowed="RFC 6761 section 6.3: names under localhost are never asked of a name server, "
    "and libcurl answers them itself; this check is the second one",
)
bug(
    "certificate-unchecked",
    "unit/lib/reach",
    "TLS: anybody's certificate",
    (TRANSFER, "CURLOPT_SSL_VERIFYPEER, 1L", "CURLOPT_SSL_VERIFYPEER, 0L"),
)
bug(
    "certificate-of-another-name",
    "unit/lib/reach",
    "TLS: a certificate for another host",
    (TRANSFER, "CURLOPT_SSL_VERIFYHOST, 2L", "CURLOPT_SSL_VERIFYHOST, 0L"),
)
bug(
    "proxy-from-environment",
    "unit/lib/reach",
    "T14: the environment says who reads along",
    (
        TRANSFER,
        'transfer->uses_proxy ? worker->proxy : "")',
        "transfer->uses_proxy ? worker->proxy : NULL)",
    ),
)
bug(
    "link-local-is-public",
    "unit/lib/address",
    "T51: a cloud's metadata service",
    (ADDRESS, "\t{0xa9fe0000, 16},", "\t{0xa9fe0000, 32},"),
)
bug(
    "translated-is-public",
    "unit/lib/address",
    "T51: 64:ff9b:: before a private address",
    (
        ADDRESS,
        "\tif (is_within(bytes, &nat64)) {\n\t\treturn judge_embedded(bytes + 12);",
        "\tif (is_within(bytes, &nat64)) {\n\t\treturn MCPAUTH__ADDRESS_PUBLIC;",
    ),
)
bug(
    "mapped-loopback",
    "unit/lib/address",
    "T51: ::ffff:127.0.0.1",
    (ADDRESS, "\t\treturn judge4(bytes + 12);", "\t\treturn judge_embedded(bytes + 12);"),
)
bug(
    "host-two-spellings",
    "unit/lib/url",
    "T51: 0x7f.1 is judged as a name",
    (URL, "} else if (!is_same_host(&parts->host, host)) {", "} else if (host == NULL) {"),
)
bug(
    "url-with-user",
    "unit/lib/url",
    "T51: good.example@evil.example",
    (URL, "\tif (url.has_user) {\n\t\tcode", "\tif (false) {\n\t\tcode"),
)
bug(
    "url-plain-http",
    "unit/lib/url",
    "T51: keys over plain http",
    (URL, "&& !allow_http\n\t\t&& !mcpauth__url_is_loopback(&url)) {", "&& false) {"),
)
bug(
    "learnt-plain-http",
    "unit/lib/reach",
    "T51: a document sends us to plain http",
    (
        FETCH,
        'if (strcmp(url->scheme, "https") != 0) {\n\t\treturn mcpauth__fail(err, '
        'MCPAUTH_E_ADDRESS_REFUSED, "it is not https");',
        'if (false) {\n\t\treturn mcpauth__fail(err, MCPAUTH_E_ADDRESS_REFUSED, "it '
        'is not https");',
    ),
)
bug(
    "learnt-is-configured",
    "unit/lib/reach",
    "T51: a document sends us to private addresses",
    (FETCH, "if (!is_own) {", "if (false && !is_own) {"),
)
bug(
    "jwks-uri-is-configured",
    "unit/lib/metadata",
    "T51: likewise, where metadata name the keys",
    (
        "lib/metadata/server_source.c",
        "return good && copy_text(source->host, learnt_from);",
        "return good;",
    ),
)
bug(
    "metadata-of-another-issuer",
    "unit/lib/server_checks",
    "T51: one issuer speaks for another",
    (
        "lib/metadata/server_checks.c",
        "if (strcmp(asked, named) == 0) {",
        "if (strncmp(asked, named, strlen(asked)) == 0) {",
    ),
)
bug(
    "authority-for-mail",
    "unit/lib/certificate_chain",
    "T51: who may sign for mail alone signs for the issuer",
    (
        PEER,
        "for (unsigned i = 1; good && i < chain->length; i++) {",
        "for (unsigned i = 1; i < 1; i++) {",
    ),
)
bug(
    "common-name-beside-mail",
    "unit/lib/certificate_chain",
    "T51: a name that no authority has checked",
    (PEER, "if (kind == GNUTLS_SAN_DNSNAME || kind == GNUTLS_SAN_IPADDRESS) {", "if (kind >= 0) {"),
)
bug(
    "list-of-changes-alone",
    "unit/lib/certificate_chain",
    "T51: revoked, but not since the last list",
    ("lib/net/crl_scope.c", "critical == 0 && strcmp(oid, DELTA_OID) != 0", "critical <= 1"),
)
bug(
    "list-of-another-part",
    "unit/lib/certificate_chain",
    "T51: revoked, but on another list of the same authority's",
    (
        "lib/net/crl_scope.c",
        "if (name.tag == URI && is_place_of(certificate, &name.value)) {",
        "if (name.tag == URI || is_place_of(certificate, &name.value)) {",
    ),
)
bug(
    "list-of-a-namesake",
    "unit/lib/certificate_chain",
    "T51: whoever brings the lists writes them himself",
    (
        "lib/net/revocation.c",
        "(GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_SIGNER_NOT_FOUND)) == 0;",
        "0u) == 0;",
    ),
)
bug(
    "doubt-without-an-end",
    "unit/lib/renewal_bound",
    "T47: forged tokens make the metadata be fetched again and again",
    (
        "lib/net/document.c",
        ">= (int64_t)document->times.cooldown * 1000;",
        ">= 0;",
    ),
)
