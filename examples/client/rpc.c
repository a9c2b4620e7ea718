/* MCP's JSON-RPC over Streamable HTTP, with a session or stateless. */
#define _POSIX_C_SOURCE 200809L

#include "rpc.h"

#include "say.h"

#include <gnutls/gnutls.h>
#include <string.h>
#include <strings.h>

/* Its own six, a token with its proof, and the parameters that a tool wants there. */
#define HEADERS 32
#define META "io.modelcontextprotocol/"

struct headers {
	struct text lines[HEADERS];
	const char *list[HEADERS + 1];
	size_t count;
};

static void add_line(struct headers *headers)
{
	headers->list[headers->count] = text_string(&headers->lines[headers->count]);
	headers->count++;
}

static void add_header(struct headers *headers, const char *name, const char *value)
{
	text_join(&headers->lines[headers->count], name, ": ", value, NULL);
	add_line(headers);
}

static void add_credentials(const struct rpc *rpc, struct headers *headers)
{
	const char *const *line = rpc->credentials;
	for (; line != NULL && *line != NULL && headers->count < HEADERS; line++) {
		text_join(&headers->lines[headers->count], *line, NULL);
		add_line(headers);
	}
}

static bool has_credentials(const struct rpc *rpc)
{
	return rpc->token.length > 0 || (rpc->credentials != NULL && rpc->credentials[0] != NULL);
}

static bool is_plain(const char *name)
{
	if (*name == '\0' || strncmp(name, "=?", 2) == 0) {
		return false;
	}
	for (const char *at = name; *at != '\0'; at++) {
		if (*at <= 0x20 || *at >= 0x7f) {
			return false;
		}
	}
	return true;
}

/* A tool's name may hold what a header cannot, line ends among it. */
static void add_name_header(struct headers *headers, const char *name)
{
	gnutls_datum_t plain = {(unsigned char *)name, (unsigned)strlen(name)};
	gnutls_datum_t encoded = {0};
	struct text value = {0};
	if (is_plain(name)) {
		text_join(&value, name, NULL);
	} else if (gnutls_base64_encode2(&plain, &encoded) == 0) {
		text_join(&value, "=?base64?", NULL);
		text_add(&value, encoded.data, encoded.size);
		text_join(&value, "?=", NULL);
		gnutls_free(encoded.data);
	}
	add_header(headers, "Mcp-Name", text_string(&value));
	text_finish(&value);
}

static void make_headers(const struct rpc *rpc, const struct call *call, struct headers *headers)
{
	add_header(headers, "Content-Type", "application/json");
	add_header(headers, "Accept", "application/json, text/event-stream");
	if (rpc->version.length > 0) {
		add_header(headers, "MCP-Protocol-Version", text_string(&rpc->version));
	}
	if (rpc->session.length > 0) {
		add_header(headers, "Mcp-Session-Id", text_string(&rpc->session));
	}
	if (rpc->stateless) {
		add_header(headers, "Mcp-Method", call->method);
	}
	if (rpc->stateless && call->name != NULL) {
		add_name_header(headers, call->name);
	}
	if (rpc->token.length > 0) {
		struct text value = {0};
		text_join(&value, "Bearer ", text_string(&rpc->token), NULL);
		add_header(headers, "Authorization", text_string(&value));
		text_finish(&value);
	}
	add_credentials(rpc, headers);
}

static void free_headers(struct headers *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		text_finish(&headers->lines[i]);
	}
}

static void add_meta(const struct rpc *rpc, cJSON *params)
{
	cJSON *meta = cJSON_AddObjectToObject(params, "_meta");
	cJSON_AddStringToObject(meta, META "protocolVersion", text_string(&rpc->version));
	cJSON *client = cJSON_AddObjectToObject(meta, META "clientInfo");
	cJSON_AddStringToObject(client, "name", "mcpauth-oauth-client");
	cJSON_AddStringToObject(client, "version", MCPAUTH_VERSION);
	cJSON_AddObjectToObject(meta, META "clientCapabilities");
}

static void make_body(struct rpc *rpc, const struct call *call, struct text *body)
{
	cJSON *message = cJSON_CreateObject();
	/* It is there already when a call is sent again. */
	if (rpc->stateless && !cJSON_HasObjectItem(call->params, "_meta")) {
		add_meta(rpc, call->params);
	}
	cJSON_AddStringToObject(message, "jsonrpc", "2.0");
	if (!call->notification) {
		cJSON_AddNumberToObject(message, "id", ++rpc->last_id);
	}
	cJSON_AddStringToObject(message, "method", call->method);
	cJSON_AddItemReferenceToObject(message, "params", call->params);
	json_print(message, body);
	cJSON_Delete(message);
}

bool rpc_call(struct rpc *rpc, const struct call *call, struct answer *answer)
{
	struct headers headers = {0};
	struct text body = {0};
	struct text label = {0};
	make_body(rpc, call, &body);
	make_headers(rpc, call, &headers);
	text_join(&label, call->method, call->name != NULL ? " " : "",
		call->name != NULL ? call->name : "",
		has_credentials(rpc) ? "  (with the token)" : "", NULL);
	struct request request = {.url = rpc->url,
		.body = &body,
		.headers = headers.list,
		.label = text_string(&label)};
	detail("%s", text_string(&body));
	bool ok = http_send(rpc->http, &request, answer);
	if (ok && answer->body.length > 0) {
		detail("%s", text_string(&answer->body));
	}
	text_finish(&label);
	text_finish(&body);
	free_headers(&headers);
	return ok;
}

static bool is_reply(const struct rpc *rpc, const cJSON *message)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
	return cJSON_IsNumber(id) && id->valuedouble == rpc->last_id
		&& cJSON_GetObjectItemCaseSensitive(message, "method") == NULL;
}

/* Gather the data lines of one event. @return where the next one starts */
static const char *read_event(const char *at, struct text *data)
{
	text_finish(data);
	while (*at != '\0') {
		size_t length = strcspn(at, "\r\n");
		const char *next = at + length;
		next += next[0] == '\r' && next[1] == '\n' ? 2 : *next != '\0';
		if (length == 0) {
			return next;
		}
		if (strncmp(at, "data:", 5) == 0) {
			size_t skip = at[5] == ' ' ? 6 : 5;
			text_join(data, data->length > 0 ? "\n" : "", NULL);
			text_add(data, at + skip, length - skip);
		}
		at = next;
	}
	return at;
}

/* Progress and log messages may come before the reply. */
static cJSON *find_in_events(const struct rpc *rpc, const char *stream)
{
	struct text data = {0};
	cJSON *message = NULL;
	while (*stream != '\0' && message == NULL) {
		stream = read_event(stream, &data);
		message = json_parse(text_string(&data), data.length);
		if (message != NULL && !is_reply(rpc, message)) {
			cJSON_Delete(message);
			message = NULL;
		}
	}
	text_finish(&data);
	return message;
}

static cJSON *find_reply(const struct rpc *rpc, const struct answer *answer)
{
	static const char stream[] = "text/event-stream";
	struct text type = {0};
	answer_header(answer, "Content-Type", 0, &type);
	bool events = strncasecmp(text_string(&type), stream, sizeof(stream) - 1) == 0;
	text_finish(&type);
	const char *body = text_string(&answer->body);
	return events ? find_in_events(rpc, body) : json_parse(body, answer->body.length);
}

const cJSON *rpc_result(const struct rpc *rpc, const struct answer *answer, cJSON **document)
{
	*document = find_reply(rpc, answer);
	const cJSON *result = cJSON_GetObjectItemCaseSensitive(*document, "result");
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(*document, "error");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(error, "code");
	const char *message = json_string(error, "message");
	if (message != NULL && cJSON_IsNumber(code)) {
		complain("the server says: %s (error %.0f, status %ld)", message, code->valuedouble,
			answer->status);
	} else if (answer->status != 200) {
		complain("the server answered %ld", answer->status);
	} else if (!cJSON_IsObject(result) || !is_reply(rpc, *document)) {
		complain("the answer is no JSON-RPC reply to what was asked\n"
			 "What to do: see whether the URL is an MCP server's; --print-token gets "
			 "a token for any other");
	} else {
		return result;
	}
	return NULL;
}

void rpc_restart(struct rpc *rpc)
{
	text_finish(&rpc->session);
	text_finish(&rpc->version);
}

void rpc_finish(struct rpc *rpc)
{
	rpc_restart(rpc);
	text_finish(&rpc->token);
}
