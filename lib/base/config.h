/* Reading configuration structs of older and newer callers. */
#ifndef MCPAUTH_BASE_CONFIG_H
#define MCPAUTH_BASE_CONFIG_H

#include <mcpauth/error.h>

#include <stddef.h>

/**
 * Copy a struct that begins with its size into one of this library's.
 *
 * A shorter one leaves the rest zero. A longer one comes from a newer header:
 * what is not known here must be zero, since it cannot be obeyed.
 *
 * @param to       zeroed and filled in
 * @param to_size  sizeof *to
 * @param from     NULL for nothing but zeros
 * @return MCPAUTH_OK or MCPAUTH_E_INVALID_ARGUMENT
 */
enum mcpauth_code mcpauth__config_read(
	void *to, size_t to_size, const void *from, struct mcpauth_error *err);

/** A number that was configured: 0 is the default. MCPAUTH_NONE stays what it is. */
unsigned mcpauth__config_default(unsigned value, unsigned standard);

/** The same where MCPAUTH_NONE is 0. */
unsigned mcpauth__config_amount(unsigned value, unsigned standard);

#endif
