/* Where identities lie: memory that stays what it is, so that readers may dare a look. */
#ifndef MCPAUTH_TOKEN_IDENTITY_POOL_H
#define MCPAUTH_TOKEN_IDENTITY_POOL_H

struct mcpauth__identity;

/**
 * Storage for identities, used again and again. Any thread. It grows to as many as
 * live at one time, and gives memory back only with the last of them.
 */
struct mcpauth__identity_pool;

/** @return NULL without memory */
struct mcpauth__identity_pool *mcpauth__identity_pool_new(void);

/** Let it go; it stays until its last identity is given back. NULL is accepted. */
void mcpauth__identity_pool_free(struct mcpauth__identity_pool *pool);

/** One that holds nothing yet, with no reference. NULL without memory. */
struct mcpauth__identity *mcpauth__identity_pool_take(struct mcpauth__identity_pool *pool);

/** Give one back that has no reference any more, and holds nothing. */
void mcpauth__identity_pool_give(struct mcpauth__identity *identity);

#endif
