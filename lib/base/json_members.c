/* Splitting an object of foreign JSON into raw slices, by names that nobody can mistake. */
#include "base/json_members.h"

#include "base/fold.h"
#include "base/json_lex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Up to here names are compared with each other, beyond they are sorted. */
#define COMPARED_MAX 24

struct splitter {
	struct mcpauth__json_lexer lexer;
	unsigned depth; /* that values may have */
	struct mcpauth__arena *arena;
	struct mcpauth__json_members *members;
	struct mcpauth__json_member *last;
	bool has_nul; /* in a name */
};

/* With the blanks before it. */
static bool take(struct mcpauth__json_lexer *lexer, const char *wanted)
{
	mcpauth__json_skip_blanks(lexer);
	return mcpauth__json_take_literal(lexer, wanted, 1);
}

/* Good, but is it also without a NUL? It is read again, with the quotes that a lexeme has
 * lost, by a lexer that lets none pass. */
static bool names_a_nul(const struct mcpauth__json_lexeme *name)
{
	struct mcpauth__json_lexeme again;
	struct mcpauth__json_lexer strict = {
		.at = name->text - 1, .end = name->text + name->length + 1};
	return !mcpauth__json_take_string(&strict, &again);
}

static bool decode_name(struct splitter *splitter, const struct mcpauth__json_lexeme *name,
	struct mcpauth__json_member *member)
{
	member->name = (const char *)name->text;
	member->name_length = name->length;
	if (name->plain) {
		return true;
	}
	char *decoded = mcpauth__arena_take_text(splitter->arena, name->length);
	if (decoded == NULL) {
		return false;
	}
	splitter->has_nul = splitter->has_nul || names_a_nul(name);
	member->name_length = mcpauth__json_unescape(name, decoded);
	member->name = decoded;
	return true;
}

static struct mcpauth__json_member *add(
	struct splitter *splitter, const struct mcpauth__json_lexeme *name)
{
	struct mcpauth__json_member *member = mcpauth__arena_take(splitter->arena, sizeof *member);
	if (member == NULL) {
		return NULL;
	}
	*member = (struct mcpauth__json_member){0};
	if (!decode_name(splitter, name, member)) {
		return NULL;
	}
	if (splitter->last == NULL) {
		splitter->members->first = member;
	} else {
		splitter->last->next = member;
	}
	splitter->last = member;
	splitter->members->count++;
	return member;
}

static enum mcpauth_code take_member(struct splitter *splitter)
{
	struct mcpauth__json_lexer *lexer = &splitter->lexer;
	struct mcpauth__json_lexeme name;
	mcpauth__json_skip_blanks(lexer);
	if (!mcpauth__json_take_string(lexer, &name) || !take(lexer, ":")) {
		return MCPAUTH_E_INVALID_JSON;
	}
	mcpauth__json_skip_blanks(lexer);
	const unsigned char *value = lexer->at;
	if (!mcpauth__json_take_value(lexer, splitter->depth)) {
		return MCPAUTH_E_INVALID_JSON;
	}
	if (splitter->members->count == MCPAUTH__JSON_MEMBER_LIMIT) {
		return MCPAUTH_E_TOO_LARGE;
	}
	struct mcpauth__json_member *member = add(splitter, &name);
	if (member == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	member->value = (const char *)value;
	member->length = (size_t)(lexer->at - value);
	return MCPAUTH_OK;
}

static enum mcpauth_code take_members(struct splitter *splitter)
{
	struct mcpauth__json_lexer *lexer = &splitter->lexer;
	if (!take(lexer, "{")) {
		return MCPAUTH_E_INVALID_JSON;
	}
	bool done = take(lexer, "}");
	while (!done) {
		enum mcpauth_code code = take_member(splitter);
		if (code != MCPAUTH_OK) {
			return code;
		}
		done = take(lexer, "}");
		if (!done && !take(lexer, ",")) {
			return MCPAUTH_E_INVALID_JSON;
		}
	}
	mcpauth__json_skip_blanks(lexer);
	return lexer->at == lexer->end ? MCPAUTH_OK : MCPAUTH_E_INVALID_JSON;
}

/* One member's name, to be compared. */
struct name {
	const char *text;
	size_t length;
};

static struct name name_of(const struct mcpauth__json_member *member)
{
	return (struct name){member->name, member->name_length};
}

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a;
	const struct name *right = b;
	return mcpauth__fold_compare(left->text, left->length, right->text, right->length);
}

static bool differ_among_few(const struct mcpauth__json_members *members)
{
	for (const struct mcpauth__json_member *member = members->first; member != NULL;
		member = member->next) {
		for (const struct mcpauth__json_member *other = member->next; other != NULL;
			other = other->next) {
			const struct name names[] = {name_of(member), name_of(other)};
			if (compare_names(&names[0], &names[1]) == 0) {
				return false;
			}
		}
	}
	return true;
}

static size_t list_names(const struct mcpauth__json_members *members, struct name *names)
{
	size_t count = 0;
	for (const struct mcpauth__json_member *member = members->first; member != NULL;
		member = member->next) {
		names[count++] = name_of(member);
	}
	return count;
}

/* Comparing each with each would let a body of short members take seconds. */
static bool differ_among_many(const struct mcpauth__json_members *members)
{
	struct name sorted[MCPAUTH__JSON_MEMBER_LIMIT];
	size_t count = list_names(members, sorted);
	qsort(sorted, count, sizeof *sorted, compare_names);
	for (size_t i = 1; i < count; i++) {
		if (compare_names(&sorted[i - 1], &sorted[i]) == 0) {
			return false;
		}
	}
	return true;
}

static bool names_differ(const struct mcpauth__json_members *members)
{
	return members->count <= COMPARED_MAX ? differ_among_few(members)
					      : differ_among_many(members);
}

enum mcpauth_code mcpauth__json_members_split(struct mcpauth__arena *arena, const char *text,
	size_t length, unsigned depth, struct mcpauth__json_members *members)
{
	struct splitter splitter = {
		.lexer = {(const unsigned char *)text, (const unsigned char *)text + length,
			SIZE_MAX, true},
		.depth = depth - 1,
		.arena = arena,
		.members = members,
	};
	*members = (struct mcpauth__json_members){0};
	enum mcpauth_code code = take_members(&splitter);
	if (code == MCPAUTH_OK && (splitter.has_nul || !names_differ(members))) {
		code = MCPAUTH_E_DUPLICATE;
	}
	if (code != MCPAUTH_OK) {
		*members = (struct mcpauth__json_members){0};
	}
	return code;
}

const struct mcpauth__json_member *mcpauth__json_members_find(
	const struct mcpauth__json_members *members, const char *name)
{
	size_t length = strlen(name);
	const struct mcpauth__json_member *member = members->first;
	while (member != NULL
		&& (member->name_length != length || memcmp(member->name, name, length) != 0)) {
		member = member->next;
	}
	return member;
}

static bool misspells(const struct mcpauth__json_member *member, const char *name)
{
	size_t length = strlen(name);
	bool same = member->name_length == length && memcmp(member->name, name, length) == 0;
	return !same && mcpauth__fold_compare(member->name, member->name_length, name, length) == 0;
}

bool mcpauth__json_members_misspell(
	const struct mcpauth__json_members *members, const char *const *names)
{
	for (const struct mcpauth__json_member *member = members->first; member != NULL;
		member = member->next) {
		for (size_t i = 0; names[i] != NULL; i++) {
			if (misspells(member, names[i])) {
				return true;
			}
		}
	}
	return false;
}
