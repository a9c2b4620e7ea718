/* The stages that a settings file names. */
#include <mcpauth/reload.h>

#include "base/settings_members.h"

#include <mcpauth/access_log.h>
#include <mcpauth/cors.h>
#include <mcpauth/metrics.h>
#include <mcpauth/rate_limit.h>

#include <stddef.h>

/** Any of the structs that a stage is added with. */
union stage_config {
	struct mcpauth_cors cors;
	struct mcpauth_rate_limit rate_limit;
	struct mcpauth_access_log access_log;
	struct mcpauth_metrics metrics;
};

#define STORED(kind, field, what, low, high, none) \
	{ \
		.name = #field, \
		.type = (what), \
		.offset = offsetof(struct kind, field), \
		.least = (low), \
		.most = (high), \
		.zero_is_none = (none), \
	},
#define END \
	{ \
		.name = NULL \
	}

#define CORS(field, what, low) STORED(mcpauth_cors, field, what, low, MCPAUTH__SETTINGS_MOST, false)
#define CORS_NUMBER(field, low, high, none) \
	STORED(mcpauth_cors, field, MCPAUTH__SETTINGS_NUMBER, low, high, none)
#define RATE_LIMIT_NUMBER(field, low, high, none) \
	STORED(mcpauth_rate_limit, field, MCPAUTH__SETTINGS_NUMBER, low, high, none)
#define ACCESS_LOG(field, what, low) \
	STORED(mcpauth_access_log, field, what, low, MCPAUTH__SETTINGS_MOST, false)
#define METRICS(field, what, low) \
	STORED(mcpauth_metrics, field, what, low, MCPAUTH__SETTINGS_MOST, false)

static const struct mcpauth__settings_member cors_members[] = {
	MCPAUTH__CORS_MEMBERS(CORS, CORS_NUMBER) END};

static const struct mcpauth__settings_member rate_limit_members[] = {
	MCPAUTH__RATE_LIMIT_MEMBERS(, RATE_LIMIT_NUMBER) END};

static const struct mcpauth__settings_member access_log_members[] = {
	MCPAUTH__ACCESS_LOG_MEMBERS(ACCESS_LOG, ) END};

static const struct mcpauth__settings_member metrics_members[] = {
	MCPAUTH__METRICS_MEMBERS(METRICS, ) END};

static enum mcpauth_code add_cors(
	struct mcpauth_chain *chain, const union stage_config *config, struct mcpauth_error *err)
{
	return mcpauth_chain_add_cors(chain, &config->cors, err);
}

static enum mcpauth_code add_rate_limit(
	struct mcpauth_chain *chain, const union stage_config *config, struct mcpauth_error *err)
{
	return mcpauth_chain_add_rate_limit(chain, &config->rate_limit, err);
}

static enum mcpauth_code add_access_log(
	struct mcpauth_chain *chain, const union stage_config *config, struct mcpauth_error *err)
{
	return mcpauth_chain_add_access_log(chain, &config->access_log, err);
}

static enum mcpauth_code add_metrics(
	struct mcpauth_chain *chain, const union stage_config *config, struct mcpauth_error *err)
{
	return mcpauth_chain_add_metrics(chain, &config->metrics, err);
}

/* One section, and the call it stands for. */
static const struct stage_section {
	const char *name;
	const struct mcpauth__settings_member *members;
	size_t size;
	enum mcpauth_code (*add)(struct mcpauth_chain *chain, const union stage_config *config,
		struct mcpauth_error *err);
} sections[] = {
	{"cors", cors_members, sizeof(struct mcpauth_cors), add_cors},
	{"rate_limit", rate_limit_members, sizeof(struct mcpauth_rate_limit), add_rate_limit},
	{"access_log", access_log_members, sizeof(struct mcpauth_access_log), add_access_log},
	{"metrics", metrics_members, sizeof(struct mcpauth_metrics), add_metrics},
};

static enum mcpauth_code blame(const struct mcpauth_settings *settings, const cJSON *value,
	enum mcpauth_code code, struct mcpauth_error *err)
{
	return mcpauth__settings_blame(
		err, code, mcpauth_settings_name(settings), mcpauth_settings_line(settings, value));
}

static enum mcpauth_code add_section(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, const struct stage_section *section,
	struct mcpauth_error *err)
{
	const cJSON *object = mcpauth_settings_section(settings, section->name);
	struct mcpauth__words pool = {0};
	union stage_config config = {0};
	struct mcpauth__settings_filling filling = {
		.members = section->members,
		.to = &config,
		.size = section->size,
		.pool = &pool,
	};
	if (object == NULL) {
		return MCPAUTH_OK;
	}
	/* The size is every struct's first field. */
	config.cors.size = section->size;
	enum mcpauth_code code = mcpauth__settings_fill(&filling, object, err);
	if (code != MCPAUTH_OK) {
		code = blame(settings, filling.at, code, err);
	} else {
		code = section->add(chain, &config, err);
		code = code == MCPAUTH_OK ? code : blame(settings, object, code, err);
	}
	mcpauth__words_finish(&pool);
	return code;
}

enum mcpauth_code mcpauth_chain_settings_add_stages(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < sizeof sections / sizeof *sections && code == MCPAUTH_OK; i++) {
		code = add_section(chain, settings, &sections[i], err);
	}
	return code;
}
