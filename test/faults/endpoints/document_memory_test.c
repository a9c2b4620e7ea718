/* A megabyte that somebody else wrote: what it becomes in memory has a bound, too. */
#include "base/buf.h"
#include "jose/jwks.h"
#include "metadata/server_metadata.h"
#include "net/worker.h"

#include "support/check.h"
#include "support/test_key.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

#define ISSUER "https://as.example"
#define MEGABYTE ((size_t)1024 * 1024)

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* All that was ever asked for, whatever was given back of it meanwhile: no less
 * than the most there was at a time. */
static size_t asked;

void *__wrap_malloc(size_t size)
{
	asked += size;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	asked += count * size;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	asked += size;
	return __real_realloc(old, size);
}

/* cJSON is a library of its own, which the linker does not reach. */
static void *count_tree(size_t size)
{
	/* What glibc adds to each. */
	asked += size + 2 * sizeof(size_t);
	return __real_malloc(size);
}

static const struct {
	const char *label;
	const char *head;
	const char *piece; /* over and over, up to the limit of a document */
	const char *tail;
} documents[] = {
	{"zeros for keys", "{\"keys\":[0", ",0", "]}"},
	{"empty keys", "{\"keys\":[{}", ",{}", "]}"},
	{"keys of no use", "{\"keys\":[{}", ",{\"kty\":\"oct\",\"k\":\"AAAA\"}", "]}"},
	{"zeros beside the keys", "{\"keys\":[],\"more\":[0", ",0", "]}"},
	{"arrays in arrays", "{\"keys\":[],\"more\":[[]", ",[[[[]]]]", "]}"},
	{"zeros in a key", "{\"keys\":[{\"kty\":\"RSA\",\"x5c\":[0", ",0", "]}]}"},
	{"empty strings", "{\"keys\":[\"\"", ",\"\"", "]}"},
	{"one long string", "{\"keys\":[],\"more\":\"", "xxxxxxxx", "\"}"},
	{"zeros beside the issuer", "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"u\",\"more\":[0",
		",0", "]}"},
	{"a long string beside the issuer",
		"{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"u\",\"more\":\"", "xxxxxxxx", "\"}"},
};

static void put_document(struct mcpauth__buf *text, size_t row)
{
	size_t piece = strlen(documents[row].piece);
	mcpauth__buf_puts(text, documents[row].head);
	while (text->length + piece + strlen(documents[row].tail) <= MCPAUTH__DOCUMENT_LIMIT) {
		mcpauth__buf_puts(text, documents[row].piece);
	}
	assert_true(mcpauth__buf_puts(text, documents[row].tail));
}

static void a_megabyte_of_anything_becomes_no_more_than_three(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		struct mcpauth__buf text = {0};
		struct mcpauth__jwks *set;
		struct mcpauth__server_metadata *metadata;
		put_document(&text, i);
		asked = 0;
		mcpauth__jwks_parse(text.data, text.length, &set, NULL);
		CHECK_ROW(documents[i].label, asked <= 3 * MEGABYTE);
		mcpauth__jwks_free(set);
		asked = 0;
		mcpauth__server_metadata_parse(ISSUER, text.data, text.length, &metadata, NULL);
		CHECK_ROW(documents[i].label, asked <= 3 * MEGABYTE);
		mcpauth__server_metadata_free(metadata);
		mcpauth__buf_finish(&text);
	}
}

/* Twenty thousand keys are less than a megabyte. */
static void too_many_keys_take_nothing_at_all(void **state)
{
	(void)state;
	struct mcpauth__buf text = {0};
	struct mcpauth__jwks *set;
	mcpauth__buf_puts(&text, "{\"keys\":[");
	for (unsigned i = 0; i < 20000; i++) {
		mcpauth__buf_printf(&text, "{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"k%u\"},", i);
	}
	assert_true(mcpauth__buf_puts(&text, "{}]}"));
	assert_true(text.length < MCPAUTH__DOCUMENT_LIMIT);
	asked = 0;
	CHECK_CODE(MCPAUTH_E_TOO_LARGE, mcpauth__jwks_parse(text.data, text.length, &set, &err));
	assert_int_equal(asked, 0);
	mcpauth__buf_finish(&text);
}

/* Its twin, with as many keys as there may be. */
static void as_many_keys_as_there_may_be_are_read(void **state)
{
	(void)state;
	struct mcpauth__buf text = {0};
	struct mcpauth__jwks *set;
	char *jwk = test_key_jwk(test_key("EdDSA", 0), "k", "EdDSA", "sig");
	mcpauth__buf_puts(&text, "{\"keys\":[");
	for (unsigned i = 1; i < MCPAUTH__JWKS_KEY_LIMIT; i++) {
		mcpauth__buf_printf(&text, "%s,", jwk);
	}
	assert_true(mcpauth__buf_printf(&text, "%s]}", jwk));
	CHECK_OK(mcpauth__jwks_parse(text.data, text.length, &set, &err));
	assert_int_equal(mcpauth__jwks_count(set), MCPAUTH__JWKS_KEY_LIMIT);
	mcpauth__jwks_free(set);
	mcpauth__buf_finish(&text);
	free(jwk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_megabyte_of_anything_becomes_no_more_than_three),
		cmocka_unit_test(too_many_keys_take_nothing_at_all),
		cmocka_unit_test(as_many_keys_as_there_may_be_are_read),
	};
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = count_tree, .free_fn = free});
	return cmocka_run_group_tests(tests, NULL, NULL);
}
