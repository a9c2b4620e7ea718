/* The part of the command line that is about issuers, for options.c. */
#ifndef EXAMPLES_OPTIONS_ISSUERS_H
#define EXAMPLES_OPTIONS_ISSUERS_H

#include "options.h"

#include <argp.h>

/** Its parser's input is the struct example_options. */
extern const struct argp options_issuers;

/** Was an issuer named, or something said of one? */
bool options_name_issuers(const struct example_options *options);

/** A value without a character in it is a mistake. */
void options_refuse_empty(struct argp_state *state, const char *value);

/** One more than OPTIONS_LIST is, too. */
void options_refuse_more(struct argp_state *state, size_t count);

#endif
