/* A server with certificates of the test's own, asked by the library's network. */
#include "support/encounter.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct loopback_page page = {.path = "/", .status = 200, .body = "good"};

static struct party *new_authority(const char *name, const struct party *issuer)
{
	return party_new(&(struct party_plan){.common_name = name, .is_authority = true}, issuer);
}

int authorities_start(void **state)
{
	struct authorities *made = calloc(1, sizeof *made);
	assert_non_null(made);
	made->root = new_authority("root", NULL);
	made->between = new_authority("between", made->root);
	made->stranger = new_authority("stranger", NULL);
	authority_make_file(made->ca_file, sizeof made->ca_file);
	authority_make_file(made->crl_file, sizeof made->crl_file);
	authority_write(made->ca_file, made->root);
	*state = made;
	return 0;
}

int authorities_stop(void **state)
{
	struct authorities *made = *state;
	unlink(made->ca_file);
	unlink(made->crl_file);
	party_free(made->root);
	party_free(made->between);
	party_free(made->stranger);
	free(made);
	return 0;
}

struct loopback *encounter_serve(const struct encounter *encounter)
{
	gnutls_x509_crt_t chain[COUNT(encounter->chain)];
	unsigned length = 0;
	while (length < COUNT(chain) && encounter->chain[length] != NULL) {
		chain[length] = encounter->chain[length]->certificate;
		length++;
	}
	return loopback_new_as(&page, 1,
		&(struct loopback_identity){.chain = chain,
			.length = length,
			.key = encounter->chain[0]->key,
			.priorities = encounter->priorities});
}

void encounter_meet(const struct encounter *encounter, struct fetched *fetched)
{
	void *state;
	char origin[64];
	network_start(&state, encounter_serve(encounter));
	struct network *network = state;
	network->config.ca_file = encounter->ca_file;
	network->config.crl_file = encounter->crl_file;
	network_restart(network);
	snprintf(origin, sizeof origin, "https://%s",
		encounter->host != NULL ? encounter->host : ENCOUNTER_HOST);
	network_begin_at(network, origin, "/", 0, fetched);
	network_await(fetched);
	assert_int_equal(loopback_requests(network->loopback), fetched->code == MCPAUTH_OK ? 1 : 0);
	network_stop(&state);
}

/* @param reasons  one of these, between bars: libraries under libcurl have words of their own */
static bool says(const char *message, const char *reasons)
{
	char reason[64];
	const char *at = reasons;
	size_t length;
	do {
		length = strcspn(at, "|");
		snprintf(reason, sizeof reason, "%.*s", (int)length, at);
		if (strstr(message, reason) != NULL) {
			return true;
		}
		at += length + 1;
	} while (at[-1] != '\0');
	return false;
}

bool encounter_came_to(const struct fetched *fetched, const char *reasons)
{
	bool is_wanted = reasons == NULL
		? fetched->code == MCPAUTH_OK && fetched->status == 200
		: fetched->code == MCPAUTH_E_TLS && says(fetched->message, reasons);
	if (!is_wanted) {
		print_error("%d %s\n", fetched->code, fetched->message);
	}
	return is_wanted;
}
