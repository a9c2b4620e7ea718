/* Fuzz target: an authorization server's metadata, and what is found about it. */
#include "common/fuzz.h"

#include "base/json.h"
#include "metadata/server_metadata.h"

#include <mcpauth/provider.h>

#include <stdlib.h>
#include <string.h>

#define ISSUER "https://as.example/tenant"
#define FINDINGS_MAX 32

struct findings {
	unsigned seen[FINDINGS_MAX];
	bool has_error;
};

static void on_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user)
{
	struct findings *findings = user;
	MUST(finding > 0 && finding < FINDINGS_MAX && findings->seen[finding]++ == 0);
	MUST(strcmp(mcpauth_finding_name(finding, true), "unknown") != 0);
	MUST(severity <= MCPAUTH_SEVERITY_ERROR);
	MUST(*message != '\0' && fuzz_is_line(message));
	findings->has_error = findings->has_error || severity == MCPAUTH_SEVERITY_ERROR;
}

static void check_accepted(
	const struct mcpauth__server_metadata *metadata, const char *text, const cJSON *json)
{
	MUST(json != NULL);
	MUST(strcmp(mcpauth__server_metadata_text(metadata), text) == 0);
	MUST(fuzz_same_json(mcpauth__server_metadata_json(metadata), json));
	MUST(strcmp(fuzz_member(json, "issuer"), ISSUER) == 0);
	MUST(strcmp(mcpauth__server_metadata_jwks_uri(metadata), fuzz_member(json, "jwks_uri"))
		== 0);
}

static void check_findings(const char *text, bool accepted)
{
	struct mcpauth_error err;
	struct findings findings = {0};
	enum mcpauth_code code = mcpauth_check_metadata(ISSUER, text, on_finding, &findings, &err);
	fuzz_check_error(code, &err);
	MUST(code == MCPAUTH_OK || code == MCPAUTH_E_UNFIT_PROVIDER);
	MUST((code == MCPAUTH_OK) == !findings.has_error);
	/* What is fit can be used. */
	MUST(code != MCPAUTH_OK || accepted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth_error err;
	struct mcpauth__server_metadata *metadata;
	cJSON *json;
	char *text = fuzz_text(data, size);
	size_t length = strlen(text);
	enum mcpauth_code strict = mcpauth__json_parse_object(text, length, &json, NULL);
	enum mcpauth_code code = mcpauth__server_metadata_parse(
		ISSUER, text, length, &metadata, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (metadata != NULL));
	MUST(strict == MCPAUTH_OK || code == MCPAUTH_E_INVALID_JSON);
	if (metadata != NULL) {
		check_accepted(metadata, text, json);
	}
	check_findings(text, metadata != NULL);
	mcpauth__server_metadata_free(metadata);
	cJSON_Delete(json);
	free(text);
	return 0;
}
