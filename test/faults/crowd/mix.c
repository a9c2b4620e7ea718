/* A mixture of requests: what a server on the open network is asked. */
#define _GNU_SOURCE

#include "mix.h"

#include "support/daemon.h"
#include "support/test_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOT 64
#define SHARES 100
#define HOST "Host: 127.0.0.1\r\n"

/** Requests of one kind, used in turn. */
struct group {
	const char *kind;
	unsigned share; /* of SHARES */
	unsigned status;
	struct mix_request *requests;
	size_t count;
};

enum group_name {
	GROUP_HOT,
	GROUP_DISTINCT,
	GROUP_FORGED,
	GROUP_EXPIRED,
	GROUP_MALFORMED,
	GROUP_NO_TOKEN,
	GROUP_METADATA,
	GROUP_MISSING,
	GROUP_BODY,
	GROUP_REFUSED_BODY,
	GROUP_ODD,
	GROUPS
};

struct mix {
	struct group groups[GROUPS];
	unsigned char turns[SHARES]; /* groups */
	size_t odd_count;
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

/* Takes the request. */
static void put(struct group *group, char *data, size_t length)
{
	if ((group->count & (group->count - 1)) == 0) {
		size_t room = group->count > 0 ? 2 * group->count : 1;
		group->requests = reallocarray(group->requests, room, sizeof *group->requests);
		need(group->requests != NULL, "allocating");
	}
	group->requests[group->count++] = (struct mix_request){
		.data = data, .length = length, .status = group->status, .kind = group->kind};
}

static void put_text(struct group *group, const char *head, const char *token, const char *rest)
{
	char *text;
	int length = asprintf(&text, "%s%s%s%s\r\n%s", head,
		token != NULL ? "Authorization: Bearer " : "", token != NULL ? token : "",
		token != NULL ? "\r\n" : "", rest);
	need(length > 0, "allocating");
	put(group, text, (size_t)length);
}

static char *sign(const char *subject, unsigned number, long lifetime)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"%s-%u\",\"client_id\":\"c\",\"scope\":\"a b\",\"exp\":%lld}",
		subject, number, (long long)time(NULL) + lifetime);
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}

#define GET_MCP "GET /mcp HTTP/1.1\r\n" HOST

static void make_signed(struct mix *mix, size_t distinct)
{
	for (unsigned i = 0; i < distinct + HOT; i++) {
		char *token = sign("user", i, 86400);
		put_text(&mix->groups[i < HOT ? GROUP_HOT : GROUP_DISTINCT], GET_MCP, token, "");
		if (i < HOT) {
			char head[128];
			char body[4096];
			memset(body, 'x', sizeof body);
			body[16 + i * 60] = '\0';
			snprintf(head, sizeof head,
				"POST /mcp HTTP/1.1\r\n" HOST "Content-Length: %u\r\n",
				16 + i * 60);
			put_text(&mix->groups[GROUP_BODY], head, token, body);
			put_text(&mix->groups[GROUP_REFUSED_BODY], head, NULL, body);
		}
		/* One letter in the midst of the signature, whose bits all count. */
		char *letter = strrchr(token, '.') + 20;
		*letter = *letter == 'A' ? 'B' : 'A';
		put_text(&mix->groups[GROUP_FORGED], GET_MCP, token, "");
		free(token);
	}
	for (unsigned i = 0; i < HOT * 4; i++) {
		char *token = sign("late", i, -3600);
		put_text(&mix->groups[GROUP_EXPIRED], GET_MCP, token, "");
		free(token);
	}
}

static const char *const malformed[] = {"a", "a.b", "a.b.c", "a.b.c.d", "..", "....",
	"eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30",
	"eyJhbGciOiJFUzI1NiIsImFsZyI6Im5vbmUifQ.e30.AAAA", "%00", "AAAA=.AAAA.AAAA",
	"eyJhbGciOiJFUzI1NiIsImNyaXQiOlsieCJdfQ.e30.AAAA", "W10.W10.W10", "e30.e30.e30"};

static void make_tokenless(struct mix *mix)
{
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		put_text(&mix->groups[GROUP_MALFORMED], GET_MCP, malformed[i], "");
	}
	put_text(&mix->groups[GROUP_NO_TOKEN], GET_MCP, NULL, "");
	put_text(&mix->groups[GROUP_NO_TOKEN], GET_MCP "Authorization: Basic eDp5\r\n", NULL, "");
	put_text(&mix->groups[GROUP_METADATA],
		"GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\n" HOST, NULL, "");
	put_text(&mix->groups[GROUP_METADATA],
		"GET /.well-known/oauth-protected-resource HTTP/1.1\r\n" HOST, NULL, "");
	put_text(&mix->groups[GROUP_MISSING],
		"GET /.well-known/openid-configuration HTTP/1.1\r\n" HOST, NULL, "");
	put_text(&mix->groups[GROUP_MISSING],
		"GET /.well-known/a?b=c&d HTTP/1.1\r\n" HOST "X: y\r\n", NULL, "");
}

static const char *const odd_heads[] = {
	GET_MCP "Authorization: Bearer\r\n",
	GET_MCP "Authorization: Bearer a b\r\n",
	GET_MCP "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
	GET_MCP "Authorization:   bEaReR   a   \r\n",
	GET_MCP "Authorization: Bearer a,b\r\n",
	GET_MCP "Authorization: \r\nCookie: access_token=a\r\n",
	GET_MCP "Authorization: Digest username=\"\\\"\\\\\"\r\n",
	GET_MCP "Authorization: Bearer \xc3\xa9\xff\r\n",
	GET_MCP "Origin: https://evil.example\r\n",
	GET_MCP "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n",
	"GET /mcp HTTP/1.1\r\nHost: evil.example\r\n",
	"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n",
	"GET /mcp HTTP/1.1\r\n",
	"GET /mcp?access_token=a.b.c&x=%00%ff HTTP/1.1\r\n" HOST,
	"GET //mcp/../mcp%2f HTTP/1.1\r\n" HOST,
	"OPTIONS /mcp HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n",
	"DELETE /mcp HTTP/1.1\r\n" HOST,
};

static void make_odd(struct mix *mix)
{
	char long_token[9000];
	memset(long_token, 'a', sizeof long_token);
	long_token[sizeof long_token - 1] = '\0';
	for (size_t i = 0; i < sizeof odd_heads / sizeof *odd_heads; i++) {
		put_text(&mix->groups[GROUP_ODD], odd_heads[i], NULL, "");
	}
	put_text(&mix->groups[GROUP_ODD], GET_MCP, long_token, "");
}

static void read_odd(struct mix *mix, const char *name)
{
	size_t length;
	FILE *file = fopen(name, "r");
	need(file != NULL, name);
	while (fscanf(file, "%zu", &length) == 1) {
		char *data = malloc(length + 1);
		need(data != NULL && fgetc(file) == '\n', "reading odd requests");
		need(fread(data, 1, length, file) == length, "reading odd requests");
		put(&mix->groups[GROUP_ODD], data, length);
		mix->odd_count++;
	}
	fclose(file);
}

/* Kinds take turns, so that every stretch of the whole has the same mixture. */
static void deal(struct mix *mix)
{
	unsigned dealt = 0;
	for (unsigned group = 0; group < GROUPS; group++) {
		for (unsigned i = 0; i < mix->groups[group].share; i++) {
			mix->turns[dealt++ * 37 % SHARES] = (unsigned char)group;
		}
	}
	need(dealt == SHARES, "dealing");
}

struct mix *mix_new(size_t distinct, const char *odd)
{
	static const struct group groups[GROUPS] = {
		[GROUP_HOT] = {.kind = "good, known", .share = 30, .status = 200},
		[GROUP_DISTINCT] = {.kind = "good, one of many", .share = 15, .status = 200},
		[GROUP_FORGED] = {.kind = "bad signature", .share = 10, .status = 401},
		[GROUP_EXPIRED] = {.kind = "expired", .share = 8, .status = 401},
		[GROUP_MALFORMED] = {.kind = "malformed", .share = 8, .status = 0},
		[GROUP_NO_TOKEN] = {.kind = "no token", .share = 8, .status = 401},
		[GROUP_METADATA] = {.kind = "metadata", .share = 5, .status = 200},
		[GROUP_MISSING] = {.kind = "not found", .share = 3, .status = 404},
		[GROUP_BODY] = {.kind = "POST", .share = 5, .status = 200},
		[GROUP_REFUSED_BODY] = {.kind = "POST without a token", .share = 3, .status = 401},
		[GROUP_ODD] = {.kind = "odd headers", .share = 5, .status = 0},
	};
	struct mix *mix = calloc(1, sizeof *mix);
	need(mix != NULL, "allocating");
	memcpy(mix->groups, groups, sizeof groups);
	deal(mix);
	make_signed(mix, distinct);
	make_tokenless(mix);
	make_odd(mix);
	if (odd != NULL) {
		read_odd(mix, odd);
	}
	return mix;
}

void mix_free(struct mix *mix)
{
	for (unsigned group = 0; group < GROUPS; group++) {
		for (size_t i = 0; i < mix->groups[group].count; i++) {
			free((char *)mix->groups[group].requests[i].data);
		}
		free(mix->groups[group].requests);
	}
	free(mix);
}

struct mix_request mix_at(const struct mix *mix, unsigned long number)
{
	const struct group *group = &mix->groups[mix->turns[number % SHARES]];
	unsigned long turn = number / SHARES * group->share
		+ number % SHARES * group->share / SHARES;
	return group->requests[turn % group->count];
}

size_t mix_odd_count(const struct mix *mix)
{
	return mix->odd_count;
}
