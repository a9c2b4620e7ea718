/* Builds cJSON's trees from JSON that was read before. */
#include "json.h"

#include <stdbool.h>
#include <string.h>

/* cJSON would cut a string there. Outside of strings JSON has no backslash. */
static bool has_nul(struct slice text)
{
	for (size_t i = 0; i + 1 < text.length; i++) {
		if (text.at[i] != '\\') {
			continue;
		}
		i++;
		if (text.at[i] == 'u' && text.length - i > 4
			&& memcmp(text.at + i + 1, "0000", 4) == 0) {
			return true;
		}
	}
	return false;
}

cJSON *json_build(struct slice text)
{
	return text.at == NULL || has_nul(text) ? NULL
						: cJSON_ParseWithLength(text.at, text.length);
}
