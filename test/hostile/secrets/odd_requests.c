/* Where a client may put a token, and what it is told. */
#include "odd_requests.h"

#include <stdio.h>
#include <string.h>

#define TOOL(name) \
	"POST /tools HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n" \
	"Content-Length: 76\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"," \
	"\"params\":{\"name\":\"" name "\"}}     "

/* A good token in all the places of a request; %s is where it stands. */
const struct odd_request odd_requests[] = {
	{200, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: bearer   %s\r\n\r\n"},
	{200, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s  \t \r\n\r\n"},
	{401,
		"GET /details HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Authorization: Bearer %s.AAAA.BBBB\r\n\r\n"},
	{401, "GET /details HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic %s\r\n\r\n"},
	{401, "GET /details HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: %s  \r\n\r\n"},
	{400,
		"GET /details HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Authorization: Bearer %s, Bearer\r\n\r\n"},
	{400,
		"GET /details HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s \r\n"
		"Authorization: Bearer other\r\n\r\n"},
	{400,
		"GET /details?a=b&access_token=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Authorization: Bearer other\r\n\r\n"},
	{401, "GET /details?access_token=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"},
	{401, "GET /details HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: access_token=%s\r\n\r\n"},
	{401,
		"POST /details HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n\r\naccess_token=%s&fill="},
};
const size_t odd_requests_count = sizeof odd_requests / sizeof *odd_requests;

/* A token in places that a log might quote. %s is where it stands. */
const struct odd_request quotable_requests[] = {
	{200, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n"},
	{401, "GET /plain?token=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"},
	{401, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic %s\r\n\r\n"},
	{401, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\ntraceparent: %s\r\n\r\n"},
	{401, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: %s\r\n\r\n"},
	{401, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: %s\r\n\r\n"},
	{200, TOOL("free")},
	{403, TOOL("dear")},
	{200, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n"},
};
const size_t quotable_requests_count = sizeof quotable_requests / sizeof *quotable_requests;

void odd_request_write(char *text, size_t size, const struct odd_request *form, const char *token)
{
	const char *hole = strstr(form->request, "%s");
	int length = snprintf(text, size, "%.*s%s%s", (int)(hole - form->request), form->request,
		token, hole + 2);
	char *body = strstr(text, "\r\n\r\n") + 4;
	if (strstr(text, "Content-Length: 400") != NULL) {
		memset(text + length, 'x', 400);
		body[400] = '\0';
	}
}
