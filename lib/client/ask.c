/* Asks other servers, those alone that may be asked, until somebody calls it off. */
#include "client/ask.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/words.h"
#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is it the host of what the program configured? */
static enum mcpauth_code compare_host(const struct mcpauth__url *url, const char *configured,
	bool *is_same, struct mcpauth_error *err)
{
	struct mcpauth__url other = {0};
	if (configured == NULL || *is_same) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__url_parse(configured, &other, err);
	*is_same = code == MCPAUTH_OK && mcpauth__ascii_are_alike(url->host, other.host);
	mcpauth__url_finish(&other);
	return code;
}

/* A network of one's own has private addresses, but no plain http: there somebody else
 * could read along. */
static enum mcpauth_code judge(const struct mcpauth__asker *asker, const struct mcpauth__url *url,
	const struct mcpauth__url *from, bool *may_be_private, struct mcpauth_error *err)
{
	*may_be_private = (mcpauth__url_is_loopback(url) && mcpauth__url_is_loopback(from))
		|| (asker->allow_private_addresses && strcmp(url->scheme, "https") == 0);
	enum mcpauth_code code = compare_host(url, asker->server, may_be_private, err);
	return code == MCPAUTH_OK ? compare_host(url, asker->issuer, may_be_private, err) : code;
}

/* The host that the network thread is told as the one that named it: what came from the
 * same host may be private, so it is the URL's own where that is trusted, and else none
 * that there is. One that is no URL at all is refused there. */
static enum mcpauth_code choose_host(const struct mcpauth__asker *asker, const char *url,
	const char *learnt_from, char **host, struct mcpauth_error *err)
{
	struct mcpauth__url parts = {0};
	struct mcpauth__url from = {0};
	bool may_be_private = false;
	*host = NULL;
	enum mcpauth_code code = mcpauth__url_parse(learnt_from, &from, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__url_parse(url, &parts, err);
	}
	if (code == MCPAUTH_OK) {
		code = judge(asker, &parts, &from, &may_be_private, err);
	}
	if (code == MCPAUTH_OK) {
		*host = mcpauth__strdup(may_be_private ? parts.host : "");
		code = *host != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__url_finish(&parts);
	mcpauth__url_finish(&from);
	return code;
}

/* @param[out] host  caller frees
 * @return may it be asked? If not, the answer says why */
static bool prepare(const struct mcpauth__asker *asker, struct mcpauth__get *get, char **host,
	struct mcpauth__fetched *answer)
{
	struct mcpauth_error err;
	enum mcpauth_code code = MCPAUTH_OK;
	*host = NULL;
	if (asker->is_cancelled != NULL && atomic_load(asker->is_cancelled)) {
		code = mcpauth__fail(&err, MCPAUTH_E_CANCELLED, "given up before it was asked");
	} else if (get->learnt_from != NULL) {
		code = choose_host(asker, get->url, get->learnt_from, host, &err);
	}
	if (code == MCPAUTH_E_INVALID_URL) {
		code = MCPAUTH_E_ADDRESS_REFUSED;
		mcpauth__error_prefix(&err, "what another server named, or where it did");
	}
	*answer = (struct mcpauth__fetched){.code = code};
	if (code != MCPAUTH_OK) {
		snprintf(answer->message, sizeof answer->message, "%s", err.message);
	}
	get->learnt_from = *host;
	get->timeout_ms = asker->timeout_ms;
	return code == MCPAUTH_OK;
}

void mcpauth__ask_get(const struct mcpauth__asker *asker, const char *url, const char *learnt_from,
	struct mcpauth__fetched *answer)
{
	struct mcpauth__get get = {.url = url, .learnt_from = learnt_from};
	char *host;
	if (prepare(asker, &get, &host, answer)) {
		mcpauth__blocking_get(asker->worker, &get, answer);
	}
	free(host);
}

void mcpauth__ask_post(const struct mcpauth__asker *asker, const char *url, const char *learnt_from,
	const struct mcpauth__post *post, struct mcpauth__fetched *answer)
{
	struct mcpauth__post whole = *post;
	char *host;
	whole.to = (struct mcpauth__get){.url = url, .learnt_from = learnt_from};
	if (prepare(asker, &whole.to, &host, answer)) {
		mcpauth__blocking_post(asker->worker, &whole, answer);
	}
	free(host);
}

enum mcpauth_code mcpauth__ask_check_url(const struct mcpauth__asker *asker, const char *url,
	const char *what, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	enum mcpauth_code code = mcpauth__url_check(
		url, mcpauth__worker_allows_http(asker->worker), &why);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	return code == MCPAUTH_OK
		? code
		: mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "%s: %s", what, why.message);
}
