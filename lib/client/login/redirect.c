/* Reading the redirect that ends a login, which anybody may have made up. */
#include "client/login/authorization_request.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/form.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* The parameters of an answer, still encoded. */
struct answer {
	const char *query;
	size_t length;
};

static enum mcpauth_code no_answer(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_REDIRECT, "%s", why);
}

/* "scheme://authority", or just "scheme:" of a program's own; 0: it begins behind that. */
static size_t origin_length(const char *url)
{
	size_t length = strcspn(url, ":/?#");
	if (url[length] != ':') {
		return 0;
	}
	length++;
	return strncmp(url + length, "//", 2) == 0 ? length + 2 + strcspn(url + length + 2, "/?#")
						   : length;
}

/* Browsers write an empty path as "/". */
static bool is_same_path(const char *a, const char *b)
{
	size_t length = strcspn(a, "?#");
	size_t other = strcspn(b, "?#");
	if (length == 0 || other == 0) {
		return (length == 0 || (length == 1 && *a == '/'))
			&& (other == 0 || (other == 1 && *b == '/'));
	}
	return length == other && memcmp(a, b, length) == 0;
}

static bool is_for(const char *url, const char *redirect_uri)
{
	size_t origin = origin_length(url);
	size_t wanted = origin_length(redirect_uri);
	if (origin > 0
		&& (origin != wanted || !mcpauth__ascii_begins_alike(url, redirect_uri, origin))) {
		return false;
	}
	return (origin > 0 || *url == '/') && is_same_path(url + origin, redirect_uri + wanted);
}

/* Of a line that somebody pasted the blanks around it are no part. */
static enum mcpauth_code find_query(
	const char *url, const char *redirect_uri, struct answer *answer, struct mcpauth_error *err)
{
	if (strnlen(url, MCPAUTH__REDIRECT_LIMIT + 1) > MCPAUTH__REDIRECT_LIMIT) {
		return no_answer(err, "the redirect is over 16 KiB long");
	}
	url += strspn(url, BLANKS);
	size_t length = strcspn(url, BLANKS);
	if (url[length + strspn(url + length, BLANKS)] != '\0') {
		return no_answer(err, "there is a blank in the redirect");
	}
	if (!is_for(url, redirect_uri)) {
		return no_answer(err, "the redirect is to another address than the login's");
	}
	size_t before = strcspn(url, "?#");
	if (url[before] != '?') {
		return no_answer(err, "the redirect has no parameters");
	}
	answer->query = url + before + 1;
	answer->length = strcspn(answer->query, "#" BLANKS);
	return MCPAUTH_OK;
}

static enum mcpauth__form_outcome find(const struct answer *answer, const char *name, char **value)
{
	return mcpauth__form_find(answer->query, answer->length, name, value);
}

/* Who does not know the state cannot find it out by how long the answer takes. */
static enum mcpauth_code check_state(
	const struct answer *answer, const char *wanted, struct mcpauth_error *err)
{
	char *state;
	enum mcpauth__form_outcome outcome = find(answer, "state", &state);
	bool is_it = outcome == MCPAUTH__FORM_FOUND && strlen(state) == strlen(wanted)
		&& mcpauth__equal_bytes(state, wanted, strlen(wanted));
	free(state);
	switch (outcome) {
	case MCPAUTH__FORM_NO_MEMORY:
		return mcpauth__no_memory(err);
	case MCPAUTH__FORM_MALFORMED:
		return no_answer(err, "the redirect's parameters are malformed");
	case MCPAUTH__FORM_ABSENT:
		return no_answer(err, "the redirect has no state");
	default:
		break;
	}
	return is_it ? MCPAUTH_OK : no_answer(err, "the redirect's state is not this login's");
}

/* RFC 9207 section 2.4: another issuer's answer is not acted upon, its error not shown. */
static enum mcpauth_code check_issuer(const struct answer *answer,
	const struct mcpauth__authorization_request *request, struct mcpauth_error *err)
{
	char *issuer;
	enum mcpauth__form_outcome outcome = find(answer, "iss", &issuer);
	bool is_it = outcome == MCPAUTH__FORM_FOUND && strcmp(issuer, request->issuer) == 0;
	free(issuer);
	if (outcome == MCPAUTH__FORM_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	if (outcome == MCPAUTH__FORM_ABSENT) {
		return !request->names_issuer
			? MCPAUTH_OK
			: mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
				"the answer has no iss, which this issuer always sends (RFC 9207)");
	}
	return is_it
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
			"the answer is of another issuer than the one that was asked (RFC 9207)");
}

static enum mcpauth_code refused(
	const struct answer *answer, const char *error, struct mcpauth_error *err)
{
	char *description;
	find(answer, "error_description", &description);
	bool is_described = description != NULL && *description != '\0';
	enum mcpauth_code code = mcpauth__fail(err, MCPAUTH_E_LOGIN_REFUSED,
		"the login was refused: %.60s%s%.120s", error, is_described ? ": " : "",
		is_described ? description : "");
	free(description);
	return code;
}

static enum mcpauth_code check_error(const struct answer *answer, struct mcpauth_error *err)
{
	char *error;
	enum mcpauth_code code = MCPAUTH_OK;
	switch (find(answer, "error", &error)) {
	case MCPAUTH__FORM_ABSENT:
		break;
	case MCPAUTH__FORM_FOUND:
		code = refused(answer, error, err);
		break;
	case MCPAUTH__FORM_NO_MEMORY:
		code = mcpauth__no_memory(err);
		break;
	default:
		code = no_answer(err, "the redirect has more than one error");
		break;
	}
	free(error);
	return code;
}

static enum mcpauth_code take_code(
	const struct answer *answer, char **code, struct mcpauth_error *err)
{
	enum mcpauth__form_outcome outcome = find(answer, "code", code);
	if (outcome == MCPAUTH__FORM_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	if (outcome == MCPAUTH__FORM_REPEATED) {
		return no_answer(err, "the redirect has more than one code");
	}
	if (outcome != MCPAUTH__FORM_FOUND || **code == '\0') {
		free(*code);
		*code = NULL;
		return no_answer(err, "the redirect has neither code nor error");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__redirect_read(const struct mcpauth__authorization_request *request,
	const char *url, char **code, struct mcpauth_error *err)
{
	struct answer answer = {0};
	*code = NULL;
	enum mcpauth_code result = find_query(url, request->redirect_uri, &answer, err);
	if (result == MCPAUTH_OK) {
		result = check_state(&answer, request->state, err);
	}
	if (result == MCPAUTH_OK) {
		result = check_issuer(&answer, request, err);
	}
	if (result == MCPAUTH_OK) {
		result = check_error(&answer, err);
	}
	return result == MCPAUTH_OK ? take_code(&answer, code, err) : result;
}
