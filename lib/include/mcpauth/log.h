/**
 * @file
 * What the library tells its operator.
 */
#ifndef MCPAUTH_LOG_H
#define MCPAUTH_LOG_H

#include <mcpauth/error.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcpauth;

/** How loud a line is. */
enum mcpauth_level {
	MCPAUTH_LOG_ERROR = 1,   /**< somebody has to act */
	MCPAUTH_LOG_WARNING = 2, /**< works, but not as it should */
	MCPAUTH_LOG_INFO = 3,    /**< refusals and why, fetches that failed */
	MCPAUTH_LOG_DEBUG = 4    /**< every fetch, what was found, what of it is not used */
};

/**
 * Receives one line.
 *
 * Called from any thread, also from several at once; must not call back into
 * the library. Lines of one reason are limited to some per second.
 *
 * @param level    how loud
 * @param code     what it is about, MCPAUTH_OK if nothing failed
 * @param request  the request's id, which its client got as X-Request-Id (access_log.h),
 *                 or NULL
 * @param message  one line without a newline, borrowed for the call; never
 *                 holds a token, a key or a claim's value
 * @param user     as given beside the function
 */
typedef void (*mcpauth_log_fn)(enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message, void *user);

/**
 * A ready mcpauth_log_fn that writes to stderr: one line, with the level, the code's
 * name if it is not MCPAUTH_OK, the request and the message. It has no time, which
 * whatever keeps a service's stderr adds; to systemd's journal it also tells the level.
 *
 * Any thread.
 *
 * @param level    how loud
 * @param code     what it is about
 * @param request  the request's id, or NULL; borrowed for the call
 * @param message  borrowed for the call
 * @param user     points at an `enum mcpauth_level`, the loudest level that is still
 *                 printed; NULL stands for MCPAUTH_LOG_WARNING
 */
MCPAUTH_API void mcpauth_log_stderr(enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message, void *user);

/** The same to syslog(3), with parameters as mcpauth_log_stderr(). Opening the log is the
 * program's choice. */
MCPAUTH_API void mcpauth_log_syslog(enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message, void *user);

/**
 * Write a line to the log that `auth` was made with.
 *
 * Any thread. For stages and verifiers of the program's own.
 *
 * @param auth     whose log; borrowed for the call
 * @param level    how loud
 * @param code     what it is about
 * @param request  the request's id, or NULL; borrowed for the call
 * @param message  one line; borrowed for the call
 */
MCPAUTH_API void mcpauth_log(struct mcpauth *auth, enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message);

/**
 * Would mcpauth_log() pass a line on now? For stages that would have to make one up
 * for each request.
 *
 * Any thread. Counts nothing, so a line may be dropped all the same.
 *
 * @param auth   whose log; borrowed for the call
 * @param level  how loud the line would be. All levels of a reason share its lines
 * @param code   what it would be about
 * @return false if there is no log function, or the reason had its lines of this second
 */
MCPAUTH_API bool mcpauth_log_wants(
	struct mcpauth *auth, enum mcpauth_level level, enum mcpauth_code code);

#ifdef __cplusplus
}
#endif

#endif
