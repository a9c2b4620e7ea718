/* Storages of a program's own and in memory: of each key one holder, and nothing lost. */
#include "client/storage/token_storage_int.h"

#include "base/words.h"

#include "support/check.h"
#include "support/scarce_memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define TIMES 50

void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

/* How often this was wiped. */
static const char *watched;
static unsigned wiped;

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	if (watched != NULL && length == strlen(watched) && memcmp(data, watched, length) == 0) {
		wiped++;
	}
	__real_mcpauth__wipe(data, length);
}

/* A program's storage for one key. */
struct program {
	char *text;
	const char *loads; /* instead of text, if not NULL */
	bool load_fails;
	bool save_fails;
	bool lock_fails;
	atomic_uint under_way;
	atomic_uint most; /* calls at once */
	unsigned locks;
	unsigned unlocks;
	unsigned releases;
};

static void enter(struct program *program)
{
	unsigned now = atomic_fetch_add(&program->under_way, 1) + 1;
	if (now > atomic_load(&program->most)) {
		atomic_store(&program->most, now);
	}
}

static void leave(struct program *program)
{
	atomic_fetch_sub(&program->under_way, 1);
}

static bool load(const char *key, char **text, void *user)
{
	struct program *program = user;
	(void)key;
	enter(program);
	nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
	*text = mcpauth__strdup(program->loads != NULL ? program->loads : program->text);
	leave(program);
	return !program->load_fails;
}

static bool save(const char *key, const char *text, void *user)
{
	struct program *program = user;
	(void)key;
	if (program->save_fails) {
		return false;
	}
	enter(program);
	char *copy = mcpauth__strdup(text);
	bool good = copy != NULL || text == NULL;
	if (good) {
		free(program->text);
		program->text = copy;
	}
	leave(program);
	return good;
}

static bool lock(const char *key, void *user)
{
	struct program *program = user;
	(void)key;
	program->locks += program->lock_fails ? 0 : 1;
	return !program->lock_fails;
}

static void unlock(const char *key, void *user)
{
	struct program *program = user;
	(void)key;
	program->unlocks++;
}

static void release(void *user)
{
	struct program *program = user;
	free(program->text);
	program->text = NULL;
	program->releases++;
}

static struct mcpauth_token_storage_config config_of(struct program *program)
{
	struct mcpauth_token_storage_config config = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	config.load = load;
	config.save = save;
	config.lock = lock;
	config.unlock = unlock;
	config.release = release;
	config.user = program;
	return config;
}

static struct mcpauth_token_storage *storage_of(struct program *program)
{
	struct mcpauth_token_storage_config config = config_of(program);
	struct mcpauth_token_storage *storage;
	CHECK_OK(mcpauth_token_storage_new(&config, &storage, &err));
	assert_non_null(storage);
	return storage;
}

static struct mcpauth_token_storage *in_memory(void)
{
	struct mcpauth_token_storage *storage;
	CHECK_OK(mcpauth_token_storage_new_memory(&storage, &err));
	assert_non_null(storage);
	return storage;
}

static enum mcpauth_code keep(
	struct mcpauth_token_storage *storage, const char *key, const char *secret)
{
	struct mcpauth__credentials kept = {.dpop_key = mcpauth__strdup(secret)};
	enum mcpauth_code code = mcpauth__token_storage_lock(storage, key, NULL);
	if (code == MCPAUTH_OK) {
		code = mcpauth__token_storage_save(storage, key, &kept, NULL);
		mcpauth__token_storage_unlock(storage, key);
	}
	mcpauth__credentials_finish(&kept);
	return code;
}

/* @param secret  NULL: there is none */
static void check_kept(struct mcpauth_token_storage *storage, const char *key, const char *secret)
{
	struct mcpauth__credentials kept = {0};
	CHECK_OK(mcpauth__token_storage_load(storage, key, &kept, &err));
	if (secret == NULL) {
		assert_null(kept.dpop_key);
	} else {
		assert_string_equal(kept.dpop_key, secret);
	}
	mcpauth__credentials_finish(&kept);
}

static void keeps_texts_by_their_keys(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage = in_memory();
	check_kept(storage, "one", NULL);
	assert_int_equal(keep(storage, "one", "a"), MCPAUTH_OK);
	assert_int_equal(keep(storage, "two", "b"), MCPAUTH_OK);
	assert_int_equal(keep(storage, "One", "c"), MCPAUTH_OK);
	assert_int_equal(keep(storage, "one", "d"), MCPAUTH_OK);
	check_kept(storage, "one", "d");
	check_kept(storage, "two", "b");
	check_kept(storage, "One", "c");
	assert_int_equal(keep(storage, "two", NULL), MCPAUTH_OK);
	check_kept(storage, "two", NULL);
	check_kept(storage, "One", "c");
	mcpauth_token_storage_free(storage);
}

static void wipes_what_it_kept_in_memory(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage = in_memory();
	assert_int_equal(keep(storage, "one", "a"), MCPAUTH_OK);
	assert_int_equal(keep(storage, "two", "b"), MCPAUTH_OK);
	watched = "{\"version\":1,\"dpop_key\":\"a\"}";
	wiped = 0;
	assert_int_equal(keep(storage, "one", "c"), MCPAUTH_OK);
	assert_int_equal(wiped, 1);
	watched = "{\"version\":1,\"dpop_key\":\"b\"}";
	mcpauth_token_storage_free(storage);
	assert_int_equal(wiped, 2);
	watched = NULL;
}

static void removes_a_key_with_nothing_to_keep(void **state)
{
	(void)state;
	struct program program = {0};
	struct mcpauth_token_storage *storage = storage_of(&program);
	assert_int_equal(keep(storage, "key", "a"), MCPAUTH_OK);
	assert_non_null(program.text);
	assert_int_equal(keep(storage, "key", NULL), MCPAUTH_OK);
	assert_null(program.text);
	mcpauth_token_storage_free(storage);
}

static void releases_with_the_last_free(void **state)
{
	(void)state;
	struct program program = {0};
	struct mcpauth_token_storage *storage = storage_of(&program);
	assert_ptr_equal(mcpauth_token_storage_ref(storage), storage);
	mcpauth_token_storage_free(storage);
	assert_int_equal(program.releases, 0);
	check_kept(storage, "key", NULL);
	mcpauth_token_storage_free(storage);
	assert_int_equal(program.releases, 1);
	mcpauth_token_storage_free(NULL);
}

static void needs_load_and_save_and_both_locks_or_none(void **state)
{
	(void)state;
	struct program program = {0};
	struct mcpauth_token_storage *storage = NULL;
	const struct mcpauth_token_storage_config good = config_of(&program);
	struct mcpauth_token_storage_config bad[] = {good, good, good, good, good};
	bad[0].load = NULL;
	bad[1].save = NULL;
	bad[2].lock = NULL;
	bad[3].unlock = NULL;
	bad[4].size = 0;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_token_storage_new(&bad[i], &storage, &err));
		assert_null(storage);
	}
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_token_storage_new(NULL, &storage, &err));
	assert_int_equal(program.releases, 0);
}

static void does_without_locks_of_the_programs(void **state)
{
	(void)state;
	struct program program = {0};
	struct mcpauth_token_storage_config config = config_of(&program);
	struct mcpauth_token_storage *storage;
	config.lock = NULL;
	config.unlock = NULL;
	config.release = NULL;
	CHECK_OK(mcpauth_token_storage_new(&config, &storage, &err));
	assert_non_null(storage);
	assert_int_equal(keep(storage, "key", "a"), MCPAUTH_OK);
	check_kept(storage, "key", "a");
	mcpauth_token_storage_free(storage);
	assert_int_equal(program.locks + program.unlocks + program.releases, 0);
	free(program.text);
}

static void says_what_the_program_could_not_do(void **state)
{
	(void)state;
	struct program program = {0};
	struct mcpauth__credentials kept = {0};
	struct mcpauth_token_storage *storage = storage_of(&program);
	program.lock_fails = true;
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth__token_storage_lock(storage, "key", &err));
	assert_int_equal(program.unlocks, 0);
	program.lock_fails = false;
	CHECK_OK(mcpauth__token_storage_lock(storage, "key", &err));
	program.load_fails = true;
	CHECK_CODE(
		MCPAUTH_E_TOKEN_STORAGE, mcpauth__token_storage_load(storage, "key", &kept, &err));
	program.save_fails = true;
	CHECK_CODE(
		MCPAUTH_E_TOKEN_STORAGE, mcpauth__token_storage_save(storage, "key", &kept, &err));
	mcpauth__token_storage_unlock(storage, "key");
	assert_int_equal(program.locks, 1);
	assert_int_equal(program.unlocks, 1);
	mcpauth_token_storage_free(storage);
}

static void wipes_what_the_program_gave(void **state)
{
	(void)state;
	struct program program = {.loads = "{\"version\":1,\"dpop_key\":\"a\"}"};
	struct mcpauth_token_storage *storage = storage_of(&program);
	watched = program.loads;
	wiped = 0;
	check_kept(storage, "key", "a");
	/* The program's own, and the library's. */
	assert_int_equal(wiped, 2);
	watched = NULL;
	mcpauth_token_storage_free(storage);
}

/* A key so long that all of it has so many bytes. */
static enum mcpauth_code keep_long(struct mcpauth_token_storage *storage, size_t length)
{
	size_t rest = length - strlen("{\"version\":1,\"dpop_key\":\"\"}");
	char *secret = malloc(rest + 1);
	assert_non_null(secret);
	memset(secret, 'a', rest);
	secret[rest] = '\0';
	enum mcpauth_code code = keep(storage, "key", secret);
	free(secret);
	return code;
}

static void keeps_no_more_than_its_share(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage = in_memory();
	assert_int_equal(keep_long(storage, MCPAUTH__KEPT_TEXT_LIMIT), MCPAUTH_OK);
	assert_int_equal(keep_long(storage, MCPAUTH__KEPT_TEXT_LIMIT + 1), MCPAUTH_E_TOKEN_STORAGE);
	mcpauth_token_storage_free(storage);
}

static void reads_no_more_than_its_share(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	char *text = malloc(MCPAUTH__KEPT_TEXT_LIMIT + 2);
	assert_non_null(text);
	memset(text, ' ', MCPAUTH__KEPT_TEXT_LIMIT + 1);
	memcpy(text, "{\"version\":1}", strlen("{\"version\":1}"));
	text[MCPAUTH__KEPT_TEXT_LIMIT + 1] = '\0';
	struct program program = {.loads = text};
	struct mcpauth_token_storage *storage = storage_of(&program);
	CHECK_CODE(
		MCPAUTH_E_TOKEN_STORAGE, mcpauth__token_storage_load(storage, "key", &kept, &err));
	text[MCPAUTH__KEPT_TEXT_LIMIT] = '\0';
	CHECK_OK(mcpauth__token_storage_load(storage, "key", &kept, &err));
	mcpauth_token_storage_free(storage);
	free(text);
}

static void other_keys_are_held_meanwhile(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage = in_memory();
	CHECK_OK(mcpauth__token_storage_lock(storage, "one", &err));
	CHECK_OK(mcpauth__token_storage_lock(storage, "two", &err));
	mcpauth__token_storage_unlock(storage, "one");
	mcpauth__token_storage_unlock(storage, "two");
	mcpauth_token_storage_free(storage);
}

/* Adds one to a time, so often. */
static void *count(void *user)
{
	struct mcpauth_token_storage *storage = user;
	bool good = true;
	for (unsigned i = 0; good && i < TIMES; i++) {
		struct mcpauth__credentials kept = {0};
		good = mcpauth__token_storage_lock(storage, "key", NULL) == MCPAUTH_OK;
		if (!good) {
			return NULL;
		}
		good = mcpauth__token_storage_load(storage, "key", &kept, NULL) == MCPAUTH_OK;
		kept.tokens.issued_at++;
		/* Long enough for the others to come in between, if they can. */
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
		good = good
			&& mcpauth__token_storage_save(storage, "key", &kept, NULL) == MCPAUTH_OK;
		mcpauth__token_storage_unlock(storage, "key");
		mcpauth__credentials_finish(&kept);
	}
	return good ? storage : NULL;
}

/* Each of them must succeed. */
static void run_threads(void *(*run)(void *), struct mcpauth_token_storage *storage)
{
	pthread_t threads[THREADS];
	size_t started = 0;
	size_t good = 0;
	while (started < THREADS && pthread_create(&threads[started], NULL, run, storage) == 0) {
		started++;
	}
	for (size_t i = 0; i < started; i++) {
		void *result;
		pthread_join(threads[i], &result);
		good += result != NULL ? 1 : 0;
	}
	assert_int_equal(good, THREADS);
}

static void begin_counting(struct mcpauth_token_storage *storage)
{
	static const char text[] = "{\"version\":1,\"tokens\":{\"issuer\":\"i\","
				   "\"client_id\":\"c\",\"access_token\":\"t\"}}";
	struct mcpauth__credentials kept = {0};
	CHECK_OK(mcpauth__credentials_read(text, strlen(text), &kept, &err));
	CHECK_OK(mcpauth__token_storage_lock(storage, "key", &err));
	enum mcpauth_code code = mcpauth__token_storage_save(storage, "key", &kept, NULL);
	mcpauth__token_storage_unlock(storage, "key");
	mcpauth__credentials_finish(&kept);
	assert_int_equal(code, MCPAUTH_OK);
}

static void check_counted(struct mcpauth_token_storage *storage)
{
	struct mcpauth__credentials kept = {0};
	begin_counting(storage);
	run_threads(count, storage);
	CHECK_OK(mcpauth__token_storage_load(storage, "key", &kept, &err));
	assert_int_equal(kept.tokens.issued_at, THREADS * TIMES);
	mcpauth__credentials_finish(&kept);
}

static void one_thread_at_a_time_holds_a_key(void **state)
{
	(void)state;
	struct program program = {0};
	struct mcpauth_token_storage *storage = in_memory();
	check_counted(storage);
	mcpauth_token_storage_free(storage);
	storage = storage_of(&program);
	check_counted(storage);
	assert_int_equal(program.locks, program.unlocks);
	assert_int_equal(program.locks, THREADS * TIMES + 1);
	mcpauth_token_storage_free(storage);
}

/* Reads while others hold it. */
static void *look(void *user)
{
	bool good = true;
	for (unsigned i = 0; good && i < TIMES; i++) {
		struct mcpauth__credentials kept = {0};
		good = mcpauth__token_storage_load(user, "key", &kept, NULL) == MCPAUTH_OK;
		mcpauth__credentials_finish(&kept);
	}
	return good ? user : NULL;
}

static void the_program_gets_one_call_at_a_time(void **state)
{
	(void)state;
	struct program program = {.loads = "{\"version\":1}"};
	struct mcpauth_token_storage *storage = storage_of(&program);
	run_threads(look, storage);
	assert_int_equal(atomic_load(&program.most), 1);
	mcpauth_token_storage_free(storage);
}

static void can_be_read_while_it_is_held(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage = in_memory();
	CHECK_OK(mcpauth__token_storage_lock(storage, "key", &err));
	run_threads(look, storage);
	mcpauth__token_storage_unlock(storage, "key");
	mcpauth_token_storage_free(storage);
}

static void is_made_or_not_without_memory(void **state)
{
	(void)state;
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		struct program program = {0};
		struct mcpauth_token_storage_config config = config_of(&program);
		struct mcpauth_token_storage *storage;
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_token_storage_new(&config, &storage, NULL);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_true((storage == NULL) == failed);
		mcpauth_token_storage_free(storage);
		assert_int_equal(program.releases, failed ? 0 : 1);
	}
	assert_int_equal(number, 3);
}

static void keeps_it_or_not_without_memory(void **state)
{
	(void)state;
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		struct mcpauth_token_storage *storage = NULL;
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_token_storage_new_memory(&storage, NULL);
		code = code == MCPAUTH_OK ? keep(storage, "key", "a") : code;
		struct mcpauth__credentials kept = {0};
		code = code == MCPAUTH_OK ? mcpauth__token_storage_load(storage, "key", &kept, NULL)
					  : code;
		failed = scarce_memory_end();
		/* The first ones of keep() are the test's own. */
		assert_true(code == MCPAUTH_OK || (failed && code == MCPAUTH_E_NO_MEMORY));
		assert_true(storage == NULL || keep(storage, "key", "b") == MCPAUTH_OK);
		mcpauth__credentials_finish(&kept);
		mcpauth_token_storage_free(storage);
	}
	assert_true(number > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_texts_by_their_keys),
		cmocka_unit_test(wipes_what_it_kept_in_memory),
		cmocka_unit_test(removes_a_key_with_nothing_to_keep),
		cmocka_unit_test(releases_with_the_last_free),
		cmocka_unit_test(needs_load_and_save_and_both_locks_or_none),
		cmocka_unit_test(does_without_locks_of_the_programs),
		cmocka_unit_test(says_what_the_program_could_not_do),
		cmocka_unit_test(wipes_what_the_program_gave),
		cmocka_unit_test(keeps_no_more_than_its_share),
		cmocka_unit_test(reads_no_more_than_its_share),
		cmocka_unit_test(other_keys_are_held_meanwhile),
		cmocka_unit_test(one_thread_at_a_time_holds_a_key),
		cmocka_unit_test(the_program_gets_one_call_at_a_time),
		cmocka_unit_test(can_be_read_while_it_is_held),
		cmocka_unit_test(is_made_or_not_without_memory),
		cmocka_unit_test(keeps_it_or_not_without_memory),
	};
	return cmocka_run_group_tests_name("token_storage", tests, NULL, NULL);
}
