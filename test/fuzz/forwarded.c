/* Fuzz target: whom a request comes from. Lines: proxies, separated by blanks; the peer;
 * then the fields of X-Forwarded-For. Read a second time as bits, from one long list. */
#include "common/fuzz.h"

#include "clients/proxies.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 40
#define NETWORKS_MAX 16
#define BITS 128

/** An address, bit by bit, as text of noughts and ones. */
struct bits {
	char text[BITS + 1];
};

struct network {
	struct bits bits;
	size_t length;
	bool is_ipv4;
};

/** What a request has. */
struct request {
	struct network networks[NETWORKS_MAX];
	size_t network_count;
	char *fields[FIELDS_MAX];
	unsigned field_count;
};

static void spread(const unsigned char *bytes, size_t count, char *text)
{
	for (size_t i = 0; i < count * 8; i++) {
		text[i] = bytes[i / 8] & (0x80 >> i % 8) ? '1' : '0';
	}
	text[count * 8] = '\0';
}

static bool read_address(const char *text, bool with_ipv4, struct bits *bits)
{
	unsigned char bytes[16] = {[10] = 0xff, [11] = 0xff};
	bool good = (with_ipv4 && inet_pton(AF_INET, text, bytes + 12) == 1)
		|| inet_pton(AF_INET6, text, bytes) == 1;
	spread(bytes, sizeof bytes, bits->text);
	return good;
}

static bool is_ipv4(const struct bits *bits)
{
	char mapped[97];
	memset(mapped, '0', 80);
	memset(mapped + 80, '1', 16);
	return memcmp(bits->text, mapped, 96) == 0;
}

/* A decimal number without more noughts than it needs, or with them. */
static bool read_number(const char *text, size_t digits, bool may_be_padded, unsigned *number)
{
	size_t length = strlen(text);
	*number = (unsigned)strtoul(text, NULL, 10);
	return length > 0 && length <= digits && strspn(text, "0123456789") == length
		&& (may_be_padded || text[0] != '0');
}

static bool read_network(const char *text, struct network *network)
{
	char copy[128];
	unsigned length = 0;
	snprintf(copy, sizeof copy, "%s", text);
	char *slash = strchr(copy, '/');
	if (slash != NULL) {
		*slash = '\0';
	}
	if (strlen(text) >= sizeof copy || !read_address(copy, true, &network->bits)) {
		return false;
	}
	network->length = BITS;
	network->is_ipv4 = is_ipv4(&network->bits);
	if (slash == NULL) {
		return true;
	}
	if (!read_number(slash + 1, 3, false, &length)) {
		return false;
	}
	network->length = length + (strchr(copy, ':') == NULL ? 96 : 0);
	network->is_ipv4 = network->is_ipv4 && network->length >= 96;
	if (network->length == 96 && network->is_ipv4) {
		return false;
	}
	return network->length <= BITS && strchr(network->bits.text + network->length, '1') == NULL;
}

static bool is_proxy(const struct request *request, const struct bits *bits)
{
	for (size_t i = 0; i < request->network_count; i++) {
		const struct network *network = &request->networks[i];
		if (network->is_ipv4 == is_ipv4(bits)
			&& strncmp(network->bits.text, bits->text, network->length) == 0) {
			return true;
		}
	}
	return false;
}

/* Cuts a port off. @return false if what is behind the address is none */
static bool cut_port(char *colon)
{
	unsigned port;
	if (*colon == '\0') {
		return true;
	}
	bool good = *colon == ':' && read_number(colon + 1, 5, true, &port) && port <= 65535;
	*colon = '\0';
	return good;
}

static bool read_hop(const char *text, struct bits *bits)
{
	char copy[128];
	if (strlen(text) >= sizeof copy) {
		return false;
	}
	strcpy(copy, text);
	if (copy[0] == '[') {
		char *end = strchr(copy, ']');
		if (end == NULL || !cut_port(end + 1)) {
			return false;
		}
		*end = '\0';
		return read_address(copy + 1, false, bits);
	}
	char *colon = strchr(copy, ':');
	if (colon != NULL && strchr(copy, '.') != NULL && strchr(colon, '.') == NULL) {
		return cut_port(colon) && read_address(copy, true, bits);
	}
	return read_address(copy, true, bits);
}

static char *join(const struct request *request)
{
	size_t size = 1;
	for (unsigned i = 0; i < request->field_count; i++) {
		size += strlen(request->fields[i]) + 1;
	}
	char *list = calloc(1, size);
	MUST(list != NULL);
	for (unsigned i = 0; i < request->field_count; i++) {
		strcat(list, i > 0 ? "," : "");
		strcat(list, request->fields[i]);
	}
	return list;
}

static char *trim(char *text)
{
	text += strspn(text, " \t");
	for (size_t length = strlen(text); length > 0 && strchr(" \t", text[length - 1]) != NULL;) {
		text[--length] = '\0';
	}
	return text;
}

/* From the end of the one list that all fields make. */
static void walk(const struct request *request, struct bits *bits)
{
	char *list = join(request);
	size_t left = MCPAUTH__FORWARDED_BYTES;
	bool goes_on = request->field_count > 0 && is_proxy(request, bits);
	for (int i = 0; goes_on && i < MCPAUTH__FORWARDED_ELEMENTS; i++) {
		struct bits hop;
		char *comma = strrchr(list, ',');
		char *element = comma == NULL ? list : comma + 1;
		size_t size = strlen(element) + 1;
		goes_on = size <= left && read_hop(trim(element), &hop);
		if (goes_on) {
			*bits = hop;
			left -= size;
			goes_on = comma != NULL && is_proxy(request, bits);
		}
		if (comma != NULL) {
			*comma = '\0';
		}
	}
	free(list);
}

static const char *value_of(const void *user, unsigned index)
{
	const struct request *request = user;
	MUST(index < request->field_count);
	return request->fields[index];
}

static void read_proxies(
	struct request *request, struct mcpauth__proxies *proxies, const uint8_t *line, size_t size)
{
	while (size > 0) {
		char *text = fuzz_field(&line, &size, ' ');
		struct network *network = &request->networks[request->network_count];
		if (request->network_count < NETWORKS_MAX) {
			bool good = read_network(text, network);
			request->network_count += good;
			MUST((mcpauth__proxies_add(proxies, text) == MCPAUTH_OK) == good);
		}
		free(text);
	}
}

/* What is shown is read again as what it was. */
static void check_text(const struct mcpauth__client_address *address)
{
	struct mcpauth__client_address again;
	char text[MCPAUTH_ADDRESS_SIZE];
	mcpauth__client_address_write(address, text);
	MUST(mcpauth__client_address_parse_hop(text, strlen(text), &again));
	MUST(memcmp(address, &again, sizeof again) == 0);
}

static void check(
	const struct request *request, const struct mcpauth__proxies *proxies, const char *peer)
{
	struct mcpauth__client_address address;
	struct mcpauth__forwarded forwarded = {request->field_count, value_of, request};
	struct bits wanted;
	struct bits got;
	bool good = read_hop(peer, &wanted);
	MUST(mcpauth__client_address_parse_hop(peer, strlen(peer), &address) == good);
	if (!good) {
		return;
	}
	mcpauth__proxies_find_client(proxies, &forwarded, &address);
	walk(request, &wanted);
	spread(address.bytes, sizeof address.bytes, got.text);
	MUST(strcmp(got.text, wanted.text) == 0);
	check_text(&address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request = {.network_count = 0};
	struct mcpauth__proxies proxies = {0};
	char *line = fuzz_field(&data, &size, '\n');
	read_proxies(&request, &proxies, (const uint8_t *)line, strlen(line));
	char *peer = fuzz_field(&data, &size, '\n');
	while (size > 0 && request.field_count < FIELDS_MAX) {
		request.fields[request.field_count++] = fuzz_field(&data, &size, '\n');
	}
	check(&request, &proxies, peer);
	mcpauth__proxies_finish(&proxies);
	for (unsigned i = 0; i < request.field_count; i++) {
		free(request.fields[i]);
	}
	free(peer);
	free(line);
	return 0;
}
