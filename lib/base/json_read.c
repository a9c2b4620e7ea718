/* Foreign JSON from its first to its last byte, once: validated, and built if wanted. */
#include "base/json.h"

#include "base/error_int.h"
#include "base/json_lex.h"
#include "base/json_names.h"
#include "base/json_number.h"

#include <string.h>

/** Without an arena it only validates: then no node is ever given along. */
struct reader {
	struct mcpauth__json_lexer lexer;
	unsigned depth;
	size_t values; /* so far */
	struct mcpauth__arena *arena;
	bool no_memory;
	bool repeated; /* a name occurs twice */
};

static bool take(struct reader *reader, unsigned char wanted)
{
	if (reader->lexer.at == reader->lexer.end || *reader->lexer.at != wanted) {
		return false;
	}
	reader->lexer.at++;
	return true;
}

static bool out_of_memory(struct reader *reader)
{
	reader->no_memory = true;
	return false;
}

/* What an escaped string takes too much is not worth a second look at it. */
static bool keep_string(
	struct reader *reader, const struct mcpauth__json_lexeme *string, char **kept)
{
	char *copy = mcpauth__arena_take_text(reader->arena, string->length + 1);
	if (copy == NULL) {
		return out_of_memory(reader);
	}
	size_t length = string->length;
	if (string->plain) {
		memcpy(copy, string->text, length);
	} else {
		length = mcpauth__json_unescape(string, copy);
	}
	copy[length] = '\0';
	*kept = copy;
	return true;
}

static bool read_name(struct reader *reader, cJSON *node)
{
	struct mcpauth__json_lexeme name;
	if (!mcpauth__json_take_string(&reader->lexer, &name)) {
		return false;
	}
	return node == NULL || keep_string(reader, &name, &node->string);
}

static bool read_string(struct reader *reader, cJSON *node)
{
	struct mcpauth__json_lexeme string;
	if (!mcpauth__json_take_string(&reader->lexer, &string)) {
		return false;
	}
	if (node == NULL) {
		return true;
	}
	node->type = cJSON_String;
	return keep_string(reader, &string, &node->valuestring);
}

static bool read_number(struct reader *reader, cJSON *node)
{
	struct mcpauth__json_lexeme number;
	if (!mcpauth__json_take_number(&reader->lexer, &number)) {
		return false;
	}
	if (node != NULL) {
		mcpauth__json_set_number(node, &number);
	}
	return true;
}

/* As in cJSON's trees the first child's `prev` is the last one. */
static cJSON *add_child(struct reader *reader, cJSON *parent)
{
	cJSON *child = mcpauth__arena_take(reader->arena, sizeof *child);
	if (child == NULL) {
		out_of_memory(reader);
		return NULL;
	}
	*child = (cJSON){0};
	if (parent->child == NULL) {
		parent->child = child;
	} else {
		child->prev = parent->child->prev;
		child->prev->next = child;
	}
	parent->child->prev = child;
	return child;
}

static bool read_value(struct reader *reader, cJSON *node);

static bool read_child(struct reader *reader, cJSON *parent, bool named)
{
	cJSON *child = parent != NULL ? add_child(reader, parent) : NULL;
	if (child == NULL && parent != NULL) {
		return false;
	}
	if (named) {
		mcpauth__json_skip_blanks(&reader->lexer);
		if (!read_name(reader, child)) {
			return false;
		}
		mcpauth__json_skip_blanks(&reader->lexer);
		if (!take(reader, ':')) {
			return false;
		}
	}
	return read_value(reader, child);
}

static bool names_differ(struct reader *reader, const cJSON *object, size_t count)
{
	const cJSON *repeated;
	if (!mcpauth__json_find_repeated(object, count, &repeated)) {
		return out_of_memory(reader);
	}
	reader->repeated = repeated != NULL;
	return repeated == NULL;
}

/* Behind the bracket that opens it. */
static bool read_children(struct reader *reader, cJSON *node, bool named)
{
	unsigned char close = named ? '}' : ']';
	size_t count = 0;
	if (reader->depth == 0) {
		return false;
	}
	reader->depth--;
	mcpauth__json_skip_blanks(&reader->lexer);
	bool done = take(reader, close);
	while (!done) {
		if (!read_child(reader, node, named)) {
			return false;
		}
		count++;
		done = take(reader, close);
		if (!done && !take(reader, ',')) {
			return false;
		}
	}
	reader->depth++;
	return node == NULL || !named || names_differ(reader, node, count);
}

static bool read_container(struct reader *reader, cJSON *node, bool named)
{
	reader->lexer.at++;
	if (node != NULL) {
		node->type = named ? cJSON_Object : cJSON_Array;
	}
	return read_children(reader, node, named);
}

static bool read_literal(struct reader *reader, cJSON *node)
{
	static const struct {
		const char *text;
		size_t length;
		int type;
	} literals[] = {
		{"true", 4, cJSON_True},
		{"false", 5, cJSON_False},
		{"null", 4, cJSON_NULL},
	};
	size_t i = 0;
	while (i < 3
		&& !mcpauth__json_take_literal(
			&reader->lexer, literals[i].text, literals[i].length)) {
		i++;
	}
	if (node != NULL && i < 3) {
		node->type = literals[i].type;
		node->valueint = node->type == cJSON_True ? 1 : 0;
	}
	return i < 3;
}

static bool read_any(struct reader *reader, cJSON *node)
{
	if (reader->lexer.at == reader->lexer.end) {
		return false;
	}
	switch (*reader->lexer.at) {
	case '{':
		return read_container(reader, node, true);
	case '[':
		return read_container(reader, node, false);
	case '"':
		return read_string(reader, node);
	case 't':
	case 'f':
	case 'n':
		return read_literal(reader, node);
	default:
		return read_number(reader, node);
	}
}

bool mcpauth__json_take_value(struct mcpauth__json_lexer *lexer, unsigned depth)
{
	struct reader reader = {.lexer = *lexer, .depth = depth};
	bool good = read_any(&reader, NULL);
	*lexer = reader.lexer;
	return good;
}

static bool read_value(struct reader *reader, cJSON *node)
{
	reader->values++;
	mcpauth__json_skip_blanks(&reader->lexer);
	bool good = read_any(reader, node);
	mcpauth__json_skip_blanks(&reader->lexer);
	return good;
}

static bool read_text(struct reader *reader, const char *text, size_t length, cJSON *node)
{
	reader->lexer.at = (const unsigned char *)text;
	reader->lexer.end = reader->lexer.at + length;
	return length > 0 && read_value(reader, node) && reader->lexer.at == reader->lexer.end;
}

static enum mcpauth_code read_tree(
	struct reader *reader, const char *text, size_t length, cJSON **json)
{
	cJSON *tree = mcpauth__arena_take(reader->arena, sizeof *tree);
	*json = NULL;
	if (tree == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	*tree = (cJSON){0};
	bool good = read_text(reader, text, length, tree);
	if (reader->no_memory) {
		return MCPAUTH_E_NO_MEMORY;
	}
	if (!good || !cJSON_IsObject(tree)) {
		return MCPAUTH_E_INVALID_JSON;
	}
	*json = tree;
	return MCPAUTH_OK;
}

static enum mcpauth_code explain(
	const struct reader *reader, enum mcpauth_code code, struct mcpauth_error *err)
{
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	return code == MCPAUTH_OK ? code
				  : mcpauth__fail(err, code,
					  reader->repeated ? "a name occurs twice in an object"
							   : "not an object of strict JSON");
}

enum mcpauth_code mcpauth__json_read(struct mcpauth__arena *arena,
	const struct mcpauth__json_text *text, cJSON **json, struct mcpauth_error *err)
{
	struct reader reader = {
		.lexer =
			{
				.number_limit = MCPAUTH__JSON_NUMBER_LIMIT,
				.allow_nul = text->allow_nul,
			},
		.depth = MCPAUTH__JSON_DEPTH_LIMIT,
		.arena = arena,
	};
	return explain(&reader, read_tree(&reader, text->text, text->length, json), err);
}

bool mcpauth__json_is_valid(const char *text, size_t length, unsigned depth)
{
	struct reader reader = {.lexer.number_limit = SIZE_MAX, .depth = depth};
	return read_text(&reader, text, length, NULL);
}

static struct reader strict_reader(unsigned depth)
{
	return (struct reader){.lexer.number_limit = MCPAUTH__JSON_NUMBER_LIMIT, .depth = depth};
}

bool mcpauth__json_is_readable(const char *text, size_t length, unsigned depth)
{
	return mcpauth__json_count(text, length, depth) > 0;
}

size_t mcpauth__json_count(const char *text, size_t length, unsigned depth)
{
	struct reader reader = strict_reader(depth);
	return read_text(&reader, text, length, NULL) ? reader.values : 0;
}

size_t mcpauth__json_fault(const char *text, size_t length, unsigned depth)
{
	struct reader reader = strict_reader(depth);
	read_text(&reader, text, length, NULL);
	return (size_t)(reader.lexer.at - (const unsigned char *)text);
}
