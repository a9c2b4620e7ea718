/* Fuzz target: the redirect that brings a code. Lines: "y" if answers have to name their
 * issuer; the redirect_uri; then the redirect, up to its end. Read a second time parameter
 * by parameter, as a list that libcurl decodes, and judged by RFC 9207 as a table. */
#include "common/fuzz.h"

#include "client/login/authorization_request.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ISSUER "https://as.example"
#define STATE "s-1"
#define BLANKS " \t\r\n"

/* What of a parameter there is. */
struct found {
	int count;
	char *value; /* of the last one */
};

struct answer {
	struct found state;
	struct found issuer;
	struct found error;
	struct found code;
};

static bool is_encoded(const char *text)
{
	for (; *text != '\0'; text++) {
		bool is_escape = *text == '%';
		if (*text < '!' || *text > '~'
			|| (is_escape
				&& (strspn(text + 1, "0123456789abcdefABCDEF") < 2
					|| strncmp(text, "%00", 3) == 0))) {
			return false;
		}
	}
	return true;
}

static char *decode(const char *text)
{
	char *copy = fuzz_text((const uint8_t *)text, strlen(text));
	for (char *plus = copy; (plus = strchr(plus, '+')) != NULL; *plus = ' ') {
	}
	char *decoded = curl_easy_unescape(NULL, copy, 0, NULL);
	MUST(decoded != NULL);
	char *own = fuzz_text((const uint8_t *)decoded, strlen(decoded));
	curl_free(decoded);
	free(copy);
	return own;
}

static void note(struct answer *answer, const char *name, const char *value)
{
	struct found *found = strcmp(name, "state") == 0 ? &answer->state
		: strcmp(name, "iss") == 0               ? &answer->issuer
		: strcmp(name, "error") == 0             ? &answer->error
		: strcmp(name, "code") == 0              ? &answer->code
							 : NULL;
	if (found != NULL) {
		free(found->value);
		found->value = decode(value);
		found->count++;
	}
}

/* @return false if it is no form */
static bool read_query(char *query, struct answer *answer)
{
	bool good = true;
	for (char *at = *query != '\0' ? query : NULL; good && at != NULL;) {
		char *next = strchr(at, '&');
		if (next != NULL) {
			*next++ = '\0';
		}
		char *equals = strchr(at, '=');
		good = equals != NULL && is_encoded(at);
		if (good) {
			*equals = '\0';
			char *name = decode(at);
			note(answer, name, equals + 1);
			free(name);
		}
		at = next;
	}
	return good;
}

static enum mcpauth_code judge_issuer(const struct found *issuer, bool is_promised)
{
	if (issuer->count == 0) {
		return is_promised ? MCPAUTH_E_ISSUER_MISMATCH : MCPAUTH_OK;
	}
	return issuer->count == 1 && strcmp(issuer->value, ISSUER) == 0 ? MCPAUTH_OK
									: MCPAUTH_E_ISSUER_MISMATCH;
}

static enum mcpauth_code judge(const struct answer *answer, bool is_promised)
{
	if (answer->state.count != 1 || strcmp(answer->state.value, STATE) != 0) {
		return MCPAUTH_E_REDIRECT;
	}
	enum mcpauth_code code = judge_issuer(&answer->issuer, is_promised);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (answer->error.count > 0) {
		return answer->error.count == 1 ? MCPAUTH_E_LOGIN_REFUSED : MCPAUTH_E_REDIRECT;
	}
	return answer->code.count == 1 && *answer->code.value != '\0' ? MCPAUTH_OK
								      : MCPAUTH_E_REDIRECT;
}

/* The origin, cut off; *rest is what is behind it. */
static char *cut_origin(const char *url, const char **rest)
{
	const char *colon = strpbrk(url, ":/?#");
	const char *end = url;
	if (colon != NULL && *colon == ':') {
		end = colon + 1;
		if (end[0] == '/' && end[1] == '/') {
			end = strpbrk(end + 2, "/?#");
			end = end != NULL ? end : url + strlen(url);
		}
	}
	*rest = end;
	return fuzz_text((const uint8_t *)url, (size_t)(end - url));
}

static char *cut_path(const char *rest)
{
	const char *end = strpbrk(rest, "?#");
	size_t length = end != NULL ? (size_t)(end - rest) : strlen(rest);
	return length > 0 ? fuzz_text((const uint8_t *)rest, length)
			  : fuzz_text((const uint8_t *)"/", 1);
}

static bool is_for(const char *url, const char *redirect_uri)
{
	const char *rest;
	const char *other;
	char *origin = cut_origin(url, &rest);
	char *wanted = cut_origin(redirect_uri, &other);
	char *path = cut_path(rest);
	char *wanted_path = cut_path(other);
	bool good = strcmp(path, wanted_path) == 0
		&& (*origin == '\0' ? *rest == '/' : strcasecmp(origin, wanted) == 0);
	free(origin);
	free(wanted);
	free(path);
	free(wanted_path);
	return good;
}

/* @return the query, as text of its own; NULL: no redirect to there */
static char *query_of(const char *url, const char *redirect_uri)
{
	char *copy = fuzz_text((const uint8_t *)url, strlen(url));
	char *at = copy + strspn(copy, BLANKS);
	char *query = NULL;
	size_t length = strcspn(at, BLANKS);
	bool good = strspn(at + length, BLANKS) == strlen(at + length);
	at[length] = '\0';
	at[strcspn(at, "#")] = '\0';
	const char *mark = strchr(at, '?');
	if (good && mark != NULL && strlen(url) <= MCPAUTH__REDIRECT_LIMIT
		&& is_for(at, redirect_uri)) {
		query = fuzz_text((const uint8_t *)mark + 1, strlen(mark + 1));
	}
	free(copy);
	return query;
}

static void check(const struct mcpauth__authorization_request *request, const char *url)
{
	struct mcpauth_error err = {0};
	struct answer answer = {0};
	char *code;
	enum mcpauth_code want = MCPAUTH_E_REDIRECT;
	enum mcpauth_code got = mcpauth__redirect_read(request, url, &code, &err);
	char *query = query_of(url, request->redirect_uri);
	if (query != NULL && read_query(query, &answer)) {
		want = judge(&answer, request->names_issuer);
	}
	fuzz_check_error(got, &err);
	MUST(got == want);
	MUST((code != NULL) == (got == MCPAUTH_OK));
	MUST(code == NULL || strcmp(code, answer.code.value) == 0);
	MUST(got != MCPAUTH_E_ISSUER_MISMATCH || strstr(err.message, "RFC 9207") != NULL);
	free(code);
	free(query);
	free(answer.state.value);
	free(answer.issuer.value);
	free(answer.error.value);
	free(answer.code.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *promised = fuzz_field(&data, &size, '\n');
	char *redirect_uri = fuzz_field(&data, &size, '\n');
	char *url = fuzz_text(data, size);
	struct mcpauth__authorization_request request = {.redirect_uri = redirect_uri,
		.issuer = ISSUER,
		.state = STATE,
		.names_issuer = strcmp(promised, "y") == 0};
	check(&request, url);
	free(promised);
	free(redirect_uri);
	free(url);
	return 0;
}
