/* Reads the JSON that says whose tokens are to be forgotten. */
#include "forget_request.h"

#include <gnutls/gnutls.h>
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

/* @return NULL, or what is wrong */
static const char *take(struct forget_request *request, const char *name, struct slice value)
{
	char **text = place(request, name);
	if (text == NULL) {
		return "members are token, issuer, subject and session";
	}
	*text = json_string(value);
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

const char *forget_request_read(struct slice body, struct forget_request *request)
{
	struct json_members members = {0};
	struct slice value;
	const char *problem = NULL;
	*request = (struct forget_request){0};
	if (!json_value(body, &value) || !json_members(value, &members)) {
		problem = "the body is a JSON object that names nothing twice";
	}
	for (size_t i = 0; problem == NULL && i < members.count; i++) {
		problem = take(request, members.at[i].name, members.at[i].value);
	}
	json_members_finish(&members);
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
