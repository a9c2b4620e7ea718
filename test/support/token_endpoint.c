/* A token endpoint that a test writes the answers of. */
#include "support/token_endpoint.h"

#include "base/base64url.h"
#include "base/json.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_headers(const struct mcpauth_fetch *fetch, struct token_endpoint_request *request)
{
	const char *name;
	const char *value;
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		if (strcmp(name, "Authorization") == 0) {
			snprintf(
				request->authorization, sizeof request->authorization, "%s", value);
		} else if (strcmp(name, "DPoP") == 0) {
			snprintf(request->dpop, sizeof request->dpop, "%s", value);
		}
	}
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct token_endpoint *endpoint = user;
	size_t last = endpoint->answer_count - 1;
	size_t number = endpoint->asked < last ? endpoint->asked : last;
	const struct token_endpoint_answer *answer = &endpoint->answers[number];
	if (endpoint->asked < TOKEN_ENDPOINT_REQUESTS_MAX) {
		struct token_endpoint_request *request = &endpoint->requests[endpoint->asked];
		size_t length;
		const char *form = mcpauth_fetch_body(fetch, &length);
		snprintf(request->url, sizeof request->url, "%s", url);
		snprintf(request->form, sizeof request->form, "%s", form != NULL ? form : "");
		note_headers(fetch, request);
	}
	endpoint->asked++;
	mcpauth_fetch_answer_nonce(fetch, answer->nonce);
	mcpauth_fetch_answer(fetch, answer->status, answer->body, strlen(answer->body));
}

int token_endpoint_start(void **state)
{
	static const struct token_endpoint_answer nothing = {.body = ""};
	struct token_endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (endpoint == NULL) {
		return -1;
	}
	endpoint->log.clock = &endpoint->clock;
	token_endpoint_script(endpoint, &nothing, 1);
	endpoint->worker = mcpauth__worker_new(&(struct mcpauth__worker_config){
		.log = &endpoint->log,
		.clock = &endpoint->clock,
		.fetch = on_fetch,
		.fetch_user = endpoint,
	});
	endpoint->asker.worker = endpoint->worker;
	endpoint->asker.timeout_ms = 20000;
	*state = endpoint;
	if (endpoint->worker == NULL) {
		free(endpoint);
		return -1;
	}
	return 0;
}

int token_endpoint_stop(void **state)
{
	struct token_endpoint *endpoint = *state;
	mcpauth__worker_free(endpoint->worker);
	free(endpoint);
	return 0;
}

void token_endpoint_script(
	struct token_endpoint *endpoint, const struct token_endpoint_answer *answers, size_t count)
{
	endpoint->answers = answers;
	endpoint->answer_count = count;
	endpoint->asked = 0;
	memset(endpoint->requests, 0, sizeof endpoint->requests);
}

bool token_endpoint_has(const struct token_endpoint_request *request, const char *parameter)
{
	size_t length = strlen(parameter);
	const char *at = request->form;
	while (at != NULL) {
		if (strncmp(at, parameter, length) == 0
			&& (at[length] == '&' || at[length] == '\0')) {
			return true;
		}
		at = strchr(at, '&');
		at = at != NULL ? at + 1 : NULL;
	}
	return false;
}

char *token_endpoint_claim(const char *jwt, const char *name)
{
	unsigned char claims[2048];
	cJSON *json = NULL;
	const char *at = strchr(jwt, '.');
	assert_non_null(at);
	at++;
	size_t encoded = strcspn(at, ".");
	assert_true(encoded <= sizeof claims);
	assert_true(mcpauth__base64url_decode(at, encoded, claims));
	CHECK_OK(mcpauth__json_parse_object((const char *)claims, encoded * 3 / 4, &json, &err));
	char *value = mcpauth__strdup(mcpauth__json_string(json, name));
	cJSON_Delete(json);
	return value;
}
