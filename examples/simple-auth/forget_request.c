/* Reads the JSON that says whose tokens are to be forgotten. */
#define _GNU_SOURCE

#include "forget_request.h"

#include <cjson/cJSON.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static char **place(struct forget_request *request, const char *name)
{
	if (strcmp(name, "token") == 0) {
		return &request->token;
	}
	if (strcmp(name, "issuer") == 0) {
		return &request->issuer;
	}
	if (strcmp(name, "subject") == 0) {
		return &request->subject;
	}
	return strcmp(name, "session") == 0 ? &request->session : NULL;
}

/* Takes the text out of the tree, so that there is one copy of it to wipe.
 * @return NULL, or what is wrong */
static const char *take(struct forget_request *request, cJSON *member)
{
	char **text = place(request, member->string);
	if (text == NULL) {
		return "members are token, issuer, subject and session";
	}
	if (*text != NULL) {
		return "each member is named once";
	}
	*text = member->valuestring;
	member->valuestring = NULL;
	return *text != NULL && **text != '\0' ? NULL : "each member is a string, and not empty";
}

/* An empty request would seem to have worked, and one that says two things would
 * do only one of them. */
static bool says_one_thing(const struct forget_request *request)
{
	if (request->token != NULL) {
		return request->issuer == NULL && request->subject == NULL
			&& request->session == NULL;
	}
	return request->issuer != NULL && (request->subject != NULL) != (request->session != NULL);
}

static bool is_blank(const char *text, const char *end)
{
	while (text < end && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
		text++;
	}
	return text == end;
}

/* One object and nothing behind it. A NUL in a string, which cJSON would cut it at, is
 * in no token and no name that could be forgotten.
 * @return caller frees with cJSON_Delete(); NULL if it is not that */
static cJSON *read_object(const char *body, size_t length)
{
	const char *end = NULL;
	if (memchr(body, '\0', length) != NULL || memmem(body, length, "\\u0000", 6) != NULL) {
		return NULL;
	}
	cJSON *object = cJSON_ParseWithLengthOpts(body, length, &end, false);
	if (!cJSON_IsObject(object) || !is_blank(end, body + length)) {
		cJSON_Delete(object);
		return NULL;
	}
	return object;
}

const char *forget_request_read(const char *body, size_t length, struct forget_request *request)
{
	const char *problem = NULL;
	*request = (struct forget_request){0};
	cJSON *object = read_object(body, length);
	if (object == NULL) {
		return "the body is a JSON object";
	}
	for (cJSON *member = object->child; problem == NULL && member != NULL;
		member = member->next) {
		problem = take(request, member);
	}
	cJSON_Delete(object);
	if (problem == NULL && !says_one_thing(request)) {
		problem = "name a token, or an issuer with a subject or with a session";
	}
	return problem;
}

static void wipe(char *text)
{
	if (text != NULL) {
		gnutls_memset(text, 0, strlen(text));
	}
	free(text);
}

void forget_request_finish(struct forget_request *request)
{
	wipe(request->token);
	wipe(request->issuer);
	wipe(request->subject);
	wipe(request->session);
	*request = (struct forget_request){0};
}
