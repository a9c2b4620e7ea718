/**
 * @file
 * Memory that runs out at a chosen moment. A test that includes this is linked
 * with `-Wl,--wrap=` malloc, calloc and realloc: so the libraries' own calls come
 * here, those of cJSON, GnuTLS and MHD do not.
 */
#ifndef MCPAUTH_TEST_SCARCE_MEMORY_H
#define MCPAUTH_TEST_SCARCE_MEMORY_H

#include <stdbool.h>

/** Let this thread's allocation of this number fail, from 1; no other does. */
void scarce_memory_begin(unsigned number);

/** In between: neither let any fail nor count them, as long as a test's own code runs. */
void scarce_memory_pause(bool paused);

/** Let none fail any more. @return did one? */
bool scarce_memory_end(void);

#endif
