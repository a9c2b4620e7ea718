/* Looking for the CORS fields of answers. */
#include "leave.h"

#include "check.h"

#include <string.h>
#include <strings.h>

void leave_start(struct fake_server *server, const struct mcpauth_cors *cors)
{
	fake_server_start(server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_allow_origin(server->chain, LEAVE_PAGE, &err));
	CHECK_OK(mcpauth_chain_publish(server->chain, "/open", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(server->chain, "/own", "GET OPTIONS", &err));
	CHECK_OK(mcpauth_chain_add_cors(server->chain, cors, &err));
}

void leave_ask(
	struct fake_exchange *fake, struct fake_server *server, const struct fake_request *request)
{
	fake_exchange_start(fake, server, request);
	fake_exchange_serve(fake);
}

static unsigned count(const struct mcpauth__headers *headers, const char *name)
{
	unsigned found = 0;
	for (size_t i = 0; i < headers->count; i++) {
		found += strcasecmp(headers->items[i].name, name) == 0;
	}
	return found;
}

const char *leave_field(const struct fake_exchange *fake, const char *name)
{
	const struct mcpauth__headers *own = &fake->exchange->headers;
	assert_true(count(own, name) + count(&fake->exchange->answer.headers, name) <= 1);
	const char *value = mcpauth__headers_get(own, name);
	return value != NULL ? value : fake_exchange_header(fake, name);
}

bool leave_field_is(const struct fake_exchange *fake, const char *name, const char *value)
{
	const char *got = leave_field(fake, name);
	return value == NULL ? got == NULL : got != NULL && strcmp(got, value) == 0;
}

bool leave_is_none(const struct fake_exchange *fake)
{
	static const char *const names[] = {"Access-Control-Allow-Origin",
		"Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
		"Access-Control-Allow-Private-Network", "Access-Control-Expose-Headers",
		"Access-Control-Max-Age"};
	bool none = true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		none = none && leave_field(fake, names[i]) == NULL;
	}
	return none;
}
