/* Reads the one JSON-RPC message of a body: strict about its envelope, blind to the rest. */
#include "mcp/message_int.h"

#include "base/json_lex.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_LIMIT 128
/* Bytes, as it was sent, of what is compared with patterns or echoed: both must stay cheap,
 * however long a body may be. */
#define TEXT_LIMIT 8192

#define PARSE_ERROR (-32700)
#define INVALID_REQUEST (-32600)
#define INVALID_PARAMS (-32602)

#define PROTOCOL_VERSION "io.modelcontextprotocol/protocolVersion"

struct reader {
	struct mcpauth_message *message;
	struct mcpauth__message_fault *fault;
};

/** An object of a message: which names it is asked for, and what can be wrong with it. */
struct part {
	const char *const *names;
	int rpc_code;
	const char *no_object; /* NULL, of the message itself: see refuse_text() */
	const char *names_unclear;
	const char *too_many;
};

static const char *const message_names[] = {
	"jsonrpc", "id", "method", "params", "result", "error", NULL};
static const char *const params_names[] = {
	"name", "uri", "ref", "taskId", "arguments", "_meta", NULL};
static const char *const meta_names[] = {PROTOCOL_VERSION, NULL};
static const char *const ref_names[] = {"type", "name", "uri", NULL};

static const struct part message_part = {
	.names = message_names,
	.rpc_code = INVALID_REQUEST,
	.names_unclear =
		"a name in the message is there twice, holds a NUL or is in the wrong case",
	.too_many = "the message has too many members",
};
static const struct part params_part = {
	.names = params_names,
	.rpc_code = INVALID_PARAMS,
	.no_object = "params must be an object",
	.names_unclear = "a name in params is there twice, holds a NUL or is in the wrong case",
	.too_many = "params has too many members",
};
static const struct part meta_part = {
	.names = meta_names,
	.rpc_code = INVALID_PARAMS,
	.no_object = "params._meta must be an object",
	.names_unclear =
		"a name in params._meta is there twice, holds a NUL or is in the wrong case",
	.too_many = "params._meta has too many members",
};
static const struct part ref_part = {
	.names = ref_names,
	.rpc_code = INVALID_PARAMS,
	.no_object = "params.ref must be an object",
	.names_unclear = "a name in params.ref is there twice, holds a NUL or is in the wrong case",
	.too_many = "params.ref has too many members",
};

/** A method that is about one thing, and where params say which. */
struct target {
	const char *method;
	const char *member; /* of params */
	const char *absent; /* why the message is refused without it */
	bool in_header;     /* MCP 2026-07-28 wants it there, too */
	bool is_gone;       /* that has no such method: it is for the application to say so */
};

#define NAME_ABSENT "params.name must be a non-empty string without NUL"
#define URI_ABSENT "params.uri must be a non-empty string without NUL"

static const struct target targets[] = {
	{"tools/call", "name", NAME_ABSENT, true, false},
	{"prompts/get", "name", NAME_ABSENT, true, false},
	{"resources/read", "uri", URI_ABSENT, true, false},
	{"resources/subscribe", "uri", URI_ABSENT, false, true},
	{"resources/unsubscribe", "uri", URI_ABSENT, false, true},
	{"completion/complete", "ref", "params.ref must be an object", false, false},
};

static enum mcpauth_code refuse(struct reader *reader, int rpc_code, const char *text)
{
	*reader->fault = (struct mcpauth__message_fault){
		.reason = MCPAUTH_E_INVALID_MESSAGE,
		.rpc_code = rpc_code,
		.text = text,
		.id = reader->message->id,
		.id_length = reader->message->id_length,
	};
	return MCPAUTH_E_INVALID_MESSAGE;
}

/* It is no object, which a message must be: a client that sends batches is to hear why. */
static enum mcpauth_code refuse_text(struct reader *reader)
{
	const unsigned char *text = (const unsigned char *)reader->message->text;
	struct mcpauth__json_lexer lexer = {
		.at = text,
		.end = text + reader->message->length,
		.number_limit = SIZE_MAX,
		.allow_nul = true,
	};
	mcpauth__json_skip_blanks(&lexer);
	const unsigned char *value = lexer.at;
	bool is_value = mcpauth__json_take_value(&lexer, DEPTH_LIMIT);
	mcpauth__json_skip_blanks(&lexer);
	if (!is_value || lexer.at != lexer.end) {
		return refuse(reader, PARSE_ERROR,
			"the body is not one JSON value in UTF-8, at most 128 deep");
	}
	return refuse(reader, INVALID_REQUEST,
		*value == '[' ? "batches are not accepted: one message for each request"
			      : "the message must be an object");
}

static enum mcpauth_code split(struct reader *reader, const struct part *part,
	const struct mcpauth__json_member *object, struct mcpauth__json_members *members)
{
	enum mcpauth_code code = mcpauth__json_members_split(
		&reader->message->arena, object->value, object->length, DEPTH_LIMIT, members);
	switch (code) {
	case MCPAUTH_OK:
		break;
	case MCPAUTH_E_INVALID_JSON:
		return part->no_object == NULL ? refuse_text(reader)
					       : refuse(reader, part->rpc_code, part->no_object);
	case MCPAUTH_E_DUPLICATE:
		return refuse(reader, part->rpc_code, part->names_unclear);
	case MCPAUTH_E_TOO_LARGE:
		return refuse(reader, part->rpc_code, part->too_many);
	default:
		return code;
	}
	return mcpauth__json_members_misspell(members, part->names)
		? refuse(reader, part->rpc_code, part->names_unclear)
		: MCPAUTH_OK;
}

static bool is_too_long(const struct mcpauth__json_member *member)
{
	return member != NULL && member->length > TEXT_LIMIT;
}

/* What a member means that is a string without a NUL; NULL for any other, and for none. */
static enum mcpauth_code decode(
	struct reader *reader, const struct mcpauth__json_member *member, const char **text)
{
	struct mcpauth__json_lexeme string;
	*text = NULL;
	if (member == NULL) {
		return MCPAUTH_OK;
	}
	const unsigned char *value = (const unsigned char *)member->value;
	struct mcpauth__json_lexer lexer = {.at = value, .end = value + member->length};
	if (!mcpauth__json_take_string(&lexer, &string)) {
		return MCPAUTH_OK;
	}
	char *copy = mcpauth__arena_take_text(&reader->message->arena, string.length + 1);
	if (copy == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	size_t length = string.length;
	if (string.plain) {
		memcpy(copy, string.text, length);
	} else {
		length = mcpauth__json_unescape(&string, copy);
	}
	copy[length] = '\0';
	*text = copy;
	return MCPAUTH_OK;
}

/* Likewise, and it must be there and not empty. */
static enum mcpauth_code require(struct reader *reader, const struct mcpauth__json_member *member,
	const char **text, const char *why)
{
	if (is_too_long(member)) {
		return refuse(reader, INVALID_PARAMS,
			"a name, a uri and a protocol version have at most 8192 bytes");
	}
	enum mcpauth_code code = decode(reader, member, text);
	if (code == MCPAUTH_OK && (*text == NULL || **text == '\0')) {
		*text = NULL;
		return refuse(reader, INVALID_PARAMS, why);
	}
	return code;
}

/* Exactly the one of the two members that its type is about (MCP, Completion). */
static enum mcpauth_code read_ref(struct reader *reader, const struct mcpauth__json_member *ref)
{
	struct mcpauth__json_members members;
	const char *type;
	enum mcpauth_code code = split(reader, &ref_part, ref, &members);
	if (code == MCPAUTH_OK) {
		code = decode(reader, mcpauth__json_members_find(&members, "type"), &type);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	bool is_prompt = type != NULL && strcmp(type, "ref/prompt") == 0;
	if (!is_prompt && (type == NULL || strcmp(type, "ref/resource") != 0)) {
		return refuse(reader, INVALID_PARAMS,
			"params.ref.type must be ref/prompt or ref/resource");
	}
	if (mcpauth__json_members_find(&members, is_prompt ? "uri" : "name") != NULL) {
		return refuse(reader, INVALID_PARAMS,
			"params.ref must have either name or uri, as its type says");
	}
	return require(reader, mcpauth__json_members_find(&members, is_prompt ? "name" : "uri"),
		&reader->message->name,
		is_prompt ? "params.ref.name must be a non-empty string without NUL"
			  : "params.ref.uri must be a non-empty string without NUL");
}

/* Other methods can have a header Mcp-Name, too: extensions say in it for whom they are,
 * as tasks/get says its `taskId`. */
static enum mcpauth_code find_header_name(struct reader *reader)
{
	static const char *const names[] = {"name", "uri", "taskId"};
	struct mcpauth_message *message = reader->message;
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < sizeof names / sizeof *names && code == MCPAUTH_OK
		&& message->header_name == NULL;
		i++) {
		code = decode(reader, mcpauth__json_members_find(&message->params, names[i]),
			&message->header_name);
	}
	return code;
}

/* NULL: the method has none. */
static const struct target *find_target(const char *method)
{
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		if (strcmp(targets[i].method, method) == 0) {
			return &targets[i];
		}
	}
	return NULL;
}

/* Revisions are dates. One that has the method and is named here all the same, which its
 * clients do not, must not keep its name from those who ask for it. */
static bool is_without(const struct mcpauth_message *message, const struct target *target)
{
	return target->is_gone && message->revision != NULL
		&& strcmp(message->revision, "2026-07-28") >= 0;
}

static enum mcpauth_code read_name(struct reader *reader)
{
	struct mcpauth_message *message = reader->message;
	const struct target *target = find_target(message->method);
	if (target == NULL) {
		return find_header_name(reader);
	}
	const struct mcpauth__json_member *member = mcpauth__json_members_find(
		&message->params, target->member);
	if (member == NULL && is_without(message, target)) {
		return find_header_name(reader);
	}
	enum mcpauth_code code;
	if (member != NULL && strcmp(target->member, "ref") == 0) {
		code = read_ref(reader, member);
	} else {
		code = require(reader, member, &message->name, target->absent);
	}
	message->header_name = message->name;
	message->needs_header_name = target->in_header;
	return code;
}

static enum mcpauth_code read_meta(struct reader *reader)
{
	struct mcpauth_message *message = reader->message;
	const struct mcpauth__json_member *meta = mcpauth__json_members_find(
		&message->params, "_meta");
	if (meta == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = split(reader, &meta_part, meta, &message->meta);
	if (code != MCPAUTH_OK) {
		return code;
	}
	const struct mcpauth__json_member *revision = mcpauth__json_members_find(
		&message->meta, PROTOCOL_VERSION);
	return revision == NULL ? MCPAUTH_OK
				: require(reader, revision, &message->revision,
					"the protocol version in params._meta must be a "
					"non-empty string without NUL");
}

static enum mcpauth_code read_params(
	struct reader *reader, const struct mcpauth__json_members *members)
{
	struct mcpauth_message *message = reader->message;
	const struct mcpauth__json_member *params = mcpauth__json_members_find(members, "params");
	enum mcpauth_code code = MCPAUTH_OK;
	if (params != NULL) {
		code = split(reader, &params_part, params, &message->params);
	}
	if (code == MCPAUTH_OK) {
		code = read_meta(reader);
	}
	if (code == MCPAUTH_OK && message->kind != MCPAUTH_MESSAGE_RESPONSE) {
		code = read_name(reader);
	}
	return code;
}

/* JSON-RPC 2.0 section 5. MCP lets an error be without an id if none could be read. */
static enum mcpauth_code read_outcome(
	struct reader *reader, const struct mcpauth__json_members *members)
{
	bool succeeded = mcpauth__json_members_find(members, "result") != NULL;
	bool failed = mcpauth__json_members_find(members, "error") != NULL;
	if (!succeeded && !failed) {
		return refuse(reader, INVALID_REQUEST,
			"the message has neither method, result nor error");
	}
	if (succeeded && (failed || reader->message->id == NULL)) {
		return refuse(reader, INVALID_REQUEST, "a result must have an id, and no error");
	}
	reader->message->kind = MCPAUTH_MESSAGE_RESPONSE;
	return MCPAUTH_OK;
}

static enum mcpauth_code read_kind(
	struct reader *reader, const struct mcpauth__json_members *members)
{
	struct mcpauth_message *message = reader->message;
	const struct mcpauth__json_member *method = mcpauth__json_members_find(members, "method");
	if (method == NULL) {
		return read_outcome(reader, members);
	}
	if (is_too_long(method)) {
		return refuse(reader, INVALID_REQUEST, "method has at most 8192 bytes");
	}
	enum mcpauth_code code = decode(reader, method, &message->method);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (message->method == NULL || *message->method == '\0') {
		return refuse(
			reader, INVALID_REQUEST, "method must be a non-empty string without NUL");
	}
	if (mcpauth__json_members_find(members, "result") != NULL
		|| mcpauth__json_members_find(members, "error") != NULL) {
		return refuse(
			reader, INVALID_REQUEST, "the message has a method and a result or error");
	}
	message->kind = message->id != NULL ? MCPAUTH_MESSAGE_REQUEST
					    : MCPAUTH_MESSAGE_NOTIFICATION;
	return MCPAUTH_OK;
}

static bool is_id(const struct mcpauth__json_member *id)
{
	return *id->value == '"' || *id->value == '-' || (*id->value >= '0' && *id->value <= '9');
}

static enum mcpauth_code read_envelope(
	struct reader *reader, const struct mcpauth__json_members *members)
{
	struct mcpauth_message *message = reader->message;
	const struct mcpauth__json_member *id = mcpauth__json_members_find(members, "id");
	const char *version;
	if (id != NULL && !is_id(id)) {
		return refuse(reader, INVALID_REQUEST, "id must be a string or a number");
	}
	if (is_too_long(id)) {
		return refuse(reader, INVALID_REQUEST, "id has at most 8192 bytes");
	}
	message->id = id != NULL ? id->value : NULL;
	message->id_length = id != NULL ? id->length : 0;
	enum mcpauth_code code = decode(
		reader, mcpauth__json_members_find(members, "jsonrpc"), &version);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (version == NULL || strcmp(version, "2.0") != 0) {
		return refuse(reader, INVALID_REQUEST, "jsonrpc must be the string 2.0");
	}
	code = read_kind(reader, members);
	return code == MCPAUTH_OK ? read_params(reader, members) : code;
}

static enum mcpauth_code read_message(struct reader *reader)
{
	struct mcpauth_message *message = reader->message;
	const struct mcpauth__json_member all = {.value = message->text, .length = message->length};
	struct mcpauth__json_members members;
	enum mcpauth_code code = split(reader, &message_part, &all, &members);
	return code == MCPAUTH_OK ? read_envelope(reader, &members) : code;
}

enum mcpauth_code mcpauth__message_read(const char *text, size_t length,
	struct mcpauth_message **message, struct mcpauth__message_fault *fault)
{
	struct reader reader = {mcpauth__message_new(text, length), fault};
	*message = NULL;
	if (reader.message == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	enum mcpauth_code code = read_message(&reader);
	if (code != MCPAUTH_OK) {
		mcpauth__message_free(reader.message);
		return code;
	}
	*message = reader.message;
	return MCPAUTH_OK;
}
