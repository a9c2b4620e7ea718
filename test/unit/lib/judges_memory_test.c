/* Judges without memory: they say so, and let nobody in whom they would not let in. */
#include "support/check.h"
#include "support/fake_introspector.h"
#include "support/fake_issuer.h"
#include "support/scarce_memory.h"

#include <string.h>

#define FIRST "https://first.example"
#define ACTIVE "{\"active\":true,\"aud\":\"" FAKE_RESOURCE "\"}"
#define MOST 200

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct fake_introspector first;
	struct fake_introspector second;
	struct fake_introspector *endpoints[2];
};

static void start(struct fixture *fixture, const char *says)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FIRST;
	memset(fixture, 0, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	CHECK_OK(mcpauth_add_issuer(fixture->auth, FAKE_RESOURCE, &issuer, &err));
	fixture->first = (struct fake_introspector){
		.issuer = FIRST,
		.config = {.cache_seconds = 60, .inactive_seconds = 5},
		.says = says,
		.kept_ms = 60000,
		.auth = fixture->auth,
	};
	fixture->second = fixture->first;
	fixture->second.issuer = FAKE_ISSUER;
	fixture->second.fails = MCPAUTH_E_TLS;
	fixture->endpoints[0] = &fixture->second;
	fixture->endpoints[1] = &fixture->first;
	fake_introspectors_set(fixture->endpoints, 2);
}

static void stop(struct fixture *fixture)
{
	assert_int_equal(fixture->first.live + fixture->second.live, 0);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	fake_introspectors_set(NULL, 0);
}

/* With that allocation failing. @return did one fail? */
static bool verify_once(
	const char *says, const char *token, enum mcpauth_code want, unsigned number)
{
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture, says);
	CHECK_OK(mcpauth_add_static_token(fixture.auth, FAKE_RESOURCE, "written", "{}", &err));
	scarce_memory_begin(number);
	enum mcpauth_code code = mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, NULL);
	bool failed = scarce_memory_end();
	assert_true(code == want || (failed && code == MCPAUTH_E_NO_MEMORY));
	assert_true((code == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
	CHECK_CODE(want, mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	mcpauth_auth_info_free(info);
	stop(&fixture);
	return failed;
}

static const struct {
	const char *label;
	const char *says;
	const char *token;
	enum mcpauth_code want;
	unsigned allocations; /* at least */
} rows[] = {
	{"written down", ACTIVE, "written", MCPAUTH_OK, 4},
	{"active", ACTIVE, "opaque", MCPAUTH_OK, 5},
	{"inactive, and one down", "{\"active\":false}", "opaque", MCPAUTH_E_TLS, 2},
	{"refused", "{\"active\":true,\"aud\":\"x\"}", "opaque", MCPAUTH_E_AUDIENCE, 4},
};

static void judges_say_that_they_have_no_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned number = 1;
		while (number < MOST
			&& verify_once(rows[i].says, rows[i].token, rows[i].want, number)) {
			number++;
		}
		CHECK_ROW(rows[i].label, number > rows[i].allocations && number < MOST);
	}
}

static bool add_once(unsigned number)
{
	struct fixture fixture;
	start(&fixture, ACTIVE);
	scarce_memory_begin(number);
	enum mcpauth_code code = mcpauth_add_static_token(
		fixture.auth, FAKE_RESOURCE, "written", "{\"sub\":\"a\"}", NULL);
	bool failed = scarce_memory_end();
	/* The log's line may be what is lost. */
	assert_true(code == MCPAUTH_OK || (failed && code == MCPAUTH_E_NO_MEMORY));
	CHECK_CODE(code == MCPAUTH_OK ? MCPAUTH_E_DUPLICATE : MCPAUTH_OK,
		mcpauth_add_static_token(fixture.auth, FAKE_RESOURCE, "written", "{}", &err));
	stop(&fixture);
	return failed;
}

static void a_static_token_is_added_or_not(void **state)
{
	(void)state;
	unsigned number = 1;
	while (number < MOST && add_once(number)) {
		number++;
	}
	assert_in_range(number, 10, MOST - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_say_that_they_have_no_memory),
		cmocka_unit_test(a_static_token_is_added_or_not),
	};
	return cmocka_run_group_tests_name("judges_memory", tests, NULL, NULL);
}
