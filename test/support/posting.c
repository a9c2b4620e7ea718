/* Messages posted to a chain on a transport that is memory. */
#include "support/posting.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void posting_start(struct posting *posting)
{
	memset(posting, 0, sizeof *posting);
	fake_server_start(&posting->server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_operations_new(posting->server.auth, &posting->operations, &err));
}

void posting_finish(struct posting *posting)
{
	if (posting->is_posted) {
		fake_exchange_finish(&posting->fake);
		free(posting->bearer);
		posting->bearer = NULL;
		posting->is_posted = false;
	}
}

void posting_stop(struct posting *posting)
{
	posting_finish(posting);
	mcpauth_operations_free(posting->operations);
	fake_server_stop(&posting->server);
}

void posting_list_entry(struct posting *posting, const struct mcpauth_operation *operation)
{
	CHECK_OK(mcpauth_operations_add(posting->operations, operation, &err));
}

void posting_list(struct posting *posting, const char *name, const char *scopes)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = name;
	operation.scopes = scopes;
	posting_list_entry(posting, &operation);
}

void posting_protect(struct posting *posting, const char *scopes, bool allow_anonymous)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = scopes;
	policy.allow_anonymous = allow_anonymous;
	policy.operations = posting->operations;
	CHECK_OK(mcpauth_chain_protect(posting->server.chain, "/mcp", &policy, &err));
}

unsigned posting_send(struct posting *posting, const struct post *post)
{
	struct fake_request request = {.method = "POST", .path = post->path};
	const char **at = request.headers;
	posting_finish(posting);
	if (post->granted != NULL) {
		posting->bearer = fake_server_bearer(&posting->server, post->granted);
		*at++ = "Authorization";
		*at++ = posting->bearer;
	}
	for (size_t i = 0; post->headers[i] != NULL; i++) {
		*at++ = post->headers[i];
	}
	fake_exchange_start(&posting->fake, &posting->server, &request);
	posting->is_posted = true;
	if (fake_exchange_serve(&posting->fake) == MCPAUTH__NEEDS_BODY) {
		fake_exchange_give_body(&posting->fake, post->body == NULL ? "" : post->body);
	}
	return fake_exchange_status(&posting->fake);
}

unsigned posting_call(struct posting *posting, const char *granted, const char *body)
{
	return posting_send(posting, &(struct post){.granted = granted, .body = body});
}

const char *posting_challenge_scope(const struct posting *posting)
{
	static char text[256];
	const char *challenge = fake_exchange_header(&posting->fake, "WWW-Authenticate");
	const char *at = challenge == NULL ? NULL : strstr(challenge, "scope=\"");
	/* Not the end of another parameter's name. */
	if (at == NULL || (at > challenge && at[-1] != ' ')) {
		return "none";
	}
	size_t length = strcspn(at + strlen("scope=\""), "\"") + sizeof "scope=\"";
	snprintf(text, sizeof text, "%.*s", (int)length, at);
	return text;
}
