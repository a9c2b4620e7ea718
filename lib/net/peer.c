/* Judging servers' certificates where the TLS libraries under libcurl are of different minds. */
#include "net/peer.h"

#include "base/ascii.h"
#include "net/revocation.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <string.h>

#define CHAIN_MAX MCPAUTH__REVOCATION_MAX
#define NAME_SIZE 256 /* one of DNS has at most 253 */
#define RSA_BITS_MIN 2048
#define EC_BITS_MIN 256

/* What a server showed, its own certificate first. */
struct chain {
	gnutls_x509_crt_t certificates[CHAIN_MAX];
	unsigned length;
};

static void finish(struct chain *chain)
{
	for (unsigned i = 0; i < chain->length; i++) {
		gnutls_x509_crt_deinit(chain->certificates[i]);
	}
}

static bool append(struct chain *chain, const gnutls_datum_t *text, gnutls_x509_crt_fmt_t format)
{
	gnutls_x509_crt_t certificate;
	if (chain->length == CHAIN_MAX || gnutls_x509_crt_init(&certificate) != 0) {
		return false;
	}
	if (gnutls_x509_crt_import(certificate, text, format) != 0) {
		gnutls_x509_crt_deinit(certificate);
		return false;
	}
	chain->certificates[chain->length++] = certificate;
	return true;
}

static bool read_session(gnutls_session_t session, struct chain *chain)
{
	unsigned count = 0;
	const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);
	bool good = shown != NULL;
	for (unsigned i = 0; good && i < count; i++) {
		good = append(chain, &shown[i], GNUTLS_X509_FMT_DER);
	}
	return good;
}

static bool read_lines(const struct curl_certinfo *shown, struct chain *chain)
{
	static const char name[] = "Cert:";
	for (int i = 0; i < shown->num_of_certs; i++) {
		const struct curl_slist *line = shown->certinfo[i];
		while (line != NULL && strncmp(line->data, name, sizeof name - 1) != 0) {
			line = line->next;
		}
		if (line == NULL) {
			return false;
		}
		char *pem = line->data + sizeof name - 1;
		gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
		if (!append(chain, &text, GNUTLS_X509_FMT_PEM)) {
			return false;
		}
	}
	return true;
}

/* NULL if it is not GnuTLS that is at work under libcurl. */
static const struct curl_tlssessioninfo *gnutls_of(CURL *easy)
{
	struct curl_tlssessioninfo *session = NULL;
	return curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK
			&& session != NULL && session->backend == CURLSSLBACKEND_GNUTLS
		? session
		: NULL;
}

static bool read_chain(CURL *easy, struct chain *chain)
{
	struct curl_certinfo *shown = NULL;
	const struct curl_tlssessioninfo *session = gnutls_of(easy);
	if (session != NULL) {
		return session->internals != NULL && read_session(session->internals, chain)
			&& chain->length > 0;
	}
	return curl_easy_getinfo(easy, CURLINFO_CERTINFO, &shown) == CURLE_OK && shown != NULL
		&& read_lines(shown, chain) && chain->length > 0;
}

/* With GnuTLS libcurl would read the certificates with a parser of its own, which
 * has had its faults and knows no EdDSA. */
bool mcpauth__peer_prepare(CURL *easy)
{
	return gnutls_of(easy) != NULL || curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L) == CURLE_OK;
}

/* GnuTLS takes RSA from 1024 bits on if nobody tells it otherwise, and libcurl
 * cannot be made to. */
static bool is_strong(gnutls_x509_crt_t certificate)
{
	unsigned bits = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(certificate, &bits);
	bool is_rsa = algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS;
	return bits >= (is_rsa ? RSA_BITS_MIN : EC_BITS_MIN) && algorithm != GNUTLS_PK_DSA;
}

/* RFC 9525 section 2 knows no common names: an authority checks them less. GnuTLS
 * takes one where the names are of other kinds. */
static bool has_alternative_name(gnutls_x509_crt_t certificate)
{
	char name[NAME_SIZE];
	int kind = 0;
	for (unsigned i = 0; kind >= 0 || kind == GNUTLS_E_SHORT_MEMORY_BUFFER; i++) {
		size_t size = sizeof name;
		kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, name, &size, NULL);
		if (kind == GNUTLS_SAN_DNSNAME || kind == GNUTLS_SAN_IPADDRESS) {
			return true;
		}
	}
	return false;
}

/* RFC 5280 section 4.2.1.12: without the extension it is for every purpose. */
static bool is_for_servers(gnutls_x509_crt_t certificate)
{
	return gnutls_x509_crt_check_key_purpose(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0) != 0;
}

/* An authority for mail alone is audited less than one for servers; GnuTLS asks those
 * above for nothing. A root is judged by whoever trusts it. */
static bool are_for_servers(const struct chain *chain)
{
	bool good = is_for_servers(chain->certificates[0]);
	for (unsigned i = 1; good && i < chain->length; i++) {
		gnutls_x509_crt_t certificate = chain->certificates[i];
		good = is_for_servers(certificate)
			|| gnutls_x509_crt_check_issuer(certificate, certificate) != 0;
	}
	return good;
}

static bool judge(const struct chain *chain, const char **reason)
{
	for (unsigned i = 0; i < chain->length; i++) {
		if (!is_strong(chain->certificates[i])) {
			*reason = "its certificate, or one above it, has a key that is too weak";
			return false;
		}
	}
	if (!has_alternative_name(chain->certificates[0])) {
		*reason = "its certificate has no subjectAltName: a common name is not enough";
		return false;
	}
	if (!are_for_servers(chain)) {
		*reason = "its certificate, or one above it, is for another purpose than servers";
		return false;
	}
	return true;
}

static bool judge_new(CURL *easy, const struct mcpauth__tls_files *files, const char **reason)
{
	struct chain chain = {0};
	bool good = read_chain(easy, &chain);
	if (!good) {
		*reason = "its certificates cannot be read";
	} else {
		good = judge(&chain, reason)
			&& (files->crl_file == NULL
				|| mcpauth__revocation_judge(
					&(struct mcpauth__revocation){.easy = easy,
						.ca_file = files->ca_file,
						.crl_file = files->crl_file,
						.certificates = chain.certificates,
						.length = chain.length},
					reason));
	}
	finish(&chain);
	return good;
}

bool mcpauth__peer_judge(CURL *easy, const struct mcpauth__tls_files *files, const char **reason)
{
	long opened = 0;
	char *scheme = NULL;
	if (curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme) != CURLE_OK || scheme == NULL
		|| curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened) != CURLE_OK) {
		*reason = "libcurl does not say whom it asks";
		return false;
	}
	if (!mcpauth__ascii_are_alike(scheme, "https") || opened == 0) {
		return true;
	}
	return judge_new(easy, files, reason);
}

/* The gravest first: one certificate can have several of them. */
static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{GNUTLS_CERT_REVOKED, "its certificate, or one above it, was revoked"},
	{GNUTLS_CERT_EXPIRED, "its certificate, or one above it, has expired"},
	{GNUTLS_CERT_NOT_ACTIVATED, "its certificate, or one above it, is not yet valid"},
	{GNUTLS_CERT_INSECURE_ALGORITHM,
		"its certificate, or one above it, has a signature that is too weak"},
	{GNUTLS_CERT_SIGNER_NOT_CA, "the issuer of its certificate is no authority"},
	{GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
		"the issuer of its certificate may not issue such a one"},
	{GNUTLS_CERT_SIGNATURE_FAILURE,
		"the signature of its certificate, or one above it, is wrong"},
	{GNUTLS_CERT_SIGNER_NOT_FOUND, "the issuer of its certificate is not known"},
};

/* libcurl has a line of its own for each with OpenSSL, and with GnuTLS one for
 * all of them. */
const char *mcpauth__peer_reason(CURL *easy)
{
	long status = 0;
	if (gnutls_of(easy) == NULL
		|| curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &status) != CURLE_OK
		|| status < 0 /* an error of reading a file */) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		if (((unsigned)status & reasons[i].status) != 0) {
			return reasons[i].reason;
		}
	}
	return NULL;
}
