/* Checking and copying what a program says of a protected resource. */
#include "metadata/resource_config.h"

#include "base/ascii.h"
#include "base/base64url.h"
#include "base/buf.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/percent.h"
#include "base/scopes.h"
#include "base/words.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FIELD(name, check) \
	{ \
		offsetof(struct mcpauth_resource_config, name), #name, check \
	}

typedef enum mcpauth_code (*check_fn)(const char *text, bool allow_http, struct mcpauth_error *err);

static enum mcpauth_code invalid(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "%s", why);
}

/* For people, in a browser: http and a place within the page are theirs to judge. */
static enum mcpauth_code check_link(const char *text, bool allow_http, struct mcpauth_error *err)
{
	struct mcpauth__url url;
	(void)allow_http;
	enum mcpauth_code code = mcpauth__url_parse(text, &url, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (url.has_user) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_URL, "it names a user");
	}
	mcpauth__url_finish(&url);
	return code;
}

/* A document with such a byte in it would be no JSON. */
static enum mcpauth_code check_text(const char *text, bool allow_http, struct mcpauth_error *err)
{
	(void)allow_http;
	cJSON *json = cJSON_CreateString(text);
	char *printed = json == NULL ? NULL : cJSON_PrintUnformatted(json);
	bool is_valid = printed != NULL && mcpauth__json_is_valid(printed, strlen(printed), 1);
	cJSON_Delete(json);
	if (printed == NULL) {
		return mcpauth__no_memory(err);
	}
	cJSON_free(printed);
	return is_valid ? MCPAUTH_OK : invalid(err, "it is not UTF-8");
}

static enum mcpauth_code check_scopes(const char *text, bool allow_http, struct mcpauth_error *err)
{
	(void)allow_http;
	return mcpauth__scopes_are_valid(text)
		? MCPAUTH_OK
		: invalid(err, "a scope holds a character that RFC 6749 does not allow");
}

/* MCP: a token comes in the header, never in the query or a form. */
static enum mcpauth_code check_methods(const char *text, bool allow_http, struct mcpauth_error *err)
{
	(void)allow_http;
	return strcmp(text, "header") == 0 ? MCPAUTH_OK
					   : mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
						   "tokens are taken from the header alone");
}

/* RFC 9728 section 2: "none" must not be used. */
static enum mcpauth_code check_algorithms(
	const char *text, bool allow_http, struct mcpauth_error *err)
{
	const char *at = text;
	const char *word;
	size_t length;
	while ((word = mcpauth__word_next(&at, &length)) != NULL) {
		if (length == 4 && memcmp(word, "none", 4) == 0) {
			return invalid(err, "\"none\" is no way to sign");
		}
	}
	return check_text(text, allow_http, err);
}

static enum mcpauth_code check_jwt(const char *text, bool allow_http, struct mcpauth_error *err)
{
	(void)allow_http;
	unsigned char *bytes = malloc(strlen(text) + 1);
	if (bytes == NULL) {
		return mcpauth__no_memory(err);
	}
	unsigned parts = 0;
	bool good = true;
	bool more = true;
	while (good && more) {
		size_t length = strcspn(text, ".");
		good = length > 0 && mcpauth__base64url_decode(text, length, bytes);
		more = text[length] == '.';
		text += length + more;
		parts++;
	}
	free(bytes);
	return good && parts == 3 ? MCPAUTH_OK : invalid(err, "a JWT is three parts of base64url");
}

static enum mcpauth_code check_dpop(const char *text, bool allow_http, struct mcpauth_error *err)
{
	(void)text;
	(void)allow_http;
	return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED, "no DPoP proof is checked here");
}

static enum mcpauth_code check_claim_name(
	const char *text, bool allow_http, struct mcpauth_error *err)
{
	(void)allow_http;
	return *text != '\0' ? MCPAUTH_OK : invalid(err, "it is empty");
}

/* Every string of a configuration, so that none is forgotten. */
static const struct {
	size_t offset;
	const char *name;
	check_fn check;
} fields[] = {
	FIELD(resource, mcpauth__url_check),
	FIELD(scopes_supported, check_scopes),
	FIELD(resource_name, check_text),
	FIELD(resource_documentation, check_link),
	FIELD(resource_policy_uri, check_link),
	FIELD(resource_tos_uri, check_link),
	FIELD(bearer_methods_supported, check_methods),
	FIELD(jwks_uri, mcpauth__url_check),
	FIELD(resource_signing_alg_values_supported, check_algorithms),
	FIELD(authorization_details_types_supported, check_text),
	FIELD(signed_metadata, check_jwt),
	FIELD(dpop_signing_alg_values_supported, check_dpop),
	FIELD(recipient_claim, check_claim_name),
};

static const char *string_of(const struct mcpauth_resource_config *config, size_t offset)
{
	const char *text;
	memcpy(&text, (const char *)config + offset, sizeof text);
	return text;
}

/* A client that believes such a flag sends proofs which nobody looks at. */
static enum mcpauth_code check_flags(
	const struct mcpauth_resource_config *config, struct mcpauth_error *err)
{
	if (config->tls_client_certificate_bound_access_tokens) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"tls_client_certificate_bound_access_tokens:"
			" no client certificate is checked here");
	}
	if (config->dpop_bound_access_tokens_required) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"dpop_bound_access_tokens_required: no DPoP proof is checked here");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__resource_config_check(
	const struct mcpauth_resource_config *config, bool allow_http, struct mcpauth_error *err)
{
	if (config->resource == NULL) {
		return invalid(err, "no resource is named");
	}
	enum mcpauth_code code = check_flags(config, err);
	for (size_t i = 0; i < COUNT(fields) && code == MCPAUTH_OK; i++) {
		const char *text = string_of(config, fields[i].offset);
		if (text == NULL) {
			continue;
		}
		code = fields[i].check(text, allow_http, err);
		if (code != MCPAUTH_OK) {
			mcpauth__error_prefix(err, fields[i].name);
		}
	}
	return code;
}

bool mcpauth__resource_config_copy(
	struct mcpauth_resource_config *to, const struct mcpauth_resource_config *from)
{
	bool good = true;
	*to = *from;
	for (size_t i = 0; i < COUNT(fields); i++) {
		const char *text = string_of(from, fields[i].offset);
		char *copy = mcpauth__strdup(text);
		good = good && (text == NULL || copy != NULL);
		memcpy((char *)to + fields[i].offset, &copy, sizeof copy);
	}
	return good;
}

void mcpauth__resource_config_finish(struct mcpauth_resource_config *config)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		free((char *)string_of(config, fields[i].offset));
	}
	*config = (struct mcpauth_resource_config){0};
}

/* The shape of RFC 5646 section 2.1; whether such a language exists is not asked. */
static bool is_language_tag(const char *tag)
{
	for (bool first = true;; first = false) {
		size_t length = strcspn(tag, "-");
		bool good = length >= 1 && length <= 8;
		for (size_t i = 0; i < length && good; i++) {
			char c = tag[i];
			good = mcpauth__ascii_is_letter(c)
				|| (!first && mcpauth__ascii_is_digit(c));
		}
		if (!good || tag[length] == '\0') {
			return good;
		}
		tag += length + 1;
	}
}

enum mcpauth_code mcpauth__translation_check(
	const char *member, const char *text, struct mcpauth_error *err)
{
	static const struct {
		const char *name;
		check_fn check;
	} members[] = {
		{"resource_name#", check_text},
		{"resource_documentation#", check_link},
		{"resource_policy_uri#", check_link},
		{"resource_tos_uri#", check_link},
	};
	if (member == NULL || text == NULL) {
		return invalid(err, "a translation has a member and a text");
	}
	for (size_t i = 0; i < COUNT(members); i++) {
		size_t length = strlen(members[i].name);
		if (strncmp(member, members[i].name, length) != 0) {
			continue;
		}
		return is_language_tag(member + length)
			? members[i].check(text, false, err)
			: invalid(err, "what follows the \"#\" is no language tag of RFC 5646");
	}
	return invalid(err, "there is no such member that people could read");
}

static const char *port_of(const struct mcpauth__url *url)
{
	const char *port = url->port;
	while (port != NULL && *port == '0') {
		port++;
	}
	return port != NULL ? port : strcmp(url->scheme, "https") == 0 ? "443" : "80";
}

enum mcpauth_code mcpauth__resource_place(const char *url, char **place, struct mcpauth_error *err)
{
	struct mcpauth__url parts;
	struct mcpauth__buf buf = {0};
	*place = NULL;
	enum mcpauth_code code = mcpauth__url_parse(url, &parts, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	char *path = mcpauth__percent_decode(parts.path, strlen(parts.path));
	if (path == NULL) {
		code = mcpauth__no_memory(err);
		goto out;
	}
	for (char *at = parts.host; *at != '\0'; at++) {
		*at = mcpauth__ascii_lower(*at);
	}
	/* A blank stands in none of them but the path, which comes last. */
	mcpauth__buf_printf(&buf, "%s %s %s %s%s %s", parts.scheme, parts.host, port_of(&parts),
		parts.query == NULL ? "" : "?", parts.query == NULL ? "" : parts.query, path);
	*place = mcpauth__buf_take(&buf);
	code = *place != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
out:
	free(path);
	mcpauth__url_finish(&parts);
	return code;
}
