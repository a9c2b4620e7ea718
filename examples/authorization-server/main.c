/* A demo OAuth 2.1 authorization server: starts, serves, stops. */
#define _GNU_SOURCE

#include "../serve.h"
#include "client_assertion.h"
#include "http.h"
#include "logout.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char banner[] =
	"************************************************************************\n"
	"**                                                                    **\n"
	"**   DEMO AUTHORIZATION SERVER: FOR TRYING THINGS OUT, NOTHING ELSE   **\n"
	"**   Known passwords, all in memory, new keys at every start.         **\n"
	"**                                                                    **\n"
	"************************************************************************\n";

static void name_issuer(struct server *server, uint16_t port)
{
	if (server->settings.issuer != NULL) {
		server->issuer = text_copy(server->settings.issuer);
	} else if (asprintf(&server->issuer, "http://127.0.0.1:%u", (unsigned)port) < 0) {
		must(NULL);
	}
	server->base = text_copy(server->issuer);
	size_t length = strlen(server->base);
	if (server->base[length - 1] == '/') {
		server->base[length - 1] = '\0';
	}
	const char *authority = strstr(server->base, "://") + 3;
	server->base_path = authority + strcspn(authority, "/");
}

static int serve(struct server *server)
{
	uint16_t port;
	int fd = serve_listen(server->settings.port, &port);
	if (fd < 0) {
		return 1;
	}
	name_issuer(server, port);
	server->keys = keys_new(server->settings.algorithm);
	if (server->keys == NULL) {
		fputs("authorization-server: could not make a key\n", stderr);
		close(fd);
		return 1;
	}
	server->logouts = logouts_start();
	struct MHD_Daemon *daemon = server->logouts == NULL ? NULL : http_start(server, fd);
	if (daemon == NULL) {
		fputs("authorization-server: could not start the HTTP server\n", stderr);
		return 1;
	}
	fputs(banner, stderr);
	serve_announce(port);
	serve_until_stopped(NULL, NULL);
	http_stop(daemon);
	logouts_stop(server->logouts);
	return 0;
}

int main(int argc, char **argv)
{
	struct server server = {.lock = PTHREAD_MUTEX_INITIALIZER};
	settings_read(&server.settings, argc, argv);
	serve_prepare();
	serve_raise_descriptor_limit();
	if (gnutls_global_init() != 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		fputs("authorization-server: could not start GnuTLS or libcurl\n", stderr);
		return 1;
	}
	server.store = store_new();
	server.assertions = assertions_new();
	int status = serve(&server);
	store_free(server.store);
	assertions_free(server.assertions);
	keys_free(server.keys);
	free(server.issuer);
	free(server.base);
	settings_finish(&server.settings);
	curl_global_cleanup();
	gnutls_global_deinit();
	return status;
}
