/* Whom a client asks: what was configured, and of what it learnt only what is safe. */
#include "client/ask.h"

#include "support/check.h"
#include "support/network.h"
#include "support/scarce_memory.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PUBLIC "https://api.example/mcp"
#define HERE "http://127.0.0.1:8000/mcp"

static const struct loopback_page pages[] = {
	{.path = "/document", .status = 200, .body = "{\"a\":1}"},
	{.path = "/token",
		.status = 400,
		.headers = "DPoP-Nonce: n-1\r\n",
		.body = "{\"error\":\"use_dpop_nonce\"}"},
	{.path = "/held", .status = 200, .body = "{}", .manner = LOOPBACK_HELD},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

/** A program's own network: what it was asked last, and how often. */
struct program {
	unsigned asked;
	char method[8];
	char url[256];
	char headers[512];
	char body[64];
};

static void answer(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct program *program = user;
	const char *name;
	const char *value;
	size_t length;
	const char *body = mcpauth_fetch_body(fetch, &length);
	program->asked++;
	snprintf(program->method, sizeof program->method, "%s", mcpauth_fetch_method(fetch));
	snprintf(program->url, sizeof program->url, "%s", url);
	snprintf(program->body, sizeof program->body, "%s", body != NULL ? body : "");
	program->headers[0] = '\0';
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		size_t used = strlen(program->headers);
		snprintf(program->headers + used, sizeof program->headers - used, "%s: %s\n", name,
			value);
	}
	mcpauth_fetch_answer(fetch, 200, "{}", 2);
}

static struct mcpauth__asker use_program(struct network *network, struct program *program)
{
	network->config.fetch = answer;
	network->config.fetch_user = program;
	network_restart(network);
	return (struct mcpauth__asker){.worker = network->worker, .timeout_ms = NETWORK_LONG_MS};
}

struct row {
	const char *label;
	const char *url;
	const char *learnt_from;
};

/* Each of them is asked by GET and by POST, or neither. */
static void check_rows(const struct mcpauth__asker *asker, struct program *program,
	const struct row *rows, size_t count, enum mcpauth_code want)
{
	struct mcpauth__fetched fetched;
	const struct mcpauth__post post = {.to = {.url = "https://not.looked.at/"}, .body = "a=b"};
	for (size_t i = 0; i < count; i++) {
		const unsigned before = program->asked;
		const unsigned more = want == MCPAUTH_OK ? 1 : 0;
		mcpauth__ask_get(asker, rows[i].url, rows[i].learnt_from, &fetched);
		CHECK_ROW(rows[i].label, fetched.code == want);
		CHECK_ROW(rows[i].label, program->asked == before + more);
		CHECK_ROW(rows[i].label, *fetched.message != '\0');
		mcpauth__fetched_finish(&fetched);
		mcpauth__ask_post(asker, rows[i].url, rows[i].learnt_from, &post, &fetched);
		CHECK_ROW(rows[i].label, fetched.code == want);
		CHECK_ROW(rows[i].label, program->asked == before + 2 * more);
		CHECK_ROW(rows[i].label, more == 0 || strcmp(program->url, rows[i].url) == 0);
		mcpauth__fetched_finish(&fetched);
	}
}

static void asks_what_is_safe(void **state)
{
	static const struct row rows[] = {
		{"configured", PUBLIC, NULL},
		{"configured and private", "https://10.0.0.1/", NULL},
		{"configured on loopback", HERE, NULL},
		{"learnt and public", "https://as.example/token", PUBLIC},
		{"a public address", "https://8.8.8.8/", PUBLIC},
		{"of the same host", "https://api.example:8443/token", PUBLIC},
		{"of the same host in other letters", "https://API.example/", PUBLIC},
		{"http on the same loopback host", "http://127.0.0.1:9000/", HERE},
		{"http on another loopback host", "http://localhost:9000/", HERE},
		{"https on another loopback host", "https://[::1]:9000/", HERE},
		{"learnt from loopback, and public", "https://as.example/", HERE},
	};
	struct program program = {0};
	struct mcpauth__asker asker = use_program(*state, &program);
	check_rows(&asker, &program, rows, COUNT(rows), MCPAUTH_OK);
}

static void a_configured_host_may_be_private(void **state)
{
	static const struct row rows[] = {
		{"the server's", "https://10.0.0.1/token", "https://10.0.0.1:444/mcp"},
		{"the issuer's", "https://10.0.0.2/token", "https://10.0.0.1:444/mcp"},
	};
	static const struct row others[] = {
		{"http", "http://10.0.0.1/token", "https://10.0.0.1/"},
		{"another one", "https://10.0.0.3/token", "https://10.0.0.1/"},
	};
	struct program program = {0};
	struct mcpauth__asker asker = use_program(*state, &program);
	asker.server = "https://10.0.0.1/mcp";
	asker.issuer = "https://10.0.0.2";
	check_rows(&asker, &program, rows, COUNT(rows), MCPAUTH_OK);
	check_rows(&asker, &program, others, COUNT(others), MCPAUTH_E_ADDRESS_REFUSED);
}

static void asks_nothing_else(void **state)
{
	static const struct row rows[] = {
		{"http", "http://as.example/token", PUBLIC},
		{"http of the same host", "http://api.example/token", PUBLIC},
		{"loopback", "https://127.0.0.1/", PUBLIC},
		{"loopback by http", "http://localhost:631/", PUBLIC},
		{"private", "https://192.168.0.1/", PUBLIC},
		{"private, learnt from loopback", "https://192.168.0.1/", HERE},
		{"http, learnt from loopback", "http://as.example/", HERE},
		{"a cloud's metadata service", "https://169.254.169.254/", PUBLIC},
		{"private behind a mapped address", "https://[::ffff:10.0.0.1]/", PUBLIC},
		{"of another private host", "https://10.0.0.2/", "https://10.0.0.1/"},
		{"of a host that was learnt, too", "https://10.0.0.1/token", "https://10.0.0.1/"},
		{"a user of the same host", "https://a@api.example/", PUBLIC},
		{"a fragment", "https://as.example/#a", PUBLIC},
		{"no URL", "as.example", PUBLIC},
		{"a script", "javascript:alert(1)", PUBLIC},
		{"a file", "file:///etc/passwd", PUBLIC},
		{"learnt from nowhere", "https://as.example/", "api.example"},
	};
	struct program program = {0};
	struct mcpauth__asker asker = use_program(*state, &program);
	check_rows(&asker, &program, rows, COUNT(rows), MCPAUTH_E_ADDRESS_REFUSED);
}

static void a_network_of_ones_own_has_private_addresses_but_no_http(void **state)
{
	static const struct row asked[] = {
		{"private", "https://192.168.0.1/", PUBLIC},
		{"a unique local address", "https://[fd00::1]/", PUBLIC},
		{"loopback", "https://127.0.0.1/", PUBLIC},
		{"public", "https://as.example/", PUBLIC},
		{"private, learnt from loopback", "https://192.168.0.1/", HERE},
		{"http on loopback, learnt there", "http://localhost:9000/", HERE},
	};
	static const struct row refused[] = {
		{"private by http", "http://192.168.0.1/", PUBLIC},
		{"loopback by http", "http://127.0.0.1:631/", PUBLIC},
		{"http", "http://as.example/", PUBLIC},
		{"http of the same host", "http://api.example/", PUBLIC},
		{"http, learnt from loopback", "http://as.example/", HERE},
		{"a user", "https://a@192.168.0.1/", PUBLIC},
	};
	struct program program = {0};
	struct mcpauth__asker asker = use_program(*state, &program);
	asker.allow_private_addresses = true;
	check_rows(&asker, &program, asked, COUNT(asked), MCPAUTH_OK);
	check_rows(&asker, &program, refused, COUNT(refused), MCPAUTH_E_ADDRESS_REFUSED);
}

static void what_was_configured_badly_is_said_so(void **state)
{
	static const struct row rows[] = {
		{"http", "http://as.example/", NULL},
		{"no URL", "as.example", NULL},
	};
	struct program program = {0};
	struct mcpauth__asker asker = use_program(*state, &program);
	check_rows(&asker, &program, rows, COUNT(rows), MCPAUTH_E_INVALID_URL);
}

static void asks_nothing_once_it_is_called_off(void **state)
{
	static const struct row rows[] = {
		{"configured", PUBLIC, NULL},
		{"learnt", "https://as.example/", PUBLIC},
		{"refused anyway", "http://as.example/", PUBLIC},
	};
	struct program program = {0};
	atomic_bool is_cancelled = false;
	struct mcpauth__asker asker = use_program(*state, &program);
	asker.is_cancelled = &is_cancelled;
	check_rows(&asker, &program, rows, 2, MCPAUTH_OK);
	atomic_store(&is_cancelled, true);
	check_rows(&asker, &program, rows, COUNT(rows), MCPAUTH_E_CANCELLED);
}

static void posts_what_it_is_given(void **state)
{
	struct program program = {0};
	struct mcpauth__fetched fetched;
	struct mcpauth__asker asker = use_program(*state, &program);
	const struct mcpauth__post post = {.body = "{}",
		.content_type = "application/json",
		.authorization = "Basic Yg==",
		.dpop = "a.b.c"};
	mcpauth__ask_post(&asker, "https://as.example/register", PUBLIC, &post, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_string_equal(program.method, "POST");
	assert_string_equal(program.body, "{}");
	assert_string_equal(program.headers,
		"Accept: application/json\nContent-Type: application/json\n"
		"Authorization: Basic Yg==\nDPoP: a.b.c\n");
	mcpauth__fetched_finish(&fetched);
	mcpauth__ask_get(&asker, PUBLIC, NULL, &fetched);
	assert_string_equal(program.method, "GET");
	mcpauth__fetched_finish(&fetched);
}

static void may_ask_for(const struct mcpauth__asker *asker, const char *url, const char *said)
{
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth__ask_check_url(asker, url, "token_endpoint", &err);
	CHECK_ROW(url, code == (said == NULL ? MCPAUTH_OK : MCPAUTH_E_INVALID_METADATA));
	CHECK_ROW(url, err.code == code);
	CHECK_ROW(url, strcmp(err.message, said != NULL ? said : "") == 0);
}

static void says_which_member_is_no_url_for_oauth(void **state)
{
	struct network *network = *state;
	struct program program = {0};
	struct mcpauth__asker asker = use_program(network, &program);
	may_ask_for(&asker, "https://as.example/token?a=b", NULL);
	may_ask_for(&asker, "https://10.0.0.1/token", NULL);
	may_ask_for(&asker, "http://localhost:9000/token", NULL);
	may_ask_for(&asker, "http://as.example/token", "token_endpoint: it is not https");
	may_ask_for(&asker, "https://a@as.example/", "token_endpoint: it names a user");
	may_ask_for(&asker, "https://as.example/#a", "token_endpoint: it has a fragment");
	may_ask_for(&asker, "javascript:alert(1)",
		"token_endpoint: it is no absolute http or https URL");
	network->config.insecure_allow_http = true;
	asker = use_program(network, &program);
	may_ask_for(&asker, "http://as.example/token", NULL);
	may_ask_for(&asker, "ftp://as.example/token",
		"token_endpoint: it is no absolute http or https URL");
	assert_int_equal(program.asked, 0);
}

static void says_when_there_is_no_memory(void **state)
{
	struct program program = {0};
	struct mcpauth__asker asker = use_program(*state, &program);
	struct mcpauth__fetched fetched;
	bool failed = true;
	for (unsigned number = 1; failed; number++) {
		scarce_memory_begin(number);
		mcpauth__ask_get(&asker, "https://as.example/", PUBLIC, &fetched);
		failed = scarce_memory_end();
		assert_int_equal(fetched.code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		mcpauth__fetched_finish(&fetched);
	}
	failed = true;
	for (unsigned number = 1; failed; number++) {
		struct mcpauth_error err = {0};
		scarce_memory_begin(number);
		enum mcpauth_code code = mcpauth__ask_check_url(
			&asker, "https://as.example/", "issuer", &err);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
	}
}

static void brings_what_a_real_server_says(void **state)
{
	struct network *network = *state;
	struct mcpauth__fetched fetched;
	char url[128];
	char from[128];
	const struct mcpauth__asker asker = {.worker = network->worker, .timeout_ms = 20000};
	const struct mcpauth__post post = {.body = "a=b"};
	const unsigned port = loopback_port(network->loopback);
	snprintf(from, sizeof from, "http://localhost:%u/mcp", port);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/document", port);
	mcpauth__ask_get(&asker, url, from, &fetched);
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.body.data, "{\"a\":1}");
	mcpauth__fetched_finish(&fetched);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/token", port);
	mcpauth__ask_post(&asker, url, from, &post, &fetched);
	assert_int_equal(fetched.status, 400);
	assert_string_equal(fetched.body.data, "{\"error\":\"use_dpop_nonce\"}");
	assert_string_equal(fetched.nonce, "n-1");
	mcpauth__fetched_finish(&fetched);
}

static void waits_no_longer_than_it_may(void **state)
{
	struct network *network = *state;
	struct mcpauth__fetched fetched;
	char url[128];
	const struct mcpauth__asker asker = {.worker = network->worker, .timeout_ms = 100};
	snprintf(url, sizeof url, "http://127.0.0.1:%u/held", loopback_port(network->loopback));
	mcpauth__ask_get(&asker, url, NULL, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
	mcpauth__fetched_finish(&fetched);
	mcpauth__ask_post(&asker, url, NULL, &(struct mcpauth__post){.body = ""}, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
	mcpauth__fetched_finish(&fetched);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks_what_is_safe),
		TEST(a_configured_host_may_be_private),
		TEST(asks_nothing_else),
		TEST(a_network_of_ones_own_has_private_addresses_but_no_http),
		TEST(what_was_configured_badly_is_said_so),
		TEST(asks_nothing_once_it_is_called_off),
		TEST(posts_what_it_is_given),
		TEST(says_which_member_is_no_url_for_oauth),
		TEST(says_when_there_is_no_memory),
		TEST(brings_what_a_real_server_says),
		TEST(waits_no_longer_than_it_may),
	};
	return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
