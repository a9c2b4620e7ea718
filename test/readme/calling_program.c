/* What the guide shows of a client's calls, in a program: calling_program URL pasted|woken. */
#include <mcpauth/client_request.h>

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readme_calling.h"

#define MESSAGE \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{" \
	"\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}," \
	"\"clientInfo\":{\"name\":\"calling\",\"version\":\"1\"}}}"

/* A loop that has nothing else to do. */
static enum mcpauth_code wait_for(struct call *call, enum mcpauth_code code)
{
	struct pollfd watched = {.fd = call->pipe[0], .events = POLLIN};
	if (code != MCPAUTH_PENDING) {
		return code;
	}
	fprintf(stderr, "pending\n");
	while (poll(&watched, 1, -1) != 1) {
	}
	return resume(call);
}

static enum mcpauth_code call_woken(CURL *curl, struct call *call)
{
	struct mcpauth_client_answer answer = MCPAUTH_CLIENT_ANSWER_INIT;
	enum mcpauth_code code;
	do {
		long status = 0;
		code = wait_for(call, begin(call, NULL));
		code = code == MCPAUTH_OK ? send_with_headers_of(curl, call->request, &call->err)
					  : code;
		if (code == MCPAUTH_OK) {
			curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
			answer.status = (unsigned)status;
			code = wait_for(call, begin(call, &answer));
		}
	} while (code == MCPAUTH_RETRY);
	return code;
}

static enum mcpauth_code call_in_loop(
	CURL *curl, struct mcpauth_client *client, struct mcpauth_error *err)
{
	struct call call = {0};
	if (pipe(call.pipe) != 0) {
		return MCPAUTH_E_SYSTEM;
	}
	enum mcpauth_code code = mcpauth_client_request_new(
		client, "POST", NULL, &call.request, &call.err);
	if (code == MCPAUTH_OK) {
		code = call_woken(curl, &call);
	}
	mcpauth_client_request_free(call.request);
	close(call.pipe[0]);
	close(call.pipe[1]);
	*err = call.err;
	return code;
}

static enum mcpauth_code run(CURL *curl, const char *url, bool pastes, struct mcpauth_error *err)
{
	struct mcpauth *auth = NULL;
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	config.server = url;
	config.login = pastes ? paste : NULL;
	enum mcpauth_code code = mcpauth_new(NULL, &auth, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_new(auth, &config, &client, err);
	}
	if (code == MCPAUTH_OK) {
		code = pastes ? call_server(curl, client, err) : call_in_loop(curl, client, err);
	}
	mcpauth_client_free(client);
	mcpauth_free(auth);
	return code;
}

int main(int argc, char **argv)
{
	struct mcpauth_error err = {0};
	if (argc != 3) {
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	CURL *curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, MESSAGE);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, show_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, curl);
	enum mcpauth_code code = run(curl, argv[1], strcmp(argv[2], "pasted") == 0, &err);
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s: %s\n", mcpauth_code_name(code), err.message);
	}
	curl_easy_cleanup(curl);
	return code != MCPAUTH_OK;
}
