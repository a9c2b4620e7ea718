/* Threads that use clients, and give them up, at random moments. */
#include "support/check.h"
#include "support/fake_provider.h"

#include <mcpauth/client_request.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#define THREADS 8
#define TURNS 60

struct stress {
	struct fake_provider *fake;
	struct mcpauth *auth;
	struct mcpauth_client_config config;
	struct mcpauth_client *client; /* all of them have it */
	atomic_uint failures;
	pthread_mutex_t lock;    /* for what follows */
	unsigned leaps;          /* of the clock, each as long as a token lives */
	unsigned begun[THREADS]; /* after how many of them a thread's request began */
	bool is_under_way[THREADS];
};

/* One thread's. */
struct player {
	struct stress *stress;
	unsigned number;
	uint64_t random;
	bool is_rough; /* logs out and has clients of its own, too */
};

static int set_up(void **state)
{
	struct stress *stress = calloc(1, sizeof *stress);
	*state = stress;
	pthread_mutex_init(&stress->lock, NULL);
	stress->fake = fake_provider_new();
	stress->auth = fake_provider_auth(stress->fake);
	stress->config = fake_provider_client(stress->fake);
	if (stress->auth == NULL
		|| mcpauth_token_storage_new_memory(&stress->config.storage, NULL) != MCPAUTH_OK) {
		return -1;
	}
	return mcpauth_client_new(stress->auth, &stress->config, &stress->client, NULL)
			== MCPAUTH_OK
		? 0
		: -1;
}

static int tear_down(void **state)
{
	struct stress *stress = *state;
	mcpauth_client_free(stress->client);
	mcpauth_token_storage_free(stress->config.storage);
	mcpauth_free(stress->auth);
	fake_provider_free(stress->fake);
	pthread_mutex_destroy(&stress->lock);
	free(stress);
	return 0;
}

static unsigned roll(struct player *player, unsigned sides)
{
	player->random ^= player->random << 13;
	player->random ^= player->random >> 7;
	player->random ^= player->random << 17;
	return (unsigned)(player->random % sides);
}

static void dawdle(struct player *player)
{
	for (unsigned left = roll(player, 20); left > 0; left--) {
		sched_yield();
	}
}

static void note(struct player *player, bool good)
{
	if (!good) {
		atomic_fetch_add(&player->stress->failures, 1);
	}
}

static void wake(void *user)
{
	sem_post(user);
}

/* Either waited for or given up. */
static void start(struct player *player, struct mcpauth_client_request *request, unsigned status)
{
	sem_t woken;
	struct mcpauth_client_answer answer = MCPAUTH_CLIENT_ANSWER_INIT;
	answer.status = status;
	sem_init(&woken, 0, 0);
	enum mcpauth_code code = mcpauth_client_request_start(
		request, status != 0 ? &answer : NULL, wake, &woken, NULL);
	if (code == MCPAUTH_PENDING && roll(player, 2) == 0) {
		while (sem_wait(&woken) != 0) {
		}
		mcpauth_client_request_resume(request, NULL);
	}
	dawdle(player);
	mcpauth_client_request_free(request);
	sem_destroy(&woken);
}

static void begin_and_give_up(struct player *player, struct mcpauth_client *client)
{
	struct mcpauth_client_request *request;
	if (mcpauth_client_request_new(client, "POST", NULL, &request, NULL) != MCPAUTH_OK) {
		note(player, false);
		return;
	}
	if (roll(player, 3) > 0) {
		start(player, request, 0);
		return;
	}
	mcpauth_client_request_prepare(request, NULL);
	start(player, request, 401);
}

/* Requests outlive what they were made with. */
static void leave_early(struct player *player)
{
	struct stress *stress = player->stress;
	struct mcpauth_client *client;
	struct mcpauth_client_request *request;
	if (mcpauth_client_new(stress->auth, &stress->config, &client, NULL) != MCPAUTH_OK) {
		note(player, false);
		return;
	}
	enum mcpauth_code code = mcpauth_client_request_new(client, "GET", NULL, &request, NULL);
	mcpauth_client_free(client);
	note(player, code == MCPAUTH_OK);
	if (code == MCPAUTH_OK) {
		start(player, request, 0);
	}
}

static void mark(struct player *player, bool is_under_way)
{
	struct stress *stress = player->stress;
	pthread_mutex_lock(&stress->lock);
	stress->begun[player->number] = stress->leaps;
	stress->is_under_way[player->number] = is_under_way;
	pthread_mutex_unlock(&stress->lock);
}

/* Under each request once at most: whose new token is refused, too, has to log in. */
static void leap(struct stress *stress)
{
	bool is_fair = true;
	pthread_mutex_lock(&stress->lock);
	for (unsigned i = 0; i < THREADS; i++) {
		is_fair = is_fair
			&& (!stress->is_under_way[i] || stress->begun[i] == stress->leaps);
	}
	if (is_fair) {
		stress->leaps++;
		fake_provider_advance(stress->fake, 3600);
	}
	pthread_mutex_unlock(&stress->lock);
}

static void send_one(struct player *player)
{
	unsigned status;
	struct stress *stress = player->stress;
	mark(player, true);
	enum mcpauth_code code = fake_provider_request(stress->fake, stress->client, &status, NULL);
	mark(player, false);
	/* Others log out, and in, between an answer and the next attempt. */
	note(player, code == MCPAUTH_OK || (player->is_rough && code == MCPAUTH_E_STILL_REFUSED));
}

static void act(struct player *player)
{
	struct mcpauth_client *client = player->stress->client;
	switch (roll(player, player->is_rough ? 12 : 8)) {
	case 0:
		leap(player->stress);
		break;
	case 1:
	case 2:
	case 3:
		begin_and_give_up(player, client);
		break;
	case 8:
		note(player, mcpauth_client_logout(client, NULL) == MCPAUTH_OK);
		break;
	case 9:
		note(player, mcpauth_client_authorize(client, NULL) == MCPAUTH_OK);
		break;
	case 10:
	case 11:
		leave_early(player);
		break;
	default:
		send_one(player);
		break;
	}
}

static void *play(void *user)
{
	struct player *player = user;
	for (int i = 0; i < TURNS; i++) {
		act(player);
	}
	return NULL;
}

static void play_together(struct stress *stress, bool is_rough)
{
	pthread_t threads[THREADS];
	struct player players[THREADS];
	for (unsigned i = 0; i < THREADS; i++) {
		players[i] = (struct player){stress, i, 0x9e3779b97f4a7c15ULL * (i + 1), is_rough};
		assert_int_equal(pthread_create(&threads[i], NULL, play, &players[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(atomic_load(&stress->failures), 0);
}

static void passes(struct stress *stress)
{
	unsigned status;
	CHECK_OK(fake_provider_request(stress->fake, stress->client, &status, &err));
	assert_int_equal(status, 200);
}

static void a_login_outlives_requests_that_are_given_up(void **state)
{
	struct stress *stress = *state;
	passes(stress);
	play_together(stress, false);
	passes(stress);
	struct provider_counts counts = fake_provider_counts(stress->fake);
	assert_true(counts.refreshes > 0);
	assert_int_equal(counts.stolen, 0);
	assert_int_equal(counts.logins, 1);
}

static void logins_and_logouts_at_random_leave_a_client_that_works(void **state)
{
	struct stress *stress = *state;
	play_together(stress, true);
	/* One client's login ends the token of another one, which may then have given up the
	 * server for a minute. */
	fake_provider_advance(stress->fake, 60);
	passes(stress);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_outlives_requests_that_are_given_up),
		TEST(logins_and_logouts_at_random_leave_a_client_that_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
