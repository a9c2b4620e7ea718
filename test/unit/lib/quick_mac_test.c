/* A MAC by which texts are known again: what changes it, who gets one, and when. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "base/quick_mac.h"

#include "support/check.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define THREADS 24
#define TURNS 2000

static bool refuses_ciphers;
static bool refuses_random_bytes;
static struct mcpauth__quick_mac *deeper; /* is asked again from within */
static unsigned depth;
static unsigned served;

/* Stand before the real ones. */
int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	int (*draw)(gnutls_rnd_level_t, void *, size_t);
	*(void **)&draw = dlsym(RTLD_NEXT, "gnutls_rnd");
	return refuses_random_bytes ? GNUTLS_E_RANDOM_FAILED : draw(level, data, length);
}

int gnutls_aead_cipher_init(gnutls_aead_cipher_hd_t *handle, gnutls_cipher_algorithm_t cipher,
	const gnutls_datum_t *key)
{
	int (*init)(gnutls_aead_cipher_hd_t *, gnutls_cipher_algorithm_t, const gnutls_datum_t *);
	*(void **)&init = dlsym(RTLD_NEXT, "gnutls_aead_cipher_init");
	if (deeper != NULL) {
		struct mcpauth__quick_tag tag;
		depth++;
		served += mcpauth__quick_mac_make(deeper, "b", 1, &tag);
	}
	return refuses_ciphers ? GNUTLS_E_UNKNOWN_CIPHER_TYPE : init(handle, cipher, key);
}

static struct mcpauth__quick_mac *new_mac(void)
{
	struct mcpauth__quick_mac *mac = mcpauth__quick_mac_new();
	assert_non_null(mac);
	return mac;
}

static struct mcpauth__quick_tag tag_of(
	struct mcpauth__quick_mac *mac, const void *data, size_t length)
{
	struct mcpauth__quick_tag tag;
	assert_true(mcpauth__quick_mac_make(mac, data, length, &tag));
	return tag;
}

static bool differ(const struct mcpauth__quick_tag *a, const struct mcpauth__quick_tag *b)
{
	return !mcpauth__quick_tags_are_equal(a, b);
}

static void one_text_has_one_tag(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	struct mcpauth__quick_tag first = tag_of(mac, "abc", 3);
	for (int i = 0; i < 10; i++) {
		struct mcpauth__quick_tag again = tag_of(mac, "abcd", 3);
		assert_true(mcpauth__quick_tags_are_equal(&first, &again));
	}
	mcpauth__quick_mac_free(mac);
}

/* Of no length, below a block, around its ends and far beyond. */
static void every_bit_and_the_length_count(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	unsigned char text[256] = {0};
	for (size_t length = 0; length < sizeof text; length++) {
		struct mcpauth__quick_tag tag = tag_of(mac, text, length);
		struct mcpauth__quick_tag longer = tag_of(mac, text, length + 1);
		assert_true(differ(&tag, &longer));
		for (size_t bit = 0; bit < 8 * length; bit += 7) {
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
			struct mcpauth__quick_tag other = tag_of(mac, text, length);
			assert_true(differ(&tag, &other));
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
	}
	mcpauth__quick_mac_free(mac);
}

static void each_half_of_a_tag_counts(void **state)
{
	(void)state;
	const struct mcpauth__quick_tag tag = {{1, 2}};
	const struct mcpauth__quick_tag first = {{3, 2}};
	const struct mcpauth__quick_tag second = {{1, 3}};
	const struct mcpauth__quick_tag swapped = {{2, 1}};
	assert_false(differ(&tag, &tag));
	assert_true(differ(&tag, &first) && differ(&tag, &second) && differ(&tag, &swapped));
}

static void each_object_has_a_key_of_its_own(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *one = new_mac();
	struct mcpauth__quick_mac *other = new_mac();
	struct mcpauth__quick_tag a = tag_of(one, "abc", 3);
	struct mcpauth__quick_tag b = tag_of(other, "abc", 3);
	assert_true(differ(&a, &b));
	mcpauth__quick_mac_free(one);
	mcpauth__quick_mac_free(other);
	mcpauth__quick_mac_free(NULL);
}

/* The one that asks has a handle, and so has the one within; the third gets none. */
static void says_so_when_no_handle_is_free(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	struct mcpauth__quick_tag tag;
	deeper = mac;
	depth = served = 0;
	bool good = mcpauth__quick_mac_make(mac, "a", 1, &tag);
	deeper = NULL;
	assert_true(good);
	assert_int_equal(depth, 2);
	assert_int_equal(served, 1);
	tag_of(mac, "a", 1);
	mcpauth__quick_mac_free(mac);
}

static void says_so_when_there_is_no_cipher_and_tries_again(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	struct mcpauth__quick_tag tag;
	refuses_ciphers = true;
	bool good = mcpauth__quick_mac_make(mac, "a", 1, &tag);
	refuses_ciphers = false;
	assert_false(good);
	tag_of(mac, "a", 1);
	mcpauth__quick_mac_free(mac);
}

static void there_is_none_without_random_bytes(void **state)
{
	(void)state;
	refuses_random_bytes = true;
	struct mcpauth__quick_mac *mac = mcpauth__quick_mac_new();
	refuses_random_bytes = false;
	assert_null(mac);
}

struct crowd {
	struct mcpauth__quick_mac *mac;
	struct mcpauth__quick_tag want;
	atomic_uint made;
	atomic_uint wrong;
};

static void *ask(void *user)
{
	struct crowd *crowd = user;
	char text[1000];
	memset(text, 'x', sizeof text);
	for (int i = 0; i < TURNS; i++) {
		struct mcpauth__quick_tag tag;
		if (mcpauth__quick_mac_make(crowd->mac, text, sizeof text, &tag)) {
			atomic_fetch_add(&crowd->made, 1);
			atomic_fetch_add(&crowd->wrong, differ(&tag, &crowd->want));
		}
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	char text[1000];
	struct crowd crowd = {.mac = new_mac()};
	memset(text, 'x', sizeof text);
	crowd.want = tag_of(crowd.mac, text, sizeof text);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowd), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(atomic_load(&crowd.wrong), 0);
	assert_true(atomic_load(&crowd.made) > 0);
	mcpauth__quick_mac_free(crowd.mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_text_has_one_tag),
		cmocka_unit_test(every_bit_and_the_length_count),
		cmocka_unit_test(each_half_of_a_tag_counts),
		cmocka_unit_test(each_object_has_a_key_of_its_own),
		cmocka_unit_test(says_so_when_no_handle_is_free),
		cmocka_unit_test(says_so_when_there_is_no_cipher_and_tries_again),
		cmocka_unit_test(there_is_none_without_random_bytes),
		cmocka_unit_test(threads_do_not_disturb_each_other),
	};
	return cmocka_run_group_tests_name("quick_mac", tests, NULL, NULL);
}
