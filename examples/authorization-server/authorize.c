/* The authorization endpoint: checks a request, then asks the user. */
#define _GNU_SOURCE

#include "authorize.h"
#include "log.h"
#include "page.h"
#include "terms.h"

#include <stdlib.h>
#include <string.h>

#define CODE_SECONDS 60
#define CHALLENGE_LENGTH 43

/* The base64url of a SHA-256 (RFC 7636 section 4.2). */
static bool is_challenge(const char *text)
{
	return strlen(text) == CHALLENGE_LENGTH
		&& strspn(text,
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			   "0123456789-_")
		== CHALLENGE_LENGTH;
}

struct answer {
	const char *name;
	const char *value;
};

/* Every answer carries state and, against mix-up, iss (RFC 9207). */
static void redirect(const struct server *server, const struct authorization *authorization,
	const struct answer *answers, struct reply *reply)
{
	char *location = NULL;
	size_t length;
	const char *mark = strchr(authorization->redirect_uri, '?') == NULL ? "?" : "&";
	FILE *out = must(open_memstream(&location, &length));
	fprintf(out, "%s%siss=", authorization->redirect_uri, mark);
	text_write_form(out, server->issuer);
	for (; answers->name != NULL; answers++) {
		fprintf(out, "&%s=", answers->name);
		text_write_form(out, answers->value);
	}
	if (authorization->state != NULL) {
		fputs("&state=", out);
		text_write_form(out, authorization->state);
	}
	if (fclose(out) != 0) {
		must(NULL);
	}
	/* 303, so that no browser repeats a login form at the client. */
	reply->status = 303;
	reply_header(reply, "Location", location);
	reply_header(reply, "Referrer-Policy", "no-referrer");
	free(location);
}

void authorize_refuse(const struct server *server, const struct authorization *authorization,
	const struct refusal *refusal, struct reply *reply)
{
	const struct answer answers[] = {
		{"error", refusal->error},
		{"error_description", refusal->description},
		{NULL, NULL},
	};
	log_line(LOG_INFO, "refused client %s: %s", authorization->client_id, refusal->error);
	redirect(server, authorization, answers, reply);
}

/* Not all that was asked for needs to be granted (RFC 6749 section 3.3). */
static bool keep_to_rights(
	const struct server *server, struct authorization *authorization, const char *user)
{
	char *left = settings_scopes_for(&server->settings, user, authorization->scope);
	free(authorization->scope);
	authorization->scope = left;
	return left[0] != '\0';
}

void authorize_grant(struct server *server, struct authorization *authorization, const char *user,
	const char *browser, struct reply *reply)
{
	static const struct refusal nothing = {
		"access_denied", "the user may have none of these scopes"};
	char code[SECRET_SIZE];
	if (!keep_to_rights(server, authorization, user)) {
		authorize_refuse(server, authorization, &nothing, reply);
		return;
	}
	text_secret(code);
	const struct session *session = store_session(server->store, browser, user);
	const struct grant *grant = store_add_grant(server->store, authorization, user, session);
	store_add_credential(server->store, code, CREDENTIAL_CODE, grant->serial, CODE_SECONDS);
	const struct answer answers[] = {{"code", code}, {NULL, NULL}};
	log_line(LOG_INFO, "user %s allows client %s: %s", user, grant->authorization.client_id,
		grant->authorization.scope);
	redirect(server, &grant->authorization, answers, reply);
}

static bool check_protocol(
	const struct server *server, const struct form *form, struct refusal *refusal)
{
	const char *type = form_get(form, "response_type");
	const char *mode = form_get(form, "response_mode");
	const char *method = form_get(form, "code_challenge_method");
	const char *challenge = form_get(form, "code_challenge");
	const char *prompt = form_get(form, "prompt");
	*refusal = (struct refusal){"invalid_request", NULL};
	if (form_get(form, "request") != NULL) {
		*refusal = (struct refusal){"request_not_supported", "request is not supported"};
	} else if (form_get(form, "request_uri") != NULL) {
		*refusal = (struct refusal){
			"request_uri_not_supported", "request_uri is not supported"};
	} else if (type == NULL) {
		refusal->description = "response_type is missing";
	} else if (strcmp(type, "code") != 0) {
		*refusal = (struct refusal){
			"unsupported_response_type", "response_type must be code"};
	} else if (mode != NULL && strcmp(mode, "query") != 0) {
		refusal->description = "response_mode must be query";
	} else if (challenge == NULL || method == NULL || strcmp(method, "S256") != 0) {
		refusal->description = "PKCE with code_challenge_method S256 is required";
	} else if (!is_challenge(challenge)) {
		refusal->description = "code_challenge is not the base64url of a SHA-256";
	} else if (prompt != NULL && strcmp(prompt, "none") == 0
		&& !server->settings.auto_approve) {
		*refusal = (struct refusal){"login_required", "the user has to log in"};
	}
	return refusal->description == NULL;
}

static char *wanted_scope(
	const struct server *server, const struct client *client, const struct form *form)
{
	const char *asked = form_get(form, "scope");
	if (asked == NULL) {
		asked = client->scope;
	}
	char *scope = asked == NULL ? NULL : scope_normalise(asked);
	if (asked == NULL || (scope != NULL && scope[0] == '\0')) {
		free(scope);
		scope = scope_first(server->settings.scopes);
	}
	return scope;
}

static bool check_terms(const struct server *server, const struct client *client,
	struct authorization *authorization, const struct form *form, struct refusal *refusal)
{
	authorization->scope = wanted_scope(server, client, form);
	authorization->resources = resources_read(form);
	authorization->challenge = text_copy(form_get(form, "code_challenge"));
	authorization->nonce = text_copy(form_get(form, "nonce"));
	if ((client->grant_types & GRANT_CODE) == 0) {
		*refusal = (struct refusal){"unauthorized_client",
			"the client did not register for authorization_code"};
	} else if (authorization->scope == NULL
		|| (server->settings.only_these_scopes
			&& !scope_covers(server->settings.scopes, authorization->scope))) {
		*refusal = (struct refusal){"invalid_scope", "a scope is unknown or malformed"};
	} else if (authorization->resources == NULL) {
		*refusal = (struct refusal){
			"invalid_target", "resource must be an absolute URI without a fragment"};
	}
	return refusal->description == NULL;
}

/* NULL, or a problem that may be shown to the user only: until the redirect URI
 * is known to be the client's, sending anything there is an open redirect. */
static const char *find_way_back(struct server *server, const struct form *form,
	struct authorization *authorization, struct client **client)
{
	const char *problem = NULL;
	const char *id = form_get(form, "client_id");
	const char *uri = form_get(form, "redirect_uri");
	if (id == NULL) {
		return "client_id is missing";
	}
	*client = clients_find(server, id, &problem);
	if (*client == NULL) {
		return problem;
	}
	authorization->redirect_uri_given = uri != NULL;
	if (uri == NULL && cJSON_GetArraySize((*client)->redirect_uris) == 1) {
		uri = (*client)->redirect_uris->child->valuestring;
	}
	if (uri == NULL) {
		return "redirect_uri is missing";
	}
	if (!client_may_redirect(*client, uri)) {
		return "redirect_uri is not one of those the client registered";
	}
	authorization->client_id = text_copy(id);
	authorization->redirect_uri = text_copy(uri);
	authorization->state = text_copy(form_get(form, "state"));
	return NULL;
}

static void approve(struct server *server, const struct request *request,
	struct authorization *authorization, struct reply *reply)
{
	char browser[SECRET_SIZE];
	if (!login_browser(server, request, browser)) {
		login_keep_browser(server, browser, reply);
	}
	authorize_grant(server, authorization, server->settings.users.list[0].name, browser, reply);
}

static void ask_user(struct server *server, const struct request *request,
	struct authorization *authorization, struct reply *reply)
{
	char browser[SECRET_SIZE];
	struct transaction *transaction = must(calloc(1, sizeof *transaction));
	transaction->authorization = *authorization;
	*authorization = (struct authorization){0};
	login_browser(server, request, browser);
	login_show(server, transaction, browser, NULL, reply);
}

void authorize_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct form form;
	struct authorization authorization = {0};
	struct client *client = NULL;
	struct refusal refusal = {0};
	const char *problem = request_form(request, &form);
	if (problem == NULL) {
		problem = find_way_back(server, &form, &authorization, &client);
	}
	if (problem != NULL) {
		page_problem(400, problem, reply);
	} else if (!check_protocol(server, &form, &refusal)
		|| !check_terms(server, client, &authorization, &form, &refusal)) {
		authorize_refuse(server, &authorization, &refusal, reply);
	} else if (server->settings.auto_approve) {
		approve(server, request, &authorization, reply);
	} else {
		ask_user(server, request, &authorization, reply);
	}
	authorization_finish(&authorization);
	form_finish(&form);
}
