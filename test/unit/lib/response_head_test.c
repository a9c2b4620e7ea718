/* What stands in front of an answer: no more of it is read than an honest server writes. */
#include "net/worker.h"

#include "base/buf.h"
#include "support/check.h"
#include "support/network.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define CLOSE "Connection: close\r\n"
#define LINE_SIZE 1024

/* A head of three parts, the middle one as often as it says. */
static const struct {
	const char *label;
	const char *start;
	const char *repeated; /* NULL: a header of 1 KiB */
	unsigned count;
	const char *end;
	enum mcpauth_code code;
	const char *reason;
} heads[] = {
	{"plain", OK_LINE, NULL, 0, "Content-Length: 4\r\n\r\ngood", MCPAUTH_OK, "200"},
	{"no head at all", "good", NULL, 0, "", MCPAUTH_E_UNREACHABLE, "protocol"},
	{"60 KiB", OK_LINE, NULL, 60, "Content-Length: 4\r\n\r\ngood", MCPAUTH_OK, "200"},
	{"70 KiB", OK_LINE, NULL, 70, "Content-Length: 4\r\n\r\ngood", MCPAUTH_E_TOO_LARGE,
		"headers"},
	{"10,000 headers", OK_LINE, "X: 012345\r\n", 10000, "Content-Length: 4\r\n\r\ngood",
		MCPAUTH_E_TOO_LARGE, "headers"},
	{"70 KiB of an error page's", "HTTP/1.1 404 No\r\n", NULL, 70,
		"Content-Length: 4\r\n\r\ngood", MCPAUTH_E_TOO_LARGE, "headers"},
	{"few hints", "", "HTTP/1.1 103 Early Hints\r\nX: 012345\r\n\r\n", 10,
		OK_LINE "Content-Length: 4\r\n\r\ngood", MCPAUTH_OK, "200"},
	{"hints without an end", "", "HTTP/1.1 103 Early Hints\r\nX: 012345\r\n\r\n", 10000,
		OK_LINE "Content-Length: 4\r\n\r\ngood", MCPAUTH_E_TOO_LARGE, "headers"},
	{"few trailers", OK_LINE "Transfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n", NULL, 10,
		"\r\n", MCPAUTH_OK, "200"},
	{"many trailers", OK_LINE "Transfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n", NULL, 70,
		"\r\n", MCPAUTH_E_TOO_LARGE, "headers"},
	{"chunked, written freely", OK_LINE "transfer-ENCODING: \t Chunked \r\n\r\n4\r\ngood\r\n",
		NULL, 0, "0\r\n\r\n", MCPAUTH_OK, "200"},
	{"packed", OK_LINE CLOSE "Transfer-Encoding: gzip\r\n\r\n", NULL, 0, "good",
		MCPAUTH_E_UNREACHABLE, "transfer coding"},
	{"packed in chunks", OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n4\r\ngood\r\n", NULL,
		0, "0\r\n\r\n", MCPAUTH_E_UNREACHABLE, "transfer coding"},
	{"packed in chunks, in two lines",
		OK_LINE
		"Transfer-Encoding: zstd\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n",
		NULL, 0, "0\r\n\r\n", MCPAUTH_E_UNREACHABLE, "transfer coding"},
	{"a name that begins alike", OK_LINE "Transfer-Encodings: gzip\r\n", NULL, 0,
		"Content-Length: 4\r\n\r\ngood", MCPAUTH_OK, "200"},
	{"another protocol", "FTP/1.0 200 OK\r\n\r\n", NULL, 0, "good", MCPAUTH_E_UNREACHABLE,
		"protocol"},
};

static void write_head(size_t i, struct mcpauth__buf *head)
{
	char line[LINE_SIZE + 1];
	memset(line, 'a', LINE_SIZE);
	memcpy(line, "X: ", 3);
	memcpy(line + LINE_SIZE - 2, "\r\n", 3);
	mcpauth__buf_puts(head, heads[i].start);
	for (unsigned n = 0; n < heads[i].count; n++) {
		mcpauth__buf_puts(head, heads[i].repeated != NULL ? heads[i].repeated : line);
	}
	assert_true(mcpauth__buf_puts(head, heads[i].end));
}

static void reads_a_head_of_moderate_size_and_known_coding(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		void *network;
		struct fetched fetched;
		struct mcpauth__buf head = {0};
		write_head(i, &head);
		struct loopback_page page = {
			.path = "/", .body = head.data, .manner = LOOPBACK_RAW};
		network_start(&network, loopback_new(&page, 1));
		network_get(network, "/", &fetched);
		CHECK_ROW(heads[i].label, fetched.code == heads[i].code);
		CHECK_ROW(heads[i].label, strstr(fetched.message, heads[i].reason) != NULL);
		CHECK_ROW(heads[i].label,
			strcmp(fetched.body, heads[i].code == MCPAUTH_OK ? "good" : "") == 0);
		network_stop(&network);
		mcpauth__buf_finish(&head);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_head_of_moderate_size_and_known_coding),
	};
	return cmocka_run_group_tests_name("response_head", tests, NULL, NULL);
}
