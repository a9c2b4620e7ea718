/* Certificate authorities of a test's own. */
#include "support/authority.h"

#include "support/check.h"

#include <gnutls/abstract.h>

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
	if (plan->twin != NULL) {
		NEED(gnutls_x509_privkey_cpy(*key, plan->twin->key));
		return;
	}
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
	if (plan->extension != NULL) {
		NEED(gnutls_x509_crt_set_extension_by_oid(certificate, plan->extension->oid,
			plan->extension->der, plan->extension->length, 1));
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

struct der {
	unsigned char data[1024];
	size_t length;
};

static void put(struct der *to, unsigned char tag, const void *value, size_t length)
{
	unsigned char head[4] = {tag, (unsigned char)length};
	size_t size = 2;
	if (length > 127) {
		head[1] = 0x82;
		head[2] = (unsigned char)(length >> 8);
		head[3] = (unsigned char)length;
		size = 4;
	}
	assert_true(to->length + size + length <= sizeof to->data);
	memcpy(to->data + to->length, head, size);
	memcpy(to->data + to->length + size, value, length);
	to->length += size + length;
}

static void put_time(struct der *to, long seconds)
{
	char text[20];
	time_t when = time(NULL) + seconds;
	struct tm parts;
	size_t length = strftime(text, sizeof text, "%Y%m%d%H%M%SZ", gmtime_r(&when, &parts));
	/* UTCTime has two digits of the year. */
	put(to, 0x17, text + 2, length - 2);
}

static void put_revoked(struct der *to, const struct party *revoked)
{
	unsigned char serial[32];
	size_t size = sizeof serial;
	struct der entry = {.length = 0};
	struct der sequence = {.length = 0};
	NEED(gnutls_x509_crt_get_serial(revoked->certificate, serial, &size));
	put(&entry, 0x02, serial, size);
	put_time(&entry, -HOUR);
	put(&sequence, 0x30, entry.data, entry.length);
	put(to, 0x30, sequence.data, sequence.length);
}

static void put_extension(struct der *to, const struct raw_extension *extension)
{
	char text[32];
	unsigned char oid[16];
	size_t count = 0;
	struct der inner = {.length = 0};
	struct der one = {.length = 0};
	struct der all = {.length = 0};
	snprintf(text, sizeof text, "%s", extension->oid);
	for (char *arc = strtok(text, "."); arc != NULL; arc = strtok(NULL, ".")) {
		oid[count++] = (unsigned char)atoi(arc);
	}
	oid[1] = (unsigned char)(oid[0] * 40 + oid[1]);
	put(&inner, 0x06, oid + 1, count - 1);
	put(&inner, 0x01, "\xff", 1);
	put(&inner, 0x04, extension->der, extension->length);
	put(&one, 0x30, inner.data, inner.length);
	put(&all, 0x30, one.data, one.length);
	put(to, 0xa0, all.data, all.length);
}

/* RFC 5280 section 5.1: the type of signature here and there, in DER. */
static const unsigned char ecdsa_with_sha256[] = {
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

static void sign(const struct der *data, const struct party *signer, struct der *bits)
{
	gnutls_privkey_t key;
	gnutls_datum_t signature;
	NEED(gnutls_privkey_init(&key));
	NEED(gnutls_privkey_import_x509(key, signer->key, 0));
	NEED(gnutls_privkey_sign_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0,
		&(gnutls_datum_t){(unsigned char *)data->data, (unsigned)data->length},
		&signature));
	bits->data[0] = 0;
	memcpy(bits->data + 1, signature.data, signature.size);
	bits->length = signature.size + 1;
	gnutls_free(signature.data);
	gnutls_privkey_deinit(key);
}

void authority_revoke_in_part(const char *path, const struct party *issuer,
	const struct party *revoked, const struct raw_extension *extension)
{
	struct der list = {.length = 0};
	struct der body = {.length = 0};
	struct der bits;
	gnutls_datum_t name;
	gnutls_datum_t pem;
	put(&list, 0x02, "\1", 1);
	put(&list, 0x30, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
	NEED(gnutls_x509_crt_get_raw_dn(issuer->certificate, &name));
	memcpy(list.data + list.length, name.data, name.size);
	list.length += name.size;
	gnutls_free(name.data);
	put_time(&list, -HOUR);
	put_time(&list, HOUR);
	if (revoked != NULL) {
		put_revoked(&list, revoked);
	}
	put_extension(&list, extension);
	put(&body, 0x30, list.data, list.length);
	sign(&body, issuer, &bits);
	put(&body, 0x30, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
	put(&body, 0x03, bits.data, bits.length);
	list.length = 0;
	put(&list, 0x30, body.data, body.length);
	NEED(gnutls_pem_base64_encode2(
		"X509 CRL", &(gnutls_datum_t){list.data, (unsigned)list.length}, &pem));
	append(path, &pem);
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
