/**
 * @file
 * Scopes that an operation needs, made ready to be compared with many callers'.
 *
 * @code
 * struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
 * config.scopes = "read:notes";
 * mcpauth_demand_new(auth, &config, &demand, &err);
 * // of each caller:
 * const char *missing = mcpauth_demand_missing(demand, info);
 * @endcode
 */
#ifndef MCPAUTH_DEMAND_H
#define MCPAUTH_DEMAND_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Scopes. Immutable while it is in use, and then for any number of threads. */
struct mcpauth_demand;

/** Which scopes: lists separated by blanks (RFC 6749 section 3.3). Zero demands nothing. */
struct mcpauth_demand_config {
	size_t size; /**< set by MCPAUTH_DEMAND_CONFIG_INIT */

	const char *scopes;     /**< all of these; default: none */
	const char *any_scopes; /**< and at least one of these; default: none */
};

/** Fills a struct mcpauth_demand_config with the defaults. */
#define MCPAUTH_DEMAND_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_demand_config) \
	}

/**
 * Make one.
 *
 * Any thread. Scopes are compared byte for byte. The first 64 names that the demands of
 * an object bring before its first verification are compared as bits of one number,
 * all others as strings: the outcome is the same.
 *
 * @param auth         whose callers it is mostly compared with; borrowed for the call
 * @param config       copied; NULL demands nothing
 * @param[out] demand  caller frees with mcpauth_demand_free(), before or after `auth`.
 *                     NULL on failure
 * @param[out] err     optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (a character that no scope has) or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_demand_new(struct mcpauth *auth,
	const struct mcpauth_demand_config *config, struct mcpauth_demand **demand,
	struct mcpauth_error *err);

/**
 * Demand what another one demands as well: a scope that is there already is not
 * added again, nor is an equal list of which one is needed.
 *
 * Only by the thread that makes it, before anything is compared with it.
 *
 * @param demand    changed
 * @param other     copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, or MCPAUTH_E_NO_MEMORY: then it demands what it did before, and
 *         perhaps part of the other's
 */
MCPAUTH_API enum mcpauth_code mcpauth_demand_add(struct mcpauth_demand *demand,
	const struct mcpauth_demand *other, struct mcpauth_error *err);

/** Give it back. NULL is accepted. */
MCPAUTH_API void mcpauth_demand_free(struct mcpauth_demand *demand);

/**
 * What does a caller lack? Nothing that a scope includes which it was granted
 * (scope_hierarchy.h).
 *
 * Any thread. Takes no lock and no memory.
 *
 * @param demand  borrowed for the call
 * @param info    borrowed for the call. NULL, nobody, lacks the first of whatever is
 *                demanded
 * @return the first scope that is missing, of a list of which none was granted its first;
 *         borrowed from `demand`. NULL: none is missing
 */
MCPAUTH_API const char *mcpauth_demand_missing(
	const struct mcpauth_demand *demand, const struct mcpauth_auth_info *info);

/**
 * The scopes that are needed all, one after the other, for a challenge (RFC 6750
 * section 3).
 *
 * @param demand  borrowed for the call
 * @param index   from 0
 * @return borrowed from `demand`; NULL past the last one
 */
MCPAUTH_API const char *mcpauth_demand_scope_at(const struct mcpauth_demand *demand, size_t index);

/**
 * The scopes of a list of which one is needed.
 *
 * @param demand  borrowed for the call
 * @param list    from 0; none of them is empty
 * @param index   of the scope in it, from 0
 * @return borrowed from `demand`; NULL past the last one, or past the last list
 */
MCPAUTH_API const char *mcpauth_demand_any_at(
	const struct mcpauth_demand *demand, size_t list, size_t index);

#ifdef __cplusplus
}
#endif

#endif
