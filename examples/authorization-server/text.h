/* Small text tools: random values, digests, base64url, escaping, strict JSON. */
#ifndef AUTHORIZATION_SERVER_TEXT_H
#define AUTHORIZATION_SERVER_TEXT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* 256 random bits in base64url, and the NUL. */
#define SECRET_SIZE 44
#define DIGEST_SIZE 32

/** Give the pointer back, or end the program when there is no memory left. */
void *must(void *memory);

/** A copy on the heap; NULL stays NULL. */
char *text_copy(const char *text);

/** 256 bits nobody can guess. */
void text_secret(char out[SECRET_SIZE]);

/** SHA-256. */
void text_digest(const void *data, size_t length, uint8_t out[DIGEST_SIZE]);

/** Compare in a time that tells nothing about where they differ. */
bool text_digest_equal(const uint8_t *a, const uint8_t *b);

/** Base64url without padding; the caller frees. */
char *text_base64url(const void *data, size_t length);

/**
 * Undo base64url without padding, strictly.
 *
 * @param[out] size  how many bytes it is
 * @return the bytes and a NUL behind them, the caller frees; NULL if malformed
 */
char *text_unbase64url(const char *text, size_t length, size_t *size);

/** Whether this is UTF-8 without any control character. */
bool text_is_clean(const char *text, size_t length);

/** Write with the five characters that mean something in HTML replaced. */
void text_write_html(FILE *out, const char *text);

/** Write one form-encoded value: all but unreserved characters as %XX. */
void text_write_form(FILE *out, const char *text);

/**
 * Parse one JSON object, refusing what cJSON lets through: bad UTF-8, escaped
 * NULs (which would cut a string short) and names given twice.
 *
 * @return NULL if refused; the caller deletes it
 */
cJSON *json_parse(const char *text, size_t length);

/** A member's string, or NULL if it is missing or something else. */
const char *json_string(const cJSON *object, const char *name);

/** Whether an array of strings holds this one, byte for byte. */
bool json_has_string(const cJSON *array, const char *value);

#endif
