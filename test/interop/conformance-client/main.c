/* The client that the official conformance suite drives: `conformance-client URL`, the
 * scenario in the environment. Its last line on stdout is how it ended. */
#include "scenario.h"
#include "say.h"
#include "tour.h"

#include <mcpauth/auth.h>

#include <stdio.h>
#include <string.h>

static void on_step(enum mcpauth_client_step step, const char *detail, void *user)
{
	static const char *const names[] = {
		"discover", "register", "login", "token", "refresh", "step up"};
	(void)user;
	fprintf(stderr, "== %s: %s\n", names[step], detail);
}

static enum mcpauth_code visit_server(
	struct scenario *scenario, const char *server, struct mcpauth_error *err)
{
	struct mcpauth *auth = NULL;
	struct visit visit = {.rpc = {.url = server}};
	enum mcpauth_code code = mcpauth_new(NULL, &auth, err);
	if (code == MCPAUTH_OK) {
		code = scenario_client(scenario, auth, server, &visit.client, err);
	}
	if (code == MCPAUTH_OK && http_init(&visit.http, false)) {
		visit.http.allow_loopback = true;
		visit.rpc.http = &visit.http;
		code = tour(&visit, scenario->version,
			cJSON_GetObjectItemCaseSensitive(scenario->context, "toolCalls"));
		*err = visit.err;
		rpc_finish(&visit.rpc);
		http_finish(&visit.http);
	}
	mcpauth_client_free(visit.client);
	mcpauth_free(auth);
	return code;
}

int main(int count, char **words)
{
	struct scenario scenario = {.workload = "valid_jwt", .step = on_step};
	struct mcpauth_error err = {0};
	if (count == 4 && strcmp(words[1], "--workload-jwt") == 0) {
		scenario.workload = words[2];
	} else if (count != 2) {
		fprintf(stderr, "usage: %s [--workload-jwt MEMBER] URL\n", words[0]);
		return 2;
	}
	if (!scenario_read(&scenario)) {
		return 2;
	}
	enum mcpauth_code code = visit_server(&scenario, words[count - 1], &err);
	scenario_finish(&scenario);
	printf("%s%s%s\n", mcpauth_code_name(code), code != MCPAUTH_OK ? ": " : "",
		code != MCPAUTH_OK ? err.message : "");
	return code != MCPAUTH_OK;
}
