/* The command line, the daemon and the application of the servers that are compared. */
#define _POSIX_C_SOURCE 200809L

#include "server.h"

#include "examples/serve.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The peers' bytes, too: a run ends if an answer differs. */
static const char body[] = "{\"notes\":[\"buy milk\",\"call Ada\"],\"next\":null}";

static const struct option known[] = {
	{"port", required_argument, NULL, 'p'},
	{"threads", required_argument, NULL, 't'},
	{"poll", no_argument, NULL, 'P'},
	{"daemon-options", no_argument, NULL, 'd'},
	{"issuer", required_argument, NULL, 'i'},
	{"resource", required_argument, NULL, 'r'},
	{"jwks", required_argument, NULL, 'j'},
	{"key", required_argument, NULL, 'k'},
	{"algorithm", required_argument, NULL, 'a'},
	{"connection-limit", required_argument, NULL, 'l'},
	{"cache-entries", required_argument, NULL, 'c'},
	{"no-cache", no_argument, NULL, 'n'},
	{NULL, 0, NULL, 0},
};

static unsigned number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || value > 10000000) {
		fprintf(stderr, "not a number that will do: %s\n", text);
		exit(2);
	}
	return (unsigned)value;
}

static void take(struct server_options *options, int name, const char *value)
{
	switch (name) {
	case 'p':
		options->port = (uint16_t)number(value);
		break;
	case 't':
		options->threads = number(value);
		break;
	case 'P':
		options->poll = true;
		break;
	case 'd':
		options->daemon_options = true;
		break;
	case 'i':
		options->issuer = value;
		break;
	case 'r':
		options->resource = value;
		break;
	case 'j':
		options->jwks = value;
		break;
	case 'k':
		options->key = value;
		break;
	case 'a':
		options->algorithm = value;
		break;
	case 'l':
		options->connection_limit = number(value);
		break;
	case 'c':
		options->cache_entries = number(value);
		break;
	case 'n':
		options->no_cache = true;
		break;
	default: /* getopt_long() has said what is wrong */
		exit(2);
	}
}

void server_parse(struct server_options *options, int argc, char **argv)
{
	int name;
	serve_prepare();
	serve_raise_descriptor_limit();
	*options = (struct server_options){.threads = 1};
	while ((name = getopt_long(argc, argv, "", known, NULL)) != -1) {
		take(options, name, optarg);
	}
	if (optind != argc) {
		fprintf(stderr, "%s: what is %s?\n", argv[0], argv[optind]);
		exit(2);
	}
}

char *server_read_file(const char *path)
{
	size_t room = 16384;
	char *text = malloc(room);
	FILE *file = path != NULL ? fopen(path, "r") : NULL;
	if (file == NULL || text == NULL) {
		perror(path != NULL ? path : "--key");
		exit(2);
	}
	text[fread(text, 1, room - 1, file)] = '\0';
	fclose(file);
	return text;
}

static struct MHD_Response *must_respond(const char *text, size_t length)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		length, (void *)text, MHD_RESPMEM_PERSISTENT);
	if (response == NULL
		|| MHD_add_response_header(
			   response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json")
			!= MHD_YES) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	return response;
}

struct MHD_Response *server_response(void)
{
	return must_respond(body, sizeof body - 1);
}

struct MHD_Response *server_refusal(void)
{
	static const char text[] = "{\"error\":\"invalid_token\"}";
	struct MHD_Response *response = must_respond(text, sizeof text - 1);
	if (MHD_add_response_header(
		    response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
		!= MHD_YES) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	return response;
}

enum MHD_Result server_handle(void *response, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **con_cls)
{
	static char begun;
	(void)url;
	(void)method;
	(void)version;
	(void)data;
	/* In the first call an answer would cost the connection. */
	if (*con_cls == NULL) {
		*con_cls = &begun;
		return MHD_YES;
	}
	if (*size > 0) {
		*size = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

const char *server_token(struct MHD_Connection *connection)
{
	static const char scheme[] = "Bearer ";
	const char *value = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	if (value == NULL || strncmp(value, scheme, sizeof scheme - 1) != 0) {
		return NULL;
	}
	return value + sizeof scheme - 1;
}

static struct MHD_Daemon *start(
	const struct server_options *options, const struct server_daemon *how, int listener)
{
	struct MHD_OptionItem none = {.option = MHD_OPTION_END};
	unsigned flags = how->flags
		| (options->poll ? MHD_USE_POLL_INTERNAL_THREAD : MHD_USE_EPOLL_INTERNAL_THREAD);
	/* MHD calls a pool of one thread a mistake. */
	unsigned pool = options->threads > 1 ? options->threads : 0;
	return MHD_start_daemon(flags, 0, NULL, NULL, how->handler, how->user,
		MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_THREAD_POOL_SIZE, pool,
		MHD_OPTION_ARRAY, how->options != NULL ? how->options : &none, MHD_OPTION_END);
}

int server_run(const struct server_options *options, const struct server_daemon *how)
{
	uint16_t port;
	int listener = serve_listen(options->port, &port);
	struct MHD_Daemon *daemon = listener < 0 ? NULL : start(options, how, listener);
	if (daemon == NULL) {
		fprintf(stderr, "the HTTP server did not start\n");
		return 1;
	}
	serve_announce(port);
	serve_until_stopped(NULL, NULL);
	if (how->before_stop != NULL) {
		how->before_stop(how->user);
	}
	MHD_stop_daemon(daemon);
	return 0;
}
