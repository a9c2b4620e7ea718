/* A tool as a server lists it: what to call it with, and what its call's headers repeat. */
#include "tool.h"

#include <gnutls/gnutls.h>
#include <string.h>
#include <strings.h>

#define TOKEN_CHARACTERS \
	"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ENCODED_START "=?base64?"

static const cJSON *properties_of(const cJSON *tool)
{
	const cJSON *schema = cJSON_GetObjectItemCaseSensitive(tool, "inputSchema");
	return cJSON_GetObjectItemCaseSensitive(schema, "properties");
}

static const cJSON *header_of(const cJSON *property)
{
	return cJSON_GetObjectItemCaseSensitive(property, "x-mcp-header");
}

/* A number with a fraction is written in more ways than one. */
static bool fits_a_header(const char *type)
{
	static const char *const types[] = {"string", "integer", "boolean"};
	for (size_t i = 0; type != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Names of headers are the same whatever their case. */
static bool is_taken_before(const cJSON *properties, const cJSON *property, const char *header)
{
	const cJSON *other = NULL;
	cJSON_ArrayForEach(other, properties)
	{
		const char *name = cJSON_GetStringValue(header_of(other));
		if (other == property) {
			return false;
		}
		if (name != NULL && strcasecmp(name, header) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_sound(const cJSON *properties, const cJSON *property)
{
	const char *header = cJSON_GetStringValue(header_of(property));
	if (header_of(property) == NULL) {
		return true;
	}
	return header != NULL && *header != '\0' && header[strspn(header, TOKEN_CHARACTERS)] == '\0'
		&& fits_a_header(json_string(property, "type"))
		&& !is_taken_before(properties, property, header);
}

bool tool_is_sound(const cJSON *tool)
{
	const cJSON *properties = properties_of(tool);
	const cJSON *property = NULL;
	cJSON_ArrayForEach(property, properties)
	{
		if (!is_sound(properties, property)) {
			return false;
		}
	}
	return json_string(tool, "name") != NULL;
}

static cJSON *example_of(const cJSON *property, const cJSON *object)
{
	const char *type = json_string(property, "type");
	if (type == NULL || strcmp(type, "string") == 0) {
		return cJSON_CreateString("text");
	}
	if (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0) {
		return cJSON_CreateNumber(7);
	}
	if (strcmp(type, "object") == 0) {
		return cJSON_Duplicate(object, true);
	}
	return strcmp(type, "boolean") == 0 ? cJSON_CreateTrue() : NULL;
}

cJSON *tool_arguments(const cJSON *tool, const cJSON *object)
{
	const cJSON *property = NULL;
	cJSON *arguments = cJSON_CreateObject();
	cJSON_ArrayForEach(property, properties_of(tool))
	{
		cJSON *example = example_of(property, object);
		if (example != NULL) {
			cJSON_AddItemToObject(arguments, property->string, example);
		}
	}
	return arguments;
}

static bool fits_as_it_is(const char *value)
{
	size_t length = strlen(value);
	for (const char *at = value; *at != '\0'; at++) {
		if (*at < 0x20 || *at >= 0x7f) {
			return false;
		}
	}
	return length == 0
		|| (value[0] != ' ' && value[length - 1] != ' '
			&& strncmp(value, ENCODED_START, sizeof(ENCODED_START) - 1) != 0);
}

static void add_string(struct text *line, const char *value)
{
	gnutls_datum_t plain = {(unsigned char *)value, (unsigned)strlen(value)};
	gnutls_datum_t encoded = {0};
	if (fits_as_it_is(value)) {
		text_join(line, value, NULL);
	} else if (gnutls_base64_encode2(&plain, &encoded) == 0) {
		text_join(line, ENCODED_START, NULL);
		text_add(line, encoded.data, encoded.size);
		text_join(line, "?=", NULL);
		gnutls_free(encoded.data);
	}
}

static void add_line(struct tool_lines *lines, const char *header, const cJSON *argument)
{
	struct text *line = &lines->texts[lines->count];
	const char *string = cJSON_GetStringValue(argument);
	text_join(line, "Mcp-Param-", header, NULL);
	/* libcurl takes the colon for "send no such header". */
	text_join(line, string != NULL && *string == '\0' ? ";" : ": ", NULL);
	if (string != NULL) {
		add_string(line, string);
	} else {
		json_print(argument, line);
	}
	lines->list[lines->count++] = text_string(line);
}

void tool_lines_make(const cJSON *tool, const cJSON *arguments, struct tool_lines *lines)
{
	const cJSON *property = NULL;
	cJSON_ArrayForEach(property, properties_of(tool))
	{
		const char *header = cJSON_GetStringValue(header_of(property));
		const cJSON *argument = cJSON_GetObjectItemCaseSensitive(
			arguments, property->string);
		bool is_given = argument != NULL && !cJSON_IsNull(argument);
		if (header != NULL && is_given && lines->count < TOOL_LINES) {
			add_line(lines, header, argument);
		}
	}
}

void tool_lines_finish(struct tool_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		text_finish(&lines->texts[i]);
	}
	*lines = (struct tool_lines){0};
}
