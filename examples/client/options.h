/* What the command line says. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <stdbool.h>

#define EXIT_USAGE 64

/** How the person gets to the authorization server and back. */
enum login_way {
	/** The desktop's browser is opened, and the library listens. */
	LOGIN_BROWSER,
	/** The same, but the person opens it. */
	LOGIN_SHOW,
	/** And pastes where it ended; the library listens as well. */
	LOGIN_PASTE,
	/** The program is the browser. */
	LOGIN_HEADLESS,
};

struct options {
	const char *url;
	/** NULL: commands are read. */
	const char *tool;
	const char *arguments;
	const char *version;
	const char *client_id;
	const char *issuer;
	const char *client_metadata_url;
	const char *scope;
	const char *redirect_uri;
	const char *tokens;
	const char *history;
	const char *ca_file;
	char *client_secret;
	char *user;
	char *password;
	enum login_way login;
	bool print_token;
	bool keyring;
	bool json;
	bool allow_private;
};

/**
 * Read the command line; --help ends the program.
 *
 * @param[out] options  caller releases it with options_finish(), also on failure
 * @return false after complaining
 */
bool options_read(struct options *options, int argc, char **argv);

/** Wipe and release. */
void options_finish(struct options *options);

#endif
