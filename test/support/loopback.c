/* A web server that says what a test has written down for it. */
#include "support/loopback.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 4096
#define BODY_MAX 32768
#define CONNECTION_MAX 256

struct connection {
	struct loopback *loopback;
	pthread_t thread;
	int fd;
	gnutls_session_t session; /* NULL without TLS */
	char head[HEAD_MAX];
	char body[BODY_MAX];
};

struct loopback {
	const struct loopback_page *pages;
	size_t count;
	int listener;
	unsigned port;
	pthread_t thread;
	gnutls_certificate_credentials_t credentials; /* NULL without TLS */
	gnutls_datum_t ticket_key;
	const char *priorities; /* NULL: GnuTLS's own */
	char ca_file[64];

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t released;
	bool is_released;
	bool stopping;
	unsigned requests;
	unsigned resumptions;
	char last[HEAD_MAX];
	char last_body[BODY_MAX];
	struct connection *connections[CONNECTION_MAX];
	unsigned connected;
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static bool send_bytes(struct connection *connection, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = connection->session != NULL
			? gnutls_record_send(connection->session, data, length)
			: send(connection->fd, data, length, MSG_NOSIGNAL);
		if (sent <= 0) {
			return false;
		}
		data += sent;
		length -= (size_t)sent;
	}
	return true;
}

static ssize_t receive(struct connection *connection, char *at, size_t size)
{
	return connection->session != NULL ? gnutls_record_recv(connection->session, at, size)
					   : recv(connection->fd, at, size, 0);
}

static bool read_body(struct connection *connection)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *header = strstr(connection->head, name);
	size_t left = header != NULL ? strtoul(header + sizeof name - 1, NULL, 10) : 0;
	char *at = connection->body;
	need(left < sizeof connection->body, "reading a body");
	while (left > 0) {
		ssize_t got = receive(connection, at, left);
		if (got <= 0) {
			return false;
		}
		at += got;
		left -= (size_t)got;
	}
	*at = '\0';
	return true;
}

static bool read_head(struct connection *connection)
{
	size_t length = 0;
	while (length + 1 < sizeof connection->head) {
		char *at = connection->head + length;
		ssize_t got = receive(connection, at, 1);
		if (got <= 0) {
			return false;
		}
		length++;
		connection->head[length] = '\0';
		if (length >= 4 && strcmp(at - 3, "\r\n\r\n") == 0) {
			return true;
		}
	}
	return false;
}

static const struct loopback_page *find_page(struct connection *connection)
{
	static const struct loopback_page missing = {.status = 404, .body = "not here"};
	const struct loopback *loopback = connection->loopback;
	const char *path = strchr(connection->head, ' ') + 1;
	size_t length = strcspn(path, " ?");
	for (size_t i = 0; i < loopback->count; i++) {
		const char *own = loopback->pages[i].path;
		if (strlen(own) == length && memcmp(own, path, length) == 0) {
			return &loopback->pages[i];
		}
	}
	return &missing;
}

static void note_request(struct connection *connection)
{
	struct loopback *loopback = connection->loopback;
	pthread_mutex_lock(&loopback->lock);
	loopback->requests++;
	memcpy(loopback->last, connection->head, sizeof loopback->last);
	memcpy(loopback->last_body, connection->body, sizeof loopback->last_body);
	pthread_mutex_unlock(&loopback->lock);
}

static bool is_stopping(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	bool stopping = loopback->stopping;
	pthread_mutex_unlock(&loopback->lock);
	return stopping;
}

static void await_release(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	while (!loopback->is_released && !loopback->stopping) {
		pthread_cond_wait(&loopback->released, &loopback->lock);
	}
	pthread_mutex_unlock(&loopback->lock);
}

static bool send_page_head(
	struct connection *connection, const struct loopback_page *page, size_t length)
{
	char head[HEAD_MAX];
	char framing[64] = "Transfer-Encoding: chunked\r\n";
	if (!page->chunked) {
		snprintf(framing, sizeof framing, "Content-Length: %zu\r\n", length);
	}
	snprintf(head, sizeof head, "HTTP/1.1 %u Scripted\r\n%s%s\r\n", page->status,
		page->headers != NULL ? page->headers : "", framing);
	return send_bytes(connection, head, strlen(head));
}

static bool send_chunk(struct connection *connection, const char *text, size_t length)
{
	char size[32];
	snprintf(size, sizeof size, "%zx\r\n", length);
	return send_bytes(connection, size, strlen(size)) && send_bytes(connection, text, length)
		&& send_bytes(connection, "\r\n", 2);
}

static bool send_piece(struct connection *connection, const struct loopback_page *page,
	const char *text, size_t length)
{
	return page->chunked ? send_chunk(connection, text, length)
			     : send_bytes(connection, text, length);
}

/* Several in one piece, of a KiB at most: a megabyte by sixteen bytes takes its time. */
static bool send_repeated(
	struct connection *connection, const struct loopback_page *page, const char *body)
{
	char block[1024];
	size_t length = strlen(body);
	size_t filled = 0;
	bool good = true;
	need(length <= sizeof block, "a body to repeat");
	for (size_t left = page->repeat; good && left > 0; left--) {
		memcpy(block + filled, body, length);
		filled += length;
		if (left == 1 || filled + length > sizeof block) {
			good = send_piece(connection, page, block, filled);
			filled = 0;
		}
	}
	return good;
}

static bool send_body(
	struct connection *connection, const struct loopback_page *page, const char *body)
{
	if (*body == '\0') {
		return true; /* an empty chunk would be the last one */
	}
	return page->repeat > 1 ? send_repeated(connection, page, body)
				: send_piece(connection, page, body, strlen(body));
}

static bool send_page(struct connection *connection, const struct loopback_page *page)
{
	const char *body = page->body != NULL ? page->body : "";
	size_t repeat = page->repeat > 0 ? page->repeat : 1;
	return send_page_head(connection, page, strlen(body) * repeat)
		&& send_body(connection, page, body)
		&& (!page->chunked || send_bytes(connection, "0\r\n\r\n", 5));
}

static void drip(struct connection *connection, const struct loopback_page *page)
{
	bool good = send_page_head(connection, page, 50000);
	while (good && !is_stopping(connection->loopback)) {
		good = send_bytes(connection, "x", 1);
		nanosleep(&(struct timespec){0, 20000000}, NULL);
	}
}

static void reset(struct connection *connection)
{
	struct linger at_once = {.l_onoff = 1};
	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void cut(struct connection *connection, const struct loopback_page *page)
{
	if (send_page_head(connection, page, 2 * strlen(page->body))) {
		send_bytes(connection, page->body, strlen(page->body));
	}
}

/* @return whether the connection goes on */
static bool answer(struct connection *connection)
{
	const struct loopback_page *page = find_page(connection);
	note_request(connection);
	switch (page->manner) {
	case LOOPBACK_HELD:
		await_release(connection->loopback);
		return send_page(connection, page);
	case LOOPBACK_DRIPPING:
		drip(connection, page);
		return false;
	case LOOPBACK_RESET:
		reset(connection);
		return false;
	case LOOPBACK_RAW:
		send_bytes(connection, page->body, strlen(page->body));
		return false;
	case LOOPBACK_CUT:
		cut(connection, page);
		return false;
	case LOOPBACK_PLAIN:
		break;
	}
	return send_page(connection, page);
}

static bool shake_hands(struct connection *connection)
{
	int result;
	if (connection->loopback->credentials == NULL) {
		return true;
	}
	need(gnutls_init(&connection->session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL) == 0, "TLS");
	if (connection->loopback->priorities == NULL) {
		gnutls_set_default_priority(connection->session);
	} else {
		need(gnutls_priority_set_direct(
			     connection->session, connection->loopback->priorities, NULL)
				== 0,
			"priorities");
	}
	gnutls_credentials_set(
		connection->session, GNUTLS_CRD_CERTIFICATE, connection->loopback->credentials);
	need(gnutls_session_ticket_enable_server(
		     connection->session, &connection->loopback->ticket_key)
			== 0,
		"tickets");
	gnutls_transport_set_int(connection->session, connection->fd);
	do {
		result = gnutls_handshake(connection->session);
	} while (result < 0 && !gnutls_error_is_fatal(result));
	pthread_mutex_lock(&connection->loopback->lock);
	connection->loopback->resumptions += gnutls_session_is_resumed(connection->session) != 0
		? 1
		: 0;
	pthread_mutex_unlock(&connection->loopback->lock);
	return result == 0;
}

/* Closed and marked under one lock: loopback_free() shuts none down whose number is
 * somebody else's by then. */
static void *serve(void *argument)
{
	struct connection *connection = argument;
	bool open = shake_hands(connection);
	while (open && read_head(connection) && read_body(connection)) {
		open = answer(connection);
	}
	pthread_mutex_lock(&connection->loopback->lock);
	close(connection->fd);
	connection->fd = -1;
	pthread_mutex_unlock(&connection->loopback->lock);
	if (connection->session != NULL) {
		gnutls_deinit(connection->session);
	}
	return NULL;
}

static void welcome(struct loopback *loopback, int fd)
{
	pthread_mutex_lock(&loopback->lock);
	if (loopback->stopping || loopback->connected == CONNECTION_MAX) {
		close(fd);
	} else {
		struct connection *connection = calloc(1, sizeof *connection);
		need(connection != NULL, "calloc");
		connection->loopback = loopback;
		connection->fd = fd;
		need(pthread_create(&connection->thread, NULL, serve, connection) == 0,
			"pthread_create");
		loopback->connections[loopback->connected++] = connection;
	}
	pthread_mutex_unlock(&loopback->lock);
}

static void *listen_on(void *argument)
{
	struct loopback *loopback = argument;
	int fd;
	int on = 1;
	while ((fd = accept(loopback->listener, NULL, NULL)) >= 0) {
		/* Or a body waits 40 ms behind its head. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		welcome(loopback, fd);
	}
	return NULL;
}

static void open_listener(struct loopback *loopback)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	loopback->listener = socket(AF_INET, SOCK_STREAM, 0);
	need(loopback->listener >= 0, "socket");
	need(bind(loopback->listener, (struct sockaddr *)&address, length) == 0, "bind");
	need(listen(loopback->listener, 128) == 0, "listen");
	need(getsockname(loopback->listener, (struct sockaddr *)&address, &length) == 0,
		"getsockname");
	loopback->port = ntohs(address.sin_port);
}

static struct loopback *start(struct loopback *loopback)
{
	pthread_mutex_init(&loopback->lock, NULL);
	pthread_cond_init(&loopback->released, NULL);
	if (loopback->credentials != NULL) {
		need(gnutls_session_ticket_key_generate(&loopback->ticket_key) == 0, "ticket key");
	}
	open_listener(loopback);
	need(pthread_create(&loopback->thread, NULL, listen_on, loopback) == 0, "pthread_create");
	return loopback;
}

struct loopback *loopback_new(const struct loopback_page *pages, size_t count)
{
	struct loopback *loopback = calloc(1, sizeof *loopback);
	need(loopback != NULL, "calloc");
	loopback->pages = pages;
	loopback->count = count;
	return start(loopback);
}

/* A certificate that vouches for itself. */
static void sign(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	static const char *const names[] = {"localhost", "own.test"};
	static const char common_name[] = "loopback";
	time_t now = time(NULL);
	gnutls_x509_crt_set_version(certificate, 3);
	gnutls_x509_crt_set_serial(certificate, "\1", 1);
	gnutls_x509_crt_set_activation_time(certificate, now - 3600);
	gnutls_x509_crt_set_expiration_time(certificate, now + 3600);
	gnutls_x509_crt_set_dn_by_oid(
		certificate, GNUTLS_OID_X520_COMMON_NAME, 0, common_name, sizeof common_name - 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, names[i],
			(unsigned)strlen(names[i]), GNUTLS_FSAN_APPEND);
	}
	gnutls_x509_crt_set_basic_constraints(certificate, 1, 0);
	gnutls_x509_crt_set_key(certificate, key);
	need(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) == 0,
		"certificate");
}

static void write_ca_file(struct loopback *loopback, gnutls_x509_crt_t certificate)
{
	gnutls_datum_t pem;
	const char *folder = getenv("TMPDIR");
	bool usable = folder != NULL && strlen(folder) < sizeof loopback->ca_file / 2;
	snprintf(loopback->ca_file, sizeof loopback->ca_file, "%s/loopback-ca-XXXXXX",
		usable ? folder : "/tmp");
	int fd = mkstemp(loopback->ca_file);
	need(fd >= 0, "mkstemp");
	need(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem) == 0, "export");
	need(write(fd, pem.data, pem.size) == (ssize_t)pem.size, "write");
	close(fd);
	gnutls_free(pem.data);
}

struct loopback *loopback_new_tls(const struct loopback_page *pages, size_t count)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
	struct loopback *loopback = calloc(1, sizeof *loopback);
	need(loopback != NULL, "calloc");
	loopback->pages = pages;
	loopback->count = count;
	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&certificate);
	need(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
		     0) == 0,
		"key");
	sign(certificate, key);
	write_ca_file(loopback, certificate);
	gnutls_certificate_allocate_credentials(&loopback->credentials);
	need(gnutls_certificate_set_x509_key(loopback->credentials, &certificate, 1, key) == 0,
		"credentials");
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
	return start(loopback);
}

/* As it is: gnutls_certificate_set_x509_key() would put the chain in order and
 * leave out what is not in it. */
static void set_identity(struct loopback *loopback, const struct loopback_identity *identity)
{
	gnutls_pcert_st *chain = calloc(identity->length, sizeof *chain);
	gnutls_privkey_t key;
	need(chain != NULL && gnutls_privkey_init(&key) == 0
			&& gnutls_privkey_import_x509(
				   key, identity->key, GNUTLS_PRIVKEY_IMPORT_COPY)
				== 0,
		"a key");
	for (unsigned i = 0; i < identity->length; i++) {
		need(gnutls_pcert_import_x509(&chain[i], identity->chain[i], 0) == 0,
			"a certificate");
	}
	need(gnutls_certificate_set_key(
		     loopback->credentials, NULL, 0, chain, (int)identity->length, key)
			>= 0,
		"an identity");
	free(chain);
}

struct loopback *loopback_new_as(
	const struct loopback_page *pages, size_t count, const struct loopback_identity *identity)
{
	struct loopback *loopback = calloc(1, sizeof *loopback);
	need(loopback != NULL, "calloc");
	loopback->pages = pages;
	loopback->count = count;
	loopback->priorities = identity->priorities;
	gnutls_certificate_allocate_credentials(&loopback->credentials);
	set_identity(loopback, identity);
	return start(loopback);
}

void loopback_hang_up(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	for (unsigned i = 0; i < loopback->connected; i++) {
		if (loopback->connections[i]->fd >= 0) {
			shutdown(loopback->connections[i]->fd, SHUT_RDWR);
		}
	}
	pthread_mutex_unlock(&loopback->lock);
}

void loopback_free(struct loopback *loopback)
{
	if (loopback == NULL) {
		return;
	}
	shutdown(loopback->listener, SHUT_RDWR);
	pthread_join(loopback->thread, NULL);
	close(loopback->listener);
	pthread_mutex_lock(&loopback->lock);
	loopback->stopping = true;
	pthread_cond_broadcast(&loopback->released);
	pthread_mutex_unlock(&loopback->lock);
	loopback_hang_up(loopback);
	for (unsigned i = 0; i < loopback->connected; i++) {
		pthread_join(loopback->connections[i]->thread, NULL);
		free(loopback->connections[i]);
	}
	if (loopback->credentials != NULL) {
		gnutls_certificate_free_credentials(loopback->credentials);
		gnutls_free(loopback->ticket_key.data);
		if (*loopback->ca_file != '\0') {
			unlink(loopback->ca_file);
		}
	}
	pthread_cond_destroy(&loopback->released);
	pthread_mutex_destroy(&loopback->lock);
	free(loopback);
}

unsigned loopback_port(const struct loopback *loopback)
{
	return loopback->port;
}

const char *loopback_ca_file(const struct loopback *loopback)
{
	return loopback->ca_file;
}

unsigned loopback_connections(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	unsigned connected = loopback->connected;
	pthread_mutex_unlock(&loopback->lock);
	return connected;
}

unsigned loopback_requests(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	unsigned requests = loopback->requests;
	pthread_mutex_unlock(&loopback->lock);
	return requests;
}

unsigned loopback_resumptions(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	unsigned resumptions = loopback->resumptions;
	pthread_mutex_unlock(&loopback->lock);
	return resumptions;
}

void loopback_last_request(struct loopback *loopback, char *text, size_t size)
{
	pthread_mutex_lock(&loopback->lock);
	snprintf(text, size, "%s", loopback->last);
	pthread_mutex_unlock(&loopback->lock);
}

void loopback_last_body(struct loopback *loopback, char *text, size_t size)
{
	pthread_mutex_lock(&loopback->lock);
	snprintf(text, size, "%s", loopback->last_body);
	pthread_mutex_unlock(&loopback->lock);
}

void loopback_release(struct loopback *loopback)
{
	pthread_mutex_lock(&loopback->lock);
	loopback->is_released = true;
	pthread_cond_broadcast(&loopback->released);
	pthread_mutex_unlock(&loopback->lock);
}
