/* JSON of a token: header and claims, read strictly, with the check for names
 * that occur twice. */
#include "bench.h"
#include "subject.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"k0\"}";

/* Many short members, as long as the usual claims: what looking for names that
 * occur twice costs. */
static char *many_members(size_t size)
{
	char *text = malloc(size + 1);
	size_t used = 1;
	bench_need(text != NULL, "out of memory");
	text[0] = '{';
	for (unsigned i = 0; used + 16 < size; i++) {
		used += (size_t)snprintf(
			text + used, size + 1 - used, "\"member%04u\":%u,", i, i % 10);
	}
	memset(text + used, ' ', size - used);
	text[used - 1] = '}';
	text[size] = '\0';
	return text;
}

static void parse(uint64_t times, void *user)
{
	const char *text = user;
	const struct mcpauth__json_text claims = {text, strlen(text), true};
	for (uint64_t i = 0; i < times; i++) {
		cJSON *json;
		struct mcpauth__arena arena = {0};
		bench_need(mcpauth__arena_reserve(&arena, MCPAUTH__JSON_ROOM(claims.length)),
			"out of memory");
		bench_need(
			mcpauth__json_read(&arena, &claims, &json, NULL) == MCPAUTH_OK, "parsing");
		bench_keep(json);
		mcpauth__arena_finish(&arena);
	}
}

int main(int argc, char **argv)
{
	static const struct subject subject = {
		.issuer = "https://as.example.com", .resource = "https://api.example.com/mcp"};
	static const struct subject_claims usual;
	static const struct subject_claims large = {.size = 4096};
	struct bench bench;
	bench_init(&bench, argc, argv);
	char *texts[] = {
		subject_payload(&subject, &usual, 1),
		subject_payload(&subject, &large, 1),
		many_members(565),
		many_members(4096),
	};
	const struct bench_case *first = bench_time(&bench, "claims, 565 bytes", parse, texts[0]);
	bench_time(&bench, "header, 42 bytes", parse, (void *)header)->over = first;
	bench_time(&bench, "claims, 4096 bytes", parse, texts[1])->over = first;
	bench_time(&bench, "many members, 565 bytes", parse, texts[2])->over = first;
	bench_time(&bench, "many members, 4096 bytes", parse, texts[3])->over = first;
	int status = bench_finish(&bench);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		free(texts[i]);
	}
	return status;
}
