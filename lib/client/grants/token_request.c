/* Asking a token endpoint: the form, the client's proof, and the nonce of DPoP. */
#include "client/grants/token_request.h"

#include "base/error_int.h"
#include "base/form.h"
#include "endpoint/endpoint.h"

#include <string.h>

static enum mcpauth_code make_form(const struct mcpauth__token_request *request,
	struct mcpauth__buf *form, struct mcpauth_error *err)
{
	for (size_t i = 0; i < request->count; i++) {
		const struct mcpauth__parameter *parameter = &request->parameters[i];
		if (!mcpauth__form_add(form, parameter->name, parameter->value)) {
			return mcpauth__no_memory(err);
		}
	}
	return mcpauth__client_proof_add(request->proof, request->now, form, err);
}

static enum mcpauth_code make_dpop(const struct mcpauth__token_request *request,
	struct mcpauth__buf *dpop, struct mcpauth_error *err)
{
	const struct mcpauth__dpop_request what = {
		.method = "POST",
		.url = request->endpoint,
		.now = request->now,
	};
	return request->dpop != NULL ? mcpauth__dpop_prove(request->dpop, &what, dpop, err)
				     : MCPAUTH_OK;
}

/* RFC 9449 section 8.2: a nonce may come with any answer. */
static void ask(const struct mcpauth__token_request *request, const struct mcpauth__buf *form,
	const struct mcpauth__buf *dpop, struct mcpauth__fetched *answer)
{
	const struct mcpauth__post post = {
		.body = form->data != NULL ? form->data : "",
		.authorization = mcpauth__client_proof_authorization(request->proof),
		.dpop = dpop->data,
	};
	mcpauth__ask_post(request->asker, request->endpoint, request->learnt_from, &post, answer);
	if (request->dpop != NULL && answer->nonce[0] != '\0') {
		mcpauth__dpop_remember(request->dpop, request->endpoint, answer->nonce);
	}
}

enum mcpauth_code mcpauth__token_request_post(const struct mcpauth__token_request *request,
	struct mcpauth__fetched *answer, struct mcpauth_error *err)
{
	struct mcpauth__buf form = {0};
	struct mcpauth__buf dpop = {0};
	*answer = (struct mcpauth__fetched){0};
	enum mcpauth_code code = make_form(request, &form, err);
	if (code == MCPAUTH_OK) {
		code = make_dpop(request, &dpop, err);
	}
	if (code == MCPAUTH_OK) {
		ask(request, &form, &dpop, answer);
	}
	mcpauth__buf_wipe(&form);
	mcpauth__buf_wipe(&dpop);
	return code;
}

enum mcpauth_code mcpauth__token_request_check(
	const struct mcpauth__fetched *answer, struct mcpauth_error *err)
{
	const struct mcpauth__response response = {
		.code = answer->code,
		.status = answer->status,
		.body = answer->body.data != NULL ? answer->body.data : "",
		.length = answer->body.length,
		.max_age = MCPAUTH_NONE,
		.message = answer->message,
	};
	return mcpauth__endpoint_check(&response, MCPAUTH_E_TOKEN_ENDPOINT, err);
}

static enum mcpauth_code read_answer(const struct mcpauth__token_request *request,
	const struct mcpauth__fetched *fetched, struct mcpauth__token_answer *answer,
	struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__token_request_check(fetched, err);
	if (code != MCPAUTH_OK && code != MCPAUTH_E_TOKEN_ENDPOINT) {
		return code;
	}
	code = mcpauth__token_answer_read(request, fetched->status, &fetched->body, answer, err);
	if (code != MCPAUTH_OK && code != MCPAUTH_E_NO_MEMORY) {
		mcpauth__error_prefix(err, fetched->message);
	}
	return code;
}

/* @param[out] wants_nonce  it was refused for the sake of a nonce, which is here now.
 * That another thread may have brought the same one meanwhile is no reason not to ask. */
static enum mcpauth_code ask_once(const struct mcpauth__token_request *request,
	struct mcpauth__token_answer *answer, bool *wants_nonce, struct mcpauth_error *err)
{
	struct mcpauth__fetched fetched = {0};
	*wants_nonce = false;
	enum mcpauth_code code = mcpauth__token_request_post(request, &fetched, err);
	if (code == MCPAUTH_OK) {
		code = read_answer(request, &fetched, answer, err);
		*wants_nonce = request->dpop != NULL && fetched.nonce[0] != '\0'
			&& strcmp(answer->error, "use_dpop_nonce") == 0;
	}
	mcpauth__fetched_finish(&fetched);
	return code;
}

enum mcpauth_code mcpauth__token_request_send(const struct mcpauth__token_request *request,
	struct mcpauth__token_answer *answer, struct mcpauth_error *err)
{
	/* What is asked again in vain alone is the caller's to know of. */
	struct mcpauth_error first = {0};
	bool wants_nonce;
	enum mcpauth_code code = ask_once(request, answer, &wants_nonce, &first);
	if (wants_nonce) {
		mcpauth__token_answer_finish(answer);
		return ask_once(request, answer, &wants_nonce, err);
	}
	return code == MCPAUTH_OK ? code : mcpauth__fail_as(err, code, first.message);
}
