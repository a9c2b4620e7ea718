/* Fuzz target: an authorization server's document as a client reads it. */
#include "common/document.h"
#include "common/fuzz.h"

#include "base/json.h"
#include "client/discovery/authorization_server.h"
#include "net/url.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ISSUER "https://as.example/tenant"
#define SOURCE "https://as.example/.well-known/oauth-authorization-server/tenant"

static const char *const endpoints[] = {
	"authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"};
static const char *const lists[] = {"token_endpoint_auth_methods_supported",
	"token_endpoint_auth_signing_alg_values_supported", "scopes_supported",
	"code_challenge_methods_supported", "dpop_signing_alg_values_supported"};
static const char *const flags[] = {
	"client_id_metadata_document_supported", "authorization_response_iss_parameter_supported"};

/* For what is checked nobody is asked. */
static const struct mcpauth__asker *asker(void)
{
	static struct mcpauth__clock clock;
	static struct mcpauth__log log = {.clock = &clock};
	static struct mcpauth__asker made;
	const struct mcpauth__worker_config config = {.log = &log, .clock = &clock};
	if (made.worker == NULL) {
		made.worker = mcpauth__worker_new(&config);
		MUST(made.worker != NULL);
	}
	return &made;
}

static bool has_part(CURLU *url, CURLUPart which)
{
	char *text = NULL;
	bool has = curl_url_get(url, which, &text, 0) == CURLUE_OK;
	curl_free(text);
	return has;
}

/* Where libcurl or a browser would go with it. */
static void check_endpoint(const char *text)
{
	CURLU *url = curl_url();
	MUST(curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK);
	char *host = NULL;
	MUST(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	MUST(!has_part(url, CURLUPART_USER) && !has_part(url, CURLUPART_FRAGMENT));
	bool is_local = strncmp(host, "127.", 4) == 0 || *host == '[';
	for (size_t i = 0; !is_local && host[i] != '\0'; i++) {
		is_local = strncasecmp(host + i, "localhost", 9) == 0;
	}
	MUST(strncasecmp(text, "https://", 8) == 0
		|| (strncasecmp(text, "http://", 7) == 0 && is_local));
	curl_free(host);
	curl_url_cleanup(url);
}

static bool has_good_endpoints(const cJSON *json)
{
	bool good = fuzz_member(json, "token_endpoint") != NULL;
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		const char *url = fuzz_member(json, endpoints[i]);
		good = good && document_fits_text(json, endpoints[i])
			&& (url == NULL
				|| mcpauth__ask_check_url(asker(), url, endpoints[i], NULL)
					== MCPAUTH_OK);
	}
	return good;
}

/* Would a browser come to this machine? */
static bool is_here(const char *text)
{
	struct mcpauth__url url = {0};
	bool is = text != NULL && mcpauth__url_parse(text, &url, NULL) == MCPAUTH_OK
		&& mcpauth__url_is_loopback(&url);
	mcpauth__url_finish(&url);
	return is;
}

static bool is_whole(const cJSON *json)
{
	bool good = has_good_endpoints(json) && !is_here(fuzz_member(json, endpoints[0]));
	for (size_t i = 0; i < COUNT(lists); i++) {
		good = good && document_fits_list(json, lists[i]);
	}
	for (size_t i = 0; i < COUNT(flags); i++) {
		good = good && document_fits_flag(json, flags[i]);
	}
	return good;
}

static void check_read(const cJSON *json, const struct mcpauth__authorization_server *server)
{
	const char *const read[] = {server->authorization_endpoint, server->token_endpoint,
		server->registration_endpoint, server->revocation_endpoint};
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		MUST(document_is_text(json, endpoints[i], read[i]));
		if (read[i] != NULL) {
			check_endpoint(read[i]);
		}
	}
	MUST(!is_here(server->authorization_endpoint));
	const struct mcpauth__words *methods = &server->authentication_methods;
	MUST(document_is_list(json, lists[0], methods)
		|| (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, lists[0])) == 0
			&& methods->count == 1
			&& strcmp(methods->items[0], "client_secret_basic") == 0));
	MUST(document_is_list(json, lists[1], &server->assertion_algorithms));
	MUST(document_is_list(json, lists[2], &server->scopes_supported));
	MUST(server->has_pkce == document_has(json, lists[3], "S256"));
	MUST(server->takes_dpop == document_has(json, lists[4], "ES256"));
	MUST(document_is_flag(json, flags[0], server->reads_client_documents));
	MUST(document_is_flag(json, flags[1], server->names_issuer));
	MUST(strcmp(server->issuer, ISSUER) == 0 && strcmp(server->source, SOURCE) == 0);
	MUST(!server->is_assumed && !server->is_missing);
}

static enum mcpauth_code read_text(const char *text, struct mcpauth__authorization_server *server)
{
	struct mcpauth_error err;
	const struct mcpauth__buf buf = {.data = (char *)text, .length = strlen(text)};
	const struct mcpauth__server_document document = {ISSUER, SOURCE, &buf};
	enum mcpauth_code code = mcpauth__authorization_server_read(
		asker(), &document, server, &err);
	fuzz_check_error(code, &err);
	return code;
}

/* The whole reading told again: which code, and what for. */
static void check(const cJSON *json, enum mcpauth_code code,
	const struct mcpauth__authorization_server *server)
{
	const char *issuer = fuzz_member(json, "issuer");
	if (issuer != NULL && strcmp(issuer, ISSUER) != 0) {
		MUST(code == MCPAUTH_E_ISSUER_MISMATCH);
	} else if (issuer == NULL || !is_whole(json)) {
		MUST(code == MCPAUTH_E_INVALID_METADATA || code == MCPAUTH_E_TOO_LARGE);
	} else {
		MUST(code == MCPAUTH_OK);
		check_read(json, server);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__authorization_server server = {0};
	struct mcpauth__authorization_server again = {0};
	cJSON *json;
	char *text = fuzz_text(data, size);
	enum mcpauth_code strict = mcpauth__json_parse_object(text, strlen(text), &json, NULL);
	enum mcpauth_code code = read_text(text, &server);
	MUST(strict == MCPAUTH_OK || code == strict);
	if (strict == MCPAUTH_OK) {
		check(json, code, &server);
	}
	/* What is kept is as good as what was found. */
	if (code == MCPAUTH_OK) {
		MUST(strcmp(server.text, text) == 0);
		MUST(read_text(server.text, &again) == MCPAUTH_OK);
		check_read(json, &again);
	}
	mcpauth__authorization_server_finish(&again);
	mcpauth__authorization_server_finish(&server);
	cJSON_Delete(json);
	free(text);
	return 0;
}
