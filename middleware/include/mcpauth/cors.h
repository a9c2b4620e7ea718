/**
 * @file
 * CORS: letting pages of other origins use this server from a browser (Fetch standard,
 * section 3.2). Which origins may is said once, by mcpauth_chain_allow_origin(): all
 * others get 403 before any stage that is added, and no CORS header. Metadata is
 * everybody's, with or without this.
 */
#ifndef MCPAUTH_CORS_H
#define MCPAUTH_CORS_H

#include <mcpauth/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a page may do. Zero is the default everywhere. Strings are copied. */
struct mcpauth_cors {
	size_t size; /**< set by MCPAUTH_CORS_INIT */
	/** Methods a page may use; default "GET POST DELETE". HEAD needs no leave. */
	const char *methods;
	/** Request headers besides Authorization, Content-Type, Accept, Last-Event-ID,
	 * MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, and the first 64
	 * Mcp-Param-* of up to 128 bytes that a preflight asks for; separated by blanks.
	 * Default: none. */
	const char *headers;
	/** Response headers a page may read besides WWW-Authenticate, Mcp-Session-Id,
	 * Retry-After and X-Request-Id; separated by blanks. Default: none. */
	const char *exposed;
	/** Seconds a browser may remember a preflight; default 600, MCPAUTH_NONE for 0. */
	unsigned max_age;
};

/** Fills a struct mcpauth_cors with the defaults. */
#define MCPAUTH_CORS_INIT \
	{ \
		.size = sizeof(struct mcpauth_cors) \
	}

/**
 * Answer preflights, and let pages read answers: the chain's own, refusals too, and the
 * application's that pass mcpauth_mhd_queue_response(), which must have no CORS headers
 * of their own. A page cannot read what is answered before this stage: what framing or
 * the origin check refuses, and the 503 of a server that is about to stop; nor what is
 * answered where logout tokens are posted. Cookies and client certificates are never
 * allowed (no Access-Control-Allow-Credentials): a token is sent by the page's own code.
 *
 * A preflight for a path that has no route for the method asked for gets 404; one that
 * asks for a method or header which is not allowed gets 204 without leave for it, as the
 * standard wants. Where a path is published for OPTIONS by name, the application answers
 * preflights, and these answers get no headers. Access-Control-Request-Private-Network
 * gets its leave: only origins that are allowed come so far. `Vary: Origin` comes with
 * every answer to a page, and with what the application answers to GET and HEAD of
 * others, for caches.
 *
 * Before the first request, once. The stage runs before all others that are added.
 *
 * @param chain     borrowed for the call
 * @param cors      NULL for the defaults; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (not a list of tokens, or an empty one;
 *         also more than 12 stages), MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_cors(
	struct mcpauth_chain *chain, const struct mcpauth_cors *cors, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
