/* The admin endpoint: who may use it, and what it does. */
#define _GNU_SOURCE

#include "admin.h"

#include "forget_request.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN_MIN 16
#define TOKEN_MAX 4096
#define DIGEST_SIZE 32

/* A token may have 16 KiB. What is longer is let go by, so that its sender gets to
 * see the answer; but not without end. */
#define BODY_LIMIT ((size_t)32 << 10)
#define DISCARD_LIMIT ((size_t)1 << 20)

struct admin {
	uint8_t token_digest[DIGEST_SIZE];
	struct mcpauth_chain *chain;
};

/* A request, and what is known of its answer. */
struct request {
	unsigned status; /* 200: its body is wanted */
	const char *problem;
	char *body;
	size_t length;
	size_t seen;
};

struct authorization {
	const char *value;
	unsigned count;
};

static bool digest_text(const char *text, size_t length, uint8_t made[DIGEST_SIZE])
{
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, text, length, made) == 0;
}

static size_t length_of_line(const char *text, size_t length)
{
	if (length > 0 && text[length - 1] == '\n') {
		length--;
	}
	return length > 0 && text[length - 1] == '\r' ? length - 1 : length;
}

/* Only the digest is kept: with it nobody gets in. */
static bool digest_file(const char *file, uint8_t made[DIGEST_SIZE])
{
	char text[TOKEN_MAX + 2];
	FILE *stream = fopen(file, "re");
	if (stream == NULL) {
		perror(file);
		return false;
	}
	bool done = false;
	size_t length = 0;
	/* In no buffer but the one that is wiped. */
	if (setvbuf(stream, NULL, _IONBF, 0) == 0) {
		length = length_of_line(text, fread(text, 1, sizeof text, stream));
	}
	if (ferror(stream)) {
		perror(file);
	} else if (length < TOKEN_MIN || length > TOKEN_MAX) {
		fprintf(stderr, "%s: an admin token has %d to %d bytes\n", file, TOKEN_MIN,
			TOKEN_MAX);
	} else {
		done = digest_text(text, length, made);
	}
	gnutls_memset(text, 0, sizeof text);
	return fclose(stream) == 0 && done;
}

struct admin *admin_new(const char *token_file)
{
	struct admin *admin = calloc(1, sizeof *admin);
	if (admin == NULL || !digest_file(token_file, admin->token_digest)) {
		free(admin);
		return NULL;
	}
	return admin;
}

void admin_free(struct admin *admin)
{
	free(admin);
}

void admin_set_chain(struct admin *admin, struct mcpauth_chain *chain)
{
	admin->chain = chain;
}

/* All methods: the wrong ones get their 405 here. */
enum mcpauth_code admin_add_route(struct mcpauth_chain *chain, struct mcpauth_error *err)
{
	return mcpauth_chain_publish(chain, ADMIN_PATH, NULL, err);
}

static enum MHD_Result see_header(
	void *user, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct authorization *seen = user;
	(void)kind;
	if (strcasecmp(key, MHD_HTTP_HEADER_AUTHORIZATION) == 0) {
		seen->value = value;
		seen->count++;
	}
	return MHD_YES;
}

/* Digests are of one length, so that the time tells nothing of the token either. */
static bool is_operator(const struct admin *admin, struct MHD_Connection *connection)
{
	static const char scheme[] = "Bearer ";
	struct authorization shown = {0};
	uint8_t given[DIGEST_SIZE];
	MHD_get_connection_values(connection, MHD_HEADER_KIND, see_header, &shown);
	if (shown.count != 1 || shown.value == NULL
		|| strncasecmp(shown.value, scheme, sizeof scheme - 1) != 0) {
		return false;
	}
	const char *token = shown.value + sizeof scheme - 1;
	return digest_text(token, strlen(token), given)
		&& gnutls_memcmp(given, admin->token_digest, sizeof given) == 0;
}

static void refuse(struct request *request, unsigned status, const char *problem)
{
	request->status = status;
	request->problem = problem;
}

static enum MHD_Result begin(const struct admin *admin, struct MHD_Connection *connection,
	const char *method, void **con_cls)
{
	struct request *request = calloc(1, sizeof *request);
	if (request == NULL) {
		return MHD_NO;
	}
	*con_cls = request;
	request->status = MHD_HTTP_OK;
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0) {
		refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "send POST");
		return MHD_YES;
	}
	if (!is_operator(admin, connection)) {
		refuse(request, MHD_HTTP_UNAUTHORIZED, "this is for the operator");
		return MHD_YES;
	}
	request->body = malloc(BODY_LIMIT);
	return request->body != NULL ? MHD_YES : MHD_NO;
}

static enum MHD_Result collect(struct request *request, const char *data, size_t *size)
{
	size_t given = *size;
	*size = 0;
	request->seen += given;
	if (request->status == MHD_HTTP_OK && given > BODY_LIMIT - request->length) {
		refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "a body may have 32 KiB");
	}
	if (request->status == MHD_HTTP_OK) {
		memcpy(request->body + request->length, data, given);
		request->length += given;
	}
	return request->seen > DISCARD_LIMIT ? MHD_NO : MHD_YES;
}

/* In the object whose rules are in force: a reload makes another one. */
static size_t forget(const struct admin *admin, const struct forget_request *what)
{
	struct mcpauth *auth = mcpauth_chain_auth(admin->chain);
	size_t count;
	if (what->token != NULL) {
		count = mcpauth_forget_token(auth, what->token);
	} else if (what->subject != NULL) {
		count = mcpauth_forget_subject(auth, what->issuer, what->subject);
	} else {
		count = mcpauth_forget_session(auth, what->issuer, what->session);
	}
	mcpauth_free(auth);
	return count;
}

/* Of this and the next one: caller frees with free(); NULL without memory. */
static char *problem_text(const struct request *request)
{
	const char *name = request->status == MHD_HTTP_UNAUTHORIZED ? "invalid_token"
								    : "invalid_request";
	char *text;
	int length = asprintf(
		&text, "{\"error\":\"%s\",\"error_description\":\"%s\"}", name, request->problem);
	return length < 0 ? NULL : text;
}

static char *count_text(size_t count)
{
	char *text;
	return asprintf(&text, "{\"forgotten\":%zu}", count) < 0 ? NULL : text;
}

/* @return how many memories were dropped; 0 also if the body does not say whose */
static size_t carry_out(const struct admin *admin, struct request *request)
{
	struct forget_request what;
	const char *problem = forget_request_read(request->body, request->length, &what);
	size_t count = 0;
	if (problem != NULL) {
		refuse(request, MHD_HTTP_BAD_REQUEST, problem);
	} else {
		count = forget(admin, &what);
	}
	forget_request_finish(&what);
	return count;
}

static char *answer(const struct admin *admin, struct request *request)
{
	size_t count = request->status == MHD_HTTP_OK ? carry_out(admin, request) : 0;
	return request->status == MHD_HTTP_OK ? count_text(count) : problem_text(request);
}

static bool add_headers(struct MHD_Response *response, unsigned status)
{
	bool done = MHD_add_response_header(response, "Content-Type", "application/json") == MHD_YES
		&& MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
		done = done && MHD_add_response_header(response, "Allow", "POST") == MHD_YES;
	}
	if (status == MHD_HTTP_UNAUTHORIZED) {
		done = done
			&& MHD_add_response_header(
				   response, "WWW-Authenticate", "Bearer realm=\"admin\"")
				== MHD_YES;
	}
	return done;
}

static enum MHD_Result send_answer(
	const struct admin *admin, struct MHD_Connection *connection, struct request *request)
{
	char *text = answer(admin, request);
	struct MHD_Response *response = text == NULL
		? NULL
		: MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	enum MHD_Result result = MHD_NO;
	if (add_headers(response, request->status)) {
		result = mcpauth_mhd_queue_response(connection, request->status, response);
	}
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result admin_handle(void *admin, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	struct request *request = *con_cls;
	(void)url;
	(void)version;
	if (request == NULL) {
		return begin(admin, connection, method, con_cls);
	}
	if (*upload_data_size > 0) {
		return collect(request, upload_data, upload_data_size);
	}
	return send_answer(admin, connection, request);
}

void admin_completed(void *unused, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode why)
{
	struct request *request = *con_cls;
	(void)unused;
	(void)connection;
	(void)why;
	if (request == NULL) {
		return;
	}
	if (request->body != NULL) {
		gnutls_memset(request->body, 0, request->length);
	}
	free(request->body);
	free(request);
	*con_cls = NULL;
}
