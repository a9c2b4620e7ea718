/* base64url: a token's payload of 565 bytes, which are 754 characters. */
#include "bench.h"

#include "base/base64url.h"

#include <string.h>

#define BYTES 565
#define CHARACTERS MCPAUTH__BASE64URL_ENCODED(BYTES)

static unsigned char bytes[BYTES];
static char text[CHARACTERS + 1];

static void decode(uint64_t times, void *user)
{
	unsigned char out[BYTES];
	(void)user;
	for (uint64_t i = 0; i < times; i++) {
		bench_need(mcpauth__base64url_decode(text, CHARACTERS, out), "decoding");
		bench_keep(out);
	}
}

static void encode(uint64_t times, void *user)
{
	char out[CHARACTERS + 1];
	(void)user;
	for (uint64_t i = 0; i < times; i++) {
		mcpauth__base64url_encode(bytes, sizeof bytes, out);
		bench_keep(out);
	}
}

static void refuse(uint64_t times, void *user)
{
	char *spoiled = user;
	unsigned char out[BYTES];
	for (uint64_t i = 0; i < times; i++) {
		bench_need(!mcpauth__base64url_decode(spoiled, CHARACTERS, out), "refusing");
		bench_keep(out);
	}
}

int main(int argc, char **argv)
{
	struct bench bench;
	char spoiled[sizeof text];
	bench_init(&bench, argc, argv);
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (unsigned char)(i * 151);
	}
	mcpauth__base64url_encode(bytes, sizeof bytes, text);
	memcpy(spoiled, text, sizeof spoiled);
	spoiled[CHARACTERS - 1] = '=';
	const struct bench_case *first = bench_time(&bench, "decode 754 characters", decode, NULL);
	bench_time(&bench, "encode 565 bytes", encode, NULL)->over = first;
	bench_time(&bench, "refuse the last of 754", refuse, spoiled)->over = first;
	return bench_finish(&bench);
}
