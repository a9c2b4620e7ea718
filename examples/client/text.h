/* Growing strings that are wiped when they go, and the encodings OAuth needs. */
#ifndef CLIENT_TEXT_H
#define CLIENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** All zero is an empty text. `data` is NULL or ends in a NUL of its own. */
struct text {
	char *data;
	size_t length;
	size_t room;
};

/** Append bytes. Ends the program when there is no memory. */
void text_add(struct text *text, const void *data, size_t length);

/** Append strings up to a NULL. */
void text_join(struct text *text, ...) __attribute__((sentinel));

/** Append `name=value` in form encoding, after `&` unless it comes first. */
void text_add_field(struct text *text, const char *name, const char *value);

/** Append the unpadded base64url form of bytes (RFC 4648 section 5). */
void text_add_base64url(struct text *text, const void *data, size_t length);

/** Append `bytes` random bytes in base64url. */
bool text_add_random(struct text *text, size_t bytes);

/** The content as a string, "" when empty. */
const char *text_string(const struct text *text);

/** Wipe and release; the text is empty afterwards. */
void text_finish(struct text *text);

/** A copy of a string or NULL for NULL; caller frees with free(). */
char *copy_string(const char *string);

/** Wipe a string that held a secret and free it; NULL is fine. */
void free_secret(char *string);

/**
 * Take one parameter out of a query.
 *
 * @param query       as it stands in a URL, without the `?`
 * @param[out] value  decoded; empty when absent
 * @return how often the name occurs; `value` is the first
 */
size_t query_parameter(const char *query, const char *name, struct text *value);

/** Append to `all` the words of `more` that it lacks (RFC 6749 scopes). */
void scope_unite(struct text *all, const char *more);

#endif
