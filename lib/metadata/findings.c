/* Findings about an authorization server: their names, their telling, their sum. */
#include "metadata/findings.h"

#include "base/error_int.h"

#include <stdarg.h>
#include <stdio.h>

/* By number. Whatever MCP Auth has a name for keeps it, to the letter. */
static const struct {
	const char *passed;
	const char *failed;
} names[] = {
	[MCPAUTH_FINDING_METADATA] = {"server_metadata_valid", "invalid_server_metadata"},
	[MCPAUTH_FINDING_METADATA_FOUND] = {"metadata_found", "metadata_not_found"},
	[MCPAUTH_FINDING_ISSUER] = {"issuer_matches", "issuer_mismatch"},
	[MCPAUTH_FINDING_ENDPOINTS] = {"endpoints_secure", "insecure_endpoint"},
	[MCPAUTH_FINDING_CODE_RESPONSE_TYPE] = {"code_response_type_supported",
		"code_response_type_not_supported"},
	[MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT] = {"authorization_code_grant_supported",
		"authorization_code_grant_not_supported"},
	[MCPAUTH_FINDING_PKCE] = {"pkce_supported", "pkce_not_supported"},
	[MCPAUTH_FINDING_S256] = {"s256_code_challenge_method_supported",
		"s256_code_challenge_method_not_supported"},
	[MCPAUTH_FINDING_JWKS_URI] = {"jwks_uri_present", "missing_jwks_uri"},
	[MCPAUTH_FINDING_KEYS] = {"keys_usable", "no_usable_keys"},
	[MCPAUTH_FINDING_DYNAMIC_REGISTRATION] = {"dynamic_registration_supported",
		"dynamic_registration_not_supported"},
	[MCPAUTH_FINDING_CLIENT_ID_METADATA_DOCUMENT] = {"client_id_metadata_document_supported",
		"client_id_metadata_document_not_supported"},
	[MCPAUTH_FINDING_ISS_PARAMETER] = {"iss_parameter_supported",
		"iss_parameter_not_supported"},
	[MCPAUTH_FINDING_RESOURCE_INDICATORS] = {"resource_indicators_supported",
		"resource_indicators_not_supported"},
};

const char *mcpauth_finding_name(enum mcpauth_finding finding, bool passed)
{
	size_t number = (size_t)finding;
	if (number >= sizeof names / sizeof *names || names[number].passed == NULL) {
		return "unknown";
	}
	return passed ? names[number].passed : names[number].failed;
}

void mcpauth__findings_add(struct mcpauth__findings *findings, enum mcpauth_finding finding,
	enum mcpauth_severity severity, const char *format, ...)
{
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	/* It can quote a document that somebody else wrote. */
	mcpauth__make_printable(message);
	if (severity == MCPAUTH_SEVERITY_ERROR) {
		if (findings->errors == 0) {
			mcpauth__fail(findings->err, MCPAUTH_E_UNFIT_PROVIDER, "%s", message);
		}
		findings->errors |= MCPAUTH__FINDING_BIT(finding);
	} else if (severity == MCPAUTH_SEVERITY_WARNING) {
		findings->warnings |= MCPAUTH__FINDING_BIT(finding);
	}
	if (findings->found != NULL) {
		findings->found(finding, severity, message, findings->user);
	}
}

enum mcpauth_code mcpauth__findings_code(const struct mcpauth__findings *findings)
{
	return findings->errors != 0 ? MCPAUTH_E_UNFIT_PROVIDER : MCPAUTH_OK;
}
