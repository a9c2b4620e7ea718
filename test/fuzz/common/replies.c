/* Reads answers as a strict client would. */
#include "replies.h"

#include "fuzz.h"

#include <string.h>

#define PARAMETERS_MAX 8
#define TELLING_LENGTH 24
#define TOKEN_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

struct parameter {
	const char *name;
	size_t length;
	char value[1024];
};

struct challenge {
	struct parameter items[PARAMETERS_MAX];
	size_t count;
};

/* A quoted-string (RFC 9110 section 5.6.4). @return behind it */
static const char *take_quoted(const char *at, char value[1024])
{
	size_t length = 0;
	MUST(*at++ == '"');
	for (; *at != '"'; at++) {
		at += *at == '\\' ? 1 : 0;
		MUST((unsigned char)*at >= 0x20 && *at != 0x7f && length < 1023);
		value[length++] = *at;
	}
	value[length] = '\0';
	return at + 1;
}

static void parse_challenge(const char *text, struct challenge *challenge)
{
	static const char scheme[] = "Bearer";
	MUST(strncmp(text, scheme, sizeof scheme - 1) == 0);
	const char *at = text + sizeof scheme - 1;
	MUST(*at == ' ');
	while (*at != '\0') {
		MUST(challenge->count < PARAMETERS_MAX);
		struct parameter *item = &challenge->items[challenge->count++];
		at += strspn(at, ", ");
		item->name = at;
		item->length = strspn(at, TOKEN_CHARACTERS);
		MUST(item->length > 0 && at[item->length] == '=');
		at = take_quoted(at + item->length + 1, item->value);
		MUST(*at == '\0' || strncmp(at, ", ", 2) == 0);
	}
}

static const char *parameter(const struct challenge *challenge, const char *name)
{
	const char *found = NULL;
	for (size_t i = 0; i < challenge->count; i++) {
		const struct parameter *item = &challenge->items[i];
		if (item->length == strlen(name) && strncmp(item->name, name, item->length) == 0) {
			/* RFC 9110 section 11.2: once. */
			MUST(found == NULL);
			found = item->value;
		}
	}
	return found;
}

static void check_challenge(unsigned status, const char *text)
{
	struct challenge challenge = {0};
	parse_challenge(text, &challenge);
	const char *error = parameter(&challenge, "error");
	const char *scope = parameter(&challenge, "scope");
	const char *metadata = parameter(&challenge, "resource_metadata");
	MUST(metadata != NULL && strcmp(metadata, REPLIES_METADATA) == 0);
	MUST(scope == NULL || *scope != '\0');
	switch (status) {
	case 400:
		MUST(error != NULL && strcmp(error, "invalid_request") == 0);
		break;
	case 401:
		MUST(error == NULL || strcmp(error, "invalid_token") == 0);
		break;
	case 403:
		MUST(error != NULL && strcmp(error, "insufficient_scope") == 0 && scope != NULL);
		break;
	default:
		MUST(status == 0);
	}
	parameter(&challenge, "error_description");
}

void replies_check_fields(const struct mcpauth__headers *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		const char *name = headers->items[i].name;
		MUST(*name != '\0' && name[strspn(name, TOKEN_CHARACTERS)] == '\0');
		MUST(fuzz_is_line(headers->items[i].value));
	}
}

static void check_body(const struct mcpauth_answer *answer)
{
	size_t length;
	const char *body = mcpauth_answer_body(answer, &length);
	const char *type = mcpauth_answer_header(answer, "Content-Type");
	MUST((length > 0) == (type != NULL));
	if (length > 0 && strcmp(type, "text/plain; version=0.0.4; charset=utf-8") == 0) {
		/* Numbers for Prometheus: whole lines. */
		MUST(strlen(body) == length && body[length - 1] == '\n');
	} else if (length > 0) {
		MUST(strncmp(type, "application/json", 16) == 0 && strlen(body) == length);
		cJSON *json = cJSON_ParseWithLength(body, length);
		MUST(cJSON_IsObject(json) && !fuzz_has_repeated_name(json));
		cJSON_Delete(json);
	}
}

static bool is_known(unsigned status)
{
	static const unsigned known[] = {200, 204, 400, 401, 403, 404, 405, 413, 429};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (known[i] == status) {
			return true;
		}
	}
	return false;
}

/* Other words, and few characters, may stand anywhere by chance: JWTs begin so. */
static void check_silence(const struct mcpauth_answer *answer, const char *token)
{
	size_t length;
	const char *body = mcpauth_answer_body(answer, &length);
	if (strlen(token) < TELLING_LENGTH || strncmp(token, "eyJ", 3) != 0) {
		return;
	}
	MUST(length == 0 || strstr(body, token) == NULL);
	for (size_t i = 0; i < answer->headers.count; i++) {
		MUST(strstr(answer->headers.items[i].value, token) == NULL);
	}
}

void replies_check(const struct mcpauth_answer *answer, const char *token)
{
	unsigned status = mcpauth_answer_status(answer);
	const char *challenge = mcpauth_answer_header(answer, "WWW-Authenticate");
	MUST(is_known(status));
	replies_check_fields(&answer->headers);
	check_body(answer);
	check_silence(answer, token);
	MUST(status != 401 || challenge != NULL);
	MUST(status != 429
		|| (challenge == NULL && mcpauth_answer_header(answer, "Retry-After") != NULL));
	MUST(status != 405 || mcpauth_answer_header(answer, "Allow") != NULL);
	if (challenge != NULL) {
		check_challenge(status, challenge);
	}
}
