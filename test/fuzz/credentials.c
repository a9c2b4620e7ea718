/* Fuzz target: an Authorization header's value against the grammar of RFC 6750. */
#include "common/fuzz.h"

#include "base/b64token.h"
#include "credentials.h"
#include "request_headers.h"

#include <stdlib.h>
#include <string.h>

/* Letter by letter, as the RFC has it: b64token.c looks at blocks. */
static bool is_b64token(const char *text)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~+/";
	size_t length = strspn(text, characters);
	return length > 0 && text[length + strspn(text + length, "=")] == '\0';
}

static enum mcpauth_code expected(const char *value)
{
	for (int i = 0; i < 6; i++) {
		if ((value[i] | 0x20) != "bearer"[i]) {
			return MCPAUTH_E_NO_CREDENTIALS;
		}
	}
	value += 6;
	if (*value != ' ' && *value != '\t' && *value != '\0') {
		return MCPAUTH_E_NO_CREDENTIALS;
	}
	return is_b64token(value + strspn(value, " ")) ? MCPAUTH_OK : MCPAUTH_E_INVALID_REQUEST;
}

/* As the bearer stage and the library behind it. */
static enum mcpauth_code judged(const char *value)
{
	const char *token = mcpauth__credentials_token(value);
	if (token == NULL) {
		return MCPAUTH_E_NO_CREDENTIALS;
	}
	MUST(token > value && token <= value + strlen(value));
	return mcpauth__are_b64token(token, strlen(token)) ? MCPAUTH_OK : MCPAUTH_E_INVALID_REQUEST;
}

static void check_trimmed(const char *value, const char *trimmed)
{
	size_t kept = strlen(trimmed);
	MUST(strncmp(value, trimmed, kept) == 0);
	MUST(strspn(value + kept, " \t") == strlen(value + kept));
	MUST(kept == 0 || strchr(" \t", trimmed[kept - 1]) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__words kept = {0};
	char *text = fuzz_text(data, size);
	const char *value = text + strspn(text, " \t");
	const char *trimmed = mcpauth__header_trim(value, strlen(value), &kept);
	check_trimmed(value, trimmed);
	/* In a block of its own, so that ASan sees a look behind its end. */
	char *own = fuzz_text((const uint8_t *)trimmed, strlen(trimmed));
	enum mcpauth_code code = judged(own);
	MUST(code == expected(own));
	mcpauth__words_finish(&kept);
	free(own);
	free(text);
	return 0;
}
