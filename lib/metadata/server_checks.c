/* The checks of an authorization server's document, in the order they are told. */
#include "metadata/server_checks.h"

#include "base/json.h"
#include "base/words.h"
#include "net/url.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define PASSED MCPAUTH_SEVERITY_PASSED
#define WARNING MCPAUTH_SEVERITY_WARNING
#define ERROR MCPAUTH_SEVERITY_ERROR

/** One document under inspection. */
struct inspection {
	const cJSON *document;
	const struct mcpauth__server_question *question;
	struct mcpauth__findings *findings;
};

enum member_type {
	STRING,
	STRINGS,
	BOOLEAN,
	OBJECT
};

struct member {
	const char *name;
	enum member_type type;
	bool required;
};

/* RFC 8414 section 2 and what has been registered since, as far as MCP clients
 * and we read it. jwks_uri has a finding of its own for being absent. */
static const struct member members[] = {
	{"issuer", STRING, true},
	{"authorization_endpoint", STRING, true},
	{"token_endpoint", STRING, true},
	{"response_types_supported", STRINGS, true},
	{"jwks_uri", STRING, false},
	{"registration_endpoint", STRING, false},
	{"scopes_supported", STRINGS, false},
	{"response_modes_supported", STRINGS, false},
	{"grant_types_supported", STRINGS, false},
	{"code_challenge_methods_supported", STRINGS, false},
	{"token_endpoint_auth_methods_supported", STRINGS, false},
	{"token_endpoint_auth_signing_alg_values_supported", STRINGS, false},
	{"service_documentation", STRING, false},
	{"ui_locales_supported", STRINGS, false},
	{"op_policy_uri", STRING, false},
	{"op_tos_uri", STRING, false},
	{"revocation_endpoint", STRING, false},
	{"revocation_endpoint_auth_methods_supported", STRINGS, false},
	{"revocation_endpoint_auth_signing_alg_values_supported", STRINGS, false},
	{"introspection_endpoint", STRING, false},
	{"introspection_endpoint_auth_methods_supported", STRINGS, false},
	{"introspection_endpoint_auth_signing_alg_values_supported", STRINGS, false},
	{"userinfo_endpoint", STRING, false},
	{"end_session_endpoint", STRING, false},
	{"device_authorization_endpoint", STRING, false},
	{"pushed_authorization_request_endpoint", STRING, false},
	{"require_pushed_authorization_requests", BOOLEAN, false},
	{"mtls_endpoint_aliases", OBJECT, false},
	{"dpop_signing_alg_values_supported", STRINGS, false},
	{"tls_client_certificate_bound_access_tokens", BOOLEAN, false},
	{"client_id_metadata_document_supported", BOOLEAN, false},
	{"authorization_response_iss_parameter_supported", BOOLEAN, false},
	{"resource_indicators_supported", BOOLEAN, false},
};

static const char *const type_names[] = {
	[STRING] = "a string",
	[STRINGS] = "an array of strings",
	[BOOLEAN] = "true or false",
	[OBJECT] = "an object",
};

static const cJSON *member_of(const struct inspection *inspection, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(inspection->document, name);
}

static const char *string_of(const struct inspection *inspection, const char *name)
{
	return mcpauth__json_string(inspection->document, name);
}

static bool is_text(const cJSON *item)
{
	return cJSON_GetStringValue(item) != NULL;
}

static bool is_texts(const cJSON *item)
{
	if (!cJSON_IsArray(item)) {
		return false;
	}
	for (const cJSON *each = item->child; each != NULL; each = each->next) {
		if (!is_text(each)) {
			return false;
		}
	}
	return true;
}

static bool has_type(const cJSON *item, enum member_type type)
{
	switch (type) {
	case STRING:
		return is_text(item);
	case STRINGS:
		return is_texts(item);
	case BOOLEAN:
		return cJSON_IsBool(item);
	case OBJECT:
		return cJSON_IsObject(item);
	}
	return false;
}

static bool is_fine(const struct inspection *inspection, const struct member *member)
{
	const cJSON *item = member_of(inspection, member->name);
	return item == NULL ? !member->required : has_type(item, member->type);
}

static bool is_true(const struct inspection *inspection, const char *name)
{
	return cJSON_IsTrue(member_of(inspection, name));
}

/* Each broken member with what it should be, as far as a line reaches. */
static void check_members(const struct inspection *inspection)
{
	char broken[160] = "";
	size_t used = 0;
	unsigned more = 0;
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *type = type_names[members[i].type];
		size_t length = strlen(members[i].name) + strlen(type) + 5;
		if (is_fine(inspection, &members[i])) {
			continue;
		}
		if (used + length >= sizeof broken) {
			more++;
			continue;
		}
		used += (size_t)snprintf(broken + used, sizeof broken - used, "%s%s (%s)",
			used > 0 ? ", " : "", members[i].name, type);
	}
	if (used == 0) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_METADATA, PASSED,
			"the document has what RFC 8414 section 2 requires, in the right types");
		return;
	}
	char rest[32] = "";
	if (more > 0) {
		snprintf(rest, sizeof rest, " and %u more", more);
	}
	mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_METADATA, ERROR,
		"missing or of a wrong type: %s%s; correct the document (RFC 8414 section 2)",
		broken, rest);
}

static void check_issuer(const struct inspection *inspection)
{
	const char *asked = inspection->question->issuer;
	const char *named = string_of(inspection, "issuer");
	if (asked == NULL || named == NULL) {
		return;
	}
	/* RFC 8414 section 3.3: identical, nothing normalised. */
	if (strcmp(asked, named) == 0) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_ISSUER, PASSED,
			"the document is about the issuer that was asked");
		return;
	}
	mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_ISSUER, ERROR,
		"the document is about \"%.100s\"; ask for that one, to the letter, "
		"or correct it there (RFC 8414 section 3.3)",
		named);
}

static bool is_endpoint(const char *name)
{
	static const char suffix[] = "_endpoint";
	size_t length = strlen(name);
	return strcmp(name, "jwks_uri") == 0
		|| (length >= sizeof suffix
			&& strcmp(name + length + 1 - sizeof suffix, suffix) == 0);
}

/* The first member that is no URL to be asked; *bad is NULL if all are. */
static enum mcpauth_code find_insecure(const struct inspection *inspection, const cJSON *object,
	const cJSON **bad, struct mcpauth_error *why)
{
	*bad = NULL;
	for (const cJSON *item = object->child; item != NULL; item = item->next) {
		if (item->string == NULL || !is_endpoint(item->string) || !is_text(item)) {
			continue;
		}
		enum mcpauth_code code = mcpauth__url_check(
			item->valuestring, inspection->question->allow_http, why);
		if (code == MCPAUTH_E_NO_MEMORY) {
			return code;
		}
		if (code != MCPAUTH_OK) {
			*bad = item;
			return MCPAUTH_OK;
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check_endpoints(const struct inspection *inspection)
{
	struct mcpauth_error why;
	const cJSON *bad;
	const cJSON *aliases = member_of(inspection, "mtls_endpoint_aliases");
	enum mcpauth_code code = find_insecure(inspection, inspection->document, &bad, &why);
	if (code == MCPAUTH_OK && bad == NULL && cJSON_IsObject(aliases)) {
		code = find_insecure(inspection, aliases, &bad, &why);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (bad == NULL) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_ENDPOINTS, PASSED,
			"every endpoint is https, or http on loopback");
		return MCPAUTH_OK;
	}
	mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_ENDPOINTS, ERROR,
		"%.60s \"%.80s\": %.60s; give it an https URL", bad->string, bad->valuestring,
		why.message);
	return MCPAUTH_OK;
}

static bool has_word(const char *list, const char *word)
{
	size_t length;
	for (const char *at = mcpauth__word_next(&list, &length); at != NULL;
		at = mcpauth__word_next(&list, &length)) {
		if (length == strlen(word) && memcmp(at, word, length) == 0) {
			return true;
		}
	}
	return false;
}

/* "code id_token" is one response type, which asks for a code too. */
static bool has_response_type(const cJSON *types, const char *word)
{
	for (const cJSON *item = types->child; item != NULL; item = item->next) {
		if (has_word(item->valuestring, word)) {
			return true;
		}
	}
	return false;
}

static bool has_value(const cJSON *list, const char *value)
{
	for (const cJSON *item = list->child; item != NULL; item = item->next) {
		if (strcmp(item->valuestring, value) == 0) {
			return true;
		}
	}
	return false;
}

static void check_response_types(const struct inspection *inspection)
{
	const cJSON *types = member_of(inspection, "response_types_supported");
	if (!is_texts(types)) {
		return;
	}
	if (has_response_type(types, "code")) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_CODE_RESPONSE_TYPE,
			PASSED, "the response type \"code\" is supported");
		return;
	}
	mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_CODE_RESPONSE_TYPE, ERROR,
		"response_types_supported lacks \"code\"; switch the authorization code flow on "
		"at the server: MCP clients log in with no other");
}

static void check_grant(const struct inspection *inspection)
{
	const cJSON *grants = member_of(inspection, "grant_types_supported");
	if (grants != NULL && !is_texts(grants)) {
		return;
	}
	if (grants == NULL) {
		mcpauth__findings_add(inspection->findings,
			MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, PASSED,
			"no grant types are named, so \"authorization_code\" is among them "
			"(RFC 8414 section 2)");
	} else if (has_value(grants, "authorization_code")) {
		mcpauth__findings_add(inspection->findings,
			MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, PASSED,
			"the grant type \"authorization_code\" is supported");
	} else {
		mcpauth__findings_add(inspection->findings,
			MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, ERROR,
			"grant_types_supported lacks \"authorization_code\"; switch it on at the "
			"server: MCP clients log in with no other");
	}
}

/* Without any method it goes without saying that S256 is missing too. */
static void check_pkce(const struct inspection *inspection)
{
	struct mcpauth__findings *findings = inspection->findings;
	const cJSON *methods = member_of(inspection, "code_challenge_methods_supported");
	if (methods != NULL && !is_texts(methods)) {
		return;
	}
	if (methods == NULL || methods->child == NULL) {
		mcpauth__findings_add(findings, MCPAUTH_FINDING_PKCE, ERROR,
			"code_challenge_methods_supported names no method, and MCP clients must "
			"not log in without PKCE; switch it on, or, if the server does it "
			"unsaid, have it say so (RFC 8414 section 2)");
		return;
	}
	mcpauth__findings_add(findings, MCPAUTH_FINDING_PKCE, PASSED, "PKCE is supported");
	if (has_value(methods, "S256")) {
		mcpauth__findings_add(findings, MCPAUTH_FINDING_S256, PASSED,
			"the code challenge method \"S256\" is supported");
		return;
	}
	mcpauth__findings_add(findings, MCPAUTH_FINDING_S256, ERROR,
		"code_challenge_methods_supported lacks \"S256\"; switch it on at the server: "
		"MCP clients use no other");
}

static void check_jwks_uri(const struct inspection *inspection)
{
	const cJSON *jwks_uri = member_of(inspection, "jwks_uri");
	if (inspection->question->has_keys) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_JWKS_URI, PASSED,
			"the place of the keys is configured");
	} else if (jwks_uri == NULL) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_JWKS_URI, ERROR,
			"jwks_uri is missing, so tokens cannot be verified; have the server "
			"publish its keys, or configure their place as jwks_uri");
	} else if (is_text(jwks_uri)) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_JWKS_URI, PASSED,
			"the document says where the keys are");
	}
}

static void check_registration(const struct inspection *inspection)
{
	if (string_of(inspection, "registration_endpoint") != NULL) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_DYNAMIC_REGISTRATION,
			PASSED, "clients can register themselves (RFC 7591)");
	} else {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_DYNAMIC_REGISTRATION,
			WARNING,
			"no registration_endpoint (RFC 7591): clients that are not known by a URL "
			"must be registered at the server by hand");
	}
	if (is_true(inspection, "client_id_metadata_document_supported")) {
		mcpauth__findings_add(inspection->findings,
			MCPAUTH_FINDING_CLIENT_ID_METADATA_DOCUMENT, PASSED,
			"clients can be known by the URL of their metadata document");
	} else {
		mcpauth__findings_add(inspection->findings,
			MCPAUTH_FINDING_CLIENT_ID_METADATA_DOCUMENT, WARNING,
			"client_id_metadata_document_supported is not true: clients cannot be "
			"known by a URL; offer registration, by themselves or by hand");
	}
}

static void check_iss_parameter(const struct inspection *inspection)
{
	if (is_true(inspection, "authorization_response_iss_parameter_supported")) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_ISS_PARAMETER, PASSED,
			"authorization answers name the issuer (RFC 9207)");
		return;
	}
	mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_ISS_PARAMETER, WARNING,
		"authorization_response_iss_parameter_supported is not true: a client of several "
		"servers can mix their answers up; switch RFC 9207 on if the server has it");
}

/* RFC 8707 defines no metadata; this member is what those write who write one. */
static void check_resource_indicators(const struct inspection *inspection)
{
	const cJSON *flag = member_of(inspection, "resource_indicators_supported");
	if (cJSON_IsTrue(flag)) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_RESOURCE_INDICATORS,
			PASSED, "resource indicators are supported (RFC 8707)");
	} else if (cJSON_IsFalse(flag)) {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_RESOURCE_INDICATORS,
			WARNING,
			"the server does not support resource indicators (RFC 8707); configure as "
			"audience what its tokens hold instead of the resource");
	} else {
		mcpauth__findings_add(inspection->findings, MCPAUTH_FINDING_RESOURCE_INDICATORS,
			WARNING,
			"whether resource indicators (RFC 8707) are supported cannot be told from "
			"metadata; see whether a token's aud is the resource, else configure "
			"audience");
	}
}

enum mcpauth_code mcpauth__server_checks(const cJSON *document,
	const struct mcpauth__server_question *question, struct mcpauth__findings *findings)
{
	const struct inspection inspection = {document, question, findings};
	check_members(&inspection);
	check_issuer(&inspection);
	enum mcpauth_code code = check_endpoints(&inspection);
	if (code != MCPAUTH_OK) {
		return code;
	}
	check_response_types(&inspection);
	check_grant(&inspection);
	check_pkce(&inspection);
	check_jwks_uri(&inspection);
	check_registration(&inspection);
	check_iss_parameter(&inspection);
	check_resource_indicators(&inspection);
	return MCPAUTH_OK;
}
