/* A program that keeps a number in the desktop's keyring, for keyring.sh.
 *
 * keyring_program count N   add one, N times
 * keyring_program is N      the number is N
 * keyring_program fails X   it cannot be read, for a reason that has X in it
 */
#include "client/storage/token_storage_int.h"

#include "base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "https://mcp.example/mcp"

static bool count(struct mcpauth_token_storage *storage, struct mcpauth_error *err)
{
	struct mcpauth__credentials kept = {0};
	char number[24];
	if (mcpauth__token_storage_lock(storage, KEY, err) != MCPAUTH_OK) {
		return false;
	}
	bool good = mcpauth__token_storage_load(storage, KEY, &kept, err) == MCPAUTH_OK;
	if (good) {
		snprintf(number, sizeof number, "%ld",
			kept.dpop_key != NULL ? strtol(kept.dpop_key, NULL, 10) + 1 : 1L);
		free(kept.dpop_key);
		kept.dpop_key = mcpauth__strdup(number);
		good = mcpauth__token_storage_save(storage, KEY, &kept, err) == MCPAUTH_OK;
	}
	mcpauth__token_storage_unlock(storage, KEY);
	mcpauth__credentials_finish(&kept);
	return good;
}

static bool is(struct mcpauth_token_storage *storage, const char *want, struct mcpauth_error *err)
{
	struct mcpauth__credentials kept = {0};
	bool good = mcpauth__token_storage_load(storage, KEY, &kept, err) == MCPAUTH_OK;
	good = good && strcmp(kept.dpop_key != NULL ? kept.dpop_key : "0", want) == 0;
	mcpauth__credentials_finish(&kept);
	return good;
}

static bool run(struct mcpauth_token_storage *storage, char **arguments, struct mcpauth_error *err)
{
	bool good = true;
	if (strcmp(arguments[1], "count") == 0) {
		for (long i = strtol(arguments[2], NULL, 10); good && i > 0; i--) {
			good = count(storage, err);
		}
		return good;
	}
	if (strcmp(arguments[1], "is") == 0) {
		return is(storage, arguments[2], err);
	}
	struct mcpauth__credentials kept = {0};
	enum mcpauth_code code = mcpauth__token_storage_load(storage, KEY, &kept, err);
	mcpauth__credentials_finish(&kept);
	return code == MCPAUTH_E_TOKEN_STORAGE && strstr(err->message, arguments[2]) != NULL;
}

int main(int count_of, char **arguments)
{
	struct mcpauth_token_storage *storage;
	struct mcpauth_error err = {0};
	if (count_of != 3
		|| mcpauth_token_storage_new_keyring("keyring-test", &storage, &err)
			!= MCPAUTH_OK) {
		fprintf(stderr, "no keyring: %s\n", err.message);
		return 1;
	}
	bool good = run(storage, arguments, &err);
	fprintf(stderr, "%s %s: %s%s\n", arguments[1], arguments[2],
		good ? "yes" : "no: ", good ? "" : err.message);
	mcpauth_token_storage_free(storage);
	return good ? 0 : 1;
}
