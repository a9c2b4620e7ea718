/* Answers of an issuer's endpoints with secrets in them. */
#include "pages.h"

#include "support/daemon.h"

static struct loopback_page pages[] = {
	{.path = "/keys", .status = 200},
	{.path = "/token",
		.status = 200,
		.body = "{\"access_token\":\"" EXCHANGED "\",\"token_type\":\"Bearer\","
			"\"refresh_token\":\"" SECOND "\",\"expires_in\":100}"},
	{.path = "/chunked",
		.status = 200,
		.chunked = true,
		.body = "{\"access_token\":\"" EXCHANGED "\",\"token_type\":\"Bearer\"}"},
	{.path = "/other-type",
		.status = 200,
		.body = "{\"access_token\":\"" EXCHANGED "\",\"token_type\":\"DPoP\"}"},
	{.path = "/nested",
		.status = 200,
		.body = "{\"tokens\":[{\"access_token\":\"" EXCHANGED "\"}]}"},
	{.path = "/twice",
		.status = 200,
		.body = "{\"access_token\":\"" EXCHANGED "\",\"token_type\":\"Bearer\","
			"\"access_token\":\"" SECOND "\"}"},
	{.path = "/cut-off",
		.status = 200,
		.manner = LOOPBACK_CUT,
		.body = "{\"access_token\":\"" EXCHANGED EXCHANGED EXCHANGED "\"}"},
	{.path = "/long", .status = 200, .repeat = 900, .body = " {\"" EXCHANGED "\":1}"},
	{.path = "/too-long", .status = 200, .repeat = 30000, .body = EXCHANGED},
	{.path = "/refusing",
		.status = 400,
		.body = "{\"error\":\"" EXCHANGED "\",\"error_description\":\"" SECRET "\"}"},
	{.path = "/failing", .status = 500, .body = SECRET},
	{.path = "/active",
		.status = 200,
		.body = "{\"active\":true,\"sub\":\"alice\",\"aud\":\"" DAEMON_RESOURCE "\"}"},
	{.path = "/inactive", .status = 200, .body = "{\"active\":false}"},
};

struct loopback_page *secret_pages(size_t *count)
{
	*count = sizeof pages / sizeof *pages;
	return pages;
}
