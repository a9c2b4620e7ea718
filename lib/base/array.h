/* Arrays of pointers that grow by one. */
#ifndef MCPAUTH_BASE_ARRAY_H
#define MCPAUTH_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Make room for one more pointer at the end of an array of them.
 *
 * @param array  address of the variable that points at the first one
 * @param count  how many there are
 * @return false without memory; the array is then as it was
 */
bool mcpauth__array_grow(void *array, size_t count);

#endif
