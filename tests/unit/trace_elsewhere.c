/* trace_elsewhere.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_elsewhere.h"

void elsewhere_reset(trace_connection *c, trace_side side, uint8_t hops, int64_t at)
{
    const uint8_t usual = c->hops[side];

    c->hops[side] = hops;
    trace_rst(c, side, at);
    c->hops[side] = usual;
}

trace_connection *elsewhere_open_used(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    trace_ack(c, CLIENT, at + AT_MS(2));
    return c;
}

void elsewhere_assert_nobody(const trace_connection *c)
{
    assert_closed_by(c, NULL);
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);
    g_assert_true(trace_ending(c)->is_from_elsewhere);
}
