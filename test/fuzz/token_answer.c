/* Fuzz target: a token endpoint's answer to a client: a status, a line's end, what is
 * wanted, a line's end, a body. */
#include "common/fuzz.h"

#include "client/grants/token_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Only compared with NULL by what is tried here. */
static char dpop_place;

/* What may be wanted, and what the answer may then be. */
static const struct {
	struct mcpauth__token_request request;
	const char *types[2];
} wishes[] = {
	{{.dpop = NULL}, {"bearer", "bearer"}},
	{{.dpop = (struct mcpauth__dpop *)(void *)&dpop_place}, {"bearer", "dpop"}},
	{{.dpop = (struct mcpauth__dpop *)(void *)&dpop_place, .token_type = "DPoP"},
		{"dpop", "dpop"}},
	{{.token_type = "N_A"}, {"n_a", "n_a"}},
};

#define WISHES (sizeof wishes / sizeof *wishes)

/* The grammar told again: a character at a time, from the end. */
static bool is_b64token(const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;
	if (length == 0 || length > MCPAUTH__ISSUED_TOKEN_LIMIT || *text == '=') {
		return false;
	}
	while (text[length - 1] == '=') {
		length--;
	}
	while (length > 0) {
		char c = text[--length];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_'
			&& c != '~' && c != '+' && c != '/') {
			return false;
		}
	}
	return true;
}

/* A string or nothing: absent, or null. */
static bool is_optional_string(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);
	return item == NULL || cJSON_IsNull(item) || cJSON_IsString(item);
}

/* -1: not said; -2: nonsense. */
static double lifetime_of(const cJSON *json)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "expires_in");
	double seconds = -2;
	if (item == NULL || cJSON_IsNull(item)) {
		return -1;
	}
	if (cJSON_IsNumber(item) && item->valuedouble >= 0) {
		seconds = item->valuedouble;
	}
	if (cJSON_IsString(item) && *item->valuestring != '\0'
		&& strspn(item->valuestring, "0123456789") == strlen(item->valuestring)) {
		seconds = strtod(item->valuestring, NULL);
	}
	return seconds < INT32_MAX ? seconds : INT32_MAX;
}

static bool is_good(size_t wish, const cJSON *json)
{
	const char *type = fuzz_member(json, "token_type");
	const char *refresh_token = fuzz_member(json, "refresh_token");
	const char *scope = fuzz_member(json, "scope");
	bool are_strings = is_optional_string(json, "refresh_token")
		&& is_optional_string(json, "scope")
		&& is_optional_string(json, "issued_token_type");
	bool is_wanted = type != NULL
		&& (strcasecmp(type, wishes[wish].types[0]) == 0
			|| strcasecmp(type, wishes[wish].types[1]) == 0);
	bool is_kept = refresh_token == NULL
		|| (strlen(refresh_token) <= MCPAUTH__ISSUED_TOKEN_LIMIT
			&& fuzz_is_line(refresh_token));
	bool is_scope = scope == NULL || (fuzz_is_line(scope) && strpbrk(scope, "\"\\") == NULL);
	return are_strings && is_wanted && is_kept && is_scope && lifetime_of(json) > -2
		&& is_b64token(fuzz_member(json, "access_token"));
}

static bool is_same(const char *kept, const cJSON *json, const char *name)
{
	const char *said = fuzz_member(json, name);
	return kept == NULL ? said == NULL : said != NULL && strcmp(kept, said) == 0;
}

static void check_token(const struct mcpauth__token_answer *answer, const cJSON *json)
{
	const char *refresh_token = fuzz_member(json, "refresh_token");
	double lifetime = lifetime_of(json);
	MUST(is_same(answer->access_token, json, "access_token"));
	MUST(is_same(answer->scope, json, "scope"));
	MUST(is_same(answer->issued_token_type, json, "issued_token_type"));
	MUST(is_same(answer->refresh_token, json, "refresh_token")
		|| (answer->refresh_token == NULL && *refresh_token == '\0'));
	MUST(answer->is_dpop == (strcasecmp(fuzz_member(json, "token_type"), "dpop") == 0));
	MUST(answer->lifetime == (int64_t)lifetime);
	MUST(answer->error[0] == '\0');
}

static void check_refusal(
	const struct mcpauth__token_answer *answer, const cJSON *json, const char *message)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	MUST(answer->access_token == NULL && answer->refresh_token == NULL);
	MUST(strspn(answer->error, letters) == strlen(answer->error));
	MUST(answer->error[0] == '\0' || is_same(answer->error, json, "error"));
	/* What the seeds' tokens begin with. */
	MUST(strstr(message, "SECRET") == NULL);
}

static void read_answer(unsigned status, size_t wish, const char *text, size_t length)
{
	struct mcpauth_error err;
	struct mcpauth__token_answer answer = {0};
	const struct mcpauth__buf body = {.data = (char *)text, .length = length};
	cJSON *json = cJSON_ParseWithLength(text, length);
	enum mcpauth_code code = mcpauth__token_answer_read(
		&wishes[wish].request, status, &body, &answer, &err);
	fuzz_check_error(code, &err);
	if (code == MCPAUTH_OK) {
		MUST(status == 200 && is_good(wish, json));
		check_token(&answer, json);
	} else {
		MUST(code == MCPAUTH_E_TOKEN_ENDPOINT || status == 200);
		MUST(code != MCPAUTH_E_TOKEN_ENDPOINT || status != 200 || !is_good(wish, json));
		check_refusal(&answer, json, err.message);
	}
	mcpauth__token_answer_finish(&answer);
	cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *status = fuzz_field(&data, &size, '\n');
	char *wish = fuzz_field(&data, &size, '\n');
	read_answer((unsigned)(strtoul(status, NULL, 10) % 1000),
		(size_t)strtoul(wish, NULL, 10) % WISHES, size > 0 ? (const char *)data : "", size);
	free(status);
	free(wish);
	return 0;
}
