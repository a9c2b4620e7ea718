/* Lines of the log about one request. */
#include "log_line.h"

#include "base/error_int.h"

#include <stdio.h>

static void write_line(struct mcpauth_exchange *exchange, enum mcpauth_level level,
	enum mcpauth_code code, const char *what, const char *why)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 192];
	snprintf(line, sizeof line, "%s%s (%.16s %.96s)", what, why,
		mcpauth_exchange_method(exchange), mcpauth_exchange_path(exchange));
	/* The path is the client's to choose: it must not write lines of its own. */
	mcpauth__make_printable(line);
	mcpauth_log(exchange->rules->auth, level, code, exchange->request_id, line);
}

/* A flood of bad tokens must not be a flood of texts that nobody reads. */
void mcpauth__log_line(struct mcpauth_exchange *exchange, enum mcpauth_level level,
	enum mcpauth_code code, const char *what, const char *why)
{
	if (mcpauth_log_wants(exchange->rules->auth, level, code)) {
		write_line(exchange, level, code, what, why);
	}
}
