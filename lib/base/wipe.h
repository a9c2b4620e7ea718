/*
 * Secrets that are done with: overwriting the places that held them.
 *
 * A place can be wiped that the library knows of. It cannot know of the registers, of
 * what a library that it calls has on its heap, nor of copies that the compiler made on
 * the stack elsewhere than right below a function that calls the ones here.
 */
#ifndef MCPAUTH_BASE_WIPE_H
#define MCPAUTH_BASE_WIPE_H

#include <stddef.h>

/** Overwrite bytes in a way that the compiler may not leave out. */
void mcpauth__wipe(void *data, size_t length);

/** Overwrite a string on the heap, and free it. NULL is accepted. */
void mcpauth__wipe_free(char *text);

/** Overwrite the stack below its caller as deep as a hash that was made there goes:
 * functions that have returned leave what they worked with. */
void mcpauth__wipe_stack_of_hash(void);

/** The same after a MAC was made with a key, whose context has room for all MACs. */
void mcpauth__wipe_stack_of_mac(void);

/** The same after a signature was verified, which goes deeper. */
void mcpauth__wipe_stack_of_signature(void);

#endif
