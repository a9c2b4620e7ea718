/* Whose certificates are believed: one wrong thing each, and the same without it. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "net/worker.h"

#include "support/authority.h"
#include "support/check.h"
#include "support/encounter.h"
#include "support/network.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define OWN ENCOUNTER_HOST
#define DAY (24 * 3600)
#define AN_AUTHORITY .common_name = "above", .is_authority = true
#define UNKNOWN "is not known|unable to get|self-signed|unable to verify"

typedef int (*resolve_fn)(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);

/* The test's own name server: this definition comes before the C library's.
 * Every .test name is at 127.0.0.1. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	resolve_fn resolve;
	*(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	size_t length = node != NULL ? strlen(node) : 0;
	bool is_ours = length > 5 && strcmp(node + length - 5, ".test") == 0;
	return resolve(is_ours ? "127.0.0.1" : node, service, hints, found);
}

/* How often libcurl went to a folder of authorities, by GnuTLS or by OpenSSL. */
static atomic_uint folders;

int gnutls_certificate_set_x509_trust_dir(gnutls_certificate_credentials_t credentials,
	const char *folder, gnutls_x509_crt_fmt_t type)
{
	(void)credentials;
	(void)folder;
	(void)type;
	atomic_fetch_add(&folders, 1);
	return 0;
}

int X509_STORE_load_path(void *store, const char *folder);
int X509_STORE_load_path(void *store, const char *folder)
{
	(void)store;
	(void)folder;
	atomic_fetch_add(&folders, 1);
	return 1;
}

static const struct party_plan good_leaf = {.dns_name = OWN};

struct leaf_row {
	const char *label;
	struct party_plan plan;
	const char *host;   /* NULL: OWN */
	const char *reason; /* NULL: it is believed */
};

static const struct leaf_row leaves[] = {
	{"good", {.dns_name = OWN}, NULL, NULL},
	{"another case", {.dns_name = "OWN.example.TEST"}, NULL, NULL},
	{"expired", {.dns_name = OWN, .begins = -2 * DAY, .ends = -DAY}, NULL, "expired"},
	{"expires soon", {.dns_name = OWN, .ends = 60}, NULL, NULL},
	{"not yet valid", {.dns_name = OWN, .begins = DAY, .ends = 2 * DAY}, NULL, "not yet"},
	{"another name", {.dns_name = "other.example.test"}, NULL, "name"},
	{"a name below", {.dns_name = "www." OWN}, NULL, "name"},
	{"a name above", {.dns_name = "example.test"}, NULL, "name"},
	{"a common name alone", {.common_name = OWN}, NULL, "name"},
	{"a common name beside another name",
		{.common_name = OWN, .dns_name = "other.example.test"}, NULL, "name"},
	{"a wildcard", {.dns_name = "*.example.test"}, NULL, NULL},
	{"a wildcard for two labels", {.dns_name = "*.test"}, NULL, "name"},
	{"a wildcard for everything", {.dns_name = "*"}, NULL, "name"},
	{"a wildcard within a label", {.dns_name = "o*.example.test"}, NULL, "name"},
	{"a wildcard in the middle", {.dns_name = "own.*.test"}, NULL, "name"},
	{"a wildcard for addresses", {.dns_name = "*.0.0.1"}, "127.0.0.1", "name"},
	{"a NUL in the name",
		{.dns_name = OWN "\0.evil.test", .raw_name_length = sizeof(OWN "\0.evil.test") - 1},
		NULL, "name"},
	{"an address", {.ip_address = "127.0.0.1"}, "127.0.0.1", NULL},
	{"another address", {.ip_address = "127.0.0.2"}, "127.0.0.1", "name"},
	{"an address for a name", {.ip_address = "127.0.0.1"}, NULL, "name"},
	{"an address written as a name", {.dns_name = "127.0.0.1"}, "127.0.0.1", "name"},
	{"for servers", {.dns_name = OWN, .purpose = GNUTLS_KP_TLS_WWW_SERVER}, NULL, NULL},
	{"for clients", {.dns_name = OWN, .purpose = GNUTLS_KP_TLS_WWW_CLIENT}, NULL, "purpose"},
	{"a NUL behind the name", {.dns_name = OWN "\0", .raw_name_length = sizeof(OWN "\0") - 1},
		NULL, "name"},
	{"the same way without", {.dns_name = OWN, .raw_name_length = sizeof OWN - 1}, NULL, NULL},
	{"RSA of 2048 bits", {.dns_name = OWN, .algorithm = GNUTLS_PK_RSA, .bits = 2048}, NULL,
		NULL},
	{"RSA of 1024 bits", {.dns_name = OWN, .algorithm = GNUTLS_PK_RSA, .bits = 1024}, NULL,
		"weak"},
	{"Ed25519", {.dns_name = OWN, .algorithm = GNUTLS_PK_EDDSA_ED25519}, NULL, NULL},
	{"SHA-384", {.dns_name = OWN, .digest = GNUTLS_DIG_SHA384}, NULL, NULL},
	{"SHA-1", {.dns_name = OWN, .digest = GNUTLS_DIG_SHA1}, NULL, "weak"},
};

static void believes_a_leaf_without_fault_alone(void **state)
{
	struct authorities *fixture = *state;
	for (size_t i = 0; i < COUNT(leaves); i++) {
		struct fetched fetched;
		struct party *leaf = party_new(&leaves[i].plan, fixture->between);
		encounter_meet(&(struct encounter){.chain = {leaf, fixture->between},
				       .host = leaves[i].host,
				       .ca_file = fixture->ca_file},
			&fetched);
		CHECK_ROW(leaves[i].label, encounter_came_to(&fetched, leaves[i].reason));
		party_free(leaf);
	}
}

static const struct {
	const char *label;
	struct party_plan plan;
	const char *reason;
} authorities[] = {
	{"good", {AN_AUTHORITY}, NULL},
	{"no authority", {.common_name = "above", .dns_name = "other.example.test"},
		"issuer|invalid CA"},
	{"expired", {AN_AUTHORITY, .begins = -2 * DAY, .ends = -DAY}, "expired"},
	{"not yet valid", {AN_AUTHORITY, .begins = DAY, .ends = 2 * DAY}, "not yet"},
	{"RSA of 2048 bits", {AN_AUTHORITY, .algorithm = GNUTLS_PK_RSA, .bits = 2048}, NULL},
	{"RSA of 1024 bits", {AN_AUTHORITY, .algorithm = GNUTLS_PK_RSA, .bits = 1024}, "weak"},
	{"signed with SHA-1", {AN_AUTHORITY, .digest = GNUTLS_DIG_SHA1}, "weak"},
};

static void believes_an_authority_between_without_fault_alone(void **state)
{
	struct authorities *fixture = *state;
	for (size_t i = 0; i < COUNT(authorities); i++) {
		struct fetched fetched;
		struct party *between = party_new(&authorities[i].plan, fixture->root);
		struct party *leaf = party_new(&good_leaf, between);
		encounter_meet(
			&(struct encounter){.chain = {leaf, between}, .ca_file = fixture->ca_file},
			&fetched);
		CHECK_ROW(authorities[i].label, encounter_came_to(&fetched, authorities[i].reason));
		party_free(leaf);
		party_free(between);
	}
}

static void wants_a_chain_up_to_a_known_authority(void **state)
{
	struct authorities *fixture = *state;
	struct party *leaf = party_new(&good_leaf, fixture->between);
	struct party *strange = party_new(&good_leaf, fixture->stranger);
	struct party *own = party_new(&good_leaf, NULL);
	struct party *self = party_new(
		&(struct party_plan){.common_name = "root", .dns_name = OWN, .is_authority = true},
		NULL);
	const struct {
		const char *label;
		const struct party *chain[5];
		const char *reasons;
	} rows[] = {
		{"whole", {leaf, fixture->between}, NULL},
		{"with the root", {leaf, fixture->between, fixture->root}, NULL},
		{"without the one between", {leaf}, UNKNOWN},
		{"a stranger's", {strange}, UNKNOWN},
		{"a stranger's with the stranger", {strange, fixture->stranger}, UNKNOWN},
		{"a stranger's with a known one", {strange, fixture->between}, UNKNOWN},
		{"signed by itself", {own}, UNKNOWN},
		{"an authority signed by itself, named as ours", {self}, UNKNOWN "|signature"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fetched fetched;
		struct encounter encounter = {.ca_file = fixture->ca_file};
		memcpy(encounter.chain, rows[i].chain, sizeof encounter.chain);
		encounter_meet(&encounter, &fetched);
		CHECK_ROW(rows[i].label, encounter_came_to(&fetched, rows[i].reasons));
	}
	party_free(leaf);
	party_free(strange);
	party_free(own);
	party_free(self);
}

static void rides_on_no_connection_that_was_not_believed(void **state)
{
	struct authorities *fixture = *state;
	void *network_state;
	struct party *leaf = party_new(&(struct party_plan){.common_name = OWN}, fixture->between);
	struct encounter encounter = {.chain = {leaf, fixture->between}};
	network_start(&network_state, encounter_serve(&encounter));
	struct network *network = network_state;
	network->config.ca_file = fixture->ca_file;
	network_restart(network);
	for (unsigned i = 1; i <= 3; i++) {
		struct fetched fetched;
		network_begin_at(network, "https://" OWN, "/", 0, &fetched);
		network_await(&fetched);
		assert_true(encounter_came_to(&fetched, "name"));
		assert_int_equal(loopback_connections(network->loopback), i);
	}
	assert_int_equal(loopback_requests(network->loopback), 0);
	network_stop(&network_state);
	party_free(leaf);
}

/* A session that is taken up again brings no certificates that could be judged. */
static void takes_no_session_up_again(void **state)
{
	struct authorities *fixture = *state;
	static const char *const protocols[] = {
		"NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2"};
	struct party *leaf = party_new(&good_leaf, fixture->between);
	for (size_t i = 0; i < COUNT(protocols); i++) {
		void *network_state;
		struct encounter encounter = {
			.chain = {leaf, fixture->between}, .priorities = protocols[i]};
		network_start(&network_state, encounter_serve(&encounter));
		struct network *network = network_state;
		network->config.ca_file = fixture->ca_file;
		network_restart(network);
		for (unsigned n = 0; n < 3; n++) {
			struct fetched fetched;
			network_begin_at(network, "https://" OWN, "/", 0, &fetched);
			network_await(&fetched);
			assert_true(encounter_came_to(&fetched, NULL));
			loopback_hang_up(network->loopback);
		}
		assert_int_equal(loopback_connections(network->loopback), 3);
		assert_int_equal(loopback_resumptions(network->loopback), 0);
		network_stop(&network_state);
	}
	party_free(leaf);
}

static const struct {
	const char *priorities;
	const char *reasons;
} versions[] = {
	{"NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT", "handshake|alert|version|protocol"},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.0:%COMPAT", "handshake|alert|version|protocol"},
};

static void speaks_tls_from_1_2_on(void **state)
{
	struct authorities *fixture = *state;
	struct party *leaf = party_new(&good_leaf, fixture->between);
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct fetched fetched;
		encounter_meet(&(struct encounter){.chain = {leaf, fixture->between},
				       .ca_file = fixture->ca_file,
				       .priorities = versions[i].priorities},
			&fetched);
		CHECK_ROW(versions[i].priorities, encounter_came_to(&fetched, versions[i].reasons));
	}
	party_free(leaf);
}

static void does_without_the_systems_authorities_if_told_to(void **state)
{
	struct authorities *fixture = *state;
	struct fetched fetched;
	struct party *leaf = party_new(&good_leaf, fixture->between);
	struct encounter encounter = {.chain = {leaf, fixture->between}};
	atomic_store(&folders, 0);
	encounter_meet(&encounter, &fetched);
	assert_true(encounter_came_to(&fetched, UNKNOWN));
	bool has_folder = atomic_exchange(&folders, 0) > 0;
	encounter.ca_file = fixture->ca_file;
	encounter_meet(&encounter, &fetched);
	assert_true(encounter_came_to(&fetched, NULL));
	assert_int_equal(atomic_load(&folders), 0);
	party_free(leaf);
	if (!has_folder) {
		skip(); /* this libcurl knows no folder of authorities */
	}
}

static void says_that_a_file_of_authorities_is_unreadable(void **state)
{
	struct authorities *fixture = *state;
	struct fetched fetched;
	struct party *leaf = party_new(&good_leaf, fixture->between);
	struct encounter encounter = {.chain = {leaf, fixture->between}};
	encounter.ca_file = "/nonexistent/ca.pem";
	encounter_meet(&encounter, &fetched);
	assert_true(encounter_came_to(&fetched, "CA cert|/nonexistent/ca.pem"));
	party_free(leaf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, authorities_start, authorities_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(believes_a_leaf_without_fault_alone),
		TEST(believes_an_authority_between_without_fault_alone),
		TEST(wants_a_chain_up_to_a_known_authority),
		TEST(rides_on_no_connection_that_was_not_believed),
		TEST(takes_no_session_up_again),
		TEST(speaks_tls_from_1_2_on),
		TEST(does_without_the_systems_authorities_if_told_to),
		TEST(says_that_a_file_of_authorities_is_unreadable),
	};
	return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
