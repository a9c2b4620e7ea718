/* Comparing what operations need with what callers were granted: numbers where it can be. */
#include "auth_int.h"

#include "base/config.h"
#include "base/scopes.h"
#include "token/auth_info_int.h"

#include <stdlib.h>
#include <string.h>

struct scope {
	char *name;
	uint64_t bit; /* 0: it has none */
};

struct list {
	struct scope *items;
	size_t count;
	uint64_t bits; /* of those that have one */
	bool has_strings;
};

struct mcpauth_demand {
	uint64_t names_id; /* whose bits these are */
	struct list all;
	struct list *any; /* of each of these one; none is empty */
	size_t any_count;
};

static bool contains(const struct list *list, const char *name, size_t length)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strncmp(list->items[i].name, name, length) == 0
			&& list->items[i].name[length] == '\0') {
			return true;
		}
	}
	return false;
}

static bool add_scope(struct list *list, const char *name, size_t length, uint64_t bit)
{
	if (contains(list, name, length)) {
		return true;
	}
	struct scope *items = realloc(list->items, (list->count + 1) * sizeof *items);
	if (items == NULL) {
		return false;
	}
	list->items = items;
	char *copy = malloc(length + 1);
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, name, length);
	copy[length] = '\0';
	items[list->count++] = (struct scope){copy, bit};
	list->bits |= bit;
	list->has_strings = list->has_strings || bit == 0;
	return true;
}

static void finish_list(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
	}
	free(list->items);
}

/* No name gets a bit once tokens are verified: who reads the names takes no lock. */
static uint64_t bit_of(struct mcpauth *auth, const char *name, size_t length)
{
	pthread_mutex_lock(&auth->scope_lock);
	uint64_t bit = atomic_load(&auth->in_use)
		? mcpauth__scope_names_find(&auth->scope_names, name, length)
		: mcpauth__scope_names_add(&auth->scope_names, name, length);
	pthread_mutex_unlock(&auth->scope_lock);
	return bit;
}

static bool add_text(struct mcpauth *auth, struct list *list, const char *text)
{
	const char *word;
	size_t length;
	while ((word = mcpauth__word_next(&text, &length)) != NULL) {
		if (!add_scope(list, word, length, bit_of(auth, word, length))) {
			return false;
		}
	}
	return true;
}

/* Bits mean something only among those of the same names. */
static bool add_list(
	struct mcpauth_demand *demand, struct list *to, const struct list *from, uint64_t names_id)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct scope *scope = &from->items[i];
		uint64_t bit = demand->names_id == names_id ? scope->bit : 0;
		if (!add_scope(to, scope->name, strlen(scope->name), bit)) {
			return false;
		}
	}
	return true;
}

/* The order counts: what is missing is the first. */
static bool is_same(const struct list *a, const struct list *b)
{
	bool same = a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++) {
		same = strcmp(a->items[i].name, b->items[i].name) == 0;
	}
	return same;
}

static bool has_any(const struct mcpauth_demand *demand, const struct list *list)
{
	for (size_t i = 0; i < demand->any_count; i++) {
		if (is_same(&demand->any[i], list)) {
			return true;
		}
	}
	return false;
}

/* @param list  taken, also on failure */
static bool put_any(struct mcpauth_demand *demand, struct list *list)
{
	if (list->count == 0) {
		finish_list(list);
		return true;
	}
	struct list *any = realloc(demand->any, (demand->any_count + 1) * sizeof *any);
	if (any == NULL) {
		finish_list(list);
		return false;
	}
	demand->any = any;
	any[demand->any_count++] = *list;
	return true;
}

static bool fill(struct mcpauth_demand *demand, struct mcpauth *auth,
	const struct mcpauth_demand_config *config)
{
	struct list any = {0};
	if (!add_text(auth, &demand->all, config->scopes)) {
		return false;
	}
	if (!add_text(auth, &any, config->any_scopes)) {
		finish_list(&any);
		return false;
	}
	return put_any(demand, &any);
}

enum mcpauth_code mcpauth_demand_new(struct mcpauth *auth,
	const struct mcpauth_demand_config *config, struct mcpauth_demand **demand,
	struct mcpauth_error *err)
{
	struct mcpauth_demand_config read;
	*demand = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (!mcpauth__scopes_are_valid(read.scopes)
		|| !mcpauth__scopes_are_valid(read.any_scopes)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a scope has a character that none may have");
	}
	struct mcpauth_demand *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->names_id = auth->scope_names.id;
	if (!fill(made, auth, &read)) {
		mcpauth_demand_free(made);
		return mcpauth__no_memory(err);
	}
	*demand = made;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_demand_add(struct mcpauth_demand *demand,
	const struct mcpauth_demand *other, struct mcpauth_error *err)
{
	if (!add_list(demand, &demand->all, &other->all, other->names_id)) {
		return mcpauth__no_memory(err);
	}
	for (size_t i = 0; i < other->any_count; i++) {
		struct list copy = {0};
		if (has_any(demand, &other->any[i])) {
			continue;
		}
		if (!add_list(demand, &copy, &other->any[i], other->names_id)) {
			finish_list(&copy);
			return mcpauth__no_memory(err);
		}
		if (!put_any(demand, &copy)) {
			return mcpauth__no_memory(err);
		}
	}
	return MCPAUTH_OK;
}

void mcpauth_demand_free(struct mcpauth_demand *demand)
{
	if (demand == NULL) {
		return;
	}
	finish_list(&demand->all);
	for (size_t i = 0; i < demand->any_count; i++) {
		finish_list(&demand->any[i]);
	}
	free(demand->any);
	free(demand);
}

/* What is granted in the demand's own bits; of another object's callers, none. */
static struct mcpauth__scope_bits bits_for(
	const struct mcpauth_demand *demand, const struct mcpauth__identity *identity)
{
	return identity->scope_bits.names_id == demand->names_id ? identity->scope_bits
								 : (struct mcpauth__scope_bits){0};
}

static bool is_granted(const struct scope *scope, const struct mcpauth__scope_bits *bits,
	const struct mcpauth__identity *identity)
{
	return (bits->known & scope->bit) != 0
		? (bits->granted & scope->bit) != 0
		: mcpauth__identity_has_scope(identity, scope->name, strlen(scope->name));
}

static const char *missing_of_all(const struct list *list, const struct mcpauth__scope_bits *bits,
	const struct mcpauth__identity *identity)
{
	if ((list->bits & ~bits->granted) == 0 && !list->has_strings) {
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (!is_granted(&list->items[i], bits, identity)) {
			return list->items[i].name;
		}
	}
	return NULL;
}

static bool has_one(const struct list *list, const struct mcpauth__scope_bits *bits,
	const struct mcpauth__identity *identity)
{
	bool found = (list->bits & bits->granted) != 0;
	for (size_t i = 0; !found && i < list->count; i++) {
		found = is_granted(&list->items[i], bits, identity);
	}
	return found;
}

static const char *first_of(const struct mcpauth_demand *demand)
{
	const char *first = mcpauth_demand_scope_at(demand, 0);
	return first != NULL ? first : mcpauth_demand_any_at(demand, 0, 0);
}

const char *mcpauth_demand_missing(
	const struct mcpauth_demand *demand, const struct mcpauth_auth_info *info)
{
	const struct mcpauth__identity *identity = mcpauth__auth_info_identity(info);
	if (identity == NULL) {
		return first_of(demand);
	}
	struct mcpauth__scope_bits bits = bits_for(demand, identity);
	const char *missing = missing_of_all(&demand->all, &bits, identity);
	for (size_t i = 0; missing == NULL && i < demand->any_count; i++) {
		if (!has_one(&demand->any[i], &bits, identity)) {
			missing = demand->any[i].items[0].name;
		}
	}
	return missing;
}

static const char *name_at(const struct list *list, size_t index)
{
	return index < list->count ? list->items[index].name : NULL;
}

const char *mcpauth_demand_scope_at(const struct mcpauth_demand *demand, size_t index)
{
	return name_at(&demand->all, index);
}

const char *mcpauth_demand_any_at(const struct mcpauth_demand *demand, size_t list, size_t index)
{
	return list < demand->any_count ? name_at(&demand->any[list], index) : NULL;
}
