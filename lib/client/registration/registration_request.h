/* Registering with an issuer (RFC 7591): what is asked for, and what comes back. */
#ifndef MCPAUTH_REGISTRATION_REGISTRATION_REQUEST_H
#define MCPAUTH_REGISTRATION_REGISTRATION_REQUEST_H

#include "client/registration/registration.h"

/** Bytes of a client id or secret that are taken: the id stands in URLs. */
#define MCPAUTH__CLIENT_ID_LIMIT 4096

/** Does the issuer take a way to authenticate? One that does not say takes
 * client_secret_basic (RFC 8414 section 2). */
bool mcpauth__registration_supports(const struct mcpauth__applicant *applicant, const char *name);

/**
 * The way to authenticate that is registered: the configured one, else one that the issuer
 * supports. None at all is first for a person's own program, a public client by RFC 8252
 * section 8.4: so there is nothing to keep, and nothing that expires.
 *
 * @return a name as in metadata, borrowed; NULL: there is none that works without keys
 *         of the client's, of which a registration says nothing
 */
const char *mcpauth__registration_method(const struct mcpauth__applicant *applicant);

/** Where codes are to go. Borrowed; NULL: the grant has none. */
const char *mcpauth__registration_redirect_uri(const struct mcpauth__applicant *applicant);

/** Can it be a client id or a secret: printable ASCII (RFC 6749 appendix A), not empty, not
 * over the limit? */
bool mcpauth__registration_takes(const char *text);

/**
 * Write the request (RFC 7591 section 2). No `scope` is in it, which lets the issuer's
 * default hold: the one that is about to be asked for would be a limit for the scopes that
 * a step-up asks for later.
 *
 * @param[out] text  JSON; caller frees with free(). NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT: something is not UTF-8; or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__registration_request_write(
	const struct mcpauth__applicant *applicant, char **text, struct mcpauth_error *err);

/**
 * Read an answer (sections 3.2.1 and 3.2.2).
 *
 * @param status        200 or 201, else it is a refusal
 * @param registration  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_REGISTRATION, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_TOO_LARGE
 *         or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__registration_answer_read(const struct mcpauth__applicant *applicant,
	unsigned status, const struct mcpauth__buf *body,
	struct mcpauth__registration *registration, struct mcpauth_error *err);

/** Ask the registration endpoint, which there is. Else as mcpauth__registration_get(). */
enum mcpauth_code mcpauth__registration_request_send(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err);

#endif
