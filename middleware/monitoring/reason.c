/* Makes the words of logs and counters out of the names of codes. */
#include "monitoring/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

void mcpauth__reason_write(enum mcpauth_code code, char text[MCPAUTH__REASON_SIZE])
{
	static const char prefix[] = "MCPAUTH_E_";
	const char *name = mcpauth_code_name(code);
	size_t at = 0;
	if (strncmp(name, prefix, sizeof prefix - 1) == 0) {
		name += sizeof prefix - 1;
	}
	for (; at < MCPAUTH__REASON_SIZE - 1 && name[at] != '\0'; at++) {
		bool is_capital = name[at] >= 'A' && name[at] <= 'Z';
		text[at] = (char)(is_capital ? name[at] | 0x20 : name[at]);
	}
	text[at] = '\0';
}
