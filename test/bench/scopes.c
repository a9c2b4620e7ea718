/* Scopes of a caller against those that an operation wants. */
#include "bench.h"
#include "subject.h"

#include <stddef.h>

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

int main(int argc, char **argv)
{
	static const struct subject_claims claims = {.scope = GRANTED};
	static const struct subject_config config = {.has_system_clock = true};
	static const char *const any[] = {"admin", "owner", "write:e", NULL};
	struct bench bench;
	struct subject subject;
	struct subject_tokens tokens;
	bench_init(&bench, argc, argv);
	subject_start(&subject, &config);
	subject_tokens_sign(&tokens, &subject, &claims, 1);
	caller = verify(&subject, tokens.items[0]);
	const struct bench_case *one = bench_time(&bench, "1 of 10", have_all, "read:c");
	bench_time(&bench, "3 of 10", have_all, "read:c write:a write:e")->over = one;
	bench_time(&bench, "10 of 10", have_all, GRANTED)->over = one;
	bench_time(&bench, "any of 3, the last is there", have_any, (void *)any)->over = one;
	bench_time(&bench, "1 that is missing", lack_one, "admin")->over = one;
	int status = bench_finish(&bench);
	mcpauth_auth_info_free(caller);
	subject_tokens_finish(&tokens);
	subject_stop(&subject);
	return status;
}
