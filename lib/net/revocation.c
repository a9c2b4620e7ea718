/* Looking certificates up in revocation lists; no list counts as bad news. */
#include "net/revocation.h"

#include <string.h>

#define UNREADABLE "the crl_file cannot be read, or has no revocation list"
#define UNLISTED "no revocation list in its time for its certificate, or one above it"
#define REVOKED "its certificate, or one above it, was revoked"

/* What the files say. */
struct lists {
	gnutls_x509_crl_t *crls;
	unsigned count;
	gnutls_x509_trust_list_t anchors;
};

/* From the same places as libcurl, which tells those that it was built with. */
static bool load_anchors(struct lists *lists, const struct mcpauth__revocation *revocation)
{
	const char *file = revocation->ca_file;
	const char *folder = NULL;
	if (file == NULL) {
		curl_easy_getinfo(revocation->easy, CURLINFO_CAINFO, &file);
		curl_easy_getinfo(revocation->easy, CURLINFO_CAPATH, &folder);
	}
	if (gnutls_x509_trust_list_init(&lists->anchors, 0) != 0) {
		lists->anchors = NULL;
		return false;
	}
	if (file != NULL) {
		gnutls_x509_trust_list_add_trust_file(
			lists->anchors, file, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	}
	if (folder != NULL) {
		gnutls_x509_trust_list_add_trust_dir(
			lists->anchors, folder, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	}
	return true;
}

static bool load_crls(struct lists *lists, const char *path)
{
	gnutls_datum_t text;
	if (gnutls_load_file(path, &text) != 0) {
		return false;
	}
	bool good = gnutls_x509_crl_list_import2(
			    &lists->crls, &lists->count, &text, GNUTLS_X509_FMT_PEM, 0)
		>= 0;
	gnutls_free(text.data);
	return good;
}

static void finish(struct lists *lists)
{
	for (unsigned i = 0; i < lists->count; i++) {
		gnutls_x509_crl_deinit(lists->crls[i]);
	}
	gnutls_free(lists->crls);
	if (lists->anchors != NULL) {
		gnutls_x509_trust_list_deinit(lists->anchors, 1);
	}
}

static bool is_issuer(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
	return gnutls_x509_crt_check_issuer(certificate, issuer) != 0;
}

static gnutls_x509_crt_t find_issuer(const struct mcpauth__revocation *revocation,
	const struct lists *lists, gnutls_x509_crt_t certificate)
{
	gnutls_x509_crt_t issuer = NULL;
	for (unsigned i = 0; i < revocation->length; i++) {
		if (is_issuer(certificate, revocation->certificates[i])) {
			return revocation->certificates[i];
		}
	}
	return gnutls_x509_trust_list_get_issuer(lists->anchors, certificate, &issuer, 0) == 0
		? issuer
		: NULL;
}

/* Whoever brings the file here can have been led astray: an old list, and one
 * that somebody else wrote, count as none. */
static bool is_in_force(gnutls_x509_crl_t crl, gnutls_x509_crt_t issuer)
{
	unsigned status = 0;
	return gnutls_x509_crl_check_issuer(crl, issuer) != 0
		&& gnutls_x509_crl_verify(crl, &issuer, 1, 0, &status) == 0 && status == 0;
}

static bool judge_one(const struct lists *lists, gnutls_x509_crt_t certificate,
	gnutls_x509_crt_t issuer, const char **reason)
{
	bool is_listed = false;
	for (unsigned i = 0; i < lists->count; i++) {
		if (!is_in_force(lists->crls[i], issuer)) {
			continue;
		}
		is_listed = true;
		if (gnutls_x509_crt_check_revocation(certificate, &lists->crls[i], 1) != 0) {
			*reason = REVOKED;
			return false;
		}
	}
	*reason = UNLISTED;
	return is_listed;
}

static bool judge(const struct mcpauth__revocation *revocation, const struct lists *lists,
	const char **reason)
{
	for (unsigned i = 0; i < revocation->length; i++) {
		gnutls_x509_crt_t certificate = revocation->certificates[i];
		if (is_issuer(certificate, certificate)) {
			continue;
		}
		gnutls_x509_crt_t issuer = find_issuer(revocation, lists, certificate);
		if (issuer == NULL) {
			*reason = UNLISTED;
			return false;
		}
		if (!judge_one(lists, certificate, issuer, reason)) {
			return false;
		}
	}
	return true;
}

bool mcpauth__revocation_judge(const struct mcpauth__revocation *revocation, const char **reason)
{
	struct lists lists = {0};
	bool good = load_crls(&lists, revocation->crl_file) && load_anchors(&lists, revocation);
	if (!good) {
		*reason = UNREADABLE;
	} else {
		good = judge(revocation, &lists, reason);
	}
	finish(&lists);
	return good;
}
