/**
 * @file
 * A table of operations, and what it comes to, told a second time: patterns by fnmatch(),
 * messages by cJSON, scopes as three kinds of callers.
 */
#ifndef MCPAUTH_TEST_OPERATION_MODEL_H
#define MCPAUTH_TEST_OPERATION_MODEL_H

#include <mcpauth/operations.h>

/** Who calls: each may do what those before may. */
enum operation_caller {
	OPERATION_NOBODY,
	OPERATION_READER, /* was granted "read" */
	OPERATION_WRITER  /* and "write", which includes "notes:*" */
};

/** The table as the library has it. Caller frees with mcpauth_operations_free(). */
struct mcpauth_operations *operation_model_table(struct mcpauth *auth);

/** May this caller post that? A text that is no message nobody may. */
bool operation_model_allows(const char *text, enum operation_caller caller);

/** Is the message the same that cJSON finds in the text? */
bool operation_model_is_same(const struct mcpauth_message *message, const char *text);

#endif
