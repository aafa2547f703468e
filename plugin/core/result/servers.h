/* servers.h
 * What those that answer call themselves. An answer that came through a proxy may have its
 * upstream's Server: such a name is nobody's whom advice could be given to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_SERVERS_H
#define HR_CORE_RESULT_SERVERS_H

#include "core/ending/origins.h"
#include "software/products.h"

typedef struct hr_servers hr_servers;

/** Reads the connections of @facts, whose legs must be known; to be freed with
 * hr_servers_free(). */
hr_servers *hr_servers_new(const hr_facts *facts);
void hr_servers_free(hr_servers *servers);

/** What answers on @connection; HR_PRODUCT_NONE where it says nothing, or another may say it. */
hr_product_id hr_servers_of(const hr_servers *servers, const hr_connection *connection);

/** Whether a proxy opened @connection. */
bool hr_servers_is_by_proxy(const hr_connection *connection);

/** The proxy that answers on @front, by its name there; HR_PRODUCT_NONE: none is known. */
hr_product_id hr_servers_proxy_in_front(const hr_servers *servers, const hr_connection *front);

/** The one proxy that answers at @address (interned), by its name; HR_PRODUCT_NONE: none is
 * known. */
hr_product_id hr_servers_proxy_at(const hr_servers *servers, const char *address);

#endif
