/* Lets pages of other origins read answers, and tells their browsers what they may send. */
#include "base/ascii.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/error_int.h"
#include "chain_int.h"
#include "field_list.h"

#include <mcpauth/cors.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_METHODS "GET POST DELETE"
#define OWN_HEADERS \
	"Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, " \
	"Mcp-Session-Id, Mcp-Method, Mcp-Name"
#define OWN_EXPOSED "WWW-Authenticate, Mcp-Session-Id, Retry-After, X-Request-Id"
#define DEFAULT_MAX_AGE 600

/* What one preflight may ask for: no answer grows with what is asked. */
#define PARAMETER_LIMIT 64
#define PARAMETER_LENGTH_LIMIT 128
#define REQUEST_FIELD_LIMIT 4

static const char parameter_prefix[] = "Mcp-Param-";

/* What pages of other origins may do, as the header fields of answers say it. */
struct permissions {
	char *methods;
	char *headers;
	char *exposed;
	char max_age[16];
};

static bool is_parameter(const char *name, size_t length)
{
	size_t prefix = sizeof parameter_prefix - 1;
	return length > prefix && length <= PARAMETER_LENGTH_LIMIT
		&& mcpauth__ascii_begins_alike(name, parameter_prefix, prefix)
		&& mcpauth__is_field_token(name, length);
}

/* As they were spelt: only names that say nothing but themselves come back. */
static void add_parameters(struct mcpauth__buf *names, const char *list, unsigned *left)
{
	const char *name;
	size_t length;
	while (*left > 0 && (name = mcpauth__field_list_next(&list, &length)) != NULL) {
		if (is_parameter(name, length)) {
			mcpauth__buf_printf(names, ", %.*s", (int)length, name);
			(*left)--;
		}
	}
}

/* The headers that a page may send to this server, those of tools among them. */
static bool write_headers(struct mcpauth__buf *names, const struct mcpauth_exchange *exchange,
	const struct permissions *permissions)
{
	unsigned left = PARAMETER_LIMIT;
	mcpauth__buf_puts(names, permissions->headers);
	for (unsigned i = 0; i < REQUEST_FIELD_LIMIT; i++) {
		add_parameters(names,
			mcpauth_exchange_header(exchange, "Access-Control-Request-Headers", i),
			&left);
	}
	return !names->failed;
}

static bool set(struct mcpauth_exchange *exchange, const char *name, const char *value)
{
	return mcpauth_answer_set_header(&exchange->answer, name, value) == MCPAUTH_OK;
}

/* A server inside of a network, asked by a page from outside. Whoever named the page's
 * origin wants that, and other pages do not come so far. */
static bool permit_private_network(struct mcpauth_exchange *exchange)
{
	const char *asked = mcpauth_exchange_header(
		exchange, "Access-Control-Request-Private-Network", 0);
	return asked == NULL || strcmp(asked, "true") != 0
		|| set(exchange, "Access-Control-Allow-Private-Network", "true");
}

/* No cache in between may keep it: what is allowed can change. Browsers go by the age. */
static bool permit_request(struct mcpauth_exchange *exchange, const struct permissions *permissions,
	const char *headers)
{
	return mcpauth_exchange_answer(exchange, 204, NULL, NULL, 0) == MCPAUTH_OK
		&& set(exchange, "Cache-Control", "no-store")
		&& set(exchange, "Vary",
			"Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
		&& set(exchange, "Access-Control-Allow-Methods", permissions->methods)
		&& set(exchange, "Access-Control-Allow-Headers", headers)
		&& set(exchange, "Access-Control-Max-Age", permissions->max_age)
		&& permit_private_network(exchange)
		&& set(exchange, "Access-Control-Allow-Origin",
			mcpauth__exchange_field(exchange, MCPAUTH__HEADER_ORIGIN));
}

static enum mcpauth_stage_result answer_preflight(
	struct mcpauth_exchange *exchange, const struct permissions *permissions)
{
	struct mcpauth__buf headers = {0};
	bool good = write_headers(&headers, exchange, permissions)
		&& permit_request(exchange, permissions, headers.data);
	mcpauth__buf_finish(&headers);
	return good ? MCPAUTH_ANSWERED : MCPAUTH_FAILED;
}

/* The answer is for this origin alone: who keeps it must know that first. Without memory
 * for either the page cannot read it, and that is all. */
static void permit_reading(struct mcpauth_exchange *exchange, const struct permissions *permissions)
{
	const char *origin = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_ORIGIN);
	if (mcpauth_exchange_add_header(exchange, "Vary", "Origin") == MCPAUTH_OK
		&& mcpauth_exchange_add_header(exchange, "Access-Control-Allow-Origin", origin)
			== MCPAUTH_OK) {
		mcpauth_exchange_add_header(
			exchange, "Access-Control-Expose-Headers", permissions->exposed);
	}
}

/* It has said so by publishing the path for OPTIONS. */
static bool answers_itself(const struct mcpauth_exchange *exchange)
{
	const struct mcpauth__route *route = exchange->route;
	return route != NULL && route->is_public
		&& mcpauth__words_contain(&route->methods, "OPTIONS", 7);
}

/* Routes may differ by method: what counts is that of the request to come. */
static bool leads_nowhere(const struct mcpauth_exchange *exchange)
{
	return mcpauth__routes_find(&exchange->rules->routes,
		       mcpauth__exchange_field(
			       exchange, MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD),
		       exchange->arrival.path)
		== NULL;
}

/* Where servers post: no page has to do with it. */
static bool is_for_servers(const struct mcpauth_exchange *exchange)
{
	const char *path = exchange->rules->logout.path;
	return path != NULL && strcmp(exchange->arrival.path, path) == 0;
}

/* The stage before let nobody pass whose origin is not allowed. */
static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	const struct permissions *permissions = user;
	if (mcpauth__exchange_field(exchange, MCPAUTH__HEADER_ORIGIN) == NULL) {
		exchange->depends_on_origin = true;
		return MCPAUTH_NEXT;
	}
	if (is_for_servers(exchange)) {
		return MCPAUTH_NEXT;
	}
	if (!mcpauth__exchange_is_preflight(exchange)) {
		permit_reading(exchange, permissions);
		return MCPAUTH_NEXT;
	}
	if (answers_itself(exchange)) {
		return MCPAUTH_NEXT;
	}
	return leads_nowhere(exchange)
		? mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_NO_PATH)
		: answer_preflight(exchange, permissions);
}

static void permissions_free(void *user)
{
	struct permissions *permissions = user;
	if (permissions == NULL) {
		return;
	}
	free(permissions->methods);
	free(permissions->headers);
	free(permissions->exposed);
	free(permissions);
}

static enum mcpauth_code add_tokens(struct mcpauth__buf *list, const char *more)
{
	const char *item;
	size_t length;
	size_t before = list->length;
	const char *at = more;
	while ((item = mcpauth__word_next(&at, &length)) != NULL) {
		if (!mcpauth__is_field_token(item, length)) {
			return MCPAUTH_E_INVALID_ARGUMENT;
		}
		mcpauth__buf_puts(list, list->length == 0 ? "" : ", ");
		mcpauth__buf_append(list, item, length);
	}
	if (list->failed) {
		return MCPAUTH_E_NO_MEMORY;
	}
	/* A list of none is somebody's mistake: NULL is how to add nothing. */
	return more == NULL || list->length > before ? MCPAUTH_OK : MCPAUTH_E_INVALID_ARGUMENT;
}

/* @param[out] made  caller frees with free(); NULL on failure */
static enum mcpauth_code make_list(
	char **made, const char *always, const char *more, struct mcpauth_error *err)
{
	struct mcpauth__buf list = {0};
	mcpauth__buf_puts(&list, always);
	enum mcpauth_code code = add_tokens(&list, more);
	if (code == MCPAUTH_OK) {
		*made = mcpauth__buf_take(&list);
		return code;
	}
	mcpauth__buf_finish(&list);
	return code == MCPAUTH_E_NO_MEMORY
		? mcpauth__no_memory(err)
		: mcpauth__fail(err, code, "not a list of tokens: \"%.150s\"", more);
}

static enum mcpauth_code fill(
	struct permissions *permissions, const struct mcpauth_cors *cors, struct mcpauth_error *err)
{
	unsigned age = cors->max_age == 0 ? DEFAULT_MAX_AGE : cors->max_age;
	snprintf(permissions->max_age, sizeof permissions->max_age, "%u",
		age == MCPAUTH_NONE ? 0 : age);
	enum mcpauth_code code = make_list(&permissions->methods, "",
		cors->methods == NULL ? DEFAULT_METHODS : cors->methods, err);
	if (code == MCPAUTH_OK) {
		code = make_list(&permissions->headers, OWN_HEADERS, cors->headers, err);
	}
	return code == MCPAUTH_OK
		? make_list(&permissions->exposed, OWN_EXPOSED, cors->exposed, err)
		: code;
}

enum mcpauth_code mcpauth_chain_add_cors(
	struct mcpauth_chain *chain, const struct mcpauth_cors *cors, struct mcpauth_error *err)
{
	struct mcpauth_cors read;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, cors, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	stage.name = "cors";
	stage.on_request = on_request;
	stage.on_free = permissions_free;
	if (mcpauth__chain_has_stage(chain, stage.name)) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "there is a CORS stage already");
	}
	stage.user = calloc(1, sizeof(struct permissions));
	code = stage.user == NULL ? mcpauth__no_memory(err) : fill(stage.user, &read, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__chain_insert_stage(
			chain, mcpauth__chain_place_of(chain, stage.name), &stage, err);
	}
	if (code != MCPAUTH_OK) {
		permissions_free(stage.user);
	}
	return code;
}
