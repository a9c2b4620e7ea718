/* Arrays of pointers: few and short, so they grow by one. */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

bool mcpauth__array_grow(void *array, size_t count)
{
	void **items;
	memcpy(&items, array, sizeof items);
	items = realloc(items, (count + 1) * sizeof *items);
	if (items == NULL) {
		return false;
	}
	memcpy(array, &items, sizeof items);
	return true;
}
