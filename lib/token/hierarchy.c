/* Scopes that include others: what follows is worked out once, then bits say it. */
#include "token/hierarchy.h"

#include "base/error_int.h"
#include "base/lookup.h"
#include "base/pattern.h"
#include "base/scopes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A scope that includes others. */
struct broader {
	char *name;
	/* Whose pairs hold for whoever was granted it: its own, and those that follow. */
	uint64_t reaches[MCPAUTH__HIERARCHY_WORDS];
};

struct pair {
	size_t broader; /* its number */
	char *pattern;
};

struct mcpauth__hierarchy {
	atomic_uint refs;
	struct broader broader[MCPAUTH__HIERARCHY_LIMIT];
	size_t broader_count; /* each has a pair at least */
	struct mcpauth__lookup by_name;
	struct pair pairs[MCPAUTH__HIERARCHY_LIMIT];
	size_t pair_count;
	mcpauth_implies_fn implies; /* NULL: nobody is asked */
	void *user;
};

static bool has_bit(const uint64_t *bits, size_t number)
{
	return (bits[number / 64] >> (number % 64) & 1) != 0;
}

static void set_bit(uint64_t *bits, size_t number)
{
	bits[number / 64] |= UINT64_C(1) << (number % 64);
}

static void add_bits(uint64_t *bits, const uint64_t *more)
{
	for (size_t i = 0; i < MCPAUTH__HIERARCHY_WORDS; i++) {
		bits[i] |= more[i];
	}
}

struct mcpauth__hierarchy *mcpauth__hierarchy_new(void)
{
	struct mcpauth__hierarchy *made = calloc(1, sizeof *made);
	if (made != NULL) {
		atomic_init(&made->refs, 1);
	}
	return made;
}

struct mcpauth__hierarchy *mcpauth__hierarchy_ref(struct mcpauth__hierarchy *hierarchy)
{
	atomic_fetch_add_explicit(&hierarchy->refs, 1, memory_order_relaxed);
	return hierarchy;
}

void mcpauth__hierarchy_free(struct mcpauth__hierarchy *hierarchy)
{
	if (hierarchy == NULL
		|| atomic_fetch_sub_explicit(&hierarchy->refs, 1, memory_order_acq_rel) != 1) {
		return;
	}
	for (size_t i = 0; i < hierarchy->broader_count; i++) {
		free(hierarchy->broader[i].name);
	}
	for (size_t i = 0; i < hierarchy->pair_count; i++) {
		free(hierarchy->pairs[i].pattern);
	}
	mcpauth__lookup_finish(&hierarchy->by_name);
	free(hierarchy);
}

static struct broader *find(const struct mcpauth__hierarchy *hierarchy, const char *scope)
{
	return mcpauth__lookup_find(&hierarchy->by_name, scope, strlen(scope));
}

static bool has_pair(const struct mcpauth__hierarchy *hierarchy, const struct broader *broader,
	const char *pattern, size_t length)
{
	for (size_t i = 0; broader != NULL && i < hierarchy->pair_count; i++) {
		const struct pair *pair = &hierarchy->pairs[i];
		if (&hierarchy->broader[pair->broader] == broader && strlen(pair->pattern) == length
			&& memcmp(pair->pattern, pattern, length) == 0) {
			return true;
		}
	}
	return false;
}

/* The patterns that are new to a scope, each once; one more than there is room for at
 * most. */
static bool collect(const struct mcpauth__hierarchy *hierarchy, const struct broader *broader,
	const char *implied, struct mcpauth__words *patterns)
{
	const char *word;
	size_t length;
	while (hierarchy->pair_count + patterns->count <= MCPAUTH__HIERARCHY_LIMIT
		&& (word = mcpauth__word_next(&implied, &length)) != NULL) {
		if (!has_pair(hierarchy, broader, word, length)
			&& !mcpauth__words_contain(patterns, word, length)
			&& !mcpauth__words_add(patterns, word, length)) {
			return false;
		}
	}
	return true;
}

/* Whoever adds it gives it a pair. */
static struct broader *add_broader(struct mcpauth__hierarchy *hierarchy, const char *scope)
{
	struct broader *added = &hierarchy->broader[hierarchy->broader_count];
	char *name = mcpauth__strdup(scope);
	if (name == NULL || !mcpauth__lookup_add(&hierarchy->by_name, name, strlen(name), added)) {
		free(name);
		return NULL;
	}
	added->name = name;
	hierarchy->broader_count++;
	return added;
}

static enum mcpauth_code put(struct mcpauth__hierarchy *hierarchy, const char *scope,
	struct mcpauth__words *patterns, struct mcpauth_error *err)
{
	if (hierarchy->pair_count + patterns->count > MCPAUTH__HIERARCHY_LIMIT) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a resource has at most %d pairs of scopes", MCPAUTH__HIERARCHY_LIMIT);
	}
	if (patterns->count == 0) {
		return MCPAUTH_OK;
	}
	struct broader *broader = find(hierarchy, scope);
	broader = broader != NULL ? broader : add_broader(hierarchy, scope);
	if (broader == NULL) {
		return mcpauth__no_memory(err);
	}
	for (size_t i = 0; i < patterns->count; i++) {
		hierarchy->pairs[hierarchy->pair_count++] = (struct pair){
			.broader = (size_t)(broader - hierarchy->broader),
			.pattern = patterns->items[i],
		};
	}
	patterns->count = 0; /* they are the pairs' now */
	return MCPAUTH_OK;
}

static enum mcpauth_code check(const char *scope, const char *implied, struct mcpauth_error *err)
{
	size_t length;
	const char *at = implied;
	if (scope == NULL || !mcpauth__scope_is_valid(scope)) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "what includes others is not one scope");
	}
	if (mcpauth__word_next(&at, &length) == NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "nothing is said to be included");
	}
	return mcpauth__scopes_are_valid(implied)
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a scope has a character that none may have");
}

enum mcpauth_code mcpauth__hierarchy_add(struct mcpauth__hierarchy *hierarchy, const char *scope,
	const char *implied, struct mcpauth_error *err)
{
	struct mcpauth__words patterns = {0};
	enum mcpauth_code code = check(scope, implied, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = collect(hierarchy, find(hierarchy, scope), implied, &patterns)
		? put(hierarchy, scope, &patterns, err)
		: mcpauth__no_memory(err);
	mcpauth__words_finish(&patterns);
	return code;
}

void mcpauth__hierarchy_ask(
	struct mcpauth__hierarchy *hierarchy, mcpauth_implies_fn implies, void *user)
{
	hierarchy->implies = implies;
	hierarchy->user = user;
}

/* Itself, and whatever one of its patterns fits. */
static void reach_nearest(struct mcpauth__hierarchy *hierarchy)
{
	for (size_t i = 0; i < hierarchy->broader_count; i++) {
		set_bit(hierarchy->broader[i].reaches, i);
	}
	for (size_t i = 0; i < hierarchy->pair_count; i++) {
		const struct pair *pair = &hierarchy->pairs[i];
		for (size_t k = 0; k < hierarchy->broader_count; k++) {
			if (mcpauth__pattern_fits(pair->pattern, hierarchy->broader[k].name)) {
				set_bit(hierarchy->broader[pair->broader].reaches, k);
			}
		}
	}
}

/* Warshall's way: when a scope's turn is over, all chains through those whose turn was
 * are known. A circle is nothing special. */
void mcpauth__hierarchy_settle(struct mcpauth__hierarchy *hierarchy)
{
	reach_nearest(hierarchy);
	for (size_t through = 0; through < hierarchy->broader_count; through++) {
		const struct broader *next = &hierarchy->broader[through];
		for (size_t i = 0; i < hierarchy->broader_count; i++) {
			if (has_bit(hierarchy->broader[i].reaches, through)) {
				add_bits(hierarchy->broader[i].reaches, next->reaches);
			}
		}
	}
}

static bool are_scopes(const struct mcpauth__words *granted)
{
	bool good = true;
	for (size_t i = 0; i < granted->count && good; i++) {
		good = mcpauth__scope_is_valid(granted->items[i]);
	}
	return good;
}

bool mcpauth__implied_read(struct mcpauth__implied *implied, struct mcpauth__hierarchy *hierarchy,
	const struct mcpauth__words *granted)
{
	*implied = (struct mcpauth__implied){.hierarchy = hierarchy};
	if (hierarchy == NULL || granted->count == 0) {
		return false;
	}
	bool found = hierarchy->implies != NULL;
	implied->are_scopes = found && are_scopes(granted);
	for (size_t i = 0; i < granted->count; i++) {
		const struct broader *broader = find(hierarchy, granted->items[i]);
		if (broader != NULL) {
			add_bits(implied->broader, broader->reaches);
			found = true;
		}
	}
	return found;
}

static bool fits_a_pair(const struct mcpauth__implied *implied, const char *wanted)
{
	const struct mcpauth__hierarchy *hierarchy = implied->hierarchy;
	for (size_t i = 0; i < hierarchy->pair_count; i++) {
		const struct pair *pair = &hierarchy->pairs[i];
		if (has_bit(implied->broader, pair->broader)
			&& mcpauth__pattern_fits(pair->pattern, wanted)) {
			return true;
		}
	}
	return false;
}

/* A token may bring what is no scope, as an empty string in an array. A function that
 * compares beginnings would take that for the broadest of all. */
static bool asks_of_granted(const struct mcpauth__implied *implied,
	const struct mcpauth__words *granted, const char *wanted)
{
	const struct mcpauth__hierarchy *hierarchy = implied->hierarchy;
	bool found = false;
	for (size_t i = 0; i < granted->count && !found; i++) {
		found = (implied->are_scopes || mcpauth__scope_is_valid(granted->items[i]))
			&& hierarchy->implies(granted->items[i], wanted, hierarchy->user);
	}
	return found;
}

/* Of the scopes that a pattern with a star stands for the table's own are all that
 * anybody could list. */
static bool asks_of_implied(const struct mcpauth__implied *implied, const char *wanted)
{
	const struct mcpauth__hierarchy *hierarchy = implied->hierarchy;
	bool found = false;
	for (size_t i = 0; i < hierarchy->broader_count && !found; i++) {
		found = has_bit(implied->broader, i)
			&& hierarchy->implies(hierarchy->broader[i].name, wanted, hierarchy->user);
	}
	for (size_t i = 0; i < hierarchy->pair_count && !found; i++) {
		const struct pair *pair = &hierarchy->pairs[i];
		found = has_bit(implied->broader, pair->broader)
			&& !mcpauth__pattern_has_star(pair->pattern)
			&& hierarchy->implies(pair->pattern, wanted, hierarchy->user);
	}
	return found;
}

bool mcpauth__implied_has(const struct mcpauth__implied *implied,
	const struct mcpauth__words *granted, const char *wanted)
{
	const struct mcpauth__hierarchy *hierarchy = implied->hierarchy;
	return fits_a_pair(implied, wanted)
		|| (hierarchy->implies != NULL
			&& (asks_of_granted(implied, granted, wanted)
				|| asks_of_implied(implied, wanted)));
}
