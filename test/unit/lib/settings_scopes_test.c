/* Scopes that include others, as a settings file says them. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <mcpauth/settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCES(members) "{\"resources\":[{\"resource\":\"" FAKE_RESOURCE "\"" members "}]}"
#define IMPLIED(members) RESOURCES(",\n\"implied_scopes\":" members)

static enum mcpauth_code configure(
	struct mcpauth *auth, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings;
	enum mcpauth_code code = mcpauth_settings_parse(text, strlen(text), &settings, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_configure(auth, settings, err);
	}
	mcpauth_settings_free(settings);
	return code;
}

static void are_those_of_the_resource(void **state)
{
	(void)state;
	struct mcpauth *auth;
	struct mcpauth_auth_info *info;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct fake_issuer *fake = fake_issuer_new();
	fake_issuer_configure(fake, &config);
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	CHECK_OK(configure(auth,
		RESOURCES(",\"issuers\":[{\"issuer\":\"" FAKE_ISSUER "\"}],\"implied_scopes\":"
			  "{\"admin\":[\"notes:*\",\"users\"],\"users\":[\"users:read\"]}"),
		&err));
	char *token = fake_issuer_token(
		fake, &(struct fake_token){.claims = ",\"scope\":\"admin\""});
	CHECK_OK(mcpauth_verify(auth, FAKE_RESOURCE, token, &info, &err));
	assert_true(mcpauth_auth_info_has_scopes(info, "notes:read users users:read"));
	assert_false(mcpauth_auth_info_has_scopes(info, "users:write"));
	mcpauth_auth_info_free(info);
	free(token);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static const struct {
	const char *label;
	const char *text;
	const char *message; /* NULL: it is taken */
} rows[] = {
	{"none", IMPLIED("{}"), NULL},
	{"one", IMPLIED("{\"a\":[\"b\"]}"), NULL},
	{"a pattern", IMPLIED("{\"a\":[\"b:*\"],\"c\":[\"*\"]}"), NULL},
	{"a list", IMPLIED("[\"a\"]"), "line 2: implied_scopes is not an object of lists"},
	{"null", IMPLIED("null"), "line 2: implied_scopes is not an object of lists"},
	{"a string", IMPLIED("{\n\"a\":\"b\"}"), "line 3: implied_scopes is not a list of strings"},
	{"an empty list", IMPLIED("{\n\"a\":[]}"),
		"line 3: implied_scopes is an empty list: leave it out"},
	{"a number", IMPLIED("{\"a\":[\n\n1]}"),
		"line 4: what stands in implied_scopes is not a string without blanks"},
	{"two words", IMPLIED("{\"a\":[\"b\",\n\"c d\"]}"),
		"line 3: what stands in implied_scopes is not a string without blanks"},
	{"a scope twice", IMPLIED("{\"a\":[\"b\"],\n\"a\":[\"c\"]}"),
		"line 3: \"a\" occurs twice in an object"},
	{"what is none", IMPLIED("{\"a\":[\"b\",\n\"c\\\"\"]}"),
		"line 3: a scope has a character that none may have"},
	{"two that include", IMPLIED("{\n\"a b\":[\"c\"]}"),
		"line 3: what includes others is not one scope"},
	{"nothing that includes", IMPLIED("{\n\"\":[\"c\"]}"),
		"line 3: what includes others is not one scope"},
};

static void have_a_line_if_they_are_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth *auth;
		struct mcpauth_error err = {0};
		CHECK_OK(mcpauth_new(NULL, &auth, &err));
		enum mcpauth_code code = configure(auth, rows[i].text, &err);
		CHECK_ROW(rows[i].label, (code == MCPAUTH_OK) == (rows[i].message == NULL));
		CHECK_ROW(rows[i].label,
			strcmp(err.message, rows[i].message == NULL ? "" : rows[i].message) == 0);
		mcpauth_free(auth);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_those_of_the_resource),
		cmocka_unit_test(have_a_line_if_they_are_wrong),
	};
	return cmocka_run_group_tests_name("settings_scopes", tests, NULL, NULL);
}
