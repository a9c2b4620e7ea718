/* Scenario: a client's registrations and tokens, kept in a file and in memory. */
#include "scenario.h"

#include "base/words.h"
#include "client/storage/token_storage_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "https://mcp.example.com/mcp"
#define OLD \
	"{\"version\":1,\"registrations\":[{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\"," \
	"\"client_secret\":\"hush\"}],\"tokens\":{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\"," \
	"\"access_token\":\"old\",\"refresh_token\":\"rt\"},\"dpop_key\":\"key\"}"

/* Processes end here, machines do not: nothing has to lie on the disk. */
int fsync(int file)
{
	(void)file;
	return 0;
}

static char folder[] = "storage-scenario-XXXXXX";
static char path[sizeof folder + 16];

static enum mcpauth_code new_storage(bool in_file, struct mcpauth_token_storage **storage)
{
	return in_file ? mcpauth_token_storage_new_file(path, storage, NULL)
		       : mcpauth_token_storage_new_memory(storage, NULL);
}

static enum mcpauth_code save_old(struct mcpauth_token_storage *storage)
{
	struct mcpauth__credentials kept = {0};
	enum mcpauth_code code = mcpauth__credentials_read(OLD, strlen(OLD), &kept, NULL);
	if (code == MCPAUTH_OK) {
		code = mcpauth__token_storage_save(storage, KEY, &kept, NULL);
	}
	mcpauth__credentials_finish(&kept);
	return code;
}

/* As a refresh does it: a new token in place of the one that is there. */
static enum mcpauth_code rotate(struct mcpauth_token_storage *storage)
{
	struct mcpauth__credentials kept = {0};
	enum mcpauth_code code = mcpauth__token_storage_load(storage, KEY, &kept, NULL);
	if (code == MCPAUTH_OK && kept.tokens.access_token != NULL) {
		memcpy(kept.tokens.access_token, "new", 3);
		code = mcpauth__token_storage_save(storage, KEY, &kept, NULL);
	}
	mcpauth__credentials_finish(&kept);
	return code;
}

static enum mcpauth_code hold(struct mcpauth_token_storage *storage,
	enum mcpauth_code (*work)(struct mcpauth_token_storage *))
{
	enum mcpauth_code code = mcpauth__token_storage_lock(storage, KEY, NULL);
	if (code == MCPAUTH_OK) {
		code = work(storage);
		mcpauth__token_storage_unlock(storage, KEY);
	}
	return code;
}

/* Nothing of it is lost, and the token is one of the two. */
static void check_kept(struct mcpauth_token_storage *storage, const char *token)
{
	struct mcpauth__credentials kept = {0};
	need(mcpauth__token_storage_load(storage, KEY, &kept, NULL) == MCPAUTH_OK,
		"what was kept cannot be read");
	need(kept.registration_count == 1
			&& strcmp(kept.registrations[0].client_secret, "hush") == 0,
		"a registration is lost");
	need(kept.tokens.access_token != NULL && strcmp(kept.tokens.access_token, token) == 0,
		"a token is lost, or another one's");
	need(kept.dpop_key != NULL && strcmp(kept.dpop_key, "key") == 0, "a key is lost");
	mcpauth__credentials_finish(&kept);
}

enum {
	IN_FILE,
	IN_MEMORY,
	STORAGES
};

static bool try_storages(unsigned long number)
{
	struct mcpauth_token_storage *storages[STORAGES];
	struct mcpauth_token_storage *others[STORAGES] = {NULL};
	bool good[STORAGES];
	for (int i = 0; i < STORAGES; i++) {
		need(new_storage(i == IN_FILE, &storages[i]) == MCPAUTH_OK
				&& hold(storages[i], save_old) == MCPAUTH_OK,
			"the first storage");
	}
	torture_begin(number);
	bool all = true;
	for (int i = 0; i < STORAGES; i++) {
		bool made = may_fail(new_storage(i == IN_FILE, &others[i]), "a storage");
		good[i] = may_fail(hold(storages[i], rotate), "a rotation");
		all = all && made && good[i];
	}
	torture_end();
	for (int i = 0; i < STORAGES; i++) {
		check_kept(storages[i], good[i] ? "new" : "old");
		need(hold(storages[i], rotate) == MCPAUTH_OK, "the next rotation");
		check_kept(storages[i], "new");
		mcpauth_token_storage_free(others[i]);
		mcpauth_token_storage_free(storages[i]);
	}
	return all;
}

static void remove_files(void)
{
	char lock[sizeof path + 8];
	snprintf(lock, sizeof lock, "%s.lock", path);
	unlink(lock);
	unlink(path);
	rmdir(folder);
}

static bool attempt(unsigned long number)
{
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	need(mkdtemp(folder) != NULL, "a folder");
	snprintf(path, sizeof path, "%s/tokens", folder);
	bool good = try_storages(number);
	remove_files();
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
