/* The chain: stages in their order, their results, their hooks. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What the stages of one chain did, as one letter each. */
struct trace {
	char text[64];
};

/** A stage that leaves its letter and then does as it is told. */
struct actor {
	struct trace *trace;
	char letter;
	enum mcpauth_stage_result result;
	bool answers; /* with 418 */
	unsigned finished;
	unsigned status;   /* of its on_finish */
	void *slot;        /* what it found there then */
	void *answer_slot; /* and in on_answer */
};

static void leave(struct actor *actor, char letter)
{
	size_t used = strlen(actor->trace->text);
	assert_true(used + 1 < sizeof actor->trace->text);
	actor->trace->text[used] = letter;
}

static enum mcpauth_stage_result act(struct mcpauth_exchange *exchange, void *user)
{
	struct actor *actor = user;
	leave(actor, actor->letter);
	assert_null(*mcpauth_exchange_slot(exchange));
	*mcpauth_exchange_slot(exchange) = actor;
	if (actor->answers) {
		CHECK_OK(mcpauth_exchange_answer(exchange, 418, "text/plain", "tea", 3));
	}
	return actor->result;
}

static void mark(struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user)
{
	struct actor *actor = user;
	char name[] = {'X', '-', actor->letter, '\0'};
	actor->answer_slot = *mcpauth_exchange_slot(exchange);
	CHECK_OK(mcpauth_answer_set_header(answer, name, "was here"));
}

static void note_end(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct actor *actor = user;
	actor->finished++;
	actor->status = status;
	actor->slot = *mcpauth_exchange_slot(exchange);
}

static void note_free(void *user)
{
	leave(user, '.');
}

static struct mcpauth_stage stage_of(struct actor *actor)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.name = "actor";
	stage.on_request = act;
	stage.on_answer = mark;
	stage.on_finish = note_end;
	stage.on_free = note_free;
	stage.user = actor;
	return stage;
}

static void add(struct fake_server *server, enum mcpauth_stage_place place, struct actor *actor)
{
	struct mcpauth_stage stage = stage_of(actor);
	CHECK_OK(mcpauth_chain_add_stage(server->chain, place, &stage, &err));
}

/** Two stages before the bearer stage and two after it: a b | c d. */
struct fixture {
	struct fake_server server;
	struct trace trace;
	struct actor actors[4];
	char *bearer;
	struct fake_request request; /* with a good token */
	struct fake_exchange fake;
};

static void start(struct fixture *fixture)
{
	*fixture = (struct fixture){0};
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	for (size_t i = 0; i < 4; i++) {
		fixture->actors[i].trace = &fixture->trace;
		fixture->actors[i].letter = (char)('a' + i);
	}
	add(&fixture->server, MCPAUTH_STAGE_LAST, &fixture->actors[2]);
	add(&fixture->server, MCPAUTH_STAGE_FIRST, &fixture->actors[0]);
	add(&fixture->server, MCPAUTH_STAGE_FIRST, &fixture->actors[1]);
	add(&fixture->server, MCPAUTH_STAGE_LAST, &fixture->actors[3]);
	fixture->bearer = fake_server_bearer(&fixture->server, "read");
	fixture->request.headers[0] = "Authorization";
	fixture->request.headers[1] = fixture->bearer;
}

static void serve(struct fixture *fixture)
{
	fake_exchange_start(&fixture->fake, &fixture->server, &fixture->request);
	fake_exchange_serve(&fixture->fake);
}

static void stop(struct fixture *fixture)
{
	fake_server_stop(&fixture->server);
	free(fixture->bearer);
}

static void runs_the_stages_in_their_order(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	serve(&fixture);
	assert_int_equal(fixture.fake.verdict, MCPAUTH__PASS);
	assert_string_equal(fixture.trace.text, "abcd");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
	assert_string_equal(fixture.trace.text, "abcd....");
}

static void the_last_stages_see_only_who_was_let_pass(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.request.headers[0] = NULL;
	serve(&fixture);
	assert_int_equal(fake_exchange_status(&fixture.fake), 401);
	assert_string_equal(fixture.trace.text, "ab");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void own_stages_come_before_all_others(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.request.headers[0] = "Host";
	fixture.request.headers[1] = "evil.example";
	serve(&fixture);
	assert_int_equal(fake_exchange_status(&fixture.fake), 403);
	assert_string_equal(fixture.trace.text, "");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static const struct {
	const char *label;
	size_t actor;
	enum mcpauth_stage_result result;
	bool answers;
	unsigned status;
	const char *trace;
} results[] = {
	{"all go on", 1, MCPAUTH_NEXT, false, 0, "abcd"},
	{"a first one answers", 1, MCPAUTH_ANSWERED, true, 418, "ab"},
	{"a last one answers", 2, MCPAUTH_ANSWERED, true, 418, "abc"},
	{"a first one fails", 0, MCPAUTH_FAILED, false, 500, "a"},
	{"a last one fails", 3, MCPAUTH_FAILED, false, 500, "abcd"},
	{"one fails after all", 2, MCPAUTH_FAILED, true, 500, "abc"},
	{"one answers without an answer", 2, MCPAUTH_ANSWERED, false, 500, "abc"},
	{"one returns what is no result", 2, (enum mcpauth_stage_result)99, false, 500, "abc"},
};

static void does_what_a_stage_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
		struct fixture fixture;
		start(&fixture);
		fixture.actors[results[i].actor].result = results[i].result;
		fixture.actors[results[i].actor].answers = results[i].answers;
		serve(&fixture);
		CHECK_ROW(
			results[i].label, fake_exchange_status(&fixture.fake) == results[i].status);
		CHECK_ROW(results[i].label, strcmp(fixture.trace.text, results[i].trace) == 0);
		fake_exchange_finish(&fixture.fake);
		stop(&fixture);
	}
}

static void a_failure_is_no_challenge_and_is_logged(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.actors[3].result = MCPAUTH_FAILED;
	serve(&fixture);
	assert_null(fake_exchange_header(&fixture.fake, "WWW-Authenticate"));
	assert_string_equal(fake_exchange_header(&fixture.fake, "Cache-Control"), "no-store");
	assert_string_equal(fake_exchange_body(&fixture.fake),
		"{\"error\":\"server_error\","
		"\"error_description\":\"The server could not handle the request\"}");
	assert_int_equal(fake_server_logged(&fixture.server, "actor"), 1);
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void every_stage_edits_every_answer(void **state)
{
	(void)state;
	static const char *const names[] = {"X-a", "X-b", "X-c", "X-d"};
	struct fixture fixture;
	start(&fixture);
	fixture.request.headers[0] = NULL;
	serve(&fixture);
	for (size_t i = 0; i < 4; i++) {
		CHECK_ROW(names[i], fake_exchange_header(&fixture.fake, names[i]) != NULL);
	}
	assert_non_null(fake_exchange_header(&fixture.fake, "WWW-Authenticate"));
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void soften(struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user)
{
	(void)exchange;
	*(unsigned *)user = mcpauth_answer_status(answer);
	mcpauth_answer_set_status(answer, 404);
	CHECK_OK(mcpauth_answer_set_header(answer, "WWW-Authenticate", NULL));
	CHECK_OK(mcpauth_answer_set_body(answer, "gone", 4));
}

static void a_refusal_can_be_edited(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {0};
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	fake_server_start(&server, FAKE_HELD, NULL);
	unsigned status = 0;
	stage.on_answer = soften;
	stage.user = &status;
	CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	fake_exchange_start(&fake, &server, &request);
	fake_exchange_serve(&fake);
	assert_int_equal(status, 401);
	assert_int_equal(fake_exchange_status(&fake), 404);
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	assert_string_equal(fake_exchange_body(&fake), "gone");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static const struct {
	const char *label;
	bool refused;
	bool broken;
	unsigned status;
} ends[] = {
	{"it passed", false, false, 200},
	{"it was refused", true, false, 401},
	{"it passed and broke", false, true, 0},
	{"it was refused and broke", true, true, 0},
};

static void every_stage_hears_of_the_end_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct fixture fixture;
		start(&fixture);
		fixture.request.headers[0] = ends[i].refused ? NULL : "Authorization";
		serve(&fixture);
		(ends[i].broken ? fake_exchange_break : fake_exchange_finish)(&fixture.fake);
		for (size_t k = 0; k < 4; k++) {
			CHECK_ROW(ends[i].label, fixture.actors[k].finished == 1);
			CHECK_ROW(ends[i].label, fixture.actors[k].status == ends[i].status);
		}
		stop(&fixture);
	}
}

static void the_end_comes_even_if_no_stage_ran(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_exchange_start(&fixture.fake, &fixture.server, &fixture.request);
	fake_exchange_break(&fixture.fake);
	assert_string_equal(fixture.trace.text, "");
	assert_int_equal(fixture.actors[0].finished, 1);
	assert_int_equal(fixture.actors[3].finished, 1);
	assert_null(fixture.actors[0].slot);
	stop(&fixture);
}

static void each_stage_has_a_slot_of_its_own(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.actors[2].result = MCPAUTH_ANSWERED;
	fixture.actors[2].answers = true;
	serve(&fixture);
	fake_exchange_finish(&fixture.fake);
	assert_ptr_equal(fixture.actors[0].slot, &fixture.actors[0]);
	assert_ptr_equal(fixture.actors[1].slot, &fixture.actors[1]);
	assert_ptr_equal(fixture.actors[2].slot, &fixture.actors[2]);
	assert_null(fixture.actors[3].slot);
	assert_ptr_equal(fixture.actors[0].answer_slot, &fixture.actors[0]);
	assert_ptr_equal(fixture.actors[2].answer_slot, &fixture.actors[2]);
	assert_null(fixture.actors[3].answer_slot);
	stop(&fixture);
}

static void slots_are_empty_for_the_next_request(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (int i = 0; i < 2; i++) {
		serve(&fixture); /* act() finds an empty slot each time */
		fake_exchange_finish(&fixture.fake);
	}
	assert_string_equal(fixture.trace.text, "abcdabcd");
	stop(&fixture);
}

static enum mcpauth_stage_result read_body(struct mcpauth_exchange *exchange, void *user)
{
	size_t length;
	const char *body = mcpauth_exchange_body(exchange, &length);
	assert_non_null(body);
	assert_int_equal(strlen(body), length);
	snprintf(user, 64, "[%s]", body);
	return MCPAUTH_NEXT;
}

static void add_reader(struct fake_server *server, size_t limit, char *read)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.body_limit = limit;
	stage.on_request = read_body;
	stage.user = read;
	CHECK_OK(mcpauth_chain_add_stage(server->chain, MCPAUTH_STAGE_LAST, &stage, &err));
}

static void a_stage_with_a_body_limit_runs_once_the_body_is_there(void **state)
{
	(void)state;
	struct fixture fixture;
	char read[64] = "";
	start(&fixture);
	add_reader(&fixture.server, 10, read);
	serve(&fixture);
	assert_int_equal(fixture.fake.verdict, MCPAUTH__NEEDS_BODY);
	assert_string_equal(fixture.trace.text, "abcd");
	assert_string_equal(read, "");
	assert_int_equal(mcpauth__chain_body_limit(fixture.fake.exchange), 10);
	assert_int_equal(fake_exchange_give_body(&fixture.fake, "0123456789"), MCPAUTH__PASS);
	assert_string_equal(read, "[0123456789]");
	assert_string_equal(fixture.trace.text, "abcd");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void an_empty_body_is_one_too(void **state)
{
	(void)state;
	struct fixture fixture;
	char read[64] = "";
	start(&fixture);
	add_reader(&fixture.server, 10, read);
	serve(&fixture);
	assert_int_equal(fake_exchange_give_body(&fixture.fake, ""), MCPAUTH__PASS);
	assert_string_equal(read, "[]");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void nobody_collects_a_refused_body(void **state)
{
	(void)state;
	struct fixture fixture;
	char read[64] = "";
	start(&fixture);
	add_reader(&fixture.server, 10, read);
	fixture.request.headers[0] = NULL;
	serve(&fixture);
	assert_int_equal(fixture.fake.verdict, MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fixture.fake), 401);
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void each_stage_keeps_its_own_body_limit(void **state)
{
	(void)state;
	struct fixture fixture;
	char wide[64] = "";
	char narrow[64] = "";
	start(&fixture);
	add_reader(&fixture.server, 10, wide);
	add_reader(&fixture.server, 5, narrow);
	serve(&fixture);
	fake_exchange_give_body(&fixture.fake, "123456");
	assert_int_equal(fake_exchange_status(&fixture.fake), 413);
	assert_string_equal(wide, "[123456]");
	assert_string_equal(narrow, "");
	fake_exchange_finish(&fixture.fake);
	serve(&fixture);
	assert_int_equal(fake_exchange_give_body(&fixture.fake, "12345"), MCPAUTH__PASS);
	assert_string_equal(narrow, "[12345]");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void a_body_that_is_too_large_gets_413(void **state)
{
	(void)state;
	struct fixture fixture;
	char read[64] = "";
	start(&fixture);
	add_reader(&fixture.server, 10, read);
	serve(&fixture);
	mcpauth__chain_body_too_large(fixture.fake.exchange);
	assert_int_equal(mcpauth_answer_status(&fixture.fake.exchange->answer), 413);
	assert_string_equal(fake_exchange_header(&fixture.fake, "Cache-Control"), "no-store");
	assert_string_equal(fake_exchange_body(&fixture.fake),
		"{\"error\":\"payload_too_large\",\"error_description\":"
		"\"The request body is larger than this server accepts\"}");
	fake_exchange_break(&fixture.fake);
	stop(&fixture);
}

static void takes_twelve_stages_and_no_more(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fake_request request = {0};
	fake_server_start(&server, FAKE_HELD, NULL);
	for (int i = 0; i < 12; i++) {
		CHECK_OK(mcpauth_chain_add_stage(server.chain,
			i % 2 == 0 ? MCPAUTH_STAGE_FIRST : MCPAUTH_STAGE_LAST, &stage, &err));
	}
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	assert_true(fake_server_answers(&server, &request, 401));
	fake_server_stop(&server);
}

static void a_stage_without_its_size_is_refused(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_stage stage = {0};
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	fake_server_stop(&server);
}

static void a_stage_and_its_name_are_copied(void **state)
{
	(void)state;
	struct fake_server server;
	struct trace trace = {0};
	struct actor actor = {.trace = &trace, .letter = 'a', .result = MCPAUTH_FAILED};
	struct mcpauth_stage stage = stage_of(&actor);
	char name[] = "my stage";
	struct fake_request request = {0};
	fake_server_start(&server, FAKE_HELD, NULL);
	stage.name = name;
	CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	memset(name, 'x', sizeof name - 1);
	memset(&stage, 0, sizeof stage);
	assert_true(fake_server_answers(&server, &request, 500));
	assert_int_equal(fake_server_logged(&server, "my stage"), 1);
	fake_server_stop(&server);
}

static void adds_headers_of_its_own_and_no_smuggled_ones(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_add_header(server.chain, "X-Name", "value", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_header(server.chain, "X-Name", "a\r\nSet-Cookie: b", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_header(server.chain, "X-Name: a\r\nX", "b", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_header(server.chain, NULL, NULL, &err));
	assert_int_equal(server.chain->in_force.rules->headers.count, 1);
	fake_server_stop(&server);
}

static void a_chain_needs_a_resource(void **state)
{
	(void)state;
	struct mcpauth *auth;
	struct mcpauth_chain *chain = (struct mcpauth_chain *)&auth;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE, mcpauth_chain_new(auth, NULL, &chain, &err));
	assert_null(chain);
	mcpauth_chain_free(NULL);
	mcpauth_free(auth);
}

static void zero_in_its_configuration_is_the_default(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_chain *chain;
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	fake_server_start(&server, FAKE_HELD, NULL);
	assert_int_equal(server.chain->config.refused_body_limit, 16 * 1024 * 1024);
	assert_int_equal(server.chain->config.refused_body_ms, 10000);
	assert_int_equal(server.chain->config.connection_timeout, 30);
	assert_int_equal(server.chain->config.connection_memory, 32768);
	config.refused_body_limit = 1;
	config.connection_memory = 1;
	CHECK_OK(mcpauth_chain_new(server.auth, &config, &chain, &err));
	assert_int_equal(chain->config.refused_body_limit, 1);
	assert_int_equal(chain->config.connection_memory, 32768);
	mcpauth_chain_free(chain);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_the_stages_in_their_order),
		cmocka_unit_test(the_last_stages_see_only_who_was_let_pass),
		cmocka_unit_test(own_stages_come_before_all_others),
		cmocka_unit_test(does_what_a_stage_says),
		cmocka_unit_test(a_failure_is_no_challenge_and_is_logged),
		cmocka_unit_test(every_stage_edits_every_answer),
		cmocka_unit_test(a_refusal_can_be_edited),
		cmocka_unit_test(every_stage_hears_of_the_end_once),
		cmocka_unit_test(the_end_comes_even_if_no_stage_ran),
		cmocka_unit_test(each_stage_has_a_slot_of_its_own),
		cmocka_unit_test(slots_are_empty_for_the_next_request),
		cmocka_unit_test(a_stage_with_a_body_limit_runs_once_the_body_is_there),
		cmocka_unit_test(an_empty_body_is_one_too),
		cmocka_unit_test(nobody_collects_a_refused_body),
		cmocka_unit_test(each_stage_keeps_its_own_body_limit),
		cmocka_unit_test(a_body_that_is_too_large_gets_413),
		cmocka_unit_test(takes_twelve_stages_and_no_more),
		cmocka_unit_test(a_stage_without_its_size_is_refused),
		cmocka_unit_test(a_stage_and_its_name_are_copied),
		cmocka_unit_test(adds_headers_of_its_own_and_no_smuggled_ones),
		cmocka_unit_test(a_chain_needs_a_resource),
		cmocka_unit_test(zero_in_its_configuration_is_the_default),
	};
	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
