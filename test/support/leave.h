/**
 * @file
 * A server with a CORS stage, and what its answers allow pages to do.
 */
#ifndef MCPAUTH_TEST_LEAVE_H
#define MCPAUTH_TEST_LEAVE_H

#include "fake_exchange.h"

#include <mcpauth/cors.h>

/** The page that is allowed, and what the stage says by itself. */
#define LEAVE_PAGE "https://app.example.com"
#define LEAVE_HEADERS \
	"Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, " \
	"Mcp-Session-Id, Mcp-Method, Mcp-Name"
#define LEAVE_EXPOSED "WWW-Authenticate, Mcp-Session-Id, Retry-After, X-Request-Id"

/** Start a server with the stage; everybody may see "/open", and "/own" is published for
 * GET and OPTIONS. @param cors  NULL for the defaults */
void leave_start(struct fake_server *server, const struct mcpauth_cors *cors);

/** Start an exchange and serve it. */
void leave_ask(
	struct fake_exchange *fake, struct fake_server *server, const struct fake_request *request);

/** A field that is sent, be it the answer's or the request's own; NULL if there is none.
 * That it is sent twice ends the test. */
const char *leave_field(const struct fake_exchange *fake, const char *name);

/** Does it have this value? NULL: is there none? */
bool leave_field_is(const struct fake_exchange *fake, const char *name, const char *value);

/** Is nothing allowed at all? */
bool leave_is_none(const struct fake_exchange *fake);

#endif
