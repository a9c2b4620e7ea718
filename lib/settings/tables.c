/* What a settings file may say: names are those of the structs' fields. */
#include "base/settings_members.h"
#include "settings/settings_int.h"

#include <mcpauth/mcpauth.h>

#define END \
	{ \
		.name = NULL \
	}
#define MEMBER(text, what) .name = (text), .type = MCPAUTH__SETTINGS_##what
#define FIELD(kind, field, what) MEMBER(#field, what), .offset = offsetof(struct kind, field)
#define AUTH(field, what) FIELD(mcpauth_config, field, what)
#define RESOURCE(field, what) FIELD(mcpauth_resource_config, field, what)
#define ISSUER(field, what) FIELD(mcpauth_issuer_config, field, what)
#define INTROSPECTION(field, what) FIELD(mcpauth_introspection_config, field, what)
#define STATIC_TOKEN(field, what) FIELD(mcpauth__settings_static_token, field, what)
#define FROM(low) .least = (low), .most = MCPAUTH__SETTINGS_MOST
#define SOME .least = 1
#define NONE .zero_is_none = true

/* Stored as an int is. */
_Static_assert(sizeof(enum mcpauth_discovery) == sizeof(int), "an enum is as wide as an int");
_Static_assert(sizeof(enum mcpauth_client_authentication) == sizeof(int), "likewise");

static const char *const discoveries[] = {
	[MCPAUTH_DISCOVERY_AUTO] = "auto",
	[MCPAUTH_DISCOVERY_OAUTH] = "oauth",
	[MCPAUTH_DISCOVERY_OIDC] = "oidc",
	NULL,
};

/* As OAuth registers them, but for the last, for which it has no name. */
static const char *const authentications[] = {
	[MCPAUTH_CLIENT_SECRET_BASIC] = "client_secret_basic",
	[MCPAUTH_CLIENT_SECRET_POST] = "client_secret_post",
	[MCPAUTH_CLIENT_SECRET_NONE] = "none",
	[MCPAUTH_PRIVATE_KEY_JWT] = "private_key_jwt",
	[MCPAUTH_CLIENT_BEARER_TOKEN] = "bearer_token",
	NULL,
};

const struct mcpauth__settings_member mcpauth__settings_auth[] = {
	{AUTH(proxy, STRING)},
	{AUTH(ca_file, STRING)},
	{AUTH(crl_file, STRING)},
	{AUTH(insecure_allow_http, FLAG)},
	{AUTH(deadline_ms, NUMBER), FROM(1)},
	{AUTH(clock_tolerance, NUMBER), FROM(1), NONE},
	{AUTH(token_cache_seconds, NUMBER), FROM(1), NONE},
	{AUTH(token_cache_entries, NUMBER), FROM(1)},
	{AUTH(stale_seconds, NUMBER), .least = 1, .most = 86400, NONE},
	{AUTH(fresh_seconds, NUMBER), .least = 60, .most = 3600},
	{AUTH(cooldown_seconds, NUMBER), FROM(10)},
	{AUTH(waiting_limit, NUMBER), FROM(1)},
	END,
};

const struct mcpauth__settings_member mcpauth__settings_introspection[] = {
	{INTROSPECTION(endpoint, STRING)},
	{INTROSPECTION(authentication, CHOICE), .choices = authentications},
	{INTROSPECTION(client_id, STRING)},
	{INTROSPECTION(client_secret, STRING)},
	{INTROSPECTION(client_secret_file, STRING)},
	{INTROSPECTION(private_key, STRING)},
	{INTROSPECTION(private_key_file, STRING)},
	{INTROSPECTION(key_id, STRING)},
	{INTROSPECTION(key_algorithm, STRING)},
	{INTROSPECTION(assertion_audience, STRING)},
	{INTROSPECTION(bearer_token, STRING)},
	{INTROSPECTION(bearer_token_file, STRING)},
	{INTROSPECTION(accept_active_as_audience, FLAG)},
	{INTROSPECTION(introspect_jwts, FLAG)},
	{INTROSPECTION(require_signed_answers, FLAG)},
	{INTROSPECTION(cache_seconds, NUMBER), .least = 1, .most = 3600, NONE},
	{INTROSPECTION(inactive_seconds, NUMBER), .least = 1, .most = 60, NONE},
	{INTROSPECTION(cache_entries, NUMBER), FROM(1)},
	{INTROSPECTION(concurrency, NUMBER), .least = 1, .most = 64},
	END,
};

const struct mcpauth__settings_member mcpauth__settings_issuer[] = {
	{ISSUER(issuer, STRING), .required = true},
	{ISSUER(advertised_url, STRING)},
	{ISSUER(discovery, CHOICE), .choices = discoveries},
	{ISSUER(metadata_url, STRING)},
	{ISSUER(metadata, JSON)},
	{ISSUER(jwks_uri, STRING)},
	{ISSUER(jwks, JSON)},
	{ISSUER(strict_metadata, FLAG)},
	{ISSUER(algorithms, WORDS), SOME},
	{ISSUER(strict_type, FLAG)},
	{ISSUER(max_age, NUMBER), FROM(0)},
	{ISSUER(required_claims, WORDS), SOME},
	{ISSUER(scope_claims, WORDS), SOME},
	{ISSUER(client_claims, WORDS), SOME},
	{ISSUER(subject_claims, WORDS), SOME},
	{MEMBER("accepted_issuer_values", LIST)},
	{MEMBER("introspection", OBJECT), .members = mcpauth__settings_introspection},
	END,
};

const struct mcpauth__settings_member mcpauth__settings_static_tokens[] = {
	{STATIC_TOKEN(token, STRING), .required = true},
	{STATIC_TOKEN(claims, JSON), .required = true},
	END,
};

const struct mcpauth__settings_member mcpauth__settings_resource[] = {
	{RESOURCE(resource, STRING), .required = true},
	{RESOURCE(scopes_supported, WORDS), SOME},
	{RESOURCE(resource_name, STRING), .translatable = true},
	{RESOURCE(resource_documentation, STRING), .translatable = true},
	{RESOURCE(resource_policy_uri, STRING), .translatable = true},
	{RESOURCE(resource_tos_uri, STRING), .translatable = true},
	{RESOURCE(bearer_methods_supported, WORDS), SOME},
	{RESOURCE(jwks_uri, STRING)},
	{RESOURCE(resource_signing_alg_values_supported, WORDS), SOME},
	{RESOURCE(authorization_details_types_supported, WORDS), SOME},
	{RESOURCE(signed_metadata, STRING)},
	{RESOURCE(tls_client_certificate_bound_access_tokens, FLAG)},
	{RESOURCE(dpop_bound_access_tokens_required, FLAG)},
	{RESOURCE(dpop_signing_alg_values_supported, WORDS), SOME},
	{RESOURCE(recipient_claim, STRING)},
	{RESOURCE(insecure_any_audience, FLAG)},
	/* Empty lists of these two would look like nobody, and mean the default. */
	{MEMBER("audiences", LIST), SOME},
	{MEMBER("recipients", LIST), SOME},
	{MEMBER("implied_scopes", LISTS), SOME},
	{MEMBER("issuers", OBJECTS), .members = mcpauth__settings_issuer},
	{MEMBER("static_tokens", OBJECTS), .members = mcpauth__settings_static_tokens},
	END,
};

#define NAMED(field, what, low) \
	{.name = #field, .type = (what), .least = (low), .most = MCPAUTH__SETTINGS_MOST},

static const struct mcpauth__settings_member chain[] = {MCPAUTH__CHAIN_MEMBERS(NAMED) END};

static const struct mcpauth__settings_member operation[] = {MCPAUTH__OPERATION_MEMBERS(NAMED) END};

#define OPERATIONS {MEMBER("operations", OBJECTS), .members = operation},

static const struct mcpauth__settings_member rest[] = {
	MCPAUTH__POLICY_MEMBERS(NAMED) OPERATIONS END};

static const struct mcpauth__settings_member route[] = {
	{MEMBER("path", STRING), .required = true},
	{MEMBER("prefix", FLAG)},
	{MEMBER("public", FLAG)},
	MCPAUTH__POLICY_MEMBERS(NAMED) MCPAUTH__ROUTE_MEMBERS(NAMED) OPERATIONS END,
};

static const struct mcpauth__settings_member logout[] = {
	{MEMBER("path", STRING), .required = true},
	{MEMBER("client_id", STRING), .required = true},
	END,
};

#define COUNTED(field, low, high, none) \
	{MEMBER(#field, NUMBER), .least = (low), .most = (high), .zero_is_none = (none)},

static const struct mcpauth__settings_member cors[] = {MCPAUTH__CORS_MEMBERS(NAMED, COUNTED) END};

static const struct mcpauth__settings_member rate_limit[] = {
	MCPAUTH__RATE_LIMIT_MEMBERS(NAMED, COUNTED) END};

static const struct mcpauth__settings_member access_log[] = {
	MCPAUTH__ACCESS_LOG_MEMBERS(NAMED, COUNTED) END};

static const struct mcpauth__settings_member metrics[] = {
	MCPAUTH__METRICS_MEMBERS(NAMED, COUNTED) END};

const struct mcpauth__settings_member mcpauth__settings_file[] = {
	{MEMBER("$schema", STRING)},
	{MEMBER("auth", OBJECT), .members = mcpauth__settings_auth},
	{MEMBER("resources", OBJECTS), .members = mcpauth__settings_resource},
	{MEMBER("chain", OBJECT), .members = chain},
	{MEMBER("routes", OBJECTS), .members = route},
	{MEMBER("rest", OBJECT), .members = rest},
	{MEMBER("allowed_origins", LIST)},
	{MEMBER("allowed_hosts", LIST)},
	{MEMBER("headers", STRINGS)},
	{MEMBER("issuer_metadata", STRING)},
	{MEMBER("logout", OBJECT), .members = logout},
	{MEMBER("trusted_proxies", LIST)},
	{MEMBER("cors", OBJECT), .members = cors},
	{MEMBER("rate_limit", OBJECT), .members = rate_limit},
	{MEMBER("access_log", OBJECT), .members = access_log},
	{MEMBER("metrics", OBJECT), .members = metrics},
	{MEMBER("application", ANY)},
	END,
};
