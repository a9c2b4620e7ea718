/* GnuTLS alone. */
#include "bare.h"

#include "base/base64url.h"
#include "bench.h"

#include <gnutls/crypto.h>

#include <stdlib.h>
#include <string.h>

/* RFC 7518 section 3.4: R and S in a row, where GnuTLS wants DER. */
static void encode(struct bare_signature *of, bool is_ecdsa)
{
	gnutls_datum_t r = {of->raw.data, of->raw.size / 2};
	gnutls_datum_t s = {of->raw.data + r.size, r.size};
	of->encoded = of->raw;
	if (is_ecdsa) {
		bench_need(gnutls_encode_rs_value(&of->encoded, &r, &s) == 0, "encoding");
	}
}

static void read_token(struct bare_signature *of, const char *token)
{
	const char *dot = strrchr(token, '.');
	size_t length = strlen(dot + 1);
	of->message.data = (unsigned char *)token;
	of->message.size = (unsigned)(dot - token);
	of->raw.size = (unsigned)MCPAUTH__BASE64URL_DECODED(length);
	of->raw.data = malloc(of->raw.size);
	bench_need(of->raw.data != NULL && mcpauth__base64url_decode(dot + 1, length, of->raw.data),
		"reading a signature");
}

void bare_init(struct bare *bare, const struct subject_tokens *tokens)
{
	bool is_ecdsa = strncmp(tokens->subject->algorithm, "ES", 2) == 0;
	*bare = (struct bare){
		.items = calloc(tokens->count, sizeof *bare->items),
		.count = tokens->count,
	};
	bench_need(bare->items != NULL, "out of memory");
	bare->key = test_key_public(tokens->subject->key, &bare->algorithm);
	for (size_t i = 0; i < bare->count; i++) {
		read_token(&bare->items[i], tokens->items[i]);
		encode(&bare->items[i], is_ecdsa);
	}
}

void bare_finish(struct bare *bare)
{
	for (size_t i = 0; i < bare->count; i++) {
		if (bare->items[i].encoded.data != bare->items[i].raw.data) {
			gnutls_free(bare->items[i].encoded.data);
		}
		free(bare->items[i].raw.data);
	}
	free(bare->items);
	gnutls_pubkey_deinit(bare->key);
}

const struct bare_signature *bare_next(struct bare *bare)
{
	bare->next = bare->next < bare->count ? bare->next : 0;
	return &bare->items[bare->next++];
}

void bare_run(uint64_t times, void *user)
{
	struct bare *bare = user;
	for (uint64_t i = 0; i < times; i++) {
		const struct bare_signature *at = bare_next(bare);
		bench_need(gnutls_pubkey_verify_data2(
				   bare->key, bare->algorithm, 0, &at->message, &at->encoded)
				>= 0,
			"verifying with GnuTLS alone");
	}
}
