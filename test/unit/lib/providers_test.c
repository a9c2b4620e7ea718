/* Every provider of the table: its configuration loads, and under it its documents
 * and tokens come to what the manifest says. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"

#include <cjson/cJSON.h>
#include <mcpauth/reload.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES TEST_ROOT "/test/providers"
#define CONFIGURATIONS TEST_ROOT "/examples/providers"
#define PROVIDERS_MAX 32
#define PATH_SIZE 1024

/** One provider, and a library that was configured for it. */
struct bench {
	const cJSON *provider; /* of the manifest */
	char *metadata_text;
	cJSON *metadata;
	cJSON *token;
	struct fake_issuer *fake;
	struct mcpauth_settings *settings;
	struct mcpauth *auth;
};

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* NULL if it is not there. */
static const char *text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(member(object, name));
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	CHECK_ROW(path, file != NULL);
	char *made = calloc(1, 65536);
	assert_non_null(made);
	size_t length = fread(made, 1, 65535, file);
	CHECK_ROW(path, length > 0 && length < 65535);
	fclose(file);
	return made;
}

static cJSON *read_json(const char *path)
{
	char *words = read_text(path);
	cJSON *made = cJSON_Parse(words);
	CHECK_ROW(path, made != NULL);
	free(words);
	return made;
}

static const char *path_of(const char *folder, const char *name, const char *rest)
{
	static char path[PATH_SIZE];
	snprintf(path, sizeof path, "%s/%s%s", folder, name, rest);
	return path;
}

static void publish(struct bench *bench)
{
	const cJSON *header = member(bench->token, "header");
	const char *algorithm = text(header, "alg");
	fake_issuer_publish(
		bench->fake, text(bench->provider, "well_known_url"), 200, bench->metadata_text);
	fake_issuer_rotate(bench->fake, text(bench->metadata, "jwks_uri"),
		algorithm != NULL ? algorithm : "RS256", 0, text(header, "kid"));
}

static void configure(struct bench *bench, const char *name)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	const char *path = path_of(CONFIGURATIONS, name, ".json");
	fake_issuer_configure(bench->fake, &config);
	CHECK_OK(mcpauth_settings_read(path, &bench->settings, &err));
	CHECK_OK(mcpauth_settings_apply(bench->settings, &config, &err));
	CHECK_OK(mcpauth_new(&config, &bench->auth, &err));
	CHECK_OK(mcpauth_configure(bench->auth, bench->settings, &err));
}

static int start(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);
	assert_non_null(bench);
	bench->provider = *state;
	const char *name = text(bench->provider, "name");
	bench->metadata_text = read_text(path_of(FIXTURES, name, "/metadata.json"));
	bench->metadata = cJSON_Parse(bench->metadata_text);
	assert_non_null(bench->metadata);
	bench->token = read_json(path_of(FIXTURES, name, "/token.json"));
	bench->fake = fake_issuer_new();
	publish(bench);
	configure(bench, name);
	*state = bench;
	return 0;
}

static int stop(void **state)
{
	struct bench *bench = *state;
	mcpauth_free(bench->auth);
	mcpauth_settings_free(bench->settings);
	fake_issuer_free(bench->fake);
	cJSON_Delete(bench->token);
	cJSON_Delete(bench->metadata);
	free(bench->metadata_text);
	free(bench);
	return 0;
}

/* What is null in the changes is taken away. */
static cJSON *changed(const cJSON *object, const cJSON *changes)
{
	cJSON *made = cJSON_Duplicate(object, true);
	assert_non_null(made);
	for (const cJSON *change = changes != NULL ? changes->child : NULL; change != NULL;
		change = change->next) {
		cJSON_DeleteItemFromObjectCaseSensitive(made, change->string);
		if (!cJSON_IsNull(change)) {
			cJSON *value = cJSON_Duplicate(change, true);
			assert_true(cJSON_AddItemToObject(made, change->string, value));
		}
	}
	return made;
}

/* Fixtures say the times in seconds from now. */
static void set_times(cJSON *claims)
{
	static const char *const names[] = {"iat", "nbf", "exp", "auth_time"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, names[i]);
		if (item != NULL) {
			cJSON_SetNumberValue(item, FAKE_NOW + item->valuedouble);
		}
	}
}

static char *signed_token(const cJSON *token, const cJSON *row)
{
	cJSON *header = changed(member(token, "header"), member(row, "header"));
	cJSON *claims = changed(member(token, "claims"), member(row, "claims"));
	set_times(claims);
	char *head = cJSON_PrintUnformatted(header);
	char *body = cJSON_PrintUnformatted(claims);
	assert_true(head != NULL && body != NULL);
	char *made = test_key_sign(test_key(text(header, "alg"), 0), head, body);
	free(head);
	free(body);
	cJSON_Delete(header);
	cJSON_Delete(claims);
	return made;
}

static char *token_of(const cJSON *token, const cJSON *row)
{
	const char *opaque = text(token, "opaque");
	return opaque != NULL ? strdup(opaque) : signed_token(token, row);
}

/* Of a refused token nothing is known, and the row names nothing. */
static void check_info(const struct mcpauth_auth_info *info, const cJSON *row)
{
	const char *what = text(row, "what");
	const cJSON *scopes = member(row, "scopes");
	size_t count = (size_t)cJSON_GetArraySize(scopes);
	CHECK_ROW(what, same(mcpauth_auth_info_subject(info), text(row, "subject")));
	CHECK_ROW(what, same(mcpauth_auth_info_client_id(info), text(row, "client_id")));
	for (size_t i = 0; i < count; i++) {
		const char *scope = cJSON_GetStringValue(cJSON_GetArrayItem(scopes, (int)i));
		CHECK_ROW(what, same(mcpauth_auth_info_scope_at(info, i), scope));
	}
	CHECK_ROW(what, mcpauth_auth_info_scope_at(info, count) == NULL);
}

static void judges_its_tokens(void **state)
{
	struct bench *bench = *state;
	const cJSON *row;
	const char *resource = text(bench->provider, "resource");
	assert_true(cJSON_GetArraySize(member(bench->provider, "tokens")) > 0);
	cJSON_ArrayForEach(row, member(bench->provider, "tokens"))
	{
		struct mcpauth_auth_info *info;
		struct mcpauth_error err = {0};
		char *token = token_of(bench->token, row);
		enum mcpauth_code code = mcpauth_verify(bench->auth, resource, token, &info, &err);
		if (!same(mcpauth_code_name(code), text(row, "code"))) {
			fail_msg("%s: %s, %s", text(row, "what"), mcpauth_code_name(code),
				err.message);
		}
		check_info(info, row);
		mcpauth_auth_info_free(info);
		free(token);
	}
}

static void is_found_where_it_publishes(void **state)
{
	struct bench *bench = *state;
	const char *well_known_url = text(bench->provider, "well_known_url");
	CHECK_OK(mcpauth_prefetch(bench->auth, &err));
	assert_int_equal(fake_issuer_fetches(bench->fake, well_known_url), 1);
	assert_int_equal(fake_issuer_fetches(bench->fake, text(bench->metadata, "jwks_uri")), 1);
}

static void is_configured_as_the_resources_issuer(void **state)
{
	struct bench *bench = *state;
	char *document;
	struct mcpauth_chain *chain;
	const char *resource = text(bench->provider, "resource");
	assert_string_equal(mcpauth_resource_at(bench->auth, 0), resource);
	assert_null(mcpauth_resource_at(bench->auth, 1));
	CHECK_OK(mcpauth_resource_document(bench->auth, resource, &document, &err));
	cJSON *parsed = cJSON_Parse(document);
	const cJSON *issuer = cJSON_GetArrayItem(member(parsed, "authorization_servers"), 0);
	assert_string_equal(cJSON_GetStringValue(issuer), text(bench->metadata, "issuer"));
	CHECK_OK(mcpauth_chain_new(bench->auth, NULL, &chain, &err));
	CHECK_OK(mcpauth_chain_configure(chain, bench->settings, &err));
	mcpauth_chain_free(chain);
	cJSON_Delete(parsed);
	free(document);
}

static void note_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user)
{
	static const char *const severities[] = {
		[MCPAUTH_SEVERITY_WARNING] = "warning", [MCPAUTH_SEVERITY_ERROR] = "error"};
	assert_true(message[0] != '\0');
	if (severity != MCPAUTH_SEVERITY_PASSED) {
		const char *name = mcpauth_finding_name(finding, false);
		assert_non_null(cJSON_AddStringToObject(user, name, severities[severity]));
	}
}

static bool has_error(const cJSON *findings)
{
	const cJSON *finding;
	cJSON_ArrayForEach(finding, findings)
	{
		if (strcmp(finding->valuestring, "error") == 0) {
			return true;
		}
	}
	return false;
}

static void is_as_fit_as_the_table_says(void **state)
{
	struct bench *bench = *state;
	const cJSON *expected = member(bench->provider, "findings");
	cJSON *found = cJSON_CreateObject();
	CHECK_CODE(has_error(expected) ? MCPAUTH_E_UNFIT_PROVIDER : MCPAUTH_OK,
		mcpauth_check_metadata(text(bench->metadata, "issuer"), bench->metadata_text,
			note_finding, found, &err));
	char *got = cJSON_Print(found);
	CHECK_ROW(got, cJSON_Compare(expected, found, true));
	free(got);
	cJSON_Delete(found);
}

static void check_entry(const cJSON *provider, const char *readme)
{
	char link[PATH_SIZE];
	const char *name = text(provider, "name");
	const char *evidence = text(provider, "evidence");
	const cJSON *finding;
	snprintf(link, sizeof link, "(%s.json)", name);
	CHECK_ROW(name, strstr(readme, link) != NULL);
	CHECK_ROW(
		name, same(evidence, "from documentation") || strstr(evidence, "run") == evidence);
	CHECK_ROW(name, cJSON_GetArraySize(member(provider, "pages")) > 0);
	cJSON_ArrayForEach(finding, member(provider, "findings"))
	{
		CHECK_ROW(finding->string, strstr(readme, finding->string) != NULL);
	}
}

static void every_configuration_is_in_the_table_and_tested(void **state)
{
	const cJSON *provider;
	glob_t found;
	char *readme = read_text(path_of(CONFIGURATIONS, "README", ".md"));
	assert_int_equal(glob(path_of(CONFIGURATIONS, "*", ".json"), 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, cJSON_GetArraySize(*state));
	cJSON_ArrayForEach(provider, (cJSON *)*state)
	{
		check_entry(provider, readme);
	}
	globfree(&found);
	free(readme);
}

static const struct {
	const char *claim;
	CMUnitTestFunction run;
} claims[] = {
	{"is configured as the resource's issuer", is_configured_as_the_resources_issuer},
	{"is found where it publishes", is_found_where_it_publishes},
	{"judges its tokens", judges_its_tokens},
	{"is as fit as the table says", is_as_fit_as_the_table_says},
};
#define CLAIMS (sizeof claims / sizeof *claims)

static struct CMUnitTest tests[PROVIDERS_MAX * CLAIMS + 1];
static char names[PROVIDERS_MAX * CLAIMS][96];

static size_t add_tests(cJSON *providers)
{
	size_t count = 0;
	cJSON *provider;
	cJSON_ArrayForEach(provider, providers)
	{
		for (size_t i = 0; i < CLAIMS && count < PROVIDERS_MAX * CLAIMS; i++, count++) {
			snprintf(names[count], sizeof names[count], "%s %s", text(provider, "name"),
				claims[i].claim);
			tests[count] = (struct CMUnitTest){
				names[count], claims[i].run, start, stop, provider};
		}
	}
	tests[count] = (struct CMUnitTest)cmocka_unit_test_prestate(
		every_configuration_is_in_the_table_and_tested, providers);
	return count + 1;
}

int main(void)
{
	cJSON *manifest = read_json(path_of(FIXTURES, "providers", ".json"));
	size_t count = add_tests(cJSON_GetObjectItemCaseSensitive(manifest, "providers"));
	int failed = _cmocka_run_group_tests("providers", tests, count, NULL, NULL);
	cJSON_Delete(manifest);
	return failed;
}
