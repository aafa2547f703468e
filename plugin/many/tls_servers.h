/* tls_servers.h
 * The servers that saw a ClientHello, by a hash of address and port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_TLS_SERVERS_H
#define HR_MANY_TLS_SERVERS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hr_tls_servers hr_tls_servers;

hr_tls_servers *hr_tls_servers_new(void);
void hr_tls_servers_free(hr_tls_servers *servers);
void hr_tls_servers_add(hr_tls_servers *servers, uint64_t server);
bool hr_tls_servers_has(const hr_tls_servers *servers, uint64_t server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(hr_tls_servers, hr_tls_servers_free)

/** Whether the payload of a segment begins with a ClientHello, after what a balancer may have put
 * before it. */
bool hr_is_client_hello(const uint8_t *payload, size_t length);

#endif
