/* Fuzz target: a server's metadata as a client reads it. The first line is the server's URL,
 * the rest its document. */
#include "common/document.h"
#include "common/fuzz.h"

#include "base/json.h"
#include "client/discovery/resource_metadata.h"
#include "net/url.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVER "https://api.example/a/mcp"
#define SEGMENTS_MAX 4096

struct segments {
	struct {
		const char *text;
		size_t length;
	} items[SEGMENTS_MAX];
	size_t count;
};

/* What stands between the slashes; nothing before the first one. */
static void split(const char *path, struct segments *segments)
{
	segments->count = 0;
	while (*path == '/' && segments->count < SEGMENTS_MAX) {
		size_t length = strcspn(path + 1, "/");
		segments->items[segments->count].text = path + 1;
		segments->items[segments->count++].length = length;
		path += 1 + length;
	}
}

static bool is_path_above(const struct mcpauth__url *resource, const struct mcpauth__url *server)
{
	static struct segments above;
	static struct segments below;
	bool is_same_place = true;
	split(resource->path, &above);
	split(server->path, &below);
	if (above.count > 0 && above.items[above.count - 1].length == 0) {
		above.count--;
	}
	for (size_t i = 0; i < above.count; i++) {
		if (i >= below.count || above.items[i].length != below.items[i].length
			|| memcmp(above.items[i].text, below.items[i].text, above.items[i].length)
				!= 0) {
			return false;
		}
	}
	for (size_t i = above.count; i < below.count; i++) {
		is_same_place = is_same_place && below.items[i].length == 0;
	}
	return resource->query == NULL
		|| (is_same_place && server->query != NULL
			&& strcmp(resource->query, server->query) == 0);
}

/* As libcurl takes both apart. */
static bool is_same_part(CURLU *a, CURLU *b, CURLUPart which)
{
	char *left = NULL;
	char *right = NULL;
	MUST(curl_url_get(a, which, &left, CURLU_DEFAULT_PORT) == CURLUE_OK);
	MUST(curl_url_get(b, which, &right, CURLU_DEFAULT_PORT) == CURLUE_OK);
	bool same = strcasecmp(left, right) == 0
		|| (which == CURLUPART_PORT && strtol(left, NULL, 10) == strtol(right, NULL, 10));
	curl_free(left);
	curl_free(right);
	return same;
}

static bool is_same_origin(const char *resource, const char *server)
{
	CURLU *a = curl_url();
	CURLU *b = curl_url();
	MUST(curl_url_set(a, CURLUPART_URL, resource, CURLU_PATH_AS_IS) == CURLUE_OK);
	MUST(curl_url_set(b, CURLUPART_URL, server, CURLU_PATH_AS_IS) == CURLUE_OK);
	bool same = is_same_part(a, b, CURLUPART_SCHEME) && is_same_part(a, b, CURLUPART_HOST)
		&& is_same_part(a, b, CURLUPART_PORT);
	curl_url_cleanup(a);
	curl_url_cleanup(b);
	return same;
}

static bool speaks_for(const char *resource, const char *server)
{
	struct mcpauth__url above;
	struct mcpauth__url below;
	if (strcmp(resource, server) == 0) {
		return true;
	}
	if (mcpauth__url_check(resource, true, NULL) != MCPAUTH_OK) {
		return false;
	}
	MUST(mcpauth__url_parse(resource, &above, NULL) == MCPAUTH_OK);
	MUST(mcpauth__url_parse(server, &below, NULL) == MCPAUTH_OK);
	/* libcurl writes an IPv6 address anew, the library takes it as it stands. */
	bool is_written_alike = strchr(above.host, ':') == NULL
		|| strcasecmp(above.host, below.host) == 0;
	bool speaks = is_written_alike && is_same_origin(resource, server)
		&& is_path_above(&above, &below);
	mcpauth__url_finish(&above);
	mcpauth__url_finish(&below);
	return speaks;
}

static bool is_whole(const cJSON *json)
{
	const cJSON *servers = cJSON_GetObjectItemCaseSensitive(json, "authorization_servers");
	return fuzz_member(json, "resource") != NULL
		&& document_fits_list(json, "authorization_servers")
		&& cJSON_GetArraySize(servers) > 0 && document_fits_list(json, "scopes_supported")
		&& document_fits_flag(json, "dpop_bound_access_tokens_required")
		&& document_fits_list(json, "dpop_signing_alg_values_supported");
}

static void check_read(const cJSON *json, const struct mcpauth__resource_metadata *metadata)
{
	const cJSON *scopes = cJSON_GetObjectItemCaseSensitive(json, "scopes_supported");
	MUST(document_is_text(json, "resource", metadata->resource));
	MUST(document_is_list(json, "authorization_servers", &metadata->authorization_servers));
	MUST(document_is_list(json, "scopes_supported", &metadata->scopes_supported));
	MUST(metadata->has_scopes == cJSON_IsArray(scopes));
	MUST(document_is_flag(json, "dpop_bound_access_tokens_required", metadata->wants_dpop));
	MUST(metadata->takes_dpop
		== document_has(json, "dpop_signing_alg_values_supported", "ES256"));
}

static void check(const char *server, const char *text)
{
	struct mcpauth_error err;
	struct mcpauth__resource_metadata metadata = {0};
	const struct mcpauth__buf buf = {.data = (char *)text, .length = strlen(text)};
	cJSON *json;
	enum mcpauth_code strict = mcpauth__json_parse_object(buf.data, buf.length, &json, NULL);
	enum mcpauth_code code = mcpauth__resource_metadata_read(server, &buf, &metadata, &err);
	fuzz_check_error(code, &err);
	MUST(strict == MCPAUTH_OK || code == strict);
	if (strict == MCPAUTH_OK && is_whole(json)) {
		bool speaks = speaks_for(fuzz_member(json, "resource"), server);
		MUST(code == (speaks ? MCPAUTH_OK : MCPAUTH_E_RESOURCE_MISMATCH));
		check_read(json, &metadata);
	} else if (strict == MCPAUTH_OK) {
		MUST(code == MCPAUTH_E_INVALID_METADATA || code == MCPAUTH_E_TOO_LARGE);
	}
	mcpauth__resource_metadata_finish(&metadata);
	cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *server = fuzz_field(&data, &size, '\n');
	char *text = fuzz_text(data, size);
	/* It is configured, so it is one. */
	bool good = mcpauth__url_check(server, true, NULL) == MCPAUTH_OK;
	check(good ? server : SERVER, text);
	free(text);
	free(server);
	return 0;
}
