/* A library without a network, and tokens for it. */
#include "subject.h"

#include "base/buf.h"
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEY_NUMBERS 4
#define DAY (24 * 3600)
#define USUAL_SIZE 565
#define PAYLOAD_LIMIT (15 * 1024)

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	struct subject *subject = user;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	*real = (int64_t)time(NULL);
	*monotonic = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000
		+ atomic_load_explicit(&subject->ahead_ms, memory_order_relaxed);
}

void subject_forget(struct subject *subject)
{
	atomic_fetch_add(&subject->ahead_ms, (int64_t)3600 * 1000);
}

/* Keys k0, k1, ...; making a thousand would take minutes, so only the names of
 * most are their own. The last is key 0. */
static char *key_set(const char *algorithm, unsigned count)
{
	struct mcpauth__buf set = {0};
	mcpauth__buf_puts(&set, "{\"keys\":[");
	for (unsigned i = 0; i < count; i++) {
		unsigned number = count - 1 - i;
		char kid[32];
		snprintf(kid, sizeof kid, "k%u", i);
		char *jwk = test_key_jwk(
			test_key(algorithm, number < KEY_NUMBERS ? number : 0), kid, NULL, NULL);
		mcpauth__buf_printf(&set, "%s%s", i > 0 ? "," : "", jwk);
		free(jwk);
	}
	mcpauth__buf_puts(&set, "]}");
	char *text = mcpauth__buf_take(&set);
	bench_need(text != NULL, "out of memory");
	return text;
}

static void add_issuers(struct subject *subject, const char *keys, unsigned count)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = subject->issuer;
	config.jwks = keys;
	for (unsigned i = 0; i < count; i++) {
		snprintf(subject->issuer, sizeof subject->issuer, "https://as%u.example.com/tenant",
			i);
		bench_need(mcpauth_add_issuer(subject->auth, subject->resource, &config, NULL)
				== MCPAUTH_OK,
			"adding an issuer");
	}
}

static void add_resources(
	struct subject *subject, const struct subject_config *config, const char *keys)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	unsigned count = config->resources > 0 ? config->resources : 1;
	resource.resource = subject->resource;
	for (unsigned i = 0; i < count; i++) {
		snprintf(subject->resource, sizeof subject->resource,
			"https://api.example.com/server%u/mcp", i);
		bench_need(mcpauth_add_resource(subject->auth, &resource, NULL) == MCPAUTH_OK,
			"adding a resource");
		add_issuers(subject, keys, config->issuers > 0 ? config->issuers : 1);
	}
}

void subject_start(struct subject *subject, const struct subject_config *config)
{
	struct mcpauth_config general = MCPAUTH_CONFIG_INIT;
	unsigned keys = config->keys > 0 ? config->keys : 1;
	*subject = (struct subject){
		.algorithm = config->algorithm != NULL ? config->algorithm : "RS256",
	};
	subject->key = test_key(subject->algorithm, 0);
	snprintf(subject->kid, sizeof subject->kid, "k%u", keys - 1);
	if (!config->has_system_clock) {
		general.clock = tell_time;
		general.clock_user = subject;
	}
	char *set = key_set(subject->algorithm, keys);
	bench_need(mcpauth_new(&general, &subject->auth, NULL) == MCPAUTH_OK, "making it");
	add_resources(subject, config, set);
	free(set);
}

void subject_stop(struct subject *subject)
{
	mcpauth_free(subject->auth);
}

char *subject_payload(
	const struct subject *subject, const struct subject_claims *claims, size_t number)
{
	size_t size = claims->size > 0 ? claims->size : USUAL_SIZE;
	long long now = (long long)time(NULL);
	char *text = malloc(PAYLOAD_LIMIT);
	bench_need(text != NULL && size < PAYLOAD_LIMIT, "out of memory");
	int used = snprintf(text, PAYLOAD_LIMIT,
		"{\"iss\":\"%s\",\"sub\":\"user-%zu\",\"aud\":[\"%s\"],\"iat\":%lld,\"exp\":%lld,"
		"\"jti\":\"%016zx\",\"client_id\":\"client-1\",\"scope\":\"%s\",\"filler\":\"",
		claims->issuer != NULL ? claims->issuer : subject->issuer, number,
		subject->resource, now - 7200, claims->is_expired ? now - 3600 : now + DAY, number,
		claims->scope != NULL ? claims->scope : "read");
	bench_need(used > 0 && (size_t)used + 2 <= size, "the claims are longer than wanted");
	for (size_t i = (size_t)used; i < size - 2; i++) {
		text[i] = (char)('a' + i % 26);
	}
	memcpy(text + size - 2, "\"}", 3);
	return text;
}

static void write_header(char *header, size_t size, const struct subject *subject, const char *kid)
{
	kid = kid != NULL ? kid : subject->kid;
	if (*kid == '\0') {
		snprintf(header, size, "{\"alg\":\"%s\"}", subject->algorithm);
		return;
	}
	snprintf(header, size, "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		subject->algorithm, kid);
}

/* Another signature of the same length, so that only the last check can tell. */
static void spoil(char **items, size_t count)
{
	char first[2048];
	snprintf(first, sizeof first, "%s", strrchr(items[0], '.'));
	for (size_t i = 0; i < count; i++) {
		const char *other = i + 1 < count ? strrchr(items[i + 1], '.') : first;
		memcpy(strrchr(items[i], '.'), other, strlen(other));
	}
}

void subject_tokens_sign(struct subject_tokens *tokens, struct subject *subject,
	const struct subject_claims *claims, size_t count)
{
	static const struct subject_claims good;
	char header[256];
	claims = claims != NULL ? claims : &good;
	*tokens = (struct subject_tokens){subject, calloc(count, sizeof *tokens->items), count, 0};
	bench_need(tokens->items != NULL, "out of memory");
	write_header(header, sizeof header, subject, claims->kid);
	for (size_t i = 0; i < count; i++) {
		char *payload = subject_payload(subject, claims, i);
		tokens->items[i] = test_key_sign(subject->key, header, payload);
		free(payload);
	}
	if (claims->is_spoiled) {
		bench_need(count > 1, "one token has no other's signature");
		spoil(tokens->items, count);
	}
}

void subject_tokens_finish(struct subject_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		free(tokens->items[i]);
	}
	free(tokens->items);
}

const char *subject_tokens_next(struct subject_tokens *tokens)
{
	if (tokens->next == tokens->count) {
		tokens->next = 0;
		subject_forget(tokens->subject);
	}
	return tokens->items[tokens->next++];
}

static void never_woken(void *user)
{
	(void)user;
	bench_need(false, "keys by hand were waited for");
}

void subject_verify(const struct subject *subject, const char *token, enum mcpauth_code want)
{
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	struct mcpauth_verification *pending;
	struct mcpauth_auth_info *info;
	struct mcpauth_error err;
	request.resource = subject->resource;
	request.token = token;
	request.wake = never_woken;
	enum mcpauth_code code = mcpauth_verify_start(
		subject->auth, &request, &info, &pending, &err);
	bench_need(code == want, code == MCPAUTH_OK ? "accepted a bad token" : err.message);
	mcpauth_auth_info_free(info);
}

void subject_run_hot(uint64_t times, void *user)
{
	const struct subject_tokens *tokens = user;
	for (uint64_t i = 0; i < times; i++) {
		subject_verify(tokens->subject, tokens->items[0], MCPAUTH_OK);
	}
}

void subject_run_cold(uint64_t times, void *user)
{
	struct subject_tokens *tokens = user;
	for (uint64_t i = 0; i < times; i++) {
		subject_verify(tokens->subject, subject_tokens_next(tokens), MCPAUTH_OK);
	}
}
