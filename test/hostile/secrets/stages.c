/* A chain with everything that logs, counts or limits. */
#include "stages.h"

#include "random.h"

#include <mcpauth/access_log.h>
#include <mcpauth/cors.h>
#include <mcpauth/metrics.h>
#include <mcpauth/operations.h>
#include <mcpauth/rate_limit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(enum mcpauth_code code, const char *what)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s: %s\n", what, mcpauth_code_name(code));
		abort();
	}
}

static void add_operations(struct mcpauth *auth, struct mcpauth_chain *chain)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	need(mcpauth_operations_new(auth, &policy.operations, NULL), "operations");
	operation.name = "free";
	need(mcpauth_operations_add(policy.operations, &operation, NULL), "an operation");
	operation.name = "dear";
	operation.scopes = "never:granted";
	need(mcpauth_operations_add(policy.operations, &operation, NULL), "an operation");
	need(mcpauth_chain_protect(chain, "/tools", &policy, NULL), "a route");
	mcpauth_operations_free(policy.operations);
}

void stages_add(
	struct mcpauth *auth, struct mcpauth_chain *chain, const unsigned char *keys, int log)
{
	struct mcpauth_access_log lines = MCPAUTH_ACCESS_LOG_INIT;
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	lines.descriptor = log;
	lines.key = keys;
	lines.key_length = STAGES_KEY_SIZE;
	/* All come from one address: a token that is not looked at is none that is shown. */
	limit.address_burst = 10000;
	need(mcpauth_chain_add_access_log(chain, &lines, NULL), "an access log");
	random_set(keys + STAGES_KEY_SIZE, 1);
	need(mcpauth_chain_add_rate_limit(chain, &limit, NULL), "a limit");
	need(random_is_used() ? MCPAUTH_OK : MCPAUTH_E_SYSTEM, "a key for the limit");
	need(mcpauth_chain_add_cors(chain, NULL, NULL), "cors");
	need(mcpauth_chain_add_metrics(chain, NULL, NULL), "metrics");
	need(mcpauth_chain_trust_proxy(chain, "127.0.0.0/8", NULL), "a proxy");
	need(mcpauth_chain_publish(chain, "/metrics", NULL, NULL), "a route");
	add_operations(auth, chain);
}
