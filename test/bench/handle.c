/* Handles: made, and checked for who they are and for who they are not. */
#include "bench.h"
#include "subject.h"

#include <string.h>

static struct mcpauth_auth_info *caller;
static struct mcpauth_handles *handles;

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

static void make(uint64_t times, void *user)
{
	(void)user;
	for (uint64_t i = 0; i < times; i++) {
		char handle[MCPAUTH_HANDLE_SIZE];
		bench_need(mcpauth_handle_make(handles, caller, handle, NULL) == MCPAUTH_OK,
			"making a handle");
		bench_keep(handle);
	}
}

static void check(uint64_t times, void *user)
{
	for (uint64_t i = 0; i < times; i++) {
		bench_need(mcpauth_handle_check(handles, caller, user, NULL) == MCPAUTH_OK,
			"the handle is not the caller's");
	}
}

static void refuse(uint64_t times, void *user)
{
	struct mcpauth_error err;
	for (uint64_t i = 0; i < times; i++) {
		bench_need(mcpauth_handle_check(handles, caller, user, &err) != MCPAUTH_OK,
			"the handle is the caller's");
	}
}

int main(int argc, char **argv)
{
	static const struct subject_config config = {.has_system_clock = true};
	struct bench bench;
	struct subject subject;
	struct subject_tokens tokens;
	char own[MCPAUTH_HANDLE_SIZE];
	char others[MCPAUTH_HANDLE_SIZE];
	bench_init(&bench, argc, argv);
	subject_start(&subject, &config);
	subject_tokens_sign(&tokens, &subject, NULL, 1);
	caller = verify(&subject, tokens.items[0]);
	bench_need(mcpauth_handles_new(subject.auth, NULL, &handles, NULL) == MCPAUTH_OK,
		"making handles");
	bench_need(mcpauth_handle_make(handles, caller, own, NULL) == MCPAUTH_OK
			&& mcpauth_handle_make(handles, NULL, others, NULL) == MCPAUTH_OK,
		"making a handle");
	const struct bench_case *known = bench_time(&bench, "the caller's", check, own);
	bench_time(&bench, "somebody else's", refuse, others)->over = known;
	bench_time(&bench, "malformed", refuse, "no-handle")->over = known;
	bench_time(&bench, "made", make, NULL)->over = known;
	int status = bench_finish(&bench);
	mcpauth_handles_free(handles);
	mcpauth_auth_info_free(caller);
	subject_tokens_finish(&tokens);
	subject_stop(&subject);
	return status;
}
