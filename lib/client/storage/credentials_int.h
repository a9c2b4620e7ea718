/* The texts that registrations and tokens are made of, by their names in what is kept. */
#ifndef MCPAUTH_STORAGE_CREDENTIALS_INT_H
#define MCPAUTH_STORAGE_CREDENTIALS_INT_H

#include "client/storage/credentials.h"

#define MCPAUTH__RECORD_VERSION 1

/** A `char *` of a struct. */
struct mcpauth__text_member {
	const char *name; /* NULL behind the last one */
	size_t offset;
	bool is_needed; /* without it nothing can be done with the rest */
};

extern const struct mcpauth__text_member mcpauth__registration_texts[];
extern const struct mcpauth__text_member mcpauth__tokens_texts[];
extern const struct mcpauth__text_member mcpauth__credentials_texts[];

/** Where a member lies in a struct. */
char **mcpauth__text_at(void *object, const struct mcpauth__text_member *member);
const char *mcpauth__text_of(const void *object, const struct mcpauth__text_member *member);

#endif
