/**
 * @file
 * Everything libmcpauth offers.
 */
#ifndef MCPAUTH_MCPAUTH_H
#define MCPAUTH_MCPAUTH_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>
#include <mcpauth/error.h>
#include <mcpauth/fetch.h>
#include <mcpauth/issuer.h>
#include <mcpauth/log.h>
#include <mcpauth/resource.h>
#include <mcpauth/verification.h>

#endif
