/* Fuzz target: a settings file, from its text to a chain that is reloaded from it. */
#include "common/fuzz.h"
#include "common/known.h"

#include <mcpauth/reload.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned count_lines(const uint8_t *data, size_t size)
{
	unsigned lines = 1;
	for (size_t i = 0; i < size; i++) {
		lines += data[i] == '\n' ? 1 : 0;
	}
	return lines;
}

/* A mistake is told with its line. */
static void check_place(const struct mcpauth_error *err, unsigned lines)
{
	unsigned line;
	MUST(sscanf(err->message, "line %u: ", &line) == 1 && line >= 1 && line <= lines);
}

static void check_sections(const struct mcpauth_settings *settings, unsigned lines)
{
	static const char *const names[] = {
		"auth", "resources", "chain", "routes", "rest", "headers", "application"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const cJSON *section = mcpauth_settings_section(settings, names[i]);
		unsigned line = section != NULL ? mcpauth_settings_line(settings, section) : 1;
		MUST(line >= 1 && line <= lines);
	}
}

static void use(const struct mcpauth_settings *settings)
{
	struct mcpauth_error err;
	struct mcpauth_chain *chain;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_chain_setup setup = MCPAUTH_CHAIN_SETUP_INIT;
	known_configure(&config);
	setup.config = &config;
	enum mcpauth_code code = mcpauth_chain_new_from_settings(settings, &setup, &chain, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (chain != NULL));
	if (chain != NULL) {
		/* What was good once is good again. */
		code = mcpauth_chain_reload(chain, settings, &err);
		MUST(code == MCPAUTH_OK);
	}
	mcpauth_chain_free(chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth_error err;
	struct mcpauth_settings *settings;
	unsigned lines = count_lines(data, size);
	enum mcpauth_code code = mcpauth_settings_parse(
		size > 0 ? (const char *)data : "", size, &settings, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (settings != NULL));
	if (settings == NULL) {
		check_place(&err, lines);
		return 0;
	}
	check_sections(settings, lines);
	use(settings);
	mcpauth_settings_free(settings);
	return 0;
}
