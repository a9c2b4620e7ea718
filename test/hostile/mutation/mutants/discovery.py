"""How a client finds a server's authorization server (RFC 9728, RFC 8414)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

RESOURCE = "lib/client/discovery/resource_metadata.c"
SERVER = "lib/client/discovery/authorization_server.c"
SCOPES = "lib/client/discovery/scopes.c"
SEARCH = "lib/client/discovery/search.c"
MEMBERS = "lib/client/discovery/members.c"

bug(
    "resource-of-anybody",
    "unit/lib/resource_metadata_read",
    "T55: metadata of another resource is believed",
    (RESOURCE, "if (code == MCPAUTH_E_NO_MEMORY || speaks) {", "if (true) {"),
)
bug(
    "resource-by-prefix",
    "unit/lib/resource_metadata_read",
    "T55: a part of a segment counts as above",
    (RESOURCE, "if (*rest != '\\0' && *rest != '/') {", "if (false) {"),
)
bug(
    "resource-of-another-port",
    "unit/lib/resource_metadata_read",
    "T55: what listens beside the server speaks for it",
    ("lib/net/url.c", "&& mcpauth__url_port(a) == mcpauth__url_port(b)", "&& true"),
)
bug(
    "resource-of-another-scheme",
    "unit/lib/resource_metadata_read",
    "T55: plain http speaks for https",
    ("lib/net/url.c", "strcmp(a->scheme, b->scheme) == 0 &&", ""),
)
bug(
    "resource-with-a-user",
    "unit/lib/resource_metadata_read",
    "a resource identifier that names a user, or a place within a page",
    (RESOURCE, "code == MCPAUTH_OK && !parts.has_user && !parts.has_fragment", "code == MCPAUTH_OK"),
)
bug(
    "resource-of-another-query",
    "unit/lib/resource_metadata_read",
    "T55: one tenant's document speaks for another",
    (RESOURCE, "&& strcmp(resource->query, server->query) == 0", "&& true"),
)
bug(
    "resource-without-its-servers",
    "unit/lib/resource_metadata_read",
    "a document that names no authorization server",
    (RESOURCE, "metadata->authorization_servers.count == 0", "false"),
)
bug(
    "challenge-leads-anywhere",
    "unit/lib/resource_metadata_read",
    "T54: what a challenge names is asked as if it were configured",
    (RESOURCE, "\tsearch->learnt_from = server;\n", ""),
)
bug(
    "challenge-over-http",
    "unit/lib/resource_metadata_read",
    "T54: a challenge names plain http, or no URL for OAuth at all",
    (
        RESOURCE,
        '= mcpauth__ask_check_url(asker, named, "resource_metadata", err);',
        "= asker != NULL ? MCPAUTH_OK : MCPAUTH_E_INVALID_URL;",
    ),
)
bug(
    "challenge-is-one-place-of-many",
    "unit/lib/resource_metadata_read",
    "the well-known places are asked beside the one that the challenge names",
    (
        RESOURCE,
        "\tsearch->learnt_from = server;\n",
        "\tsearch->learnt_from = server;\n\tadd_well_known(server, search, err);\n",
    ),
)
bug(
    "root-before-path",
    "unit/lib/resource_metadata_read",
    "RFC 9728 section 3.1: the root's document before the path's own",
    (
        RESOURCE,
        "\tbool has_inserted = mcpauth__search_add(search, inserted);\n"
        "\tbool has_root = mcpauth__search_add(search, root);\n",
        "\tbool has_root = mcpauth__search_add(search, root);\n"
        "\tbool has_inserted = mcpauth__search_add(search, inserted);\n",
    ),
)
bug(
    "none-is-any-failure",
    "unit/lib/resource_metadata_read",
    "a server that is down passes for one of 2025-03-26",
    (
        RESOURCE,
        "code == MCPAUTH_E_HTTP_STATUS && search.source == NULL && named == NULL",
        "code == MCPAUTH_E_HTTP_STATUS",
    ),
)
bug(
    "issuer-of-anybody",
    "unit/lib/authorization_server",
    "T56: a document of another issuer is believed",
    (SERVER, "if (strcmp(named, issuer) != 0) {", "if (false) {"),
)
bug(
    "issuer-nearly",
    "unit/lib/authorization_server",
    "T56: an issuer that only begins alike",
    (SERVER, "strcmp(named, issuer) != 0", "strncmp(named, issuer, strlen(issuer)) != 0"),
)
bug(
    "endpoints-of-any-kind",
    "unit/lib/authorization_server",
    "T60: javascript: as the authorization endpoint",
    (SERVER, "if (url != NULL) {", "if (false) {"),
)
bug(
    "no-token-endpoint",
    "unit/lib/authorization_server",
    "a document without what all grants need",
    (SERVER, "code == MCPAUTH_OK && server->token_endpoint == NULL", "false"),
)
bug(
    "plain-pkce-is-enough",
    "unit/lib/authorization_server",
    "T58: PKCE without S256",
    (SERVER, 'PLACE(has_pkce), "S256"', 'PLACE(has_pkce), "plain"'),
)
bug(
    "no-default-method",
    "unit/lib/authorization_server",
    "RFC 8414 section 2: client_secret_basic is meant where nothing is said",
    (SERVER, '#define DEFAULT_METHOD "client_secret_basic"', '#define DEFAULT_METHOD "none"'),
)
bug(
    "issuer-that-is-asked-anyway",
    "unit/lib/authorization_server",
    "T51: an issuer over plain http is asked",
    (
        SERVER,
        '= mcpauth__ask_check_url(asker, issuer, "the issuer", err);',
        "= asker != NULL ? MCPAUTH_OK : MCPAUTH_E_INVALID_URL;",
    ),
)
bug(
    "issuer-without-where-it-was-learnt",
    "unit/lib/authorization_server",
    "T51: a document's issuer is asked as if it were configured",
    (SERVER, "search = {.learnt_from = learnt_from};", "search = {.learnt_from = NULL};"),
)
bug(
    "missing-is-any-failure",
    "unit/lib/authorization_server",
    "default paths are assumed of a server that is down",
    (
        SERVER,
        "code == MCPAUTH_E_HTTP_STATUS && search.source == NULL;",
        "code == MCPAUTH_E_HTTP_STATUS;",
    ),
)
bug(
    "next-place-after-a-failure",
    "unit/lib/authorization_server",
    "a 5xx leads to the next place",
    (SEARCH, "answer.status / 100 == 4;", "answer.status / 100 >= 4;"),
)
bug(
    "no-next-place",
    "unit/lib/authorization_server",
    "a server that has OpenID Connect's document alone is not found",
    (SEARCH, "i < search->places.count && goes_on", "i < 1 && goes_on"),
)
bug(
    "any-success-is-a-document",
    "unit/lib/authorization_server",
    "another 2xx than 200 brings a document",
    (SEARCH, "answer->status != 200", "answer->status / 100 != 2"),
)
bug(
    "place-twice",
    "unit/lib/resource_metadata_read",
    "the root is asked twice",
    (SEARCH, "url == NULL || mcpauth__words_contain(&search->places, url, length)", "url == NULL"),
)
bug(
    "error-left-behind",
    "unit/lib/resource_metadata_read",
    "a success that leaves the error of a place before",
    (
        SEARCH,
        "goes_on = ask_at(asker, search->places.items[i], search, &why);",
        "goes_on = ask_at(asker, search->places.items[i], search, &why);\n"
        "\t\tif (goes_on) {\n\t\t\tmcpauth__fail(err, why.code, \"x\");\n\t\t}",
    ),
)
bug(
    "flag-by-truth",
    "unit/lib/authorization_server",
    "a text where a boolean belongs",
    (MEMBERS, "if (!cJSON_IsBool(value)) {", "if (false) {"),
)
bug(
    "list-of-anything",
    "unit/lib/authorization_server",
    "a text where a list belongs",
    (MEMBERS, "if (!cJSON_IsArray(value)) {", "if (false) {"),
)
bug(
    "list-without-end",
    "unit/lib/resource_metadata_read",
    "a list as long as the document allows",
    (MEMBERS, "if (list->count == MCPAUTH__LIST_LIMIT) {", "if (false) {"),
)
bug(
    "null-is-a-type",
    "unit/lib/authorization_server",
    "servers that write null for what they have not are refused",
    (MEMBERS, "value != NULL && !cJSON_IsNull(value)", "value != NULL"),
)
bug(
    "challenge-and-metadata",
    "unit/lib/client_scopes",
    "all that the server has, where it said what it needs",
    (SCOPES, "(chosen->count > 0 || add_listed(", "(add_listed("),
)
bug(
    "step-up-forgets",
    "unit/lib/client_scopes",
    "SEP-2350: scopes of before are lost with a step-up",
    (SCOPES, " && add_all(chosen, choice->requested)", ""),
)
bug(
    "offline-access-unasked",
    "unit/lib/client_scopes",
    "SEP-2207: offline_access of an issuer that does not know it",
    (SCOPES, "\t\t|| !mcpauth__words_contain(\n", "\t\t|| mcpauth__words_contain(\n"),
)
bug(
    "offline-access-alone",
    "unit/lib/client_scopes",
    "offline_access instead of what the issuer gives by default",
    (SCOPES, "if (chosen->count == 0 || !choice->wants_offline", "if (!choice->wants_offline"),
)
bug(
    "scope-with-a-quote",
    "unit/lib/client_scopes",
    "what is no scope is asked for, and all are refused",
    (SCOPES, "!mcpauth__is_scope(scope, length)", "length == 0"),
)
bug(
    "scopes-without-end",
    "unit/lib/client_scopes",
    "a challenge that makes the request as long as it likes",
    (SCOPES, "chosen->count == MCPAUTH__SCOPE_LIMIT || ", ""),
)
bug(
    "some-scopes-are-all",
    "unit/lib/client_scopes",
    "one scope of those that are needed is enough",
    (SCOPES, "if (!has(scopes, scope, length)) {", "if (!has(scopes, scope, length) && scopes == NULL) {"),
)
bug(
    "scope-that-begins-alike",
    "unit/lib/client_scopes",
    "T32: a scope that only begins with the one that is needed",
    (SCOPES, "&& (at[length] == ' ' || at[length] == '\\0')", "&& length > 0"),
)
