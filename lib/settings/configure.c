/* Making resources and issuers from a settings file. */
#include "settings/settings_int.h"

#include "base/error_int.h"

#include <mcpauth/mcpauth.h>

#include <string.h>

/** Where the file is being read. */
struct reading {
	struct mcpauth *auth;
	const struct mcpauth_settings *settings;
	const cJSON *resource; /* the object in the file */
	const char *identifier;
	struct mcpauth__words *pool;
	struct mcpauth_error *err;
};

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Messages of the calls begin with a field's name where one is to blame. */
static const cJSON *blamed_member(const cJSON *object, const struct mcpauth_error *err)
{
	for (const cJSON *item = object->child; err != NULL && item != NULL; item = item->next) {
		size_t length = strlen(item->string);
		if (length > 0 && strncmp(err->message, item->string, length) == 0
			&& err->message[length] == ':') {
			return item;
		}
	}
	return object;
}

static enum mcpauth_code at(
	const struct reading *reading, const cJSON *value, enum mcpauth_code code)
{
	return code == MCPAUTH_OK
		? code
		: mcpauth__settings_at(reading->settings, value, code, reading->err);
}

static enum mcpauth_code at_member(
	const struct reading *reading, const cJSON *object, enum mcpauth_code code)
{
	return code == MCPAUTH_OK ? code : at(reading, blamed_member(object, reading->err), code);
}

static enum mcpauth_code fill(const struct reading *reading, const cJSON *object,
	struct mcpauth__settings_filling *filling)
{
	filling->pool = reading->pool;
	return mcpauth__settings_read_section(reading->settings, filling, object, reading->err);
}

typedef enum mcpauth_code (*tell_fn)(
	struct mcpauth *auth, const char *object, const char *value, struct mcpauth_error *err);

static enum mcpauth_code tell_each(const struct reading *reading, const char *list, tell_fn tell)
{
	const cJSON *value;
	cJSON_ArrayForEach(value, member(reading->resource, list))
	{
		enum mcpauth_code code = tell(
			reading->auth, reading->identifier, value->valuestring, reading->err);
		if (code != MCPAUTH_OK) {
			return at(reading, value, code);
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code add_translations(const struct reading *reading)
{
	for (const cJSON *item = reading->resource->child; item != NULL; item = item->next) {
		if (strchr(item->string, '#') == NULL) {
			continue;
		}
		enum mcpauth_code code = mcpauth_add_translation(reading->auth, reading->identifier,
			item->string, item->valuestring, reading->err);
		if (code != MCPAUTH_OK) {
			return at(reading, item, code);
		}
	}
	return MCPAUTH_OK;
}

/* One pair a time, so that the one that is wrong has a line. */
static enum mcpauth_code imply_scopes(const struct reading *reading)
{
	const cJSON *scopes = member(reading->resource, "implied_scopes");
	const cJSON *scope;
	const cJSON *implied;
	cJSON_ArrayForEach(scope, scopes)
	{
		cJSON_ArrayForEach(implied, scope)
		{
			enum mcpauth_code code = mcpauth_imply_scopes(reading->auth,
				reading->identifier, scope->string, implied->valuestring,
				reading->err);
			if (code != MCPAUTH_OK) {
				return at(reading, implied, code);
			}
		}
	}
	return MCPAUTH_OK;
}

static bool is_in(const cJSON *list, const char *text)
{
	const cJSON *value;
	cJSON_ArrayForEach(value, list)
	{
		if (strcmp(value->valuestring, text) == 0) {
			return true;
		}
	}
	return false;
}

static const cJSON *find_issuer(const cJSON *resource, const char *issuer)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, member(resource, "issuers"))
	{
		if (strcmp(member(item, "issuer")->valuestring, issuer) == 0) {
			return item;
		}
	}
	return NULL;
}

/* Does an issuer's object say this, too? NULL says nothing. */
typedef bool (*says_fn)(const cJSON *object, const cJSON *what);

static bool says_value(const cJSON *object, const cJSON *value)
{
	return is_in(member(object, "accepted_issuer_values"), value->valuestring);
}

static bool says_introspection(const cJSON *object, const cJSON *introspection)
{
	return cJSON_Compare(member(object, "introspection"), introspection, true);
}

/* An issuer is one for all resources: what it was told under the first of them
 * it need not be told again. */
static bool was_told(
	const struct reading *reading, const char *issuer, says_fn says, const cJSON *what)
{
	const cJSON *resource = mcpauth_settings_section(reading->settings, "resources")->child;
	for (; resource != reading->resource; resource = resource->next) {
		if (says(find_issuer(resource, issuer), what)) {
			return true;
		}
	}
	return false;
}

static enum mcpauth_code accept_values(
	const struct reading *reading, const cJSON *object, const char *issuer)
{
	const cJSON *value;
	cJSON_ArrayForEach(value, member(object, "accepted_issuer_values"))
	{
		if (was_told(reading, issuer, says_value, value)) {
			continue;
		}
		enum mcpauth_code code = mcpauth_accept_issuer_value(
			reading->auth, issuer, value->valuestring, reading->err);
		if (code != MCPAUTH_OK) {
			return at(reading, value, code);
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code set_introspection(
	const struct reading *reading, const cJSON *object, const char *issuer)
{
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	struct mcpauth__settings_filling filling = {
		.members = mcpauth__settings_introspection,
		.to = &config,
		.size = sizeof config,
	};
	if (object == NULL || was_told(reading, issuer, says_introspection, object)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = fill(reading, object, &filling);
	return code == MCPAUTH_OK ? at_member(reading, object,
		       mcpauth_set_introspection(reading->auth, issuer, &config, reading->err))
				  : code;
}

static enum mcpauth_code add_issuer(const struct reading *reading, const cJSON *object)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth__settings_filling filling = {
		.members = mcpauth__settings_issuer,
		.to = &config,
		.size = sizeof config,
	};
	enum mcpauth_code code = fill(reading, object, &filling);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth_add_issuer(reading->auth, reading->identifier, &config, reading->err);
	if (code != MCPAUTH_OK) {
		return at_member(reading, object, code);
	}
	code = accept_values(reading, object, config.issuer);
	return code == MCPAUTH_OK
		? set_introspection(reading, member(object, "introspection"), config.issuer)
		: code;
}

static enum mcpauth_code add_static_token(const struct reading *reading, const cJSON *object)
{
	struct mcpauth__settings_static_token element = {0};
	struct mcpauth__settings_filling filling = {
		.members = mcpauth__settings_static_tokens,
		.to = &element,
		.size = sizeof element,
	};
	enum mcpauth_code code = fill(reading, object, &filling);
	return code == MCPAUTH_OK ? at_member(reading, object,
		       mcpauth_add_static_token(reading->auth, reading->identifier, element.token,
			       element.claims, reading->err))
				  : code;
}

/* Each element of a list of the resource's. */
static enum mcpauth_code add_each(const struct reading *reading, const char *list,
	enum mcpauth_code (*add)(const struct reading *reading, const cJSON *object))
{
	const cJSON *objects = member(reading->resource, list);
	const cJSON *item = objects == NULL ? NULL : objects->child;
	enum mcpauth_code code = MCPAUTH_OK;
	for (; item != NULL && code == MCPAUTH_OK; item = item->next) {
		code = add(reading, item);
	}
	return code;
}

static enum mcpauth_code add_resource(struct reading *reading)
{
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth__settings_filling filling = {
		.members = mcpauth__settings_resource,
		.to = &config,
		.size = sizeof config,
	};
	enum mcpauth_code code = fill(reading, reading->resource, &filling);
	if (code != MCPAUTH_OK) {
		return code;
	}
	reading->identifier = config.resource;
	code = at_member(reading, reading->resource,
		mcpauth_add_resource(reading->auth, &config, reading->err));
	if (code == MCPAUTH_OK) {
		code = tell_each(reading, "audiences", mcpauth_add_audience);
	}
	if (code == MCPAUTH_OK) {
		code = tell_each(reading, "recipients", mcpauth_add_recipient);
	}
	if (code == MCPAUTH_OK) {
		code = add_translations(reading);
	}
	if (code == MCPAUTH_OK) {
		code = imply_scopes(reading);
	}
	if (code == MCPAUTH_OK) {
		code = add_each(reading, "issuers", add_issuer);
	}
	return code == MCPAUTH_OK ? add_each(reading, "static_tokens", add_static_token) : code;
}

enum mcpauth_code mcpauth_configure(
	struct mcpauth *auth, const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	struct mcpauth__words pool = {0};
	struct reading reading = {
		.auth = auth,
		.settings = settings,
		.pool = &pool,
		.err = err,
	};
	const cJSON *resources = mcpauth_settings_section(settings, "resources");
	const cJSON *item = resources == NULL ? NULL : resources->child;
	enum mcpauth_code code = MCPAUTH_OK;
	for (; item != NULL && code == MCPAUTH_OK; item = item->next) {
		reading.resource = item;
		code = add_resource(&reading);
	}
	mcpauth__words_finish(&pool);
	return code;
}
