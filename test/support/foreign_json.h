/*
 * A program that gives cJSON an allocator of its own: what comes from it is freed by it alone.
 */
#ifndef SUPPORT_FOREIGN_JSON_H
#define SUPPORT_FOREIGN_JSON_H

/** From now on. No JSON that is there already may be freed until the end. */
void foreign_json_begin(void);

/** malloc() and free() serve again. */
void foreign_json_end(void);

#endif
