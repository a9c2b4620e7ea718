/* Keeps foreign web pages away, also those that rebound a name to this address. */
#include "stages/stages.h"

#include "authority.h"
#include "base/error_int.h"
#include "chain_int.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_a_resource_of(const struct mcpauth *auth, const struct mcpauth__authority *wanted)
{
	struct mcpauth__authority authority;
	const char *rest;
	const char *resource;
	for (size_t i = 0; (resource = mcpauth_resource_at(auth, i)) != NULL; i++) {
		if (mcpauth__authority_of_url(resource, &authority, &rest)
			&& mcpauth__authority_equal(&authority, wanted)) {
			return true;
		}
	}
	return false;
}

static bool is_allowed_host(const struct mcpauth__rules *rules, const char *host)
{
	for (size_t i = 0; i < rules->hosts.count; i++) {
		if (strcasecmp(rules->hosts.items[i], host) == 0) {
			return true;
		}
	}
	struct mcpauth__authority authority;
	return mcpauth__authority_parse(host, &authority)
		&& (mcpauth__authority_is_loopback(&authority)
			|| is_a_resource_of(rules->auth, &authority));
}

static bool is_loopback_host(const char *host)
{
	struct mcpauth__authority authority;
	return host != NULL && mcpauth__authority_parse(host, &authority)
		&& mcpauth__authority_is_loopback(&authority);
}

static bool same_scheme(const char *resource, const struct mcpauth__authority *origin)
{
	return (strncasecmp(resource, "https://", 8) == 0) == origin->is_https;
}

static bool is_resource_origin(const struct mcpauth *auth, const struct mcpauth__authority *origin)
{
	struct mcpauth__authority authority;
	const char *rest;
	const char *resource;
	for (size_t i = 0; (resource = mcpauth_resource_at(auth, i)) != NULL; i++) {
		if (mcpauth__authority_of_url(resource, &authority, &rest)
			&& same_scheme(resource, origin)
			&& mcpauth__authority_equal(&authority, origin)) {
			return true;
		}
	}
	return false;
}

/* A page on this machine may ask a server on this machine: it has other ways
 * to the same port, and tools like inspectors are such pages. */
static bool is_allowed_origin(
	const struct mcpauth__rules *rules, const char *origin, const char *host)
{
	struct mcpauth__authority authority;
	const char *rest;
	if (mcpauth__words_contain(&rules->origins, origin, strlen(origin))) {
		return true;
	}
	if (!mcpauth__authority_of_url(origin, &authority, &rest) || *rest != '\0') {
		return false;
	}
	return is_resource_origin(rules->auth, &authority)
		|| (mcpauth__authority_is_loopback(&authority) && is_loopback_host(host));
}

/* What to call if it should have been let in: behind a proxy this is the first
 * thing that goes wrong. */
static enum mcpauth_stage_result refuse(struct mcpauth_exchange *exchange,
	enum mcpauth__common_kind kind, const char *value, const char *call)
{
	char line[256];
	const char *what = kind == MCPAUTH__COMMON_FOREIGN_HOST ? "Host" : "Origin";
	snprintf(
		line, sizeof line, "%s \"%.120s\" refused: %s() would allow it", what, value, call);
	mcpauth__make_printable(line);
	mcpauth_log(exchange->rules->auth, MCPAUTH_LOG_INFO, MCPAUTH_OK, NULL, line);
	return mcpauth__exchange_common(exchange, kind);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	const struct mcpauth__rules *rules = exchange->rules;
	const char *host = mcpauth_exchange_header(exchange, "Host", 0);
	const char *origin = mcpauth_exchange_header(exchange, "Origin", 0);
	/* HTTP/1.0 may name no host; a browser always does. */
	if (host != NULL && !is_allowed_host(rules, host)) {
		return refuse(
			exchange, MCPAUTH__COMMON_FOREIGN_HOST, host, "mcpauth_chain_allow_host");
	}
	if (mcpauth_exchange_header(exchange, "Origin", 1) != NULL
		|| (origin != NULL && !is_allowed_origin(rules, origin, host))) {
		return refuse(exchange, MCPAUTH__COMMON_FOREIGN_ORIGIN, origin,
			"mcpauth_chain_allow_origin");
	}
	return MCPAUTH_NEXT;
}

void mcpauth__stage_origin(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "origin";
	stage->on_request = on_request;
}
