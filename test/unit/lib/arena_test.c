/* Arenas: what is taken stays where it is, apart from everything else, until all ends. */
#include "base/arena.h"

#include "support/check.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static void is_empty_at_the_start(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	assert_int_equal(mcpauth__arena_size(&arena), 0);
	mcpauth__arena_finish(&arena);
	mcpauth__arena_finish(&arena);
	assert_null(arena.blocks);
}

static void aligns_objects_whatever_text_is_between(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	for (size_t i = 1; i < 200; i++) {
		assert_non_null(mcpauth__arena_take_text(&arena, i % 7 + 1));
		void *object = mcpauth__arena_take(&arena, i);
		assert_non_null(object);
		assert_int_equal((uintptr_t)object % alignof(max_align_t), 0);
	}
	mcpauth__arena_finish(&arena);
}

#define PIECES 400

/* Each piece is filled with its own number, and none may have changed at the end. */
static void keeps_pieces_apart_while_it_grows(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	unsigned char *pieces[PIECES];
	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = i % 2 == 0 ? mcpauth__arena_take(&arena, i + 1)
				       : (void *)mcpauth__arena_take_text(&arena, i + 1);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)(i & 0xff), i + 1);
	}
	for (size_t i = 0; i < PIECES; i++) {
		for (size_t at = 0; at <= i; at++) {
			assert_int_equal(pieces[i][at], i & 0xff);
		}
	}
	mcpauth__arena_finish(&arena);
}

static void fills_what_was_reserved_to_the_last_byte(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	assert_true(mcpauth__arena_reserve(&arena, 100));
	assert_int_equal(mcpauth__arena_size(&arena), 100);
	unsigned char *object = mcpauth__arena_take(&arena, 63);
	char *text = mcpauth__arena_take_text(&arena, 36);
	assert_ptr_equal(text, object + 64);
	assert_int_equal(mcpauth__arena_size(&arena), 100);
	assert_non_null(mcpauth__arena_take_text(&arena, 1));
	assert_true(mcpauth__arena_size(&arena) > 100);
	mcpauth__arena_finish(&arena);
}

static void reserves_only_what_is_not_there(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	assert_true(mcpauth__arena_reserve(&arena, 100));
	assert_true(mcpauth__arena_reserve(&arena, 100));
	assert_int_equal(mcpauth__arena_size(&arena), 100);
	assert_non_null(mcpauth__arena_take(&arena, 1));
	assert_true(mcpauth__arena_reserve(&arena, 100));
	assert_int_equal(mcpauth__arena_size(&arena), 200);
	mcpauth__arena_finish(&arena);
}

static void grows_in_few_blocks(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	unsigned blocks = 0;
	size_t before = 0;
	for (size_t i = 0; i < 16384; i++) {
		assert_non_null(mcpauth__arena_take(&arena, 64));
		blocks += mcpauth__arena_size(&arena) != before ? 1 : 0;
		before = mcpauth__arena_size(&arena);
	}
	assert_true(blocks <= 24);
	assert_true(before < (size_t)2 * 16384 * 64);
	mcpauth__arena_finish(&arena);
}

static void copies_text_and_ends_it(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	char *copy = mcpauth__arena_copy(&arena, "text and more", 4);
	assert_string_equal(copy, "text");
	assert_string_equal(mcpauth__arena_copy(&arena, "", 0), "");
	assert_string_equal(copy, "text");
	mcpauth__arena_finish(&arena);
}

static void an_object_takes_no_more_than_it_must(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	const size_t unit = alignof(max_align_t);
	assert_true(mcpauth__arena_reserve(&arena, 4 * unit));
	assert_non_null(mcpauth__arena_take(&arena, unit));
	assert_non_null(mcpauth__arena_take(&arena, 1));
	assert_non_null(mcpauth__arena_take(&arena, 2 * unit));
	assert_int_equal(arena.left, 0);
	assert_int_equal(mcpauth__arena_size(&arena), 4 * unit);
	mcpauth__arena_finish(&arena);
	assert_int_equal(mcpauth__arena_size(&arena), 0);
	assert_non_null(mcpauth__arena_take(&arena, 1));
	mcpauth__arena_finish(&arena);
}

static void refuses_sizes_that_cannot_be(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	/* Else NULL might be only what there is at the start. */
	assert_non_null(mcpauth__arena_take(&arena, 1));
	size_t size = mcpauth__arena_size(&arena);
	for (size_t less = 0; less < 40; less++) {
		assert_null(mcpauth__arena_take(&arena, SIZE_MAX - less));
		assert_null(mcpauth__arena_take_text(&arena, SIZE_MAX - less));
		assert_null(mcpauth__arena_copy(&arena, "", SIZE_MAX - less));
		assert_false(mcpauth__arena_reserve(&arena, SIZE_MAX - less));
	}
	assert_int_equal(mcpauth__arena_size(&arena), size);
	assert_non_null(mcpauth__arena_take(&arena, 40));
	mcpauth__arena_finish(&arena);
}

static void lives_on_where_it_is_copied_to(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	char *text = mcpauth__arena_copy(&arena, "text", 4);
	struct mcpauth__arena heir = arena;
	arena = (struct mcpauth__arena){0};
	mcpauth__arena_finish(&arena);
	assert_string_equal(text, "text");
	assert_non_null(mcpauth__arena_take(&heir, 10000));
	assert_string_equal(text, "text");
	mcpauth__arena_finish(&heir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_empty_at_the_start),
		cmocka_unit_test(aligns_objects_whatever_text_is_between),
		cmocka_unit_test(keeps_pieces_apart_while_it_grows),
		cmocka_unit_test(fills_what_was_reserved_to_the_last_byte),
		cmocka_unit_test(reserves_only_what_is_not_there),
		cmocka_unit_test(grows_in_few_blocks),
		cmocka_unit_test(copies_text_and_ends_it),
		cmocka_unit_test(an_object_takes_no_more_than_it_must),
		cmocka_unit_test(refuses_sizes_that_cannot_be),
		cmocka_unit_test(lives_on_where_it_is_copied_to),
	};
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
