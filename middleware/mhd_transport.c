/* How exchanges are carried by MHD: the request's fields, suspending, resuming. */
#include "mhd_int.h"

#include "base/ascii.h"

struct search {
	const char *name;
	unsigned index;
	const char *found;
};

static enum MHD_Result compare(
	void *user, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct search *search = user;
	(void)kind;
	if (!mcpauth__ascii_are_alike(key, search->name) || search->index-- > 0) {
		return MHD_YES;
	}
	search->found = value == NULL ? "" : value;
	return MHD_NO;
}

static const char *find_header(void *user, const char *name, unsigned index)
{
	const struct mcpauth__mhd_connection *connection = user;
	struct search search = {.name = name, .index = index};
	MHD_get_connection_values(connection->mhd, MHD_HEADER_KIND, compare, &search);
	return search.found;
}

/* MHD's signature for an iterator, with more parameters than ours have. */
#define HEADER_ITERATOR(name) \
	enum MHD_Result name(void *user, enum MHD_ValueKind kind, const char *key, \
		size_t key_size, const char *value, size_t value_size)

static HEADER_ITERATOR(add_field)
{
	(void)kind;
	mcpauth__request_headers_add(user, key, key_size, value == NULL ? "" : value, value_size);
	return MHD_YES;
}

static void walk_headers(void *user, struct mcpauth__request_headers *headers)
{
	const struct mcpauth__mhd_connection *connection = user;
	MHD_get_connection_values_n(connection->mhd, MHD_HEADER_KIND, add_field, headers);
}

static const char *find_argument(void *user, const char *name)
{
	const struct mcpauth__mhd_connection *connection = user;
	if (!connection->query.is_there) {
		return NULL;
	}
	return MHD_lookup_connection_value(connection->mhd, MHD_GET_ARGUMENT_KIND, name);
}

static void suspend(void *user)
{
	const struct mcpauth__mhd_connection *connection = user;
	MHD_suspend_connection(connection->mhd);
}

static void resume(void *user)
{
	const struct mcpauth__mhd_connection *connection = user;
	MHD_resume_connection(connection->mhd);
}

static const struct sockaddr *peer(void *user)
{
	const struct mcpauth__mhd_connection *connection = user;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return info == NULL ? NULL : info->client_addr;
}

const struct mcpauth__transport mcpauth__mhd_transport = {
	.header = find_header,
	.walk_headers = walk_headers,
	.argument = find_argument,
	.peer = peer,
	.suspend = suspend,
	.resume = resume,
};
