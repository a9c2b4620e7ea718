/* Fuzz target: handles, of which none is good but those that were made, each for its own. */
#include "common/fuzz.h"
#include "common/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "fuzz-fuzz-fuzz-fuzz-fuzz-fuzz-fuzz"
#define LENGTH 75
#define CALLERS 4

/* Callers by the tokens that they bring; the last one brings none. */
static const struct {
	const char *token;
	const char *claims;
} callers[CALLERS] = {
	{"alice", ",\"sub\":\"alice\",\"client_id\":\"app\""},
	{"bob", ",\"sub\":\"bob\""},
	{"nameless", ""},
	{NULL, NULL},
};

/* All that were ever made with this key for this purpose, and are not over: by another
 * program, from the names 0, 1, 2... See README.md of this folder. */
static const struct {
	size_t caller;
	const char *handle;
} made[] = {
	{0, "AAECAwQFBgcICQoLDA0OD3__________SBWwp8Yumm01K3_eRh0Gkma-8Txzlr4AkiDYdlXXbcw"},
	{0, "AAECAwQFBgcICQoLDA0ODwAAAABrSdIByNc7t0sffrAECd64357RKmFYi8uh7wrw3ZeMc9WOHX4"},
	{1, "AAECAwQFBgcICQoLDA0OD3__________pnGXLJ_SCwIzXddVdz1Fa59WgflGhhSpTaSVkAAGXA0"},
	{2, "AAECAwQFBgcICQoLDA0OD3__________BFwYxPklj4JZbdnTHANcWalyCn4SRHdES4NPoNqESas"},
	{3, "AAECAwQFBgcICQoLDA0OD3__________OERPhM0NSmXgM8LhI9KFNIcTI-ZqHMt0KMltMHzoY0w"},
};
#define MADE (sizeof made / sizeof *made)

static struct mcpauth_handles *handles;
static struct mcpauth_auth_info *infos[CALLERS];

static const char *claims_of(const char *token)
{
	size_t i = 0;
	while (strcmp(callers[i].token, token) != 0) {
		i++;
	}
	return callers[i].claims;
}

static void verify(struct mcpauth_inquiry *inquiry, void *user)
{
	char claims[256];
	(void)user;
	snprintf(claims, sizeof claims,
		"{\"iss\":\"" KNOWN_A "\",\"aud\":\"" KNOWN_RESOURCE "\",\"exp\":1900000000%s}",
		claims_of(mcpauth_inquiry_token(inquiry)));
	mcpauth_inquiry_accept(inquiry, claims, strlen(claims));
}

static void set_up(void)
{
	struct mcpauth *auth = known_auth_with(verify, NULL);
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	config.key = KEY;
	config.key_length = strlen(KEY);
	config.purpose = "fuzz";
	MUST(mcpauth_handles_new(auth, &config, &handles, NULL) == MCPAUTH_OK);
	for (size_t i = 0; i < CALLERS && callers[i].token != NULL; i++) {
		MUST(mcpauth_verify(auth, KNOWN_RESOURCE, callers[i].token, &infos[i], NULL)
			== MCPAUTH_OK);
	}
	for (size_t i = 0; i < MADE; i++) {
		MUST(mcpauth_handle_check(handles, infos[made[i].caller], made[i].handle, NULL)
			== MCPAUTH_OK);
	}
	mcpauth_free(auth);
}

static bool is_callers(const char *handle, size_t caller)
{
	bool found = false;
	for (size_t i = 0; i < MADE; i++) {
		found = found || (made[i].caller == caller && strcmp(made[i].handle, handle) == 0);
	}
	return found;
}

static void check(const char *handle)
{
	for (size_t i = 0; i < CALLERS; i++) {
		struct mcpauth_error err = {0};
		enum mcpauth_code code = mcpauth_handle_check(handles, infos[i], handle, &err);
		MUST(code == (is_callers(handle, i) ? MCPAUTH_OK : MCPAUTH_E_UNKNOWN_HANDLE));
		MUST(code == MCPAUTH_OK || fuzz_is_line(err.message));
		MUST(strlen(handle) < 12 || strstr(err.message, handle) == NULL);
	}
}

/* One that is good, but for some bytes: place and value of each. */
static void check_edited(const char *handle, const uint8_t *data, size_t size)
{
	char edited[LENGTH + 2] = {0};
	memcpy(edited, handle, LENGTH);
	for (size_t i = 0; i + 1 < size; i += 2) {
		edited[data[i] % (LENGTH + 1)] = (char)data[i + 1];
	}
	check(edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (handles == NULL) {
		set_up();
	}
	char *text = fuzz_text(data, size);
	check(text);
	check_edited(made[0].handle, data, size);
	check_edited(made[3].handle, data, size);
	free(text);
	return 0;
}
