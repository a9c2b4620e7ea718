/**
 * @file
 * Everything libmcpauth offers.
 */
#ifndef MCPAUTH_MCPAUTH_H
#define MCPAUTH_MCPAUTH_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>
#include <mcpauth/client.h>
#include <mcpauth/client_authentication.h>
#include <mcpauth/client_grant.h>
#include <mcpauth/client_request.h>
#include <mcpauth/demand.h>
#include <mcpauth/error.h>
#include <mcpauth/expiry.h>
#include <mcpauth/fetch.h>
#include <mcpauth/forget.h>
#include <mcpauth/handle.h>
#include <mcpauth/introspection.h>
#include <mcpauth/issuer.h>
#include <mcpauth/log.h>
#include <mcpauth/login.h>
#include <mcpauth/logout.h>
#include <mcpauth/metadata.h>
#include <mcpauth/provider.h>
#include <mcpauth/resource.h>
#include <mcpauth/scope_hierarchy.h>
#include <mcpauth/settings.h>
#include <mcpauth/static_token.h>
#include <mcpauth/statistics.h>
#include <mcpauth/store.h>
#include <mcpauth/token_exchange.h>
#include <mcpauth/token_storage.h>
#include <mcpauth/verification.h>
#include <mcpauth/verifier.h>

#endif
