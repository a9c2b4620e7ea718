/* Putting members of a settings file that were checked into structs. */
#include "base/settings_table.h"

#include "base/buf.h"
#include "base/error_int.h"

#include <mcpauth/api.h>

#include <string.h>

/* Reading strings and numbers of a struct through memcpy() asks nothing of its
 * alignment, and an enum is as wide as an int everywhere (tables.c asserts it). */

static size_t width(const struct mcpauth__settings_member *member)
{
	switch (member->type) {
	case MCPAUTH__SETTINGS_STRING:
	case MCPAUTH__SETTINGS_WORDS:
	case MCPAUTH__SETTINGS_JSON:
		return sizeof(const char *);
	case MCPAUTH__SETTINGS_FLAG:
		return sizeof(bool);
	case MCPAUTH__SETTINGS_NUMBER:
		return sizeof(unsigned);
	case MCPAUTH__SETTINGS_SIZE:
		return sizeof(size_t);
	case MCPAUTH__SETTINGS_CHOICE:
		return sizeof(int);
	default:
		return 0;
	}
}

/* Keeps a text in the pool. NULL: no memory. */
static const char *keep(struct mcpauth__settings_filling *filling, const char *text, size_t length)
{
	return mcpauth__words_add(filling->pool, text, length)
		? filling->pool->items[filling->pool->count - 1]
		: NULL;
}

static const char *join(struct mcpauth__settings_filling *filling, const cJSON *list)
{
	struct mcpauth__buf text = {0};
	const char *kept = NULL;
	for (const cJSON *item = list->child; item != NULL; item = item->next) {
		mcpauth__buf_printf(
			&text, "%s%s", item == list->child ? "" : " ", item->valuestring);
	}
	if (!text.failed) {
		kept = keep(filling, text.data, text.length);
	}
	mcpauth__buf_finish(&text);
	return kept;
}

/* Written anew, so that an indentation that changed does not make it another
 * configuration. */
static const char *print(struct mcpauth__settings_filling *filling, const cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);
	const char *kept = text == NULL ? NULL : keep(filling, text, strlen(text));
	cJSON_free(text);
	return kept;
}

static const char *text_of(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item)
{
	return member->type == MCPAUTH__SETTINGS_STRING   ? item->valuestring
		: member->type == MCPAUTH__SETTINGS_WORDS ? join(filling, item)
							  : print(filling, item);
}

static unsigned number_of(const struct mcpauth__settings_member *member, const cJSON *item)
{
	return item->valuedouble == 0 && member->zero_is_none ? MCPAUTH_NONE
							      : (unsigned)item->valuedouble;
}

static int choice_of(const struct mcpauth__settings_member *member, const cJSON *item)
{
	int choice = 0;
	while (strcmp(member->choices[choice], item->valuestring) != 0) {
		choice++;
	}
	return choice;
}

enum mcpauth_code mcpauth__settings_store(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item, struct mcpauth_error *err)
{
	size_t bytes = width(member);
	/* A translation is told by a call. */
	if (bytes == 0 || strcmp(member->name, item->string) != 0) {
		return MCPAUTH_OK;
	}
	if (member->offset + bytes > filling->size) {
		filling->at = item;
		return mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS,
			"%s is younger than the header this program was built with", member->name);
	}
	char *to = (char *)filling->to + member->offset;
	if (member->type == MCPAUTH__SETTINGS_FLAG) {
		memcpy(to, &(bool){cJSON_IsTrue(item)}, bytes);
	} else if (member->type == MCPAUTH__SETTINGS_NUMBER) {
		memcpy(to, &(unsigned){number_of(member, item)}, bytes);
	} else if (member->type == MCPAUTH__SETTINGS_SIZE) {
		memcpy(to, &(size_t){number_of(member, item)}, bytes);
	} else if (member->type == MCPAUTH__SETTINGS_CHOICE) {
		memcpy(to, &(int){choice_of(member, item)}, bytes);
	} else {
		const char *text = text_of(filling, member, item);
		memcpy(to, &text, bytes);
		return text != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}
