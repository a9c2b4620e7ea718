/* Growing strings that are wiped when they go, form encoding, and characters. */
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

/** The content as a string, "" when empty. */
const char *text_string(const struct text *text);

/** Wipe and release; the text is empty afterwards. */
void text_finish(struct text *text);

/** Bytes of the UTF-8 character that a string begins with; 0: of none. */
size_t character_length(const char *string);

/** Whether that is a control, with which a terminal can be steered. */
bool is_control(const char *string);

/** A copy of a string or NULL for NULL; caller frees with free(). */
char *copy_string(const char *string);

/** Wipe a string that held a secret and free it; NULL is fine. */
void free_secret(char *string);

#endif
