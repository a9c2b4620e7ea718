/* Fuzz target: a whole request through the chain, written as HTTP has it: a line with
 * method and path, header fields, an empty line, a body. */
#include "common/fuzz.h"
#include "common/known.h"
#include "common/replies.h"

#include "base/percent.h"
#include "support/fake_exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX 7
#define BODY_LIMIT 256

struct incoming {
	struct fake_request request;
	char *pieces[4 + 2 * FIELDS_MAX];
	size_t count;
	char *body;
};

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
		MUST(mcpauth_chain_new(known_auth(), NULL, &made.chain, NULL) == MCPAUTH_OK);
		add_routes(made.chain);
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
	if (strcmp(path, "/open") == 0 && info == NULL) {
		const char *method = incoming->request.method;
		MUST(strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
	} else {
		MUST(incoming->request.arguments[0] == NULL);
		MUST(info != NULL && strcmp(mcpauth_auth_info_token(info), token) == 0);
		MUST(strcmp(path, "/mcp") == 0 ? known_is_good(token) : known_may_write(token));
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_exchange fake;
	struct incoming incoming = {0};
	read_request(&incoming, data, size);
	fake_exchange_start(&fake, server(), &incoming.request);
	serve(&fake, &incoming);
	MUST(fake.verdict == MCPAUTH__PASS || fake.verdict == MCPAUTH__ANSWER);
	MUST(fake.verdict == MCPAUTH__PASS || !must_pass(&incoming));
	if (fake.verdict == MCPAUTH__PASS) {
		check_passed(&incoming, &fake);
	} else {
		char *token = token_of(&incoming);
		replies_check(&fake.exchange->answer, token);
		free(token);
	}
	fake_exchange_finish(&fake);
	for (size_t i = 0; i < incoming.count; i++) {
		free(incoming.pieces[i]);
	}
	return 0;
}
