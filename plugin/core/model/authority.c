/* authority.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/authority.h"

#include <string.h>

enum {
    HTTP_PORT = 80, /* RFC 9110 section 4.2 */
    HTTPS_PORT = 443,
    ADDRESS_MAX = 64
};

/* Its ":port", or its end. */
static const char *end_of_host(const char *authority)
{
    const char *bracket = strrchr(authority, ']');
    const char *colon = strrchr(bracket != NULL ? bracket : authority, ':');

    return colon != NULL ? colon : authority + strlen(authority);
}

static const char *authority_of(const hr_connection *connection)
{
    const hr_request *first = connection->first_request;
    const bool is_asked_itself = first != NULL && first->target != NULL &&
                                 first->target[0] == '/' &&
                                 connection->transport != HR_TRANSPORT_TUNNEL;

    return is_asked_itself ? first->authority : NULL;
}

static unsigned port_of(const hr_connection *connection, const char *authority)
{
    const char *port = end_of_host(authority);

    if (*port == '\0') {
        return connection->is_tls ? HTTPS_PORT : HTTP_PORT;
    }
    return (unsigned)g_ascii_strtoull(port + 1, NULL, 10);
}

unsigned hr_authority_port(const hr_connection *connection)
{
    const char *authority = authority_of(connection);

    return authority != NULL ? port_of(connection, authority) : 0;
}

/* An address, and not the one where it is asked. */
static bool is_other_address(const char *authority, const char *address)
{
    const bool is_bracketed = authority[0] == '[';
    const size_t length = (size_t)(end_of_host(authority) - authority) - (is_bracketed ? 2 : 0);
    char host[ADDRESS_MAX];

    if (length >= sizeof(host)) {
        return false;
    }
    memcpy(host, authority + is_bracketed, length);
    host[length] = '\0';
    return g_hostname_is_ip_address(host) && g_ascii_strcasecmp(host, address) != 0;
}

bool hr_authority_is_elsewhere(const hr_connection *connection)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    const char *authority = authority_of(connection);

    return authority != NULL && (port_of(connection, authority) != server->port ||
                                 is_other_address(authority, server->address));
}
