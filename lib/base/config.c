/* Configuration structs: every version begins with its size. */
#include "base/config.h"

#include "base/error_int.h"

#include <string.h>

enum mcpauth_code mcpauth__config_read(
	void *to, size_t to_size, const void *from, struct mcpauth_error *err)
{
	const unsigned char *bytes = from;
	size_t size;
	memset(to, 0, to_size);
	if (from == NULL) {
		return MCPAUTH_OK;
	}
	memcpy(&size, from, sizeof size);
	if (size < sizeof size) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a configuration's size is not set: use its _INIT macro");
	}
	for (size_t i = to_size; i < size; i++) {
		if (bytes[i] != 0) {
			return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
				"a configuration has a field that this version does not know");
		}
	}
	memcpy(to, from, size < to_size ? size : to_size);
	return MCPAUTH_OK;
}

unsigned mcpauth__config_default(unsigned value, unsigned standard)
{
	return value == 0 ? standard : value;
}

unsigned mcpauth__config_amount(unsigned value, unsigned standard)
{
	return value == MCPAUTH_NONE ? 0 : mcpauth__config_default(value, standard);
}
