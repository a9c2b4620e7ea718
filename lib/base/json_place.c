/* Walking a text beside its tree, to tell where a value stands. */
#include "base/json_place.h"

/* The text is known to be good: nothing is checked again. */
struct walk {
	const char *text;
	const char *at;
	const cJSON *wanted;
	struct mcpauth__json_place *place;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct walk *walk)
{
	while (is_blank(*walk->at)) {
		walk->at++;
	}
}

/* A number, true, false or null: the object around it ends it. */
static void skip_word(struct walk *walk)
{
	while (!is_blank(*walk->at) && *walk->at != ',' && *walk->at != ']' && *walk->at != '}') {
		walk->at++;
	}
}

static void skip_string(struct walk *walk)
{
	walk->at++;
	while (*walk->at != '"') {
		walk->at += *walk->at == '\\' ? 2 : 1;
	}
	walk->at++;
}

static bool walk_value(struct walk *walk, const cJSON *node);

static bool walk_children(struct walk *walk, const cJSON *node)
{
	walk->at++;
	for (const cJSON *child = node->child; child != NULL; child = child->next) {
		skip_blanks(walk);
		size_t name = (size_t)(walk->at - walk->text);
		if (cJSON_IsObject(node)) {
			skip_string(walk);
			skip_blanks(walk);
			walk->at++;
		}
		if (walk_value(walk, child)) {
			walk->place->name = child == walk->wanted ? name : walk->place->name;
			return true;
		}
		skip_blanks(walk);
		/* The comma; behind the last one there is the bracket. */
		walk->at += child->next != NULL ? 1 : 0;
	}
	skip_blanks(walk);
	walk->at++;
	return false;
}

static bool walk_value(struct walk *walk, const cJSON *node)
{
	skip_blanks(walk);
	if (node == walk->wanted) {
		walk->place->value = (size_t)(walk->at - walk->text);
		walk->place->name = walk->place->value;
		return true;
	}
	if (cJSON_IsObject(node) || cJSON_IsArray(node)) {
		return walk_children(walk, node);
	}
	if (cJSON_IsString(node)) {
		skip_string(walk);
	} else {
		skip_word(walk);
	}
	return false;
}

bool mcpauth__json_locate(
	const char *text, const cJSON *tree, const cJSON *wanted, struct mcpauth__json_place *place)
{
	struct walk walk = {.text = text, .at = text, .wanted = wanted, .place = place};
	*place = (struct mcpauth__json_place){0};
	return wanted != NULL && walk_value(&walk, tree);
}

unsigned mcpauth__json_line(const char *text, size_t offset)
{
	unsigned line = 1;
	for (size_t i = 0; i < offset; i++) {
		line += text[i] == '\n' ? 1 : 0;
	}
	return line;
}
