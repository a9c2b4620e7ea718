/* Judges client assertions (RFC 7523 section 3), and takes each of them once. */
#define _GNU_SOURCE

#include "client_assertion.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* How far ahead `exp` may lie, and how far clocks may differ. */
#define SECONDS_AHEAD 300
#define SECONDS_SKEW 30
#define IDENTIFIER_LENGTH 256
/* Those that were seen lie in sets chosen by their digest. */
#define SETS 4096
#define WAYS 16

struct assertions {
	struct {
		uint8_t digest[DIGEST_SIZE];
		time_t expires;
	} seen[SETS][WAYS];
};

struct assertions *assertions_new(void)
{
	return must(calloc(1, sizeof(struct assertions)));
}

void assertions_free(struct assertions *assertions)
{
	free(assertions);
}

/* A set that is full of living ones takes no more: making room would let an
 * assertion in again. */
static bool remember(struct assertions *assertions, const struct introspector *owner,
	const char *identifier, time_t expires)
{
	uint8_t digest[DIGEST_SIZE];
	char *name;
	time_t now = time(NULL);
	size_t room = WAYS;
	if (asprintf(&name, "%s\n%s", owner->id, identifier) < 0) {
		must(NULL);
	}
	text_digest(name, strlen(name), digest);
	free(name);
	size_t set = ((size_t)digest[0] << 8 | digest[1]) % SETS;
	for (size_t i = 0; i < WAYS; i++) {
		if (assertions->seen[set][i].expires <= now) {
			room = i;
		} else if (text_digest_equal(assertions->seen[set][i].digest, digest)) {
			return false;
		}
	}
	if (room == WAYS) {
		return false;
	}
	memcpy(assertions->seen[set][room].digest, digest, DIGEST_SIZE);
	assertions->seen[set][room].expires = expires;
	return true;
}

/* Seconds; -1 if it is not there or is no time. */
static double time_in(const cJSON *claims, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, name);
	return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 1e11
		? item->valuedouble
		: -1;
}

static bool has(const cJSON *claims, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(claims, name) != NULL;
}

static const char *check_times(const cJSON *claims)
{
	double now = (double)time(NULL);
	double expires = time_in(claims, "exp");
	double issued = time_in(claims, "iat");
	double begins = time_in(claims, "nbf");
	if (expires < 0 || expires <= now - SECONDS_SKEW) {
		return "the assertion's exp is missing or past";
	}
	if (expires > now + SECONDS_AHEAD + SECONDS_SKEW) {
		return "the assertion's exp is too far ahead";
	}
	if ((has(claims, "iat") && (issued < 0 || issued > now + SECONDS_SKEW))
		|| (has(claims, "nbf") && (begins < 0 || begins > now + SECONDS_SKEW))) {
		return "the assertion's time has not come";
	}
	return NULL;
}

/* One audience alone: with a second one, the other could show it here. */
static bool is_meant_for(const struct server *server, const cJSON *claims, const char *endpoint)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, "aud");
	if (cJSON_IsArray(item) && cJSON_GetArraySize(item) == 1) {
		item = item->child;
	}
	const char *audience = cJSON_GetStringValue(item);
	size_t base = strlen(server->base);
	return audience != NULL
		&& (strcmp(audience, server->issuer) == 0
			|| (strncmp(audience, server->base, base) == 0
				&& strcmp(audience + base, endpoint) == 0));
}

static const char *check_claims(
	const struct server *server, const struct jwt *jwt, const char *endpoint)
{
	const char *issuer = json_string(jwt->claims, "iss");
	const char *identifier = json_string(jwt->claims, "jti");
	if (issuer == NULL || strcmp(issuer, json_string(jwt->claims, "sub")) != 0) {
		return "the assertion's iss and sub are not both the client's id";
	}
	if (!is_meant_for(server, jwt->claims, endpoint)) {
		return "the assertion's aud is not this server alone";
	}
	if (identifier == NULL || *identifier == '\0' || strlen(identifier) > IDENTIFIER_LENGTH) {
		return "the assertion's jti is missing";
	}
	return check_times(jwt->claims);
}

/* NULL, or why its header is not one of a client assertion. */
static const char *check_header(const cJSON *header)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(header, "typ");
	const char *type = cJSON_GetStringValue(item);
	if (has(header, "crit") || has(header, "b64")) {
		return "the assertion's header asks for what is not done here";
	}
	if (item != NULL
		&& (type == NULL
			|| (strcasecmp(type, "JWT") != 0
				&& strcasecmp(type, "client-authentication+jwt") != 0))) {
		return "the assertion's typ is another one's";
	}
	return NULL;
}

static const struct introspector *judge(
	struct server *server, const struct jwt *jwt, const char *endpoint, const char **why)
{
	const char *subject = json_string(jwt->claims, "sub");
	*why = check_header(jwt->header);
	if (*why != NULL) {
		return NULL;
	}
	const struct introspector *owner = subject == NULL
		? NULL
		: introspectors_by_signature(&server->settings.introspectors, subject, jwt);
	if (owner == NULL) {
		*why = "no key of this client has signed the assertion";
		return NULL;
	}
	*why = check_claims(server, jwt, endpoint);
	if (*why != NULL) {
		return NULL;
	}
	if (!remember(server->assertions, owner, json_string(jwt->claims, "jti"),
		    (time_t)time_in(jwt->claims, "exp") + SECONDS_SKEW + 1)) {
		*why = "the assertion was seen before";
		return NULL;
	}
	return owner;
}

const struct introspector *client_assertion_check(
	struct server *server, const char *assertion, const char *endpoint, const char **why)
{
	struct jwt jwt;
	const struct introspector *owner = NULL;
	if (jwt_read(&jwt, assertion)) {
		owner = judge(server, &jwt, endpoint, why);
	} else {
		*why = "the assertion is no signed JWT";
	}
	jwt_finish(&jwt);
	return owner;
}
