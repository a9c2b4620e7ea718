/* What the scenarios share. */
#include "scenario.h"

#include "support/test_key.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static _Atomic int64_t ahead; /* seconds */
static struct scenario_token tokens[TOKENS];
static char *keys;
static size_t grows; /* each time, without any failure: GnuTLS by each thread */

void need(bool held, const char *what)
{
	if (!held) {
		torture_wrong(what);
	}
}

bool may_fail(enum mcpauth_code code, const char *what)
{
	char text[128];
	if (code != MCPAUTH_OK) {
		snprintf(text, sizeof text, "%s: %s", what, mcpauth_code_name(code));
		need(torture_failed(), text);
		need(code == MCPAUTH_E_NO_MEMORY || code == MCPAUTH_E_SYSTEM, text);
	}
	return code == MCPAUTH_OK;
}

void scenario_clock(int64_t *real, int64_t *monotonic, void *user)
{
	struct timespec now;
	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &now);
	*real = time(NULL) + atomic_load(&ahead);
	*monotonic = (now.tv_sec + atomic_load(&ahead)) * 1000 + now.tv_nsec / 1000000;
}

/* Past every pause after a failed fetch. */
void scenario_advance(void)
{
	atomic_fetch_add(&ahead, 61);
}

static char *sign(const char *algorithm, const char *audience, long lifetime)
{
	char header[128];
	char payload[512];
	snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		algorithm, algorithm);
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" ISSUER "\",\"aud\":\"%s\",\"sub\":\"%s\",\"scope\":\"read write\","
		"\"exp\":%lld}",
		audience, algorithm, (long long)time(NULL) + lifetime);
	return test_key_sign(
		test_key(strcmp(algorithm, "none") == 0 ? "ES256" : algorithm, 0), header, payload);
}

static char *forge(void)
{
	char *token = sign("ES256", RESOURCE, 7200);
	char *at = strrchr(token, '.') + 5;
	*at = *at == 'A' ? 'B' : 'A';
	return token;
}

static void make_keys(void)
{
	static const char *const algorithms[] = {"ES256", "RS256", "EdDSA"};
	size_t length = 0;
	keys = malloc(8192);
	length += (size_t)snprintf(keys, 8192, "{\"keys\":[");
	for (int i = 0; i < 3; i++) {
		char *key = test_key_jwk(
			test_key(algorithms[i], 0), algorithms[i], algorithms[i], NULL);
		length += (size_t)snprintf(
			keys + length, 8192 - length, "%s%s", i > 0 ? "," : "", key);
		free(key);
	}
	snprintf(keys + length, 8192 - length, "]}");
}

const struct scenario_token *scenario_tokens(void)
{
	if (tokens[0].text != NULL) {
		return tokens;
	}
	tokens[TOKEN_GOOD] = (struct scenario_token){
		"good", MCPAUTH_OK, sign("ES256", RESOURCE, 7200)};
	tokens[TOKEN_RSA] = (struct scenario_token){
		"good RSA", MCPAUTH_OK, sign("RS256", RESOURCE, 7200)};
	tokens[TOKEN_EDDSA] = (struct scenario_token){
		"good EdDSA", MCPAUTH_OK, sign("EdDSA", RESOURCE, 7200)};
	tokens[TOKEN_FORGED] = (struct scenario_token){"forged", MCPAUTH_E_BAD_SIGNATURE, forge()};
	tokens[TOKEN_EXPIRED] = (struct scenario_token){
		"expired", MCPAUTH_E_EXPIRED, sign("ES256", RESOURCE, -3600)};
	tokens[TOKEN_AUDIENCE] = (struct scenario_token){
		"audience", MCPAUTH_E_AUDIENCE, sign("ES256", "https://else.example", 7200)};
	tokens[TOKEN_NONE] = (struct scenario_token){
		"alg none", MCPAUTH_E_ALGORITHM, sign("none", RESOURCE, 7200)};
	return tokens;
}

const char *scenario_keys(void)
{
	if (keys == NULL) {
		make_keys();
	}
	return keys;
}

/* What a token was judged to be, held against what it is. */
static bool judge(const struct scenario_token *token, enum mcpauth_code code,
	struct mcpauth_auth_info *info, const struct mcpauth_error *err)
{
	char text[160];
	snprintf(text, sizeof text, "%s token: %s %.100s", token->label, mcpauth_code_name(code),
		err->message);
	need((info != NULL) == (code == MCPAUTH_OK), text);
	mcpauth_auth_info_free(info);
	/* A refusal that lies would make a client throw its token away. */
	bool undecided = code >= 100 && code < 400;
	need(code == token->verdict || (torture_failed() && undecided), text);
	return code == token->verdict;
}

bool scenario_verify(struct mcpauth *auth, const struct scenario_token *token)
{
	struct mcpauth_auth_info *info = NULL;
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth_verify(auth, RESOURCE, token->text, &info, &err);
	return judge(token, code, info, &err);
}

static void never_woken(void *user)
{
	(void)user;
	need(false, "woken, where nothing is waited for");
}

bool scenario_verify_again(
	struct mcpauth *auth, const struct scenario_token *token, struct mcpauth_last_token *last)
{
	struct mcpauth_auth_info *info = NULL;
	struct mcpauth_verification *pending;
	struct mcpauth_error err = {0};
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = RESOURCE;
	request.token = token->text;
	request.wake = never_woken;
	request.last = last;
	enum mcpauth_code code = mcpauth_verify_start(auth, &request, &info, &pending, &err);
	need(pending == NULL, "waits for keys that are there");
	return judge(token, code, info, &err);
}

void scenario_verify_all(struct mcpauth *auth)
{
	for (int i = 0; i < TOKENS; i++) {
		need(scenario_verify(auth, &scenario_tokens()[i]), "verified again");
	}
}

static void attempt_all(unsigned long number, void *user)
{
	scenario_fn attempt = *(scenario_fn *)user;
	unsigned long since = torture_now();
	bool good = attempt(number);
	/* torture_end() does not forget it, so ask before the next. */
	bool failed = torture_failed();
	need(good || failed, "it does not even work with all its memory");
	size_t living = torture_living(since);
	if (living > grows) {
		/* What is kept once and for all does not grow. */
		since = torture_now();
		attempt(number);
		living = torture_living(since);
	}
	if (living > grows) {
		char text[64];
		torture_note_living(since);
		snprintf(text, sizeof text, "leak: %zu blocks", living);
		torture_wrong(text);
	}
	if (number == 0) {
		return; /* its count is wanted */
	}
	need(attempt(0), "it does not work the next time");
	exit(failed ? 0 : END_NOT_REACHED);
}

int scenario_run(scenario_fn attempt)
{
	scenario_tokens();
	scenario_keys();
	/* So that what the libraries make once is there. */
	attempt(0);
	unsigned long since = torture_now();
	attempt(0);
	grows = torture_living(since);
	return torture_each(attempt_all, &attempt);
}
