"""Becoming a client of an issuer's: in which way, and as whom (RFC 7591)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

KNOWN = "lib/client/registration/registration.c"
REQUEST = "lib/client/registration/registration_request.c"
ANSWER = "lib/client/registration/registration_answer.c"
PROOF = "lib/client/registration/registration_proof.c"

bug(
    "client-id-for-any-issuer",
    "unit/lib/registration",
    "a configured client_id and its secret go to whatever issuer the server names",
    (
        KNOWN,
        "\treturn applicant->config->issuer == NULL\n\t\t||",
        "\treturn applicant->config->issuer == NULL || applicant->now > 0\n\t\t||",
    ),
)
bug(
    "registration-of-another-issuer",
    "unit/lib/registration",
    "what one issuer registered is good at another one",
    (
        KNOWN,
        "\t\t&& mcpauth__same_text(registration->issuer, applicant->server->issuer)\n",
        "",
    ),
)
bug(
    "expired-secret-kept",
    "unit/lib/registration",
    "a secret is good in the second in which it expires",
    (
        KNOWN,
        "registration->secret_expires_at <= applicant->now",
        "registration->secret_expires_at < applicant->now",
    ),
)
bug(
    "registration-for-another-redirect",
    "unit/lib/registration",
    "a registration stays when the redirect_uri is another one",
    (
        KNOWN,
        "!is_expired && !is_elsewhere",
        "!is_expired",
    ),
)
bug(
    "document-where-none-is-read",
    "unit/lib/registration",
    "the URL of a document is the client_id at an issuer that reads none",
    (
        KNOWN,
        "config->client_metadata_url != NULL && applicant->server->reads_client_documents",
        "config->client_metadata_url != NULL",
    ),
)
bug(
    "registers-though-forbidden",
    "unit/lib/registration",
    "never_register is not looked at",
    (KNOWN, "\t\t&& !applicant->config->never_register\n", ""),
)
bug(
    "identity-of-the-clueless",
    "unit/lib/registration",
    "what identify leaves behind counts even if it says that nobody knows",
    (
        KNOWN,
        "config->identify(issuer, &identity, config->user)\n",
        "(config->identify(issuer, &identity, config->user), true)\n",
    ),
)
bug(
    "native-as-web",
    "unit/lib/registration_request",
    "a program on loopback registers as a web server (SEP-837)",
    (
        REQUEST,
        'is_native(applicant) ? "native" : "web"',
        '"web"',
    ),
)
bug(
    "no-refresh-registered",
    "unit/lib/registration_request",
    "the client does not say that it refreshes (SEP-2207)",
    (
        REQUEST,
        '"grant_types", "authorization_code", "refresh_token")',
        '"grant_types", "authorization_code", NULL)',
    ),
)
bug(
    "secret-for-everybody",
    "unit/lib/registration_request",
    "a person's program registers with a secret though it needs none",
    (
        REQUEST,
        "if (none != NULL && prefers_no_secret(applicant)) {",
        "if (none != NULL && !prefers_no_secret(applicant)) {",
    ),
)
bug(
    "client-credentials-without-any",
    "unit/lib/registration_request",
    "a client that gets tokens by itself registers as a public one",
    (
        REQUEST,
        "\treturn applicant->config->grant == MCPAUTH_GRANT_AUTHORIZATION_CODE\n"
        "\t\t|| applicant->config->grant == MCPAUTH_GRANT_WORKLOAD;",
        "\treturn applicant->config->grant != MCPAUTH_GRANT_ENTERPRISE;",
    ),
)
bug(
    "registration-of-any-status",
    "unit/lib/registration_answer",
    "a 400 with a client_id is a registration",
    (ANSWER, "if (status != 200 && status != 201) {", "if (status == 403) {"),
)
bug(
    "client-id-with-a-line",
    "unit/lib/registration_answer",
    "a client_id may end a line",
    (REQUEST, "while (text[length] >= 0x20 &&", "while (text[length] >= 0x0a &&"),
)
bug(
    "client-id-without-bound",
    "unit/lib/registration_answer",
    "a client_id of any length is taken",
    (REQUEST, " && length > 0 && length <= MCPAUTH__CLIENT_ID_LIMIT;", " && length > 0;"),
)
bug(
    "redirect-of-somebody-else",
    "unit/lib/registration_answer",
    "the issuer registers a further redirect_uri",
    (
        ANSWER,
        "\t\tif (redirect_uri == NULL || !cJSON_IsString(uri)\n"
        "\t\t\t|| strcmp(uri->valuestring, redirect_uri) != 0) {\n"
        "\t\t\treturn false;\n\t\t}\n",
        "\t\tif (redirect_uri != NULL && cJSON_IsString(uri)\n"
        "\t\t\t&& strcmp(uri->valuestring, redirect_uri) == 0) {\n"
        "\t\t\treturn true;\n\t\t}\n",
    ),
)
bug(
    "way-that-was-not-configured",
    "unit/lib/registration_answer",
    "the issuer registers another way to authenticate than the configured one",
    (
        ANSWER,
        "if (configured != NULL && strcmp(method, configured) != 0) {",
        "if (configured == NULL && strcmp(method, \"\") == 0) {",
    ),
)
bug(
    "secret-without-use",
    "unit/lib/registration_answer",
    "a secret is kept that the client never shows",
    (ANSWER, "\t\tforget_secret(registration);\n", ""),
)
bug(
    "secret-without-end",
    "unit/lib/registration_answer",
    "client_secret_expires_at is not read",
    (
        ANSWER,
        "\tif (registration->client_secret == NULL\n\t\t||",
        "\tif (registration->client_id != NULL\n\t\t||",
    ),
)
bug(
    "assertion-for-the-client",
    "unit/lib/registration_proof",
    "aud of an assertion is the client, not the issuer",
    (
        PROOF,
        ".default_audience = applicant->server->issuer",
        ".default_audience = registration->client_id",
    ),
)
bug(
    "registered-way-ignored",
    "unit/lib/registration_proof",
    "how the client was registered does not count",
    (PROOF, "\t\t: registration->authentication;", "\t\t: NULL;"),
)
bug(
    "configured-way-ignored",
    "unit/lib/registration_proof",
    "how the client was registered counts more than what is configured",
    (
        PROOF,
        "const char *said = applicant->config->authentication != NULL\n",
        "const char *said = applicant->config->authentication != NULL\n"
        "\t\t\t&& registration->authentication == NULL\n",
    ),
)
bug(
    "secret-where-none-is-taken",
    "unit/lib/registration_proof",
    "a secret is shown in a way that the issuer does not support",
    (
        PROOF,
        "|| !mcpauth__registration_supports(applicant, methods[i].name)",
        "|| methods[i].name == NULL",
    ),
)
bug(
    "registration-left-behind",
    "unit/lib/registration_wiping",
    "the secret stays in the freed memory of the answer that was read",
    (
        ANSWER,
        "\t\tcode = read_members(applicant, json, registration, err);\n\t}\n"
        "\tmcpauth__json_delete_wiped(json);",
        "\t\tcode = read_members(applicant, json, registration, err);\n\t}\n"
        "\tcJSON_Delete(json);",
    ),
)
bug(
    "unused-secret-left-behind",
    "unit/lib/registration_wiping",
    "a secret that is not kept stays in freed memory",
    (
        ANSWER,
        "\t\tmcpauth__wipe(registration->client_secret, strlen(registration->client_secret));\n",
        "\t\tmcpauth__wipe(registration->client_secret, 0);\n",
    ),
)
bug(
    "identity-left-behind",
    "unit/lib/registration_wiping",
    "the secret that the program gave stays in freed memory",
    (
        KNOWN,
        "mcpauth__wipe(identity.client_secret, strlen(identity.client_secret));",
        "mcpauth__wipe(identity.client_secret, 0);",
    ),
)
