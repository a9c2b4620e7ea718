/* The rules for client metadata, above all for redirect URIs. */
#define _POSIX_C_SOURCE 200809L

#include "clients.h"
#include "terms.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define REDIRECT_URIS 20
#define URI_LENGTH 2048
#define NAME_LENGTH 100

/* Hosts spelt so that nothing needs to be parsed or normalised to know them. */
static const char *const loopback[] = {
	"http://127.0.0.1",
	"http://localhost",
	"http://[::1]",
};

/* What follows scheme and host, if they are a loopback one: port, path, query. */
static const char *after_loopback_host(const char *uri)
{
	for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++) {
		size_t length = strlen(loopback[i]);
		if (strncmp(uri, loopback[i], length) == 0
			&& (uri[length] == '\0' || strchr(":/?", uri[length]) != NULL)) {
			return uri + length;
		}
	}
	return NULL;
}

/* Past an optional port; NULL if what stands there is not a port. */
static const char *after_port(const char *rest)
{
	if (*rest != ':') {
		return rest;
	}
	size_t digits = strspn(rest + 1, "0123456789");
	long port = digits == 0 || digits > 5 ? 0 : strtol(rest + 1, NULL, 10);
	const char *end = rest + 1 + digits;
	if (port < 1 || port > 65535 || (*end != '\0' && *end != '/' && *end != '?')) {
		return NULL;
	}
	return end;
}

bool redirect_is_loopback(const char *uri)
{
	const char *rest = after_loopback_host(uri);
	return rest != NULL && after_port(rest) != NULL;
}

static bool equal_but_port(const char *registered, const char *uri)
{
	const char *registered_rest = after_loopback_host(registered);
	const char *rest = after_loopback_host(uri);
	if (registered_rest == NULL || rest == NULL || registered_rest - registered != rest - uri
		|| strncmp(registered, uri, (size_t)(rest - uri)) != 0) {
		return false;
	}
	registered_rest = after_port(registered_rest);
	rest = after_port(rest);
	return registered_rest != NULL && rest != NULL && strcmp(registered_rest, rest) == 0;
}

bool client_may_redirect(const struct client *client, const char *uri)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, client->redirect_uris)
	{
		if (strcmp(item->valuestring, uri) == 0 || equal_but_port(item->valuestring, uri)) {
			return true;
		}
	}
	return false;
}

/* What a browser, a mailer, a telephone or the system itself answers to is no program's
 * own: it would run, open or hand on whatever stands behind. */
static bool is_common_scheme(const char *scheme, size_t length)
{
	static const char *const common[] = {"about", "blob", "chrome", "content", "data", "file",
		"filesystem", "ftp", "http", "https", "intent", "jar", "javascript", "ldap",
		"ldaps", "mailto", "ms-msdt", "nfs", "resource", "search-ms", "sftp", "shell",
		"smb", "sms", "ssh", "tel", "telnet", "urn", "vbscript", "view-source", "ws",
		"wss"};
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
		if (strlen(common[i]) == length && strncmp(common[i], scheme, length) == 0) {
			return true;
		}
	}
	return false;
}

bool redirect_is_private(const char *uri)
{
	size_t length = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
	return uri[0] >= 'a' && uri[0] <= 'z' && strncmp(uri + length, ":/", 2) == 0
		&& uri[length + 2] != '\0' && !is_common_scheme(uri, length);
}

static bool has_plain_https_host(const char *uri)
{
	CURLU *url = must(curl_url());
	char *host = NULL;
	char *user = NULL;
	bool good = strncmp(uri, "https://", 8) == 0
		&& curl_url_set(url, CURLUPART_URL, uri, 0) == CURLUE_OK
		&& curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK
		&& curl_url_get(url, CURLUPART_USER, &user, 0) != CURLUE_OK;
	curl_free(host);
	curl_free(user);
	curl_url_cleanup(url);
	return good;
}

/* Lower-case scheme, no fragment, no user, only characters an URI may have. */
static bool is_redirect_uri(const char *uri)
{
	if (strlen(uri) > URI_LENGTH) {
		return false;
	}
	for (const char *c = uri; *c != '\0'; c++) {
		if (*c <= 0x20 || *c >= 0x7f || strchr("#\"<>\\^`{|}", *c) != NULL) {
			return false;
		}
	}
	return redirect_is_loopback(uri) || has_plain_https_host(uri) || redirect_is_private(uri);
}

static bool read_redirect_uris(struct client *client, const cJSON *list)
{
	const cJSON *item;
	if (list != NULL && (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > REDIRECT_URIS)) {
		return false;
	}
	client->redirect_uris = must(cJSON_CreateArray());
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item) || !is_redirect_uri(item->valuestring)) {
			return false;
		}
		cJSON_AddItemToArray(
			client->redirect_uris, must(cJSON_CreateString(item->valuestring)));
	}
	return true;
}

/* Those it knows; RFC 7591 section 2 lets a server leave out the others. */
static unsigned read_grant_types(const cJSON *list)
{
	static const struct {
		const char *name;
		unsigned bit;
	} known[] = {
		{"authorization_code", GRANT_CODE},
		{"refresh_token", GRANT_REFRESH},
		{"client_credentials", GRANT_CLIENT},
	};
	if (list == NULL) {
		return GRANT_CODE;
	}
	unsigned bits = 0;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (json_has_string(list, known[i].name)) {
			bits |= known[i].bit;
		}
	}
	return bits;
}

static bool read_authentication(struct client *client, const cJSON *metadata)
{
	static const char *const names[] = {
		[AUTH_NONE] = "none",
		[AUTH_BASIC] = "client_secret_basic",
		[AUTH_POST] = "client_secret_post",
	};
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(
		metadata, "token_endpoint_auth_method");
	const char *name = cJSON_GetStringValue(item);
	/* The default of RFC 7591 section 2. */
	client->authentication = AUTH_BASIC;
	if (item == NULL) {
		return true;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (name != NULL && strcmp(names[i], name) == 0) {
			client->authentication = (enum client_authentication)i;
			return true;
		}
	}
	return false;
}

/* The overrides and isolates of Unicode could turn a shown name around. */
static bool turns_text_around(const char *name)
{
	for (const char *c = name; (c = strchr(c, 0xe2)) != NULL; c++) {
		unsigned char second = (unsigned char)c[1];
		unsigned char third = second == 0 ? 0 : (unsigned char)c[2];
		if ((second == 0x80 && third >= 0xaa && third <= 0xae)
			|| (second == 0x81 && third >= 0xa6 && third <= 0xa9)) {
			return true;
		}
	}
	return false;
}

static bool read_names(struct client *client, const cJSON *metadata)
{
	const char *name = json_string(metadata, "client_name");
	const char *scope = json_string(metadata, "scope");
	if (name != NULL
		&& (strlen(name) > NAME_LENGTH || turns_text_around(name)
			|| !text_is_clean(name, strlen(name)))) {
		return false;
	}
	client->name = text_copy(name);
	client->scope = scope == NULL ? NULL : scope_normalise(scope);
	return (scope == NULL) == (client->scope == NULL);
}

bool client_read(struct client *client, const cJSON *metadata, struct refusal *refusal)
{
	const cJSON *responses = cJSON_GetObjectItemCaseSensitive(metadata, "response_types");
	refusal->error = "invalid_client_metadata";
	if (!read_names(client, metadata)) {
		refusal->description = "client_name or scope is not acceptable";
		return false;
	}
	if (!read_authentication(client, metadata)) {
		refusal->description = "token_endpoint_auth_method must be none, "
				       "client_secret_basic or client_secret_post";
		return false;
	}
	client->grant_types = read_grant_types(
		cJSON_GetObjectItemCaseSensitive(metadata, "grant_types"));
	if ((client->grant_types & (GRANT_CODE | GRANT_CLIENT)) == 0) {
		refusal->description = "grant_types names none that is supported";
		return false;
	}
	if ((client->grant_types & GRANT_CLIENT) != 0 && client->authentication == AUTH_NONE) {
		refusal->description = "client_credentials needs a client with a secret";
		return false;
	}
	if (responses != NULL && (client->grant_types & GRANT_CODE) != 0
		&& !json_has_string(responses, "code")) {
		refusal->description = "response_types must have code";
		return false;
	}
	refusal->error = "invalid_redirect_uri";
	if (!read_redirect_uris(
		    client, cJSON_GetObjectItemCaseSensitive(metadata, "redirect_uris"))) {
		refusal->description = "redirect URIs must be https, http on loopback, or of a "
				       "program's own scheme, without a fragment";
		return false;
	}
	if ((client->grant_types & GRANT_CODE) != 0
		&& cJSON_GetArraySize(client->redirect_uris) == 0) {
		refusal->description = "redirect_uris is missing";
		return false;
	}
	return true;
}
