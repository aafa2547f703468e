/* route.h
 * Who talks to whom, as a key of hash tables: of pools, of origins, of destinations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_ROUTE_H
#define HR_CORE_MODEL_ROUTE_H

#include "core/model/model.h"

/** Strings are interned and compared by their address; what a table does not tell apart is 0. */
typedef struct {
    const char *client_address;
    const char *server_address;
    const char *scheme;
    uint16_t client_port;
    uint16_t server_port;
    uint16_t family; /**< of the HTTP version, or the transport */
} hr_route;

/** Both addresses and ports and the transport of @connection. */
hr_route hr_route_of(const hr_connection *connection);

guint hr_route_hash(gconstpointer data);
gboolean hr_route_equal(gconstpointer left, gconstpointer right);

/** Of hr_endpoint. */
guint hr_endpoint_hash(gconstpointer data);
gboolean hr_endpoint_equal(gconstpointer left, gconstpointer right);

#endif
