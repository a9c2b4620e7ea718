/**
 * @file
 * The chain: which requests are protected, how, and what else happens to them
 * before the application's own handler runs.
 *
 * Order: framing, metadata (an issuer's, the resources'), origin, CORS, access log, rate
 * limit, stages added FIRST, logout, bearer, operations, stages added LAST, metrics, the
 * application. Building is one thread's and ends with the first request; from then on any
 * number of threads serve requests with it, and mcpauth_chain_revise() or
 * mcpauth_chain_reload() change it.
 */
#ifndef MCPAUTH_CHAIN_H
#define MCPAUTH_CHAIN_H

#include <mcpauth/operations.h>
#include <mcpauth/stage.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a request passes through, with its rules. */
struct mcpauth_chain;

/**
 * Called after a waiting request may go on: an external loop must be made to call
 * MHD_run() now, or once more.
 *
 * It comes from any thread, also from the loop's own within MHD_run(). So it only leaves
 * a mark that ends the loop's sleep (in a pipe, an eventfd), which the loop takes back
 * before it calls MHD_run(), not behind it. It must not call MHD_run() itself, wait for
 * the loop, or take a lock that is held around MHD_run().
 */
typedef void (*mcpauth_wake_loop_fn)(void *user);

/** How a chain behaves. Zero is the default everywhere. */
struct mcpauth_chain_config {
	size_t size; /**< set by MCPAUTH_CHAIN_CONFIG_INIT */
	/** Needed with an external event loop only; default none. */
	mcpauth_wake_loop_fn on_wake;
	void *on_wake_user; /**< borrowed until mcpauth_chain_free() */
	/** Bytes of a refused request's body that are read, so that the client
	 * gets to see the refusal; default 16 MiB. */
	size_t refused_body_limit;
	/** Milliseconds that may take; default 10000. */
	unsigned refused_body_ms;
	/** Seconds without a byte after which MHD closes; default 30. */
	unsigned connection_timeout;
	/** Connections at once; default MHD's own, about 1020. */
	unsigned connection_limit;
	/** Bytes MHD may take per connection; default 32768, no less. The library keeps
	 * about 1 KiB besides, a query of up to 256 bytes and, while a stage wants it,
	 * the body. */
	size_t connection_memory;
	/** Bytes that a message may have on routes with operations; default 4 MiB. A
	 * longer one gets 413. It is kept from its first byte until its request ends, an
	 * answer that streams included, and odd ones take up to five times their bytes.
	 * So whoever may post, everybody with allow_anonymous, can make a server hold
	 * connection_limit times message_limit and more: 4 GiB by default. */
	size_t message_limit;
};

/** Fills a struct mcpauth_chain_config with the defaults. */
#define MCPAUTH_CHAIN_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_chain_config) \
	}

/**
 * Make a chain that protects everything.
 *
 * @param auth        has at least one resource, and none is added after this:
 *                    its metadata would not be published. The chain keeps a
 *                    reference until mcpauth_chain_free()
 * @param config      NULL for the defaults; copied
 * @param[out] chain  caller frees with mcpauth_chain_free(); NULL on failure
 * @param[out] err    optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE (there is none),
 *         MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_new(struct mcpauth *auth,
	const struct mcpauth_chain_config *config, struct mcpauth_chain **chain,
	struct mcpauth_error *err);

/** Release it and give its reference back. Only after MHD_stop_daemon(). NULL is
 * accepted. */
MCPAUTH_API void mcpauth_chain_free(struct mcpauth_chain *chain);

/** What a route demands. Strings are copied. */
struct mcpauth_policy {
	size_t size; /**< set by MCPAUTH_POLICY_INIT */
	/** Whose tokens open it; NULL for the only resource there is. */
	const char *resource;
	/** Scopes that are all required, separated by blanks; NULL for none. */
	const char *scopes;
	/** Scopes of which one is required besides, separated by blanks; NULL for none.
	 * A challenge asks for the first of them unless another was granted, so put
	 * the weakest there. */
	const char *any_scopes;
	/** Methods it speaks of, in capitals, separated by blanks; NULL for all that
	 * no other route of its path names. HEAD goes with GET unless a route names it. */
	const char *methods;
	/** Tell clients which check failed. Never a token or a claim's value. */
	bool allow_error_details;
	/** Clients of the revisions up to 2025-11-25 forget the scopes they had when
	 * they ask for more, so a 403 names those too for them, the first 128 or 4 KiB.
	 * True: it does not. */
	bool omit_granted_scopes;
	/** Let requests without credentials pass: mcpauth_mhd_auth_info() is NULL then.
	 * Whoever brings anything must bring a good token, with the scopes; what an
	 * operation needs is demanded when it is called. */
	bool allow_anonymous;
	/** What the MCP operations need that are posted here, besides the scopes above. The
	 * route keeps it: mcpauth_operations_free() may follow. Then each POST must be one
	 * message (message.h), read before the application sees it, which gets the same
	 * body again; with other methods the application must take none. NULL: a body is
	 * the application's alone. */
	struct mcpauth_operations *operations;
};

/** Fills a struct mcpauth_policy with the defaults. */
#define MCPAUTH_POLICY_INIT \
	{ \
		.size = sizeof(struct mcpauth_policy) \
	}

/**
 * Protect one path.
 *
 * A request takes the route of its exact path that speaks of its method. If the
 * path has no route of its own, it takes the longest prefix that does, by whole
 * segments and never across "." or "..". All else takes the policy of the rest:
 * the one given, or that of the only resource with every scope that any route
 * names, one of each route's any_scopes and the operations of all routes, and without
 * allow_anonymous; with several resources 404. Route and resource are not compared:
 * behind a proxy their paths may differ.
 *
 * @param chain     borrowed for the call
 * @param path      as decoded: "/mcp"; begins with a slash, without "?", "#"
 *                  and "%"; copied
 * @param policy    copied; NULL for MCPAUTH_POLICY_INIT
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_ARGUMENT (also
 *         NULL for the resource where there are several), MCPAUTH_E_DUPLICATE
 *         (also a public route for all methods beside a protected one of the
 *         same path, or the other way round) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_protect(struct mcpauth_chain *chain, const char *path,
	const struct mcpauth_policy *policy, struct mcpauth_error *err);

/**
 * Protect a path and all below it, by whole segments: "/mcp" covers "/mcp/x", never
 * "/mcpx".
 *
 * @param chain     borrowed for the call
 * @param path      as for mcpauth_chain_protect()
 * @param policy    copied; NULL for MCPAUTH_POLICY_INIT
 * @param[out] err  optional; written only on failure
 * @return as mcpauth_chain_protect()
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_protect_prefix(struct mcpauth_chain *chain,
	const char *path, const struct mcpauth_policy *policy, struct mcpauth_error *err);

/**
 * The policy of every path that no route names, once and for all methods.
 *
 * @param chain     borrowed for the call
 * @param policy    copied; NULL for MCPAUTH_POLICY_INIT
 * @param[out] err  optional; written only on failure
 * @return as mcpauth_chain_protect()
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_protect_rest(struct mcpauth_chain *chain,
	const struct mcpauth_policy *policy, struct mcpauth_error *err);

/**
 * Let one more table decide about the MCP operations that are posted to a path, besides
 * what the policy of its route names: for a program whose routes are in a settings file,
 * which knows best what its own operations need. In `prepare` (reload.h) it holds after
 * each reload, too. An operation needs what all tables of its route say of it, and one
 * that has a name must be listed in each of them.
 *
 * After the path's route, if it gets one. What covers more than this path, a prefix or
 * the rest, has the table for all of it.
 *
 * @param chain       borrowed for the call
 * @param path        as decoded: "/mcp"; borrowed for the call
 * @param operations  the route keeps it: mcpauth_operations_free() may follow
 * @param[out] err    optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (no path or no table; nothing is posted
 *         there, or everybody may: such a route asks nobody) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_operations(struct mcpauth_chain *chain,
	const char *path, struct mcpauth_operations *operations, struct mcpauth_error *err);

/**
 * Leave one path open to everybody, exactly this one.
 *
 * @param chain     borrowed for the call
 * @param path      as decoded; copied
 * @param methods   separated by blanks, NULL for all; HEAD goes with GET; copied
 * @param[out] err  optional; written only on failure
 * @return as mcpauth_chain_protect()
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_publish(struct mcpauth_chain *chain, const char *path,
	const char *methods, struct mcpauth_error *err);

/**
 * Accept requests that a page of this origin makes (RFC 6454). Without it only
 * the resources' own origins are accepted, and loopback ones on loopback.
 *
 * A page may then ask, but by itself reads metadata alone: other answers get their
 * CORS headers from mcpauth_chain_add_cors() (cors.h). Not from
 * mcpauth_chain_add_header(): metadata would have two of them, which browsers refuse.
 *
 * @param chain     borrowed for the call
 * @param origin    "https://app.example.com", compared byte for byte, but: a host that
 *                  begins with "*." is any name below the rest, and a port that is
 *                  "*" is any, or none: "http://localhost:*". "null" is accepted if
 *                  it is named; any page can send it from a sandbox. Copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_allow_origin(
	struct mcpauth_chain *chain, const char *origin, struct mcpauth_error *err);

/**
 * Accept requests that name this host, as a proxy in front may send it.
 * Without it only the resources' own authorities and loopback are accepted.
 *
 * @param chain     borrowed for the call
 * @param host      "backend.internal:8080", compared without regard to case; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_allow_host(
	struct mcpauth_chain *chain, const char *host, struct mcpauth_error *err);

/**
 * Believe what a proxy in front says of whom it speaks for: the last address in
 * X-Forwarded-For that is not one of such proxies. For the log and for rate limits, and
 * for nothing else: where this server is comes from its configuration alone, whatever
 * Host, Forwarded or X-Forwarded-Host and -Proto say.
 *
 * All fields of that name count as one list, which is read from its end: at most 32
 * addresses and 2 KiB. Whatever is none ("unknown", a name, nothing) ends it, and the one
 * behind it counts. A port may follow: "192.0.2.7:4711", "[2001:db8::1]:4711".
 *
 * @param chain     borrowed for the call
 * @param proxy     an address, "192.0.2.7", or a network, "10.0.0.0/8", "fd00::/8"; not
 *                  "10.0.0.1/8", of which either half may be meant, and no length of 0,
 *                  which is everybody; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_trust_proxy(
	struct mcpauth_chain *chain, const char *proxy, struct mcpauth_error *err);

/** Switch bearer authorization off, before the first request and for good, also
 * after a change: every route is public. The metadata and the origin check stay.
 * For trying things out; logged loudly. */
MCPAUTH_API void mcpauth_chain_insecure_allow_everybody(struct mcpauth_chain *chain);

/** Where logout tokens are posted to, and who is told. Strings are copied. */
struct mcpauth_logout_endpoint {
	size_t size;             /**< set by MCPAUTH_LOGOUT_ENDPOINT_INIT */
	const char *path;        /**< published for POST, as by mcpauth_chain_publish();
				  * any other method gets 405 */
	const char *client_id;   /**< what `aud` must hold: this server at the issuers */
	mcpauth_logout_fn heard; /**< told of each good one; NULL: nobody */
	void *heard_user;        /**< borrowed until mcpauth_chain_free() */
};

/** Fills a struct mcpauth_logout_endpoint with the defaults. */
#define MCPAUTH_LOGOUT_ENDPOINT_INIT \
	{ \
		.size = sizeof(struct mcpauth_logout_endpoint) \
	}

/**
 * Take the logout tokens of the issuers at a path (OpenID Connect Back-Channel
 * Logout 1.0 section 2.5), and forget what is remembered of whom they name: 200
 * without a body if one was good, 400 with `error` and `error_description` if not,
 * 503 if that cannot be told now; with `Cache-Control: no-store`, without a
 * challenge. A body is a form with one `logout_token`, and may have 32 KiB.
 *
 * A server posts it, not a browser: the origin check refuses foreign pages here, too.
 * A change says it anew, as it does the routes.
 *
 * @param chain     borrowed for the call
 * @param endpoint  copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_DUPLICATE (one at a
 *         time, and no other route at its path) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_accept_logout(struct mcpauth_chain *chain,
	const struct mcpauth_logout_endpoint *endpoint, struct mcpauth_error *err);

/**
 * Serve an issuer's metadata at /.well-known/oauth-authorization-server, for
 * clients of the MCP revision 2025-03-26 that look for it here. A newer client
 * does not need it, and rightly mistrusts it: the issuer it names is another
 * host (RFC 8414 section 3.3).
 *
 * @param chain     borrowed for the call
 * @param issuer    one that was added, other than with its keys alone; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_UNKNOWN_ISSUER,
 *         MCPAUTH_E_UNSUPPORTED (only its keys are known), MCPAUTH_E_DUPLICATE (one
 *         issuer per server) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_serve_issuer_metadata(
	struct mcpauth_chain *chain, const char *issuer, struct mcpauth_error *err);

/** Where a stage stands. */
enum mcpauth_stage_place {
	MCPAUTH_STAGE_FIRST = 0, /**< before the bearer stage: nobody is known yet */
	MCPAUTH_STAGE_LAST = 1   /**< after it: only for whom it let pass */
};

/**
 * Add a stage behind those already at that place.
 *
 * Before the first request.
 *
 * @param chain     borrowed for the call
 * @param place     where
 * @param stage     copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (also more than 12 stages, those of
 *         cors.h and its like among them) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_stage(struct mcpauth_chain *chain,
	enum mcpauth_stage_place place, const struct mcpauth_stage *stage,
	struct mcpauth_error *err);

/**
 * Add a header to every answer of the chain's, and to those of the application
 * that pass mcpauth_mhd_queue_response() or mcpauth_mhd_decorate().
 *
 * @param chain     borrowed for the call
 * @param name      a token (RFC 9110 section 5.6.2), but neither Content-Length
 *                  nor Transfer-Encoding; copied
 * @param value     not empty, without control characters; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_header(struct mcpauth_chain *chain,
	const char *name, const char *value, struct mcpauth_error *err);

/**
 * Get ready to stop: new requests get 503, waiting ones are answered 503.
 *
 * Returns when every request has its answer, or when the time is up. With 0
 * MHD_stop_daemon() may be called. Else resume what the application suspended
 * and ask again: MHD_stop_daemon() ends the whole process (abort) while a
 * connection is suspended, and cuts off what is still being sent. The
 * thread of an external event loop gives 0 milliseconds, goes on running its
 * loop, and asks again.
 *
 * @param chain         borrowed for the call
 * @param milliseconds  how long to wait at most
 * @return requests that have no answer yet, among them those that the
 *         application itself suspended or still sends; without such, threads
 *         that are still busy with resuming one
 */
MCPAUTH_API unsigned mcpauth_chain_drain(struct mcpauth_chain *chain, unsigned milliseconds);

#ifdef __cplusplus
}
#endif

#endif
