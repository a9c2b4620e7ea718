/* What a diagnosis says to people: what was found, and what to do about it. */
#ifndef MCPAUTH_DIAGNOSIS_TEXT_H
#define MCPAUTH_DIAGNOSIS_TEXT_H

#include "diagnosis/rules.h"
#include "diagnosis/line.h"

/** Write what was found, and what was looked for. */
void mcpauth__diagnosis_write_found(const struct mcpauth__diagnosis *diagnosis,
	enum mcpauth_rule rule, struct mcpauth__line *line);

/** What to change. A constant; NULL if there is nothing to change. */
const char *mcpauth__diagnosis_advice(
	const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule);

#endif
