/**
 * @file
 * Certificate authorities of a test's own: keys, certificates and revocation
 * lists, made when the test runs, good or with one thing wrong.
 */
#ifndef MCPAUTH_TEST_AUTHORITY_H
#define MCPAUTH_TEST_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/** A certificate and its key. */
struct party {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
};

/** An extension that GnuTLS would not write, or not so; it is critical. */
struct raw_extension {
	const char *oid;
	const char *der;
	size_t length;
};

/** What a certificate is to say. Zero is what a good leaf has. */
struct party_plan {
	const char *common_name;               /* NULL: "party" */
	const char *dns_name;                  /* NULL: none */
	size_t raw_name_length;                /* of a dns_name with a NUL within; 0: it has none */
	const char *ip_address;                /* four or sixteen bytes' text; NULL: none */
	const char *purpose;                   /* an extended key usage's OID; NULL: none */
	bool is_authority;                     /* basic constraints: CA */
	gnutls_pk_algorithm_t algorithm;       /* 0: ECDSA, on P-256 */
	unsigned bits;                         /* of an RSA key */
	gnutls_digest_algorithm_t digest;      /* 0: SHA-256 */
	long begins;                           /* seconds from now; 0: an hour ago */
	long ends;                             /* likewise; 0: in an hour */
	const struct raw_extension *extension; /* NULL: none beside these */
	const struct party *twin;              /* whose key it has; NULL: one of its own */
};

/** Make one, signed by `issuer`, or by itself if that is NULL. Ends with party_free(). */
struct party *party_new(const struct party_plan *plan, const struct party *issuer);

/** NULL is accepted. */
void party_free(struct party *party);

/** When a revocation list was made and is to be replaced, in seconds from now. */
struct crl_times {
	long issued;
	long next;
};

/**
 * Append a revocation list of `issuer` to a file.
 *
 * @param signer   who signs it in the issuer's name
 * @param revoked  NULL: nobody
 */
void authority_revoke(const char *path, const struct party *issuer, const struct party *signer,
	const struct party *revoked, const struct crl_times *times);

/**
 * Append a list of `issuer` for a part of its certificates, say, whatever the
 * extension makes of it.
 *
 * @param revoked  NULL: nobody
 */
void authority_revoke_in_part(const char *path, const struct party *issuer,
	const struct party *revoked, const struct raw_extension *extension);

/** Append a certificate to a file. */
void authority_write(const char *path, const struct party *party);

/** Make an empty file for these two; `path` has room for 64 bytes. The test unlinks it. */
void authority_make_file(char *path, size_t size);

#endif
