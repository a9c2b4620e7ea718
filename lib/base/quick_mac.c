/* Tags by GnuTLS's AES-GCM, with nothing encrypted. */
#include "base/quick_mac.h"

#include "base/wipe.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 16
#define NONCE_WORDS 3
#define HANDLES 16
#define TRIES 2
#define LINE 64

/* One thread at a time has it; on a cache line of its own, for it is written each time. */
struct handle {
	atomic_bool is_taken;
	bool is_made;
	gnutls_aead_cipher_hd_t cipher;
	char pad[LINE];
};

struct mcpauth__quick_mac {
	unsigned char key[KEY_SIZE];
	struct handle handles[HANDLES];
};

struct mcpauth__quick_mac *mcpauth__quick_mac_new(void)
{
	struct mcpauth__quick_mac *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	for (int i = 0; i < HANDLES; i++) {
		atomic_init(&made->handles[i].is_taken, false);
	}
	if (gnutls_rnd(GNUTLS_RND_KEY, made->key, sizeof made->key) < 0) {
		free(made);
		return NULL;
	}
	return made;
}

void mcpauth__quick_mac_free(struct mcpauth__quick_mac *mac)
{
	if (mac == NULL) {
		return;
	}
	for (int i = 0; i < HANDLES; i++) {
		if (mac->handles[i].is_made) {
			gnutls_aead_cipher_deinit(mac->handles[i].cipher);
		}
	}
	mcpauth__wipe(mac->key, sizeof mac->key);
	free(mac);
}

/* Threads are numbered as they come, so that each begins with the same handle every time,
 * and few with that of another. */
static size_t first_handle(void)
{
	static atomic_uint threads;
	static _Thread_local unsigned number; /* 0: not numbered yet */
	if (number == 0) {
		number = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) + 1;
	}
	return number;
}

/* NULL: those that were tried are taken. */
static struct handle *take_handle(struct mcpauth__quick_mac *mac)
{
	size_t first = first_handle();
	for (size_t i = 0; i < TRIES; i++) {
		struct handle *handle = &mac->handles[(first + i) % HANDLES];
		if (!atomic_exchange_explicit(&handle->is_taken, true, memory_order_acquire)) {
			return handle;
		}
	}
	return NULL;
}

static bool make_cipher(struct handle *handle, struct mcpauth__quick_mac *mac)
{
	const gnutls_datum_t key = {mac->key, sizeof mac->key};
	handle->is_made = handle->is_made
		|| gnutls_aead_cipher_init(&handle->cipher, GNUTLS_CIPHER_AES_128_GCM, &key) == 0;
	return handle->is_made;
}

/* Each word of the digest that is another makes another nonce. */
static void make_nonce(uint32_t nonce[NONCE_WORDS], const unsigned char *digest)
{
	uint32_t words[MCPAUTH__SHA256_SIZE / sizeof(uint32_t)];
	memcpy(words, digest, sizeof words);
	nonce[0] = words[0] ^ words[3] ^ words[6];
	nonce[1] = words[1] ^ words[4] ^ words[7];
	nonce[2] = words[2] ^ words[5];
}

bool mcpauth__quick_mac_tag(struct mcpauth__quick_mac *mac, const struct mcpauth__quick_text *text,
	struct mcpauth__quick_tag *tag)
{
	uint32_t nonce[NONCE_WORDS];
	size_t size = sizeof *tag;
	struct handle *handle = text->length >= MCPAUTH__QUICK_MAC_LEAST ? take_handle(mac) : NULL;
	if (handle == NULL) {
		return false;
	}
	make_nonce(nonce, text->digest);
	bool good = make_cipher(handle, mac)
		&& gnutls_aead_cipher_encrypt(handle->cipher, nonce, sizeof nonce, text->text,
			   text->length, sizeof *tag, "", 0, tag, &size)
			== 0;
	atomic_store_explicit(&handle->is_taken, false, memory_order_release);
	/* GnuTLS may have filled up the last block there: with the end of a token, say. */
	mcpauth__wipe_stack_of_hash();
	return good && size == sizeof *tag;
}
