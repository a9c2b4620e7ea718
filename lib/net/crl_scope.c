/* Telling revocation lists for everybody from those for a part of them. */
#include "net/crl_scope.h"

#include <gnutls/gnutls.h>

#include <string.h>

#define DELTA_OID "2.5.29.27"
#define PLACE_OID "2.5.29.28"

#define OID_SIZE 128
#define URI_SIZE 1024

enum tag {
	SEQUENCE = 0x30,
	/* Of an issuing distribution point: */
	POINT = 0xa0,
	ONLY_USERS = 0x81,
	ONLY_AUTHORITIES = 0x82,
	/* Of a point, and of a name: */
	FULL_NAME = 0xa0,
	URI = 0x86
};

/* What is left of a text in DER. */
struct der {
	const unsigned char *at;
	size_t left;
};

struct element {
	unsigned char tag;
	struct der value;
};

/* @return false at the end, and where it is none that fits in here */
static bool next(struct der *der, struct element *element)
{
	size_t head = 2;
	if (der->left < head) {
		return false;
	}
	size_t length = der->at[1];
	if (length > 0x80) {
		size_t more = length - 0x80;
		if (more > 2 || der->left < head + more) {
			return false;
		}
		length = more == 1 ? der->at[2] : (size_t)der->at[2] << 8 | der->at[3];
		head += more;
	} else if (length == 0x80) {
		return false;
	}
	if (length > der->left - head) {
		return false;
	}
	*element = (struct element){der->at[0], {der->at + head, length}};
	der->at += head + length;
	der->left -= head + length;
	return true;
}

static bool is_authority(gnutls_x509_crt_t certificate)
{
	unsigned is_one = 0;
	return gnutls_x509_crt_get_basic_constraints(certificate, NULL, &is_one, NULL) >= 0
		&& is_one != 0;
}

/* Is it one of the places at which the certificate says that its list is? */
static bool is_place_of(gnutls_x509_crt_t certificate, const struct der *uri)
{
	char place[URI_SIZE];
	int result = 0;
	for (unsigned i = 0; result != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++) {
		size_t size = sizeof place;
		result = gnutls_x509_crt_get_crl_dist_points(
			certificate, i, place, &size, NULL, NULL);
		if (result == GNUTLS_SAN_URI && size == uri->left
			&& memcmp(place, uri->at, size) == 0) {
			return true;
		}
		if (result < 0 && result != GNUTLS_E_SHORT_MEMORY_BUFFER) {
			break;
		}
	}
	return false;
}

static bool leads_to(struct der point, gnutls_x509_crt_t certificate)
{
	struct element names;
	struct element name;
	if (!next(&point, &names) || names.tag != FULL_NAME) {
		return false;
	}
	while (next(&names.value, &name)) {
		if (name.tag == URI && is_place_of(certificate, &name.value)) {
			return true;
		}
	}
	return false;
}

/* RFC 5280 section 5.2.5. A list for some reasons alone, and one of several
 * authorities', are of no use here. */
static bool admits(const struct element *part, gnutls_x509_crt_t certificate)
{
	switch (part->tag) {
	case POINT:
		return leads_to(part->value, certificate);
	case ONLY_USERS:
		return !is_authority(certificate);
	case ONLY_AUTHORITIES:
		return is_authority(certificate);
	default:
		return false;
	}
}

static bool is_for(const gnutls_datum_t *place, gnutls_x509_crt_t certificate)
{
	struct der text = {place->data, place->size};
	struct element whole;
	struct element part;
	bool good = next(&text, &whole) && whole.tag == SEQUENCE && text.left == 0;
	while (good && whole.value.left > 0) {
		good = next(&whole.value, &part) && admits(&part, certificate);
	}
	return good;
}

/* What is critical and not known forbids the list's use. */
static bool allows(gnutls_x509_crl_t crl, unsigned index, gnutls_x509_crt_t certificate)
{
	char oid[OID_SIZE];
	size_t size = sizeof oid;
	unsigned critical = 1;
	gnutls_datum_t place;
	if (gnutls_x509_crl_get_extension_info(crl, index, oid, &size, &critical) < 0) {
		return false;
	}
	if (strcmp(oid, PLACE_OID) == 0) {
		if (gnutls_x509_crl_get_extension_data2(crl, index, &place) < 0) {
			return false;
		}
		bool good = is_for(&place, certificate);
		gnutls_free(place.data);
		return good;
	}
	return critical == 0 && strcmp(oid, DELTA_OID) != 0;
}

bool mcpauth__crl_covers(gnutls_x509_crl_t crl, gnutls_x509_crt_t certificate)
{
	char oid[OID_SIZE];
	for (unsigned i = 0;; i++) {
		size_t size = sizeof oid;
		int result = gnutls_x509_crl_get_extension_oid(crl, i, oid, &size);
		if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			return true;
		}
		if (result < 0 || !allows(crl, i, certificate)) {
			return false;
		}
	}
}
