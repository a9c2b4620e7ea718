/* Which certificates a revocation list speaks of (RFC 5280 section 5.2). */
#ifndef MCPAUTH_NET_CRL_SCOPE_H
#define MCPAUTH_NET_CRL_SCOPE_H

#include <gnutls/x509.h>

#include <stdbool.h>

/**
 * Would this certificate be on the list if it were revoked? GnuTLS looks serial
 * numbers up in any list of the issuer's, also in one for a part of them, and in
 * one that says only what is new since another.
 */
bool mcpauth__crl_covers(gnutls_x509_crl_t crl, gnutls_x509_crt_t certificate);

#endif
