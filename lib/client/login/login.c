/* A login: started, waited for, and ended by whoever brings the redirect first. */
#include "client/login/login_int.h"

#include "base/clock.h"
#include "base/error_int.h"
#include "base/wipe.h"
#include "client/login/browser.h"
#include "client/login/listener_socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mcpauth_login {
	atomic_uint refs;
	struct mcpauth__authorization_request request;
	struct mcpauth__listener *listener; /* NULL: none, or it is over */
	mcpauth_login_fn start;
	void *user;
	unsigned seconds;
	int ends[2];          /* a pipe that is readable once it is over */
	pthread_mutex_t lock; /* for what follows */
	bool is_over;
	struct mcpauth_error outcome;
	struct mcpauth_error astray; /* why what came last was no answer */
	char *code;
};

static bool open_pipe(struct mcpauth_login *login)
{
	return pipe(login->ends) == 0 && mcpauth__descriptor_prepare(login->ends[0])
		&& mcpauth__descriptor_prepare(login->ends[1]);
}

enum mcpauth_code mcpauth__login_new(const struct mcpauth__login_parts *parts,
	struct mcpauth_login **login, struct mcpauth_error *err)
{
	*login = NULL;
	struct mcpauth_login *made = calloc(1, sizeof *made);
	if (made == NULL) {
		mcpauth__listener_free(parts->listener);
		mcpauth__authorization_request_finish(parts->request);
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	pthread_mutex_init(&made->lock, NULL);
	made->request = *parts->request;
	*parts->request = (struct mcpauth__authorization_request){0};
	made->listener = parts->listener;
	made->start = parts->start;
	made->user = parts->user;
	made->seconds = parts->seconds;
	made->ends[0] = made->ends[1] = -1;
	if (!open_pipe(made)) {
		mcpauth_login_free(made);
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "the system refuses a pipe");
	}
	*login = made;
	return MCPAUTH_OK;
}

struct mcpauth_login *mcpauth_login_ref(struct mcpauth_login *login)
{
	atomic_fetch_add_explicit(&login->refs, 1, memory_order_relaxed);
	return login;
}

static void close_end(int fd)
{
	if (fd >= 0) {
		close(fd);
	}
}

void mcpauth_login_free(struct mcpauth_login *login)
{
	if (login == NULL || atomic_fetch_sub_explicit(&login->refs, 1, memory_order_acq_rel) > 1) {
		return;
	}
	if (login->code != NULL) {
		mcpauth__wipe(login->code, strlen(login->code));
	}
	free(login->code);
	mcpauth__listener_free(login->listener);
	mcpauth__authorization_request_finish(&login->request);
	close_end(login->ends[0]);
	close_end(login->ends[1]);
	pthread_mutex_destroy(&login->lock);
	free(login);
}

const char *mcpauth_login_url(const struct mcpauth_login *login)
{
	return login->request.url;
}

const char *mcpauth_login_redirect_uri(const struct mcpauth_login *login)
{
	return login->request.redirect_uri;
}

const char *mcpauth__login_code(const struct mcpauth_login *login)
{
	return login->code;
}

const char *mcpauth__login_verifier(const struct mcpauth_login *login)
{
	return login->request.verifier;
}

enum mcpauth_code mcpauth_login_open_browser(struct mcpauth_login *login, struct mcpauth_error *err)
{
	return mcpauth__browser_open(login->request.url, err);
}

/* With the lock. What came first stays. */
static void settle(struct mcpauth_login *login, enum mcpauth_code code, const char *message)
{
	if (login->is_over) {
		return;
	}
	login->is_over = true;
	mcpauth__fail_as(&login->outcome, code, message);
	while (write(login->ends[1], "", 1) < 0 && errno == EINTR) {
	}
}

/* With the lock, and only while it is not over. */
static enum mcpauth_code take(
	struct mcpauth_login *login, const char *url, struct mcpauth_error *why)
{
	char *code;
	enum mcpauth_code result = mcpauth__redirect_read(&login->request, url, &code, why);
	if (result == MCPAUTH_E_REDIRECT) {
		login->astray = *why;
	} else if (result != MCPAUTH_E_NO_MEMORY) {
		login->code = code;
		settle(login, result, why->message);
	}
	return result;
}

enum mcpauth_code mcpauth_login_redirected(
	struct mcpauth_login *login, const char *url, struct mcpauth_error *err)
{
	struct mcpauth_error why = {0};
	enum mcpauth_code code = MCPAUTH_E_CANCELLED;
	pthread_mutex_lock(&login->lock);
	if (login->is_over) {
		mcpauth__fail_as(&why, code, "the login is over");
	} else {
		code = take(login, url, &why);
	}
	pthread_mutex_unlock(&login->lock);
	switch (code) {
	case MCPAUTH_E_CANCELLED:
	case MCPAUTH_E_NO_MEMORY:
	case MCPAUTH_E_REDIRECT:
		return mcpauth__fail_as(err, code, why.message);
	default:
		return MCPAUTH_OK;
	}
}

void mcpauth_login_cancel(struct mcpauth_login *login)
{
	pthread_mutex_lock(&login->lock);
	settle(login, MCPAUTH_E_LOGIN_ABANDONED, "the login was given up");
	pthread_mutex_unlock(&login->lock);
}

/* The page says what the login came to, also if somebody else was just faster. */
static enum mcpauth_code judge(const char *target, void *user)
{
	struct mcpauth_login *login = user;
	struct mcpauth_error why = {0};
	pthread_mutex_lock(&login->lock);
	enum mcpauth_code code = login->is_over ? login->outcome.code : take(login, target, &why);
	pthread_mutex_unlock(&login->lock);
	return code;
}

/* A program's callback can return anything, also what would be no end of the login. */
static enum mcpauth_code begin(struct mcpauth_login *login, struct mcpauth_error *why)
{
	enum mcpauth_code code = login->start != NULL ? login->start(login, why, login->user)
						      : mcpauth_login_open_browser(login, why);
	if (code == MCPAUTH_PENDING || code == MCPAUTH_RETRY) {
		return mcpauth__fail(why, MCPAUTH_E_INVALID_ARGUMENT,
			"the login callback returned %s", mcpauth_code_name(code));
	}
	if (code != MCPAUTH_OK && *why->message == '\0') {
		mcpauth__fail(why, code, "the program could not begin the login");
	}
	mcpauth__make_printable(why->message);
	return code;
}

static int64_t now_ms(void)
{
	return mcpauth__clock_monotonic(&(struct mcpauth__clock){0});
}

/* Without a listener. As mcpauth__listener_run(). */
static enum mcpauth_code wait_for_end(const struct mcpauth_login *login, int64_t deadline)
{
	for (;;) {
		struct pollfd polled = {.fd = login->ends[0], .events = POLLIN};
		int64_t left = deadline - now_ms();
		int ready = poll(&polled, 1, left < 0 ? 0 : (int)(left < 60000 ? left : 60000));
		if (ready > 0) {
			return MCPAUTH_PENDING;
		}
		if (ready < 0 && errno != EINTR) {
			return MCPAUTH_E_SYSTEM;
		}
		if (now_ms() >= deadline) {
			return MCPAUTH_E_LOGIN_ABANDONED;
		}
	}
}

static void explain(
	const struct mcpauth_login *login, enum mcpauth_code code, struct mcpauth_error *why)
{
	bool was_astray = *login->astray.message != '\0';
	switch (code) {
	case MCPAUTH_E_LOGIN_ABANDONED:
		mcpauth__fail(why, code, "nobody came back from the login in %u seconds%s%s",
			login->seconds, was_astray ? "; what came last: " : "",
			was_astray ? login->astray.message : "");
		break;
	case MCPAUTH_E_NO_MEMORY:
		mcpauth__no_memory(why);
		break;
	default:
		mcpauth__fail(why, code, "the system refuses to wait for the redirect");
		break;
	}
}

static enum mcpauth_code wait_with(struct mcpauth_login *login, int64_t deadline)
{
	return login->listener != NULL
		? mcpauth__listener_run(login->listener, login->ends[0], deadline, judge, login)
		: wait_for_end(login, deadline);
}

enum mcpauth_code mcpauth__login_run(struct mcpauth_login *login, struct mcpauth_error *err)
{
	int64_t deadline = now_ms() + (int64_t)login->seconds * 1000;
	struct mcpauth_error why = {0};
	enum mcpauth_code code = begin(login, &why);
	bool has_begun = code == MCPAUTH_OK;
	if (has_begun) {
		code = wait_with(login, deadline);
	}
	pthread_mutex_lock(&login->lock);
	if (!login->is_over) {
		if (has_begun) {
			explain(login, code, &why);
		}
		settle(login, code, why.message);
	}
	struct mcpauth_error outcome = login->outcome;
	pthread_mutex_unlock(&login->lock);
	mcpauth__listener_free(login->listener);
	login->listener = NULL;
	return outcome.code == MCPAUTH_OK ? MCPAUTH_OK
					  : mcpauth__fail_as(err, outcome.code, outcome.message);
}
