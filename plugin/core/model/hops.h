/* hops.h
 * What the TTL of IPv4 or the hop limit of IPv6 tells of a reset: whether another host may have sent
 * it in the name of an end. It passes no judgement on who that is: routes change, and some systems
 * give resets another one.
 *
 * Sources: RFC 791 §3.2, RFC 8200 §3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_HOPS_H
#define HR_CORE_MODEL_HOPS_H

#include "core/model/model.h"

/** What the packets of each host have that are no resets, by its address. Free it with
 * g_hash_table_unref(). */
GHashTable *hr_hops_of_hosts(const hr_model *model);

/** Whether the end @index has a reset, and no other packet that shows its hops. */
bool hr_hops_are_of_reset_alone(const hr_connection *connection, unsigned index);

/**
 * Whether the reset of the end @index bears other hops than all packets of that end before it and
 * after, which had the same; or where there are none, than those that its host has on other
 * connections, as far as @hosts knows: it may be another host's, and is nobody's. @hosts is NULL
 * unless hr_hops_are_of_reset_alone().
 */
bool hr_hops_differ_of_reset(const hr_connection *connection, unsigned index, GHashTable *hosts);

/** Whether there are so many of these, of a connection that such a reset ended, that they show what
 * that end's have: then it is told. */
bool hr_hops_are_steady(const hr_connection *connection);

/** A reset in the name of an end that another host may have sent. */
typedef struct {
    const char *whose;    /**< whose name: "client", "server"; of what a tunnel carries "proxy" */
    uint8_t reset, usual; /**< its hops, and those of all other packets of that end */
} hr_reset_hops;

/** For how long no packet had passed when a reset of another host came, if one ended @connection, or
 * else its latest request. */
int64_t hr_hops_silence_ns(const hr_connection *connection);

/** Whether @connection was ended by one, as is known after an analysis, and its end's others are
 * hr_hops_are_steady(); then *hops is it. */
bool hr_hops_of_end(const hr_connection *connection, hr_reset_hops *hops);

#endif
