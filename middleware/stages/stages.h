/* The stages that every chain begins with. */
#ifndef MCPAUTH_MIDDLEWARE_STAGES_H
#define MCPAUTH_MIDDLEWARE_STAGES_H

#include <mcpauth/chain.h>

/** Serves the metadata of the issuer that the rules name, if they name one. Before
 * the next stage, which has a 404 for every other well-known path. */
void mcpauth__stage_issuer_metadata(struct mcpauth_stage *stage);

/** Serves the documents that the exchange's rules publish. */
void mcpauth__stage_resource_metadata(struct mcpauth_stage *stage);

/** Refuses what names its host or length twice. */
void mcpauth__stage_framing(struct mcpauth_stage *stage);

/** Refuses foreign hosts and origins. */
void mcpauth__stage_origin(struct mcpauth_stage *stage);

/** Takes logout tokens where the rules say, and answers whatever comes there. */
void mcpauth__stage_logout(struct mcpauth_stage *stage);

/** Lets pass only whom the route's policy admits. */
void mcpauth__stage_bearer(struct mcpauth_stage *stage);

/** Reads the message where the route has operations, and lets pass only whom they admit. */
void mcpauth__stage_operations(struct mcpauth_stage *stage, size_t message_limit);

#endif
