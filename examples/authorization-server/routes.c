/* Which path is which endpoint, and what all endpoints do alike. */
#define _GNU_SOURCE

#include "page.h"

#include <stdlib.h>
#include <string.h>

enum method {
	GET = 1,
	POST = 2
};

/* Where a path stands to an issuer with a path: RFC 8414 section 3.1 puts the
 * well-known part before it, OpenID Connect Discovery after it. */
enum place {
	AFTER_BASE,
	BEFORE_BASE
};

static const struct route {
	const char *path;
	enum place place;
	unsigned methods;
	bool cors; /* scripts of any origin may use it: no cookie is looked at there */
	void (*answer)(struct server *server, const struct request *request, struct reply *reply);
} routes[] = {
	{"/", AFTER_BASE, GET, false, front_page_answer},
	{"/.well-known/oauth-authorization-server", BEFORE_BASE, GET, true, metadata_answer},
	{"/.well-known/openid-configuration", AFTER_BASE, GET, true, metadata_answer},
	{"/.well-known/openid-configuration", BEFORE_BASE, GET, true, metadata_answer},
	{"/jwks", AFTER_BASE, GET, true, jwks_answer},
	{"/register", AFTER_BASE, POST, true, register_answer},
	{"/authorize", AFTER_BASE, GET | POST, false, authorize_answer},
	{"/login", AFTER_BASE, POST, false, login_answer},
	{"/token", AFTER_BASE, POST, true, token_answer},
	{"/introspect", AFTER_BASE, POST, false, introspect_answer},
	{"/revoke", AFTER_BASE, POST, true, revoke_answer},
	{"/end_session", AFTER_BASE, GET | POST, false, end_session_answer},
	{"/userinfo", AFTER_BASE, GET | POST, true, userinfo_answer},
};

void reply_header(struct reply *reply, const char *name, const char *value)
{
	if (reply->count < REPLY_HEADERS) {
		reply->headers[reply->count].name = name;
		reply->headers[reply->count++].value = text_copy(value);
	}
}

void reply_text(struct reply *reply, unsigned status, const char *type, char *body)
{
	reply->status = status;
	reply->type = type;
	reply->body = body;
	reply->length = strlen(body);
}

void reply_json(struct reply *reply, unsigned status, cJSON *body)
{
	reply_text(reply, status, "application/json", must(cJSON_PrintUnformatted(body)));
	cJSON_Delete(body);
}

void reply_error(struct reply *reply, unsigned status, const char *error, const char *description)
{
	cJSON *body = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(body, "error", error));
	must(cJSON_AddStringToObject(body, "error_description", description));
	reply_json(reply, status, body);
}

void reply_finish(struct reply *reply)
{
	for (unsigned i = 0; i < reply->count; i++) {
		free(reply->headers[i].value);
	}
	reply->count = 0;
}

static bool is_form(const char *content_type)
{
	static const char type[] = "application/x-www-form-urlencoded";
	size_t length = sizeof type - 1;
	return content_type != NULL && strncasecmp(content_type, type, length) == 0
		&& (content_type[length] == '\0' || strchr("; \t", content_type[length]) != NULL);
}

const char *request_form(const struct request *request, struct form *form)
{
	form->count = 0;
	if (strcmp(request->method, "POST") != 0) {
		const char *query = request->query == NULL ? "" : request->query;
		return form_parse(form, query, strlen(query));
	}
	if (!is_form(request->content_type)) {
		return "the body must be application/x-www-form-urlencoded";
	}
	return form_parse(form, request->body, request->length);
}

static bool path_fits(const struct route *route, const char *base, const char *path)
{
	const char *first = route->place == BEFORE_BASE ? route->path : base;
	const char *second = route->place == BEFORE_BASE ? base : route->path;
	size_t length = strlen(first);
	return strncmp(path, first, length) == 0 && strcmp(path + length, second) == 0;
}

static const struct route *find(const char *base, const char *path)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		if (path_fits(&routes[i], base, path)) {
			return &routes[i];
		}
	}
	return NULL;
}

static unsigned method_bit(const char *method)
{
	if (strcmp(method, "POST") == 0) {
		return POST;
	}
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ? GET : 0;
}

static const char *allowed(const struct route *route)
{
	return route->methods == GET     ? "GET, HEAD, OPTIONS"
		: route->methods == POST ? "POST, OPTIONS"
					 : "GET, HEAD, POST, OPTIONS";
}

static void answer_options(const struct route *route, struct reply *reply)
{
	reply->status = 204;
	reply_header(reply, "Allow", allowed(route));
	if (route->cors) {
		reply_header(reply, "Access-Control-Allow-Methods", allowed(route));
		reply_header(reply, "Access-Control-Allow-Headers",
			"Authorization, Content-Type, Accept, MCP-Protocol-Version");
		reply_header(reply, "Access-Control-Max-Age", "3600");
	}
}

/* To a program an OAuth error, to a person a page: a browser says that it takes HTML. */
static void refuse(
	const struct request *request, unsigned status, const char *why, struct reply *reply)
{
	reply_header(reply, "Vary", "Accept");
	if (request->accept != NULL && strstr(request->accept, "text/html") != NULL) {
		page_problem(status, why, reply);
	} else {
		reply_error(reply, status, status == 404 ? "not_found" : "invalid_request", why);
	}
}

void routes_answer(struct server *server, const struct request *request, struct reply *reply)
{
	const struct route *route = find(server->base_path, request->path);
	if (route == NULL) {
		refuse(request, 404, "there is nothing at this path", reply);
		return;
	}
	if (route->cors) {
		reply_header(reply, "Access-Control-Allow-Origin", "*");
		reply_header(reply, "Access-Control-Expose-Headers", "WWW-Authenticate");
	}
	if (strcmp(request->method, "OPTIONS") == 0) {
		answer_options(route, reply);
	} else if ((route->methods & method_bit(request->method)) == 0) {
		reply_header(reply, "Allow", allowed(route));
		refuse(request, 405, "this method is not served here", reply);
	} else {
		pthread_mutex_lock(&server->lock);
		route->answer(server, request, reply);
		pthread_mutex_unlock(&server->lock);
	}
}
