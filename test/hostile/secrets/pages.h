/** @file What an issuer says of tokens and secrets, in good ways and bad ones. */
#ifndef MCPAUTH_TEST_PAGES_H
#define MCPAUTH_TEST_PAGES_H

#include "support/loopback.h"

#define SECRET "the-secret-of-this-client-is-long-enough-5f2c91d7"
/* base64 of "server:" and the secret; what comes first belongs to the id. */
#define BASIC "c2VydmVyOnRoZS1zZWNyZXQtb2YtdGhpcy1jbGllbnQtaXMtbG9uZy1lbm91Z2gtNWYyYzkxZDc"
#define EXCHANGED "exchanged-token-that-the-endpoint-made-0d1e8a3b7c"
#define SECOND "another-token-beside-it-that-nobody-wanted-92b6f4"

/** The issuer's pages; the first one is its key set, still without a body. Borrowed for
 * ever. */
struct loopback_page *secret_pages(size_t *count);

#endif
