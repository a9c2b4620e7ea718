/** @file What an issuer says of tokens and secrets, in good ways and bad ones. */
#ifndef MCPAUTH_TEST_PAGES_H
#define MCPAUTH_TEST_PAGES_H

#include "support/loopback.h"

#define SECRET "the-secret-of-this-client-is-long-enough-5f2c91d7"
#define EXCHANGED "exchanged-token-that-the-endpoint-made-0d1e8a3b7c"
#define SECOND "another-token-beside-it-that-nobody-wanted-92b6f4"

/** The issuer's pages; the first one is its key set, still without a body. Borrowed for
 * ever. */
struct loopback_page *secret_pages(size_t *count);

#endif
