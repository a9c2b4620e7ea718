/* An allocator for cJSON whose blocks begin elsewhere than free() has it. */
#include "support/foreign_json.h"

#include <cjson/cJSON.h>

#include <stdlib.h>

#define OFFSET 64

static void *take(size_t size)
{
	char *block = malloc(OFFSET + size);
	return block != NULL ? block + OFFSET : NULL;
}

static void give(void *block)
{
	if (block != NULL) {
		free((char *)block - OFFSET);
	}
}

void foreign_json_begin(void)
{
	static cJSON_Hooks hooks = {take, give};
	cJSON_InitHooks(&hooks);
}

void foreign_json_end(void)
{
	cJSON_InitHooks(NULL);
}
