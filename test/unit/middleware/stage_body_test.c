/* A stage that wants to see some requests' bodies, and not those of the rest. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <string.h>

/** What a stage of 4 bytes that looks into /form did. */
struct reader {
	char read[64]; /* "[...]", or "none" for a request without a body */
	unsigned asked;
};

static bool wants_body(const struct mcpauth_exchange *exchange, void *user)
{
	struct reader *reader = user;
	reader->asked++;
	return strcmp(mcpauth_exchange_path(exchange), "/form") == 0;
}

static enum mcpauth_stage_result read_body(struct mcpauth_exchange *exchange, void *user)
{
	struct reader *reader = user;
	size_t length;
	const char *body = mcpauth_exchange_body(exchange, &length);
	snprintf(reader->read, sizeof reader->read, body != NULL ? "[%s]" : "none", body);
	return MCPAUTH_NEXT;
}

static void add_reader(struct fake_server *server, struct reader *reader)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	*reader = (struct reader){0};
	stage.body_limit = 4;
	stage.wants_body = wants_body;
	stage.on_request = read_body;
	stage.user = reader;
	CHECK_OK(mcpauth_chain_add_stage(server->chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

static void start(struct fake_server *server, struct reader *reader)
{
	fake_server_start(server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_publish(server->chain, "/form", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(server->chain, "/open", NULL, &err));
	add_reader(server, reader);
}

static void begin(struct fake_exchange *fake, struct fake_server *server, const char *path)
{
	fake_exchange_start(fake, server, &(struct fake_request){.method = "POST", .path = path});
	fake_exchange_run(fake);
}

static void a_body_it_wants_is_there_when_it_runs(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct reader reader;
	start(&server, &reader);
	begin(&fake, &server, "/form");
	assert_int_equal(fake.verdict, MCPAUTH__NEEDS_BODY);
	assert_string_equal(reader.read, "");
	assert_int_equal(mcpauth__chain_body_limit(fake.exchange), 4);
	assert_int_equal(fake_exchange_give_body(&fake, "1234"), MCPAUTH__PASS);
	assert_string_equal(reader.read, "[1234]");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void it_runs_at_once_where_it_wants_none(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct reader reader;
	start(&server, &reader);
	begin(&fake, &server, "/open");
	assert_int_equal(fake.verdict, MCPAUTH__PASS);
	assert_string_equal(reader.read, "none");
	assert_true(reader.asked > 0);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static enum mcpauth_stage_result go_on(struct mcpauth_exchange *exchange, void *user)
{
	(void)exchange;
	(void)user;
	return MCPAUTH_NEXT;
}

/* What another stage took for itself may be longer than this one's limit. */
static void its_limit_is_for_bodies_it_wants(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		unsigned status; /* 0: it passes */
	} rows[] = {{"/form", 413}, {"/open", 0}};
	for (size_t i = 0; i < 2; i++) {
		struct fake_server server;
		struct fake_exchange fake;
		struct reader reader;
		struct mcpauth_stage wide = MCPAUTH_STAGE_INIT;
		wide.body_limit = 100;
		wide.on_request = go_on;
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		CHECK_OK(mcpauth_chain_publish(server.chain, rows[i].path, NULL, &err));
		CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &wide, &err));
		add_reader(&server, &reader);
		begin(&fake, &server, rows[i].path);
		CHECK_ROW(rows[i].path, fake.verdict == MCPAUTH__NEEDS_BODY);
		CHECK_ROW(rows[i].path, mcpauth__chain_body_limit(fake.exchange) == 100);
		fake_exchange_give_body(&fake, "12345");
		CHECK_ROW(rows[i].path, fake_exchange_status(&fake) == rows[i].status);
		fake_exchange_finish(&fake);
		fake_server_stop(&server);
	}
}

static void without_a_limit_nobody_is_asked(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct reader reader = {0};
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/form", NULL, &err));
	stage.wants_body = wants_body;
	stage.on_request = read_body;
	stage.user = &reader;
	CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	begin(&fake, &server, "/form");
	assert_int_equal(fake.verdict, MCPAUTH__PASS);
	assert_string_equal(reader.read, "none");
	assert_int_equal(reader.asked, 0);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

/* A program that was compiled before there was a wants_body. */
static void an_older_stage_wants_every_body(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct reader reader = {0};
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	stage.size = offsetof(struct mcpauth_stage, wants_body);
	stage.body_limit = 4;
	stage.wants_body = wants_body;
	stage.on_request = read_body;
	stage.user = &reader;
	CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	begin(&fake, &server, "/open");
	assert_int_equal(fake.verdict, MCPAUTH__NEEDS_BODY);
	assert_int_equal(fake_exchange_give_body(&fake, ""), MCPAUTH__PASS);
	assert_string_equal(reader.read, "[]");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_it_wants_is_there_when_it_runs),
		cmocka_unit_test(it_runs_at_once_where_it_wants_none),
		cmocka_unit_test(its_limit_is_for_bodies_it_wants),
		cmocka_unit_test(without_a_limit_nobody_is_asked),
		cmocka_unit_test(an_older_stage_wants_every_body),
	};
	return cmocka_run_group_tests_name("stage_body", tests, NULL, NULL);
}
