/* Certificate authorities of a test's own. */
#include "support/authority.h"

#include "support/check.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOUR 3600
#define SERIAL_SIZE 4

#define NEED(call) assert_int_equal((call), 0)

static unsigned char last_serial[SERIAL_SIZE] = {1};

static void make_key(const struct party_plan *plan, gnutls_x509_privkey_t *key)
{
	NEED(gnutls_x509_privkey_init(key));
	if (plan->algorithm != 0) {
		NEED(gnutls_x509_privkey_generate(*key, plan->algorithm, plan->bits, 0));
		return;
	}
	NEED(gnutls_x509_privkey_generate(
		*key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
}

/* SubjectAltName with one dNSName, in DER: GnuTLS writes none with a NUL in it. */
static void set_raw_name(gnutls_x509_crt_t certificate, const char *name, size_t length)
{
	unsigned char der[128] = {0x30, (unsigned char)(length + 2), 0x82, (unsigned char)length};
	assert_true(length < 124);
	memcpy(der + 4, name, length);
	NEED(gnutls_x509_crt_set_extension_by_oid(
		certificate, GNUTLS_X509EXT_OID_SAN, der, length + 4, 0));
}

static void set_names(gnutls_x509_crt_t certificate, const struct party_plan *plan)
{
	const char *common = plan->common_name != NULL ? plan->common_name : "party";
	NEED(gnutls_x509_crt_set_dn_by_oid(
		certificate, GNUTLS_OID_X520_COMMON_NAME, 0, common, (unsigned)strlen(common)));
	if (plan->raw_name_length > 0) {
		set_raw_name(certificate, plan->dns_name, plan->raw_name_length);
	} else if (plan->dns_name != NULL) {
		NEED(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME,
			plan->dns_name, (unsigned)strlen(plan->dns_name), GNUTLS_FSAN_APPEND));
	}
	if (plan->ip_address != NULL) {
		unsigned char bytes[16];
		bool is_v6 = strchr(plan->ip_address, ':') != NULL;
		assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, plan->ip_address, bytes), 1);
		NEED(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, bytes,
			is_v6 ? 16 : 4, GNUTLS_FSAN_APPEND));
	}
}

static void set_rights(gnutls_x509_crt_t certificate, const struct party_plan *plan)
{
	unsigned usage = plan->is_authority ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
					    : GNUTLS_KEY_DIGITAL_SIGNATURE;
	usage |= plan->dns_name != NULL ? GNUTLS_KEY_DIGITAL_SIGNATURE : 0;
	NEED(gnutls_x509_crt_set_basic_constraints(certificate, plan->is_authority, -1));
	NEED(gnutls_x509_crt_set_key_usage(certificate, usage));
	if (plan->purpose != NULL) {
		NEED(gnutls_x509_crt_set_key_purpose_oid(certificate, plan->purpose, 0));
	}
}

/* Each has a serial number of its own: by it alone a list knows it. */
static void set_life(gnutls_x509_crt_t certificate, const struct party_plan *plan)
{
	time_t now = time(NULL);
	last_serial[SERIAL_SIZE - 1]++;
	NEED(gnutls_x509_crt_set_version(certificate, 3));
	NEED(gnutls_x509_crt_set_serial(certificate, last_serial, SERIAL_SIZE));
	NEED(gnutls_x509_crt_set_activation_time(
		certificate, now + (plan->begins != 0 ? plan->begins : -HOUR)));
	NEED(gnutls_x509_crt_set_expiration_time(
		certificate, now + (plan->ends != 0 ? plan->ends : HOUR)));
}

/* GnuTLS knows more of a certificate that was read than of one that it made. */
static void read_again(gnutls_x509_crt_t *certificate)
{
	gnutls_datum_t der;
	NEED(gnutls_x509_crt_export2(*certificate, GNUTLS_X509_FMT_DER, &der));
	gnutls_x509_crt_deinit(*certificate);
	NEED(gnutls_x509_crt_init(certificate));
	NEED(gnutls_x509_crt_import(*certificate, &der, GNUTLS_X509_FMT_DER));
	gnutls_free(der.data);
}

struct party *party_new(const struct party_plan *plan, const struct party *issuer)
{
	struct party *party = calloc(1, sizeof *party);
	assert_non_null(party);
	make_key(plan, &party->key);
	NEED(gnutls_x509_crt_init(&party->certificate));
	set_life(party->certificate, plan);
	set_names(party->certificate, plan);
	set_rights(party->certificate, plan);
	NEED(gnutls_x509_crt_set_key(party->certificate, party->key));
	const struct party *signer = issuer != NULL ? issuer : party;
	NEED(gnutls_x509_crt_sign2(party->certificate, signer->certificate, signer->key,
		plan->digest != 0 ? plan->digest : GNUTLS_DIG_SHA256, 0));
	read_again(&party->certificate);
	return party;
}

void party_free(struct party *party)
{
	if (party != NULL) {
		gnutls_x509_crt_deinit(party->certificate);
		gnutls_x509_privkey_deinit(party->key);
		free(party);
	}
}

static void append(const char *path, gnutls_datum_t *pem)
{
	FILE *file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(fwrite(pem->data, 1, pem->size, file), pem->size);
	assert_int_equal(fclose(file), 0);
	gnutls_free(pem->data);
}

void authority_revoke(const char *path, const struct party *issuer, const struct party *signer,
	const struct party *revoked, const struct crl_times *times)
{
	gnutls_x509_crl_t crl;
	gnutls_datum_t pem;
	time_t now = time(NULL);
	NEED(gnutls_x509_crl_init(&crl));
	NEED(gnutls_x509_crl_set_version(crl, 2));
	NEED(gnutls_x509_crl_set_this_update(crl, now + times->issued));
	NEED(gnutls_x509_crl_set_next_update(crl, now + times->next));
	NEED(gnutls_x509_crl_set_number(crl, "\1", 1));
	if (revoked != NULL) {
		NEED(gnutls_x509_crl_set_crt(crl, revoked->certificate, now - HOUR));
	}
	NEED(gnutls_x509_crl_sign2(crl, issuer->certificate, signer->key, GNUTLS_DIG_SHA256, 0));
	NEED(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem));
	append(path, &pem);
	gnutls_x509_crl_deinit(crl);
}

void authority_write(const char *path, const struct party *party)
{
	gnutls_datum_t pem;
	NEED(gnutls_x509_crt_export2(party->certificate, GNUTLS_X509_FMT_PEM, &pem));
	append(path, &pem);
}

void authority_make_file(char *path, size_t size)
{
	const char *folder = getenv("TMPDIR");
	bool usable = folder != NULL && strlen(folder) < size / 2;
	snprintf(path, size, "%s/authority-XXXXXX", usable ? folder : "/tmp");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
}
