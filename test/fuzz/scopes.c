/* Fuzz target: lists of scopes. Three lines: those needed, those of which one is, those
 * granted. */
#include "common/fuzz.h"
#include "common/known.h"

#include "base/scopes.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

static cJSON *claims;

static void verify(struct mcpauth_inquiry *inquiry, void *user)
{
	(void)user;
	char *text = cJSON_PrintUnformatted(claims);
	MUST(text != NULL);
	mcpauth_inquiry_accept(inquiry, text, strlen(text));
	cJSON_free(text);
}

/* Is the word among the list's? */
static bool has_word(const char *list, const char *word, size_t length)
{
	const char *at = list;
	while (*at != '\0') {
		size_t here = strcspn(at, " ");
		if (here == length && memcmp(at, word, length) == 0) {
			return true;
		}
		at += here;
		at += *at == ' ' ? 1 : 0;
	}
	return false;
}

static void check_words(const char *list)
{
	struct mcpauth__words words = {0};
	size_t letters = 0;
	MUST(mcpauth__words_split(&words, list));
	for (size_t i = 0; i < words.count; i++) {
		size_t length = strlen(words.items[i]);
		letters += length;
		MUST(length > 0 && strchr(words.items[i], ' ') == NULL);
		MUST(has_word(list, words.items[i], length));
		MUST(mcpauth__words_contain(&words, words.items[i], length));
	}
	for (const char *at = list; *at != '\0'; at++) {
		letters += *at == ' ' ? 1 : 0;
	}
	MUST(letters == strlen(list));
	mcpauth__words_finish(&words);
}

/* The first of `needed` that `granted` lacks; NULL for none. */
static bool lacks(const char *needed, const char *granted, bool any)
{
	const char *word;
	size_t length;
	bool some = false;
	bool all = true;
	bool empty = true;
	while ((word = mcpauth__word_next(&needed, &length)) != NULL) {
		bool has = has_word(granted, word, length);
		some = some || has;
		all = all && has;
		empty = false;
	}
	return any ? !empty && !some : !all;
}

static void compare(const char *needed, const char *any, const char *granted)
{
	struct mcpauth_demand *demand;
	struct mcpauth_auth_info *info;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	struct mcpauth *auth = known_auth_with(verify, NULL);
	config.scopes = needed;
	config.any_scopes = any;
	bool valid = mcpauth__scopes_are_valid(needed) && mcpauth__scopes_are_valid(any);
	enum mcpauth_code code = mcpauth_demand_new(auth, &config, &demand, NULL);
	MUST(code == (valid ? MCPAUTH_OK : MCPAUTH_E_INVALID_ARGUMENT));
	if (valid && mcpauth_verify(auth, KNOWN_RESOURCE, "opaque", &info, NULL) == MCPAUTH_OK) {
		const char *missing = mcpauth_demand_missing(demand, info);
		MUST((missing != NULL)
			== (lacks(needed, granted, false) || lacks(any, granted, true)));
		MUST(missing == NULL || !has_word(granted, missing, strlen(missing)));
		MUST(missing == NULL || has_word(needed, missing, strlen(missing))
			|| has_word(any, missing, strlen(missing)));
		mcpauth_auth_info_free(info);
	}
	mcpauth_demand_free(demand);
	mcpauth_free(auth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *needed = fuzz_field(&data, &size, '\n');
	char *any = fuzz_field(&data, &size, '\n');
	char *granted = fuzz_field(&data, &size, '\n');
	claims = cJSON_CreateObject();
	cJSON_AddStringToObject(claims, "iss", KNOWN_A);
	cJSON_AddStringToObject(claims, "aud", KNOWN_RESOURCE);
	cJSON_AddNumberToObject(claims, "exp", KNOWN_NOW + 300);
	cJSON_AddStringToObject(claims, "scope", granted);
	check_words(needed);
	check_words(granted);
	compare(needed, any, granted);
	cJSON_Delete(claims);
	free(granted);
	free(any);
	free(needed);
	return 0;
}
