/**
 * @file
 * A line of JSON for each request: what was asked, by whom, and what became of it. Never
 * a token or the request's query; of its body, its headers and the claims nothing but
 * what is named here. A client that puts a secret into the path or into an operation's
 * name (a resource's URI) has it written.
 *
 * Members, in this order; those that do not apply are left out:
 * `time` (of its end: RFC 3339, UTC, milliseconds), `id` (also the client's: X-Request-Id;
 * none for what is answered before any stage that is added), `method` (at most 32 bytes),
 * `path` (percent-decoded, at most 256 bytes), `status` (0: the connection broke before),
 * `us` (microseconds from the request's headers to its end), `operation` and `name` (of
 * an MCP message, at most 128 bytes each), `issuer` (at most 256 bytes), `subject` (16
 * hexadecimal digits of a keyed hash over issuer and subject: the same principal has the
 * same digits, and they tell nobody who that is), `client` (its identifier, at most 128
 * bytes), `address` (the client's: mcpauth_chain_trust_proxy()), `reason` (of a refusal: a
 * code's name without "MCPAUTH_E_", in small letters: "expired"), `traceparent` (W3C Trace
 * Context, if the request has exactly one, and it is well-formed; of a later version than
 * 00 the 55 characters that are known).
 *
 * A string is cut between characters; its bytes are those that it takes in the line. In it
 * U+FFFD stands for what is not UTF-8, and every control character is escaped, also those
 * that only some take for the end of a line (U+0085, U+2028, U+2029) and those that change
 * the direction of what follows (U+202E and its kind).
 */
#ifndef MCPAUTH_ACCESS_LOG_H
#define MCPAUTH_ACCESS_LOG_H

#include <mcpauth/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Takes a line. Called on MHD's threads, several at once, when a request has ended; must
 * be quick.
 *
 * @param line    one JSON object and a line feed behind it, no NUL; borrowed for the call
 * @param length  bytes, at most 4096
 * @param user    as given beside the function
 */
typedef void (*mcpauth_access_log_fn)(const char *line, size_t length, void *user);

/** Where lines go. Zero is the default everywhere. */
struct mcpauth_access_log {
	size_t size;                 /**< set by MCPAUTH_ACCESS_LOG_INIT */
	mcpauth_access_log_fn write; /**< default: one write(2) per line to `descriptor` */
	void *write_user;            /**< borrowed until mcpauth_chain_free() */
	/** Default 0: standard error. Never closed. If it would block the line is lost, and
	 * the next one that is written has `lost`, how many were, behind its time. It is
	 * asked by poll(2) before, one thread at a time; what blocks all the same, a pipe
	 * that another process fills meanwhile, is waited for unless it has O_NONBLOCK; a
	 * terminal is opened again by its name, so that it never is. Lines of processes
	 * that share a pipe, or a file with O_APPEND on a local file system, do not mix on
	 * Linux. Neither SIGPIPE nor SIGXFSZ comes of it, whatever the program does about
	 * them. A number that is closed is somebody else's, a client's perhaps, as soon as
	 * something is opened: who runs without a standard error opens /dev/null there. */
	int descriptor;
	/** The key of the subjects' hash, copied, and wiped at the end; NULL: a random one,
	 * so that digits mean nothing to another process. Whoever has it finds a
	 * principal's: the first 8 bytes of HMAC-SHA-256 over issuer and subject, each
	 * behind its length in 8 bytes, most significant first. */
	const void *key;
	size_t key_length; /**< bytes, 16 or more; 0 without a key */
	/** Do not send X-Request-Id with the answers; the lines have no `id` then. */
	bool omit_request_id;
};

/** Fills a struct mcpauth_access_log with the defaults. */
#define MCPAUTH_ACCESS_LOG_INIT \
	{ \
		.size = sizeof(struct mcpauth_access_log) \
	}

/**
 * Write a line for each request, those that the chain refuses, too, but not for what MHD
 * answers by itself. X-Request-Id, 16 hexadecimal digits, is sent with every answer of the
 * chain's from the stages on, and with the application's that pass
 * mcpauth_mhd_queue_response(); one that a client sends is not believed. No two of a
 * process are equal. The library's log has it, too, in lines about a request (log.h): so
 * what a client quotes finds why its token was refused. The stage runs before all others
 * that are added, but for cors.h's.
 *
 * Before the first request, once.
 *
 * @param chain     borrowed for the call
 * @param log       NULL for the defaults; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (a short key, a length without one, a
 *         negative descriptor; also more than 12 stages), MCPAUTH_E_DUPLICATE,
 *         MCPAUTH_E_SYSTEM (no random numbers) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_access_log(struct mcpauth_chain *chain,
	const struct mcpauth_access_log *log, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
