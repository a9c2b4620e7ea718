/* A stranger's server: a chain before a handler, which is asked once without a token. */
#include <mcpauth/mhd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **context)
{
	(void)user, (void)connection, (void)url, (void)method, (void)version, (void)data;
	(void)size, (void)context;
	return MHD_NO; /* nobody gets here */
}

static struct mcpauth_chain *new_chain(struct mcpauth *auth, struct mcpauth_error *err)
{
	struct mcpauth_chain *chain = NULL;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	resource.resource = "http://127.0.0.1/mcp";
	issuer.issuer = "https://auth.example.com";
	if (mcpauth_add_resource(auth, &resource, err) != MCPAUTH_OK
		|| mcpauth_add_issuer(auth, resource.resource, &issuer, err) != MCPAUTH_OK
		|| mcpauth_chain_new(auth, NULL, &chain, err) != MCPAUTH_OK) {
		return NULL;
	}
	if (mcpauth_chain_protect(chain, "/mcp", &policy, err) != MCPAUTH_OK) {
		mcpauth_chain_free(chain);
		return NULL;
	}
	mcpauth_chain_set_handler(chain, handle, NULL);
	return chain;
}

/* Prints the first line of the answer. */
static int ask(uint16_t port)
{
	static const char request[] = "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
				      "Connection: close\r\n\r\n";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	char answer[64] = "";
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t length = -1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0
		&& write(fd, request, sizeof request - 1) == (ssize_t)sizeof request - 1) {
		length = read(fd, answer, sizeof answer - 1);
	}
	close(fd);
	if (length <= 0) {
		return 1;
	}
	printf("%.*s\n", (int)strcspn(answer, "\r"), answer);
	return 0;
}

int main(void)
{
	struct mcpauth_error err = {.message = "no daemon"};
	struct mcpauth *auth = NULL;
	struct mcpauth_chain *chain = NULL;
	struct MHD_Daemon *daemon = NULL;
	int status = 1;
	if (mcpauth_new(NULL, &auth, &err) == MCPAUTH_OK) {
		chain = new_chain(auth, &err);
	}
	if (chain != NULL) {
		daemon = MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_POLL_INTERNAL_THREAD, 0, NULL,
			NULL, mcpauth_mhd_handler, chain, MHD_OPTION_ARRAY,
			mcpauth_mhd_options(chain), MHD_OPTION_END);
	}
	if (daemon == NULL) {
		fprintf(stderr, "%s\n", err.message);
	} else {
		status = ask(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
		while (mcpauth_chain_drain(chain, 1000) > 0) {
		}
		MHD_stop_daemon(daemon);
	}
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	return status;
}
