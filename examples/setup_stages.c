/* The stages that the options ask for. */
#define _GNU_SOURCE

#include "setup_stages.h"

#include "setup.h"

#include <mcpauth/access_log.h>
#include <mcpauth/cors.h>
#include <mcpauth/metrics.h>
#include <mcpauth/rate_limit.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STDERR "-"

/* Who calls what is nobody's business but the operator's. */
static bool open_log(const char *name, int *descriptor)
{
	int opened = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (opened < 0) {
		fprintf(stderr, "%s: --access-log %s: %s\n", program_invocation_short_name, name,
			strerror(errno));
		return false;
	}
	*descriptor = opened;
	return true;
}

static bool add_access_log(
	const struct example_options *options, struct mcpauth_chain *chain, int *descriptor)
{
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	struct mcpauth_error err;
	if (options->access_log == NULL) {
		return true;
	}
	if (strcmp(options->access_log, STDERR) != 0
		&& !open_log(options->access_log, descriptor)) {
		return false;
	}
	log.descriptor = *descriptor;
	return mcpauth_chain_add_access_log(chain, &log, &err) == MCPAUTH_OK
		|| setup_say("--access-log", &err);
}

static bool add_metrics(const struct example_options *options, struct mcpauth_chain *chain)
{
	struct mcpauth_metrics metrics = MCPAUTH_METRICS_INIT;
	struct mcpauth_error err;
	metrics.path = options->metrics;
	return options->metrics == NULL
		|| mcpauth_chain_add_metrics(chain, &metrics, &err) == MCPAUTH_OK
		|| setup_say("--metrics", &err);
}

bool setup_stages_add(
	const struct example_options *options, struct mcpauth_chain *chain, int *descriptor)
{
	struct mcpauth_error err;
	*descriptor = 0;
	if (options->origins.count > 0 && mcpauth_chain_add_cors(chain, NULL, &err) != MCPAUTH_OK) {
		return setup_say("--allow-origin", &err);
	}
	if (options->rate_limit && mcpauth_chain_add_rate_limit(chain, NULL, &err) != MCPAUTH_OK) {
		return setup_say("--rate-limit", &err);
	}
	return add_access_log(options, chain, descriptor) && add_metrics(options, chain);
}

/* To everybody: that is whoever reaches 127.0.0.1 here. A server that others reach
 * protects the path with a scope, or reads mcpauth_chain_metrics() on a port of its own. */
enum mcpauth_code setup_stages_rule(const struct example_options *options,
	struct mcpauth_chain *chain, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (options->metrics != NULL) {
		code = mcpauth_chain_publish(chain, options->metrics, "GET", err);
	}
	for (size_t i = 0; code == MCPAUTH_OK && i < options->proxies.count; i++) {
		code = mcpauth_chain_trust_proxy(chain, options->proxies.at[i], err);
	}
	return code;
}
