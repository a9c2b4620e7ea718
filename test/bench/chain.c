/* The chain without a socket: what a request costs on its way, per stage, per
 * outcome, and with many routes. */
#include "bench.h"
#include "subject.h"

#include "support/fake_exchange.h"

#include <mcpauth/access_log.h>
#include <mcpauth/metrics.h>
#include <mcpauth/rate_limit.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define STAGES 10
#define LIMITS 4
#define HOST "api.example.com"
#define AUTHORIZATION 11 /* where its value is among names and values */

/** A chain before a subject, and one request that comes in again and again. */
struct line {
	struct subject subject;
	struct fake_server server;             /* only its chain counts */
	struct mcpauth__connection connection; /* the connection they all come on */
	struct fake_request request;
	char *authorization;
	char *other;     /* takes turns with that one; NULL: none does */
	unsigned status; /* that is wanted; 0: it passes */
};

static void serve(uint64_t times, void *user)
{
	struct line *line = user;
	for (uint64_t i = 0; i < times; i++) {
		struct fake_exchange fake;
		if (line->other != NULL) {
			line->request.headers[AUTHORIZATION] = i % 2 == 0 ? line->authorization
									  : line->other;
		}
		fake_exchange_start_on(&fake, &line->connection, &line->request);
		fake_exchange_serve(&fake);
		bench_need(fake_exchange_status(&fake) == line->status, "another status");
		fake_exchange_finish(&fake);
	}
}

static enum mcpauth_stage_result go_on(struct mcpauth_exchange *exchange, void *user)
{
	(void)exchange;
	(void)user;
	return MCPAUTH_NEXT;
}

static void add_stages(struct line *line, unsigned count)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.name = "go on";
	stage.on_request = go_on;
	for (unsigned i = 0; i < count; i++) {
		bench_need(mcpauth_chain_add_stage(
				   line->server.chain, MCPAUTH_STAGE_FIRST, &stage, NULL)
				== MCPAUTH_OK,
			"adding a stage");
	}
}

static void add_routes(struct line *line, unsigned count)
{
	char path[64];
	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof path, "/server%u/mcp", i);
		bench_need(
			mcpauth_chain_protect(line->server.chain, path, NULL, NULL) == MCPAUTH_OK,
			"adding a route");
	}
}

/* As an MCP client sends them. */
static void set_headers(struct line *line, const char *authorization)
{
	const char *headers[] = {"Host", HOST, "User-Agent", "bench", "Accept",
		"application/json, text/event-stream", "Content-Type", "application/json",
		"MCP-Protocol-Version", "2025-11-25", "Authorization", authorization};
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		line->request.headers[i] = headers[i];
	}
	if (authorization == NULL) {
		line->request.headers[AUTHORIZATION - 1] = NULL;
	}
}

static void start(struct line *line)
{
	static const struct subject_config config = {.has_system_clock = true};
	*line = (struct line){.request = {.method = "POST", .path = "/open"}};
	subject_start(&line->subject, &config);
	bench_need(
		mcpauth_chain_new(line->subject.auth, NULL, &line->server.chain, NULL) == MCPAUTH_OK
			&& mcpauth_chain_publish(line->server.chain, "/open", NULL, NULL)
				== MCPAUTH_OK,
		"making a chain");
	mcpauth__connection_open(&line->connection, line->server.chain);
	set_headers(line, NULL);
}

static void stop(struct line *line)
{
	mcpauth__connection_close(&line->connection);
	mcpauth_chain_free(line->server.chain);
	free(line->authorization);
	free(line->other);
	subject_stop(&line->subject);
}

static char *bearer(const char *token)
{
	char *value = malloc(16 * 1024);
	bench_need(value != NULL, "out of memory");
	snprintf(value, 16 * 1024, "Bearer %s", token);
	return value;
}

static void authorize(struct line *line, const struct subject_claims *claims, bool in_turn)
{
	struct subject_tokens tokens;
	subject_tokens_sign(&tokens, &line->subject, claims, 2);
	line->authorization = bearer(tokens.items[0]);
	line->other = in_turn ? bearer(tokens.items[1]) : NULL;
	subject_tokens_finish(&tokens);
	set_headers(line, line->authorization);
}

/* What comes out of one request to a protected path. */
static const struct {
	const char *name;
	struct subject_claims claims;
	enum {
		NO_TOKEN,
		ONE_TOKEN,
		TWO_IN_TURN
	} tokens;
	unsigned status;
} outcomes[] = {
	{"a token seen before", {0}, ONE_TOKEN, 0},
	{"two seen before, in turn", {0}, TWO_IN_TURN, 0},
	{"without a token, 401", {0}, NO_TOKEN, 401},
	{"a bad signature again, 401", {.is_spoiled = true}, ONE_TOKEN, 401},
	{"expired again, 401", {.is_expired = true}, ONE_TOKEN, 401},
	{"a scope is missing, 403", {.scope = "other"}, ONE_TOKEN, 403},
};
#define OUTCOMES (sizeof outcomes / sizeof *outcomes)

static void start_protected(struct line *line)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "read";
	start(line);
	bench_need(mcpauth_chain_protect(line->server.chain, "/mcp", &policy, NULL) == MCPAUTH_OK,
		"protecting a path");
	line->request.path = "/mcp";
}

static void add_outcomes(struct bench *bench, struct line *lines, const struct bench_case *open)
{
	for (size_t i = 0; i < OUTCOMES; i++) {
		start_protected(&lines[i]);
		lines[i].status = outcomes[i].status;
		if (outcomes[i].tokens != NO_TOKEN) {
			authorize(
				&lines[i], &outcomes[i].claims, outcomes[i].tokens == TWO_IN_TURN);
		}
		bench_time(bench, outcomes[i].name, serve, &lines[i])->over = open;
	}
}

static void drop(const char *text, size_t length, void *user)
{
	(void)length;
	(void)user;
	bench_keep(text);
}

static enum mcpauth_code log_nowhere(struct mcpauth_chain *chain)
{
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	log.write = drop;
	return mcpauth_chain_add_access_log(chain, &log, NULL);
}

static enum mcpauth_code log_to_null(struct mcpauth_chain *chain)
{
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	static int null; /* open until the end */
	if (null == 0) {
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	log.descriptor = null;
	return mcpauth_chain_add_access_log(chain, &log, NULL);
}

static enum mcpauth_code count_all(struct mcpauth_chain *chain)
{
	return mcpauth_chain_add_metrics(chain, NULL, NULL);
}

/* What watches a request with a token that was seen before, and what that costs. */
static const struct {
	const char *name;
	const char *difference;
	enum mcpauth_code (*add)(struct mcpauth_chain *chain);
} observers[] = {
	{"with an access log, written nowhere", "an access log's line", log_nowhere},
	{"with an access log to /dev/null", "a line and its write(2)", log_to_null},
	{"with metrics", "metrics", count_all},
};
#define OBSERVERS (sizeof observers / sizeof *observers)

static void add_observers(struct bench *bench, struct line *lines, const struct bench_case *seen)
{
	for (size_t i = 0; i < OBSERVERS; i++) {
		start_protected(&lines[i]);
		authorize(&lines[i], &outcomes[0].claims, false);
		bench_need(observers[i].add(lines[i].server.chain) == MCPAUTH_OK, "an observer");
		const struct bench_case *made = bench_time(
			bench, observers[i].name, serve, &lines[i]);
		bench_difference(bench, observers[i].difference, made, seen, 1);
	}
}

static void add_lengths(struct bench *bench, struct line *lines)
{
	static const unsigned counts[] = {1, 2, 5, STAGES};
	struct bench_case *first = &bench->cases[bench->count];
	for (size_t i = 0; i < 4; i++) {
		char name[64];
		start(&lines[i]);
		add_stages(&lines[i], counts[i]);
		snprintf(name, sizeof name, "open, %u own stage%s", counts[i], i > 0 ? "s" : "");
		bench_time(bench, name, serve, &lines[i])->over = first;
	}
	first->over = NULL;
	bench_difference(bench, "a stage", first + 3, first, STAGES - 1);
}

static void add_sizes(struct bench *bench, struct line *lines)
{
	static const unsigned counts[] = {1, 10, 100, 1000};
	struct bench_case *first = &bench->cases[bench->count];
	for (size_t i = 0; i < (bench->is_quick ? 2 : 4); i++) {
		char name[64];
		start(&lines[i]);
		add_routes(&lines[i], counts[i]);
		snprintf(name, sizeof name, "open, beside %u route%s", counts[i], i > 0 ? "s" : "");
		bench_time(bench, name, serve, &lines[i])->over = first;
	}
	first->over = NULL;
}

static void limit_failures(struct line *line)
{
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	limit.address_seconds = 3600;
	bench_need(mcpauth_chain_add_rate_limit(line->server.chain, &limit, NULL) == MCPAUTH_OK,
		"limiting failures");
}

/* @param address  elsewhere: from then on everybody is looked for */
static void fail(struct line *line, const char *address)
{
	struct fake_request request = line->request;
	struct fake_exchange fake;
	request.address = address;
	request.headers[11] = "Bearer a.b.c";
	fake_exchange_start_on(&fake, &line->connection, &request);
	fake_exchange_serve(&fake);
	bench_need(fake_exchange_status(&fake) == 401, "another status");
	fake_exchange_finish(&fake);
}

static void fail_too_often(struct line *line)
{
	for (int i = 0; i < 30; i++) {
		fail(line, line->request.address);
	}
	line->status = 429;
}

static void add_limits(struct bench *bench, struct line *lines)
{
	static const char *const names[] = {"seen before, of a known address",
		"the same, limited, nobody failed", "the same, limited, somebody failed",
		"over the limit, 429"};
	static const struct subject_claims claims = {0};
	struct bench_case *first = &bench->cases[bench->count];
	for (size_t i = 0; i < LIMITS; i++) {
		start(&lines[i]);
		lines[i].request.path = "/mcp";
		lines[i].request.address = "192.0.2.7";
		authorize(&lines[i], &claims, false);
		if (i > 0) {
			limit_failures(&lines[i]);
		}
		if (i > 1) {
			fail(&lines[i], "192.0.2.8");
		}
		if (i > 2) {
			fail_too_often(&lines[i]);
		}
		bench_time(bench, names[i], serve, &lines[i])->over = first;
	}
	first->over = NULL;
	bench_difference(bench, "a limit while nobody fails", first + 1, first, 1);
	bench_difference(bench, "a limit while somebody fails", first + 2, first, 1);
}

int main(int argc, char **argv)
{
	static struct line lines[1 + OUTCOMES + 4 + 4 + LIMITS];
	static struct line watched[OBSERVERS];
	struct bench bench;
	bench_init(&bench, argc, argv);
	start(&lines[0]);
	const struct bench_case *open = bench_time(&bench, "open to everybody", serve, &lines[0]);
	add_outcomes(&bench, lines + 1, open);
	add_observers(&bench, watched, open + 1);
	add_lengths(&bench, lines + 1 + OUTCOMES);
	add_sizes(&bench, lines + 1 + OUTCOMES + 4);
	add_limits(&bench, lines + 1 + OUTCOMES + 4 + 4);
	int status = bench_finish(&bench);
	for (size_t i = 0; i < OBSERVERS; i++) {
		stop(&watched[i]);
	}
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (lines[i].server.chain != NULL) {
			stop(&lines[i]);
		}
	}
	return status;
}
