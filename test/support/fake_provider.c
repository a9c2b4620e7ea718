/* A provider that answers from a few rules, by a clock that a test moves. */
#include "support/fake_provider.h"

#include "base/base64url.h"
#include "base/buf.h"
#include "base/form.h"
#include "base/hash.h"
#include "base/words.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 512
#define ATTEMPTS_MAX 20

/* A login that was agreed to. */
struct agreed {
	char challenge[TEXT_MAX];
	char scope[TEXT_MAX];
	char redirect_uri[TEXT_MAX];
	char client_id[TEXT_MAX];
};

struct fake_provider {
	_Atomic int64_t real;
	_Atomic int64_t monotonic;
	pthread_mutex_t lock; /* for all that follows */
	struct provider_manners manners;
	struct provider_counts counts;
	struct agreed agreed;
	unsigned code;          /* that is good for it; 0: none */
	unsigned tokens;        /* given out */
	unsigned refresh;       /* the refresh token that is good */
	unsigned first_client;  /* the first registration that is known still */
	char granted[TEXT_MAX]; /* scopes of the last token */
	struct mcpauth__buf form;
	struct mcpauth__buf log;
};

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "fake provider: %s failed\n", what);
		abort();
	}
}

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	struct fake_provider *fake = user;
	*real = atomic_load(&fake->real);
	*monotonic = atomic_load(&fake->monotonic);
}

static const char *issuer_of(const struct fake_provider *fake)
{
	return fake->manners.issuer != NULL ? fake->manners.issuer : PROVIDER_ISSUER;
}

/* "" if it is absent. */
static void take(const char *form, const char *name, char *value)
{
	char *found = NULL;
	enum mcpauth__form_outcome outcome = MCPAUTH__FORM_NO_MEMORY;
	/* The allocations that fail are to be the client's. */
	for (int i = 0; i < 2 && outcome == MCPAUTH__FORM_NO_MEMORY; i++) {
		outcome = mcpauth__form_find(form, strlen(form), name, &found);
	}
	need(outcome == MCPAUTH__FORM_FOUND || outcome == MCPAUTH__FORM_ABSENT, "reading a form");
	snprintf(value, TEXT_MAX, "%s", found != NULL ? found : "");
	free(found);
}

static unsigned describe_server(const struct fake_provider *fake, struct mcpauth__buf *body)
{
	mcpauth__buf_printf(body,
		"{\"resource\":\"" PROVIDER_SERVER "\",\"authorization_servers\":[\"%s\"],"
		"\"scopes_supported\":[\"read\"]}",
		issuer_of(fake));
	return 200;
}

static unsigned describe_issuer(const struct fake_provider *fake, struct mcpauth__buf *body)
{
	const char *issuer = issuer_of(fake);
	mcpauth__buf_printf(body,
		"{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/authorize\","
		"\"token_endpoint\":\"%s/token\",\"registration_endpoint\":\"%s/register\","
		"\"revocation_endpoint\":\"%s/revoke\",\"response_types_supported\":[\"code\"],"
		"\"token_endpoint_auth_methods_supported\":[\"none\",\"client_secret_post\"],"
		"\"authorization_response_iss_parameter_supported\":true,"
		"\"code_challenge_methods_supported\":[\"%s\"]}",
		issuer, issuer, issuer, issuer, issuer, fake->manners.no_pkce ? "plain" : "S256");
	return 200;
}

static unsigned refuse(struct mcpauth__buf *body, const char *error)
{
	mcpauth__buf_printf(body, "{\"error\":\"%s\"}", error);
	return strcmp(error, "invalid_client") == 0 ? 401 : 400;
}

static unsigned register_client(struct fake_provider *fake, struct mcpauth__buf *body)
{
	mcpauth__buf_printf(body,
		"{\"client_id\":\"client-%u\",\"token_endpoint_auth_method\":\"none\"}",
		++fake->counts.registrations);
	return 201;
}

static unsigned give(struct fake_provider *fake, const char *scope, struct mcpauth__buf *body)
{
	unsigned lifetime = fake->manners.lifetime != 0 ? fake->manners.lifetime : 3600;
	snprintf(fake->granted, sizeof fake->granted, "%s", scope);
	mcpauth__buf_printf(body,
		"{\"access_token\":\"at-%u\",\"token_type\":\"Bearer\",\"expires_in\":%u",
		++fake->tokens, lifetime);
	if (!fake->manners.no_refresh_tokens) {
		if (!fake->manners.keeps_refresh_tokens || fake->refresh == 0) {
			fake->refresh = fake->tokens;
		}
		mcpauth__buf_printf(body, ",\"refresh_token\":\"rt-%u\"", fake->refresh);
	}
	mcpauth__buf_printf(body, ",\"scope\":\"%s\"}", scope);
	return 200;
}

static bool proves_challenge(const struct fake_provider *fake, const char *verifier)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	char text[MCPAUTH__BASE64URL_ENCODED(MCPAUTH__SHA256_SIZE) + 1];
	need(mcpauth__sha256(verifier, strlen(verifier), digest), "hashing");
	mcpauth__base64url_encode(digest, sizeof digest, text);
	return strcmp(text, fake->agreed.challenge) == 0;
}

static unsigned redeem(struct fake_provider *fake, const char *form, struct mcpauth__buf *body)
{
	char code[TEXT_MAX];
	char want[TEXT_MAX];
	char verifier[TEXT_MAX];
	char redirect_uri[TEXT_MAX];
	char resource[TEXT_MAX];
	take(form, "code", code);
	take(form, "code_verifier", verifier);
	take(form, "redirect_uri", redirect_uri);
	take(form, "resource", resource);
	snprintf(want, sizeof want, "code-%u", fake->code);
	if (fake->code == 0 || strcmp(code, want) != 0 || !proves_challenge(fake, verifier)
		|| strcmp(redirect_uri, fake->agreed.redirect_uri) != 0
		|| strcmp(resource, PROVIDER_SERVER) != 0) {
		return refuse(body, "invalid_grant");
	}
	fake->code = 0;
	fake->counts.codes++;
	return give(fake, fake->agreed.scope, body);
}

/* A rotated refresh token that comes again was stolen: nobody's is good any more. */
static unsigned refresh(struct fake_provider *fake, const char *form, struct mcpauth__buf *body)
{
	char token[TEXT_MAX];
	char want[TEXT_MAX];
	char scope[TEXT_MAX];
	take(form, "refresh_token", token);
	if (fake->manners.refresh_error != NULL) {
		return refuse(body, fake->manners.refresh_error);
	}
	snprintf(want, sizeof want, "rt-%u", fake->refresh);
	if (fake->refresh == 0 || strcmp(token, want) != 0) {
		fake->counts.stolen++;
		fake->refresh = 0;
		return refuse(body, "invalid_grant");
	}
	fake->counts.refreshes++;
	snprintf(scope, sizeof scope, "%s", fake->granted);
	return give(fake, scope, body);
}

static bool is_known(const struct fake_provider *fake, const char *form)
{
	char client_id[TEXT_MAX];
	take(form, "client_id", client_id);
	return strncmp(client_id, "client-", 7) != 0
		|| strtoul(client_id + 7, NULL, 10) >= fake->first_client;
}

static unsigned give_token(struct fake_provider *fake, const char *form, struct mcpauth__buf *body)
{
	char grant[TEXT_MAX];
	char scope[TEXT_MAX];
	mcpauth__buf_finish(&fake->form);
	need(mcpauth__buf_puts(&fake->form, form), "allocating");
	take(form, "grant_type", grant);
	take(form, "scope", scope);
	if (fake->manners.token_error != NULL) {
		return refuse(body, fake->manners.token_error);
	}
	if (!is_known(fake, form)) {
		return refuse(body, "invalid_client");
	}
	if (strcmp(grant, "authorization_code") == 0) {
		return redeem(fake, form, body);
	}
	if (strcmp(grant, "refresh_token") == 0) {
		return refresh(fake, form, body);
	}
	fake->counts.client_tokens++;
	return give(fake, scope, body);
}

/* The company's identity provider. */
static unsigned vouch(struct fake_provider *fake, const char *form, struct mcpauth__buf *body)
{
	char token[TEXT_MAX];
	take(form, "subject_token", token);
	fake->counts.vouched++;
	if (strcmp(token, PROVIDER_ID_TOKEN) != 0) {
		return refuse(body, "invalid_grant");
	}
	mcpauth__buf_printf(body,
		"{\"access_token\":\"i.d.%u\",\"token_type\":\"N_A\",\"issued_token_type\":"
		"\"urn:ietf:params:oauth:token-type:id-jag\"}",
		fake->counts.vouched);
	return 200;
}

static bool ends(const char *url, const char *with)
{
	size_t length = strlen(url);
	return length >= strlen(with) && strcmp(url + length - strlen(with), with) == 0;
}

/* Under the lock. */
static unsigned make_answer(
	struct fake_provider *fake, const char *url, const char *form, struct mcpauth__buf *body)
{
	if (fake->manners.is_down) {
		return 0;
	}
	if (strcmp(url, PROVIDER_METADATA) == 0) {
		return describe_server(fake, body);
	}
	if (strcmp(url, PROVIDER_IDENTITY) == 0) {
		return vouch(fake, form, body);
	}
	if (strncmp(url, issuer_of(fake), strlen(issuer_of(fake))) != 0) {
		return 404;
	}
	if (ends(url, "/.well-known/oauth-authorization-server")) {
		return describe_issuer(fake, body);
	}
	if (ends(url, "/register")) {
		return register_client(fake, body);
	}
	if (ends(url, "/revoke")) {
		fake->counts.revoked++;
		return 200;
	}
	return ends(url, "/token") && form != NULL ? give_token(fake, form, body) : 404;
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct fake_provider *fake = user;
	struct mcpauth__buf body = {0};
	size_t length;
	const char *form = mcpauth_fetch_body(fetch, &length);
	pthread_mutex_lock(&fake->lock);
	unsigned status = make_answer(fake, url, form, &body);
	pthread_mutex_unlock(&fake->lock);
	mcpauth_fetch_answer(fetch, status, body.data, body.length);
	mcpauth__buf_finish(&body);
}

static void on_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fake_provider *fake = user;
	(void)request;
	pthread_mutex_lock(&fake->lock);
	mcpauth__buf_printf(&fake->log, "%d %s %s\n", (int)level, mcpauth_code_name(code), message);
	pthread_mutex_unlock(&fake->lock);
}

/* The person, and the issuer's page. */
static enum mcpauth_code log_in(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct fake_provider *fake = user;
	struct mcpauth__buf redirect = {0};
	char state[TEXT_MAX];
	const char *query = strchr(mcpauth_login_url(login), '?');
	need(query != NULL, "finding the query");
	pthread_mutex_lock(&fake->lock);
	take(query + 1, "state", state);
	take(query + 1, "scope", fake->agreed.scope);
	take(query + 1, "code_challenge", fake->agreed.challenge);
	take(query + 1, "redirect_uri", fake->agreed.redirect_uri);
	take(query + 1, "client_id", fake->agreed.client_id);
	fake->code = ++fake->counts.logins;
	mcpauth__buf_printf(&redirect, "%s?state=%s&", fake->agreed.redirect_uri, state);
	if (fake->manners.login_error != NULL) {
		mcpauth__buf_printf(&redirect, "error=%s", fake->manners.login_error);
	} else {
		mcpauth__buf_printf(&redirect, "code=code-%u", fake->code);
	}
	const char *issuer = fake->manners.redirect_issuer;
	mcpauth__form_add(&redirect, "iss", issuer != NULL ? issuer : issuer_of(fake));
	pthread_mutex_unlock(&fake->lock);
	need(!redirect.failed, "allocating");
	enum mcpauth_code code = mcpauth_login_redirected(login, redirect.data, err);
	mcpauth__buf_finish(&redirect);
	return code;
}

struct fake_provider *fake_provider_new(void)
{
	struct fake_provider *fake = calloc(1, sizeof *fake);
	need(fake != NULL, "allocating");
	atomic_init(&fake->real, PROVIDER_NOW);
	atomic_init(&fake->monotonic, 1000000);
	need(pthread_mutex_init(&fake->lock, NULL) == 0, "making a lock");
	return fake;
}

void fake_provider_free(struct fake_provider *fake)
{
	mcpauth__buf_finish(&fake->form);
	mcpauth__buf_finish(&fake->log);
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}

void fake_provider_configure(struct fake_provider *fake, struct mcpauth_config *config)
{
	config->clock = tell_time;
	config->clock_user = fake;
	config->fetch = on_fetch;
	config->fetch_user = fake;
	config->log = on_line;
	config->log_user = fake;
}

struct mcpauth *fake_provider_auth(struct fake_provider *fake)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth *auth;
	fake_provider_configure(fake, &config);
	mcpauth_new(&config, &auth, NULL);
	return auth;
}

struct mcpauth_client_config fake_provider_client(struct fake_provider *fake)
{
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	config.server = PROVIDER_SERVER;
	/* One of a program's own, so that nothing is listened on. */
	config.redirect_uri = "com.example.client:/callback";
	config.login = log_in;
	config.user = fake;
	return config;
}

void fake_provider_set(struct fake_provider *fake, const struct provider_manners *manners)
{
	pthread_mutex_lock(&fake->lock);
	fake->manners = *manners;
	if (manners->forgets_client) {
		fake->first_client = fake->counts.registrations + 1;
	}
	pthread_mutex_unlock(&fake->lock);
}

struct provider_counts fake_provider_counts(struct fake_provider *fake)
{
	pthread_mutex_lock(&fake->lock);
	struct provider_counts counts = fake->counts;
	pthread_mutex_unlock(&fake->lock);
	return counts;
}

void fake_provider_advance(struct fake_provider *fake, int64_t seconds)
{
	atomic_fetch_add(&fake->real, seconds);
	atomic_fetch_add(&fake->monotonic, seconds * 1000);
}

const char *fake_provider_form(struct fake_provider *fake)
{
	return fake->form.data != NULL ? fake->form.data : "";
}

const char *fake_provider_scope(struct fake_provider *fake)
{
	return fake->agreed.scope;
}

bool fake_provider_logged(struct fake_provider *fake, const char *text)
{
	pthread_mutex_lock(&fake->lock);
	bool found = fake->log.data != NULL && strstr(fake->log.data, text) != NULL;
	pthread_mutex_unlock(&fake->lock);
	return found;
}

/* Without memory of its own: it must not say no for want of it. */
static bool has(const char *granted, const char *wanted, size_t wanted_length)
{
	size_t length;
	for (const char *word = mcpauth__word_next(&granted, &length); word != NULL;
		word = mcpauth__word_next(&granted, &length)) {
		if (length == wanted_length && memcmp(word, wanted, length) == 0) {
			return true;
		}
	}
	return false;
}

static bool has_all(const char *granted, const char *needed)
{
	size_t length;
	for (const char *word = mcpauth__word_next(&needed, &length); word != NULL;
		word = mcpauth__word_next(&needed, &length)) {
		if (!has(granted, word, length)) {
			return false;
		}
	}
	return true;
}

static void judge(struct fake_provider *fake, const char *token, struct provider_answer *answer)
{
	char want[TEXT_MAX];
	snprintf(want, sizeof want, "Bearer at-%u", fake->tokens);
	if (token == NULL || strcmp(token, want) != 0 || fake->manners.refuses_good_tokens) {
		answer->status = 401;
		snprintf(answer->challenge, sizeof answer->challenge,
			"Bearer resource_metadata=\"" PROVIDER_METADATA "\", scope=\"read\"");
	} else if (fake->manners.wants_more) {
		answer->status = 403;
		snprintf(answer->challenge, sizeof answer->challenge,
			"Bearer error=\"insufficient_scope\", scope=\"more-%u\"", fake->tokens);
	} else if (fake->manners.needed != NULL && !has_all(fake->granted, fake->manners.needed)) {
		answer->status = 403;
		snprintf(answer->challenge, sizeof answer->challenge,
			"Bearer error=\"insufficient_scope\", scope=\"%s\"", fake->manners.needed);
	}
}

void fake_provider_serve(struct fake_provider *fake, const struct mcpauth_client_request *request,
	struct provider_answer *answer)
{
	const char *name;
	const char *value;
	const char *token = NULL;
	for (size_t i = 0; mcpauth_client_request_header_at(request, i, &name, &value); i++) {
		token = strcmp(name, "Authorization") == 0 ? value : token;
	}
	*answer = (struct provider_answer){.status = 200};
	pthread_mutex_lock(&fake->lock);
	judge(fake, token, answer);
	pthread_mutex_unlock(&fake->lock);
}

static enum mcpauth_code attempt(struct fake_provider *fake, struct mcpauth_client_request *request,
	unsigned *status, struct mcpauth_error *err)
{
	struct provider_answer got;
	enum mcpauth_code code = mcpauth_client_request_prepare(request, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	fake_provider_serve(fake, request, &got);
	*status = got.status;
	const char *challenge = got.challenge;
	struct mcpauth_client_answer answer = MCPAUTH_CLIENT_ANSWER_INIT;
	answer.status = got.status;
	answer.challenges = &challenge;
	answer.challenge_count = *challenge != '\0' ? 1 : 0;
	return mcpauth_client_request_answered(request, &answer, err);
}

enum mcpauth_code fake_provider_request(struct fake_provider *fake, struct mcpauth_client *client,
	unsigned *status, struct mcpauth_error *err)
{
	struct mcpauth_client_request *request;
	*status = 0;
	enum mcpauth_code code = mcpauth_client_request_new(client, "POST", NULL, &request, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = MCPAUTH_RETRY;
	for (int i = 0; i < ATTEMPTS_MAX && code == MCPAUTH_RETRY; i++) {
		code = attempt(fake, request, status, err);
	}
	mcpauth_client_request_free(request);
	return code;
}
