/* Revoked certificates: whoever is on a list is not asked, nor is whoever is on none. */
#include "net/revocation.h"

#include "support/authority.h"
#include "support/check.h"
#include "support/encounter.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HOST "localhost"
#define HOUR 3600
#define DAY (24 * HOUR)
#define NO_LIST "no revocation list|unable to get certificate CRL"

static const struct crl_times current = {.issued = -HOUR, .next = HOUR};

/* Who shows up, and who else there is to be revoked. */
struct cast {
	struct authorities *authorities;
	struct party *leaf;
	struct party *other; /* a leaf, too */
};

enum role {
	NOBODY,
	LEAF,
	OTHER,
	BETWEEN
};

/* The lists of a crl_file: whom each of the two authorities has taken back. */
struct row {
	const char *label;
	bool has_none_of_root;
	bool has_none_of_between;
	enum role by_root;
	enum role by_between;
	struct crl_times times; /* of between's list; 0: current */
	bool is_forged;         /* between's list is signed by somebody else */
	bool is_twice;          /* before it stands a list of between's that revokes nobody */
	const char *reasons;    /* NULL: it is believed */
};

static const struct row rows[] = {
	{.label = "nobody is revoked"},
	{.label = "the leaf", .by_between = LEAF, .reasons = "revoked"},
	{.label = "another leaf", .by_between = OTHER},
	{.label = "the authority between", .by_root = BETWEEN, .reasons = "revoked"},
	{.label = "the authority between, by one without the right", .by_between = BETWEEN},
	{.label = "the leaf, by one without the right", .by_root = LEAF},
	{.label = "no list for the leaf", .has_none_of_between = true, .reasons = NO_LIST},
	{.label = "no list for the authority between",
		.has_none_of_root = true,
		.reasons = NO_LIST},
	{.label = "a list past its time",
		.times = {.issued = -2 * DAY, .next = -DAY},
		.reasons = "no revocation list|CRL has expired"},
	{.label = "a list before its time",
		.times = {.issued = DAY, .next = 2 * DAY},
		.reasons = "no revocation list|CRL is not yet valid"},
	{.label = "a list that somebody else signed",
		.is_forged = true,
		.reasons = "no revocation list|CRL signature failure|EVP lib"},
	{.label = "the leaf, on the second list of two",
		.is_twice = true,
		.by_between = LEAF,
		.reasons = "revoked"},
};

static const struct party *in_role(const struct cast *cast, enum role role)
{
	const struct party *const parties[] = {
		[LEAF] = cast->leaf, [OTHER] = cast->other, [BETWEEN] = cast->authorities->between};
	return parties[role];
}

static void write_lists(const struct cast *cast, const struct row *row)
{
	const struct authorities *all = cast->authorities;
	fclose(fopen(all->crl_file, "w"));
	if (!row->has_none_of_root) {
		authority_revoke(
			all->crl_file, all->root, all->root, in_role(cast, row->by_root), &current);
	}
	if (row->is_twice) {
		authority_revoke(all->crl_file, all->between, all->between, NULL, &current);
	}
	if (!row->has_none_of_between) {
		authority_revoke(all->crl_file, all->between,
			row->is_forged ? all->stranger : all->between,
			in_role(cast, row->by_between),
			row->times.next != 0 ? &row->times : &current);
	}
}

static void start_cast(struct cast *cast, struct authorities *authorities)
{
	static const struct party_plan plan = {.dns_name = HOST};
	cast->authorities = authorities;
	cast->leaf = party_new(&plan, authorities->between);
	cast->other = party_new(&plan, authorities->between);
}

static void stop_cast(struct cast *cast)
{
	party_free(cast->leaf);
	party_free(cast->other);
}

static void show(const struct cast *cast, const char *crl_file, struct fetched *fetched)
{
	encounter_meet(&(struct encounter){.chain = {cast->leaf, cast->authorities->between},
			       .host = HOST,
			       .ca_file = cast->authorities->ca_file,
			       .crl_file = crl_file},
		fetched);
}

static void believes_who_is_on_a_list_and_not_revoked(void **state)
{
	struct cast cast;
	start_cast(&cast, *state);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fetched fetched;
		write_lists(&cast, &rows[i]);
		show(&cast, cast.authorities->crl_file, &fetched);
		CHECK_ROW(rows[i].label, encounter_came_to(&fetched, rows[i].reasons));
	}
	stop_cast(&cast);
}

static void asks_nobody_who_is_revoked_without_a_file(void **state)
{
	struct cast cast;
	struct fetched fetched;
	start_cast(&cast, *state);
	show(&cast, NULL, &fetched);
	assert_true(encounter_came_to(&fetched, NULL));
	stop_cast(&cast);
}

static void wants_a_file_with_lists(void **state)
{
	struct cast cast;
	struct fetched fetched;
	start_cast(&cast, *state);
	show(&cast, "/nonexistent/crl.pem", &fetched);
	assert_true(encounter_came_to(&fetched, "CRL|crl file"));
	show(&cast, cast.authorities->crl_file, &fetched); /* empty */
	assert_true(encounter_came_to(&fetched, "CRL|crl file|crl_file"));
	show(&cast, cast.authorities->ca_file, &fetched); /* something else */
	assert_true(encounter_came_to(&fetched, "CRL|crl file|crl_file"));
	stop_cast(&cast);
}

/* Renewed lists count without a restart, but on connections that are open. */
static void reads_the_file_anew_for_each_connection(void **state)
{
	struct cast cast;
	struct fetched fetched;
	void *network_state;
	start_cast(&cast, *state);
	struct encounter encounter = {.chain = {cast.leaf, cast.authorities->between}};
	write_lists(&cast, &(struct row){.label = ""});
	network_start(&network_state, encounter_serve(&encounter));
	struct network *network = network_state;
	network->config.ca_file = cast.authorities->ca_file;
	network->config.crl_file = cast.authorities->crl_file;
	network_restart(network);
	network_begin_at(network, "https://" HOST, "/", 0, &fetched);
	network_await(&fetched);
	assert_true(encounter_came_to(&fetched, NULL));
	write_lists(&cast, &(struct row){.by_between = LEAF});
	loopback_hang_up(network->loopback);
	network_begin_at(network, "https://" HOST, "/", 0, &fetched);
	network_await(&fetched);
	assert_true(encounter_came_to(&fetched, "revoked"));
	network_stop(&network_state);
	stop_cast(&cast);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, authorities_start, authorities_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(believes_who_is_on_a_list_and_not_revoked),
		TEST(asks_nobody_who_is_revoked_without_a_file),
		TEST(wants_a_file_with_lists),
		TEST(reads_the_file_anew_for_each_connection),
	};
	return cmocka_run_group_tests_name("revocation", tests, NULL, NULL);
}
