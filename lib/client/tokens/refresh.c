/* Refreshing a token, one for all who want it, and forgetting what is held. */
#include "client/tokens/tokens.h"

#include "base/error_int.h"
#include "client/tokens/kept_issuer.h"

#include <string.h>

/* What the issuer's refusal means for what is kept. */
static void forget_refused(struct mcpauth__credentials *credentials, const char *error)
{
	if (strcmp(error, "invalid_client") == 0 || strcmp(error, "unauthorized_client") == 0) {
		mcpauth__credentials_remove(credentials, credentials->tokens.issuer);
	}
	mcpauth__tokens_finish(&credentials->tokens);
}

static bool is_final(const char *error)
{
	return strcmp(error, "invalid_grant") == 0 || strcmp(error, "invalid_client") == 0
		|| strcmp(error, "unauthorized_client") == 0;
}

/* Whoever was released, or has no memory, does not say what others would get. */
static void note(struct mcpauth__errand *errand, enum mcpauth_code code, const char *error)
{
	if (code != MCPAUTH_E_CANCELLED && code != MCPAUTH_E_NO_MEMORY) {
		mcpauth__session_note_refresh(
			errand->session, code != MCPAUTH_OK && !is_final(error));
	}
}

static enum mcpauth_code ask(struct mcpauth__errand *errand,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth__kept_issuer kept = {0};
	struct mcpauth__tokens tokens = {0};
	char error[64] = "";
	enum mcpauth_code code = mcpauth__kept_issuer_make(errand, credentials, &kept, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__session_check_storage(session, credentials, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__grant_refresh(
			&kept.request, &credentials->tokens, &tokens, error, err);
		note(errand, code, error);
	}
	if (code == MCPAUTH_OK) {
		mcpauth__credentials_put_tokens(credentials, &tokens);
		code = mcpauth__session_keep(session, credentials, err);
	} else if (is_final(error)) {
		forget_refused(credentials, error);
		mcpauth__session_keep(session, credentials, NULL);
		code = mcpauth__fail(err, MCPAUTH_E_LOGIN_REQUIRED,
			"the issuer refused to refresh it: %s", error);
	}
	mcpauth__tokens_finish(&tokens);
	mcpauth__kept_issuer_finish(&kept);
	return code;
}

/* One that somebody else got, and that is not over already. */
static bool is_better(const struct mcpauth__session *session, const struct mcpauth__tokens *tokens,
	const char *stale)
{
	return mcpauth__session_is_good(session, tokens)
		&& (stale == NULL || strcmp(tokens->access_token, stale) != 0);
}

/* With the turn, and the storage's text. */
static enum mcpauth_code refresh_kept(struct mcpauth__errand *errand, const char *stale,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	if (is_better(session, &credentials->tokens, stale)) {
		mcpauth__session_adopt(session, credentials);
		return MCPAUTH_OK;
	}
	if (credentials->tokens.refresh_token == NULL
		|| !mcpauth__session_takes(session, &credentials->tokens)) {
		mcpauth__session_adopt(session, credentials);
		return mcpauth__fail(
			err, MCPAUTH_E_LOGIN_REQUIRED, "there is no refresh token for it");
	}
	return ask(errand, credentials, err);
}

/* With the turn: somebody else may have refreshed it meanwhile. The program is told before
 * the storage is held, which others need while it takes its time; that another process was
 * quicker is seen only then. */
static enum mcpauth_code refresh_held(struct mcpauth__errand *errand,
	const struct mcpauth__tokens *stale, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth__credentials credentials = {0};
	if (!mcpauth__session_holds(session, stale->access_token)) {
		return MCPAUTH_OK;
	}
	if (stale->issuer != NULL) {
		mcpauth__session_step(session, MCPAUTH_STEP_REFRESH, stale->issuer);
	}
	enum mcpauth_code code = mcpauth__session_open(session, &credentials, err);
	if (code == MCPAUTH_OK) {
		code = refresh_kept(errand, stale->access_token, &credentials, err);
		mcpauth__session_close(session);
	}
	mcpauth__credentials_finish(&credentials);
	return code;
}

static enum mcpauth_code refresh(struct mcpauth__errand *errand, struct mcpauth__tokens *tokens,
	bool is_ahead, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	unsigned failures = mcpauth__session_refresh_failures(errand->session);
	enum mcpauth_code code = mcpauth__session_take_turn(errand, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	/* An issuer that did not answer the one before would have each one wait as long. Who
	 * was refused tries all the same: the other way is that somebody logs in. */
	if (!is_ahead || failures == mcpauth__session_refresh_failures(errand->session)) {
		code = refresh_held(errand, tokens, &why);
	}
	mcpauth__session_end_turn(errand->session);
	/* Nobody is to log in because a storage fails that has what is needed. */
	bool is_lost = code == MCPAUTH_E_TOKEN_STORAGE
		&& !mcpauth__session_is_good(errand->session, tokens);
	if (is_lost || code == MCPAUTH_E_CANCELLED || code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__fail_as(err, code, why.message);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__log(errand->session->log, MCPAUTH_LOG_WARNING, code, NULL, why.message);
	}
	mcpauth__tokens_finish(tokens);
	return mcpauth__session_tokens(errand->session, tokens, err);
}

enum mcpauth_code mcpauth__tokens_refresh(
	struct mcpauth__errand *errand, struct mcpauth__tokens *tokens, struct mcpauth_error *err)
{
	return refresh(errand, tokens, false, err);
}

enum mcpauth_code mcpauth__tokens_refresh_ahead(
	struct mcpauth__errand *errand, struct mcpauth__tokens *tokens, struct mcpauth_error *err)
{
	return refresh(errand, tokens, true, err);
}

/* Whatever the issuer says: it is not asked twice, and the tokens are forgotten. */
static void revoke(struct mcpauth__errand *errand, const struct mcpauth__credentials *credentials)
{
	struct mcpauth__kept_issuer kept = {0};
	const struct mcpauth__tokens *tokens = &credentials->tokens;
	struct mcpauth_error err;
	enum mcpauth_code code = mcpauth__kept_issuer_make(errand, credentials, &kept, &err);
	if (code == MCPAUTH_OK && tokens->refresh_token != NULL) {
		code = mcpauth__token_revoke(
			&kept.request, tokens->refresh_token, "refresh_token", &err);
	}
	if (code == MCPAUTH_OK && tokens->access_token != NULL) {
		code = mcpauth__token_revoke(
			&kept.request, tokens->access_token, "access_token", &err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__log(errand->session->log, MCPAUTH_LOG_WARNING, code, NULL, err.message);
	}
	mcpauth__kept_issuer_finish(&kept);
}

static void drop_tokens(struct mcpauth__errand *errand, struct mcpauth__credentials *credentials)
{
	if (credentials->tokens.access_token != NULL) {
		revoke(errand, credentials);
		mcpauth__tokens_finish(&credentials->tokens);
	}
}

/* The storage cannot be opened. What it has is older from now on: the tokens in it are not to
 * come back, and who the client is stays. */
static void forget_held(struct mcpauth__errand *errand)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth__credentials credentials = {0};
	/* It can be read still, perhaps. What was never read cannot be forgotten. */
	if (mcpauth__session_load(session, NULL) == MCPAUTH_OK
		&& mcpauth__session_copy(session, &credentials, NULL) == MCPAUTH_OK) {
		drop_tokens(errand, &credentials);
		mcpauth__session_hold_unsaved(session, &credentials);
	} else {
		mcpauth__credentials_finish(&credentials);
		mcpauth__session_adopt(session, &credentials);
	}
}

enum mcpauth_code mcpauth__tokens_forget(struct mcpauth__errand *errand, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth__credentials credentials = {0};
	enum mcpauth_code code = mcpauth__session_take_turn(errand, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	mcpauth__session_give_up(session, false);
	code = mcpauth__session_open(session, &credentials, err);
	if (code == MCPAUTH_OK) {
		drop_tokens(errand, &credentials);
		code = mcpauth__session_keep(session, &credentials, err);
		if (code == MCPAUTH_OK && session->is_unsaved) {
			code = mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE,
				"the tokens may be in the storage still");
		}
		mcpauth__session_close(session);
	} else {
		forget_held(errand);
	}
	mcpauth__session_end_turn(session);
	return code;
}
