/* A login, from its request to its code, whose memory runs out at every place in turn. */
#include "client/login/login_int.h"

#include "support/check.h"
#include "support/scarce_memory.h"

#include <stdlib.h>
#include <string.h>

#define MANY 200

static struct mcpauth__authorization_server server = {.issuer = "https://as.example",
	.authorization_endpoint = "https://as.example/a?b=c"};

/* What a program would do that opens a window of its own. */
static enum mcpauth_code start(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	char redirect[512];
	const struct mcpauth__authorization_request *request = user;
	strcpy(redirect, mcpauth_login_redirect_uri(login));
	strcat(redirect, "?code=c&iss=https://as.example&state=");
	strcat(redirect, request->state);
	return mcpauth_login_redirected(login, redirect, err);
}

static enum mcpauth_code log_in(
	const struct mcpauth__authorization_wish *wish, struct mcpauth__listener *listener)
{
	struct mcpauth__authorization_request request = {0};
	struct mcpauth__authorization_request kept;
	struct mcpauth_login *login;
	enum mcpauth_code code = mcpauth__authorization_request_make(wish, &request, NULL);
	if (code != MCPAUTH_OK) {
		mcpauth__authorization_request_finish(&request);
		mcpauth__listener_free(listener);
		return code;
	}
	kept = request;
	struct mcpauth__login_parts parts = {.request = &request,
		.listener = listener,
		.start = start,
		.user = &kept,
		.seconds = 60};
	code = mcpauth__login_new(&parts, &login, NULL);
	if (code == MCPAUTH_OK) {
		code = mcpauth__login_run(login, NULL);
		assert_int_equal(mcpauth__login_code(login) != NULL, code == MCPAUTH_OK);
		mcpauth_login_free(login);
	}
	assert_null(request.url);
	return code;
}

/* All of it. */
static enum mcpauth_code attempt(void)
{
	struct mcpauth__listener *listener;
	struct mcpauth__authorization_wish wish = {
		.server = &server, .client_id = "me", .resource = "https://mcp.example/"};
	enum mcpauth_code code = mcpauth__listener_new(NULL, NULL, &listener, NULL);
	if (code != MCPAUTH_OK) {
		assert_null(listener);
		return code;
	}
	wish.redirect_uri = mcpauth__listener_redirect_uri(listener);
	return log_in(&wish, listener);
}

static void says_that_memory_ran_out(void **state)
{
	(void)state;
	unsigned number = 1;
	bool ran_out = true;
	for (; ran_out && number < MANY; number++) {
		scarce_memory_begin(number);
		enum mcpauth_code code = attempt();
		ran_out = scarce_memory_end();
		assert_int_equal(code, ran_out ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
	}
	assert_in_range(number, 10, MANY - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_that_memory_ran_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
