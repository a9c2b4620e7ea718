/* What a transfer came to: a code of ours, and words that give no secret away. */
#include "net/transfer_int.h"

#include "net/peer.h"

enum mcpauth_code mcpauth__transfer_code(const struct mcpauth__transfer *transfer, CURLcode result)
{
	if ((int)result == MCPAUTH__TOO_MANY_HEADERS) {
		return MCPAUTH_E_TOO_LARGE;
	}
	switch (result) {
	case CURLE_OK:
		return MCPAUTH_OK;
	case CURLE_COULDNT_CONNECT:
		return transfer->refused > 0 && transfer->attempted == 0 ? MCPAUTH_E_ADDRESS_REFUSED
									 : MCPAUTH_E_UNREACHABLE;
	case CURLE_ABORTED_BY_CALLBACK:
		return transfer->certificate_fault != NULL ? MCPAUTH_E_TLS
							   : MCPAUTH_E_ADDRESS_REFUSED;
	case CURLE_URL_MALFORMAT:
		return MCPAUTH_E_ADDRESS_REFUSED;
	case CURLE_UNSUPPORTED_PROTOCOL:
		/* Also what a server's answer is in that is no HTTP. */
		return transfer->attempted == 0 ? MCPAUTH_E_ADDRESS_REFUSED : MCPAUTH_E_UNREACHABLE;
	case CURLE_OPERATION_TIMEDOUT:
		return MCPAUTH_E_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_USE_SSL_FAILED:
		return MCPAUTH_E_TLS;
	case CURLE_FILESIZE_EXCEEDED:
		return MCPAUTH_E_TOO_LARGE;
	case CURLE_WRITE_ERROR:
		if (transfer->is_too_large) {
			return MCPAUTH_E_TOO_LARGE;
		}
		return transfer->header_fault != NULL ? MCPAUTH_E_UNREACHABLE : MCPAUTH_E_NO_MEMORY;
	case CURLE_OUT_OF_MEMORY:
		return MCPAUTH_E_NO_MEMORY;
	default:
		return MCPAUTH_E_UNREACHABLE;
	}
}

/* libcurl's own words tell which system call or which certificate it was. They
 * are taken only for what fails before the server has said a word: later ones
 * could quote it. */
const char *mcpauth__transfer_reason(
	const struct mcpauth__transfer *transfer, CURLcode result, enum mcpauth_code code)
{
	const char *found;
	if (transfer->header_fault != NULL) {
		return transfer->header_fault;
	}
	switch (code) {
	case MCPAUTH_E_TLS:
		found = transfer->certificate_fault != NULL ? transfer->certificate_fault
							    : mcpauth__peer_reason(transfer->easy);
		if (found != NULL) {
			return found;
		}
		break;
	case MCPAUTH_E_ADDRESS_REFUSED:
		return "the address is not one that may be asked";
	case MCPAUTH_E_TOO_LARGE:
		return mcpauth__fetch_over_limit(transfer->fetch);
	case MCPAUTH_E_NO_MEMORY:
		return "out of memory";
	default:
		break;
	}
	bool is_early = code == MCPAUTH_E_TLS || result == CURLE_COULDNT_CONNECT
		|| result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_RESOLVE_PROXY;
	return is_early && *transfer->curl_error != '\0' ? transfer->curl_error
							 : curl_easy_strerror(result);
}
