/* A REST server without MCP: one open resource, and one that tells its caller
 * what their token says of them. */
#define _POSIX_C_SOURCE 200809L

#include "run.h"
#include "serve.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_PATH "/open"

/* NULL becomes null. Takes nothing but adds to the object. */
static bool put_text(cJSON *object, const char *name, const char *text)
{
	return (text != NULL ? cJSON_AddStringToObject(object, name, text)
			     : cJSON_AddNullToObject(object, name))
		!= NULL;
}

static bool put_scopes(cJSON *object, const struct mcpauth_auth_info *who)
{
	cJSON *scopes = cJSON_AddArrayToObject(object, "scopes");
	bool done = scopes != NULL;
	const char *scope = NULL;
	for (size_t i = 0;
		done && who != NULL && (scope = mcpauth_auth_info_scope_at(who, i)) != NULL; i++) {
		done = cJSON_AddItemToArray(scopes, cJSON_CreateString(scope));
	}
	return done;
}

/* With --no-auth nobody is known. */
static char *about_caller(const struct mcpauth_auth_info *who)
{
	const char *subject = who != NULL ? mcpauth_auth_info_subject(who) : NULL;
	const char *client = who != NULL ? mcpauth_auth_info_client_id(who) : NULL;
	cJSON *object = cJSON_CreateObject();
	char *text = NULL;
	if (put_text(object, "sub", subject) && put_text(object, "client_id", client)
		&& put_scopes(object, who)) {
		text = cJSON_PrintUnformatted(object);
	}
	cJSON_Delete(object);
	return text;
}

/* Sends JSON, which it takes; `allow` names the methods with a 405. */
static enum MHD_Result send_json(
	struct MHD_Connection *connection, unsigned status, char *json, const char *allow)
{
	struct MHD_Response *response = json == NULL
		? NULL
		: MHD_create_response_from_buffer(strlen(json), json, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(json);
		return MHD_NO;
	}
	enum MHD_Result result = MHD_add_response_header(
		response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	if (result == MHD_YES && allow != NULL) {
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
	}
	if (result == MHD_YES) {
		result = mcpauth_mhd_queue_response(connection, status, response);
	}
	MHD_destroy_response(response);
	return result;
}

static bool is_reading(const char *method)
{
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0
		|| strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static enum MHD_Result answer(const struct example_options *options,
	struct MHD_Connection *connection, const char *url, const char *method)
{
	if (strcmp(url, options->path) == 0) {
		if (is_reading(method) || strcmp(method, MHD_HTTP_METHOD_POST) == 0) {
			return send_json(connection, MHD_HTTP_OK,
				about_caller(mcpauth_mhd_auth_info(connection)), NULL);
		}
		return send_json(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			strdup("{\"error\":\"method_not_allowed\"}"), "GET, HEAD, POST");
	}
	if (strcmp(url, OPEN_PATH) != 0) {
		return send_json(
			connection, MHD_HTTP_NOT_FOUND, strdup("{\"error\":\"not_found\"}"), NULL);
	}
	if (!is_reading(method)) {
		return send_json(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			strdup("{\"error\":\"method_not_allowed\"}"), "GET, HEAD");
	}
	return send_json(connection, MHD_HTTP_OK, strdup("{\"open\":true}"), NULL);
}

/* Bodies are read to their end, so that the connection stays usable, and let go. */
static enum MHD_Result handle(void *options, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static char begun;
	(void)version;
	(void)upload_data;
	if (*con_cls == NULL) {
		*con_cls = &begun;
		return MHD_YES;
	}
	if (*upload_data_size > 0) {
		*upload_data_size = 0;
		return MHD_YES;
	}
	return answer(options, connection, url, method);
}

/* All methods: what is not GET gets its 405 from answer(). */
static enum mcpauth_code publish_open(struct mcpauth_chain *chain, struct mcpauth_error *err)
{
	return mcpauth_chain_publish(chain, OPEN_PATH, NULL, err);
}

/* @return the exit status */
static int serve(struct example_options *options)
{
	const struct run_handler handler = {.handle = handle, .user = options};
	struct setup setup = {0};
	uint16_t port;
	int status = 1;
	int listener = serve_listen(options->port, &port);
	if (listener < 0) {
		return 1;
	}
	if (!setup_build(&setup, options, port)) {
		status = 2;
	} else if (run_until_stopped(&setup, &handler, listener, port)) {
		status = 0;
	}
	setup_finish(&setup);
	return status;
}

int main(int argc, char **argv)
{
	struct example_options options = {
		.summary = "A REST server without MCP that says who calls. It has /open for "
			   "everybody, and the path of the resource, /notes by default, for "
			   "those with a token.",
		.name = "notes",
		.path = "/notes",
		.scope = "read:notes",
		.add_routes = publish_open,
	};
	serve_prepare();
	serve_raise_descriptor_limit();
	options_parse(&options, argc, argv);
	int status = serve(&options);
	options_finish(&options);
	return status;
}
