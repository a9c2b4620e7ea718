/* The round through an MCP server: everything it offers, once. */
#ifndef CONFORMANCE_TOUR_H
#define CONFORMANCE_TOUR_H

#include "visit.h"

/**
 * Introduce, list and use tools, resources and prompts, as far as the server has them.
 *
 * @param wanted  `toolCalls` of the scenario's context, instead of calling each tool once;
 *                NULL: none
 * @return MCPAUTH_OK, or what visit->err says: the round ends there
 */
enum mcpauth_code tour(struct visit *visit, const char *version, const cJSON *wanted);

#endif
