/* Fuzz target: a whole request through the chain, written as HTTP has it: a line with
 * method and path, header fields, an empty line, a body. */
#include "common/fuzz.h"
#include "common/known.h"
#include "common/operation_model.h"
#include "common/replies.h"

#include "base/json.h"
#include "base/percent.h"
#include "support/fake_exchange.h"

#include <mcpauth/access_log.h>
#include <mcpauth/cors.h>
#include <mcpauth/metrics.h>
#include <mcpauth/rate_limit.h>
#include <mcpauth/scope_hierarchy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX 7
#define BODY_LIMIT 256
#define LINE_LIMIT 4096
#define PIECE_LENGTH 40
#define PROXY "10.0.0.1"

struct incoming {
	struct fake_request request;
	char *pieces[4 + 2 * FIELDS_MAX];
	size_t count;
	char *body;
};

/** What the access log said of the request under way. */
static struct {
	const char *token; /* that it brought */
	const char *path;
	const char *body;
	unsigned lines;
} told;

static char *keep(struct incoming *incoming, char *text)
{
	MUST(text != NULL && incoming->count < sizeof incoming->pieces / sizeof(char *));
	incoming->pieces[incoming->count++] = text;
	return text;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	size_t length;
	(void)user;
	const char *body = mcpauth_exchange_body(exchange, &length);
	MUST(body != NULL && length <= BODY_LIMIT && body[length] == '\0');
	return MCPAUTH_NEXT;
}

static void on_answer(struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user)
{
	(void)user;
	MUST(mcpauth_exchange_method(exchange) != NULL);
	MUST(mcpauth_answer_set_header(answer, "X-Stage", "1") == MCPAUTH_OK);
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	(void)user;
	MUST(mcpauth_exchange_path(exchange) != NULL && status >= 200 && status < 600);
}

/* No beginning of a token, unless it came as something that is told. */
static void check_silence(const char *line, size_t length)
{
	char piece[PIECE_LENGTH + 1];
	snprintf(piece, sizeof piece, "%s", told.token);
	if (strlen(piece) < PIECE_LENGTH || strncmp(piece, "eyJ", 3) != 0
		|| strstr(told.path, piece) != NULL || strstr(told.body, piece) != NULL) {
		return;
	}
	char *text = fuzz_text((const uint8_t *)line, length);
	MUST(strstr(text, piece) == NULL);
	free(text);
}

/* Strict JSON in one line. */
static void on_line(const char *line, size_t length, void *user)
{
	cJSON *json;
	(void)user;
	MUST(length > 0 && length <= LINE_LIMIT && line[length - 1] == '\n');
	for (size_t i = 0; i + 1 < length; i++) {
		MUST((unsigned char)line[i] >= 0x20);
	}
	MUST(mcpauth__json_parse_object(line, length, &json, NULL) == MCPAUTH_OK);
	MUST(cJSON_GetObjectItemCaseSensitive(json, "status") != NULL);
	check_silence(line, length);
	cJSON_Delete(json);
	told.lines++;
}

static void add_stages(struct mcpauth_chain *chain)
{
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	log.write = on_line;
	limit.entries = 1024;
	MUST(mcpauth_chain_allow_origin(chain, "https://*.page.example", NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_trust_proxy(chain, PROXY, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_add_cors(chain, NULL, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_add_access_log(chain, &log, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_add_rate_limit(chain, &limit, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_add_metrics(chain, NULL, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_publish(chain, "/metrics", NULL, NULL) == MCPAUTH_OK);
}

static void add_operations(struct mcpauth_chain *chain)
{
	struct mcpauth_policy tools = MCPAUTH_POLICY_INIT;
	tools.scopes = "read";
	tools.allow_anonymous = true;
	tools.operations = operation_model_table(known_auth());
	MUST(mcpauth_chain_protect(chain, "/tools", &tools, NULL) == MCPAUTH_OK);
	mcpauth_operations_free(tools.operations);
}

static void add_routes(struct mcpauth_chain *chain)
{
	struct mcpauth_policy read = MCPAUTH_POLICY_INIT;
	struct mcpauth_policy admin = MCPAUTH_POLICY_INIT;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	read.scopes = "read";
	admin.scopes = "write";
	admin.allow_error_details = true;
	stage.name = "body";
	stage.body_limit = BODY_LIMIT;
	stage.on_request = on_request;
	stage.on_answer = on_answer;
	stage.on_finish = on_finish;
	MUST(mcpauth_chain_protect(chain, "/mcp", &read, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_protect_prefix(chain, "/admin", &admin, NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_publish(chain, "/open", "GET", NULL) == MCPAUTH_OK);
	MUST(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &stage, NULL) == MCPAUTH_OK);
}

static struct fake_server *server(void)
{
	static struct fake_server made;
	if (made.chain == NULL) {
		MUST(mcpauth_imply_scopes(known_auth(), NULL, "write", "notes:*", NULL)
			== MCPAUTH_OK);
		MUST(mcpauth_chain_new(known_auth(), NULL, &made.chain, NULL) == MCPAUTH_OK);
		add_routes(made.chain);
		add_operations(made.chain);
		add_stages(made.chain);
	}
	return &made;
}

/* As MHD does it: decoded, and cut at an escaped NUL. */
static void read_target(struct incoming *incoming, char *target)
{
	char *mark = strchr(target, '?');
	if (mark != NULL) {
		*mark = '\0';
		incoming->request.query = mark + 1;
	}
	incoming->request.path = keep(incoming, mcpauth__percent_decode(target, strlen(target)));
	const char *argument = mark != NULL ? strstr(mark + 1, "access_token=") : NULL;
	if (argument != NULL) {
		incoming->request.arguments[0] = "access_token";
		incoming->request.arguments[1] = argument + sizeof "access_token=" - 1;
	}
}

static void read_fields(struct incoming *incoming, const uint8_t **data, size_t *size)
{
	const char **pair = incoming->request.headers;
	for (size_t i = 0; i<FIELDS_MAX && * size> 0;) {
		char *name = keep(incoming, fuzz_field(data, size, '\n'));
		char *colon = strchr(name, ':');
		if (*name == '\0') {
			return;
		}
		incoming->count -= colon == NULL ? 1 : 0;
		if (colon == NULL) {
			free(name);
			continue;
		}
		*colon = '\0';
		*pair++ = name;
		*pair++ = colon + 1 + strspn(colon + 1, " \t");
		i++;
	}
}

static void read_request(struct incoming *incoming, const uint8_t *data, size_t size)
{
	char *method = keep(incoming, fuzz_field(&data, &size, '\n'));
	char *blank = strchr(method, ' ');
	incoming->request.method = method;
	if (blank != NULL) {
		*blank = '\0';
		read_target(incoming, blank + 1);
	}
	read_fields(incoming, &data, &size);
	incoming->body = keep(incoming, fuzz_text(data, size));
}

/* The one value of a field; NULL if there is none, or several. */
static const char *sole(const struct incoming *incoming, const char *name, unsigned *count)
{
	const char *value = NULL;
	*count = 0;
	for (const char *const *pair = incoming->request.headers; *pair != NULL; pair += 2) {
		if (strcasecmp(pair[0], name) == 0) {
			value = pair[1];
			(*count)++;
		}
	}
	return *count == 1 ? value : NULL;
}

/* The token that it may pass with; "" for none. Caller frees. */
static char *token_of(const struct incoming *incoming)
{
	unsigned count;
	const char *value = sole(incoming, "Authorization", &count);
	if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0) {
		return fuzz_text(NULL, 0);
	}
	value += 7 + strspn(value + 7, " ");
	size_t length = strlen(value);
	while (length > 0 && strchr(" \t", value[length - 1]) != NULL) {
		length--;
	}
	return fuzz_text((const uint8_t *)value, length);
}

static enum operation_caller caller_of(const char *token)
{
	if (known_may_write(token)) {
		return OPERATION_WRITER;
	}
	return known_is_good(token) ? OPERATION_READER : OPERATION_NOBODY;
}

static bool is_operation(const struct incoming *incoming)
{
	const char *path = incoming->request.path;
	return path != NULL && strcmp(path, "/tools") == 0
		&& strcmp(incoming->request.method, "POST") == 0;
}

/* Nothing passes that the table would refuse, and that is refused for nothing else. */
static void check_operation(
	const struct incoming *incoming, const struct fake_exchange *fake, const char *token)
{
	const struct mcpauth_message *message = mcpauth_exchange_message(fake->exchange);
	const enum mcpauth_code reason = mcpauth_exchange_reason(fake->exchange);
	if (!is_operation(incoming)) {
		return;
	}
	if (fake->verdict == MCPAUTH__PASS) {
		MUST(operation_model_is_same(message, incoming->body));
		MUST(operation_model_allows(incoming->body, caller_of(token)));
	} else if (message != NULL
		&& (reason == MCPAUTH_E_INSUFFICIENT_SCOPE || reason == MCPAUTH_E_NOT_LISTED
			|| reason == MCPAUTH_E_NO_CREDENTIALS)) {
		MUST(!operation_model_allows(incoming->body, caller_of(token)));
	}
}

/* A page is told of its own origin, if any; everybody of metadata. */
static void check_cors(const struct incoming *incoming, const struct mcpauth__headers *headers)
{
	unsigned count;
	const char *origin = sole(incoming, "Origin", &count);
	for (size_t i = 0; i < headers->count; i++) {
		const char *value = headers->items[i].value;
		const char *name = headers->items[i].name;
		MUST(strcasecmp(name, "Access-Control-Allow-Credentials") != 0);
		if (strcasecmp(name, "Access-Control-Allow-Origin") == 0
			&& strcmp(value, "*") != 0) {
			MUST(origin != NULL && strncmp(origin, value, strlen(value)) == 0);
		}
	}
}

/* Of whom nobody is known: what is open to everybody, and brought nothing. */
static void check_anonymous(const struct incoming *incoming, const char *path)
{
	unsigned tokens;
	const char *method = incoming->request.method;
	sole(incoming, "Authorization", &tokens);
	if (strcmp(path, "/open") == 0) {
		MUST(strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
	} else {
		MUST(strcmp(path, "/tools") == 0 && tokens == 0);
		MUST(incoming->request.arguments[0] == NULL);
	}
}

static void check_passed(const struct incoming *incoming, const struct fake_exchange *fake)
{
	unsigned hosts;
	const char *path = mcpauth_exchange_path(fake->exchange);
	const struct mcpauth_auth_info *info = mcpauth_exchange_auth_info(fake->exchange);
	char *token = token_of(incoming);
	sole(incoming, "Host", &hosts);
	MUST(hosts <= 1);
	for (const char *const *pair = incoming->request.headers; *pair != NULL; pair += 2) {
		MUST(pair[0][0] != ' ' && pair[0][0] != '\t');
	}
	if (info == NULL) {
		check_anonymous(incoming, path);
	} else {
		MUST(incoming->request.arguments[0] == NULL);
		MUST(strcmp(mcpauth_auth_info_token(info), token) == 0);
		MUST(strcmp(path, "/mcp") == 0 || strcmp(path, "/tools") == 0
				? known_is_good(token)
				: known_may_write(token));
	}
	free(token);
}

/* Nothing but a path and a good token: there is no reason to refuse it. */
static bool must_pass(const struct incoming *incoming)
{
	const char *const *headers = incoming->request.headers;
	char *token = token_of(incoming);
	bool good = incoming->request.path != NULL && strcmp(incoming->request.path, "/mcp") == 0
		&& incoming->request.query == NULL && headers[0] != NULL && headers[2] == NULL
		&& known_is_good(token) && strcmp(incoming->request.method, "GET") == 0
		&& strlen(incoming->body) <= BODY_LIMIT;
	free(token);
	return good;
}

static void serve(struct fake_exchange *fake, const struct incoming *incoming)
{
	if (fake_exchange_serve(fake) != MCPAUTH__NEEDS_BODY) {
		return;
	}
	if (strlen(incoming->body) > mcpauth__chain_body_limit(fake->exchange)) {
		mcpauth__chain_body_too_large(fake->exchange);
		fake->verdict = MCPAUTH__ANSWER;
		mcpauth__chain_edit_answer(fake->exchange);
		return;
	}
	fake_exchange_give_body(fake, incoming->body);
}

static void check(const struct incoming *incoming, const struct fake_exchange *fake)
{
	const struct mcpauth_exchange *exchange = fake->exchange;
	MUST(fake->verdict == MCPAUTH__PASS || fake->verdict == MCPAUTH__ANSWER);
	MUST(fake->verdict == MCPAUTH__PASS || !must_pass(incoming));
	replies_check_fields(&exchange->headers);
	check_cors(incoming, &exchange->headers);
	check_operation(incoming, fake, told.token);
	if (fake->verdict == MCPAUTH__PASS) {
		check_passed(incoming, fake);
	} else {
		unsigned tokens;
		sole(incoming, "Authorization", &tokens);
		replies_check(&exchange->answer, told.token);
		check_cors(incoming, &exchange->answer.headers);
		/* What needs no token is never limited. */
		MUST(mcpauth_answer_status(&exchange->answer) != 429 || tokens > 0
			|| incoming->request.arguments[0] != NULL);
	}
}

/* Only who says so comes from a proxy, and else from nowhere that has a limit. */
static void set_address(struct incoming *incoming)
{
	unsigned count;
	sole(incoming, "X-Forwarded-For", &count);
	incoming->request.address = count > 0 ? PROXY : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_exchange fake;
	struct incoming incoming = {0};
	read_request(&incoming, data, size);
	set_address(&incoming);
	char *token = token_of(&incoming);
	const char *path = incoming.request.path;
	told.token = token;
	told.path = path != NULL ? path : "";
	told.body = incoming.body;
	told.lines = 0;
	fake_exchange_start(&fake, server(), &incoming.request);
	serve(&fake, &incoming);
	check(&incoming, &fake);
	fake_exchange_finish(&fake);
	MUST(told.lines == 1);
	for (size_t i = 0; i < incoming.count; i++) {
		free(incoming.pieces[i]);
	}
	free(token);
	return 0;
}
