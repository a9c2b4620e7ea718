/* The desktop's keyring where the library was built without it. */
#include <mcpauth/token_storage.h>

#include "base/error_int.h"

enum mcpauth_code mcpauth_token_storage_new_keyring(
	const char *application, struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	*storage = NULL;
	return application == NULL || *application == '\0'
		? mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no application is named")
		: mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED, "built without the keyring");
}
