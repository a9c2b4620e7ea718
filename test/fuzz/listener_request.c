/* Fuzz target: a request's head to the listener on loopback. Held against the grammar as
 * regular expressions, line by line, and a list of the names that are this machine's. */
#include "common/fuzz.h"

#include "client/login/listener_request.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PORT 1234
#define TOKEN "[-!#$%&'*+.^_`|~0-9A-Za-z]+"

/* What a head is, told again. */
struct model {
	unsigned status;
	unsigned hosts;
	char host[512]; /* the last one; "" if it is too long to be good */
};

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	MUST(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	bool good = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return good;
}

static unsigned judge_first_line(const char *line)
{
	if (!matches("^" TOKEN " /[!-\"$-~]* HTTP/1\\.[01]$", line)) {
		return 400;
	}
	return strncmp(line, "GET ", 4) == 0 ? 200 : 405;
}

static bool is_field(const char *line)
{
	for (const char *at = line; *at != '\0'; at++) {
		if (*at == 0x7f || ((unsigned char)*at < ' ' && *at != '\t')) {
			return false;
		}
	}
	return matches("^" TOKEN ":", line);
}

static void note_host(struct model *model, const char *line)
{
	if (strncasecmp(line, "Host:", 5) != 0) {
		return;
	}
	const char *value = line + 5 + strspn(line + 5, " \t");
	size_t length = strlen(value);
	while (length > 0 && strchr(" \t", value[length - 1]) != NULL) {
		length--;
	}
	model->hosts++;
	snprintf(model->host, sizeof model->host, "%.*s", length < 272 ? (int)length : 0, value);
}

static bool is_ours(const char *host)
{
	char name[512];
	struct in_addr v4;
	struct in6_addr v6;
	snprintf(name, sizeof name, "%s", host);
	char *port = strrchr(name, ':');
	if (port == NULL || strcmp(port, ":1234") != 0) {
		return false;
	}
	*port = '\0';
	size_t length = strlen(name);
	if (name[0] == '[' && name[length - 1] == ']') {
		name[length - 1] = '\0';
		return inet_pton(AF_INET6, name + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	if (inet_pton(AF_INET, name, &v4) == 1) {
		return ntohl(v4.s_addr) >> 24 == 127;
	}
	bool is_plain = strchr(name, ':') == NULL && name[0] != '[';
	return is_plain
		&& (strcasecmp(name, "localhost") == 0
			|| (length > 10 && strcasecmp(name + length - 10, ".localhost") == 0));
}

/* @param head  up to the empty line, that not included; it has no NUL */
static void model_head(char *head, struct model *model)
{
	char *at = head;
	model->status = 0;
	while (model->status != 400 && at != NULL) {
		char *next = strstr(at, "\r\n");
		if (next != NULL) {
			*next = '\0';
			next += 2;
		}
		if (model->status == 0) {
			model->status = judge_first_line(at);
		} else if (is_field(at)) {
			note_host(model, at);
		} else {
			model->status = 400;
		}
		at = next;
	}
	if (model->status != 400 && model->hosts != 1) {
		model->status = 400;
	} else if (model->status != 400 && !is_ours(model->host)) {
		model->status = 403;
	}
}

/* @return where the empty line begins, or `size` */
static size_t find_end(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++) {
		if (memcmp(data + i, "\r\n\r\n", 4) == 0) {
			return i;
		}
	}
	return size;
}

static void check_target(
	const uint8_t *data, const struct mcpauth__listener_request *request, unsigned status)
{
	const uint8_t *target = data + request->target;
	if (status != 200) {
		MUST(request->target == 0 && request->target_length == 0);
		return;
	}
	MUST(!request->is_head);
	MUST(request->target == 4 && target[0] == '/');
	MUST(memchr(target, ' ', request->target_length) == NULL);
	MUST(memcmp(target + request->target_length, " HTTP/1.", 8) == 0);
}

/* No part of a head is judged, and what is behind it changes nothing. */
static void check_parts(const uint8_t *data, size_t end, unsigned status)
{
	struct mcpauth__listener_request request;
	const char *bytes = (const char *)data;
	MUST(mcpauth__listener_request_read(bytes, end, PORT, &request) == 0);
	MUST(mcpauth__listener_request_read(bytes, end + 3, PORT, &request) == 0);
	MUST(mcpauth__listener_request_read(bytes, end + 4, PORT, &request) == status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__listener_request request;
	struct model model = {0};
	unsigned status = mcpauth__listener_request_read((const char *)data, size, PORT, &request);
	size_t seen = size < MCPAUTH__LISTENER_HEAD_LIMIT ? size : MCPAUTH__LISTENER_HEAD_LIMIT;
	size_t end = find_end(data, seen);
	check_target(data, &request, status);
	if (end == seen) {
		MUST(status == (seen == MCPAUTH__LISTENER_HEAD_LIMIT ? 431 : 0));
		return 0;
	}
	check_parts(data, end, status);
	char *head = fuzz_text(data, end);
	model_head(head, &model);
	MUST(status == (memchr(data, '\0', end) != NULL ? 400 : model.status));
	free(head);
	return 0;
}
