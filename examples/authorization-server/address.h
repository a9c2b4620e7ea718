/* Where an address leads: to this machine, to the open internet, or between. */
#ifndef AUTHORIZATION_SERVER_ADDRESS_H
#define AUTHORIZATION_SERVER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool address_is_loopback(const struct sockaddr *address);

/** False for all that is private, local, reserved or not understood. */
bool address_is_public(const struct sockaddr *address);

#endif
