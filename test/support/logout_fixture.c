/* Two issuers, their logout tokens, and what was forgotten for them. */
#include "support/logout_fixture.h"

#include "support/check.h"
#include "support/test_key.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char forgotten[1024];
size_t remembered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void note(const char *what, const char *issuer, const char *name)
{
	pthread_mutex_lock(&lock);
	size_t used = strlen(forgotten);
	snprintf(forgotten + used, sizeof forgotten - used, "%s %s %s; ", what, issuer, name);
	pthread_mutex_unlock(&lock);
}

size_t __wrap_mcpauth_forget_session(struct mcpauth *auth, const char *issuer, const char *session);
size_t __wrap_mcpauth_forget_subject(struct mcpauth *auth, const char *issuer, const char *subject);

size_t __wrap_mcpauth_forget_session(struct mcpauth *auth, const char *issuer, const char *session)
{
	(void)auth;
	note("session", issuer, session);
	return remembered;
}

size_t __wrap_mcpauth_forget_subject(struct mcpauth *auth, const char *issuer, const char *subject)
{
	(void)auth;
	note("subject", issuer, subject);
	return 0;
}

void add_other(struct mcpauth *auth)
{
	char *keys = test_key_jwks(test_key("ES256", 1), "k0");
	struct mcpauth_issuer_config other = MCPAUTH_ISSUER_CONFIG_INIT;
	other.issuer = OTHER;
	other.jwks = keys;
	other.algorithms = "ES256";
	CHECK_OK(mcpauth_add_issuer(auth, FAKE_RESOURCE, &other, &err));
	free(keys);
}

void start_with(struct fixture *fixture, const struct mcpauth_config *config)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	memset(fixture, 0, sizeof *fixture);
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = FAKE_KEYS;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, &issuer);
	add_other(fixture->auth);
	forgotten[0] = '\0';
	remembered = 0;
}

void start(struct fixture *fixture)
{
	start_with(fixture, NULL);
}

void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static const char *named(const char *name)
{
	return name != NULL ? name : "-";
}

static void hear(const struct mcpauth_logout *logout, void *user)
{
	struct fixture *fixture = user;
	assert_int_equal(logout->size, sizeof *logout);
	snprintf(fixture->last, sizeof fixture->last, "%s %s %s", logout->issuer,
		named(logout->subject), named(logout->session));
	atomic_fetch_add(&fixture->heard, 1);
}

struct mcpauth_logout_request request_of(struct fixture *fixture, const char *token)
{
	struct mcpauth_logout_request request = MCPAUTH_LOGOUT_REQUEST_INIT;
	request.token = token;
	request.client_id = LOGOUT_CLIENT;
	request.heard = hear;
	request.heard_user = fixture;
	request.wake = count_wake;
	request.user = fixture;
	return request;
}

enum mcpauth_code begin(struct fixture *fixture, const char *token,
	struct mcpauth_logout_wait **pending, struct mcpauth_error *err)
{
	struct mcpauth_logout_request request = request_of(fixture, token);
	*pending = (void *)fixture;
	enum mcpauth_code code = mcpauth_logout_start(fixture->auth, &request, pending, err);
	assert_true((code == MCPAUTH_PENDING) == (*pending != NULL));
	return code;
}

enum mcpauth_code try_text(struct fixture *fixture, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_logout_wait *pending;
	enum mcpauth_code code = begin(fixture, token, &pending, err);
	while (code == MCPAUTH_PENDING) {
		code = mcpauth_logout_resume(pending, err);
	}
	mcpauth_logout_free(pending);
	return code;
}

char *sign(const struct logout_token *token)
{
	struct logout_token full = *token;
	full.issuer = full.issuer != NULL ? full.issuer : FAKE_ISSUER;
	full.issued_at = full.issued_at != 0 ? full.issued_at : FAKE_NOW;
	return logout_token_sign(&full);
}

enum mcpauth_code try_token(
	struct fixture *fixture, const struct logout_token *token, struct mcpauth_error *err)
{
	char *text = sign(token);
	enum mcpauth_code code = try_text(fixture, text, err);
	free(text);
	return code;
}
