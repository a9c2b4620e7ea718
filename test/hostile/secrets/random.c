/* Stands in the way of GnuTLS's randomness, for those who are linked into this program. */
#define _GNU_SOURCE
#include "random.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static const unsigned char *known; /* NULL: whatever GnuTLS says */
static unsigned left;

void random_set(const unsigned char *bytes, unsigned times)
{
	known = bytes;
	left = times;
}

bool random_is_used(void)
{
	return known == NULL;
}

int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	bool is_it = known != NULL && level == GNUTLS_RND_KEY && length == RANDOM_KEY_SIZE;
	if (is_it && --left == 0) {
		memcpy(data, known, length);
		known = NULL;
		return 0;
	}
	int (*real)(gnutls_rnd_level_t, void *, size_t);
	*(void **)&real = dlsym(RTLD_NEXT, "gnutls_rnd");
	return real(level, data, length);
}
