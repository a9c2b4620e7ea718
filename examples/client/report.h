/* What comes of it all, for people or for programs. */
#ifndef CLIENT_REPORT_H
#define CLIENT_REPORT_H

#include "json.h"

#include <mcpauth/client.h>

/** Print one JSON object a line on stdout from now on, complaints among them. */
void report_in_json(void);

/** What the OAuth client is about; a mcpauth_client_step_fn but for its user. */
void report_step(enum mcpauth_client_step what, const char *detail);

/** Where somebody has to log in. */
void report_login(const char *url, const char *redirect_uri);

/** Whom the program talks to. @param info  `serverInfo`, may be NULL */
void report_server(const cJSON *info, const char *version);

/** The tools that there are. */
void report_tools(const cJSON *tools);

/** What a tool answered. @return whether it succeeded */
bool report_result(const char *tool, const cJSON *result);

/** That tokens were forgotten. */
void report_logout(void);

/** Why there is no token, and what to do. @return always false */
bool report_failure(const struct mcpauth_error *err);

#endif
