/* Fuzz target: a revocation list in DER, and which of two certificates it speaks of. */
#include "common/fuzz.h"

#include "net/crl_scope.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdio.h>
#include <string.h>

/* What a list holds, by GnuTLS's own reading of it. */
struct extensions {
	bool is_delta;
	bool names_a_place;
	bool has_unknown; /* a critical one */
};

/* A leaf whose list is at http://a/1, and the authority above it. */
static gnutls_x509_crt_t certificate_of(const char *name)
{
	char path[512];
	char text[4096];
	gnutls_x509_crt_t certificate;
	snprintf(path, sizeof path, "%s/test/fuzz/known/%s", TEST_ROOT, name);
	FILE *file = fopen(path, "r");
	MUST(file != NULL);
	gnutls_datum_t pem = {(unsigned char *)text, (unsigned)fread(text, 1, sizeof text, file)};
	(void)fclose(file);
	MUST(gnutls_x509_crt_init(&certificate) == 0);
	MUST(gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM) == 0);
	return certificate;
}

/* @return false if GnuTLS cannot read them all */
static bool read_extensions(gnutls_x509_crl_t crl, struct extensions *extensions)
{
	char oid[128];
	unsigned critical;
	*extensions = (struct extensions){0};
	for (unsigned i = 0;; i++) {
		size_t size = sizeof oid;
		int result = gnutls_x509_crl_get_extension_info(crl, i, oid, &size, &critical);
		if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			return true;
		}
		if (result < 0) {
			return false;
		}
		bool is_place = strcmp(oid, "2.5.29.28") == 0;
		bool is_delta = strcmp(oid, "2.5.29.27") == 0;
		extensions->names_a_place = extensions->names_a_place || is_place;
		extensions->is_delta = extensions->is_delta || is_delta;
		extensions->has_unknown = extensions->has_unknown
			|| (critical != 0 && !is_place && !is_delta);
	}
}

static void check(gnutls_x509_crl_t crl)
{
	static gnutls_x509_crt_t leaf;
	static gnutls_x509_crt_t authority;
	struct extensions extensions;
	if (leaf == NULL) {
		leaf = certificate_of("listed-leaf.pem");
		authority = certificate_of("listed-authority.pem");
	}
	bool covers_leaf = mcpauth__crl_covers(crl, leaf);
	bool covers_authority = mcpauth__crl_covers(crl, authority);
	if (!read_extensions(crl, &extensions) || extensions.is_delta || extensions.has_unknown) {
		MUST(!covers_leaf && !covers_authority);
	} else if (!extensions.names_a_place) {
		MUST(covers_leaf && covers_authority);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gnutls_x509_crl_t crl;
	gnutls_datum_t der = {(unsigned char *)data, (unsigned)size};
	MUST(gnutls_x509_crl_init(&crl) == 0);
	if (gnutls_x509_crl_import(crl, &der, GNUTLS_X509_FMT_DER) == 0) {
		check(crl);
	}
	gnutls_x509_crl_deinit(crl);
	return 0;
}
