/* What comes of it all, for people or for programs. */
#include "report.h"

#include "say.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool in_json = false;

static cJSON *event(const char *name)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "event", name);
	return object;
}

static void send(cJSON *object)
{
	struct text line = {0};
	json_print_shown(object, &line);
	cJSON_Delete(object);
	printf("%s\n", text_string(&line));
	fflush(stdout);
	text_finish(&line);
}

static void send_complaint(const char *message)
{
	cJSON *object = event("error");
	cJSON_AddStringToObject(object, "message", message);
	send(object);
}

void report_in_json(void)
{
	in_json = true;
	say_complaint = send_complaint;
}

static const struct {
	const char *name;
	const char *heading;
	const char *line;
} steps[] = {
	[MCPAUTH_STEP_DISCOVER] = {"discover", "Finding out who gives tokens",
		"looking for whoever gives tokens"},
	[MCPAUTH_STEP_REGISTER] = {"register", "Registering this client",
		"registering this client"},
	[MCPAUTH_STEP_LOGIN] = {"login", "Signing in", "signing in"},
	[MCPAUTH_STEP_TOKEN] = {"token", "Asking for a token", "asking for a token"},
	[MCPAUTH_STEP_REFRESH] = {"refresh", "Refreshing the token", "refreshing the token"},
	[MCPAUTH_STEP_STEP_UP] = {"step_up", "The server wants more scopes",
		"the server wants more scopes"},
};

void report_step(enum mcpauth_client_step what, const char *detail)
{
	static size_t last = SIZE_MAX;
	size_t at = (size_t)what;
	if (at >= sizeof(steps) / sizeof(steps[0])) {
		return;
	}
	if (in_json) {
		cJSON *object = event("step");
		cJSON_AddStringToObject(object, "step", steps[at].name);
		cJSON_AddStringToObject(object, "detail", detail);
		send(object);
		return;
	}
	/* The server is asked whom it trusts, then they are. */
	if (at != last) {
		step("%s", steps[at].heading);
	}
	last = at;
	note("%s", detail);
	if (say_draws && !say_steps) {
		tell("... %s: %s", steps[at].line, detail);
	}
}

void report_login(const char *url, const char *redirect_uri)
{
	cJSON *object = event("login");
	cJSON_AddStringToObject(object, "url", url);
	cJSON_AddStringToObject(object, "redirect_uri", redirect_uri);
	send(object);
}

void report_server(const cJSON *info, const char *version)
{
	const char *name = json_string(info, "name");
	if (in_json) {
		cJSON *object = event("connected");
		cJSON_AddStringToObject(object, "protocol", version);
		cJSON_AddItemToObject(object, "server", cJSON_Duplicate(info, true));
		send(object);
		return;
	}
	note("%s, protocol %s", name != NULL ? name : "a server without a name", version);
	if (say_draws && !say_steps) {
		tell("connected to %s, protocol %s",
			name != NULL ? name : "a server without a name", version);
	}
}

void report_tools(const cJSON *tools)
{
	const cJSON *tool = NULL;
	if (in_json) {
		cJSON *object = event("tools");
		cJSON_AddItemToObject(object, "tools", cJSON_Duplicate(tools, true));
		send(object);
		return;
	}
	if (cJSON_GetArraySize(tools) == 0) {
		print("there are no tools for you");
	}
	cJSON_ArrayForEach(tool, tools)
	{
		const char *name = json_string(tool, "name");
		const char *what = json_string(tool, "description");
		print("%-20s %s", name != NULL ? name : "?", what != NULL ? what : "");
	}
}

static void print_content(const cJSON *item)
{
	const char *type = json_string(item, "type");
	const char *text = json_string(item, "text");
	if (text != NULL) {
		print("%s", text);
	} else {
		print("(%s, which is not shown)", type != NULL ? type : "something unnamed");
	}
}

bool report_result(const char *tool, const cJSON *result)
{
	const cJSON *item = NULL;
	const cJSON *content = cJSON_GetObjectItemCaseSensitive(result, "content");
	bool failed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "isError"));
	if (!cJSON_IsArray(content)) {
		return complain("the answer of %s has no content", tool);
	}
	if (in_json) {
		cJSON *object = event("result");
		cJSON_AddStringToObject(object, "tool", tool);
		cJSON_AddItemToObject(object, "result", cJSON_Duplicate(result, true));
		send(object);
		return !failed;
	}
	cJSON_ArrayForEach(item, content)
	{
		print_content(item);
	}
	return !failed || complain("%s says that it failed", tool);
}

void report_logout(void)
{
	if (in_json) {
		send(event("logout"));
	} else {
		print("logged out: the tokens are revoked where that can be done, and forgotten");
	}
}

static const struct {
	enum mcpauth_code code;
	const char *text;
} advice[] = {
	{MCPAUTH_E_UNREACHABLE, "see whether that server runs and can be reached from here"},
	{MCPAUTH_E_TIMEOUT, "try again later, or ask who runs that server"},
	{MCPAUTH_E_TLS, "do not go on; ask who runs that server for its certificate"},
	{MCPAUTH_E_ADDRESS_REFUSED,
		"with --allow-private, servers of your own network are asked; plain http is for this "
		"machine's own servers alone, an issuer elsewhere needs https"},
	{MCPAUTH_E_NO_RESOURCE_METADATA,
		"see whether the URL is right; the server has to say who gives its tokens "
		"(RFC 9728)"},
	{MCPAUTH_E_RESOURCE_MISMATCH, "use the URL that the server itself is published under"},
	{MCPAUTH_E_ISSUER_MISMATCH, "do not log in there; tell who runs the server"},
	{MCPAUTH_E_NO_PKCE, "ask who runs the authorization server to support PKCE with S256"},
	{MCPAUTH_E_NOT_REGISTERED,
		"register a client there, then give --client-id, and --client-secret-file if it "
		"has one"},
	{MCPAUTH_E_REGISTRATION, "register a client there by hand, then give --client-id"},
	{MCPAUTH_E_LOGIN_REFUSED, "try again, as somebody who may, and agree"},
	{MCPAUTH_E_LOGIN_ABANDONED,
		"try again; with --paste the browser may be on another machine"},
	{MCPAUTH_E_REDIRECT, "try again, and follow only the page that this program opened"},
	{MCPAUTH_E_NO_BROWSER, "with --no-browser or --paste you open one yourself"},
	{MCPAUTH_E_STILL_REFUSED,
		"this account may not do that; `logout`, then log in as somebody who may"},
	{MCPAUTH_E_TOKEN_STORAGE,
		"a file has to be yours alone (chmod 600), in a folder where you may write; a "
		"keyring needs a desktop"},
	{MCPAUTH_E_UNSUPPORTED, "use --tokens FILE instead of --keyring"},
};

static const char *advice_for(const struct mcpauth_error *err)
{
	/* RFC 6749 section 4.1.2.1: nobody who logs in can change that. */
	if (err->code == MCPAUTH_E_LOGIN_REFUSED
		&& strstr(err->message, "refused: invalid_scope") != NULL) {
		return "tell who runs the server: it or --scope asks for a scope that its issuer "
		       "does not give; --steps shows which are asked for";
	}
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		if (advice[i].code == err->code) {
			return advice[i].text;
		}
	}
	return NULL;
}

bool report_failure(const struct mcpauth_error *err)
{
	const char *todo = advice_for(err);
	if (in_json) {
		cJSON *object = event("error");
		cJSON_AddStringToObject(object, "code", mcpauth_code_name(err->code));
		cJSON_AddStringToObject(object, "message", err->message);
		if (todo != NULL) {
			cJSON_AddStringToObject(object, "advice", todo);
		}
		send(object);
		return false;
	}
	return complain("%s%s%s", err->message, todo != NULL ? "\nWhat to do: " : "",
		todo != NULL ? todo : "");
}
