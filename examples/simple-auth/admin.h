/* POST /admin/forget: what is remembered of a token, a subject or a session is
 * forgotten, and asked about again. For an operator, who has a token of their own. */
#ifndef EXAMPLES_SIMPLE_AUTH_ADMIN_H
#define EXAMPLES_SIMPLE_AUTH_ADMIN_H

#include <mcpauth/mhd.h>

#define ADMIN_PATH "/admin/forget"

struct admin;

/**
 * @param token_file  holds the operator's token, 16 to 4096 bytes; a newline at
 *                    its end is left out
 * @return caller frees with admin_free(); NULL after saying why on stderr
 */
struct admin *admin_new(const char *token_file);

/** Only after MHD_stop_daemon(). NULL is accepted. */
void admin_free(struct admin *admin);

/** Tell it whose memory it is. @param chain  borrowed until admin_free() */
void admin_set_chain(struct admin *admin, struct mcpauth_chain *chain);

/** Open its path to everybody: it asks for a token itself. */
enum mcpauth_code admin_add_route(struct mcpauth_chain *chain, struct mcpauth_error *err);

/** The access handler for its path, an MHD_AccessHandlerCallback. @param admin  the struct */
enum MHD_Result admin_handle(void *admin, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls);

/** The matching MHD_RequestCompletedCallback. */
void admin_completed(void *unused, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode why);

#endif
