/* An MCP message: read from its body, its headers held against it, beside cJSON alone. */
#include "bench.h"

#include "mcp/message.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "2026-07-28"

static const char older[] =
	"{\"jsonrpc\":\"2.0\",\"id\":17,\"method\":\"tools/call\",\"params\":{\"name\":"
	"\"create-todo\",\"arguments\":{\"content\":\"buy milk\"}}}";

static const char usual[] =
	"{\"jsonrpc\":\"2.0\",\"id\":17,\"method\":\"tools/call\",\"params\":{\"_meta\":{"
	"\"io.modelcontextprotocol/protocolVersion\":\"" VERSION "\","
	"\"io.modelcontextprotocol/clientInfo\":{\"name\":\"client\",\"version\":\"1.0.0\"},"
	"\"io.modelcontextprotocol/clientCapabilities\":{}},\"name\":\"create-todo\","
	"\"arguments\":{\"content\":\"buy milk\"}}}";

static void read_only(uint64_t times, void *user)
{
	const char *text = user;
	size_t length = strlen(text);
	for (uint64_t i = 0; i < times; i++) {
		struct mcpauth_message *message;
		struct mcpauth__message_fault fault;
		bench_need(mcpauth__message_read(text, length, &message, &fault) == MCPAUTH_OK,
			"reading a message");
		bench_keep(message);
		mcpauth__message_free(message);
	}
}

static void read_and_compare(uint64_t times, void *user)
{
	const struct mcpauth__message_headers headers = {
		"tools/call", "create-todo", VERSION, false};
	const char *text = user;
	size_t length = strlen(text);
	for (uint64_t i = 0; i < times; i++) {
		struct mcpauth_message *message;
		struct mcpauth__message_fault fault;
		bench_need(mcpauth__message_read(text, length, &message, &fault) == MCPAUTH_OK
				&& mcpauth__message_fits_headers(message, &headers, &fault),
			"reading a message with its headers");
		bench_keep(message);
		mcpauth__message_free(message);
	}
}

static void parse(uint64_t times, void *user)
{
	const char *text = user;
	size_t length = strlen(text);
	for (uint64_t i = 0; i < times; i++) {
		cJSON *json = cJSON_ParseWithLength(text, length);
		bench_need(json != NULL, "parsing with cJSON");
		bench_keep(json);
		cJSON_Delete(json);
	}
}

/* A call whose arguments are so long a text. */
static char *call_with(size_t size)
{
	static const char before[] =
		"{\"jsonrpc\":\"2.0\",\"id\":17,\"method\":\"tools/call\",\"params\":{\"name\":"
		"\"create-todo\",\"arguments\":{\"content\":\"";
	static const char after[] = "\"}}}";
	char *text = malloc(size + sizeof before + sizeof after);
	bench_need(text != NULL, "out of memory");
	memcpy(text, before, sizeof before - 1);
	memset(text + sizeof before - 1, 'x', size);
	memcpy(text + sizeof before - 1 + size, after, sizeof after);
	return text;
}

/* As many members as may be, all beginning alike. */
static char *crowded(void)
{
	static const char before[] =
		"{\"jsonrpc\":\"2.0\",\"id\":17,\"method\":\"ping\",\"params\":{\"x\":0";
	char *text = malloc(32768);
	bench_need(text != NULL, "out of memory");
	size_t used = sizeof before - 1;
	memcpy(text, before, used);
	for (unsigned i = 1; i < 1000; i++) {
		used += (size_t)snprintf(text + used, 32, ",\"member%04u\":%u", i, i % 10);
	}
	memcpy(text + used, "}}", sizeof "}}");
	return text;
}

int main(int argc, char **argv)
{
	struct bench bench;
	bench_init(&bench, argc, argv);
	char *many = crowded();
	char *large = call_with(65536);
	const struct bench_case *first = bench_time(
		&bench, "2026-07-28, 300 bytes", read_only, (void *)usual);
	bench_time(&bench, "and its headers", read_and_compare, (void *)usual)->over = first;
	bench_time(&bench, "the same by cJSON alone", parse, (void *)usual)->over = first;
	bench_time(&bench, "older, 114 bytes", read_only, (void *)older)->over = first;
	bench_time(&bench, "64 KiB of arguments", read_only, large)->over = first;
	bench_time(&bench, "the same by cJSON alone, 64 KiB", parse, large)->over = first;
	bench_time(&bench, "1000 members in params", read_only, many)->over = first;
	int status = bench_finish(&bench);
	free(many);
	free(large);
	return status;
}
