/* Servers' certificates: what is asked of them beyond libcurl's own checks. */
#ifndef MCPAUTH_NET_PEER_H
#define MCPAUTH_NET_PEER_H

#include <curl/curl.h>

#include <stdbool.h>

/** Paths of PEM files, as configured; the worker's own copies. */
struct mcpauth__tls_files {
	char *ca_file;  /* authorities; NULL: the system's */
	char *crl_file; /* revocation lists; NULL: nobody asks who is revoked */
};

/** Have a transfer keep what will be judged. @return false if its libcurl cannot */
bool mcpauth__peer_prepare(CURL *easy);

/**
 * Judge the certificates that a connection was opened with, after libcurl has
 * found that they lead from the host's name to an authority that is trusted. One
 * that an earlier transfer opened was judged then.
 *
 * @param easy         a transfer that is about to send its request, prepared
 * @param files        borrowed for the call
 * @param[out] reason  a constant; written only on false
 */
bool mcpauth__peer_judge(CURL *easy, const struct mcpauth__tls_files *files, const char **reason);

/** What libcurl found wrong with a certificate. @return a constant; NULL if it says more itself */
const char *mcpauth__peer_reason(CURL *easy);

#endif
