/* Dynamic client registration (RFC 7591), open to everyone. */
#include "clients.h"
#include "log.h"
#include "terms.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const methods[] = {
	[AUTH_NONE] = "none",
	[AUTH_BASIC] = "client_secret_basic",
	[AUTH_POST] = "client_secret_post",
};

static cJSON *grant_names(unsigned bits)
{
	static const char *const names[] = {
		"authorization_code",
		"refresh_token",
		"client_credentials",
	};
	cJSON *list = must(cJSON_CreateArray());
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if ((bits >> i & 1) != 0) {
			cJSON_AddItemToArray(list, must(cJSON_CreateString(names[i])));
		}
	}
	return list;
}

/* What RFC 7591 section 3.2.1 wants told: all that was registered, as it is. */
static cJSON *description(const struct client *client, const char *secret)
{
	cJSON *body = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(body, "client_id", client->id));
	must(cJSON_AddNumberToObject(body, "client_id_issued_at", (double)time(NULL)));
	if (secret != NULL) {
		must(cJSON_AddStringToObject(body, "client_secret", secret));
		must(cJSON_AddNumberToObject(body, "client_secret_expires_at", 0));
	}
	if (client->name != NULL) {
		must(cJSON_AddStringToObject(body, "client_name", client->name));
	}
	if (client->scope != NULL) {
		must(cJSON_AddStringToObject(body, "scope", client->scope));
	}
	must(cJSON_AddStringToObject(
		body, "token_endpoint_auth_method", methods[client->authentication]));
	cJSON_AddItemToObject(
		body, "redirect_uris", must(cJSON_Duplicate(client->redirect_uris, true)));
	cJSON_AddItemToObject(body, "grant_types", grant_names(client->grant_types));
	cJSON_AddItemToObject(body, "response_types",
		scope_array((client->grant_types & GRANT_CODE) != 0 ? "code" : ""));
	return body;
}

static void keep(
	struct server *server, struct client *client, const cJSON *metadata, struct reply *reply)
{
	char id[SECRET_SIZE];
	char secret[SECRET_SIZE];
	const char *type = json_string(metadata, "application_type");
	text_secret(id);
	text_secret(secret);
	client->id = text_copy(id);
	text_digest(secret, strlen(secret), client->secret);
	cJSON *body = description(client, client->authentication == AUTH_NONE ? NULL : secret);
	if (type != NULL) {
		must(cJSON_AddStringToObject(body, "application_type", type));
	}
	log_line(LOG_INFO, "registered client %s \"%s\"", client->id,
		client->name == NULL ? "" : client->name);
	store_add_client(server->store, client);
	reply_json(reply, 201, body);
}

static bool type_is_known(const cJSON *metadata)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(metadata, "application_type");
	const char *type = cJSON_GetStringValue(item);
	return item == NULL
		|| (type != NULL && (strcmp(type, "web") == 0 || strcmp(type, "native") == 0));
}

void register_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct refusal refusal = {"invalid_client_metadata",
		"the body must be one JSON object with application_type web or native"};
	cJSON *metadata = json_parse(request->body == NULL ? "" : request->body, request->length);
	struct client *client = must(calloc(1, sizeof *client));
	if (metadata == NULL || !type_is_known(metadata)
		|| !client_read(client, metadata, &refusal)) {
		reply_error(reply, 400, refusal.error, refusal.description);
		client_free(client);
	} else {
		keep(server, client, metadata, reply);
	}
	cJSON_Delete(metadata);
}
