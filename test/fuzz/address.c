/* Fuzz target: addresses, as text and as a socket has them, beside a second table. */
#include "common/addresses.h"
#include "common/fuzz.h"

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

static void check(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	enum mcpauth__address_kind kind = mcpauth__address_judge_text(text);
	MUST(kind == addresses_judge(text));
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		MUST(mcpauth__address_judge((const struct sockaddr *)&in) == kind);
	} else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
		MUST(mcpauth__address_judge((const struct sockaddr *)&in6) == kind);
	} else {
		MUST(kind == MCPAUTH__ADDRESS_PRIVATE);
	}
}

/* Bytes are addresses sooner than text is. */
static void check_bytes(int family, const uint8_t *data)
{
	char text[INET6_ADDRSTRLEN];
	MUST(inet_ntop(family, data, text, sizeof text) != NULL);
	check(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	text[strcspn(text, "\n")] = '\0';
	check(text);
	if (size >= 4) {
		check_bytes(AF_INET, data);
	}
	if (size >= 16) {
		check_bytes(AF_INET6, data);
	}
	free(text);
	return 0;
}
