/* Looking certificates up in revocation lists; no list counts as bad news. */
#include "net/revocation.h"

#include "net/crl_scope.h"

#include <string.h>

#define KEY_ID_SIZE 32
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

/* gnutls_x509_crt_verify() does the same, but in GnuTLS 3.7 releases a list that it
 * had no memory to make. */
static bool is_signed_by(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
	gnutls_x509_trust_list_t anchors = NULL;
	unsigned status = 0;
	if (gnutls_x509_trust_list_init(&anchors, 0) < 0) {
		return false;
	}
	bool verified = gnutls_x509_trust_list_add_cas(anchors, &issuer, 1, 0) == 1
		&& gnutls_x509_trust_list_verify_crt(anchors, &certificate, 1,
			   GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL)
			== 0
		&& (status & (GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_SIGNER_NOT_FOUND)) == 0;
	gnutls_x509_trust_list_deinit(anchors, 0);
	return verified;
}

/* Not by the name alone: beside the true issuer a server can show one of the same
 * name, whose lists anybody could have written. */
static bool is_issuer(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
	return gnutls_x509_crt_check_issuer(certificate, issuer) != 0
		&& is_signed_by(certificate, issuer);
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

static bool has_same_name(gnutls_x509_crt_t a, gnutls_x509_crt_t b)
{
	gnutls_datum_t ours = {0};
	gnutls_datum_t theirs = {0};
	bool same = gnutls_x509_crt_get_raw_dn(a, &ours) == 0
		&& gnutls_x509_crt_get_raw_dn(b, &theirs) == 0 && ours.size == theirs.size
		&& memcmp(ours.data, theirs.data, ours.size) == 0;
	gnutls_free(ours.data);
	gnutls_free(theirs.data);
	return same;
}

static bool has_same_key(gnutls_x509_crt_t a, gnutls_x509_crt_t b)
{
	unsigned char ours[KEY_ID_SIZE];
	unsigned char theirs[KEY_ID_SIZE];
	size_t our_size = sizeof ours;
	size_t their_size = sizeof theirs;
	return gnutls_x509_crt_get_key_id(a, GNUTLS_KEYID_USE_SHA256, ours, &our_size) == 0
		&& gnutls_x509_crt_get_key_id(b, GNUTLS_KEYID_USE_SHA256, theirs, &their_size) == 0
		&& our_size == their_size && memcmp(ours, theirs, our_size) == 0;
}

/* RFC 5280 section 6.1.1: trusted is a name with its key, whoever else has signed
 * a certificate for it. Servers show such ones for the sake of old clients. */
static bool is_anchor(const struct lists *lists, gnutls_x509_crt_t certificate)
{
	gnutls_x509_trust_list_iter_t place = NULL;
	gnutls_x509_crt_t anchor;
	bool found = false;
	while (!found && gnutls_x509_trust_list_iter_get_ca(lists->anchors, &place, &anchor) == 0) {
		found = has_same_name(certificate, anchor) && has_same_key(certificate, anchor);
		gnutls_x509_crt_deinit(anchor);
	}
	gnutls_x509_trust_list_iter_deinit(place);
	return found;
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
		if (!is_in_force(lists->crls[i], issuer)
			|| !mcpauth__crl_covers(lists->crls[i], certificate)) {
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

static bool is_above(
	const struct mcpauth__revocation *revocation, unsigned index, const bool *asked)
{
	for (unsigned i = 0; i < revocation->length; i++) {
		if (asked[i]
			&& is_issuer(
				revocation->certificates[i], revocation->certificates[index])) {
			return true;
		}
	}
	return false;
}

/* Those that lead from the server's own to what is trusted, in whatever order they
 * were shown, and what else was shown besides. */
static void choose(
	const struct mcpauth__revocation *revocation, const struct lists *lists, bool *asked)
{
	bool found = true;
	asked[0] = !is_issuer(revocation->certificates[0], revocation->certificates[0]);
	while (found) {
		found = false;
		for (unsigned i = 1; i < revocation->length; i++) {
			if (!asked[i] && is_above(revocation, i, asked)
				&& !is_anchor(lists, revocation->certificates[i])) {
				asked[i] = true;
				found = true;
			}
		}
	}
}

static bool judge(const struct mcpauth__revocation *revocation, const struct lists *lists,
	const char **reason)
{
	bool asked[MCPAUTH__REVOCATION_MAX] = {0};
	choose(revocation, lists, asked);
	for (unsigned i = 0; i < revocation->length; i++) {
		gnutls_x509_crt_t certificate = revocation->certificates[i];
		if (!asked[i]) {
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
