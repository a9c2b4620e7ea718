/* Tags by which texts are known again: what changes one, who gets one, and when. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "base/quick_mac.h"

#include "support/check.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define THREADS 24
#define TURNS 2000

static bool refuses_ciphers;
static bool refuses_random_bytes;
static bool draws_zeros;
static struct mcpauth__quick_mac *deeper; /* is asked again from within */
static unsigned depth;
static unsigned served;

/* Stand before the real ones. */
int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	int (*draw)(gnutls_rnd_level_t, void *, size_t);
	*(void **)&draw = dlsym(RTLD_NEXT, "gnutls_rnd");
	if (draws_zeros) {
		memset(data, 0, length);
		return 0;
	}
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
		served += mcpauth__quick_mac_tag(deeper, "b", 1, &tag);
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
	assert_true(mcpauth__quick_mac_tag(mac, data, length, &tag));
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

/* The first is case 1 of the vectors that were submitted with GCM to NIST, the second was
 * made by OpenSSL 3.0; the key and the nonce are zeros in both. */
static void it_is_gmac(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned char tag[16];
	} rows[] = {
		{"",
			{0x58, 0xe2, 0xfc, 0xce, 0xfa, 0x7e, 0x30, 0x61, 0x36, 0x7f, 0x1d, 0x57,
				0xa4, 0xe7, 0x45, 0x5a}},
		{"the quick brown fox jumps over the lazy dog",
			{0x07, 0xd6, 0x7c, 0x59, 0x9a, 0x53, 0xba, 0x9d, 0xec, 0x26, 0xd5, 0x07,
				0xfd, 0x4e, 0x95, 0x53}},
	};
	draws_zeros = true;
	struct mcpauth__quick_mac *mac = mcpauth__quick_mac_new();
	draws_zeros = false;
	assert_non_null(mac);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__quick_tag tag = tag_of(mac, rows[i].text, strlen(rows[i].text));
		assert_memory_equal(&tag, rows[i].tag, sizeof tag);
	}
	mcpauth__quick_mac_free(mac);
}

/* Below a block, around its ends and beyond. */
static void every_bit_counts(void **state)
{
	(void)state;
	static const size_t lengths[] = {1, 15, 16, 17, 32, 255};
	struct mcpauth__quick_mac *mac = new_mac();
	unsigned char text[256] = {0};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct mcpauth__quick_tag tag = tag_of(mac, text, lengths[i]);
		for (size_t bit = 0; bit < 8 * lengths[i]; bit++) {
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
			struct mcpauth__quick_tag other = tag_of(mac, text, lengths[i]);
			assert_true(differ(&tag, &other));
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
	}
	mcpauth__quick_mac_free(mac);
}

static void the_length_counts(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	static const unsigned char zeros[256];
	for (size_t length = 0; length < sizeof zeros; length++) {
		struct mcpauth__quick_tag tag = tag_of(mac, zeros, length);
		struct mcpauth__quick_tag longer = tag_of(mac, zeros, length + 1);
		assert_true(differ(&tag, &longer));
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
	bool good = mcpauth__quick_mac_tag(mac, "a", 1, &tag);
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
	bool good = mcpauth__quick_mac_tag(mac, "a", 1, &tag);
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

/* One of many, with a text of its own. */
struct asker {
	struct mcpauth__quick_mac *mac;
	char text[1000];
	struct mcpauth__quick_tag want;
	unsigned made;
	unsigned wrong;
};

static void *ask(void *user)
{
	struct asker *asker = user;
	for (int i = 0; i < TURNS; i++) {
		struct mcpauth__quick_tag tag;
		if (mcpauth__quick_mac_tag(asker->mac, asker->text, sizeof asker->text, &tag)) {
			asker->made++;
			asker->wrong += differ(&tag, &asker->want);
		}
	}
	return NULL;
}

/* More than there are handles. Nobody is promised a tag, but there is no wrong one. */
static void threads_do_not_disturb_each_other(void **state)
{
	(void)state;
	static struct asker askers[THREADS];
	pthread_t threads[THREADS];
	unsigned made = 0;
	struct mcpauth__quick_mac *mac = new_mac();
	for (int i = 0; i < THREADS; i++) {
		askers[i].mac = mac;
		memset(askers[i].text, 'a' + i, sizeof askers[i].text);
		askers[i].want = tag_of(mac, askers[i].text, sizeof askers[i].text);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(askers[i].wrong, 0);
		made += askers[i].made;
	}
	assert_true(made >= TURNS);
	mcpauth__quick_mac_free(mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_text_has_one_tag),
		cmocka_unit_test(it_is_gmac),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(the_length_counts),
		cmocka_unit_test(each_half_of_a_tag_counts),
		cmocka_unit_test(each_object_has_a_key_of_its_own),
		cmocka_unit_test(says_so_when_no_handle_is_free),
		cmocka_unit_test(says_so_when_there_is_no_cipher_and_tries_again),
		cmocka_unit_test(there_is_none_without_random_bytes),
		cmocka_unit_test(threads_do_not_disturb_each_other),
	};
	return cmocka_run_group_tests_name("quick_mac", tests, NULL, NULL);
}
