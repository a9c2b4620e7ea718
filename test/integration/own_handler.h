/* What the handler of own_handler.c offers, and what it stands on. */
#ifndef MCPAUTH_TEST_OWN_HANDLER_H
#define MCPAUTH_TEST_OWN_HANDLER_H

#include <mcpauth/handle.h>
#include <mcpauth/mhd.h>

#define OWN_TOOLS "[{\"name\":\"begin\"},{\"name\":\"read\"},{\"name\":\"publish\"}]"
#define OWN_REPLY "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":%s}"

/** Its `cls`; immutable, and the test's. */
struct own {
	struct mcpauth_operations *operations; /**< of the route that it serves */
	struct mcpauth_handles *handles;       /**< for drafts */
};

enum MHD_Result own_handle(void *own, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **context);

#endif
