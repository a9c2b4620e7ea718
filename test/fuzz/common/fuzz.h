/**
 * @file
 * What fuzz targets are made of. A target is one .c with LLVMFuzzerTestOneInput():
 * libFuzzer's main calls it, or replay.c, which needs no compiler of its own.
 */
#ifndef MCPAUTH_TEST_FUZZ_H
#define MCPAUTH_TEST_FUZZ_H

#include <mcpauth/error.h>

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One input. @return 0 always; what must not be ends the process */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What holds whatever the input is. */
#define MUST(...) fuzz_must((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

void fuzz_must(bool holds, const char *what, const char *file, int line);

/** A copy that ends with a NUL, and before the first one in the input: what a
 * function gets that takes strings. Caller frees with free(). */
char *fuzz_text(const uint8_t *data, size_t size);

/** Cut a field off an input: up to `end`, which is skipped, or all of it. Likewise
 * a string; caller frees with free(). */
char *fuzz_field(const uint8_t **data, size_t *size, char end);

/** Is it one line of printable ASCII, as every message must be? */
bool fuzz_is_line(const char *text);

/** An outcome and the error that belongs to it: the same code, a line; and memory
 * did not run out. */
void fuzz_check_error(enum mcpauth_code code, const struct mcpauth_error *err);

/** A string that is a member, as cJSON finds it. Borrowed; NULL if it is absent or
 * no string. */
const char *fuzz_member(const cJSON *object, const char *name);

/** The same type, names, strings and numbers to the bit, in the same order? */
bool fuzz_same_json(const cJSON *a, const cJSON *b);

/** Is the name there twice in any object of it? */
bool fuzz_has_repeated_name(const cJSON *json);

#endif
