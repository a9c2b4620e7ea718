/**
 * @file
 * Checks that say why. Each declares a `struct mcpauth_error err` of its own,
 * so the call is written with `&err`:
 *
 *	CHECK_OK(mcpauth__jwk_import(json, &key, &err));
 *	CHECK_CODE(MCPAUTH_E_INVALID_KEYS, mcpauth__jwk_import(json, &key, &err));
 *
 * cmocka.h wants four headers before it; they come with this one.
 */
#ifndef MCPAUTH_TEST_CHECK_H
#define MCPAUTH_TEST_CHECK_H

#include <mcpauth/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

/* cmocka's own would end the program where a text that should be there is not, and takes
 * that for the library's fault when memory is short. */
static inline void check_texts(const char *got, const char *want, const char *file, int line)
{
	_assert_true(got != NULL && want != NULL, "a text", file, line);
	_assert_string_equal(got, want, file, line);
}

#undef assert_string_equal
#define assert_string_equal(got, want) check_texts((got), (want), __FILE__, __LINE__)

struct check {
	const char *label; /* NULL, or the table's row */
	const char *call;
	const char *file;
	int line;
};

static inline void check_code(const struct check *check, enum mcpauth_code want,
	enum mcpauth_code got, const struct mcpauth_error *err)
{
	/* A call that takes no error leaves it as it was. */
	if (got == want && (err->code == want || err->code == MCPAUTH_OK)) {
		return;
	}
	print_error("%s%s%s: wanted %d, got %d, error %d \"%s\"\n",
		check->label != NULL ? check->label : "", check->label != NULL ? ": " : "",
		check->call, (int)want, (int)got, (int)err->code, err->message);
	_fail(check->file, check->line);
}

#define CHECK_ROW_CODE(row, want, ...) \
	do { \
		struct mcpauth_error err = {0}; \
		enum mcpauth_code check_got = (__VA_ARGS__); \
		struct check check_call = {row, #__VA_ARGS__, __FILE__, __LINE__}; \
		check_code(&check_call, want, check_got, &err); \
	} while (0)

/** The call ends with MCPAUTH_OK; if not, its error is printed. */
#define CHECK_OK(...) CHECK_ROW_CODE(NULL, MCPAUTH_OK, __VA_ARGS__)

/** The call ends with this code and, if it takes an error, says so there too. */
#define CHECK_CODE(want, ...) CHECK_ROW_CODE(NULL, want, __VA_ARGS__)

/** The condition holds for the table's row of this label. */
#define CHECK_ROW(row, ...) \
	do { \
		if (!(__VA_ARGS__)) { \
			print_error("%s: %s\n", row, #__VA_ARGS__); \
			_fail(__FILE__, __LINE__); \
		} \
	} while (0)

/** The condition comes to hold, in some twenty seconds at most: without memory for
 * what it waits for it never does. */
#define CHECK_SOON(...) \
	do { \
		const time_t check_end = time(NULL) + 20; \
		while (!(__VA_ARGS__) && time(NULL) < check_end) { \
			nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL); \
		} \
		if (!(__VA_ARGS__)) { \
			print_error("not in time: %s\n", #__VA_ARGS__); \
			_fail(__FILE__, __LINE__); \
		} \
	} while (0)

#endif
