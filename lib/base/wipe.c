/* Overwriting what secrets leave behind, on the heap and below on the stack. */
#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

/* What GnuTLS takes for one, and some more. */
#define HASH_STACK_SIZE 1024
#define MAC_STACK_SIZE 4096
#define SIGNATURE_STACK_SIZE 16384

void mcpauth__wipe(void *data, size_t length)
{
	/* Nobody can know what a volatile pointer points to, so the call stays. */
	static void *(*const volatile set)(void *, int, size_t) = memset;
	if (length > 0) {
		set(data, 0, length);
	}
}

void mcpauth__wipe_free(char *text)
{
	if (text != NULL) {
		mcpauth__wipe(text, strlen(text));
		free(text);
	}
}

static void wipe_hashes(void)
{
	unsigned char below[HASH_STACK_SIZE];
	mcpauth__wipe(below, sizeof below);
}

static void wipe_macs(void)
{
	unsigned char below[MAC_STACK_SIZE];
	mcpauth__wipe(below, sizeof below);
}

static void wipe_signatures(void)
{
	unsigned char below[SIGNATURE_STACK_SIZE];
	mcpauth__wipe(below, sizeof below);
}

/* Inlined, these would have their room among that of their callers'. */
void mcpauth__wipe_stack_of_hash(void)
{
	static void (*const volatile wipe)(void) = wipe_hashes;
	wipe();
}

void mcpauth__wipe_stack_of_mac(void)
{
	static void (*const volatile wipe)(void) = wipe_macs;
	wipe();
}

void mcpauth__wipe_stack_of_signature(void)
{
	static void (*const volatile wipe)(void) = wipe_signatures;
	wipe();
}
