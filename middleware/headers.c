/* Header fields of answers, checked as they come in. */
#include "headers.h"

#include "base/ascii.h"
#include "base/words.h"
#include "field_list.h"

#include <stdlib.h>
#include <string.h>

/* Nobody but the HTTP server says where an answer ends. */
static bool is_framing(const char *name)
{
	return mcpauth__ascii_are_alike(name, "Content-Length")
		|| mcpauth__ascii_are_alike(name, "Transfer-Encoding");
}

/* An empty value MHD would not take, and then send no answer at all. */
static bool is_value(const char *value)
{
	if (*value == '\0') {
		return false;
	}
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

enum mcpauth_code mcpauth__headers_add(
	struct mcpauth__headers *headers, const char *name, const char *value)
{
	if (name == NULL || value == NULL || !mcpauth__is_field_token(name, strlen(name))
		|| is_framing(name) || !is_value(value)) {
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	struct mcpauth__header *items = realloc(
		headers->items, (headers->count + 1) * sizeof *items);
	if (items == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	headers->items = items;
	struct mcpauth__header made = {mcpauth__strdup(name), mcpauth__strdup(value)};
	if (made.name == NULL || made.value == NULL) {
		free(made.name);
		free(made.value);
		return MCPAUTH_E_NO_MEMORY;
	}
	items[headers->count++] = made;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__headers_set(
	struct mcpauth__headers *headers, const char *name, const char *value)
{
	enum mcpauth_code code = mcpauth__headers_add(headers, name, value);
	if (code != MCPAUTH_OK) {
		return code;
	}
	/* The value may belong to a field that goes now, hence in this order. */
	struct mcpauth__header last = headers->items[--headers->count];
	mcpauth__headers_remove(headers, name);
	headers->items[headers->count++] = last;
	return MCPAUTH_OK;
}

void mcpauth__headers_remove(struct mcpauth__headers *headers, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < headers->count; i++) {
		struct mcpauth__header *item = &headers->items[i];
		if (mcpauth__ascii_are_alike(item->name, name)) {
			free(item->name);
			free(item->value);
		} else {
			headers->items[kept++] = *item;
		}
	}
	headers->count = kept;
}

const char *mcpauth__headers_get(const struct mcpauth__headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (mcpauth__ascii_are_alike(headers->items[i].name, name)) {
			return headers->items[i].value;
		}
	}
	return NULL;
}

void mcpauth__headers_finish(struct mcpauth__headers *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		free(headers->items[i].name);
		free(headers->items[i].value);
	}
	free(headers->items);
	*headers = (struct mcpauth__headers){0};
}
