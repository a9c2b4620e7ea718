/* Certificates that their authority has taken back (RFC 5280 section 5). */
#ifndef MCPAUTH_NET_REVOCATION_H
#define MCPAUTH_NET_REVOCATION_H

#include <curl/curl.h>
#include <gnutls/x509.h>

#include <stdbool.h>

/** As many certificates as a server may show. */
#define MCPAUTH__REVOCATION_MAX 16

/** Whose certificates, and the lists to look for them in. */
struct mcpauth__revocation {
	CURL *easy;
	const char *ca_file; /* NULL: those that libcurl was built with */
	const char *crl_file;
	const gnutls_x509_crt_t *certificates; /* as the server showed them */
	unsigned length;
};

/**
 * Is each that leads up to an authority that is trusted on a list of its issuer's
 * that speaks of it, is signed by it and in its time, and not revoked there?
 * Somebody trusted is on none, nor is a server whose certificate it signed itself.
 *
 * @param[out] reason  a constant; written only on false
 */
bool mcpauth__revocation_judge(const struct mcpauth__revocation *revocation, const char **reason);

#endif
