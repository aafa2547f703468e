/* authority.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/authority.h"

#include <string.h>

enum {
    HTTP_PORT = 80, /* RFC 9110 section 4.2 */
    HTTPS_PORT = 443
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
