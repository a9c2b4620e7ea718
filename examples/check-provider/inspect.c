/* Making a server's rules out of what was said, and holding a token against them. */
#include "inspect.h"

#include "demands.h"
#include "rulings.h"
#include "token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One inspection under way. */
struct look {
	const struct inspection *asked;
	struct mcpauth *auth;
	const char *resource;
	const char *issuer; /* NULL: those of the settings */
	char *token;
	char *named; /* by the token; NULL: nobody asked it */
	struct demands demands;
};

static enum mcpauth_code add_resource(struct look *look, struct mcpauth_error *err)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = look->asked->resource;
	look->resource = resource.resource;
	return mcpauth_add_resource(look->auth, &resource, err);
}

static enum mcpauth_code fail(
	struct mcpauth_error *err, enum mcpauth_code code, const char *message)
{
	err->code = code;
	snprintf(err->message, sizeof err->message, "%s", message);
	return code;
}

/* What the token says of itself is proved by nothing: it is good for the question who
 * could prove it. */
static enum mcpauth_code add_issuer(
	struct look *look, const struct mcpauth_issuer_config *issuer, struct mcpauth_error *err)
{
	struct mcpauth_issuer_config config = *issuer;
	if (config.issuer == NULL) {
		look->named = token_issuer(look->token);
		config.issuer = look->named;
	}
	config.jwks_uri = look->asked->jwks_uri;
	if (look->named != NULL && config.jwks_uri == NULL && config.metadata_url == NULL
		&& !token_issuer_is_asked(look->named, look->resource)) {
		return fail(err, MCPAUTH_E_ADDRESS_REFUSED,
			"the token names an issuer that is not asked on its word alone, for it is "
			"no https URL with a public name; give it as ISSUER if it is yours");
	}
	look->issuer = config.issuer;
	return config.issuer == NULL ? MCPAUTH_OK
				     : mcpauth_add_issuer(look->auth, look->resource, &config, err);
}

/* One that is misspelt is told what there is. */
static enum mcpauth_code find_resource(const struct look *look, struct mcpauth_error *err)
{
	const char *resource = mcpauth_resource_at(look->auth, 0);
	for (size_t i = 0; resource != NULL; resource = mcpauth_resource_at(look->auth, ++i)) {
		if (strcmp(resource, look->resource) == 0) {
			return MCPAUTH_OK;
		}
	}
	resource = mcpauth_resource_at(look->auth, 0);
	err->code = MCPAUTH_E_UNKNOWN_RESOURCE;
	snprintf(err->message, sizeof err->message,
		"the settings have no such resource; the first that they have is %.150s",
		resource != NULL ? resource : "none");
	return err->code;
}

static enum mcpauth_code configure(
	struct look *look, const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth_configure(look->auth, settings, err);
	look->resource = look->asked->resource;
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (look->resource != NULL) {
		return find_resource(look, err);
	}
	look->resource = mcpauth_resource_at(look->auth, 0);
	if (look->resource == NULL) {
		return fail(err, MCPAUTH_E_INVALID_ARGUMENT, "the settings have no resource");
	}
	return mcpauth_resource_at(look->auth, 1) == NULL
		? MCPAUTH_OK
		: fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"the settings have several resources: say which with --resource");
}

static enum mcpauth_code add_audiences(struct look *look, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < look->asked->audience_count && code == MCPAUTH_OK; i++) {
		code = mcpauth_add_audience(
			look->auth, look->resource, look->asked->audiences[i], err);
	}
	return code;
}

static enum mcpauth_code set_up(struct look *look, const struct mcpauth_settings *settings,
	const struct mcpauth_issuer_config *issuer, struct mcpauth_error *err)
{
	enum mcpauth_code code = settings != NULL ? configure(look, settings, err)
						  : add_resource(look, err);
	if (code == MCPAUTH_OK && settings == NULL) {
		code = add_issuer(look, issuer, err);
	}
	return code == MCPAUTH_OK ? add_audiences(look, err) : code;
}

/* What was named, and what the settings want of each call. */
static enum mcpauth_code choose_scopes(
	struct look *look, const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	struct demands *demands = &look->demands;
	bool good = settings == NULL || demands_read(settings, look->resource, demands);
	if (good && look->asked->scopes != NULL) {
		good = demands_add_scope(&demands->scopes, look->asked->scopes);
	}
	return good ? MCPAUTH_OK : fail(err, MCPAUTH_E_NO_MEMORY, "out of memory");
}

/* Whoever names a scope knows what the call needs. */
static bool leaves_out(const struct look *look)
{
	return look->asked->scopes == NULL && cJSON_GetArraySize(look->demands.rest) > 0;
}

static enum verdict verdict_of(enum mcpauth_code code)
{
	return code == MCPAUTH_OK                  ? VERDICT_FIT
		: code >= MCPAUTH_E_NO_CREDENTIALS ? VERDICT_UNFIT
						   : VERDICT_UNKNOWN;
}

static bool add_what_was_asked(const struct look *look, cJSON *json)
{
	return (look->resource == NULL
		       || cJSON_AddStringToObject(json, "resource", look->resource) != NULL)
		&& (look->issuer == NULL
			|| cJSON_AddStringToObject(json, "issuer", look->issuer) != NULL)
		&& cJSON_AddBoolToObject(json, "issuer_from_token", look->named != NULL) != NULL
		&& (!leaves_out(look)
			|| cJSON_AddItemReferenceToObject(json, "not_asked", look->demands.rest));
}

static bool print_json(const struct look *look, struct rulings *rulings, enum mcpauth_code code,
	const struct mcpauth_error *err)
{
	cJSON *json = cJSON_CreateObject();
	bool good = add_what_was_asked(look, json);
	good = rulings_add_to(rulings, json, code, err) && good;
	char *text = good ? cJSON_Print(json) : NULL;
	bool is_printed = text != NULL && puts(text) >= 0;
	if (text == NULL) {
		fputs("check-provider: out of memory\n", stderr);
	}
	free(text);
	cJSON_Delete(json);
	return is_printed;
}

static void print_whom(const struct look *look)
{
	if (look->named != NULL) {
		printf("no ISSUER was given, so the one that the token names is asked: %s\n",
			look->named);
	}
}

static enum verdict look_into(struct look *look, const struct mcpauth_settings *settings,
	const struct mcpauth_issuer_config *issuer)
{
	struct mcpauth_error err = {0};
	struct rulings rulings = {.json = look->asked->json, .colours = look->asked->colours};
	struct mcpauth_diagnosis_request request = MCPAUTH_DIAGNOSIS_REQUEST_INIT;
	enum mcpauth_code code = set_up(look, settings, issuer, &err);
	if (code == MCPAUTH_OK) {
		code = choose_scopes(look, settings, &err);
	}
	if (code == MCPAUTH_OK) {
		if (!look->asked->json) {
			print_whom(look);
		}
		request.resource = look->resource;
		request.token = look->token;
		request.scopes = look->demands.scopes;
		code = mcpauth_diagnose(look->auth, &request, rulings_take, &rulings, &err);
	}
	if (!look->asked->json) {
		if (leaves_out(look)) {
			demands_print_rest(&look->demands);
		}
		rulings_print_outcome(&rulings, code, &err);
	} else if (!print_json(look, &rulings, code, &err)) {
		return VERDICT_UNKNOWN;
	}
	return verdict_of(code);
}

/* A file's name is no secret; where the token itself was given nothing is shown. */
static enum verdict say_unreadable(const char *where)
{
	int why = errno;
	bool is_file = *where == '@' && where[1] != '\0';
	fprintf(stderr, "check-provider: the token cannot be read%s%s: %s\n",
		is_file ? " from " : "", is_file ? where + 1 : "", strerror(why));
	return VERDICT_UNKNOWN;
}

enum verdict inspect(const struct inspection *inspection, struct mcpauth *auth,
	const struct mcpauth_settings *settings, const struct mcpauth_issuer_config *issuer)
{
	struct look look = {.asked = inspection, .auth = auth};
	look.token = token_read(inspection->token);
	if (look.token == NULL) {
		return say_unreadable(inspection->token);
	}
	enum verdict verdict = look_into(&look, settings, issuer);
	token_free(look.token);
	free(look.named);
	demands_finish(&look.demands);
	return verdict;
}
