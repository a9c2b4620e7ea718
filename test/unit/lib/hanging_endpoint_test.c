/* An introspection endpoint that says nothing, before one that does. */
#include "auth_int.h"

#include "support/check.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define RESOURCE "https://api.example.com/mcp"
#define HANGING "https://hanging.example"
#define KNOWING "https://knowing.example"
#define DEADLINE_MS 400

struct fixture {
	struct mcpauth *auth;
	struct mcpauth_fetch *held;
	pthread_t thread;
	unsigned asked; /* the second */
};

/* As over a network: not from within. */
static void *answer_later(void *argument)
{
	static const char active[] = "{\"active\":true,\"sub\":\"s\",\"aud\":\"" RESOURCE "\"}";
	const struct timespec while_it_travels = {.tv_nsec = 20 * 1000000};
	nanosleep(&while_it_travels, NULL);
	mcpauth_fetch_answer(argument, 200, active, sizeof active - 1);
	return NULL;
}

/* What is held is answered in the end, by stop(). */
static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct fixture *fixture = user;
	if (strncmp(url, HANGING, strlen(HANGING)) == 0) {
		assert_null(fixture->held);
		fixture->held = fetch;
		return;
	}
	fixture->asked++;
	assert_int_equal(pthread_create(&fixture->thread, NULL, answer_later, fetch), 0);
}

static void add(struct fixture *fixture, const char *issuer, const char *endpoint)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_introspection_config introspection = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	config.issuer = issuer;
	introspection.endpoint = endpoint;
	introspection.client_id = "me";
	introspection.client_secret = "secret";
	CHECK_OK(mcpauth_add_issuer(fixture->auth, RESOURCE, &config, &err));
	CHECK_OK(mcpauth_set_introspection(fixture->auth, issuer, &introspection, &err));
}

static void start(struct fixture *fixture)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	*fixture = (struct fixture){0};
	config.fetch = on_fetch;
	config.fetch_user = fixture;
	config.deadline_ms = DEADLINE_MS;
	resource.resource = RESOURCE;
	CHECK_OK(mcpauth_new(&config, &fixture->auth, &err));
	CHECK_OK(mcpauth_add_resource(fixture->auth, &resource, &err));
	add(fixture, HANGING, HANGING "/introspect");
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	mcpauth_fetch_answer(fixture->held, 0, NULL, 0);
	if (fixture->asked > 0) {
		pthread_join(fixture->thread, NULL);
	}
}

static enum mcpauth_code show(struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, RESOURCE, "opaque", &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static void leaves_the_next_one_time_to_answer(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	add(&fixture, KNOWING, KNOWING "/introspect");
	CHECK_OK(show(&fixture, &err));
	assert_int_equal(fixture.asked, 1);
	stop(&fixture);
}

static void alone_it_has_all_the_time(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	int64_t since = mcpauth__clock_monotonic(&fixture.auth->runtime->clock);
	CHECK_CODE(MCPAUTH_E_TIMEOUT, show(&fixture, &err));
	assert_true(
		mcpauth__clock_monotonic(&fixture.auth->runtime->clock) - since >= DEADLINE_MS - 1);
	assert_int_equal(fixture.asked, 0);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_the_next_one_time_to_answer),
		cmocka_unit_test(alone_it_has_all_the_time),
	};
	return cmocka_run_group_tests_name("hanging_endpoint", tests, NULL, NULL);
}
