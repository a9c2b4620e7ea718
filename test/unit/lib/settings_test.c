/* Settings files: read whole, refused with a line, turned into calls. */
#include "support/check.h"

#include <mcpauth/mcpauth.h>

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESOURCE "https://api.example/mcp"
#define OTHER "https://api.example/other"
#define ISSUER "https://issuer.example"
#define INVALID MCPAUTH_E_INVALID_SETTINGS

static enum mcpauth_code parse(
	const char *text, struct mcpauth_settings **settings, struct mcpauth_error *err)
{
	/* A copy of just these bytes: a reader that goes past them is seen. */
	size_t length = strlen(text);
	char *copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	enum mcpauth_code code = mcpauth_settings_parse(copy, length, settings, err);
	free(copy);
	return code;
}

/** Read it and add what it says. */
static enum mcpauth_code configure(
	const char *text, struct mcpauth **auth, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings;
	CHECK_OK(parse(text, &settings, &err));
	CHECK_OK(mcpauth_new(NULL, auth, &err));
	enum mcpauth_code code = mcpauth_configure(*auth, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static cJSON *document(struct mcpauth *auth, const char *resource)
{
	char *text;
	CHECK_OK(mcpauth_resource_document(auth, resource, &text, &err));
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	free(text);
	return json;
}

static const char *text_of(const cJSON *json, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
}

struct row {
	const char *label;
	const char *text;
	const char *message; /* NULL: it is taken */
};

static const struct row rows[] = {
	{"nothing in it", "{}", NULL},
	{"every section",
		"{\"$schema\":\"x\",\"auth\":{},\"resources\":[],\"chain\":{},\"routes\":[],"
		"\"rest\":{},\"allowed_origins\":[],\"allowed_hosts\":[],\"headers\":{},"
		"\"issuer_metadata\":\"x\",\"application\":null}",
		NULL},
	{"anything for the program", "{\"application\":{\"a\":[null,{\"b\":1}]}}", NULL},
	{"empty", "", "line 1: not strict JSON"},
	{"a list", "\n[]", "line 1: not a JSON object"},
	{"a comma too many", "{\n\"auth\": {\n\"proxy\": \"x\",\n}}", "line 4: not strict JSON"},
	{"a string without its end", "{\n\"auth\": {\n\"proxy\": \"x\n}}",
		"line 3: not strict JSON"},
	{"a comment", "{\n// no\n}", "line 2: not strict JSON"},
	{"cut off", "{\n\"auth\": {\n", "line 3: not strict JSON"},
	{"a NUL", "{\n\"$schema\":\n\"\\u0000\"}", "line 3: not strict JSON"},
	{"something behind", "{}\n\nx", "line 3: not strict JSON"},
	{"a section twice", "{\n\"auth\": {},\n\n\"auth\": {}}",
		"line 4: \"auth\" occurs twice in an object"},
	{"a member twice, the second escaped",
		"{\"auth\": {\n\"proxy\": \"a\",\n\"pr\\u006fxy\":\n\"b\"}}",
		"line 3: \"proxy\" occurs twice in an object"},
	{"an unknown section", "{\n\"resource\": []}",
		"line 2: \"resource\" is not known here (did you mean resources?)"},
	{"an unknown section like none", "{\n\n\"palette\": []}",
		"line 3: \"palette\" is not known here"},
	{"a section in capitals", "{\"Auth\": {}}",
		"line 1: \"Auth\" is not known here (did you mean auth?)"},
	{"a name with a line end in it", "{\"a\\nb\": 1}", "line 1: \"a?b\" is not known here"},
	{"an empty name", "{\"\": 1}", "line 1: \"\" is not known here"},
	{"an unknown member whose value stands below it", "{\"auth\": {\n\"prox\":\n1}}",
		"line 2: \"prox\" is not known here (did you mean proxy?)"},
	{"a callback", "{\"auth\": {\n\"log\": \"x\"}}", "line 2: \"log\" is not known here"},
	{"a name that is too far off", "{\"auth\": {\n\"waiting_l\": 8}}",
		"line 2: \"waiting_l\" is not known here"},
	{"a name that is near", "{\"auth\": {\n\"waiting_li\": 8}}",
		"line 2: \"waiting_li\" is not known here (did you mean waiting_limit?)"},
	{"the size", "{\"auth\": {\n\"size\": 8}}", "line 2: \"size\" is not known here"},
	{"a section of another type", "{\n\"auth\": []}", "line 2: auth is not an object"},
	{"null for a section", "{\n\"auth\": null}", "line 2: auth is not an object"},
	{"null for a string", "{\"auth\": {\n\"proxy\": null}}",
		"line 2: proxy is not a string of at least one character"},
	{"null for a number", "{\"auth\": {\n\"deadline_ms\": null}}",
		"line 2: deadline_ms is not a whole number from 1 to 4294967294"},
	{"null for a flag", "{\"auth\": {\n\"insecure_allow_http\": null}}",
		"line 2: insecure_allow_http is not true or false"},
	{"a flag", "{\"auth\": {\"insecure_allow_http\": false}}", NULL},
	{"a flag as a string", "{\"auth\": {\n\n\"insecure_allow_http\": \"true\"}}",
		"line 3: insecure_allow_http is not true or false"},
	{"a string", "{\"auth\": {\"proxy\": \"http://proxy.example\"}}", NULL},
	{"an empty string", "{\"auth\": {\n\"proxy\": \"\"}}",
		"line 2: proxy is not a string of at least one character"},
	{"no time at all", "{\"auth\": {\n\"deadline_ms\": 0}}",
		"line 2: deadline_ms is not a whole number from 1 to 4294967294"},
	{"a moment", "{\"auth\": {\"deadline_ms\": 1}}", NULL},
	{"less than nothing", "{\"auth\": {\n\"clock_tolerance\": -1}}",
		"line 2: clock_tolerance is not a whole number from 0 to 4294967294"},
	{"none of it", "{\"auth\": {\"clock_tolerance\": 0}}", NULL},
	{"half a second", "{\"auth\": {\n\"clock_tolerance\": 0.5}}",
		"line 2: clock_tolerance is not a whole number from 0 to 4294967294"},
	{"a second and a half", "{\"auth\": {\n\"clock_tolerance\": 1.5}}",
		"line 2: clock_tolerance is not a whole number from 0 to 4294967294"},
	{"as much as there is", "{\"auth\": {\"clock_tolerance\": 4294967294}}", NULL},
	{"too much", "{\"auth\": {\n\"clock_tolerance\": 4294967295}}",
		"line 2: clock_tolerance is not a whole number from 0 to 4294967294"},
	{"far too much", "{\"auth\": {\n\"clock_tolerance\": 1e400}}",
		"line 2: clock_tolerance is not a whole number from 0 to 4294967294"},
	{"a whole number with an exponent", "{\"auth\": {\"deadline_ms\": 5e3}}", NULL},
	{"too long to be stale", "{\"auth\": {\n\"stale_seconds\": 86401}}",
		"line 2: stale_seconds is not a whole number from 0 to 86400"},
	{"stale for a day", "{\"auth\": {\"stale_seconds\": 86400}}", NULL},
	{"too short to be fresh", "{\"auth\": {\n\"fresh_seconds\": 59}}",
		"line 2: fresh_seconds is not a whole number from 60 to 3600"},
	{"fresh for a minute", "{\"auth\": {\"fresh_seconds\": 60}}", NULL},
	{"asking too often", "{\"auth\": {\n\"cooldown_seconds\": 9}}",
		"line 2: cooldown_seconds is not a whole number from 10 to 4294967294"},
	{"asking as often as may be", "{\"auth\": {\"cooldown_seconds\": 10}}", NULL},
	{"resources that are no list", "{\n\"resources\": {}}",
		"line 2: resources is not a list of objects"},
	{"a resource that is no object", "{\"resources\": [\n{\"resource\":\"a\"},\n\"b\"]}",
		"line 3: resources is not a list of objects"},
	{"a resource without its identifier", "{\"resources\": [\n{}]}",
		"line 2: \"resource\" is missing here"},
	{"a resource", "{\"resources\": [{\"resource\":\"a\"}]}", NULL},
	{"a misspelt member of a resource",
		"{\"resources\": [{\"resource\":\"a\",\n\"scopes_suported\":[\"x\"]}]}",
		"line 2: \"scopes_suported\" is not known here (did you mean scopes_supported?)"},
	{"scopes as one string",
		"{\"resources\": [{\"resource\":\"a\",\n\"scopes_supported\":\"x y\"}]}",
		"line 2: scopes_supported is not a list of strings"},
	{"a scope with a DEL in it",
		"{\"resources\": [{\"resource\":\"a\",\n\"scopes_supported\":[\"x\x7f\"]}]}",
		"line 2: what stands in scopes_supported is not a string without blanks"},
	{"two scopes in one",
		"{\"resources\": [{\"resource\":\"a\",\n\"scopes_supported\":[\"x\",\n\"y z\"]}]}",
		"line 3: what stands in scopes_supported is not a string without blanks"},
	{"an empty scope", "{\"resources\": [{\"resource\":\"a\",\n\"scopes_supported\":[\"\"]}]}",
		"line 2: what stands in scopes_supported is not a string without blanks"},
	{"a scope that is a number",
		"{\"resources\": [{\"resource\":\"a\",\n\"scopes_supported\":[1]}]}",
		"line 2: what stands in scopes_supported is not a string without blanks"},
	{"two scopes", "{\"resources\": [{\"resource\":\"a\",\"scopes_supported\":[\"x\",\"y\"]}]}",
		NULL},
	{"no scopes, said aloud",
		"{\"resources\": [{\"resource\":\"a\",\n\"scopes_supported\":[]}]}",
		"line 2: scopes_supported is an empty list: leave it out"},
	{"nobody as the audience", "{\"resources\": [{\"resource\":\"a\",\n\"audiences\":[]}]}",
		"line 2: audiences is an empty list: leave it out"},
	{"an audience with a blank",
		"{\"resources\": [{\"resource\":\"a\",\"audiences\":[\"x y\"]}]}", NULL},
	{"an audience that is empty",
		"{\"resources\": [{\"resource\":\"a\",\n\"audiences\":[\"\"]}]}",
		"line 2: what stands in audiences is not a string of at least one character"},
	{"a name in another language",
		"{\"resources\": [{\"resource\":\"a\",\"resource_name#de\":\"x\"}]}", NULL},
	{"a name in another language that is no string",
		"{\"resources\": [{\"resource\":\"a\",\n\"resource_name#de\":1}]}",
		"line 2: resource_name#de is not a string of at least one character"},
	{"what has no translation",
		"{\"resources\": [{\"resource\":\"a\",\n\"jwks_uri#de\":\"x\"}]}",
		"line 2: \"jwks_uri#de\" is not known here (did you mean jwks_uri?)"},
	{"a translated section", "{\"auth#de\": {}}",
		"line 1: \"auth#de\" is not known here (did you mean auth?)"},
	{"an issuer without its name",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[\n\n{}]}]}",
		"line 3: \"issuer\" is missing here"},
	{"an issuer", "{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\"}]}]}",
		NULL},
	{"an unknown discovery",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\",\n"
		"\"discovery\":\"openid\"}]}]}",
		"line 2: discovery is not one of \"auto\", \"oauth\", \"oidc\""},
	{"a discovery by number",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\",\n"
		"\"discovery\":1}]}]}",
		"line 2: discovery is not one of \"auto\", \"oauth\", \"oidc\""},
	{"a known discovery",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\","
		"\"discovery\":\"oidc\"}]}]}",
		NULL},
	{"metadata as a string",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\",\n"
		"\"metadata\":\"{}\"}]}]}",
		"line 2: metadata is not an object"},
	{"metadata as an object",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\","
		"\"metadata\":{\"own\":null}}]}]}",
		NULL},
	{"a token may be as old as it says",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\","
		"\"max_age\":0}]}]}",
		NULL},
	{"a misspelt member of a route", "{\"routes\": [{\"path\": \"/\",\n\"scope\": [\"x\"]}]}",
		"line 2: \"scope\" is not known here (did you mean scopes?)"},
	{"a route without a path", "{\"routes\": [\n{\"scopes\": [\"x\"]}]}",
		"line 2: \"path\" is missing here"},
	{"a route", "{\"routes\": [{\"path\": \"/\", \"prefix\": true, \"scopes\": [\"x\"]}]}",
		NULL},
	{"methods for the rest", "{\"rest\": {\n\"methods\": [\"GET\"]}}",
		"line 2: \"methods\" is not known here"},
	{"too little memory for a connection", "{\"chain\": {\n\"connection_memory\": 32767}}",
		"line 2: connection_memory is not a whole number from 32768 to 4294967294"},
	{"just enough of it", "{\"chain\": {\"connection_memory\": 32768}}", NULL},
	{"an origin that is no string", "{\"allowed_origins\": [\n1]}",
		"line 2: what stands in allowed_origins is not a string of at least one character"},
	{"headers as a list", "{\n\"headers\": []}", "line 2: headers is not an object of strings"},
	{"a header that is a number", "{\"headers\": {\"A\": \"b\",\n\"X-A\": 1}}",
		"line 2: X-A is not a string of at least one character"},
	{"two headers", "{\"headers\": {\"A\": \"b\", \"B\": \"c\"}}", NULL},
};

static void says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_error got = {0};
		struct mcpauth_settings *settings;
		enum mcpauth_code want = rows[i].message == NULL ? MCPAUTH_OK : INVALID;
		CHECK_ROW(rows[i].label, parse(rows[i].text, &settings, &got) == want);
		CHECK_ROW(rows[i].label, got.code == want && (settings != NULL) == (want == 0));
		if (strcmp(got.message, want == 0 ? "" : rows[i].message) != 0) {
			print_error("%s: \"%s\"\n", rows[i].label, got.message);
			fail();
		}
		mcpauth_settings_free(settings);
	}
}

static void needs_nobody_to_listen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_settings *settings;
		enum mcpauth_code want = rows[i].message == NULL ? MCPAUTH_OK : INVALID;
		CHECK_ROW(rows[i].label, parse(rows[i].text, &settings, NULL) == want);
		mcpauth_settings_free(settings);
	}
}

#define PATH_SIZE 128

static void write_file(char path[PATH_SIZE], const char *text, size_t length)
{
	const char *folder = getenv("TMPDIR");
	snprintf(path, PATH_SIZE, "%.100s/settings-XXXXXX", folder == NULL ? "/tmp" : folder);
	int descriptor = mkstemp(path);
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, length), (ssize_t)length);
	close(descriptor);
}

static void names_the_file_but_not_its_folder(void **state)
{
	(void)state;
	static const char text[] = "{\n\"auht\": {}}";
	char path[PATH_SIZE];
	char want[192];
	struct mcpauth_settings *settings;
	struct mcpauth_error got;
	write_file(path, text, sizeof text - 1);
	assert_int_equal(mcpauth_settings_read(path, &settings, &got), INVALID);
	sprintf(want, "%s line 2: \"auht\" is not known here (did you mean auth?)",
		strrchr(path, '/') + 1);
	assert_string_equal(got.message, want);
	unlink(path);
	write_file(path, "{\n\"auth\": {}}", 13);
	CHECK_OK(mcpauth_settings_read(path, &settings, &err));
	unlink(path);
	assert_string_equal(mcpauth_settings_name(settings), strrchr(path, '/') + 1);
	assert_non_null(mcpauth_settings_section(settings, "auth"));
	mcpauth_settings_free(settings);
}

static void says_why_a_file_cannot_be_read(void **state)
{
	(void)state;
	char path[PATH_SIZE];
	struct mcpauth_settings *settings;
	struct mcpauth_error got;
	write_file(path, "{}", 2);
	CHECK_OK(mcpauth_settings_read(path, &settings, &err));
	mcpauth_settings_free(settings);
	unlink(path);
	CHECK_CODE(MCPAUTH_E_FILE, mcpauth_settings_read(path, &settings, &err));
	assert_null(settings);
	assert_int_equal(mcpauth_settings_read("/", &settings, &got), MCPAUTH_E_FILE);
	assert_non_null(strstr(got.message, "directory"));
}

static void takes_a_mebibyte_and_not_a_byte_more(void **state)
{
	(void)state;
	size_t most = (size_t)1024 * 1024;
	char path[PATH_SIZE];
	struct mcpauth_settings *settings;
	char *text = malloc(most + 1);
	assert_non_null(text);
	memset(text, ' ', most + 1);
	text[0] = '{';
	text[1] = '}';
	CHECK_OK(mcpauth_settings_parse(text, most, &settings, &err));
	mcpauth_settings_free(settings);
	CHECK_CODE(MCPAUTH_E_TOO_LARGE, mcpauth_settings_parse(text, most + 1, &settings, &err));
	write_file(path, text, most);
	CHECK_OK(mcpauth_settings_read(path, &settings, &err));
	mcpauth_settings_free(settings);
	unlink(path);
	write_file(path, text, most + 1);
	CHECK_CODE(MCPAUTH_E_TOO_LARGE, mcpauth_settings_read(path, &settings, &err));
	assert_null(settings);
	unlink(path);
	free(text);
}

static void tells_the_line_of_every_value(void **state)
{
	(void)state;
	struct mcpauth_settings *settings;
	cJSON foreign = {0};
	CHECK_OK(parse("\n{\"application\": {\n  \"a\" : [ {} ,\n\"}\\\"]\",\n-1.5e3\n, true],\n"
		       "\"b\":\n{\"c\": []}}}",
		&settings, &err));
	const cJSON *application = mcpauth_settings_section(settings, "application");
	const cJSON *a = cJSON_GetObjectItem(application, "a");
	const cJSON *b = cJSON_GetObjectItem(application, "b");
	assert_int_equal(mcpauth_settings_line(settings, application), 2);
	assert_int_equal(mcpauth_settings_line(settings, a), 3);
	assert_int_equal(mcpauth_settings_line(settings, cJSON_GetArrayItem(a, 0)), 3);
	assert_int_equal(mcpauth_settings_line(settings, cJSON_GetArrayItem(a, 1)), 4);
	assert_int_equal(mcpauth_settings_line(settings, cJSON_GetArrayItem(a, 2)), 5);
	assert_int_equal(mcpauth_settings_line(settings, cJSON_GetArrayItem(a, 3)), 6);
	assert_int_equal(mcpauth_settings_line(settings, b), 8);
	assert_int_equal(mcpauth_settings_line(settings, cJSON_GetObjectItem(b, "c")), 8);
	assert_int_equal(mcpauth_settings_line(settings, &foreign), 0);
	assert_int_equal(mcpauth_settings_line(settings, NULL), 0);
	assert_null(mcpauth_settings_section(settings, "auth"));
	assert_null(mcpauth_settings_section(settings, "Application"));
	assert_null(mcpauth_settings_name(settings));
	mcpauth_settings_free(settings);
	mcpauth_settings_free(NULL);
}

static void fills_the_fields_that_are_named(void **state)
{
	(void)state;
	struct mcpauth_settings *settings;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.waiting_limit = 7;
	config.deadline_ms = 8;
	config.insecure_allow_http = true;
	CHECK_OK(parse("{\"auth\": {\"proxy\": \"http://p.example\", \"ca_file\": \"ca.pem\","
		       "\"crl_file\": \"crl.pem\","
		       "\"insecure_allow_http\": false, \"deadline_ms\": 100,"
		       "\"clock_tolerance\": 0, \"token_cache_seconds\": 0,"
		       "\"token_cache_entries\": 10, \"stale_seconds\": 0,"
		       "\"fresh_seconds\": 3600, \"cooldown_seconds\": 20}}",
		&settings, &err));
	CHECK_OK(mcpauth_settings_apply(settings, &config, &err));
	assert_string_equal(config.proxy, "http://p.example");
	assert_string_equal(config.ca_file, "ca.pem");
	assert_string_equal(config.crl_file, "crl.pem");
	assert_false(config.insecure_allow_http);
	assert_int_equal(config.deadline_ms, 100);
	assert_int_equal(config.clock_tolerance, MCPAUTH_NONE);
	assert_int_equal(config.token_cache_seconds, MCPAUTH_NONE);
	assert_int_equal(config.token_cache_entries, 10);
	assert_int_equal(config.stale_seconds, MCPAUTH_NONE);
	assert_int_equal(config.fresh_seconds, 3600);
	assert_int_equal(config.cooldown_seconds, 20);
	assert_int_equal(config.waiting_limit, 7);
	assert_null(config.log);
	mcpauth_settings_free(settings);
}

static void without_the_section_leaves_all_as_it_is(void **state)
{
	(void)state;
	struct mcpauth_settings *settings;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth *auth;
	config.deadline_ms = 8;
	CHECK_OK(parse("{}", &settings, &err));
	CHECK_OK(mcpauth_settings_apply(settings, &config, &err));
	assert_int_equal(config.deadline_ms, 8);
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	CHECK_OK(mcpauth_configure(auth, settings, &err));
	assert_null(mcpauth_resource_at(auth, 0));
	mcpauth_free(auth);
	mcpauth_settings_free(settings);
}

/** A program that was compiled when the struct had fewer fields. */
static void writes_no_further_than_an_older_struct(void **state)
{
	(void)state;
	struct mcpauth_settings *settings;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.size = offsetof(struct mcpauth_config, cooldown_seconds);
	CHECK_OK(parse("{\"auth\": {\"fresh_seconds\": 60}}", &settings, &err));
	CHECK_OK(mcpauth_settings_apply(settings, &config, &err));
	assert_int_equal(config.fresh_seconds, 60);
	mcpauth_settings_free(settings);
	CHECK_OK(parse("{\"auth\": {\"cooldown_seconds\": 60}}", &settings, &err));
	CHECK_CODE(INVALID, mcpauth_settings_apply(settings, &config, &err));
	assert_int_equal(config.cooldown_seconds, 0);
	mcpauth_settings_free(settings);
}

static void adds_resources_and_issuers(void **state)
{
	(void)state;
	struct mcpauth *auth;
	CHECK_OK(configure("{\"resources\": ["
			   "{\"resource\": \"" RESOURCE "\", \"resource_name\": \"Notes\","
			   "\"scopes_supported\": [\"read\", \"write\"],"
			   "\"resource_documentation\": \"https://docs.example\","
			   "\"issuers\": [{\"issuer\": \"" ISSUER "\"},"
			   "{\"issuer\": \"https://two.example\","
			   "\"advertised_url\": \"https://shown.example\"}]},"
			   "{\"resource\": \"" OTHER "\","
			   "\"issuers\": [{\"issuer\": \"" ISSUER "\"}]}]}",
		&auth, &err));
	assert_string_equal(mcpauth_resource_at(auth, 0), RESOURCE);
	assert_string_equal(mcpauth_resource_at(auth, 1), OTHER);
	assert_null(mcpauth_resource_at(auth, 2));
	cJSON *json = document(auth, RESOURCE);
	const cJSON *scopes = cJSON_GetObjectItem(json, "scopes_supported");
	const cJSON *servers = cJSON_GetObjectItem(json, "authorization_servers");
	assert_string_equal(text_of(json, "resource_name"), "Notes");
	assert_string_equal(text_of(json, "resource_documentation"), "https://docs.example");
	assert_int_equal(cJSON_GetArraySize(scopes), 2);
	assert_string_equal(cJSON_GetArrayItem(scopes, 1)->valuestring, "write");
	assert_int_equal(cJSON_GetArraySize(servers), 2);
	assert_string_equal(cJSON_GetArrayItem(servers, 0)->valuestring, ISSUER);
	assert_string_equal(cJSON_GetArrayItem(servers, 1)->valuestring, "https://shown.example");
	cJSON_Delete(json);
	mcpauth_free(auth);
}

/** Resources with one thing wrong, each with the line that says it. */
static const struct {
	const char *label;
	const char *text;
	enum mcpauth_code code;
	const char *begin; /* of the message */
} refusals[] = {
	{"a good one",
		"{\"resources\": [\n{\"resource\": \"" RESOURCE "\",\n"
		"\"audiences\": [\"a\", \"b\"],\n"
		"\"issuers\": [\n{\"issuer\": \"" ISSUER "\",\n"
		"\"accepted_issuer_values\": [\"v1\", \"v2\"]}]},\n"
		"{\"resource\": \"" OTHER "\",\n"
		"\"issuers\": [\n{\"issuer\": \"" ISSUER "\",\n"
		"\"accepted_issuer_values\": [\"v1\", \"v2\"]}]}]}",
		MCPAUTH_OK, ""},
	{"a relative resource", "{\"resources\": [\n\n{\"resource\": \"/mcp\"}]}",
		MCPAUTH_E_INVALID_URL, "line 3: "},
	{"a resource twice",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\"},\n"
		"{\"resource\": \"" RESOURCE "\"}]}",
		MCPAUTH_E_DUPLICATE, "line 2: "},
	{"an audience twice",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"audiences\": [\"a\",\n\"a\"]}]}",
		MCPAUTH_E_DUPLICATE, "line 3: "},
	{"an issuer twice",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"issuers\": [{\"issuer\": \"" ISSUER "\"},\n"
		"{\"issuer\": \"" ISSUER "\"}]}]}",
		MCPAUTH_E_DUPLICATE, "line 3: "},
	{"an issuer over plain http",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"issuers\": [{\"issuer\":\n\"http://issuer.example\"}]}]}",
		MCPAUTH_E_INVALID_URL, "line 3: issuer: "},
	{"a field of an issuer's, by its own line",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"issuers\": [{\"issuer\": \"" ISSUER "\",\n"
		"\"strict_type\": true,\n\"jwks_uri\": \"keys\"}]}]}",
		MCPAUTH_E_INVALID_URL, "line 4: jwks_uri: "},
	{"two ways to the keys",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\"issuers\": [\n"
		"{\"issuer\": \"" ISSUER "\",\n"
		"\"metadata_url\": \"" ISSUER "/m\",\n\"jwks_uri\": \"" ISSUER "/k\"}]}]}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: "},
	{"an issuer known otherwise",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\","
		"\"issuers\": [{\"issuer\": \"" ISSUER "\"}]},\n"
		"{\"resource\": \"" OTHER "\",\n"
		"\"issuers\": [{\"issuer\": \"" ISSUER "\", \"discovery\": \"oidc\"}]}]}",
		MCPAUTH_E_DUPLICATE, "line 3: "},
	{"a further value twice",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"issuers\": [{\"issuer\": \"" ISSUER "\",\n"
		"\"accepted_issuer_values\": [\"v1\",\n\"v1\"]}]}]}",
		MCPAUTH_E_DUPLICATE, "line 4: "},
	{"a further value of another issuer's",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"issuers\": [{\"issuer\": \"" ISSUER "\",\n"
		"\"accepted_issuer_values\": [\"v1\"]},\n"
		"{\"issuer\": \"https://two.example\",\n"
		"\"accepted_issuer_values\": [\"v1\"]}]}]}",
		MCPAUTH_E_DUPLICATE, "line 5: "},
	{"metadata of another issuer",
		"{\"resources\": [{\"resource\": \"" RESOURCE "\",\n"
		"\"issuers\": [\n{\"issuer\": \"" ISSUER "\",\n"
		"\"metadata\": {\"issuer\": \"https://two.example\"}}]}]}",
		MCPAUTH_E_ISSUER_MISMATCH, "line "},
};

static void passes_on_what_a_call_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct mcpauth *auth;
		struct mcpauth_error got = {0};
		const char *begin = refusals[i].begin;
		CHECK_ROW(refusals[i].label,
			configure(refusals[i].text, &auth, &got) == refusals[i].code);
		mcpauth_free(auth);
		CHECK_ROW(refusals[i].label,
			configure(refusals[i].text, &auth, NULL) == refusals[i].code);
		mcpauth_free(auth);
		CHECK_ROW(refusals[i].label, got.code == refusals[i].code);
		if (strncmp(got.message, begin, strlen(begin)) != 0) {
			print_error("%s: \"%s\"\n", refusals[i].label, got.message);
			fail();
		}
	}
}

static void knows_an_issuer_again_that_is_indented_otherwise(void **state)
{
	(void)state;
	struct mcpauth *auth;
	CHECK_OK(configure(
		"{\"resources\": ["
		"{\"resource\": \"" RESOURCE "\", \"issuers\": [{\"issuer\": \"" ISSUER
		"\", \"metadata\": {\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"" ISSUER
		"/k\",\"authorization_endpoint\":\"" ISSUER "/a\",\"token_endpoint\":\"" ISSUER
		"/t\",\"response_types_supported\":[\"code\"]}}]},"
		"{\"resource\": \"" OTHER "\", \"issuers\": [{\"issuer\": \"" ISSUER
		"\", \"metadata\": {\n \"issuer\": \"" ISSUER "\",\n \"jwks_uri\": \"" ISSUER
		"/k\",\n\"authorization_endpoint\":\"" ISSUER "/a\",\"token_endpoint\":\"" ISSUER
		"/t\",\"response_types_supported\":[ \"code\" ]\n }}]}]}",
		&auth, &err));
	mcpauth_free(auth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(needs_nobody_to_listen),
		cmocka_unit_test(names_the_file_but_not_its_folder),
		cmocka_unit_test(says_why_a_file_cannot_be_read),
		cmocka_unit_test(takes_a_mebibyte_and_not_a_byte_more),
		cmocka_unit_test(tells_the_line_of_every_value),
		cmocka_unit_test(fills_the_fields_that_are_named),
		cmocka_unit_test(without_the_section_leaves_all_as_it_is),
		cmocka_unit_test(writes_no_further_than_an_older_struct),
		cmocka_unit_test(adds_resources_and_issuers),
		cmocka_unit_test(passes_on_what_a_call_says),
		cmocka_unit_test(knows_an_issuer_again_that_is_indented_otherwise),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
