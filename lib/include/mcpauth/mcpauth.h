/**
 * @file
 * OAuth 2.1 for MCP servers, and for the programs that call them.
 *
 * Includes everything that libmcpauth offers. What all of it hangs on is a struct mcpauth
 * (auth.h); a server on libmicrohttpd puts a chain (chain.h) in front of its handler, and
 * includes `<mcpauth/mhd.h>` instead.
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
#include <mcpauth/diagnosis.h>
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
