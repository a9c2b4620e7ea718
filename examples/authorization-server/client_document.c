/* Clients whose id is the URL of a document about them, fetched when they come. */
#define _POSIX_C_SOURCE 200809L

#include "address.h"
#include "clients.h"
#include "log.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOCUMENT_LIMIT ((size_t)16 * 1024)
#define URL_LENGTH 1024
#define SECONDS_TO_FETCH 3L
#define SECONDS_KEPT 300

struct document {
	char *text;
	size_t length;
	bool loopback;
};

static bool has_path(CURLU *url)
{
	char *path = NULL;
	bool good = curl_url_get(url, CURLUPART_PATH, &path, 0) == CURLUE_OK
		&& strcmp(path, "/") != 0;
	curl_free(path);
	return good;
}

static bool lacks(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool missing = curl_url_get(url, part, &text, 0) != CURLUE_OK;
	curl_free(text);
	return missing;
}

/* https with a path (draft-ietf-oauth-client-id-metadata-document section 3),
 * or, so that it can be tried without a certificate, http on loopback. A path with
 * /./ could be spelt another way: two ids would be one URL. */
bool client_document_is_url(const char *id)
{
	if (strlen(id) > URL_LENGTH || strstr(id, "/./") != NULL || strstr(id, "/../") != NULL
		|| strpbrk(id, "# \"<>\\^`{|}") != NULL
		|| (strncmp(id, "https://", 8) != 0 && !redirect_is_loopback(id))) {
		return false;
	}
	CURLU *url = must(curl_url());
	bool good = curl_url_set(url, CURLUPART_URL, id, CURLU_PATH_AS_IS) == CURLUE_OK
		&& has_path(url) && lacks(url, CURLUPART_USER) && lacks(url, CURLUPART_PASSWORD)
		&& lacks(url, CURLUPART_FRAGMENT);
	curl_url_cleanup(url);
	return good;
}

/* Judged on the address itself, after the name was resolved: a name may resolve
 * to one thing when it is looked at and to another when it is connected to. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct document *document = user;
	bool allowed = document->loopback ? address_is_loopback(&address->addr)
					  : address_is_public(&address->addr);
	if (purpose != CURLSOCKTYPE_IPCXN || !allowed) {
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t collect(char *data, size_t size, size_t count, void *user)
{
	struct document *document = user;
	size_t length = size * count;
	if (document->length + length > DOCUMENT_LIMIT) {
		return 0;
	}
	document->text = must(realloc(document->text, document->length + length));
	memcpy(document->text + document->length, data, length);
	document->length += length;
	return length;
}

static void set_options(CURL *curl, const char *url, struct document *document)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, document->loopback ? "http" : "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS_TO_FETCH);
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, document);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, document);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mcpauth-demo-authorization-server");
}

static bool is_json(const char *type)
{
	size_t length = type == NULL ? 0 : strcspn(type, "; ");
	return (length == 16 && strncasecmp(type, "application/json", length) == 0)
		|| (length > 5 && strncasecmp(type + length - 5, "+json", 5) == 0);
}

static const char *fetch(const char *url, struct document *document)
{
	CURL *curl = must(curl_easy_init());
	struct curl_slist *headers = must(curl_slist_append(NULL, "Accept: application/json"));
	long status = 0;
	char *type = NULL;
	set_options(curl, url, document);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	const char *why = NULL;
	if (code != CURLE_OK) {
		log_line(LOG_WARNING,
			"client document %s: %s; --no-client-documents lets it register instead",
			url, curl_easy_strerror(code));
		why = "the client's metadata document could not be fetched";
	} else if (status != 200 || !is_json(type)) {
		why = "the client's metadata document was not answered as JSON with status 200";
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return why;
}

/* Nobody could have agreed on a secret with a client that never registered. */
static bool is_public(const cJSON *metadata)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(
		metadata, "token_endpoint_auth_method");
	const char *method = cJSON_GetStringValue(item);
	return item == NULL || (method != NULL && strcmp(method, "none") == 0);
}

static const char *read_document(const char *url, cJSON *metadata, struct client *client)
{
	struct refusal refusal;
	const char *id = json_string(metadata, "client_id");
	if (id == NULL || strcmp(id, url) != 0) {
		return "the client_id in the client's metadata document is not its URL";
	}
	if (!is_public(metadata)
		|| cJSON_GetObjectItemCaseSensitive(metadata, "client_secret") != NULL) {
		return "only clients without a secret can come with a metadata document";
	}
	cJSON_DeleteItemFromObjectCaseSensitive(metadata, "token_endpoint_auth_method");
	must(cJSON_AddStringToObject(metadata, "token_endpoint_auth_method", "none"));
	if (!client_read(client, metadata, &refusal)) {
		return refusal.description;
	}
	client->id = text_copy(url);
	client->expires = time(NULL) + SECONDS_KEPT;
	return NULL;
}

struct client *client_document_fetch(const char *url, const char **why)
{
	struct document document = {.loopback = strncmp(url, "http://", 7) == 0};
	struct client *client = must(calloc(1, sizeof *client));
	cJSON *metadata = NULL;
	const char *reason = fetch(url, &document);
	if (reason == NULL) {
		metadata = json_parse(document.text == NULL ? "" : document.text, document.length);
		reason = metadata == NULL ? "the client's metadata document is not JSON"
					  : read_document(url, metadata, client);
	}
	if (reason != NULL) {
		client_free(client);
		client = NULL;
		*why = reason;
	}
	cJSON_Delete(metadata);
	free(document.text);
	return client;
}

struct client *clients_find(struct server *server, const char *id, const char **why)
{
	struct client *client = store_find_client(server->store, id);
	if (client != NULL && (client->expires == 0 || client->expires > time(NULL))) {
		return client;
	}
	*why = "this client is not registered here";
	if (server->settings.no_client_documents || !client_document_is_url(id)) {
		return NULL;
	}
	pthread_mutex_unlock(&server->lock);
	client = client_document_fetch(id, why);
	pthread_mutex_lock(&server->lock);
	if (client != NULL) {
		log_line(LOG_INFO, "read the metadata document of client %s", id);
		store_add_client(server->store, client);
	}
	return client;
}
