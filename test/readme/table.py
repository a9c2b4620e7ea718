"""examples/from-mcp-auth.md names tests that exist, symbols that are public, and
every option of MCP Auth; rows are counted. With --program it writes the C part."""
import pathlib
import re
import sys

# What the first column of a section must name: MCP Auth's own words.
WANTED = {
    "Features": "server protectedResources",
    "Exports of Node 0.2":
        "MCPAuth MCPAuth.config delegatedRouter() protectedResourceMetadataRouter() "
        "createVerifyJwt(getKey,options) handleBearerAuth(BearerAuthConfig) fetchServerConfig "
        "fetchServerConfigByWellKnownUrl transpileData serverMetadataPaths "
        "validateServerConfig getIssuer authorizationServerMetadataSchema "
        "camelCaseAuthorizationServerMetadataSchema protectedResourceMetadataSchema "
        "camelCaseProtectedResourceMetadataSchema defaultValues ...ErrorDescription "
        "TokenVerifier AuthServerMetadataCache ResourceServerHandler AuthorizationServerHandler "
        "createResourceMetadataEndpoint transpileResourceMetadata BearerWWWAuthenticateHeader "
        "createDelegatedRouter",
    "BearerAuthConfig":
        "verifyAccessToken issuer audience requiredScopes resource showErrorDetails jwtVerify "
        "remoteJwkSet",
    "JWTVerifyOptions (jose)":
        "algorithms audience clockTolerance crit currentDate issuer maxTokenAge requiredClaims "
        "subject typ",
    "RemoteJWKSetOptions (jose)":
        "timeoutDuration cooldownDuration cacheMaxAge headers customFetch jwksCache",
    "Exports of Python 0.2":
        "MCPAuth server protected_resources context_var auth_info bearer_auth_middleware "
        "mode_or_verify audience required_scopes show_error_details leeway resource "
        "resource_metadata_router metadata_route AuthServerConfig.metadata AuthServerConfig.type "
        "AuthServerType.OAUTH AuthServerType.OIDC AuthorizationServerMetadata "
        "ProtectedResourceMetadata ProtectedResourceMetadataBase "
        "AuthorizationServerMetadataDefaults ServerMetadataPaths ResourceServerConfig "
        "ResourceServerMetadata AuthInfo JwtPayload VerifyAccessTokenFunction "
        "fetch_server_config fetch_server_config_by_well_known_url transpile_data "
        "validate_server_config create_verify_jwt jwks_uri PyJWKClient PyJWK algorithms "
        "create_resource_metadata_endpoint transpile_resource_metadata "
        "BearerWWWAuthenticateHeader create_bearer_auth BearerAuthConfig.issuer "
        "BearerAuthConfig.audience BearerAuthConfig.required_scopes BearerAuthConfig.resource "
        "BearerAuthConfig.show_error_details",
    "Exports of JavaScript 1.0":
        "MCPAuthConfig protectedResourceMetadata.resource "
        "protectedResourceMetadata.authorizationServer protectedResourceMetadata.scopesSupported "
        "protectedResourceMetadata.resourceName "
        "protectedResourceMetadata.serviceDocumentationUrl jwtVerifyOptions verifyAccessToken "
        "getBearerAuthOptions({requiredScopes}) getAuthMetadataOptions resourceMetadataUrl "
        "getAuthInfo(ctx,{requiredScopes}) isMcpAuthInfo fetchServerConfig "
        "fetchServerConfigByWellKnownUrl transpileData validateAuthServerMetadata",
    "TypeScript: requireBearerAuth and mcpAuthMetadataRouter":
        "verifier verifyAccessToken requiredScopes resourceMetadataUrl "
        "getOAuthProtectedResourceMetadataUrl expectedResource oauthMetadata resourceServerUrl "
        "serviceDocumentationUrl scopesSupported resourceName req.auth.token req.auth.clientId "
        "req.auth.scopes req.auth.expiresAt req.auth.resource req.auth.extra InvalidTokenError "
        "InsufficientScopeError ServerError mcpAuthRouter",
    "Python: TokenVerifier and AuthSettings":
        "token_verifier TokenVerifier.verify_token AuthSettings.issuer_url "
        "AuthSettings.resource_server_url AuthSettings.required_scopes "
        "AuthSettings.service_documentation_url AuthSettings.client_registration_options "
        "AuthSettings.revocation_options auth_server_provider get_access_token() "
        "AccessToken.token AccessToken.client_id AccessToken.scopes AccessToken.expires_at "
        "AccessToken.resource AccessToken.subject AccessToken.claims RequireAuthMiddleware "
        "BearerAuthBackend create_protected_resource_routes build_resource_metadata_url "
        "TransportSecuritySettings.allowed_hosts allowed_origins",
    "OAuthClientProvider":
        "server_url client_metadata.client_name client_uri client_metadata.redirect_uris "
        "client_metadata.scope client_metadata.grant_types response_types "
        "client_metadata.token_endpoint_auth_method client_metadata_url TokenStorage.get_tokens "
        "set_tokens get_client_info set_client_info redirect_handler callback_handler timeout "
        "auth= async_auth_flow ClientCredentialsOAuthProvider PrivateKeyJWTOAuthProvider "
        "SignedJWTParameters IdentityAssertionOAuthProvider OAuthFlowError "
        "OAuthRegistrationError OAuthTokenError simple-auth-client",
    "AuthInfo":
        "token issuer clientId client_id scopes expiresAt subject audience claims",
    "Claims":
        "iss sub exp nbf iat client_id azp scope scopes scp permissions roles cid appid aud typ",
    "Well-known URLs": "oauth oidc",
    "Validation of an authorization server":
        "invalid_server_metadata code_response_type_not_supported "
        "authorization_code_grant_not_supported pkce_not_supported "
        "s256_code_challenge_method_not_supported dynamic_registration_not_supported "
        "server_metadata_valid code_response_type_supported authorization_code_grant_supported "
        "pkce_supported s256_code_challenge_method_supported dynamic_registration_supported "
        "invalid_server_config isValid",
    "Authorization server metadata":
        "issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint "
        "scopes_supported response_types_supported response_modes_supported "
        "grant_types_supported token_endpoint_auth_methods_supported "
        "token_endpoint_auth_signing_alg_values_supported service_documentation "
        "ui_locales_supported op_policy_uri op_tos_uri revocation_endpoint "
        "revocation_endpoint_auth_methods_supported "
        "revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint "
        "introspection_endpoint_auth_methods_supported "
        "introspection_endpoint_auth_signing_alg_values_supported "
        "code_challenge_methods_supported userinfo_endpoint "
        "client_id_metadata_document_supported authorization_response_iss_parameter_supported "
        "resource_indicators_supported end_session_endpoint mtls_endpoint_aliases",
    "Protected resource metadata":
        "resource authorization_servers jwks_uri scopes_supported bearer_methods_supported "
        "resource_signing_alg_values_supported resource_name resource_documentation "
        "resource_policy_uri resource_tos_uri tls_client_certificate_bound_access_tokens "
        "authorization_details_types_supported dpop_signing_alg_values_supported "
        "dpop_bound_access_tokens_required signed_metadata resource_name#de",
    "Errors":
        "MCPAuthError MCPAuthException MCPAuthConfigException "
        "MCPAuthAuthServerException MCPAuthBearerAuthException "
        "MCPAuthTokenVerificationException toJson(showCause) to_json MCPAuthConfigError "
        "fetch_server_config_error invalid_config MCPAuthAuthServerError invalid_server_metadata "
        "invalid_server_config missing_jwks_uri MCPAuthBearerAuthError missing_auth_header "
        "invalid_auth_header_format missing_bearer_token invalid_issuer invalid_audience "
        "missing_required_scopes invalid_token cause uri missingScopes expected actual "
        "MCPAuthTokenVerificationError token_verification_failed OAuthError(invalid_token) "
        "missing_auth_info invalid_auth_info TypeError ValueError",
    "Weaknesses there, and what happens here": " ".join(str(n) for n in range(1, 20)),
    "In operation": "WWW-Authenticate",
}
# Rows of sections whose first column is mostly prose.
LEAST = {"Features": 42, "Exports of JavaScript 1.0": 26, "OAuthClientProvider": 23, "Claims": 16,
         "Well-known URLs": 9, "Validation of an authorization server": 23, "Errors": 31,
         "In operation": 29}
NO_TEST = ("not yet", "not applicable")
problems = []


def report(text):
    problems.append(text)


def cells_of(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def without_comments(text):
    """What looks like one in a string, as "https://*.example.com", is none."""
    return re.sub(r'("(?:[^"\\\n]|\\.)*")|/\*.*?\*/', lambda found: found[1] or " ", text,
                  flags=re.S)


def tables_of(text):
    """Rows of the tables that have a column of tests, by section."""
    sections, section, columns = {}, None, None
    for line in re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M).splitlines():
        if line.startswith("#"):
            section, columns = line.lstrip("# "), None
        elif not line.startswith("|"):
            columns = None
        elif columns is None:
            columns = cells_of(line)
        elif columns[-1] == "test" and not set(line) <= set("|-"):
            row = cells_of(line)
            sections.setdefault(section, []).append(row)
            if len(row) != len(columns) or not all(row):
                report(f"{section}: not {len(columns)} full cells: {line}")
    return sections


def registered(text, name):
    """How often a cmocka test is in the list of its main()."""
    macros = re.findall(r"#define (\w+)\((?:name|test)\) (?:\\\n\s*)?cmocka_unit_test", text)
    makers = "|".join(["cmocka_unit_test", "cmocka_unit_test_setup_teardown"] + macros)
    main = text.partition("\nint main(")[2]
    return len(re.findall(rf"\b(?:{makers})\(\s*{re.escape(name)}\b", main))


def count_test(root, path, name):
    file = root / path
    if not file.is_file():
        return 0
    text = file.read_text(encoding="utf-8")
    if path.endswith(".mjs"):
        return len(re.findall(rf"\btest\(\s*(['`]){re.escape(name)}\1,", text))
    text = without_comments(text)
    defined = len(re.findall(rf"^static void {re.escape(name)}\(", text, re.M))
    return registered(text, name) if defined == 1 else 0


def check_tests(root, section, row):
    """How many tests a row names."""
    cell = row[-1]
    if cell in NO_TEST:
        return 0
    tests = cell.split("<br>")
    for test in tests:
        found = re.fullmatch(r"`(test/[\w/.]+): ([\w${}]+)`", test)
        if found is None:
            report(f"{section}: {row[0]}: no test, nor {' or '.join(NO_TEST)}: {test}")
        elif count_test(root, *found.groups()) != 1:
            report(f"{section}: {row[0]}: there is not one such test: {test}")
    return len(tests)


def check_section(root, section, rows):
    spans = [span for row in rows for span in re.findall(r"`([^`]+)`", row[0])]
    named = {row[0] for row in rows} | {span.replace(" ", "") for span in spans}
    for word in WANTED[section].split():
        if word not in named:
            report(f"{section}: no row for {word}")
    if len(rows) < LEAST.get(section, 0):
        report(f"{section}: {len(rows)} rows are fewer than there were")
    if len({row[0] for row in rows}) != len(rows):
        report(f"{section}: a row stands there twice")
    tests = sum(check_tests(root, section, row) for row in rows)
    lacks = {word: sum(row[-1] == word for row in rows) for word in NO_TEST}
    print(f"{len(rows):4} rows, {tests:3} tests, {lacks['not yet']} not yet, "
          f"{lacks['not applicable']} not applicable: {section}")
    return len(rows)


def check_symbols(root, text):
    """Every symbol and struct field that is named is in the public headers."""
    headers = without_comments("".join(
        header.read_text(encoding="utf-8") for folder in ("lib", "middleware")
        for header in sorted((root / folder / "include/mcpauth").glob("*.h"))))
    public = set(re.findall(r"\bmcpauth_\w+|\bMCPAUTH_\w+", headers))
    bodies = dict(re.findall(r"\bstruct (mcpauth_\w+) \{(.*?)\n\}", headers, re.S))
    for symbol in sorted(set(re.findall(r"\bmcpauth_\w+|\bMCPAUTH_\w+", text)) - public):
        report(f"not in the public headers: {symbol}")
    for struct, field in sorted(set(re.findall(r"\b(mcpauth_\w+)\.(\w+)", text))):
        body = bodies.get(struct, "")
        if not re.search(rf"\b{field}(?:\[\w+\])?;|\(\*{field}\)\(", body):
            report(f"no such field: {struct}.{field}")
    return len(public & set(re.findall(r"\w+", text)))


def check(path, root):
    text = path.read_text(encoding="utf-8")
    sections = tables_of(text)
    for section in WANTED.keys() ^ sections.keys():
        report(f"a section that is missing or not known: {section}")
    rows = sum(check_section(root, section, sections[section])
               for section in WANTED if section in sections)
    symbols = check_symbols(root, text)
    print(f"{rows:4} rows in {len(sections)} sections; {symbols} public symbols named")
    if problems:
        sys.exit("\n".join(problems))


def main():
    if sys.argv[1] == "--program":
        source, target = map(pathlib.Path, sys.argv[2:])
        program = re.search(r"^```c\n(.*?)^```$", source.read_text(encoding="utf-8"), re.S | re.M)
        target.write_text(program.group(1), encoding="utf-8")
        return
    check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))


main()
