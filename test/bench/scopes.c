/* Scopes of a caller against those that an operation wants, and what follows from them. */
#include "bench.h"
#include "subject.h"

#include "token/scope_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As much as a token of 16 KiB has room for. */
#define SCOPES_SIZE 12000

#define GRANTED "read:a read:b read:c read:d read:e write:a write:b write:c write:d write:e"

static struct mcpauth_auth_info *caller;

static void never_woken(void *user)
{
	(void)user;
}

static struct mcpauth_auth_info *verify(const struct subject *subject, const char *token)
{
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	struct mcpauth_verification *pending;
	struct mcpauth_auth_info *info;
	request.resource = subject->resource;
	request.token = token;
	request.wake = never_woken;
	bench_need(
		mcpauth_verify_start(subject->auth, &request, &info, &pending, NULL) == MCPAUTH_OK,
		"verifying");
	return info;
}

static void have_all(uint64_t times, void *user)
{
	for (uint64_t i = 0; i < times; i++) {
		bool has = mcpauth_auth_info_has_scopes(caller, user);
		bench_need(has, "a scope is missing");
	}
}

static void lack_one(uint64_t times, void *user)
{
	for (uint64_t i = 0; i < times; i++) {
		bool has = mcpauth_auth_info_has_scopes(caller, user);
		bench_need(!has, "a scope is there");
	}
}

/* As a program asks: one after the other until one is there. */
static void have_any(uint64_t times, void *user)
{
	const char *const *any = user;
	for (uint64_t i = 0; i < times; i++) {
		const char *const *at = any;
		while (*at != NULL && !mcpauth_auth_info_has_scopes(caller, *at)) {
			at++;
		}
		bench_need(*at != NULL, "none of the scopes is there");
	}
}

static void demand_all(uint64_t times, void *user)
{
	for (uint64_t i = 0; i < times; i++) {
		const char *missing = mcpauth_demand_missing(user, caller);
		bench_need(missing == NULL, "a scope is missing");
	}
}

/* The most that may be said of scopes, and a token that was granted as many as it can. */
struct most {
	struct mcpauth__hierarchy *hierarchy;
	struct mcpauth__scope_names names;
	struct mcpauth__words granted;
};

/* None is another one's beginning, and nothing that is wanted follows. */
static void most_start(struct most *most)
{
	char list[SCOPES_SIZE + 8];
	char name[16];
	size_t length = 0;
	for (unsigned i = 0; length < SCOPES_SIZE; i++) {
		length += (size_t)sprintf(list + length, "%x ", i);
	}
	bench_need(mcpauth__words_split(&most->granted, list), "out of memory");
	most->hierarchy = mcpauth__hierarchy_new();
	bench_need(most->hierarchy != NULL, "out of memory");
	for (unsigned i = 0; i < MCPAUTH__HIERARCHY_LIMIT; i++) {
		sprintf(name, "%x", i);
		bench_need(mcpauth__hierarchy_add(most->hierarchy, name, "team:*:*:read", NULL)
				== MCPAUTH_OK,
			"adding a pair");
	}
	mcpauth__scope_names_init(&most->names);
	for (unsigned i = 0; i < MCPAUTH__SCOPE_NAMES_LIMIT; i++) {
		sprintf(name, "team:1:%u:all", i);
		bench_need(mcpauth__scope_names_add(&most->names, name, strlen(name)) != 0,
			"adding a name");
	}
	mcpauth__hierarchy_settle(most->hierarchy);
}

static void most_stop(struct most *most)
{
	mcpauth__scope_names_finish(&most->names);
	mcpauth__hierarchy_free(most->hierarchy);
	mcpauth__words_finish(&most->granted);
}

static void read_bits(uint64_t times, void *user)
{
	const struct most *most = user;
	for (uint64_t i = 0; i < times; i++) {
		struct mcpauth__scope_bits bits = mcpauth__scope_names_read(
			&most->names, &most->granted, NULL);
		bench_need(bits.granted == 0, "a scope is there");
	}
}

static void read_implied(uint64_t times, void *user)
{
	const struct most *most = user;
	for (uint64_t i = 0; i < times; i++) {
		struct mcpauth__implied implied;
		bench_need(mcpauth__implied_read(&implied, most->hierarchy, &most->granted),
			"nothing follows");
		struct mcpauth__scope_bits bits = mcpauth__scope_names_read(
			&most->names, &most->granted, &implied);
		bench_need(bits.granted == 0, "a scope is there");
	}
}

static void settle(uint64_t times, void *user)
{
	const struct most *most = user;
	for (uint64_t i = 0; i < times; i++) {
		mcpauth__hierarchy_settle(most->hierarchy);
	}
}

static bool is_longer(const char *granted, const char *wanted, void *user)
{
	(void)user;
	return strncmp(granted, wanted, strlen(granted)) == 0;
}

static void add_most(struct bench *bench, struct most *table, struct most *asking)
{
	most_start(table);
	most_start(asking);
	mcpauth__hierarchy_ask(asking->hierarchy, is_longer, NULL);
	const struct bench_case *bits = bench_time(
		bench, "12 KB of scopes, 64 names", read_bits, table);
	bench_time(bench, "12 KB, 64 names, 256 pairs", read_implied, table)->over = bits;
	bench_time(bench, "12 KB, 64 names, 256 pairs, a function", read_implied, asking)
		->over = bits;
	bench_time(bench, "256 pairs are settled", settle, table);
}

static struct mcpauth_demand *make_demand(struct subject *subject, const char *scopes)
{
	struct mcpauth_demand *demand;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	config.scopes = scopes;
	bench_need(mcpauth_demand_new(subject->auth, &config, &demand, NULL) == MCPAUTH_OK,
		"making a demand");
	return demand;
}

int main(int argc, char **argv)
{
	static const struct subject_claims claims = {.scope = GRANTED};
	static const struct subject_config config = {.has_system_clock = true};
	static const char *const any[] = {"admin", "owner", "write:e", NULL};
	struct bench bench;
	struct subject subject;
	struct subject_tokens tokens;
	struct most table = {0};
	struct most asking = {0};
	bench_init(&bench, argc, argv);
	subject_start(&subject, &config);
	struct mcpauth_demand *demand = make_demand(&subject, "read:c write:a write:e");
	subject_tokens_sign(&tokens, &subject, &claims, 1);
	caller = verify(&subject, tokens.items[0]);
	const struct bench_case *one = bench_time(&bench, "1 of 10", have_all, "read:c");
	bench_time(&bench, "3 of 10", have_all, "read:c write:a write:e")->over = one;
	bench_time(&bench, "10 of 10", have_all, GRANTED)->over = one;
	bench_time(&bench, "any of 3, the last is there", have_any, (void *)any)->over = one;
	bench_time(&bench, "1 that is missing", lack_one, "admin")->over = one;
	bench_time(&bench, "3 of 10, demanded beforehand", demand_all, demand)->over = one;
	add_most(&bench, &table, &asking);
	int status = bench_finish(&bench);
	most_stop(&asking);
	most_stop(&table);
	mcpauth_demand_free(demand);
	mcpauth_auth_info_free(caller);
	subject_tokens_finish(&tokens);
	subject_stop(&subject);
	return status;
}
