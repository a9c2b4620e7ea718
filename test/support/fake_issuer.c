/* An issuer that answers from a table, by a clock that a test moves. */
#include "support/fake_issuer.h"

#include "auth_int.h"

#include "base/buf.h"
#include "support/test_key.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MAX 16
#define FETCHES_MAX 512
#define MONOTONIC_START 1000000

struct page {
	char *url;
	char *body;
	unsigned status;
};

struct held {
	struct mcpauth_fetch *fetch;
	char *url;
};

struct fake_issuer {
	_Atomic int64_t real;
	_Atomic int64_t monotonic;
	atomic_uint tokens;
	pthread_mutex_t lock; /* for all that follows */
	struct page pages[PAGES_MAX];
	size_t page_count;
	char *fetches[FETCHES_MAX];
	unsigned fetch_count;
	struct held held[FETCHES_MAX];
	unsigned held_count;
	bool holding;
	bool down;
	struct mcpauth__buf log;
	char *form;
	char *authorization;
};

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "fake issuer: %s failed\n", what);
		abort();
	}
}

static char *copy(const char *text)
{
	char *made = strdup(text);
	need(made != NULL, "allocating");
	return made;
}

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	struct fake_issuer *fake = user;
	*real = atomic_load(&fake->real);
	*monotonic = atomic_load(&fake->monotonic);
}

static struct page *find_page(struct fake_issuer *fake, const char *url)
{
	for (size_t i = 0; i < fake->page_count; i++) {
		if (strcmp(fake->pages[i].url, url) == 0) {
			return &fake->pages[i];
		}
	}
	return NULL;
}

/* The answer is given without the lock: it can lead to the next fetch. */
static void answer(struct fake_issuer *fake, struct mcpauth_fetch *fetch, const char *url)
{
	pthread_mutex_lock(&fake->lock);
	const struct page *page = find_page(fake, url);
	unsigned status = fake->down ? 0 : page == NULL ? 404 : page->status;
	char *body = copy(status != 0 && page != NULL ? page->body : "");
	pthread_mutex_unlock(&fake->lock);
	mcpauth_fetch_answer(fetch, status, body, strlen(body));
	free(body);
}

/* Under the lock. */
static void note_form(struct fake_issuer *fake, const struct mcpauth_fetch *fetch)
{
	const char *name;
	const char *value;
	size_t length;
	const char *form = mcpauth_fetch_body(fetch, &length);
	if (form == NULL) {
		return;
	}
	free(fake->form);
	free(fake->authorization);
	fake->form = copy(form);
	fake->authorization = NULL;
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		if (strcmp(name, "Authorization") == 0) {
			fake->authorization = copy(value);
		}
	}
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct fake_issuer *fake = user;
	pthread_mutex_lock(&fake->lock);
	need(fake->fetch_count < FETCHES_MAX, "counting fetches");
	fake->fetches[fake->fetch_count++] = copy(url);
	note_form(fake, fetch);
	bool holding = fake->holding;
	if (holding) {
		fake->held[fake->held_count++] = (struct held){fetch, copy(url)};
	}
	pthread_mutex_unlock(&fake->lock);
	if (!holding) {
		answer(fake, fetch, url);
	}
}

static void on_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fake_issuer *fake = user;
	(void)request;
	pthread_mutex_lock(&fake->lock);
	mcpauth__buf_printf(&fake->log, "%d %s %s\n", (int)level, mcpauth_code_name(code), message);
	pthread_mutex_unlock(&fake->lock);
}

struct fake_issuer *fake_issuer_new(void)
{
	struct fake_issuer *fake = calloc(1, sizeof *fake);
	need(fake != NULL, "allocating");
	atomic_init(&fake->real, FAKE_NOW);
	atomic_init(&fake->monotonic, MONOTONIC_START);
	atomic_init(&fake->tokens, 0);
	need(pthread_mutex_init(&fake->lock, NULL) == 0, "making a lock");
	fake_issuer_publish(fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "\"}");
	fake_issuer_rotate(fake, NULL, "ES256", 0, "k0");
	return fake;
}

void fake_issuer_free(struct fake_issuer *fake)
{
	fake_issuer_release(fake);
	for (size_t i = 0; i < fake->page_count; i++) {
		free(fake->pages[i].url);
		free(fake->pages[i].body);
	}
	for (unsigned i = 0; i < fake->fetch_count; i++) {
		free(fake->fetches[i]);
	}
	mcpauth__buf_finish(&fake->log);
	free(fake->form);
	free(fake->authorization);
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}

void fake_issuer_configure(struct fake_issuer *fake, struct mcpauth_config *config)
{
	config->log = on_line;
	config->log_user = fake;
	config->clock = tell_time;
	config->clock_user = fake;
	config->fetch = on_fetch;
	config->fetch_user = fake;
}

struct mcpauth *fake_issuer_auth(struct fake_issuer *fake, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer)
{
	struct mcpauth *auth;
	struct mcpauth_config seams = MCPAUTH_CONFIG_INIT;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	if (config != NULL) {
		seams = *config;
	}
	fake_issuer_configure(fake, &seams);
	usual.issuer = FAKE_ISSUER;
	resource.resource = FAKE_RESOURCE;
	need(mcpauth_new(&seams, &auth, NULL) == MCPAUTH_OK, "making the library");
	need(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK, "adding the resource");
	need(mcpauth_add_issuer(auth, FAKE_RESOURCE, issuer != NULL ? issuer : &usual, NULL)
			== MCPAUTH_OK,
		"adding the issuer");
	return auth;
}

void fake_issuer_reopen(struct mcpauth *auth)
{
	atomic_store(&auth->in_use, false);
}

void fake_issuer_publish(
	struct fake_issuer *fake, const char *url, unsigned status, const char *body)
{
	pthread_mutex_lock(&fake->lock);
	struct page *page = find_page(fake, url);
	if (page == NULL) {
		need(fake->page_count < PAGES_MAX, "publishing");
		page = &fake->pages[fake->page_count++];
		page->url = copy(url);
	}
	free(page->body);
	page->status = status;
	page->body = copy(body);
	pthread_mutex_unlock(&fake->lock);
}

void fake_issuer_rotate(struct fake_issuer *fake, const char *url, const char *algorithm,
	unsigned number, const char *kid)
{
	char *set = test_key_jwks(test_key(algorithm, number), kid);
	fake_issuer_publish(fake, url != NULL ? url : FAKE_KEYS, 200, set);
	free(set);
}

void fake_issuer_set_down(struct fake_issuer *fake, bool down)
{
	pthread_mutex_lock(&fake->lock);
	fake->down = down;
	pthread_mutex_unlock(&fake->lock);
}

void fake_issuer_hold(struct fake_issuer *fake)
{
	pthread_mutex_lock(&fake->lock);
	fake->holding = true;
	pthread_mutex_unlock(&fake->lock);
}

static bool take_held(struct fake_issuer *fake, struct held *held)
{
	pthread_mutex_lock(&fake->lock);
	fake->holding = false;
	bool any = fake->held_count > 0;
	if (any) {
		*held = fake->held[--fake->held_count];
	}
	pthread_mutex_unlock(&fake->lock);
	return any;
}

void fake_issuer_release(struct fake_issuer *fake)
{
	struct held held;
	while (take_held(fake, &held)) {
		answer(fake, held.fetch, held.url);
		free(held.url);
	}
}

unsigned fake_issuer_fetches(struct fake_issuer *fake, const char *url)
{
	unsigned count = 0;
	pthread_mutex_lock(&fake->lock);
	for (unsigned i = 0; i < fake->fetch_count; i++) {
		count += url == NULL || strcmp(fake->fetches[i], url) == 0 ? 1 : 0;
	}
	pthread_mutex_unlock(&fake->lock);
	return count;
}

const char *fake_issuer_fetch_at(struct fake_issuer *fake, unsigned number)
{
	pthread_mutex_lock(&fake->lock);
	const char *url = number < fake->fetch_count ? fake->fetches[number] : "";
	pthread_mutex_unlock(&fake->lock);
	return url;
}

const char *fake_issuer_form(struct fake_issuer *fake)
{
	return fake->form != NULL ? fake->form : "";
}

const char *fake_issuer_authorization(struct fake_issuer *fake)
{
	return fake->authorization != NULL ? fake->authorization : "";
}

void fake_issuer_advance_ms(struct fake_issuer *fake, int64_t ms)
{
	/* Part seconds add up. */
	int64_t before = atomic_fetch_add(&fake->monotonic, ms);
	atomic_fetch_add(&fake->real, (before + ms) / 1000 - before / 1000);
}

void fake_issuer_set_real(struct fake_issuer *fake, int64_t seconds)
{
	atomic_store(&fake->real, seconds);
}

bool fake_issuer_logged(struct fake_issuer *fake, const char *text)
{
	pthread_mutex_lock(&fake->lock);
	bool found = fake->log.data != NULL && strstr(fake->log.data, text) != NULL;
	pthread_mutex_unlock(&fake->lock);
	return found;
}

unsigned fake_issuer_log_count(struct fake_issuer *fake, const char *text)
{
	unsigned count = 0;
	pthread_mutex_lock(&fake->lock);
	const char *at = fake->log.data;
	while (at != NULL && (at = strstr(at, text)) != NULL) {
		at += strlen(text);
		count++;
	}
	pthread_mutex_unlock(&fake->lock);
	return count;
}

static const char *with_default(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

static void put_member(struct mcpauth__buf *json, const char *name, const char *value)
{
	if (*value != '\0') {
		mcpauth__buf_printf(json, ",\"%s\":\"%s\"", name, value);
	}
}

char *fake_issuer_token(struct fake_issuer *fake, const struct fake_token *token)
{
	struct mcpauth__buf header = {0};
	struct mcpauth__buf payload = {0};
	const char *algorithm = with_default(token->algorithm, "ES256");
	int64_t lifetime = token->lifetime != 0 ? token->lifetime : 300;
	mcpauth__buf_printf(&header, "{\"alg\":\"%s\"", algorithm);
	put_member(&header, "kid", with_default(token->kid, "k0"));
	put_member(&header, "typ", with_default(token->type, "at+jwt"));
	mcpauth__buf_puts(&header, "}");
	mcpauth__buf_printf(&payload, "{\"exp\":%lld,\"sub\":\"alice\",\"jti\":\"%u\"",
		(long long)(atomic_load(&fake->real) + lifetime),
		atomic_fetch_add(&fake->tokens, 1));
	put_member(&payload, "iss", with_default(token->issuer, FAKE_ISSUER));
	put_member(&payload, "aud", with_default(token->audience, FAKE_RESOURCE));
	mcpauth__buf_printf(&payload, "%s}", with_default(token->claims, ""));
	need(!header.failed && !payload.failed, "allocating");
	char *made = test_key_sign(test_key(algorithm, token->number), header.data, payload.data);
	mcpauth__buf_finish(&header);
	mcpauth__buf_finish(&payload);
	return made;
}

enum mcpauth_code fake_issuer_try(struct fake_issuer *fake, struct mcpauth *auth,
	const struct fake_token *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	char *text = fake_issuer_token(fake, token);
	enum mcpauth_code code = mcpauth_verify(auth, FAKE_RESOURCE, text, &info, err);
	need((code == MCPAUTH_OK) == (info != NULL), "handing out who called");
	mcpauth_auth_info_free(info);
	free(text);
	return code;
}
