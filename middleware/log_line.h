/* Lines that say what became of a request. */
#ifndef MCPAUTH_MIDDLEWARE_LOG_LINE_H
#define MCPAUTH_MIDDLEWARE_LOG_LINE_H

#include "exchange_int.h"

#include <mcpauth/log.h>

/** Write "<what><why> (<method> <path>)", if anybody reads such a line now. */
void mcpauth__log_line(struct mcpauth_exchange *exchange, enum mcpauth_level level,
	enum mcpauth_code code, const char *what, const char *why);

#endif
