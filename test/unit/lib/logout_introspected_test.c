/* Opaque tokens whose owner logs out: the next request has them asked about
 * again. */
#include "base/buf.h"
#include "support/check.h"
#include "support/logout_fixture.h"

#include <stdlib.h>

#define ENDPOINT "https://as.example/introspect"

static void ask(struct fixture *fixture, const char *answer)
{
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	*fixture = (struct fixture){.fake = fake_issuer_new()};
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = FAKE_KEYS;
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, &issuer);
	config.endpoint = ENDPOINT;
	config.client_id = "me";
	config.client_secret = "secret";
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &config, &err));
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, answer);
}

static void show(struct fixture *fixture, enum mcpauth_code want, unsigned asked)
{
	struct mcpauth_auth_info *info;
	CHECK_CODE(want, mcpauth_verify(fixture->auth, FAKE_RESOURCE, "opaque", &info, &err));
	mcpauth_auth_info_free(info);
	assert_int_equal(fake_issuer_fetches(fixture->fake, ENDPOINT), asked);
}

static const struct {
	const char *label;
	const char *answer;
	const char *claims; /* of the logout token */
	bool is_forgotten;
} rows[] = {
	{"by subject", "\"sub\":\"alice\"", ",\"sub\":\"alice\"," LOGOUT_EVENTS, true},
	{"another subject", "\"sub\":\"bob\"", ",\"sub\":\"alice\"," LOGOUT_EVENTS, false},
	{"by session", "\"sub\":\"alice\",\"sid\":\"s1\"", SESSION, true},
	{"another session", "\"sub\":\"alice\",\"sid\":\"s2\"", SESSION, false},
	{"by both", "\"sub\":\"alice\",\"sid\":\"s1\"", BOTH, true},
	{"by both, no session is known", "\"sub\":\"alice\"", BOTH, true},
};

static void is_asked_about_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth__buf answer = {0};
		print_message("# %s\n", rows[i].label);
		mcpauth__buf_printf(&answer, "{\"active\":true,\"aud\":\"" FAKE_RESOURCE "\",%s}",
			rows[i].answer);
		ask(&fixture, answer.data);
		show(&fixture, MCPAUTH_OK, 1);
		show(&fixture, MCPAUTH_OK, 1);
		fake_issuer_publish(fixture.fake, ENDPOINT, 200, "{\"active\":false}");
		CHECK_OK(TRY(.claims = rows[i].claims));
		show(&fixture, rows[i].is_forgotten ? MCPAUTH_E_INACTIVE : MCPAUTH_OK,
			rows[i].is_forgotten ? 2 : 1);
		mcpauth__buf_finish(&answer);
		stop(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(is_asked_about_again)};
	return cmocka_run_group_tests_name("logout_introspected", tests, NULL, NULL);
}
