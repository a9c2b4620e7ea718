/* How alike two names are. */
#ifndef MCPAUTH_BASE_EDIT_DISTANCE_H
#define MCPAUTH_BASE_EDIT_DISTANCE_H

#include <stddef.h>

/** Names longer than this are like none. */
#define MCPAUTH__EDIT_LENGTH 63

/** How many characters must be put in, taken out or changed to make `b` out of
 * `a`; SIZE_MAX if one is too long. */
size_t mcpauth__edit_distance(const char *a, const char *b);

#endif
