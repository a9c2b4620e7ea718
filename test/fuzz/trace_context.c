/* Fuzz target: a traceparent against the recommendation's grammar, as a regular expression. */
#include "common/fuzz.h"

#include "monitoring/trace_context.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define HEX(count) "[0-9a-f]{" count "}"

/* Section 3.2.2; a later version may have more behind a dash (section 3.2.4). */
static bool matches(const char *text)
{
	static regex_t grammar;
	static bool is_made;
	if (!is_made) {
		MUST(regcomp(&grammar,
			     "^(00-" HEX("32") "-" HEX("16") "-" HEX("2") "|" HEX("2") "-" HEX(
				     "32") "-" HEX("16") "-" HEX("2") "(-.*)?)$",
			     REG_EXTENDED | REG_NOSUB)
			== 0);
		is_made = true;
	}
	return regexec(&grammar, text, 0, NULL, 0) == 0;
}

static bool is_valid(const char *text)
{
	if (!matches(text) || strncmp(text, "ff", 2) == 0) {
		return false;
	}
	return strncmp(text + 3, "00000000000000000000000000000000", 32) != 0
		&& strncmp(text + 36, "0000000000000000", 16) != 0
		&& (strncmp(text, "00", 2) != 0 || strlen(text) == MCPAUTH__TRACEPARENT_LENGTH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* In a block of its own length, so that ASan sees a look behind its end. */
	char *text = fuzz_text(data, size);
	MUST(mcpauth__traceparent_is_valid(text) == is_valid(text));
	free(text);
	return 0;
}
