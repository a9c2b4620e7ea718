/* Reads JSON-RPC messages: strict about the envelope, blind to the contents. */
#include "envelope.h"

#include <stdlib.h>
#include <string.h>

#define META "io.modelcontextprotocol/"

static bool blame(struct envelope_fault *fault, int code, const char *message)
{
	*fault = (struct envelope_fault){code, message};
	return false;
}

const char *envelope_target(const char *method)
{
	if (strcmp(method, "tools/call") == 0 || strcmp(method, "prompts/get") == 0) {
		return "name";
	}
	return strcmp(method, "resources/read") == 0 ? "uri" : NULL;
}

static bool read_meta(struct slice meta, struct envelope *envelope, struct envelope_fault *fault)
{
	struct json_members members = {0};
	if (meta.at == NULL) {
		return true;
	}
	bool good = json_members(meta, &members);
	if (good) {
		struct slice version = json_member(&members, META "protocolVersion");
		struct slice able = json_member(&members, META "clientCapabilities");
		envelope->has_version = version.at != NULL;
		envelope->version = json_string(version);
		envelope->has_capabilities = able.at != NULL && *able.at == '{';
	}
	json_members_finish(&members);
	return good
		|| blame(fault, ENVELOPE_INVALID_PARAMS,
			"params._meta must be an object in which no name occurs twice");
}

static bool read_name(
	const struct json_members *params, struct envelope *envelope, struct envelope_fault *fault)
{
	const char *target = envelope_target(envelope->method);
	struct slice name = {0};
	if (target != NULL) {
		name = json_member(params, target);
		envelope->name = json_string(name);
	}
	return name.at == NULL || envelope->name != NULL
		|| blame(fault, ENVELOPE_INVALID_PARAMS,
			"params.name and params.uri must be strings without \\u0000");
}

static bool read_params(
	struct slice params, struct envelope *envelope, struct envelope_fault *fault)
{
	struct json_members members = {0};
	bool good = false;
	if (params.at == NULL) {
		return true;
	}
	if (!json_members(params, &members)) {
		blame(fault, ENVELOPE_INVALID_PARAMS,
			"params must be an object in which no name occurs twice");
		goto out;
	}
	envelope->arguments = json_member(&members, "arguments");
	envelope->asked_version = json_string(json_member(&members, "protocolVersion"));
	good = read_name(&members, envelope, fault)
		&& read_meta(json_member(&members, "_meta"), envelope, fault);
out:
	json_members_finish(&members);
	return good;
}

static bool is_id(struct slice id)
{
	return *id.at == '"' || *id.at == '-' || (*id.at >= '0' && *id.at <= '9');
}

static bool is_jsonrpc_2(struct slice version)
{
	char *text = json_string(version);
	bool is = text != NULL && strcmp(text, "2.0") == 0;
	free(text);
	return is;
}

static bool read_message(
	const struct json_members *message, struct envelope *envelope, struct envelope_fault *fault)
{
	struct slice id = json_member(message, "id");
	if (id.at != NULL && !is_id(id)) {
		return blame(fault, ENVELOPE_INVALID_REQUEST, "id must be a string or a number");
	}
	envelope->id = id;
	if (!is_jsonrpc_2(json_member(message, "jsonrpc"))) {
		return blame(fault, ENVELOPE_INVALID_REQUEST, "jsonrpc must be \"2.0\"");
	}
	if (json_member(message, "result").at != NULL || json_member(message, "error").at != NULL) {
		return blame(fault, ENVELOPE_INVALID_REQUEST,
			"this server asks nothing, so it takes no responses");
	}
	envelope->method = json_string(json_member(message, "method"));
	if (envelope->method == NULL) {
		return blame(
			fault, ENVELOPE_INVALID_REQUEST, "method must be a string without \\u0000");
	}
	return read_params(json_member(message, "params"), envelope, fault);
}

bool envelope_read(struct slice body, struct envelope *envelope, struct envelope_fault *fault)
{
	struct json_members message = {0};
	struct slice value;
	*envelope = (struct envelope){0};
	if (!json_value(body, &value)) {
		return blame(fault, ENVELOPE_PARSE_ERROR,
			"the body is not one JSON value in UTF-8, at most 128 deep");
	}
	if (*value.at == '[') {
		return blame(fault, ENVELOPE_INVALID_REQUEST,
			"batches are not accepted, send one message per request");
	}
	bool good = json_members(value, &message)
		? read_message(&message, envelope, fault)
		: blame(fault, ENVELOPE_INVALID_REQUEST,
			"the message must be an object in which no name occurs twice");
	json_members_finish(&message);
	return good;
}

void envelope_finish(struct envelope *envelope)
{
	free(envelope->method);
	free(envelope->name);
	free(envelope->asked_version);
	free(envelope->version);
	*envelope = (struct envelope){0};
}
