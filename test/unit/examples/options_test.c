/* What the example servers make of their command line. */
#define _POSIX_C_SOURCE 200809L

#include "options.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define WORDS 32

#define A "--issuer https://a.example"
#define SECRET "--client-id me --client-secret-file secret"
#define KEY "--client-id me --private-key-file key"

/* A command line; the texts of what was parsed lie in it. */
struct line {
	char text[512];
	char *words[WORDS];
	int count;
	struct example_options options;
};

/* The program has tools, unless a test says otherwise. */
static bool without_tools;

static enum mcpauth_code add_nothing(
	struct mcpauth_operations *operations, struct mcpauth_error *err)
{
	(void)operations;
	(void)err;
	return MCPAUTH_OK;
}

static struct line *line_of(const char *text)
{
	struct line *line = calloc(1, sizeof *line);
	char *rest = NULL;
	assert_non_null(line);
	snprintf(line->text, sizeof line->text, "server %s", text);
	for (char *word = strtok_r(line->text, " ", &rest); word != NULL;
		word = strtok_r(NULL, " ", &rest)) {
		assert_true(line->count < WORDS - 1);
		line->words[line->count++] = word;
	}
	line->options.path = "/mcp";
	line->options.add_operations = without_tools ? NULL : add_nothing;
	return line;
}

static struct line *parsed(const char *text)
{
	struct line *line = line_of(text);
	options_parse(&line->options, line->count, line->words);
	return line;
}

static void free_line(struct line *line)
{
	options_finish(&line->options);
	free(line);
}

/* Mistakes end the process, so it is another one's. @return its exit status */
static int status_of(const char *text, char said[1024])
{
	int out[2];
	int status = 0;
	size_t length = 0;
	fflush(NULL);
	assert_int_equal(pipe(out), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(out[1], STDERR_FILENO);
		free_line(parsed(text));
		_exit(0);
	}
	close(out[1]);
	for (ssize_t more = 1; more > 0; length += (size_t)(more > 0 ? more : 0)) {
		more = read(out[0], said + length, 1023 - length);
	}
	said[length] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void knows_which_issuer_is_asked_how(void **state)
{
	(void)state;
	struct line *line = parsed(
		"--issuer https://a.example --introspection https://a.example/i "
		"--client-id one --client-secret-file secret --client-secret-post "
		"--issuer https://b.example --jwks https://b.example/keys "
		"--issuer https://c.example --client-id three "
		"--private-key-file key --key-id 7 "
		"--accept-active-as-audience --introspect-jwts --require-signed-answers");
	const struct options_issuer *issuers = line->options.issuers;
	assert_int_equal(line->options.issuer_count, 3);
	assert_string_equal(issuers[0].introspection.endpoint, "https://a.example/i");
	assert_string_equal(issuers[0].introspection.client_id, "one");
	assert_string_equal(issuers[0].introspection.client_secret_file, "secret");
	assert_true(issuers[0].introspection.client_secret_post);
	assert_null(issuers[0].introspection.private_key_file);
	assert_false(issuers[0].introspection.accept_active_as_audience);
	assert_false(issuers[0].introspection.introspect_jwts);
	assert_false(issuers[0].introspection.require_signed_answers);
	assert_true(options_introspect(&issuers[0]));
	assert_string_equal(issuers[1].jwks, "https://b.example/keys");
	assert_false(options_introspect(&issuers[1]));
	assert_null(issuers[2].introspection.endpoint);
	assert_false(issuers[2].introspection.client_secret_post);
	assert_string_equal(issuers[2].introspection.private_key_file, "key");
	assert_string_equal(issuers[2].introspection.key_id, "7");
	assert_true(issuers[2].introspection.accept_active_as_audience);
	assert_true(issuers[2].introspection.introspect_jwts);
	assert_true(issuers[2].introspection.require_signed_answers);
	assert_true(options_introspect(&issuers[2]));
	free_line(line);
}

static void takes_what_precedes_all_issuers_for_the_first(void **state)
{
	(void)state;
	struct line *line = parsed(
		"--introspection https://a.example/i " SECRET " " A " --issuer https://b.example");
	const struct options_issuer *issuers = line->options.issuers;
	assert_string_equal(issuers[0].url, "https://a.example");
	assert_string_equal(issuers[0].introspection.endpoint, "https://a.example/i");
	assert_true(options_introspect(&issuers[0]));
	assert_false(options_introspect(&issuers[1]));
	free_line(line);
}

static void tells_no_cache_from_the_default_one(void **state)
{
	static const struct {
		const char *text;
		unsigned seconds;
	} rows[] = {
		{A " " SECRET, 0},
		{A " " SECRET " --token-cache 0", MCPAUTH_NONE},
		{A " " SECRET " --token-cache 1", 1},
		{A " " SECRET " --token-cache 3600", 3600},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct line *line = parsed(rows[i].text);
		CHECK_ROW(rows[i].text, line->options.token_cache == rows[i].seconds);
		free_line(line);
	}
}

static void needs_no_introspection_for_logout_tokens(void **state)
{
	(void)state;
	struct line *line = parsed(
		A " --issuer https://b.example --client-id me --logout-path /logout");
	assert_string_equal(line->options.logout_path, "/logout");
	assert_string_equal(options_client_id(&line->options), "me");
	assert_false(options_introspect(&line->options.issuers[1]));
	free_line(line);
}

static void knows_what_is_asked_for_beside_the_tokens(void **state)
{
	(void)state;
	struct line *line = parsed(A
		" --access-log /var/log/a --metrics /metrics --rate-limit --list all "
		"--trust-proxy 192.0.2.7 --trust-proxy fd00::/8 --allow-origin https://a.example");
	assert_string_equal(line->options.access_log, "/var/log/a");
	assert_string_equal(line->options.metrics, "/metrics");
	assert_true(line->options.rate_limit);
	assert_int_equal(line->options.list, MCPAUTH_LIST_MARKED);
	assert_int_equal(line->options.proxies.count, 2);
	assert_string_equal(line->options.proxies.at[1], "fd00::/8");
	assert_int_equal(line->options.origins.count, 1);
	free_line(line);
	line = parsed(A " --list all --list allowed");
	assert_int_equal(line->options.list, MCPAUTH_LIST_ALLOWED);
	assert_null(line->options.access_log);
	assert_null(line->options.metrics);
	assert_false(line->options.rate_limit);
	free_line(line);
}

static void lists_nothing_without_tools(void **state)
{
	char said[1024];
	(void)state;
	without_tools = true;
	assert_int_equal(status_of(A " --list all", said), 2);
	without_tools = false;
	assert_non_null(strstr(said, "for a server with tools"));
	assert_int_equal(status_of(A " --list all", said), 0);
}

static void ends_on_a_mistake_and_says_which(void **state)
{
	static const struct {
		const char *wrong;
		const char *right;
		const char *said;
	} rows[] = {
		{"", "--no-auth", "Name an authorization server"},
		{SECRET, A " " SECRET, "of the tokens of an --issuer"},
		{"--no-auth --introspect-jwts", "--no-auth", "of the tokens of an --issuer"},
		{A " --introspection https://a.example/i",
			A " " SECRET " --introspection https://a.example/i", "who asks?"},
		{A " --client-secret-file secret", A " " SECRET, "who asks?"},
		{A " --private-key-file key", A " " KEY, "who asks?"},
		{A " --client-id me --introspection https://a.example/i",
			A " " KEY " --introspection https://a.example/i", "who asks?"},
		{A " --accept-active-as-audience", A " " KEY " --accept-active-as-audience",
			"who asks?"},
		{A " --introspect-jwts", A " " KEY " --introspect-jwts", "who asks?"},
		{A " --require-signed-answers", A " " KEY " --require-signed-answers", "who asks?"},
		{A " --client-id me", A " --client-id me --logout-path /logout",
			"--client-id is for"},
		{A " " SECRET " --private-key-file key", A " " SECRET, "but not both"},
		{A " " KEY " --client-secret-post", A " " SECRET " --client-secret-post",
			"--client-secret-post is for"},
		{A " " SECRET " --key-id 7", A " " KEY " --key-id 7", "--key-id is for"},
		{A " " SECRET " --client-id me", A " " SECRET, "one too many"},
		{A " " SECRET " --issuer https://b.example --client-id you --client-secret-file x "
		   "--logout-path /logout",
			A " " SECRET
			  " --issuer https://b.example --client-id me --client-secret-file x "
			  "--logout-path /logout",
			"know one --client-id"},
		{A " --logout-path /logout", A " --client-id me --logout-path /logout",
			"needs the --client-id"},
		{A " --token-cache 5", A " " SECRET " --token-cache 5", "--token-cache is for"},
		{A " " SECRET " --token-cache 3601", A " " SECRET " --token-cache 3600",
			"not a number"},
		{A " " SECRET " --token-cache -1", A " " SECRET " --token-cache 1", "not a number"},
		{"--jwks https://a.example/keys " A, A " --jwks https://a.example/keys",
			"comes after the --issuer"},
		{"--config f " A, "--config f", "with --config"},
		{"--config f --client-id me", "--config f", "with --config"},
		{"--config f " SECRET, "--config f", "with --config"},
		{"--config f --introspect-jwts", "--config f", "with --config"},
		{"--config f --token-cache 5", "--config f", "with --config"},
		{"--config f --logout-path /logout", "--config f", "with --config"},
		{"--config f --allow-origin https://b.example", "--config f --rate-limit",
			"with --config"},
		{A " --list some", A " --list all", "not all or allowed"},
	};
	char said[1024];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].wrong, status_of(rows[i].wrong, said) == 2);
		CHECK_ROW(rows[i].wrong, strstr(said, rows[i].said) != NULL);
		CHECK_ROW(rows[i].right, status_of(rows[i].right, said) == 0);
		CHECK_ROW(rows[i].right, said[0] == '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_which_issuer_is_asked_how),
		cmocka_unit_test(takes_what_precedes_all_issuers_for_the_first),
		cmocka_unit_test(tells_no_cache_from_the_default_one),
		cmocka_unit_test(needs_no_introspection_for_logout_tokens),
		cmocka_unit_test(knows_what_is_asked_for_beside_the_tokens),
		cmocka_unit_test(lists_nothing_without_tools),
		cmocka_unit_test(ends_on_a_mistake_and_says_which),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
