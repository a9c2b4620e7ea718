/* Logout tokens: verified without blocking, taken once, and what is remembered forgotten. */
#include "auth_int.h"

#include "base/buf.h"
#include "base/config.h"
#include "net/store_call.h"
#include "net/wait.h"
#include "token/logout_token.h"
#include "endpoint/store_key.h"

#include <stdlib.h>
#include <string.h>

struct mcpauth_logout_wait {
	struct mcpauth *auth;
	struct mcpauth__issuer *issuer;
	struct mcpauth__wait waiting;
	mcpauth_logout_fn heard;
	void *heard_user;
	struct mcpauth__jws jws; /* borrows the token */
	const char *named;       /* `iss`; this and the claims lie in `jws` */
	struct mcpauth__logout_claims claims;
	int64_t now; /* when they were judged, seconds since 1970 */
	/* Whether its name was in the store; NULL: not asked yet, or there is none. */
	struct mcpauth__store_call *naming;
	bool is_genuine; /* so its signature need not be looked at again */
	bool is_taken;   /* for good, with all that follows */
	char token[];
};

static enum mcpauth_code read_request(struct mcpauth_logout_request *read,
	const struct mcpauth_logout_request *request, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__config_read(read, sizeof *read, request, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (read->token == NULL || read->wake == NULL || read->client_id == NULL
		|| *read->client_id == '\0') {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "token, client_id and wake are needed");
	}
	return mcpauth__jws_check_shape(read->token, strlen(read->token), err);
}

static struct mcpauth_logout_wait *make(
	struct mcpauth *auth, const struct mcpauth_logout_request *request)
{
	size_t length = strlen(request->token);
	struct mcpauth_logout_wait *made = calloc(1, sizeof *made + length + 1);
	if (made == NULL) {
		return NULL;
	}
	made->auth = auth;
	made->heard = request->heard;
	made->heard_user = request->heard_user;
	mcpauth__wait_init(&made->waiting, auth->runtime->worker, auth->runtime->deadline_ms,
		request->wake, request->user);
	made->now = mcpauth__clock_real(&auth->runtime->clock);
	memcpy(made->token, request->token, length);
	return made;
}

/* Any of the program's issuers may say it, whichever resources believe it. */
static enum mcpauth_code find_issuer(struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	wait->named = mcpauth__json_string(wait->jws.payload, "iss");
	if (wait->named != NULL) {
		wait->issuer = mcpauth__lookup_find(
			&wait->auth->issuers_by_value, wait->named, strlen(wait->named));
	}
	return wait->issuer != NULL
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_UNTRUSTED_ISSUER, "iss is none of the issuers");
}

static enum mcpauth_code check_algorithm(
	const struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	unsigned bit = MCPAUTH__ALGORITHM_BIT(wait->jws.algorithm);
	return (mcpauth__issuer_algorithms(wait->issuer) & bit) != 0
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_ALGORITHM, "alg is not accepted from this issuer");
}

/* Nothing here is proved yet, so it may refuse, never accept. */
static enum mcpauth_code read_token(
	struct mcpauth_logout_wait *wait, const char *client_id, struct mcpauth_error *err)
{
	const struct mcpauth__runtime *runtime = wait->auth->runtime;
	const struct mcpauth__logout_rules rules = {
		.client_id = client_id,
		.now = wait->now,
		.tolerance = runtime->verifier.tolerance,
	};
	enum mcpauth_code code = mcpauth__jws_parse(
		wait->token, strlen(wait->token), &wait->jws, err);
	if (code == MCPAUTH_OK) {
		code = find_issuer(wait, err);
	}
	if (code == MCPAUTH_OK) {
		code = check_algorithm(wait, err);
	}
	return code == MCPAUTH_OK
		? mcpauth__logout_token_check(&wait->jws, &rules, &wait->claims, err)
		: code;
}

static enum mcpauth_code verify(
	struct mcpauth_logout_wait *wait, struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	uint64_t generation;
	if (wait->is_genuine) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__key_source_verify(
		mcpauth__issuer_key_source(wait->issuer), &wait->jws, waiter, &generation, err);
	wait->is_genuine = code == MCPAUTH_OK;
	return code;
}

/* Its access tokens may say another `iss` than its logout tokens: an issuer that is
 * accepted by several values logs out under all of them. */
static size_t forget_named(const struct mcpauth_logout_wait *wait, const char *name,
	size_t (*forget_one)(struct mcpauth *auth, const char *issuer, const char *name))
{
	const struct mcpauth__words *accepted = mcpauth__issuer_accepted(wait->issuer);
	size_t count = name == NULL
		? 0
		: forget_one(wait->auth, mcpauth__issuer_identifier(wait->issuer), name);
	for (size_t i = 0; name != NULL && i < accepted->count; i++) {
		count += forget_one(wait->auth, accepted->items[i], name);
	}
	return count;
}

/* Section 2.7. Not every token says of which session it is: if none is remembered by
 * it, all of the subject's are asked about again, which does no harm. */
static void forget(const struct mcpauth_logout_wait *wait)
{
	if (forget_named(wait, wait->claims.session, mcpauth_forget_session) == 0) {
		forget_named(wait, wait->claims.subject, mcpauth_forget_subject);
	}
}

static void tell(const struct mcpauth_logout_wait *wait)
{
	struct mcpauth_logout logout = MCPAUTH_LOGOUT_INIT;
	logout.issuer = wait->named;
	logout.subject = wait->claims.subject;
	logout.session = wait->claims.session;
	if (wait->heard != NULL) {
		wait->heard(&logout, wait->heard_user);
	}
}

/* An issuer names its own tokens, so two of them may use the same name.
 * @return false without memory, or if it cannot be hashed */
static bool hash_name(const struct mcpauth_logout_wait *wait, unsigned char *digest)
{
	struct mcpauth__buf name = {0};
	bool good = mcpauth__buf_append(&name, wait->named, strlen(wait->named) + 1)
		&& mcpauth__buf_puts(&name, wait->claims.id)
		&& mcpauth__sha256(name.data, name.length, digest);
	mcpauth__buf_finish(&name);
	return good;
}

static enum mcpauth_code refuse_repeated(struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_REPLAYED, "a logout token counts once");
}

/* As of the time at which it was young enough, or one that grew too old while it waited
 * would count again. */
static enum mcpauth_code add_own_name(struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	if (!hash_name(wait, digest)) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__seen_add(wait->auth->runtime->seen, digest, wait->now, wait->claims.until)
		? MCPAUTH_OK
		: refuse_repeated(err);
}

/* By another machine's clock the token may be young enough for a little longer. */
static unsigned naming_seconds(const struct mcpauth_logout_wait *wait)
{
	int64_t seconds = wait->claims.until - wait->now + wait->auth->runtime->verifier.tolerance;
	return seconds > 1 ? (unsigned)seconds : 1;
}

static enum mcpauth_code begin_naming(struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	struct mcpauth__store_key key = {0};
	const struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_ADD,
		.key = key.text,
		.value = "1",
		.length = 1,
		.seconds = naming_seconds(wait),
	};
	return mcpauth__store_key_of_jti(&key, wait->named, wait->claims.id)
		? mcpauth__store_call_begin(
			wait->auth->runtime->store, &question, &wait->naming, err)
		: mcpauth__no_memory(err);
}

/* What it says is true, also the second time: so it is forgotten first. Whoever is told
 * that the store failed, though it has the name now, is not heard again. */
static enum mcpauth_code add_shared_name(
	struct mcpauth_logout_wait *wait, struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	enum mcpauth_store_outcome outcome = MCPAUTH_STORE_FAILED;
	enum mcpauth_code code = MCPAUTH_OK;
	if (wait->naming == NULL) {
		forget(wait);
		code = begin_naming(wait, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__store_call_result(wait->naming, waiter, &outcome, err);
	}
	return code == MCPAUTH_OK && outcome == MCPAUTH_STORE_EXISTS ? refuse_repeated(err) : code;
}

/* Was it seen before? Without a store that is known at once. */
static enum mcpauth_code add_name(
	struct mcpauth_logout_wait *wait, struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	if (mcpauth__shared_store_is_there(wait->auth->runtime->store)) {
		return add_shared_name(wait, waiter, err);
	}
	enum mcpauth_code code = add_own_name(wait, err);
	if (code == MCPAUTH_OK) {
		forget(wait);
	}
	return code;
}

/* A look that is dropped, since the deadline came first, leaves it to the next one to
 * say that it was taken. */
static enum mcpauth_code take(
	struct mcpauth_logout_wait *wait, struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	if (wait->is_taken) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = add_name(wait, waiter, err);
	if (code == MCPAUTH_OK) {
		wait->is_taken = true;
		tell(wait);
	}
	return code;
}

static enum mcpauth_code look(
	struct mcpauth_logout_wait *wait, struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	enum mcpauth_code code = verify(wait, waiter, err);
	return code == MCPAUTH_OK ? take(wait, waiter, err) : code;
}

/* One look that may have to wait. */
static enum mcpauth_code look_waiting(struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__wait_begin(&wait->waiting, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = look(wait, wait->waiting.waiter, err);
	return mcpauth__wait_settle(&wait->waiting, code);
}

/* What is there needs no place among those who wait. */
static enum mcpauth_code decide(struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	enum mcpauth_code code = look(wait, NULL, err);
	if (code != MCPAUTH_PENDING) {
		return code;
	}
	return mcpauth__wait_is_over(&wait->waiting) ? mcpauth__fail(err, MCPAUTH_E_TIMEOUT,
		       "%s took too long", wait->naming != NULL ? "the store" : "the issuer")
						     : look_waiting(wait, err);
}

/* A key that fails is forgiven if a newer one fits: only what the whole came to is
 * the caller's. */
static enum mcpauth_code settle(
	enum mcpauth_code code, const struct mcpauth_error *why, struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK && code != MCPAUTH_PENDING && err != NULL) {
		*err = *why;
	}
	return code;
}

enum mcpauth_code mcpauth_logout_start(struct mcpauth *auth,
	const struct mcpauth_logout_request *request, struct mcpauth_logout_wait **pending,
	struct mcpauth_error *err)
{
	struct mcpauth_logout_request read;
	struct mcpauth_error why;
	mcpauth__set_in_use(auth);
	*pending = NULL;
	enum mcpauth_code code = read_request(&read, request, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth_logout_wait *made = make(auth, &read);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	code = read_token(made, read.client_id, &why);
	if (code == MCPAUTH_OK) {
		code = decide(made, &why);
	}
	if (code == MCPAUTH_PENDING) {
		*pending = made;
		return code;
	}
	mcpauth_logout_free(made);
	return settle(code, &why, err);
}

enum mcpauth_code mcpauth_logout_resume(struct mcpauth_logout_wait *wait, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	mcpauth__wait_resume(&wait->waiting);
	enum mcpauth_code code = decide(wait, &why);
	return settle(code, &why, err);
}

void mcpauth_logout_free(struct mcpauth_logout_wait *wait)
{
	if (wait == NULL) {
		return;
	}
	mcpauth__wait_finish(&wait->waiting);
	mcpauth__store_call_free(wait->naming);
	mcpauth__jws_finish(&wait->jws);
	free(wait);
}
