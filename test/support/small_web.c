/* The pages, and who asks for them. */
#include "support/small_web.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 20
#define NOW 1800000000

void small_web_put_long(struct small_web *web, const char *url, char *body)
{
	size_t i = 0;
	while (i < SMALL_WEB_PAGES - 1 && web->pages[i].url != NULL
		&& strcmp(web->pages[i].url, url) != 0) {
		i++;
	}
	free(web->pages[i].body);
	web->pages[i] = (struct small_page){url, 200, body};
}

void small_web_put(struct small_web *web, const char *url, unsigned status, const char *format, ...)
{
	struct mcpauth__buf body = {0};
	char text[4096];
	size_t i = 0;
	va_list values;
	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	mcpauth__buf_puts(&body, text);
	small_web_put_long(web, url, mcpauth__buf_take(&body));
	while (strcmp(web->pages[i].url, url) != 0) {
		i++;
	}
	web->pages[i].status = status;
}

void small_web_trust(
	struct small_web *web, const char *place, const char *resource, const char *issuer)
{
	small_web_put(web, place, 200, "{\"resource\":\"%s\",\"authorization_servers\":[\"%s\"]}",
		resource, issuer);
}

void small_web_put_issuer(
	struct small_web *web, const char *place, const char *issuer, const char *more)
{
	small_web_put(web, place, 200,
		"{\"issuer\":\"%s\",\"token_endpoint\":\"%s/token\","
		"\"registration_endpoint\":\"%s/register\","
		"\"code_challenge_methods_supported\":[\"S256\"],"
		"\"token_endpoint_auth_methods_supported\":[\"none\",\"client_secret_post\"],%s}",
		issuer, issuer, issuer, more);
}

static void keep_proof(struct small_web *web, struct mcpauth_fetch *fetch)
{
	const char *name;
	const char *value;
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		if (strcmp(name, "DPoP") == 0) {
			snprintf(web->proof, sizeof web->proof, "%s", value);
		}
	}
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct small_web *web = user;
	size_t length;
	size_t i = 0;
	const char *form = mcpauth_fetch_body(fetch, &length);
	mcpauth__buf_printf(&web->asked, "%s %s", mcpauth_fetch_method(fetch), url);
	mcpauth__buf_puts(&web->asked, form != NULL ? " " : "");
	mcpauth__buf_puts(&web->asked, form != NULL ? form : "");
	mcpauth__buf_puts(&web->asked, "\n");
	keep_proof(web, fetch);
	while (i < SMALL_WEB_PAGES
		&& (web->pages[i].url == NULL || strcmp(web->pages[i].url, url) != 0)) {
		i++;
	}
	const char *body = i < SMALL_WEB_PAGES && web->pages[i].body != NULL ? web->pages[i].body
									     : "";
	mcpauth_fetch_answer(
		fetch, i < SMALL_WEB_PAGES ? web->pages[i].status : 404, body, strlen(body));
}

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	const struct small_web *web = user;
	*real = NOW + web->seconds;
	*monotonic = 1000 + web->seconds * 1000;
}

static void on_step(enum mcpauth_client_step step, const char *detail, void *user)
{
	struct small_web *web = user;
	mcpauth__buf_printf(&web->told, "%d ", (int)step);
	mcpauth__buf_puts(&web->told, detail);
	mcpauth__buf_puts(&web->told, "\n");
}

static enum mcpauth_code log_in(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct small_web *web = user;
	char state[256] = "";
	char redirect[1024];
	web->logins++;
	snprintf(web->login, sizeof web->login, "%s", mcpauth_login_url(login));
	const char *at = strstr(web->login, "&state=");
	if (at != NULL) {
		sscanf(at, "&state=%255[^&]", state);
	}
	snprintf(redirect, sizeof redirect, "%s?%s&state=%s", mcpauth_login_redirect_uri(login),
		web->answer, state);
	return mcpauth_login_redirected(login, redirect, err);
}

int small_web_start(void **state)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct small_web *web = calloc(1, sizeof *web);
	if (web == NULL) {
		return -1;
	}
	*state = web;
	config.fetch = on_fetch;
	config.fetch_user = web;
	config.clock = tell_time;
	config.clock_user = web;
	web->answer = "code=abc";
	web->challenge = "Bearer";
	web->accepts = true;
	web->config = (struct mcpauth_client_config)MCPAUTH_CLIENT_CONFIG_INIT;
	web->config.server = SERVER;
	web->config.redirect_uri = "com.example.client:/callback";
	web->config.login = log_in;
	web->config.step = on_step;
	web->config.user = web;
	small_web_trust(web, WELL_KNOWN "/mcp", SERVER, ISSUER);
	small_web_put_issuer(web, ISSUER ISSUER_PLACE, ISSUER,
		"\"authorization_endpoint\":\"" ISSUER "/authorize\"");
	small_web_put_issuer(
		web, EVIL ISSUER_PLACE, EVIL, "\"authorization_endpoint\":\"" EVIL "/authorize\"");
	small_web_put(web, ISSUER "/register", 201, REGISTERED);
	small_web_put(web, EVIL "/register", 201, REGISTERED);
	small_web_put(web, ISSUER "/token", 200, TOKENS);
	small_web_put(web, EVIL "/token", 200, TOKENS);
	return mcpauth_new(&config, &web->auth, NULL) == MCPAUTH_OK
			&& mcpauth_token_storage_new_memory(&web->config.storage, NULL)
				== MCPAUTH_OK
		? 0
		: -1;
}

int small_web_stop(void **state)
{
	struct small_web *web = *state;
	mcpauth_token_storage_free(web->config.storage);
	mcpauth_free(web->auth);
	for (size_t i = 0; i < SMALL_WEB_PAGES; i++) {
		free(web->pages[i].body);
	}
	mcpauth__buf_finish(&web->asked);
	mcpauth__buf_finish(&web->told);
	free(web);
	return 0;
}

struct mcpauth_client *small_web_client(struct small_web *web)
{
	struct mcpauth_client *client = NULL;
	CHECK_OK(mcpauth_client_new(web->auth, &web->config, &client, &err));
	assert_non_null(client);
	return client;
}

/* What the server says to the request as it is prepared now. */
enum mcpauth_code small_web_answer(
	struct small_web *web, struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	const char *name;
	const char *value;
	struct mcpauth_client_answer said = MCPAUTH_CLIENT_ANSWER_INIT;
	bool is_shown = mcpauth_client_request_header_at(request, 0, &name, &value);
	bool is_step_up = strstr(web->challenge, "insufficient_scope") != NULL;
	said.status = is_shown && web->accepts ? 200 : is_shown && is_step_up ? 403 : 401;
	said.challenges = &web->challenge;
	said.challenge_count = 1;
	return mcpauth_client_request_answered(request, &said, err);
}

enum mcpauth_code small_web_send(
	struct small_web *web, struct mcpauth_client *client, struct mcpauth_error *err)
{
	struct mcpauth_client_request *request;
	enum mcpauth_code code = mcpauth_client_request_new(client, "POST", NULL, &request, err);
	bool goes_on = code == MCPAUTH_OK;
	for (unsigned i = 0; goes_on && i < ATTEMPTS; i++) {
		code = mcpauth_client_request_prepare(request, err);
		code = code == MCPAUTH_OK ? small_web_answer(web, request, err) : code;
		goes_on = code == MCPAUTH_RETRY;
	}
	mcpauth_client_request_free(request);
	return code;
}

/* One request of a client that knows nothing but what the storage has. */
enum mcpauth_code small_web_visit(struct small_web *web, struct mcpauth_error *err)
{
	struct mcpauth_client *client = small_web_client(web);
	enum mcpauth_code code = small_web_send(web, client, err);
	mcpauth_client_free(client);
	return code;
}

unsigned small_web_asked(const struct small_web *web, const char *text)
{
	unsigned times = 0;
	const char *at = web->asked.data;
	while (at != NULL && (at = strstr(at, text)) != NULL) {
		times++;
		at++;
	}
	return times;
}
