/* Fuzz target: three headers and an MCP message, held against cJSON and GnuTLS's base64. */
#include "common/fuzz.h"

#include "mcp/message.h"

#include "base/json.h"

#include <gnutls/gnutls.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VERSION "io.modelcontextprotocol/protocolVersion"
#define DEPTH 128
#define MEMBERS 1000
#define TEXT_LIMIT 8192

struct body {
	char *text; /* ends with a NUL besides */
	size_t length;
};

/* The letters that a parser without regard to case takes for one, each as itself. */
static char *folded(const char *name)
{
	static const char *const letters[][2] = {
		{"\xc4\xb0", "i"}, {"\xc4\xb1", "i"}, {"\xc5\xbf", "s"}, {"\xe2\x84\xaa", "k"}};
	size_t length = 0;
	char *copy = malloc(strlen(name) + 1);
	MUST(copy != NULL);
	while (*name != '\0') {
		const char *letter = NULL;
		for (size_t i = 0; i < 4 && letter == NULL; i++) {
			size_t size = strlen(letters[i][0]);
			letter = strncmp(name, letters[i][0], size) == 0 ? letters[i][1] : NULL;
			name += letter != NULL ? size : 0;
		}
		copy[length++] = letter != NULL ? *letter : *name++;
	}
	copy[length] = '\0';
	return copy;
}

/* The first of these names, until NULL, among those behind it. */
static bool occurs_once(char *const *folds)
{
	size_t other = 1;
	while (folds[other] != NULL && strcasecmp(folds[0], folds[other]) != 0) {
		other++;
	}
	return folds[other] == NULL;
}

static bool is_spelt(const char *name, const char *fold, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(name, names[i]) != 0 && strcasecmp(fold, names[i]) == 0) {
			return false;
		}
	}
	return true;
}

/* Is there nothing that anybody could take for something else? */
static bool is_clear(const cJSON *object, const char *const *names)
{
	char *folds[MEMBERS + 1] = {NULL};
	size_t count = (size_t)cJSON_GetArraySize(object);
	size_t at = 0;
	bool clear = cJSON_IsObject(object) && count <= MEMBERS;
	for (const cJSON *child = clear ? object->child : NULL; child != NULL;
		child = child->next) {
		folds[at] = folded(child->string);
		clear = clear && is_spelt(child->string, folds[at], names);
		at++;
	}
	for (size_t i = 0; i < at && clear; i++) {
		clear = occurs_once(folds + i);
	}
	while (at > 0) {
		free(folds[--at]);
	}
	return clear;
}

static const cJSON *member(const cJSON *object, const char *name)
{
	return object != NULL ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

static const char *text_of(const cJSON *object, const char *name)
{
	return object != NULL ? fuzz_member(object, name) : NULL;
}

static bool is_filled(const char *text)
{
	return text != NULL && *text != '\0';
}

/* The rules, told again over a tree. */
static bool is_envelope(const cJSON *json)
{
	static const char *const names[] = {
		"jsonrpc", "id", "method", "params", "result", "error", NULL};
	const cJSON *id = member(json, "id");
	const char *version = text_of(json, "jsonrpc");
	bool result = member(json, "result") != NULL;
	bool error = member(json, "error") != NULL;
	if (!is_clear(json, names) || version == NULL || strcmp(version, "2.0") != 0
		|| (id != NULL && !cJSON_IsString(id) && !cJSON_IsNumber(id))) {
		return false;
	}
	if (member(json, "method") != NULL) {
		return is_filled(text_of(json, "method")) && !result && !error;
	}
	return result ? id != NULL && !error : error;
}

static const char *ref_name(const cJSON *ref)
{
	static const char *const names[] = {"type", "name", "uri", NULL};
	const char *type = text_of(ref, "type");
	if (!cJSON_IsObject(ref) || !is_clear(ref, names) || type == NULL
		|| (member(ref, "name") != NULL && member(ref, "uri") != NULL)) {
		return NULL;
	}
	return strcmp(type, "ref/prompt") == 0      ? text_of(ref, "name")
		: strcmp(type, "ref/resource") == 0 ? text_of(ref, "uri")
						    : NULL;
}

static bool is_one_of(const char *text, const char *list)
{
	size_t length = strlen(text);
	const char *found = length > 0 ? strstr(list, text) : NULL;
	return found != NULL && (found == list || found[-1] == ' ')
		&& (found[length] == ' ' || found[length] == '\0') && strchr(text, ' ') == NULL;
}

/* @return false for a method without */
static bool find_name(const char *method, const cJSON *params, const char **name)
{
	*name = NULL;
	if (method == NULL) {
		return false;
	}
	if (is_one_of(method, "tools/call prompts/get")) {
		*name = text_of(params, "name");
		return true;
	}
	if (is_one_of(method, "resources/read resources/subscribe resources/unsubscribe")) {
		const char *revision = text_of(member(params, "_meta"), VERSION);
		bool may_be_gone = strcmp(method, "resources/read") != 0 && revision != NULL
			&& strcmp(revision, "2026-07-28") >= 0;
		*name = text_of(params, "uri");
		return !may_be_gone || member(params, "uri") != NULL;
	}
	if (strcmp(method, "completion/complete") != 0) {
		return false;
	}
	*name = ref_name(member(params, "ref"));
	return true;
}

static bool is_good(const cJSON *json)
{
	static const char *const names[] = {
		"name", "uri", "ref", "taskId", "arguments", "_meta", NULL};
	static const char *const meta_names[] = {VERSION, NULL};
	const cJSON *params = member(json, "params");
	const cJSON *meta = member(params, "_meta");
	const char *name;
	if (!is_envelope(json) || (params != NULL && !is_clear(params, names))
		|| (meta != NULL && !is_clear(meta, meta_names))
		|| (member(meta, VERSION) != NULL && !is_filled(text_of(meta, VERSION)))) {
		return false;
	}
	return !find_name(text_of(json, "method"), params, &name) || is_filled(name);
}

/* What two careless parsers would find is what a careful one does: the first name of
 * these letters, and the last. */
static void check_careless(const cJSON *object, const char *name)
{
	const cJSON *exact = member(object, name);
	const cJSON *last = NULL;
	for (const cJSON *child = object != NULL ? object->child : NULL; child != NULL;
		child = child->next) {
		last = strcasecmp(child->string, name) == 0 ? child : last;
	}
	MUST(last == exact);
	MUST(object == NULL || cJSON_GetObjectItem(object, name) == exact);
}

static void check_slice(const struct body *body, const char *at, size_t length, const cJSON *wanted)
{
	MUST((at != NULL) == (wanted != NULL) && (at != NULL || length == 0));
	if (wanted == NULL) {
		return;
	}
	MUST(at >= body->text && length > 0 && length <= body->length
		&& at <= body->text + body->length - length);
	MUST(strchr(" \t\r\n", at[0]) == NULL && strchr(" \t\r\n", at[length - 1]) == NULL);
	const char *end = NULL;
	cJSON *again = cJSON_ParseWithLengthOpts(at, length, &end, false);
	MUST(again != NULL && end == at + length);
	again->string = wanted->string;
	MUST(fuzz_same_json(again, wanted));
	again->string = NULL;
	cJSON_Delete(again);
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check_members(
	const struct body *body, const struct mcpauth_message *message, const cJSON *json)
{
	const cJSON *params = member(json, "params");
	const cJSON *meta = member(params, "_meta");
	size_t length;
	const char *at;
	for (const cJSON *child = params != NULL ? params->child : NULL; child != NULL;
		child = child->next) {
		at = mcpauth_message_param(message, child->string, &length);
		check_slice(body, at, length, child);
	}
	for (const cJSON *child = meta != NULL ? meta->child : NULL; child != NULL;
		child = child->next) {
		at = mcpauth_message_meta(message, child->string, &length);
		check_slice(body, at, length, child);
	}
	static const char *const names[] = {
		"name", "uri", "ref", "taskId", "arguments", "_meta", VERSION};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		at = mcpauth_message_param(message, names[i], &length);
		check_slice(body, at, length, member(params, names[i]));
		at = mcpauth_message_meta(message, names[i], &length);
		check_slice(body, at, length, member(meta, names[i]));
		check_careless(strcmp(names[i], VERSION) == 0 ? meta : params, names[i]);
	}
}

/* As little as that: whatever is accepted is at least as short. */
static bool is_short(const char *text)
{
	return text == NULL || strlen(text) <= TEXT_LIMIT - 2;
}

static void check_message(
	const struct body *body, const struct mcpauth_message *message, const cJSON *json)
{
	static const char *const names[] = {"jsonrpc", "id", "method", "params", "result", "error"};
	const cJSON *params = member(json, "params");
	const char *method = text_of(json, "method");
	const char *name;
	size_t length;
	MUST(is_good(json));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		check_careless(json, names[i]);
	}
	find_name(method, params, &name);
	MUST(same(mcpauth_message_method(message), method));
	MUST(same(mcpauth_message_name(message), name));
	MUST(same(mcpauth_message_revision(message), text_of(member(params, "_meta"), VERSION)));
	MUST(mcpauth_message_kind(message)
		== (method == NULL                           ? MCPAUTH_MESSAGE_RESPONSE
				: member(json, "id") != NULL ? MCPAUTH_MESSAGE_REQUEST
							     : MCPAUTH_MESSAGE_NOTIFICATION));
	const char *at = mcpauth_message_id(message, &length);
	MUST(length <= TEXT_LIMIT && is_short(method) && is_short(name));
	check_slice(body, at, length, member(json, "id"));
	MUST(mcpauth_message_text(message, &length) == body->text && length == body->length);
	check_members(body, message, json);
}

/* cJSON cuts strings there: it cannot tell why a text is refused that has one. */
static bool has_nul(const struct body *body)
{
	return strstr(body->text, "\\u0000") != NULL;
}

/* cJSON before 1.7.19 copies a number into 64 bytes and fails on the rest. */
static bool has_long_number(const struct body *body)
{
	size_t run = 0;
	size_t longest = 0;
	for (size_t i = 0; i < body->length; i++) {
		run = strchr("0123456789+-.eE", body->text[i]) != NULL ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest >= 63;
}

static void check_fault(const struct body *body, const struct mcpauth__message_fault *fault)
{
	MUST(fuzz_is_line(fault->text) && strpbrk(fault->text, "\"\\") == NULL);
	if (fault->id != NULL) {
		cJSON *id = cJSON_ParseWithLength(fault->id, fault->id_length);
		MUST(cJSON_IsString(id) || cJSON_IsNumber(id) || has_long_number(body));
		MUST(fault->id >= body->text
			&& fault->id + fault->id_length <= body->text + body->length);
		cJSON_Delete(id);
	}
}

/* A text that may be too long: what a tree holds of it is shorter than what was sent. */
static bool has_long_text(const struct body *body)
{
	return body->length > TEXT_LIMIT;
}

static void check_refused(const struct body *body, const struct mcpauth__message_fault *fault)
{
	bool is_json = mcpauth__json_is_valid(body->text, body->length, DEPTH);
	cJSON *json = is_json ? cJSON_ParseWithLength(body->text, body->length) : NULL;
	MUST(fault->reason == MCPAUTH_E_INVALID_MESSAGE);
	MUST(fault->rpc_code == -32700 || fault->rpc_code == -32600 || fault->rpc_code == -32602);
	check_fault(body, fault);
	MUST(!is_json || fault->rpc_code != -32700);
	MUST(fault->rpc_code == -32700 || is_json || has_nul(body));
	/* Nothing is refused that is good. */
	MUST(json == NULL || has_nul(body) || has_long_text(body) || !is_good(json));
	MUST(json == NULL || has_nul(body) || has_long_text(body) || fault->rpc_code != -32602
		|| is_envelope(json));
	MUST(json == NULL || has_nul(body) || has_long_text(body) || fault->rpc_code != -32600
		|| !is_envelope(json));
	cJSON_Delete(json);
}

/* GnuTLS writes it, in its one way. */
static bool is_base64_of(const char *value, const char *name)
{
	gnutls_datum_t code;
	const gnutls_datum_t plain = {(unsigned char *)name, (unsigned)strlen(name)};
	size_t length = strlen(value);
	MUST(gnutls_base64_encode2(&plain, &code) >= 0);
	bool same = length
			== code.size
				+ strlen("=?base64?"
					 "?=")
		&& memcmp(value + strlen("=?base64?"), code.data, code.size) == 0;
	gnutls_free(code.data);
	return same;
}

static bool header_is(const char *value, const char *text, bool may_be_encoded)
{
	size_t length = strlen(value);
	if (text == NULL) {
		return false;
	}
	if (may_be_encoded
		&& length >= strlen("=?base64?"
				    "?=")
		&& strncmp(value, "=?base64?", strlen("=?base64?")) == 0
		&& strcmp(value + length - 2, "?=") == 0) {
		return is_base64_of(value, text);
	}
	for (const char *at = value; *at != '\0'; at++) {
		if (*at != '\t' && (*at < 0x20 || *at > 0x7e)) {
			return false;
		}
	}
	return strcmp(value, text) == 0;
}

static const char *name_for_header(const struct mcpauth_message *message, const cJSON *json)
{
	static const char *const names[] = {"name", "uri", "taskId"};
	const cJSON *params = member(json, "params");
	const char *name = mcpauth_message_name(message);
	if (mcpauth_message_kind(message) == MCPAUTH_MESSAGE_RESPONSE) {
		return NULL;
	}
	for (size_t i = 0; i < 3 && name == NULL; i++) {
		name = text_of(params, names[i]);
	}
	return name;
}

static bool must_fit(const struct mcpauth_message *message, const cJSON *json,
	const struct mcpauth__message_headers *headers)
{
	const char *method = mcpauth_message_method(message);
	const char *revision = mcpauth_message_revision(message);
	bool all = revision != NULL && mcpauth_message_kind(message) == MCPAUTH_MESSAGE_REQUEST;
	bool named = all && is_one_of(method, "tools/call prompts/get resources/read");
	if (headers->are_repeated) {
		return false;
	}
	if (headers->method != NULL ? !header_is(headers->method, method, false) : all) {
		return false;
	}
	if (headers->name != NULL ? !header_is(headers->name, name_for_header(message, json), true)
				  : named) {
		return false;
	}
	return revision == NULL
		|| (headers->revision != NULL ? header_is(headers->revision, revision, false)
					      : !all);
}

static void check_headers(const struct body *body, const struct mcpauth_message *message,
	const cJSON *json, const struct mcpauth__message_headers *headers)
{
	struct mcpauth__message_fault fault = {0};
	bool fits = mcpauth__message_fits_headers(message, headers, &fault);
	/* Where a string holds a NUL cJSON knows another one. */
	MUST(has_nul(body) || fits == must_fit(message, json, headers));
	MUST(fits == (fault.text == NULL));
	if (!fits) {
		MUST(fault.reason == MCPAUTH_E_HEADER_MISMATCH && fault.rpc_code == -32020);
		check_fault(body, &fault);
	}
}

static void check_body(const struct body *body, const struct mcpauth__message_headers *headers)
{
	struct mcpauth_message *message;
	struct mcpauth__message_fault fault = {0};
	enum mcpauth_code code = mcpauth__message_read(body->text, body->length, &message, &fault);
	MUST((code == MCPAUTH_OK) == (message != NULL));
	MUST((code == MCPAUTH_OK) == (fault.text == NULL));
	if (code != MCPAUTH_OK) {
		MUST(code == MCPAUTH_E_INVALID_MESSAGE);
		check_refused(body, &fault);
		return;
	}
	cJSON *json = cJSON_ParseWithLength(body->text, body->length);
	MUST(json != NULL || has_long_number(body));
	if (json != NULL) {
		check_message(body, message, json);
		check_headers(body, message, json, headers);
	}
	cJSON_Delete(json);
	mcpauth__message_free(message);
}

/* An empty line: no such header. */
static const char *value_of(const char *line)
{
	return *line != '\0' ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines[4];
	for (size_t i = 0; i < 4; i++) {
		lines[i] = fuzz_field(&data, &size, '\n');
	}
	const struct mcpauth__message_headers headers = {
		value_of(lines[0]), value_of(lines[1]), value_of(lines[2]), *lines[3] != '\0'};
	struct body body = {malloc(size + 1), size};
	MUST(body.text != NULL);
	if (size > 0) {
		memcpy(body.text, data, size);
	}
	body.text[size] = '\0';
	check_body(&body, &headers);
	free(body.text);
	for (size_t i = 0; i < 4; i++) {
		free(lines[i]);
	}
	return 0;
}
