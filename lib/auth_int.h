/* What struct mcpauth is made of. */
#ifndef MCPAUTH_AUTH_INT_H
#define MCPAUTH_AUTH_INT_H

#include "metadata/resource_document.h"
#include "base/error_int.h"
#include "base/lookup.h"
#include "runtime.h"

#include <mcpauth/mcpauth.h>

/** A protected resource. */
struct mcpauth__resource {
	struct mcpauth_resource_config config; /* its strings are its own */
	char *metadata_url;
	char *place; /* of that URL: mcpauth__resource_place() */
	struct mcpauth__translation **translations;
	size_t translation_count;
	struct mcpauth__trust trust;
};

/** Counted; immutable once built. */
struct mcpauth {
	atomic_uint refs;
	atomic_bool in_use; /* a token was verified: nothing is added any more */
	struct mcpauth__runtime *runtime;
	struct mcpauth__issuer **issuers;
	size_t issuer_count;
	struct mcpauth__lookup issuers_by_name;
	struct mcpauth__lookup issuers_by_value; /* of `iss`, all that are accepted */
	struct mcpauth__resource **resources;
	size_t resource_count;
	struct mcpauth__lookup resources_by_name;
	struct mcpauth__lookup resources_by_place;
	pthread_mutex_t scope_lock; /* to add names, which ends when it is in use */
	struct mcpauth__scope_names scope_names;
};

/** The resource of this identifier, byte for byte; NULL if there is none. */
struct mcpauth__resource *mcpauth__find_resource(const struct mcpauth *auth, const char *resource);

/** The same, or MCPAUTH_E_UNKNOWN_RESOURCE. */
enum mcpauth_code mcpauth__need_resource(const struct mcpauth *auth, const char *resource,
	struct mcpauth__resource **found, struct mcpauth_error *err);

/** The same, to be changed: or MCPAUTH_E_IN_USE. */
enum mcpauth_code mcpauth__need_unused_resource(const struct mcpauth *auth, const char *resource,
	struct mcpauth__resource **found, struct mcpauth_error *err);

/** May an issuer be configured like this? Metadata by hand is not read. */
enum mcpauth_code mcpauth__issuer_config_check(const struct mcpauth *auth,
	const struct mcpauth_issuer_config *config, struct mcpauth_error *err);

/** The issuer of this identifier, byte for byte; NULL if there is none. */
struct mcpauth__issuer *mcpauth__find_issuer(const struct mcpauth *auth, const char *issuer);

void mcpauth__resource_free(struct mcpauth__resource *resource);

/** Somebody begins to use it: from now on nothing is added. */
void mcpauth__set_in_use(struct mcpauth *auth);

/** MCPAUTH_OK, or MCPAUTH_E_IN_USE: what threads read must not change. */
static inline enum mcpauth_code mcpauth__check_unused(
	const struct mcpauth *auth, struct mcpauth_error *err)
{
	return !atomic_load(&auth->in_use)
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_IN_USE,
			"tokens were verified already: make a successor and change that");
}

#endif
