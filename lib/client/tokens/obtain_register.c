/* Being known to the issuer that is asked for a token: as before, or anew. */
#include "client/tokens/obtain_int.h"

#include "base/error_int.h"
#include "net/url.h"

#include <string.h>

static bool is_loopback(const char *uri)
{
	struct mcpauth__url url = {0};
	bool result = mcpauth__url_parse(uri, &url, NULL) == MCPAUTH_OK
		&& strcmp(url.scheme, "http") == 0 && mcpauth__url_is_loopback(&url);
	mcpauth__url_finish(&url);
	return result;
}

/* The port of before comes first: not every issuer lets a client come from another one
 * (RFC 8252 section 7.3 wants it to). */
enum mcpauth_code mcpauth__obtaining_listen(
	struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = &it->session->config;
	const struct mcpauth__registration *kept = mcpauth__credentials_find(
		&it->credentials, it->server.issuer);
	if (config->grant != MCPAUTH_GRANT_AUTHORIZATION_CODE
		|| (config->redirect_uri != NULL && !is_loopback(config->redirect_uri))) {
		return MCPAUTH_OK;
	}
	return mcpauth__listener_new(
		config->redirect_uri, kept != NULL ? kept->redirect_uri : NULL, &it->listener, err);
}

static const char *redirect_uri_of(const struct mcpauth__obtaining *it)
{
	return it->listener != NULL ? mcpauth__listener_redirect_uri(it->listener)
				    : it->session->config.redirect_uri;
}

struct mcpauth__applicant mcpauth__obtaining_applicant(const struct mcpauth__obtaining *it)
{
	return (struct mcpauth__applicant){
		.config = &it->session->config,
		.asker = &it->errand->asker,
		.server = &it->server,
		.redirect_uri = redirect_uri_of(it),
		.now = mcpauth__session_now(it->session),
	};
}

/* A client_id without an issuer beside it belongs to the first one it was used at: the
 * secret that goes with it is not for whomever the server names next. */
static enum mcpauth_code check_binding(
	const struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const char *client_id = it->session->config.client_id;
	for (size_t i = 0; client_id != NULL && i < it->credentials.registration_count; i++) {
		const struct mcpauth__registration *kept = &it->credentials.registrations[i];
		if (strcmp(kept->client_id, client_id) == 0
			&& strcmp(kept->issuer, it->server.issuer) != 0
			&& it->session->config.issuer == NULL) {
			return mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
				"the client_id was used at another issuer than the server names "
				"now: configure the issuer it is for");
		}
	}
	return MCPAUTH_OK;
}

static bool find_good(const struct mcpauth__credentials *credentials,
	const struct mcpauth__applicant *applicant, const struct mcpauth__registration **found)
{
	*found = mcpauth__credentials_find(credentials, applicant->server->issuer);
	return *found != NULL && mcpauth__registration_is_good(*found, applicant);
}

/* Of a client that was known before: is it still? */
static enum mcpauth_code take_good(struct mcpauth__obtaining *it,
	const struct mcpauth__credentials *credentials, bool *is_found, struct mcpauth_error *err)
{
	const struct mcpauth__registration *found;
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	*is_found = find_good(credentials, &applicant, &found);
	it->is_new_client = !*is_found;
	return !*is_found || mcpauth__registration_copy(&it->registration, found)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

static enum mcpauth_code get_new(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	return mcpauth__registration_get(&applicant, &it->registration, err);
}

/* Before the storage is held: whoever is told may take their time, in which others need it.
 * That another process registers meanwhile, or forgets, is seen only then. */
static void tell(const struct mcpauth__obtaining *it)
{
	const struct mcpauth__registration *found;
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	if (!find_good(&it->credentials, &applicant, &found)) {
		mcpauth__session_step(it->session, MCPAUTH_STEP_REGISTER, it->server.issuer);
	}
}

/* With the storage's text. */
static enum mcpauth_code keep_new(struct mcpauth__obtaining *it,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__registration copy = {0};
	bool good = mcpauth__registration_copy(&copy, &it->registration)
		&& mcpauth__credentials_put(credentials, &copy);
	mcpauth__registration_finish(&copy);
	return good ? mcpauth__session_keep(it->session, credentials, err)
		    : mcpauth__no_memory(err);
}

/* With the storage's text all the while: two processes do not both register. */
static enum mcpauth_code register_once(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	struct mcpauth__credentials credentials = {0};
	bool is_found;
	tell(it);
	enum mcpauth_code code = mcpauth__session_open(it->session, &credentials, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = take_good(it, &credentials, &is_found, err);
	if (code == MCPAUTH_OK && !is_found) {
		code = get_new(it, err);
		if (code == MCPAUTH_OK) {
			code = keep_new(it, &credentials, err);
		}
	}
	mcpauth__session_close(it->session);
	mcpauth__credentials_finish(&credentials);
	return code;
}

/* A person who is asked may take minutes, in which others need the storage. */
static enum mcpauth_code ask_program(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	struct mcpauth__credentials credentials = {0};
	bool is_found;
	enum mcpauth_code code = take_good(it, &it->credentials, &is_found, err);
	if (code != MCPAUTH_OK || is_found) {
		return code;
	}
	tell(it);
	code = get_new(it, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__session_open(it->session, &credentials, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = keep_new(it, &credentials, err);
	mcpauth__session_close(it->session);
	mcpauth__credentials_finish(&credentials);
	return code;
}

enum mcpauth_code mcpauth__obtaining_register(
	struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	enum mcpauth_code code;
	mcpauth__registration_finish(&it->registration);
	switch (mcpauth__registration_way(&applicant)) {
	case MCPAUTH__BY_CONFIGURATION:
	case MCPAUTH__BY_DOCUMENT:
		code = check_binding(it, err);
		return code == MCPAUTH_OK
			? mcpauth__registration_get(&applicant, &it->registration, err)
			: code;
	case MCPAUTH__BY_ASKING:
		return ask_program(it, err);
	case MCPAUTH__BY_REGISTRATION:
	case MCPAUTH__BY_NOTHING:
		break;
	}
	return register_once(it, err);
}

bool mcpauth__obtaining_forget_client(struct mcpauth__obtaining *it)
{
	struct mcpauth__credentials credentials = {0};
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	enum mcpauth__registration_way way = mcpauth__registration_way(&applicant);
	if (way != MCPAUTH__BY_REGISTRATION && way != MCPAUTH__BY_ASKING) {
		return false;
	}
	if (mcpauth__session_open(it->session, &credentials, NULL) != MCPAUTH_OK) {
		return false;
	}
	mcpauth__credentials_remove(&credentials, it->server.issuer);
	mcpauth__credentials_remove(&it->credentials, it->server.issuer);
	bool good = mcpauth__session_keep(it->session, &credentials, NULL) == MCPAUTH_OK;
	mcpauth__session_close(it->session);
	mcpauth__credentials_finish(&credentials);
	return good;
}
