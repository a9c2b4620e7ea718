/* What lets the program in: the library's OAuth client around each message. */
#include "access.h"

#include "report.h"
#include "say.h"

#include <mcpauth/client_request.h>

#include <string.h>

/* Authorization, and DPoP. */
#define CREDENTIALS 2
#define CHALLENGES 8

static void on_step(enum mcpauth_client_step what, const char *detail, void *user)
{
	struct access *access = user;
	if (what != MCPAUTH_STEP_LOGIN) {
		person_is_back(&access->person);
	}
	report_step(what, detail);
}

static enum mcpauth_code on_login(
	struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct access *access = user;
	return person_login(&access->person, login, err);
}

/* At this level each of the library's own questions is a line. */
static void on_log(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	(void)code;
	(void)request;
	(void)user;
	if (level == MCPAUTH_LOG_DEBUG) {
		asked("%s", message);
	} else {
		note("%s", message);
	}
}

static enum mcpauth_code open_storage(const struct options *options,
	struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	if (options->tokens != NULL) {
		return mcpauth_token_storage_new_file(options->tokens, storage, err);
	}
	if (options->keyring) {
		return mcpauth_token_storage_new_keyring("mcpauth oauth-client", storage, err);
	}
	return mcpauth_token_storage_new_memory(storage, err);
}

static enum mcpauth_code make_client(
	struct access *access, struct mcpauth_token_storage *storage, struct mcpauth_error *err)
{
	const struct options *options = access->person.options;
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	config.server = options->url;
	config.issuer = options->issuer;
	config.client_id = options->client_id;
	config.client_secret = options->client_secret;
	config.client_metadata_url = options->client_metadata_url;
	config.client_name = "mcpauth oauth-client";
	config.scope = options->scope;
	config.redirect_uri = options->redirect_uri;
	config.allow_private_addresses = options->allow_private;
	config.storage = storage;
	config.login = on_login;
	config.step = on_step;
	config.user = access;
	return mcpauth_client_new(access->auth, &config, &access->client, err);
}

bool access_open(struct access *access, const struct options *options, struct lines *lines)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_token_storage *storage = NULL;
	struct mcpauth_error err = {0};
	*access = (struct access){.person = {.options = options, .lines = lines}};
	config.log = on_log;
	config.ca_file = options->ca_file;
	enum mcpauth_code code = mcpauth_new(&config, &access->auth, &err);
	if (code == MCPAUTH_OK) {
		code = open_storage(options, &storage, &err);
	}
	if (code == MCPAUTH_OK) {
		code = make_client(access, storage, &err);
	}
	mcpauth_token_storage_free(storage);
	return code == MCPAUTH_OK || report_failure(&err);
}

void access_close(struct access *access)
{
	mcpauth_client_free(access->client);
	mcpauth_free(access->auth);
	*access = (struct access){0};
}

static bool send_once(struct mcpauth_client_request *request, struct rpc *rpc,
	const struct call *call, struct answer *answer)
{
	struct text lines[CREDENTIALS] = {0};
	const char *list[CREDENTIALS + 1] = {NULL};
	const char *name = NULL;
	const char *value = NULL;
	for (size_t i = 0;
		i < CREDENTIALS && mcpauth_client_request_header_at(request, i, &name, &value);
		i++) {
		text_join(&lines[i], name, ": ", value, NULL);
		list[i] = text_string(&lines[i]);
	}
	rpc->credentials = list;
	bool ok = rpc_call(rpc, call, answer);
	rpc->credentials = NULL;
	for (size_t i = 0; i < CREDENTIALS; i++) {
		text_finish(&lines[i]);
	}
	return ok;
}

/* See what the answer means, which may take a login. */
static enum mcpauth_code judge(struct mcpauth_client_request *request, const struct answer *answer,
	struct mcpauth_error *err)
{
	struct text values[CHALLENGES] = {0};
	struct text nonce = {0};
	const char *challenges[CHALLENGES];
	struct mcpauth_client_answer told = MCPAUTH_CLIENT_ANSWER_INIT;
	told.status = (unsigned)answer->status;
	told.challenges = challenges;
	while (told.challenge_count < CHALLENGES
		&& answer_header(answer, "WWW-Authenticate", told.challenge_count,
			&values[told.challenge_count])) {
		const char *value = text_string(&values[told.challenge_count]);
		note("WWW-Authenticate: %s", value);
		challenges[told.challenge_count++] = value;
	}
	if (answer_header(answer, "DPoP-Nonce", 0, &nonce)) {
		told.dpop_nonce = text_string(&nonce);
	}
	enum mcpauth_code code = mcpauth_client_request_answered(request, &told, err);
	for (size_t i = 0; i < CHALLENGES; i++) {
		text_finish(&values[i]);
	}
	text_finish(&nonce);
	return code;
}

bool access_send(
	struct access *access, struct rpc *rpc, const struct call *call, struct answer *answer)
{
	struct mcpauth_client_request *request = NULL;
	struct mcpauth_error err = {0};
	bool is_answered = true;
	access->is_refused = false;
	enum mcpauth_code code = mcpauth_client_request_new(
		access->client, "POST", NULL, &request, &err);
	code = code == MCPAUTH_OK ? MCPAUTH_RETRY : code;
	while (code == MCPAUTH_RETRY && is_answered) {
		code = mcpauth_client_request_prepare(request, &err);
		if (code == MCPAUTH_OK) {
			is_answered = send_once(request, rpc, call, answer);
		}
		if (code == MCPAUTH_OK && is_answered) {
			code = judge(request, answer, &err);
			person_is_back(&access->person);
		}
		if (code == MCPAUTH_RETRY) {
			step("Asking %s again", rpc->url);
		}
	}
	mcpauth_client_request_free(request);
	if (code != MCPAUTH_OK) {
		access->is_refused = true;
		return report_failure(&err);
	}
	return is_answered;
}

/* The token of a request's credentials, unless it is of no use without a proof. */
static const char *bearer_token(const struct mcpauth_client_request *request)
{
	static const char scheme[] = "Bearer ";
	const char *name = NULL;
	const char *value = NULL;
	for (size_t i = 0; mcpauth_client_request_header_at(request, i, &name, &value); i++) {
		if (strcmp(name, "Authorization") == 0
			&& strncmp(value, scheme, strlen(scheme)) == 0) {
			return value + strlen(scheme);
		}
	}
	return NULL;
}

bool access_print_token(struct access *access)
{
	struct mcpauth_client_request *request = NULL;
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth_client_authorize(access->client, &err);
	person_is_back(&access->person);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_new(access->client, "GET", NULL, &request, &err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_prepare(request, &err);
	}
	const char *token = code == MCPAUTH_OK ? bearer_token(request) : NULL;
	bool ok = code == MCPAUTH_OK ? token != NULL || complain("there is no bearer token")
				     : report_failure(&err);
	if (ok) {
		print("%s", token);
	}
	mcpauth_client_request_free(request);
	access->is_refused = !ok;
	return ok;
}

bool access_log_out(struct access *access)
{
	struct mcpauth_error err = {0};
	if (mcpauth_client_logout(access->client, &err) != MCPAUTH_OK) {
		return report_failure(&err);
	}
	report_logout();
	return true;
}
