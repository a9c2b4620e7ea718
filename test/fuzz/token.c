/* Fuzz target: whole verification. Only a known good token may pass, byte for byte. */
#include "common/fuzz.h"
#include "common/known.h"

#include <stdlib.h>
#include <string.h>

static void check_info(const struct mcpauth_auth_info *info, const char *token)
{
	const char *issuer = mcpauth_auth_info_issuer(info);
	MUST(strcmp(mcpauth_auth_info_token(info), token) == 0);
	MUST(strcmp(issuer, KNOWN_A) == 0 || strcmp(issuer, KNOWN_B) == 0);
	MUST(strcmp(mcpauth_auth_info_subject(info), "alice") == 0);
	MUST(strcmp(mcpauth_auth_info_client_id(info), "app") == 0);
	MUST(mcpauth_auth_info_has_scopes(info, "read"));
	MUST(mcpauth_auth_info_expires_at(info) > KNOWN_NOW);
}

static enum mcpauth_code verify(const char *token)
{
	struct mcpauth_error err;
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(known_auth(), KNOWN_RESOURCE, token, &info, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (info != NULL));
	if (info != NULL) {
		check_info(info, token);
	}
	mcpauth_auth_info_free(info);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *token = fuzz_text(data, size);
	/* A file may end with a line's end, which no token has. */
	size_t length = strlen(token);
	if (length > 0 && token[length - 1] == '\n') {
		token[length - 1] = '\0';
	}
	enum mcpauth_code code = verify(token);
	MUST((code == MCPAUTH_OK) == known_is_good(token));
	MUST(code == MCPAUTH_OK || (code >= 400 && code < 500));
	/* What is remembered says the same. */
	MUST(verify(token) == code);
	free(token);
	return 0;
}
