/* Bytes and the signature over them. */
#ifndef MCPAUTH_JOSE_SIGNED_H
#define MCPAUTH_JOSE_SIGNED_H

#include <stddef.h>

/** Both borrowed. */
struct mcpauth__signed {
	const unsigned char *data;
	size_t length;
	const unsigned char *signature;
	size_t signature_length;
};

#endif
