/* Chains as authorities make them and servers show them, and lists for a part of them. */
#include "net/crl_scope.h"
#include "net/peer.h"
#include "net/revocation.h"

#include "support/authority.h"
#include "support/check.h"
#include "support/encounter.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HOST "localhost"
#define HOUR 3600
#define AN_AUTHORITY .common_name = "above", .is_authority = true
#define NO_LIST "no revocation list|unable to get certificate CRL|ifferent CRL scope|critical CRL"
#define IN_DER(oid, text) \
	{ \
		oid, text, sizeof(text) - 1 \
	}

/* rfc822Name, and uniformResourceIdentifier */
static const struct raw_extension mail_name = IN_DER("2.5.29.17", "\x30\5\x81\3a@b");
static const struct raw_extension uri_name = IN_DER("2.5.29.17", "\x30\5\x86\3x:y");
/* permittedSubtrees with one dNSName */
static const struct raw_extension elsewhere = IN_DER("2.5.29.30",
	"\x30\x12\xa0\x10\x30\x0e\x82\x0c"
	"example.test");
static const struct raw_extension here = IN_DER("2.5.29.30",
	"\x30\x0f\xa0\x0d\x30\x0b\x82\x09"
	"localhost");

static const struct {
	const char *label;
	struct party_plan above;
	struct party_plan leaf;
	const char *reasons; /* NULL: it is believed */
} pairs[] = {
	{"good", {AN_AUTHORITY}, {.dns_name = HOST}, NULL},
	{"above for mail", {AN_AUTHORITY, .purpose = GNUTLS_KP_EMAIL_PROTECTION},
		{.dns_name = HOST}, "purpose"},
	{"above for clients", {AN_AUTHORITY, .purpose = GNUTLS_KP_TLS_WWW_CLIENT},
		{.dns_name = HOST, .purpose = GNUTLS_KP_TLS_WWW_SERVER}, "purpose"},
	{"above for servers", {AN_AUTHORITY, .purpose = GNUTLS_KP_TLS_WWW_SERVER},
		{.dns_name = HOST, .purpose = GNUTLS_KP_TLS_WWW_SERVER}, NULL},
	{"a common name beside a mail address", {AN_AUTHORITY},
		{.common_name = HOST, .extension = &mail_name}, "name"},
	{"a common name beside a URI", {AN_AUTHORITY},
		{.common_name = HOST, .extension = &uri_name}, "name"},
	{"a name beside a common name", {AN_AUTHORITY}, {.common_name = "other", .dns_name = HOST},
		NULL},
	{"above for names here", {AN_AUTHORITY, .extension = &here}, {.dns_name = HOST}, NULL},
	{"above for names elsewhere", {AN_AUTHORITY, .extension = &elsewhere}, {.dns_name = HOST},
		"may not issue|permitted|verification failed"},
	{"above of P-384",
		{AN_AUTHORITY, .algorithm = GNUTLS_PK_ECDSA,
			.bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1)},
		{.dns_name = HOST, .digest = GNUTLS_DIG_SHA384}, NULL},
	{"above of Ed25519", {AN_AUTHORITY, .algorithm = GNUTLS_PK_EDDSA_ED25519},
		{.dns_name = HOST, .digest = GNUTLS_DIG_SHA512}, NULL},
};

static void believes_whom_those_above_may_vouch_for(void **state)
{
	struct authorities *fixture = *state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct fetched fetched;
		struct party *above = party_new(&pairs[i].above, fixture->root);
		struct party *leaf = party_new(&pairs[i].leaf, above);
		encounter_meet(
			&(struct encounter){
				.chain = {leaf, above}, .host = HOST, .ca_file = fixture->ca_file},
			&fetched);
		CHECK_ROW(pairs[i].label, encounter_came_to(&fetched, pairs[i].reasons));
		party_free(leaf);
		party_free(above);
	}
}

static void write_lists(const struct authorities *all)
{
	static const struct crl_times current = {.issued = -HOUR, .next = HOUR};
	authority_revoke(all->crl_file, all->root, all->root, NULL, &current);
	authority_revoke(all->crl_file, all->between, all->between, NULL, &current);
}

/* With lists of those two alone whom the way to the root needs. */
static void believes_chains_with_more_than_is_needed(void **state)
{
	struct authorities *all = *state;
	struct party *leaf = party_new(&(struct party_plan){.dns_name = HOST}, all->between);
	struct party_plan plan = {.common_name = "root", .is_authority = true, .twin = all->root};
	struct party *crossed = party_new(&plan, all->stranger);
	plan.begins = -2 * HOUR;
	plan.ends = -HOUR;
	struct party *expired = party_new(&plan, all->stranger);
	struct party *other = party_new(&(struct party_plan){.is_authority = true}, all->stranger);
	const struct {
		const char *label;
		const struct party *chain[5];
	} rows[] = {
		{"nothing more", {leaf, all->between}},
		{"the root", {leaf, all->between, all->root}},
		{"the root, before the one below it", {leaf, all->root, all->between}},
		{"the same twice", {leaf, all->between, all->between}},
		{"a stranger's word for the root", {leaf, all->between, crossed}},
		{"and the stranger", {leaf, all->between, crossed, all->stranger}},
		{"and the root", {leaf, all->between, all->root, crossed, all->stranger}},
		{"a stranger's word that is over", {leaf, all->between, expired, all->stranger}},
		{"somebody else", {leaf, all->between, other}},
	};
	write_lists(all);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fetched fetched;
		struct encounter encounter = {.host = HOST, .ca_file = all->ca_file};
		memcpy(encounter.chain, rows[i].chain, sizeof encounter.chain);
		encounter_meet(&encounter, &fetched);
		CHECK_ROW(rows[i].label, encounter_came_to(&fetched, NULL));
		encounter.crl_file = all->crl_file;
		encounter_meet(&encounter, &fetched);
		CHECK_ROW(rows[i].label, encounter_came_to(&fetched, NULL));
	}
	party_free(leaf);
	party_free(crossed);
	party_free(expired);
	party_free(other);
}

static void start_list(const struct authorities *all)
{
	fclose(fopen(all->crl_file, "w"));
	authority_revoke(all->crl_file, all->root, all->root, NULL,
		&(struct crl_times){.issued = -HOUR, .next = HOUR});
}

/* Who brings the file here, and has the key of a revoked certificate, too. */
static void takes_no_list_of_somebody_with_the_issuers_name(void **state)
{
	static const struct crl_times current = {.issued = -HOUR, .next = HOUR};
	struct authorities *all = *state;
	struct fetched fetched;
	struct party *leaf = party_new(&(struct party_plan){.dns_name = HOST}, all->root);
	struct party *false_root = party_new(
		&(struct party_plan){.common_name = "root", .is_authority = true}, NULL);
	struct encounter encounter = {
		.chain = {leaf, false_root}, .host = HOST, .ca_file = all->ca_file};
	encounter_meet(&encounter, &fetched);
	assert_true(encounter_came_to(&fetched, NULL));
	encounter.crl_file = all->crl_file;
	authority_revoke(all->crl_file, false_root, false_root, NULL, &current);
	encounter_meet(&encounter, &fetched);
	assert_true(encounter_came_to(&fetched, NO_LIST "|signature|EVP lib"));
	start_list(all);
	encounter_meet(&encounter, &fetched);
	assert_true(encounter_came_to(&fetched, NULL));
	party_free(leaf);
	party_free(false_root);
}

#define PLACE "\xa0\x0e\xa0\x0c\x86\x0ahttp://a/1"
#define OTHER_PLACE "\xa0\x0e\xa0\x0c\x86\x0ahttp://a/2"
#define POINT "2.5.29.28"

static const struct {
	const char *label;
	struct raw_extension extension;
	const char *reasons; /* if nobody is on it; else it is for being revoked, too */
} parts[] = {
	{"changes since another", IN_DER("2.5.29.27", "\2\1\1"), NO_LIST},
	{"nobody knows what", IN_DER("2.5.29.99", "\5"), NO_LIST},
	{"its place", IN_DER(POINT, "\x30\x10" PLACE), NULL},
	{"its place, of servers", IN_DER(POINT, "\x30\x13" PLACE "\x81\1\xff"), NULL},
	{"its place, of authorities", IN_DER(POINT, "\x30\x13" PLACE "\x82\1\xff"), NO_LIST},
	{"another place", IN_DER(POINT, "\x30\x10" OTHER_PLACE), NO_LIST},
	{"another place and its own",
		IN_DER(POINT, "\x30\x1c\xa0\x1a\xa0\x18\x86\x0ahttp://a/2\x86\x0ahttp://a/1"),
		NULL},
	{"servers", IN_DER(POINT, "\x30\3\x81\1\xff"), NULL},
	{"some reasons", IN_DER(POINT, "\x30\4\x83\2\7\x80"), NO_LIST},
	{"several authorities", IN_DER(POINT, "\x30\3\x84\1\xff"), NO_LIST},
	{"less than it says", IN_DER(POINT, "\x30\4\x81\1\xff"), NO_LIST},
	{"more than it says", IN_DER(POINT, "\x30\2\x81\1\xff"), NO_LIST},
	{"a place without a name", IN_DER(POINT, "\x30\2\xa0\0"), NO_LIST},
	{"a length without an end", IN_DER(POINT, "\x30\x80\x81\1\xff"), NO_LIST},
	{"a longer length", IN_DER(POINT, "\x30\x82\0\3\x81\1\xff"), NULL},
	{"a length too long", IN_DER(POINT, "\x30\x83\0\0\3\x81\1\xff"), NO_LIST},
};

static void looks_into_lists_that_speak_of_it_alone(void **state)
{
	static const struct raw_extension place = IN_DER("2.5.29.31", "\x30\x12\x30\x10" PLACE);
	struct authorities *all = *state;
	struct party *leaf = party_new(
		&(struct party_plan){.dns_name = HOST, .extension = &place}, all->between);
	struct encounter encounter = {.chain = {leaf, all->between},
		.host = HOST,
		.ca_file = all->ca_file,
		.crl_file = all->crl_file};
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct fetched fetched;
		start_list(all);
		authority_revoke_in_part(all->crl_file, all->between, NULL, &parts[i].extension);
		encounter_meet(&encounter, &fetched);
		CHECK_ROW(parts[i].label, encounter_came_to(&fetched, parts[i].reasons));
		start_list(all);
		authority_revoke_in_part(all->crl_file, all->between, leaf, &parts[i].extension);
		encounter_meet(&encounter, &fetched);
		CHECK_ROW(parts[i].label, encounter_came_to(&fetched, "revoked|" NO_LIST));
	}
	party_free(leaf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, authorities_start, authorities_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(believes_whom_those_above_may_vouch_for),
		TEST(believes_chains_with_more_than_is_needed),
		TEST(takes_no_list_of_somebody_with_the_issuers_name),
		TEST(looks_into_lists_that_speak_of_it_alone),
	};
	return cmocka_run_group_tests_name("certificate_chain", tests, NULL, NULL);
}
