/**
 * @file
 * Why a call did not succeed: a code for programs, a line for people.
 */
#ifndef MCPAUTH_ERROR_H
#define MCPAUTH_ERROR_H

#include <mcpauth/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a call came to. Zero is success; a number is never given another meaning. Groups
 * start at a hundred each:
 *
 * - 1xx, setting up: the program or its configuration is at fault.
 * - 2xx, network: another server could not be asked.
 * - 3xx, documents: what another server said cannot be used.
 * - 4xx, tokens: why one is refused. All are `invalid_token` (RFC 6750 section 3.1) but
 *   MCPAUTH_E_NO_CREDENTIALS, MCPAUTH_E_INVALID_REQUEST and MCPAUTH_E_INSUFFICIENT_SCOPE.
 * - 5xx, requests: why one is refused, whatever its token says. No challenge helps.
 * - 6xx, the OAuth client: why there is no token for a server.
 */
enum mcpauth_code {
	MCPAUTH_OK = 0,
	/** Not an error: the answer comes later, as the call's text says. */
	MCPAUTH_PENDING = 1,
	/** Not an error: send the request again (client_request.h). */
	MCPAUTH_RETRY = 2,

	MCPAUTH_E_NO_MEMORY = 100,
	MCPAUTH_E_INVALID_ARGUMENT = 101, /**< a field that cannot be, or an unknown one */
	MCPAUTH_E_INVALID_URL = 102,      /**< relative, with a fragment, or not https */
	MCPAUTH_E_DUPLICATE = 103,        /**< declared twice */
	MCPAUTH_E_UNKNOWN_RESOURCE = 104, /**< never added with mcpauth_add_resource() */
	MCPAUTH_E_UNKNOWN_ISSUER = 105,   /**< never added with mcpauth_add_issuer() */
	MCPAUTH_E_UNSUPPORTED = 106,      /**< asks for what is not enforced here */
	MCPAUTH_E_SYSTEM = 107,           /**< the system refused a thread or a socket */
	MCPAUTH_E_INVALID_SETTINGS = 108, /**< a mistake in a settings file, with its line */
	MCPAUTH_E_FILE = 109,             /**< a file cannot be read */
	MCPAUTH_E_IN_USE = 110, /**< too late to add: mcpauth_new_successor(), or a new client */

	MCPAUTH_E_UNREACHABLE = 200,     /**< no connection, or it broke */
	MCPAUTH_E_TIMEOUT = 201,         /**< the deadline passed */
	MCPAUTH_E_TLS = 202,             /**< its certificate or name is not to be trusted */
	MCPAUTH_E_ADDRESS_REFUSED = 203, /**< the URL or its address may not be asked */
	MCPAUTH_E_HTTP_STATUS = 204,     /**< it answered, but not with 200 */
	MCPAUTH_E_TOO_LARGE = 205,       /**< its answer is over the limit */
	MCPAUTH_E_OVERLOADED = 206,      /**< too many requests wait already */
	MCPAUTH_E_CANCELLED = 207, /**< given up: the library, or a request, is being taken down */
	MCPAUTH_E_BACKING_OFF = 208, /**< failed a moment ago, too soon to ask again */

	MCPAUTH_E_INVALID_JSON = 300,     /**< not strict JSON (RFC 8259) */
	MCPAUTH_E_INVALID_METADATA = 301, /**< a member is missing or of a wrong type */
	MCPAUTH_E_ISSUER_MISMATCH = 302,  /**< names another issuer (RFC 8414 section 3.3) */
	MCPAUTH_E_NO_JWKS_URI = 303,      /**< says nowhere where its keys are */
	MCPAUTH_E_INVALID_KEYS = 304,     /**< not a JWK set (RFC 7517 section 5) */
	MCPAUTH_E_UNFIT_PROVIDER = 305,   /**< lacks what MCP needs: see provider.h */
	MCPAUTH_E_TRANSPILE = 306,        /**< the program's transpile callback said no */
	MCPAUTH_E_TOKEN_ENDPOINT = 307,   /**< a token endpoint refused, or made no sense */
	MCPAUTH_E_INTROSPECTION = 308, /**< an introspection endpoint refused, or made no sense */
	MCPAUTH_E_STORE = 309,         /**< the program's store could not be asked */

	MCPAUTH_E_NO_CREDENTIALS = 400,   /**< no bearer token was sent */
	MCPAUTH_E_INVALID_REQUEST = 401,  /**< credentials malformed, or sent twice */
	MCPAUTH_E_MALFORMED_TOKEN = 402,  /**< not a signed JWT in compact form, or too long */
	MCPAUTH_E_ENCRYPTED_TOKEN = 403,  /**< a JWE: ask the provider for a signed token */
	MCPAUTH_E_ALGORITHM = 404,        /**< `alg` is not one that is accepted */
	MCPAUTH_E_CRITICAL_HEADER = 405,  /**< `crit` or `b64` is present */
	MCPAUTH_E_TOKEN_TYPE = 406,       /**< another kind of JWT, such as an ID token */
	MCPAUTH_E_UNTRUSTED_ISSUER = 407, /**< `iss` is not one of the resource's issuers */
	MCPAUTH_E_UNKNOWN_KEY = 408,      /**< the issuer has no such key */
	MCPAUTH_E_BAD_SIGNATURE = 409,
	MCPAUTH_E_EXPIRED = 410,
	MCPAUTH_E_NOT_YET_VALID = 411, /**< `nbf` or `iat` lies ahead */
	MCPAUTH_E_INVALID_CLAIM = 412, /**< a claim is missing or of a wrong type */
	MCPAUTH_E_AUDIENCE = 413,      /**< meant for another resource */
	MCPAUTH_E_BOUND_TOKEN = 414,   /**< `cnf`: bound to a key nobody proved to hold */
	MCPAUTH_E_INSUFFICIENT_SCOPE = 415,
	MCPAUTH_E_CLAIM_CHECK = 416, /**< the program's own check of the claims said no */
	MCPAUTH_E_INACTIVE = 417,    /**< the authorization server says that it is not active */
	MCPAUTH_E_REVOKED = 418,     /**< the program's `revoked` says so */
	MCPAUTH_E_REPLAYED = 419,    /**< a logout token that was seen before */

	MCPAUTH_E_FRAMING = 500,        /**< its end, or whom it is for, is not clear */
	MCPAUTH_E_FOREIGN_HOST = 501,   /**< names a host that is not this server's */
	MCPAUTH_E_FOREIGN_ORIGIN = 502, /**< comes from a page that is not allowed */
	MCPAUTH_E_NO_PATH = 503,        /**< nothing is at its path */
	MCPAUTH_E_NO_METHOD = 504,      /**< its path is not for this method */
	MCPAUTH_E_BODY_TOO_LARGE = 505,
	MCPAUTH_E_INVALID_MESSAGE = 506, /**< its body is not one MCP message */
	MCPAUTH_E_HEADER_MISMATCH = 507, /**< its headers say another operation than its body */
	MCPAUTH_E_NOT_LISTED = 508,      /**< an operation that is offered to nobody */
	MCPAUTH_E_UNKNOWN_HANDLE = 509,  /**< a handle that is not the caller's */
	MCPAUTH_E_RATE_LIMITED = 510,    /**< too many failures before */
	MCPAUTH_E_STOPPING = 511,        /**< the server is about to end */
	MCPAUTH_E_STAGE = 512,           /**< a stage failed, or answered an error of its own */

	MCPAUTH_E_NO_RESOURCE_METADATA = 600, /**< the server says nowhere whom it trusts */
	MCPAUTH_E_RESOURCE_MISMATCH = 601,    /**< metadata of another resource */
	MCPAUTH_E_NO_PKCE = 602,              /**< the issuer does not say that it takes S256 */
	MCPAUTH_E_NOT_REGISTERED = 603,       /**< no way to become a client of the issuer's */
	MCPAUTH_E_REGISTRATION = 604,         /**< the issuer refused to register the client */
	MCPAUTH_E_LOGIN_REQUIRED = 605,       /**< somebody has to log in, and may not be asked */
	MCPAUTH_E_LOGIN_REFUSED = 606,        /**< the issuer, or the person, said no */
	MCPAUTH_E_LOGIN_ABANDONED = 607,      /**< nobody came back in time */
	MCPAUTH_E_REDIRECT = 608,             /**< not the answer to this login */
	MCPAUTH_E_NO_BROWSER = 609,           /**< none can be opened */
	MCPAUTH_E_STILL_REFUSED = 610,        /**< the server refuses what it asked for */
	MCPAUTH_E_TOKEN_STORAGE = 611         /**< tokens cannot be read or kept */
};

/** Bytes a message may take, its final NUL included. */
#define MCPAUTH_ERROR_MESSAGE_SIZE 256

/**
 * The reason for a failure, in storage of the caller's. Every call that takes
 * one accepts NULL, writes it only on failure and keeps no pointer to it.
 */
struct mcpauth_error {
	enum mcpauth_code code;
	/** One line without a token, a secret or a claim's value in it. */
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
};

/**
 * The name of a code, as in "MCPAUTH_E_EXPIRED".
 *
 * Any thread.
 *
 * @param code  any number
 * @return a constant; "MCPAUTH_E_UNKNOWN" for a number that is no code
 */
MCPAUTH_API const char *mcpauth_code_name(enum mcpauth_code code);

#ifdef __cplusplus
}
#endif

#endif
