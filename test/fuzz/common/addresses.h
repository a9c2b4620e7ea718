/* Which addresses are public, told a second time: as prefixes in text. */
#ifndef MCPAUTH_TEST_ADDRESSES_H
#define MCPAUTH_TEST_ADDRESSES_H

#include "net/address.h"

/** What an IPv4 or IPv6 address is good for; private for any other text. */
enum mcpauth__address_kind addresses_judge(const char *text);

#endif
