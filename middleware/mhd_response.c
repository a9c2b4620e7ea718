/* Answers made into responses of MHD's: their headers, and those that many requests share. */
#include "mhd_int.h"

#include <stdio.h>
#include <time.h>

enum MHD_Result mcpauth__mhd_add_headers(
	struct MHD_Response *response, const struct mcpauth__headers *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (MHD_add_response_header(
			    response, headers->items[i].name, headers->items[i].value)
			!= MHD_YES) {
			return MHD_NO;
		}
	}
	return MHD_YES;
}

static void release_rendered(void *response)
{
	MHD_destroy_response(response);
}

/* RFC 9110 section 5.6.7: in English, which strftime() writes in some locales only. */
static bool add_date(struct MHD_Response *response, time_t second)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char date[64];
	struct tm tm;
	if (gmtime_r(&second, &tm) == NULL) {
		return false;
	}
	snprintf(date, sizeof date, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, date) == MHD_YES;
}

/* With all headers that it will ever have: whoever sends it adds none. The body
 * is not copied, since the rules outlive every request that is answered so. A date
 * comes first, so that one of the program's own takes its place, as it does MHD's. */
static struct MHD_Response *render(const struct mcpauth_exchange *exchange, const time_t *second)
{
	const struct mcpauth_answer *answer = &exchange->answer;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		answer->length, answer->body, MHD_RESPMEM_PERSISTENT);
	if (response == NULL) {
		return NULL;
	}
	if ((second != NULL && !add_date(response, *second))
		|| mcpauth__mhd_add_headers(response, &answer->headers) != MHD_YES
		|| mcpauth__mhd_add_headers(response, &exchange->rules->headers) != MHD_YES) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

bool mcpauth__mhd_renew(
	struct mcpauth__dated_answer *dated, const struct mcpauth_exchange *exchange, time_t second)
{
	struct MHD_Response *response = render(exchange, &second);
	if (response == NULL) {
		return false;
	}
	if (dated->rendered != NULL) {
		release_rendered(dated->rendered);
	}
	*dated = (struct mcpauth__dated_answer){response, release_rendered, second};
	return true;
}

struct MHD_Response *mcpauth__mhd_shared_response(const struct mcpauth_exchange *exchange)
{
	struct mcpauth__shared_answer *shared = exchange->answer.shared;
	struct MHD_Response *kept = mcpauth__shared_answer_rendered(shared);
	if (kept != NULL) {
		return kept;
	}
	struct MHD_Response *made = render(exchange, NULL);
	return made == NULL ? NULL
			    : mcpauth__shared_answer_keep_rendered(shared, made, release_rendered);
}
