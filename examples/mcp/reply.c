/* Builds JSON-RPC responses; an id goes out byte for byte as it came in. */
#define _POSIX_C_SOURCE 200809L

#include "reply.h"

#include <stdlib.h>
#include <string.h>

bool reply_put(cJSON *object, const char *name, cJSON *item)
{
	cJSON_bool done = false;
	if (object != NULL && item != NULL) {
		done = name != NULL ? cJSON_AddItemToObject(object, name, item)
				    : cJSON_AddItemToArray(object, item);
	}
	if (!done) {
		cJSON_Delete(item);
	}
	return done;
}

/* cJSON would read 9007199254740993 as another number, so it never reads ids. */
static bool put_id(cJSON *response, struct slice id)
{
	if (id.at == NULL) {
		return true;
	}
	char *raw = strndup(id.at, id.length);
	bool done = raw != NULL && reply_put(response, "id", cJSON_CreateRaw(raw));
	free(raw);
	return done;
}

static void finish(struct reply *reply, struct slice id, const char *name, cJSON *content)
{
	cJSON *response = cJSON_CreateObject();
	bool done = reply_put(response, "jsonrpc", cJSON_CreateString("2.0"))
		&& put_id(response, id);
	done = reply_put(done ? response : NULL, name, content);
	reply->body = done ? cJSON_PrintUnformatted(response) : NULL;
	if (reply->body == NULL) {
		reply->status = 500;
	}
	cJSON_Delete(response);
}

void reply_result(struct reply *reply, struct slice id, cJSON *result)
{
	reply->status = 200;
	finish(reply, id, "result", result);
}

void reply_error(struct reply *reply, struct slice id, struct failure failure)
{
	cJSON *error = cJSON_CreateObject();
	bool done = reply_put(error, "code", cJSON_CreateNumber(failure.code))
		&& reply_put(error, "message", cJSON_CreateString(failure.message));
	if (failure.data != NULL) {
		done = reply_put(error, "data", failure.data) && done;
	}
	if (!done) {
		cJSON_Delete(error);
		error = NULL;
	}
	reply->status = failure.status;
	finish(reply, id, "error", error);
}
