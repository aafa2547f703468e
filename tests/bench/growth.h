/* growth.h
 * Stories that growth.c tells at several sizes, and what they have in common.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_BENCH_GROWTH_H
#define HR_TESTS_BENCH_GROWTH_H

#include "trace.h"

typedef void story(trace *t, unsigned count);

/** Names and addresses, as long as the program. */
extern GStringChunk *texts;

/** A host of its own for each @i. */
const char *name_of(unsigned i);

/* Of growth_ends.c: how connections end, and who is in between. */
story tunnels_in_turn;
story programs_of_one_server;
story addresses_of_one_name;
story stale_requests_at_once;
story requests_given_up_at_once;
story idle_ends_at_once;
story idle_ends_that_grow;
story evictions_from_a_pool;
story requests_through_a_proxy;
story connections_one_way;
story server_that_stops_often;
story ports_used_again;

#endif
