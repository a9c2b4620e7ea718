/* An introspection endpoint in the test's own hands, beside a fake issuer's documents. */
#include "support/introspected.h"

#include "auth_int.h"

#include "support/check.h"
#include "token/issuer_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct introspected_post *post, struct mcpauth_fetch *fetch, const char *url)
{
	size_t length;
	const char *name;
	const char *value;
	snprintf(post->url, sizeof post->url, "%s", url);
	snprintf(post->form, sizeof post->form, "%s", mcpauth_fetch_body(fetch, &length));
	*post->authorization = '\0';
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		if (strcmp(name, "Authorization") == 0) {
			snprintf(post->authorization, sizeof post->authorization, "%s", value);
		} else if (strcmp(name, "Accept") == 0) {
			snprintf(post->accept, sizeof post->accept, "%s", value);
		}
	}
}

static void answer(struct introspected *it, struct mcpauth_fetch *fetch)
{
	char body[sizeof it->body];
	pthread_mutex_lock(&it->lock);
	unsigned status = it->status;
	memcpy(body, it->body, sizeof body);
	pthread_mutex_unlock(&it->lock);
	mcpauth_fetch_answer(fetch, status, body, strlen(body));
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct introspected *it = user;
	if (strcmp(mcpauth_fetch_method(fetch), "POST") != 0) {
		it->seams.fetch(fetch, url, it->seams.fetch_user);
		return;
	}
	pthread_mutex_lock(&it->lock);
	bool holds = it->holds;
	assert_true(it->post_count < INTROSPECTED_POSTS_MAX);
	struct introspected_post *post = &it->posts[it->post_count++];
	note(post, fetch, url);
	post->fetch = holds ? fetch : NULL;
	pthread_mutex_unlock(&it->lock);
	if (!holds) {
		answer(it, fetch);
	}
}

int introspected_start(void **state)
{
	struct introspected *it = calloc(1, sizeof *it);
	it->fake = fake_issuer_new();
	it->seams = (struct mcpauth_config)MCPAUTH_CONFIG_INIT;
	fake_issuer_configure(it->fake, &it->seams);
	it->config = (struct mcpauth_introspection_config)MCPAUTH_INTROSPECTION_CONFIG_INIT;
	it->config.endpoint = INTROSPECTED_ENDPOINT;
	it->config.client_id = "me";
	it->config.client_secret = "hush-hush";
	atomic_init(&it->wakes, 0);
	pthread_mutex_init(&it->lock, NULL);
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	*state = it;
	return 0;
}

int introspected_stop(void **state)
{
	struct introspected *it = *state;
	mcpauth_free(it->auth);
	for (unsigned i = 0; i < it->post_count; i++) {
		introspected_release(it, i);
	}
	fake_issuer_free(it->fake);
	pthread_mutex_destroy(&it->lock);
	free(it);
	return 0;
}

void introspected_make(struct introspected *it, const struct mcpauth_issuer_config *issuer)
{
	struct mcpauth_config config = it->seams;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	mcpauth_free(it->auth);
	config.fetch = on_fetch;
	config.fetch_user = it;
	usual.issuer = FAKE_ISSUER;
	resource.resource = FAKE_RESOURCE;
	CHECK_OK(mcpauth_new(&config, &it->auth, &err));
	CHECK_OK(mcpauth_add_resource(it->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(
		it->auth, FAKE_RESOURCE, issuer != NULL ? issuer : &usual, &err));
	CHECK_OK(mcpauth_set_introspection(it->auth, FAKE_ISSUER, &it->config, &err));
	it->introspector = mcpauth__issuer_introspector(
		mcpauth__find_issuer(it->auth, FAKE_ISSUER));
	assert_non_null(it->introspector);
}

enum mcpauth_code introspected_make_another(struct introspected *it,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err)
{
	struct mcpauth__issuer *issuer = mcpauth__find_issuer(it->auth, FAKE_ISSUER);
	const struct mcpauth__introspector_parts parts = {
		.worker = it->auth->runtime->worker,
		.keys = mcpauth__issuer_key_source(issuer),
		.issuer = FAKE_ISSUER,
		.timeout_ms = 5000,
	};
	return mcpauth__introspector_new(&parts, config, &it->introspector, err);
}

void introspected_answer(struct introspected *it, unsigned status, const char *body)
{
	pthread_mutex_lock(&it->lock);
	it->status = status;
	snprintf(it->body, sizeof it->body, "%s", body);
	pthread_mutex_unlock(&it->lock);
}

void introspected_release(struct introspected *it, unsigned number)
{
	pthread_mutex_lock(&it->lock);
	struct mcpauth_fetch *fetch = it->posts[number].fetch;
	it->posts[number].fetch = NULL;
	pthread_mutex_unlock(&it->lock);
	if (fetch != NULL) {
		answer(it, fetch);
	}
}

unsigned introspected_posts(struct introspected *it)
{
	pthread_mutex_lock(&it->lock);
	unsigned count = it->post_count;
	pthread_mutex_unlock(&it->lock);
	return count;
}

static void count_wake(void *user)
{
	struct introspected *it = user;
	atomic_fetch_add(&it->wakes, 1);
}

static struct mcpauth__question question_of(const char *token)
{
	struct mcpauth__question question = {.token = token, .length = strlen(token)};
	assert_true(mcpauth__sha256(token, question.length, question.digest));
	return question;
}

enum mcpauth_code introspected_ask(struct introspected *it, const char *token, bool waits,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err)
{
	struct mcpauth__question question = question_of(token);
	struct mcpauth__worker *worker = it->auth->runtime->worker;
	struct mcpauth__waiter *waiter = NULL;
	if (waits) {
		int64_t now = mcpauth__clock_monotonic(mcpauth__worker_clock(worker));
		waiter = mcpauth__waiter_new(worker, now + 5000, count_wake, it);
		assert_non_null(waiter);
	}
	enum mcpauth_code code = mcpauth__introspector_ask(
		it->introspector, &question, waiter, introspection, err);
	if (waits && code != MCPAUTH_PENDING) {
		mcpauth__waiter_cancel(waiter);
	}
	mcpauth__waiter_free(waiter);
	return code;
}

enum mcpauth_code introspected_result(
	struct mcpauth__introspection *introspection, struct mcpauth_error *err)
{
	struct mcpauth__introspection_answer answer;
	enum mcpauth_code code = mcpauth__introspection_result(introspection, NULL, &answer, err);
	mcpauth__introspection_free(introspection);
	return code;
}

enum mcpauth_code introspected_try(
	struct introspected *it, const char *token, char text[1024], struct mcpauth_error *err)
{
	struct mcpauth__introspection_answer answer;
	struct mcpauth__introspection *introspection;
	enum mcpauth_code code = introspected_ask(it, token, false, &introspection, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__introspection_result(introspection, NULL, &answer, err);
	}
	if (code == MCPAUTH_OK && text != NULL) {
		assert_int_equal(answer.text[answer.length], '\0');
		snprintf(text, 1024, "%s", answer.text);
	}
	mcpauth__introspection_free(introspection);
	return code;
}
