/* Processes that share a login and are killed at any moment: no refresh token is sent again
 * but one whose answer nobody got. */
/* For memory without a file behind it. */
#define _DEFAULT_SOURCE
#include "client/storage/token_storage_int.h"

#include "base/form.h"
#include "base/words.h"

#include "support/check.h"

#include <mcpauth/mcpauth.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 4
#define THREADS 2
#define KILLS 60
#define TOKENS 65536
#define SERVER "https://mcp.example/mcp"
#define ISSUER "https://as.example"

/* The issuer, in memory that all processes have. */
struct issuer {
	atomic_uint current; /* the refresh token that is good */
	atomic_uint refreshes;
	atomic_uint repeated; /* its answer was lost */
	atomic_uint stolen;
	atomic_uint failures;
	atomic_bool is_over;
	atomic_bool is_doomed[PROCESSES + KILLS]; /* by their numbers: is going to be killed */
	unsigned user_of[TOKENS];                 /* who sent it */
};

struct fixture {
	struct issuer *issuer;
	char folder[64];
	char path[96];
};

/* This process. */
static struct issuer *issuer;
static unsigned number;

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	*state = fixture;
	strcpy(fixture->folder, "client-XXXXXX");
	void *shared = mmap(
		NULL, sizeof *issuer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (mkdtemp(fixture->folder) == NULL || shared == MAP_FAILED) {
		return -1;
	}
	snprintf(fixture->path, sizeof fixture->path, "%s/tokens", fixture->folder);
	fixture->issuer = issuer = shared;
	atomic_store(&issuer->current, 1);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	static const char *const ends[] = {"", ".lock", ".new"};
	char path[128];
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(path, sizeof path, "%s%s", fixture->path, ends[i]);
		unlink(path);
	}
	rmdir(fixture->folder);
	munmap(fixture->issuer, sizeof *issuer);
	free(fixture);
	return 0;
}

/* What a login left. The tokens are never good for long, so that each request refreshes. */
static void keep_login(struct fixture *fixture)
{
	struct mcpauth_token_storage *storage = NULL;
	struct mcpauth__credentials kept = {
		.tokens =
			{
				.issuer = mcpauth__strdup(ISSUER),
				.client_id = mcpauth__strdup("known"),
				.access_token = mcpauth__strdup("at-1"),
				.refresh_token = mcpauth__strdup("rt-1"),
				.issued_at = 1,
				.expires_at = 1,
			},
		.server_metadata = mcpauth__strdup(
			"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"" ISSUER
			"/authorize\",\"token_endpoint\":\"" ISSUER "/token\","
			"\"response_types_supported\":[\"code\"],"
			"\"code_challenge_methods_supported\":[\"S256\"]}"),
		.server_metadata_source = mcpauth__strdup(
			ISSUER "/.well-known/oauth-authorization-server"),
	};
	CHECK_OK(mcpauth_token_storage_new_file(fixture->path, &storage, &err));
	assert_non_null(storage);
	CHECK_OK(mcpauth__token_storage_lock(storage, SERVER, &err));
	CHECK_OK(mcpauth__token_storage_save(storage, SERVER, &kept, &err));
	mcpauth__token_storage_unlock(storage, SERVER);
	mcpauth_token_storage_free(storage);
	mcpauth__credentials_finish(&kept);
}

static unsigned token_of(const char *form, size_t length)
{
	char *text = NULL;
	mcpauth__form_find(form, length, "refresh_token", &text);
	unsigned token = text != NULL && strncmp(text, "rt-", 3) == 0
		? (unsigned)strtoul(text + 3, NULL, 10)
		: 0;
	free(text);
	return token < TOKENS ? token : 0;
}

/* Theft, unless whoever sent it first died before it could keep the answer. */
static bool may_be_used(unsigned token)
{
	if (token == atomic_load(&issuer->current)) {
		return true;
	}
	bool is_lost = token != 0 && atomic_load(&issuer->is_doomed[issuer->user_of[token]]);
	atomic_fetch_add(is_lost ? &issuer->repeated : &issuer->stolen, 1);
	return is_lost;
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	size_t length;
	char body[160];
	const char *form = mcpauth_fetch_body(fetch, &length);
	unsigned token = form != NULL ? token_of(form, length) : 0;
	(void)user;
	if (strcmp(url, ISSUER "/token") != 0 || !may_be_used(token)) {
		mcpauth_fetch_answer(fetch, 400, "{\"error\":\"invalid_grant\"}", 25);
		return;
	}
	unsigned next = atomic_load(&issuer->current) + 1;
	issuer->user_of[token] = number;
	atomic_store(&issuer->current, next);
	atomic_fetch_add(&issuer->refreshes, 1);
	snprintf(body, sizeof body,
		"{\"access_token\":\"at-%u\",\"token_type\":\"Bearer\",\"expires_in\":0,"
		"\"refresh_token\":\"rt-%u\"}",
		next, next);
	mcpauth_fetch_answer(fetch, 200, body, strlen(body));
}

static bool refresh_once(struct mcpauth_client *client)
{
	struct mcpauth_client_request *request;
	if (mcpauth_client_request_new(client, "POST", NULL, &request, NULL) != MCPAUTH_OK) {
		return false;
	}
	enum mcpauth_code code = mcpauth_client_request_prepare(request, NULL);
	mcpauth_client_request_free(request);
	return code == MCPAUTH_OK;
}

static void *refresh_for_ever(void *user)
{
	while (!atomic_load(&issuer->is_over)) {
		if (!refresh_once(user)) {
			atomic_fetch_add(&issuer->failures, 1);
		}
	}
	return NULL;
}

static struct mcpauth_client *make_client(const char *path, struct mcpauth **auth)
{
	struct mcpauth_config whole = MCPAUTH_CONFIG_INIT;
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	struct mcpauth_client *client = NULL;
	whole.fetch = on_fetch;
	config.server = SERVER;
	config.client_id = "known";
	config.no_login = true;
	if (mcpauth_new(&whole, auth, NULL) == MCPAUTH_OK
		&& mcpauth_token_storage_new_file(path, &config.storage, NULL) == MCPAUTH_OK) {
		mcpauth_client_new(*auth, &config, &client, NULL);
		mcpauth_token_storage_free(config.storage);
	}
	return client;
}

/* @return does it go on as it began? */
static bool run(const char *path)
{
	pthread_t threads[THREADS];
	struct mcpauth *auth = NULL;
	struct mcpauth_client *client = make_client(path, &auth);
	bool good = client != NULL;
	int begun = 0;
	while (good && begun < THREADS) {
		good = pthread_create(&threads[begun], NULL, refresh_for_ever, client) == 0;
		begun += good ? 1 : 0;
	}
	while (begun > 0) {
		pthread_join(threads[--begun], NULL);
	}
	mcpauth_client_free(client);
	mcpauth_free(auth);
	return good;
}

static pid_t begin(const struct fixture *fixture, unsigned as)
{
	pid_t child = fork();
	if (child == 0) {
		number = as;
		alarm(100);
		_exit(run(fixture->path) ? 0 : 1);
	}
	return child;
}

/* Once somebody got something, at any moment of what comes next. */
static void kill_one(pid_t child, unsigned as)
{
	static unsigned random = 12345;
	unsigned before = atomic_load(&issuer->refreshes);
	random = random * 1103515245 + 12345;
	CHECK_SOON(atomic_load(&issuer->refreshes) > before);
	nanosleep(&(struct timespec){.tv_nsec = (random >> 8) % 6000000}, NULL);
	atomic_store(&issuer->is_doomed[as], true);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* What is kept is good: each request refreshes once. */
static void check_usable(const struct fixture *fixture)
{
	struct mcpauth *auth = NULL;
	unsigned before = atomic_load(&issuer->refreshes);
	number = 0;
	struct mcpauth_client *client = make_client(fixture->path, &auth);
	assert_non_null(client);
	assert_true(refresh_once(client));
	assert_true(refresh_once(client));
	assert_int_equal(atomic_load(&issuer->refreshes), before + 2);
	mcpauth_client_free(client);
	mcpauth_free(auth);
}

static void no_refresh_token_is_sent_again(void **state)
{
	struct fixture *fixture = *state;
	pid_t children[PROCESSES];
	unsigned numbers[PROCESSES];
	unsigned begun = 0;
	keep_login(fixture);
	for (; begun < PROCESSES; begun++) {
		numbers[begun] = begun;
		children[begun] = begin(fixture, begun);
		assert_true(children[begun] > 0);
	}
	for (unsigned i = 0; i < KILLS; i++) {
		unsigned at = i % PROCESSES;
		kill_one(children[at], numbers[at]);
		numbers[at] = begun++;
		children[at] = begin(fixture, numbers[at]);
		assert_true(children[at] > 0);
	}
	atomic_store(&issuer->is_over, true);
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	print_message("# refreshes %u, again %u\n", atomic_load(&issuer->refreshes),
		atomic_load(&issuer->repeated));
	assert_int_equal(atomic_load(&issuer->stolen), 0);
	assert_int_equal(atomic_load(&issuer->failures), 0);
	assert_true(atomic_load(&issuer->refreshes) >= KILLS);
	check_usable(fixture);
	assert_int_equal(atomic_load(&issuer->stolen), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_refresh_token_is_sent_again, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
