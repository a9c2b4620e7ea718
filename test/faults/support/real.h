/** @file What libraries that are preloaded share. */
#ifndef MCPAUTH_FAULTS_REAL_H
#define MCPAUTH_FAULTS_REAL_H

#include <dlfcn.h>

/** The function that stands behind ours, of the same type. POSIX has it that what
 * dlsym() returns is good for functions, ISO C knows of no such thing. */
#define REAL(name, result) \
	static __typeof__(name) *result; \
	if (result == NULL) { \
		*(void **)&result = dlsym(RTLD_NEXT, #name); \
	}

#endif
