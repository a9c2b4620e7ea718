/* The authorization code flow: register, ask, check the answer, get a token. */
#define _POSIX_C_SOURCE 200809L

#include "login.h"

#include "json.h"
#include "say.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <strings.h>

static cJSON *registration(const char *redirect_uri)
{
	cJSON *body = cJSON_CreateObject();
	cJSON *uris = cJSON_AddArrayToObject(body, "redirect_uris");
	cJSON *grants = cJSON_AddArrayToObject(body, "grant_types");
	cJSON *types = cJSON_AddArrayToObject(body, "response_types");
	cJSON_AddStringToObject(body, "client_name", "mcpauth oauth-client");
	cJSON_AddStringToObject(body, "application_type", "native");
	cJSON_AddStringToObject(body, "token_endpoint_auth_method", "none");
	cJSON_AddItemToArray(uris, cJSON_CreateString(redirect_uri));
	cJSON_AddItemToArray(grants, cJSON_CreateString("authorization_code"));
	cJSON_AddItemToArray(types, cJSON_CreateString("code"));
	return body;
}

static bool refused(const struct answer *answer, const char *what)
{
	cJSON *body = json_parse(text_string(&answer->body), answer->body.length);
	const char *error = json_string(body, "error");
	const char *why = json_string(body, "error_description");
	complain("%s was refused with status %ld: %s%s%s", what, answer->status,
		error != NULL ? error : "no reason given", why != NULL ? ": " : "",
		why != NULL ? why : "");
	cJSON_Delete(body);
	return false;
}

static bool read_registration(struct login *login, const struct answer *answer)
{
	if (answer->status != 201 && answer->status != 200) {
		return refused(answer, "the registration");
	}
	cJSON *body = json_parse(text_string(&answer->body), answer->body.length);
	const char *id = json_string(body, "client_id");
	const char *method = json_string(body, "token_endpoint_auth_method");
	bool ok = id != NULL && (method == NULL || strcmp(method, "none") == 0);
	if (id == NULL) {
		complain("the registration answer holds no client_id");
	} else if (!ok) {
		complain("registered as a client that authenticates by %s; "
			 "this client is public",
			method);
	} else {
		text_join(&login->client_id, id, NULL);
		note("client_id  %s", id);
	}
	cJSON_Delete(body);
	return ok;
}

bool login_register(struct login *login)
{
	struct answer answer = {0};
	struct text body = {0};
	if (login->client_id.length > 0) {
		return true;
	}
	step("Registering this client");
	cJSON *document = registration(login->redirect_uri);
	json_print(document, &body);
	cJSON_Delete(document);
	struct request request = {.url = login->server->registration_endpoint,
		.body = &body,
		.headers = (const char *const[]){
			"Content-Type: application/json", "Accept: application/json", NULL}};
	bool ok = http_send(login->http, &request, &answer) && read_registration(login, &answer);
	text_finish(&body);
	answer_finish(&answer);
	return ok;
}

static bool add_code_challenge(const struct text *verifier, struct text *query)
{
	unsigned char hash[32];
	struct text challenge = {0};
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, verifier->data, verifier->length, hash) != 0) {
		return false;
	}
	text_add_base64url(&challenge, hash, sizeof(hash));
	text_add_field(query, "code_challenge", text_string(&challenge));
	text_add_field(query, "code_challenge_method", "S256");
	text_finish(&challenge);
	return true;
}

bool login_prepare(struct login *login)
{
	struct text query = {0};
	const char *endpoint = login->server->authorization_endpoint;
	text_finish(&login->verifier);
	text_finish(&login->state);
	text_finish(&login->url);
	if (!text_add_random(&login->verifier, 32) || !text_add_random(&login->state, 16)) {
		return complain("no randomness to be had");
	}
	text_add_field(&query, "response_type", "code");
	text_add_field(&query, "client_id", text_string(&login->client_id));
	text_add_field(&query, "redirect_uri", login->redirect_uri);
	text_add_field(&query, "state", text_string(&login->state));
	text_add_field(&query, "resource", login->server->resource);
	if (login->scope.length > 0) {
		text_add_field(&query, "scope", text_string(&login->scope));
	}
	bool ok = add_code_challenge(&login->verifier, &query);
	text_join(&login->url, endpoint, strchr(endpoint, '?') ? "&" : "?", text_string(&query),
		NULL);
	text_finish(&query);
	return ok || complain("SHA-256 is not to be had");
}

/* RFC 9207 section 2.4, before anything else of the answer is believed: it
 * may come from another authorization server than the one that was asked. */
static bool check_issuer(const struct discovery *server, const char *query)
{
	struct text issuer = {0};
	size_t count = query_parameter(query, "iss", &issuer);
	bool right = count == 0 ? !server->names_issuer
				: count == 1 && strcmp(text_string(&issuer), server->issuer) == 0;
	if (!right) {
		complain("the answer is not from %s, its iss is \"%s\"", server->issuer,
			text_string(&issuer));
	} else {
		note("iss    %s",
			count == 1 ? "is the issuer that was asked"
				   : "absent, and not announced either");
	}
	text_finish(&issuer);
	return right;
}

static bool check_state(const struct text *want, const char *query)
{
	struct text state = {0};
	bool right = query_parameter(query, "state", &state) == 1 && state.length == want->length
		&& gnutls_memcmp(state.data, want->data, want->length) == 0;
	text_finish(&state);
	if (!right) {
		return complain("the answer's state is not the one sent: it "
				"belongs to another request");
	}
	note("state  is the one sent");
	return true;
}

static bool read_code(const char *query, struct text *code)
{
	struct text error = {0};
	struct text why = {0};
	bool ok = false;
	query_parameter(query, "error_description", &why);
	if (query_parameter(query, "error", &error) > 0) {
		complain(
			"authorization was refused: %s %s", text_string(&error), text_string(&why));
	} else if (query_parameter(query, "code", code) != 1 || code->length == 0) {
		complain("the redirect holds no code");
	} else {
		note("code   %zu characters", code->length);
		ok = true;
	}
	text_finish(&error);
	text_finish(&why);
	return ok;
}

static void wipe_strings(cJSON *object)
{
	cJSON *item = NULL;
	if (object == NULL) {
		return;
	}
	cJSON_ArrayForEach(item, object)
	{
		char *value = cJSON_GetStringValue(item);
		if (value != NULL) {
			gnutls_memset(value, 0, strlen(value));
		}
	}
}

static bool read_token(const struct answer *answer, struct text *token)
{
	if (answer->status != 200) {
		return refused(answer, "the code");
	}
	cJSON *body = json_parse(text_string(&answer->body), answer->body.length);
	cJSON *found = cJSON_GetObjectItemCaseSensitive(body, "access_token");
	char *value = cJSON_GetStringValue(found);
	const char *type = json_string(body, "token_type");
	const char *scope = json_string(body, "scope");
	bool ok = value != NULL && type != NULL
		&& strcasecmp(type, "Bearer") == 0
		/* More would end the header line it is sent in. */
		&& value[0] != '\0'
		&& value[strspn(value,
			   "-._~+/="
			   "0123456789abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
			== '\0';
	if (ok) {
		text_finish(token);
		text_join(token, value, NULL);
		note("access token  %zu characters, type %s", token->length, type);
		note("scope         %s", scope != NULL ? scope : "as asked");
	} else {
		complain("the token answer holds no Bearer access token");
	}
	wipe_strings(body);
	cJSON_Delete(body);
	return ok;
}

static bool redeem(struct login *login, const struct text *code, struct text *token)
{
	struct answer answer = {0};
	struct text body = {0};
	step("Exchanging the code for an access token");
	text_add_field(&body, "grant_type", "authorization_code");
	text_add_field(&body, "code", text_string(code));
	text_add_field(&body, "redirect_uri", login->redirect_uri);
	text_add_field(&body, "client_id", text_string(&login->client_id));
	text_add_field(&body, "code_verifier", text_string(&login->verifier));
	text_add_field(&body, "resource", login->server->resource);
	struct request request = {.url = login->server->token_endpoint,
		.body = &body,
		.headers = (const char *const[]){"Content-Type: application/x-www-form-urlencoded",
			"Accept: application/json", NULL},
		.label = "code, code_verifier, resource"};
	bool ok = http_send(login->http, &request, &answer) && read_token(&answer, token);
	text_finish(&body);
	answer_finish(&answer);
	return ok;
}

bool login_complete(struct login *login, const char *redirect, struct text *token)
{
	struct text code = {0};
	const char *query = strchr(redirect, '?');
	query = query != NULL ? query + 1 : "";
	bool ok = check_issuer(login->server, query) && check_state(&login->state, query)
		&& read_code(query, &code) && redeem(login, &code, token);
	text_finish(&code);
	text_finish(&login->verifier);
	text_finish(&login->state);
	return ok;
}

void login_finish(struct login *login)
{
	text_finish(&login->scope);
	text_finish(&login->client_id);
	text_finish(&login->verifier);
	text_finish(&login->state);
	text_finish(&login->url);
}
