/* Tags by which texts are known again: what changes one, who gets one, and when. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "base/quick_mac.h"

#include "support/check.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define LEAST MCPAUTH__QUICK_MAC_LEAST
#define THREADS 24
#define TURNS 2000

static const unsigned char long_text[MCPAUTH__QUICK_MAC_LEAST];

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
		const struct mcpauth__quick_text text = {long_text, sizeof long_text, long_text};
		served += mcpauth__quick_mac_tag(deeper, &text, &tag);
	}
	return refuses_ciphers ? GNUTLS_E_UNKNOWN_CIPHER_TYPE : init(handle, cipher, key);
}

static struct mcpauth__quick_mac *new_mac(void)
{
	struct mcpauth__quick_mac *mac = mcpauth__quick_mac_new();
	assert_non_null(mac);
	return mac;
}

static const unsigned char digest[MCPAUTH__SHA256_SIZE];

static bool make_tag(struct mcpauth__quick_mac *mac, const void *data, size_t length,
	struct mcpauth__quick_tag *tag)
{
	const struct mcpauth__quick_text text = {data, length, digest};
	return mcpauth__quick_mac_tag(mac, &text, tag);
}

static struct mcpauth__quick_tag tag_of(
	struct mcpauth__quick_mac *mac, const void *data, size_t length)
{
	struct mcpauth__quick_tag tag;
	assert_true(make_tag(mac, data, length, &tag));
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
	char text[LEAST + 1] = "";
	struct mcpauth__quick_tag first = tag_of(mac, text, LEAST);
	text[LEAST] = 'x'; /* is not looked at */
	for (int i = 0; i < 10; i++) {
		struct mcpauth__quick_tag again = tag_of(mac, text, LEAST);
		assert_true(mcpauth__quick_tags_are_equal(&first, &again));
	}
	mcpauth__quick_mac_free(mac);
}

/* The key is zeros, the nonce what the digest is folded to; made by another implementation of
 * AES-GCM, OpenSSL's. */
static void it_is_the_tag_of_gcm(void **state)
{
	(void)state;
	static const char sentences[] = "the quick brown fox jumps over the lazy dog. "
					"the quick brown fox jumps over the lazy dog. "
					"the quick brown fox jumps over the lazy dog. ";
	static const unsigned char want[] = {0x7f, 0xc2, 0x4d, 0x94, 0x38, 0xcf, 0x11, 0x29, 0x2f,
		0xf4, 0x23, 0x51, 0xc9, 0xf4, 0x65, 0x92};
	static const unsigned char want_of_x[] = {0xa2, 0x7f, 0xdf, 0x15, 0xb9, 0xe5, 0xb6, 0x47,
		0x24, 0xf3, 0x03, 0x30, 0x89, 0x0a, 0xbd, 0x10};
	char text[LEAST];
	unsigned char counted[MCPAUTH__SHA256_SIZE];
	struct mcpauth__quick_tag tag;
	draws_zeros = true;
	struct mcpauth__quick_mac *mac = mcpauth__quick_mac_new();
	draws_zeros = false;
	assert_non_null(mac);
	for (size_t i = 0; i < sizeof counted; i++) {
		counted[i] = (unsigned char)(i * i * 37 + 11);
	}
	const struct mcpauth__quick_text both = {sentences, sizeof sentences - 1, counted};
	assert_true(mcpauth__quick_mac_tag(mac, &both, &tag));
	assert_memory_equal(&tag, want, sizeof tag);
	memset(text, 'x', sizeof text);
	tag = tag_of(mac, text, sizeof text);
	assert_memory_equal(&tag, want_of_x, sizeof tag);
	mcpauth__quick_mac_free(mac);
}

static void every_bit_of_the_digest_counts(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	unsigned char other[MCPAUTH__SHA256_SIZE] = {0};
	const struct mcpauth__quick_text text = {long_text, sizeof long_text, other};
	struct mcpauth__quick_tag want = tag_of(mac, long_text, sizeof long_text);
	for (size_t bit = 0; bit < 8 * sizeof other; bit++) {
		struct mcpauth__quick_tag tag;
		other[bit / 8] = (unsigned char)(1u << bit % 8);
		assert_true(mcpauth__quick_mac_tag(mac, &text, &tag));
		assert_true(differ(&tag, &want));
		other[bit / 8] = 0;
	}
	mcpauth__quick_mac_free(mac);
}

/* It would be told by the key and the tag. */
static void a_short_text_has_none(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	struct mcpauth__quick_tag tag;
	assert_false(make_tag(mac, long_text, 0, &tag));
	assert_false(make_tag(mac, long_text, LEAST - 1, &tag));
	assert_true(make_tag(mac, long_text, LEAST, &tag));
	mcpauth__quick_mac_free(mac);
}

/* Of whole blocks, and around their ends. */
static void every_bit_counts(void **state)
{
	(void)state;
	static const size_t lengths[] = {LEAST, LEAST + 1, LEAST + 15, LEAST + 16, 255};
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
	for (size_t length = LEAST; length < sizeof zeros; length++) {
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
	struct mcpauth__quick_tag a = tag_of(one, long_text, sizeof long_text);
	struct mcpauth__quick_tag b = tag_of(other, long_text, sizeof long_text);
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
	bool good = make_tag(mac, long_text, sizeof long_text, &tag);
	deeper = NULL;
	assert_true(good);
	assert_int_equal(depth, 2);
	assert_int_equal(served, 1);
	tag_of(mac, long_text, sizeof long_text);
	mcpauth__quick_mac_free(mac);
}

static void says_so_when_there_is_no_cipher_and_tries_again(void **state)
{
	(void)state;
	struct mcpauth__quick_mac *mac = new_mac();
	struct mcpauth__quick_tag tag;
	refuses_ciphers = true;
	bool good = make_tag(mac, long_text, sizeof long_text, &tag);
	refuses_ciphers = false;
	assert_false(good);
	tag_of(mac, long_text, sizeof long_text);
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
		if (make_tag(asker->mac, asker->text, sizeof asker->text, &tag)) {
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
		cmocka_unit_test(it_is_the_tag_of_gcm),
		cmocka_unit_test(every_bit_of_the_digest_counts),
		cmocka_unit_test(a_short_text_has_none),
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
