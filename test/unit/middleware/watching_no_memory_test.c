/* Without memory an access log and metrics are not half added, and a request is answered
 * and told all the same. */
#include "support/check.h"
#include "support/exposition.h"
#include "support/fake_exchange.h"
#include "support/scarce_memory.h"

#include <mcpauth/access_log.h>
#include <mcpauth/metrics.h>

#include <stdlib.h>
#include <string.h>

struct lines {
	char last[4097];
	unsigned count;
};

static void keep(const char *line, size_t length, void *user)
{
	struct lines *lines = user;
	memcpy(lines->last, line, length);
	lines->last[length] = '\0';
	lines->count++;
}

static enum mcpauth_code add_log(struct mcpauth_chain *chain, struct mcpauth_error *err)
{
	static struct lines lines;
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	log.write = keep;
	log.write_user = &lines;
	return mcpauth_chain_add_access_log(chain, &log, err);
}

static enum mcpauth_code add_metrics(struct mcpauth_chain *chain, struct mcpauth_error *err)
{
	return mcpauth_chain_add_metrics(chain, NULL, err);
}

static const struct {
	const char *label;
	enum mcpauth_code (*add)(struct mcpauth_chain *chain, struct mcpauth_error *err);
} rows[] = {
	{"an access log", add_log},
	{"metrics", add_metrics},
};

static void are_added_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_server server;
		bool failed = true;
		unsigned number = 0;
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		size_t stages = server.chain->stage_count;
		while (failed) {
			struct mcpauth_error err = {0};
			scarce_memory_begin(++number);
			enum mcpauth_code code = rows[i].add(server.chain, &err);
			failed = scarce_memory_end();
			CHECK_ROW(
				rows[i].label, code == (failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK));
			CHECK_ROW(rows[i].label,
				server.chain->stage_count == stages + (failed ? 0 : 1));
			CHECK_ROW(rows[i].label, server.chain->keeps_time == !failed);
		}
		CHECK_ROW(rows[i].label, number > 2);
		fake_server_stop(&server);
	}
}

/* Its name takes three allocations: the list, the name, the value. */
static void a_request_without_a_name_is_served(void **state)
{
	(void)state;
	for (unsigned number = 1; number <= 4; number++) {
		struct lines lines = {.count = 0};
		struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
		struct fake_server server;
		struct fake_exchange fake;
		log.write = keep;
		log.write_user = &lines;
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
		CHECK_OK(mcpauth_chain_add_access_log(server.chain, &log, &err));
		fake_exchange_start(&fake, &server, &(struct fake_request){.path = "/open"});
		scarce_memory_begin(number);
		assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
		assert_int_equal(scarce_memory_end(), number < 4);
		fake_exchange_finish(&fake);
		assert_int_equal(lines.count, 1);
		assert_int_equal(strstr(lines.last, "\"id\":") != NULL, number == 4);
		assert_non_null(strstr(lines.last, "\"path\":\"/open\",\"status\":200,"));
		fake_server_stop(&server);
	}
}

static void a_line_takes_no_memory(void **state)
{
	struct lines lines = {.count = 0};
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	struct fake_server server;
	struct fake_exchange fake;
	(void)state;
	log.write = keep;
	log.write_user = &lines;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	char *bearer = fake_server_bearer(&server, "read");
	CHECK_OK(mcpauth_chain_add_access_log(server.chain, &log, &err));
	struct fake_request request = {.headers = {"Authorization", bearer}};
	fake_exchange_start(&fake, &server, &request);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
	scarce_memory_begin(1);
	fake_exchange_finish(&fake);
	assert_false(scarce_memory_end());
	assert_non_null(strstr(lines.last, "\"subject\":\""));
	free(bearer);
	fake_server_stop(&server);
}

static void metrics_without_memory_are_none(void **state)
{
	struct fake_server server;
	size_t length;
	(void)state;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/metrics", NULL, &err));
	CHECK_OK(mcpauth_chain_add_metrics(server.chain, NULL, &err));
	scarce_memory_begin(1);
	assert_null(mcpauth_chain_metrics(server.chain, &length));
	assert_true(scarce_memory_end());
	bool failed = true;
	unsigned number = 1;
	for (; failed; number++) {
		struct fake_exchange fake;
		fake_exchange_start(&fake, &server, &(struct fake_request){.path = "/metrics"});
		scarce_memory_begin(number);
		fake_exchange_serve(&fake);
		failed = scarce_memory_end();
		assert_int_equal(fake_exchange_status(&fake), failed ? 500 : 200);
		fake_exchange_finish(&fake);
	}
	assert_true(number > 3);
	char *text = mcpauth_chain_metrics(server.chain, &length);
	assert_null(exposition_fault(text, length));
	assert_int_equal(
		exposition_value(text, "mcpauth_requests_total{outcome=\"broken\"}"), number - 2);
	free(text);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_added_whole_or_not_at_all),
		cmocka_unit_test(a_request_without_a_name_is_served),
		cmocka_unit_test(a_line_takes_no_memory),
		cmocka_unit_test(metrics_without_memory_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
