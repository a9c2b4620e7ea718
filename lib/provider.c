/* Looking at an authorization server before any token of its comes. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/json.h"
#include "jose/jwks.h"
#include "metadata/server_checks.h"
#include "metadata/server_discovery.h"
#include "net/blocking.h"

#include <stdlib.h>
#include <string.h>

/* One look at one server. */
struct look {
	struct mcpauth *auth;
	const struct mcpauth_issuer_config *config;
	struct mcpauth__findings *findings;
	cJSON *document;
	char *learnt_from; /* host of the fetched document; NULL: it was given by hand */
};

/* What an answer means for the question of fitness. */
enum outcome {
	GOOD,
	MISSING, /* it is not here */
	USELESS, /* it is here, and will be of no use tomorrow either */
	UNKNOWN  /* ask again later */
};

static enum outcome outcome_of(const struct mcpauth__fetched *answer)
{
	if (answer->code == MCPAUTH_E_TOO_LARGE || answer->code == MCPAUTH_E_ADDRESS_REFUSED) {
		return USELESS;
	}
	if (answer->code != MCPAUTH_OK || answer->status >= 500 || answer->status == 408
		|| answer->status == 429) {
		return UNKNOWN;
	}
	if (answer->status == 200) {
		return GOOD;
	}
	return answer->status / 100 == 4 ? MISSING : USELESS;
}

/* Why nothing can be said; `what` was asked for. */
static enum mcpauth_code unknown(
	const struct mcpauth__fetched *answer, const char *what, struct mcpauth_error *err)
{
	enum mcpauth_code code = answer->code != MCPAUTH_OK ? answer->code : MCPAUTH_E_HTTP_STATUS;
	mcpauth__fail(err, code, "%s", answer->message);
	mcpauth__error_prefix(err, what);
	return code;
}

/* Ask one place after the other until one has something else to say than that
 * it is not there. answer.status stays 0 if there is no place at all. */
static enum mcpauth_code ask_for_metadata(
	const struct look *look, struct mcpauth__fetched *answer, struct mcpauth_error *err)
{
	const struct mcpauth__clock *clock = &look->auth->runtime->clock;
	int64_t most = look->auth->runtime->deadline_ms;
	int64_t until = mcpauth__clock_monotonic(clock) + 2 * most;
	char *url;
	*answer = (struct mcpauth__fetched){0};
	for (unsigned attempt = 0;; attempt++) {
		enum mcpauth_code code = mcpauth__server_locate(look->config, attempt, &url, err);
		if (code != MCPAUTH_OK || url == NULL) {
			return code;
		}
		int64_t left = until - mcpauth__clock_monotonic(clock);
		struct mcpauth__get get = {
			.url = url,
			.timeout_ms = (unsigned)(left > most ? most
					: left > 0           ? left
							     : 1),
		};
		mcpauth__fetched_finish(answer);
		mcpauth__blocking_get(look->auth->runtime->worker, &get, answer);
		free(url);
		if (outcome_of(answer) != MISSING) {
			return MCPAUTH_OK;
		}
	}
}

/* Into look->document, once the program's transpile function has seen it. */
static enum mcpauth_code read_text(
	struct look *look, const char *text, size_t length, struct mcpauth_error *err)
{
	char *changed;
	enum mcpauth_code code = mcpauth__server_transpile(
		look->config, &text, &length, &changed, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__json_parse_object(text, length, &look->document, err);
	}
	free(changed);
	return code;
}

static enum mcpauth_code read_document(
	struct look *look, const char *text, size_t length, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	enum mcpauth_code code = read_text(look, text, length, &why);
	if (code == MCPAUTH_E_INVALID_JSON) {
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_METADATA,
			MCPAUTH_SEVERITY_ERROR,
			"the document is of no use: %.80s; have the server answer with one JSON "
			"object (RFC 8414 section 3.2)",
			why.message);
		return MCPAUTH_OK;
	}
	return code == MCPAUTH_OK ? code : mcpauth__fail(err, code, "%s", why.message);
}

/* look->document stays NULL if there is none, and what is to be said of that is
 * then said. */
static enum mcpauth_code find_document(struct look *look, struct mcpauth_error *err)
{
	struct mcpauth__fetched answer;
	enum mcpauth_code code = ask_for_metadata(look, &answer, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	switch (outcome_of(&answer)) {
	case GOOD:
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_METADATA_FOUND,
			MCPAUTH_SEVERITY_PASSED, "%s", answer.message);
		code = mcpauth__server_host(look->config, &look->learnt_from, err);
		if (code == MCPAUTH_OK) {
			code = read_document(look, answer.body.data, answer.body.length, err);
		}
		break;
	case MISSING:
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_METADATA_FOUND,
			MCPAUTH_SEVERITY_ERROR,
			"%.170s; nothing there or wherever else it is looked for; correct the "
			"issuer, or configure its metadata_url",
			answer.message);
		break;
	case USELESS:
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_METADATA_FOUND,
			MCPAUTH_SEVERITY_ERROR, "%.170s%s; have it answer 200 with the metadata",
			answer.message,
			answer.status / 100 == 3 ? ", and redirects are not followed" : "");
		break;
	case UNKNOWN:
		code = unknown(&answer, "metadata", err);
		break;
	}
out:
	mcpauth__fetched_finish(&answer);
	return code;
}

static enum mcpauth_code check_document(struct look *look, struct mcpauth_error *err)
{
	const struct mcpauth_issuer_config *config = look->config;
	struct mcpauth__server_question question = {
		.issuer = config->issuer,
		.allow_http = look->auth->runtime->insecure_allow_http,
		.has_keys = config->jwks_uri != NULL || config->jwks != NULL,
	};
	enum mcpauth_code code = mcpauth__server_checks(look->document, &question, look->findings);
	return code == MCPAUTH_OK ? code : mcpauth__no_memory(err);
}

static enum mcpauth_code read_keys(
	struct look *look, const char *text, size_t length, struct mcpauth_error *err)
{
	struct mcpauth__jwks *set;
	struct mcpauth_error why;
	enum mcpauth_code code = mcpauth__jwks_parse(text, length, &set, &why);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_ERROR,
			"the keys are of no use: %.80s; have jwks_uri answer with a JWK set "
			"(RFC 7517 section 5)",
			why.message);
		return MCPAUTH_OK;
	}
	size_t usable = mcpauth__jwks_count(set);
	size_t skipped = mcpauth__jwks_skipped(set);
	if (usable > 0) {
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_PASSED,
			"usable keys: %zu, passed over: %zu", usable, skipped);
	} else {
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_ERROR,
			"usable keys: 0, passed over: %zu; have the server sign with RSA of 2048 "
			"bits or more, with P-256, P-384 or P-521, or with Ed25519",
			skipped);
	}
	mcpauth__jwks_free(set);
	return MCPAUTH_OK;
}

static enum mcpauth_code check_keys(struct look *look, struct mcpauth_error *err)
{
	struct mcpauth__fetched answer;
	const char *configured = look->config->jwks_uri;
	struct mcpauth__get get = {
		.url = configured != NULL ? configured
					  : mcpauth__json_string(look->document, "jwks_uri"),
		.learnt_from = configured != NULL ? NULL : look->learnt_from,
		.timeout_ms = (unsigned)look->auth->runtime->deadline_ms,
	};
	if (look->config->jwks != NULL) {
		return read_keys(look, look->config->jwks, strlen(look->config->jwks), err);
	}
	if (get.url == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = MCPAUTH_OK;
	mcpauth__blocking_get(look->auth->runtime->worker, &get, &answer);
	switch (outcome_of(&answer)) {
	case GOOD:
		code = read_keys(look, answer.body.data, answer.body.length, err);
		break;
	case MISSING:
	case USELESS:
		mcpauth__findings_add(look->findings, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_ERROR,
			"%.200s; have jwks_uri answer 200 with keys", answer.message);
		break;
	case UNKNOWN:
		code = unknown(&answer, "keys", err);
		break;
	}
	mcpauth__fetched_finish(&answer);
	return code;
}

static enum mcpauth_code read_by_hand(struct look *look, struct mcpauth_error *err)
{
	const struct mcpauth_issuer_config *config = look->config;
	char *text = NULL;
	enum mcpauth_code code = MCPAUTH_OK;
	if (config->metadata != NULL) {
		return read_document(look, config->metadata, strlen(config->metadata), err);
	}
	code = mcpauth__server_metadata_write(config->issuer, config->server_metadata, &text, err);
	if (code == MCPAUTH_OK) {
		code = read_document(look, text, strlen(text), err);
	}
	free(text);
	return code;
}

static enum mcpauth_code look_at(struct look *look, struct mcpauth_error *err)
{
	const struct mcpauth_issuer_config *config = look->config;
	bool by_hand = config->metadata != NULL || config->server_metadata != NULL;
	enum mcpauth_code code = by_hand ? read_by_hand(look, err) : find_document(look, err);
	if (code == MCPAUTH_OK && look->document != NULL) {
		code = check_document(look, err);
	}
	return code == MCPAUTH_OK ? check_keys(look, err) : code;
}

enum mcpauth_code mcpauth_check_metadata(const char *issuer, const char *metadata,
	mcpauth_finding_fn found, void *user, struct mcpauth_error *err)
{
	struct mcpauth__findings findings = {.found = found, .user = user, .err = err};
	struct mcpauth__server_question question = {.issuer = issuer};
	struct mcpauth_issuer_config config = {0};
	struct look look = {.config = &config, .findings = &findings};
	if (metadata == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no metadata is given");
	}
	enum mcpauth_code code = read_document(&look, metadata, strlen(metadata), err);
	if (code == MCPAUTH_OK && look.document != NULL) {
		code = mcpauth__server_checks(look.document, &question, &findings);
	}
	cJSON_Delete(look.document);
	if (code != MCPAUTH_OK) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__findings_code(&findings);
}

enum mcpauth_code mcpauth_check_provider(struct mcpauth *auth,
	const struct mcpauth_issuer_config *issuer, mcpauth_finding_fn found, void *user,
	struct mcpauth_error *err)
{
	struct mcpauth_issuer_config config;
	struct mcpauth_error unfit;
	struct mcpauth__findings findings = {.found = found, .user = user, .err = &unfit};
	struct look look = {.auth = auth, .config = &config, .findings = &findings};
	enum mcpauth_code code = mcpauth__config_read(&config, sizeof config, issuer, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__issuer_config_check(auth, &config, err);
	}
	if (code == MCPAUTH_OK) {
		code = look_at(&look, err);
	}
	cJSON_Delete(look.document);
	free(look.learnt_from);
	/* What else could not be told makes an error no better. */
	if ((code == MCPAUTH_OK || code / 100 == 2) && findings.errors != 0) {
		return mcpauth__fail(err, MCPAUTH_E_UNFIT_PROVIDER, "%s", unfit.message);
	}
	return code;
}
