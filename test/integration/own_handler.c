/* A handler of one's own behind the chain: a list for whoever asks, and drafts of their own. */
#define _GNU_SOURCE
#include "own_handler.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* Fills the result of a request. @return the HTTP status */
static unsigned run(const struct own *own, const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, cJSON *result)
{
	const char *name = mcpauth_message_name(message);
	char draft[MCPAUTH_HANDLE_SIZE];
	size_t length;
	if (strcmp(mcpauth_message_method(message), "tools/list") == 0) {
		cJSON_AddItemToObject(result, "tools", cJSON_Parse(OWN_TOOLS));
		return mcpauth_operations_filter(own->operations, who, 0, result) ? 500 : 200;
	}
	if (name == NULL) {
		return 404;
	}
	if (strcmp(name, "begin") == 0) {
		mcpauth_handle_make(own->handles, who, draft, NULL);
		return cJSON_AddStringToObject(result, "draft", draft) == NULL ? 500 : 200;
	}
	const char *text = mcpauth_message_param(message, "arguments", &length);
	cJSON *arguments = cJSON_ParseWithLength(text, length);
	const char *given = cJSON_GetStringValue(cJSON_GetObjectItem(arguments, "draft"));
	enum mcpauth_code code = mcpauth_handle_check(own->handles, who, given, NULL);
	cJSON_Delete(arguments);
	return code != MCPAUTH_OK ? 404 : 200; /* what is another's is not there */
}

enum MHD_Result own_handle(void *own, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **context)
{
	const struct mcpauth_message *message = mcpauth_mhd_message(connection);
	const struct mcpauth_auth_info *who = mcpauth_mhd_auth_info(connection);
	size_t length = 0;
	if (*context == NULL || *size > 0) { /* the chain has read what was posted */
		*context = own;
		*size = 0;
		return MHD_YES;
	}
	const char *id = mcpauth_message_id(message, &length);
	bool asks = mcpauth_message_kind(message) == MCPAUTH_MESSAGE_REQUEST;
	cJSON *result = cJSON_CreateObject();
	unsigned status = message == NULL ? 405 : asks ? run(own, message, who, result) : 202;
	char *json = status == 200 ? cJSON_PrintUnformatted(result) : NULL;
	char *text = NULL;
	int written = json == NULL ? 0 : asprintf(&text, OWN_REPLY, (int)length, id, json);
	struct MHD_Response *response = MHD_create_response_from_buffer(
		written > 0 ? (size_t)written : 0, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result queued = mcpauth_mhd_queue_response(connection, status, response);
	MHD_destroy_response(response);
	cJSON_free(json);
	cJSON_Delete(result);
	return queued;
}
