/* Looking into a token: what verification says of it, and why. */
#include "verification_int.h"

#include "base/config.h"
#include "base/scopes.h"
#include "base/sleeper.h"
#include "net/wait.h"
#include "diagnosis/text.h"

#include <string.h>

const char *mcpauth_rule_name(enum mcpauth_rule rule)
{
	static const char *const names[MCPAUTH__RULE_COUNT] = {
		[MCPAUTH_RULE_FORM] = "form",
		[MCPAUTH_RULE_ISSUER] = "issuer",
		[MCPAUTH_RULE_ALGORITHM] = "algorithm",
		[MCPAUTH_RULE_CRITICAL_HEADER] = "critical_header",
		[MCPAUTH_RULE_KEY] = "key",
		[MCPAUTH_RULE_SIGNATURE] = "signature",
		[MCPAUTH_RULE_TYPE] = "type",
		[MCPAUTH_RULE_EXPIRY] = "expiry",
		[MCPAUTH_RULE_NOT_BEFORE] = "not_before",
		[MCPAUTH_RULE_AUDIENCE] = "audience",
		[MCPAUTH_RULE_CLAIMS] = "claims",
		[MCPAUTH_RULE_BINDING] = "binding",
		[MCPAUTH_RULE_ACTIVE] = "active",
		[MCPAUTH_RULE_PROGRAM] = "program",
		[MCPAUTH_RULE_SCOPES] = "scopes",
	};
	unsigned number = (unsigned)rule;
	return number > 0 && number < MCPAUTH__RULE_COUNT ? names[number] : "unknown";
}

typedef enum mcpauth_code (*look_fn)(
	struct mcpauth__diagnosis *diagnosis, struct mcpauth__waiter *waiter);

/* One look that may have to wait, and another one once it has. */
static enum mcpauth_code look_waiting(
	struct mcpauth__diagnosis *diagnosis, look_fn look, struct mcpauth__wait *waiting)
{
	enum mcpauth_code code = mcpauth__wait_begin(waiting, &diagnosis->why);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth__wait_settle(waiting, look(diagnosis, waiting->waiter));
	if (code != MCPAUTH_PENDING) {
		return code;
	}
	mcpauth__sleeper_sleep(waiting->user);
	mcpauth__wait_resume(waiting);
	code = look(diagnosis, NULL);
	return code == MCPAUTH_PENDING && mcpauth__wait_is_over(waiting)
		? mcpauth__fail(&diagnosis->why, MCPAUTH_E_TIMEOUT, "%s took too long",
			mcpauth__progress_awaited(&diagnosis->progress))
		: code;
}

static enum mcpauth_code look_until_told(
	const struct mcpauth *auth, struct mcpauth__diagnosis *diagnosis, look_fn look)
{
	struct mcpauth__sleeper sleeper;
	struct mcpauth__wait waiting;
	enum mcpauth_code code = look(diagnosis, NULL);
	if (code != MCPAUTH_PENDING) {
		return code;
	}
	mcpauth__sleeper_init(&sleeper);
	mcpauth__wait_init(&waiting, auth->runtime->worker, auth->runtime->deadline_ms,
		mcpauth__sleeper_wake, &sleeper);
	while (code == MCPAUTH_PENDING) {
		code = look_waiting(diagnosis, look, &waiting);
	}
	mcpauth__wait_finish(&waiting);
	mcpauth__sleeper_finish(&sleeper);
	return code;
}

static enum mcpauth_code verify(const struct mcpauth *auth, struct mcpauth__diagnosis *diagnosis)
{
	enum mcpauth_code code = look_until_told(auth, diagnosis, mcpauth__diagnosis_examine);
	if (code == MCPAUTH_OK) {
		code = mcpauth__verification_confirm(auth,
			mcpauth__identity_ref(diagnosis->identity), diagnosis->presented.token,
			&diagnosis->why);
	}
	return mcpauth__verification_count(auth, &diagnosis->progress, code);
}

static void tell(const struct mcpauth__diagnosis *diagnosis, mcpauth_ruling_fn found, void *user)
{
	for (unsigned i = 1; i < MCPAUTH__RULE_COUNT; i++) {
		enum mcpauth_rule rule = (enum mcpauth_rule)i;
		struct mcpauth__line line = {0};
		mcpauth__diagnosis_write_found(diagnosis, rule, &line);
		struct mcpauth_ruling ruling = {
			.rule = rule,
			.verdict = diagnosis->states[i].verdict,
			.code = diagnosis->states[i].why.code,
			.found = line.text,
			.advice = mcpauth__diagnosis_advice(diagnosis, rule),
		};
		found(&ruling, user);
	}
}

/* What is wrong with the token, and then whether it may do what is asked. */
static enum mcpauth_code sum_up(
	const struct mcpauth__diagnosis *diagnosis, struct mcpauth_error *err)
{
	const struct mcpauth__rule_state *scopes = &diagnosis->states[MCPAUTH_RULE_SCOPES];
	if (diagnosis->code != MCPAUTH_OK) {
		return mcpauth__fail(err, diagnosis->code, "%s", diagnosis->why.message);
	}
	return scopes->verdict == MCPAUTH_VERDICT_FAILED
		? mcpauth__fail(err, scopes->why.code, "%s", scopes->why.message)
		: MCPAUTH_OK;
}

/* The keys may be asked for after all, and what that comes to is another error. */
static void complete(const struct mcpauth *auth, struct mcpauth__diagnosis *diagnosis)
{
	struct mcpauth_error why = diagnosis->why;
	if (diagnosis->needs_keys) {
		mcpauth__diagnosis_note_keys(
			diagnosis, look_until_told(auth, diagnosis, mcpauth__diagnosis_ask_keys));
		diagnosis->why = why;
	}
}

static enum mcpauth_code diagnose(const struct mcpauth *auth, struct mcpauth__diagnosis *diagnosis,
	mcpauth_ruling_fn found, void *user, struct mcpauth_error *err)
{
	enum mcpauth_code code = verify(auth, diagnosis);
	/* The program is short of something, and nothing is said of the token. */
	if (code != MCPAUTH_OK && code < MCPAUTH_E_UNREACHABLE) {
		return mcpauth__fail(err, code, "%s", diagnosis->why.message);
	}
	if (!mcpauth__diagnosis_judge(diagnosis, code)) {
		return mcpauth__no_memory(err);
	}
	complete(auth, diagnosis);
	if (diagnosis->states[MCPAUTH_RULE_KEY].why.code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	tell(diagnosis, found, user);
	return sum_up(diagnosis, err);
}

static enum mcpauth_code read_request(struct mcpauth_diagnosis_request *read,
	const struct mcpauth_diagnosis_request *request, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__config_read(read, sizeof *read, request, err);
	if (code == MCPAUTH_OK && read->token == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "a token is needed");
	}
	if (code == MCPAUTH_OK && !mcpauth__scopes_are_valid(read->scopes)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a scope has a character that none may have");
	}
	return code;
}

enum mcpauth_code mcpauth_diagnose(struct mcpauth *auth,
	const struct mcpauth_diagnosis_request *request, mcpauth_ruling_fn found, void *user,
	struct mcpauth_error *err)
{
	struct mcpauth_diagnosis_request read;
	struct mcpauth__resource *resource;
	mcpauth__set_in_use(auth);
	enum mcpauth_code code = read_request(&read, request, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__need_resource(auth, read.resource, &resource, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__diagnosis diagnosis = {
		.verifier = auth->runtime->verifier,
		.presented = {.trust = &resource->trust,
			.token = read.token,
			.length = strlen(read.token)},
		.scopes = read.scopes,
		.asks_revoked = auth->runtime->revoked != NULL,
	};
	diagnosis.verifier.cache = NULL;
	diagnosis.verifier.refused = NULL;
	diagnosis.verifier.macs = NULL;
	diagnosis.verifier.cache_ms = 0;
	diagnosis.presented.progress = &diagnosis.progress;
	code = diagnose(auth, &diagnosis, found, user, err);
	mcpauth__diagnosis_finish(&diagnosis);
	return code;
}
