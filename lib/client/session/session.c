/* What a client holds of tokens, the turns in which it is changed, and the storage behind. */
#include "client/session/session.h"

#include "base/array.h"
#include "base/error_int.h"
#include "base/words.h"
#include "client/config.h"
#include "client/storage/token_storage_int.h"

#include <mcpauth/login.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mcpauth_code mcpauth__session_new(const struct mcpauth__session_parts *parts,
	struct mcpauth__session **session, struct mcpauth_error *err)
{
	*session = NULL;
	struct mcpauth__session *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->turn_changed, NULL);
	made->worker = parts->worker;
	made->clock = parts->clock;
	made->log = parts->log;
	enum mcpauth_code code = mcpauth__client_config_copy(&made->config, parts->config)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
	if (code == MCPAUTH_OK && parts->config->storage != NULL) {
		made->storage = mcpauth_token_storage_ref(parts->config->storage);
	} else if (code == MCPAUTH_OK) {
		code = mcpauth_token_storage_new_memory(&made->storage, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__session_free(made);
		return code;
	}
	*session = made;
	return MCPAUTH_OK;
}

void mcpauth__session_free(struct mcpauth__session *session)
{
	if (session == NULL) {
		return;
	}
	mcpauth__credentials_finish(&session->credentials);
	mcpauth__dpop_free(session->dpop);
	for (size_t i = 0; i < session->former_count; i++) {
		mcpauth__dpop_free(session->former[i]);
	}
	free(session->former);
	mcpauth_token_storage_free(session->storage);
	mcpauth__client_config_finish(&session->config);
	mcpauth__enterprise_config_finish(&session->enterprise);
	pthread_cond_destroy(&session->turn_changed);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

void mcpauth__errand_init(struct mcpauth__errand *errand, struct mcpauth__session *session)
{
	errand->session = session;
	errand->login = NULL;
	mcpauth__errand_begin(errand);
	atomic_init(&errand->is_cancelled, false);
	errand->asker = (struct mcpauth__asker){
		.worker = session->worker,
		.timeout_ms = session->config.timeout_ms,
		.allow_private_addresses = session->config.allow_private_addresses,
		.server = session->config.server,
		.issuer = session->config.issuer,
		.is_cancelled = &errand->is_cancelled,
	};
}

void mcpauth__errand_begin(struct mcpauth__errand *errand)
{
	struct mcpauth__session *session = errand->session;
	pthread_mutex_lock(&session->lock);
	errand->obtained = session->obtained;
	errand->declined = session->declined;
	pthread_mutex_unlock(&session->lock);
}

void mcpauth__errand_cancel(struct mcpauth__errand *errand)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth_login *login = NULL;
	pthread_mutex_lock(&session->lock);
	atomic_store(&errand->is_cancelled, true);
	if (errand->login != NULL) {
		login = mcpauth_login_ref(errand->login);
	}
	pthread_cond_broadcast(&session->turn_changed);
	pthread_mutex_unlock(&session->lock);
	if (login != NULL) {
		mcpauth_login_cancel(login);
		mcpauth_login_free(login);
	}
}

enum mcpauth_code mcpauth__session_take_turn(
	struct mcpauth__errand *errand, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	pthread_mutex_lock(&session->lock);
	/* A callback of the program's that calls its own client would wait for itself, and so
	 * would a storage's that calls another client of the same server. */
	bool is_within = (session->has_turn && pthread_equal(session->turn_of, pthread_self()))
		|| mcpauth__token_storage_is_within(session->storage, session->config.server);
	while (session->has_turn && !is_within && !atomic_load(&errand->is_cancelled)) {
		pthread_cond_wait(&session->turn_changed, &session->lock);
	}
	bool is_mine = !is_within && !atomic_load(&errand->is_cancelled);
	if (is_mine) {
		session->has_turn = true;
		session->turn_of = pthread_self();
	}
	pthread_mutex_unlock(&session->lock);
	if (is_within) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"the client is called from within a callback of its own");
	}
	return is_mine ? MCPAUTH_OK
		       : mcpauth__fail(err, MCPAUTH_E_CANCELLED, "the request was given up");
}

enum mcpauth_code mcpauth__errand_set_login(
	struct mcpauth__errand *errand, struct mcpauth_login *login, struct mcpauth_error *err)
{
	pthread_mutex_lock(&errand->session->lock);
	bool is_cancelled = atomic_load(&errand->is_cancelled);
	errand->login = is_cancelled ? NULL : login;
	pthread_mutex_unlock(&errand->session->lock);
	return is_cancelled ? mcpauth__fail(err, MCPAUTH_E_CANCELLED, "the request was given up")
			    : MCPAUTH_OK;
}

void mcpauth__errand_clear_login(struct mcpauth__errand *errand)
{
	pthread_mutex_lock(&errand->session->lock);
	errand->login = NULL;
	pthread_mutex_unlock(&errand->session->lock);
}

void mcpauth__session_end_turn(struct mcpauth__session *session)
{
	pthread_mutex_lock(&session->lock);
	session->has_turn = false;
	pthread_cond_broadcast(&session->turn_changed);
	pthread_mutex_unlock(&session->lock);
}

void mcpauth__session_count_obtained(struct mcpauth__session *session)
{
	pthread_mutex_lock(&session->lock);
	session->obtained++;
	pthread_mutex_unlock(&session->lock);
}

bool mcpauth__session_has_obtained(const struct mcpauth__errand *errand)
{
	struct mcpauth__session *session = errand->session;
	pthread_mutex_lock(&session->lock);
	bool has_obtained = errand->obtained != session->obtained;
	pthread_mutex_unlock(&session->lock);
	return has_obtained;
}

void mcpauth__session_decline(
	struct mcpauth__session *session, enum mcpauth_code code, const char *message)
{
	pthread_mutex_lock(&session->lock);
	session->declined++;
	mcpauth__fail_as(&session->why_declined, code, message);
	pthread_mutex_unlock(&session->lock);
}

enum mcpauth_code mcpauth__session_check_declined(
	const struct mcpauth__errand *errand, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	pthread_mutex_lock(&session->lock);
	bool was_declined = errand->declined != session->declined;
	struct mcpauth_error why = session->why_declined;
	pthread_mutex_unlock(&session->lock);
	return was_declined ? mcpauth__fail_as(err, why.code, why.message) : MCPAUTH_OK;
}

void mcpauth__session_give_up(struct mcpauth__session *session, bool is_given_up)
{
	pthread_mutex_lock(&session->lock);
	session->given_up_at = is_given_up ? mcpauth__session_now(session) : 0;
	pthread_mutex_unlock(&session->lock);
}

bool mcpauth__session_has_given_up(struct mcpauth__session *session)
{
	pthread_mutex_lock(&session->lock);
	int64_t since = mcpauth__session_now(session) - session->given_up_at;
	pthread_mutex_unlock(&session->lock);
	return since >= 0 && since < MCPAUTH__PAUSE_SECONDS;
}

void mcpauth__session_note_refresh(struct mcpauth__session *session, bool is_failed)
{
	atomic_store(&session->refresh_failed_at, is_failed ? mcpauth__session_now(session) : 0);
	atomic_fetch_add(&session->refresh_failures, is_failed ? 1 : 0);
}

unsigned mcpauth__session_refresh_failures(const struct mcpauth__session *session)
{
	return atomic_load(&session->refresh_failures);
}

enum mcpauth_code mcpauth__session_load(struct mcpauth__session *session, struct mcpauth_error *err)
{
	struct mcpauth__credentials read = {0};
	pthread_mutex_lock(&session->lock);
	bool is_loaded = session->is_loaded;
	pthread_mutex_unlock(&session->lock);
	if (is_loaded) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__token_storage_load(
		session->storage, session->config.server, &read, err);
	if (code == MCPAUTH_OK) {
		/* Whoever was quicker may have got newer ones since. */
		pthread_mutex_lock(&session->lock);
		if (!session->is_loaded) {
			struct mcpauth__credentials old = session->credentials;
			session->credentials = read;
			session->is_loaded = true;
			read = old;
		}
		pthread_mutex_unlock(&session->lock);
	}
	mcpauth__credentials_finish(&read);
	return code;
}

enum mcpauth_code mcpauth__session_tokens(
	struct mcpauth__session *session, struct mcpauth__tokens *tokens, struct mcpauth_error *err)
{
	pthread_mutex_lock(&session->lock);
	bool good = mcpauth__tokens_copy(tokens, &session->credentials.tokens);
	pthread_mutex_unlock(&session->lock);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

/* Half of a short lifetime at least is made use of, and all of it while the issuer could not
 * be asked a moment ago. */
static bool is_about_to_expire(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens)
{
	int64_t now = mcpauth__session_now(session);
	int64_t half = (tokens->expires_at - tokens->issued_at) / 2;
	int64_t since = now - atomic_load(&session->refresh_failed_at);
	bool is_pause = since >= 0 && since < MCPAUTH__REFRESH_PAUSE_SECONDS;
	int64_t ahead = is_pause ? 0 : session->config.refresh_ahead;
	return tokens->expires_at != 0 && tokens->expires_at - (ahead < half ? ahead : half) <= now;
}

/* What was kept may be of another configuration. */
bool mcpauth__session_takes(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens)
{
	const struct mcpauth_client_config *config = &session->config;
	enum mcpauth_client_dpop unwanted = tokens->is_dpop ? MCPAUTH_DPOP_NEVER
							    : MCPAUTH_DPOP_ALWAYS;
	bool is_of_issuer = config->issuer == NULL
		|| mcpauth__same_text(config->issuer, tokens->issuer);
	return tokens->access_token != NULL && config->dpop != unwanted && is_of_issuer;
}

bool mcpauth__session_wants_refresh(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens)
{
	return mcpauth__session_takes(session, tokens) && tokens->refresh_token != NULL
		&& is_about_to_expire(session, tokens);
}

bool mcpauth__session_is_good(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens)
{
	return mcpauth__session_takes(session, tokens)
		&& (tokens->expires_at == 0 || tokens->expires_at > mcpauth__session_now(session));
}

bool mcpauth__session_is_ready(struct mcpauth__session *session)
{
	pthread_mutex_lock(&session->lock);
	bool is_ready = session->is_loaded
		&& !mcpauth__session_wants_refresh(session, &session->credentials.tokens);
	pthread_mutex_unlock(&session->lock);
	return is_ready;
}

bool mcpauth__session_holds(struct mcpauth__session *session, const char *access_token)
{
	pthread_mutex_lock(&session->lock);
	bool is_same = mcpauth__same_text(session->credentials.tokens.access_token, access_token);
	pthread_mutex_unlock(&session->lock);
	return is_same;
}

enum mcpauth_code mcpauth__session_copy(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	pthread_mutex_lock(&session->lock);
	enum mcpauth_code code = mcpauth__credentials_write(&session->credentials, &text, err);
	pthread_mutex_unlock(&session->lock);
	if (code == MCPAUTH_OK) {
		code = mcpauth__credentials_read(text.data, text.length, credentials, err);
	}
	mcpauth__buf_wipe(&text);
	return code;
}

/* What the storage could not take is not to be lost for what it has. But another process
 * may have logged in since: its token is newer than what was not kept. */
static enum mcpauth_code read_newest(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__credentials kept = {0};
	enum mcpauth_code code = mcpauth__session_copy(session, credentials, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	const struct mcpauth__tokens *own = &credentials->tokens;
	if (own->access_token != NULL
		&& mcpauth__token_storage_load(
			   session->storage, session->config.server, &kept, NULL)
			== MCPAUTH_OK
		&& kept.tokens.issued_at > own->issued_at) {
		struct mcpauth__credentials old = *credentials;
		*credentials = kept;
		kept = old;
		session->is_unsaved = false;
	}
	mcpauth__credentials_finish(&kept);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__session_open(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	const char *key = session->config.server;
	enum mcpauth_code code = mcpauth__token_storage_lock(session->storage, key, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = session->is_unsaved
		? read_newest(session, credentials, err)
		: mcpauth__token_storage_load(session->storage, key, credentials, err);
	if (code != MCPAUTH_OK) {
		mcpauth__credentials_finish(credentials);
		mcpauth__token_storage_unlock(session->storage, key);
	}
	return code;
}

enum mcpauth_code mcpauth__session_check_storage(struct mcpauth__session *session,
	const struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	return session->is_unsaved ? MCPAUTH_OK
				   : mcpauth__token_storage_save(session->storage,
					   session->config.server, credentials, err);
}

void mcpauth__session_adopt(
	struct mcpauth__session *session, struct mcpauth__credentials *credentials)
{
	pthread_mutex_lock(&session->lock);
	struct mcpauth__credentials old = session->credentials;
	session->credentials = *credentials;
	session->is_loaded = true;
	pthread_mutex_unlock(&session->lock);
	*credentials = (struct mcpauth__credentials){0};
	mcpauth__credentials_finish(&old);
}

/* What is new counts from the moment it is here: a storage that fails loses it for others
 * and for later, but not for this session. */
enum mcpauth_code mcpauth__session_keep(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	const char *key = session->config.server;
	enum mcpauth_code code = mcpauth__token_storage_save(
		session->storage, key, credentials, &why);
	if (code != MCPAUTH_OK) {
		/* A second try costs less than a login that is lost. */
		code = mcpauth__token_storage_save(session->storage, key, credentials, &why);
	}
	session->is_unsaved = code != MCPAUTH_OK;
	mcpauth__session_adopt(session, credentials);
	if (code == MCPAUTH_E_TOKEN_STORAGE) {
		mcpauth__log(session->log, MCPAUTH_LOG_ERROR, code, NULL, why.message);
		return MCPAUTH_OK;
	}
	return code == MCPAUTH_OK ? code : mcpauth__fail_as(err, code, why.message);
}

void mcpauth__session_hold_unsaved(
	struct mcpauth__session *session, struct mcpauth__credentials *credentials)
{
	session->is_unsaved = true;
	mcpauth__session_adopt(session, credentials);
}

void mcpauth__session_close(struct mcpauth__session *session)
{
	mcpauth__token_storage_unlock(session->storage, session->config.server);
}

/* Under the lock. Somebody may just be proving with the former one. */
static bool replace_dpop(struct mcpauth__session *session, struct mcpauth__dpop *dpop)
{
	if (session->dpop != NULL) {
		if (!mcpauth__array_grow(&session->former, session->former_count)) {
			return false;
		}
		session->former[session->former_count++] = session->dpop;
	}
	session->dpop = dpop;
	return true;
}

/* Under the lock. */
static bool has_key(const struct mcpauth__session *session)
{
	const char *kept = session->credentials.dpop_key;
	return session->dpop != NULL
		&& (kept == NULL || strcmp(mcpauth__dpop_pem(session->dpop), kept) == 0);
}

enum mcpauth_code mcpauth__session_dpop(
	struct mcpauth__session *session, struct mcpauth__dpop **dpop, struct mcpauth_error *err)
{
	struct mcpauth__dpop *made = NULL;
	enum mcpauth_code code = MCPAUTH_OK;
	*dpop = NULL;
	pthread_mutex_lock(&session->lock);
	if (!has_key(session)) {
		code = mcpauth__dpop_new(session->credentials.dpop_key, &made, err);
		if (code == MCPAUTH_OK && !replace_dpop(session, made)) {
			mcpauth__dpop_free(made);
			code = mcpauth__no_memory(err);
		}
	}
	*dpop = code == MCPAUTH_OK ? session->dpop : NULL;
	pthread_mutex_unlock(&session->lock);
	return code;
}

/* A server chose the words, and somebody's terminal shows them. */
void mcpauth__session_step(
	const struct mcpauth__session *session, enum mcpauth_client_step step, const char *detail)
{
	char shown[MCPAUTH__STEP_SIZE];
	if (session->config.step != NULL) {
		snprintf(shown, sizeof shown, "%s", detail);
		mcpauth__make_printable(shown);
		session->config.step(step, shown, session->config.user);
	}
}

int64_t mcpauth__session_now(const struct mcpauth__session *session)
{
	return mcpauth__clock_real(session->clock);
}
