/* devices.c
 * What a device between does (a NAT, a load balancer, a firewall): it forgets what rests, and some
 * reset it in the name of an end. Such resets accuse nobody. The end itself may have sent one, too,
 * another way than all before, or as some systems do, which give resets other hops.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"
#include "core/ending/ending.h"
#include "core/model/hops.h"
#include "software/software.h"

/* ---- which devices ---- */

/* It came before the request that found the connection gone. */
static bool is_reset_before_request(const hr_case *it)
{
    return it->dead != NULL && it->ending->is_first_rst &&
           it->ending->at.frame < it->dead->sent.frame;
}

/* Neither a request nor a probe had asked for the reset. */
static bool is_reset_unasked(const hr_case *it)
{
    const hr_tcp_end *ends = it->connection->ends;
    const hr_moment probes[] = {ends[0].seldom->probe, ends[1].seldom->probe};
    const int64_t soon_ns = hr_connection_right_after_ns(it->facts->model, it->connection);

    if (it->dead != NULL ? !is_reset_before_request(it) : !it->ending->is_from_elsewhere) {
        return false;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (probes[i].frame != 0 && it->ending->at.ns - probes[i].ns <= soon_ns) {
            return false;
        }
    }
    return true;
}

/* A reset that nothing asked for comes when the time is over. */
static bool may_forget_after(const hr_case *it, int64_t timer_ns)
{
    const int64_t silence_ns = is_reset_before_request(it) ? it->ending->after_rest_ns
                               : it->dead != NULL          ? it->connection->silence_ns
                                                           : hr_hops_silence_ns(it->connection);

    return is_reset_unasked(it) ? hr_case_fits(it, silence_ns, timer_ns, 0)
                                : timer_ns <= silence_ns;
}

/* Those that forget a connection without telling anybody, if they were on the way. When it was
 * forgotten nobody saw: only that no packet had passed for longer. */
void hr_case_collect_devices(const hr_case *it)
{
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);
    hr_ending *ending = it->ending;

    ending->timer_count = 0;
    ending->is_timer_named = false;
    for (size_t i = 0; i < count && ending->timer_count < HR_TIMER_CANDIDATES; i++) {
        if (timers[i].side == HR_SIDE_NONE && may_forget_after(it, timers[i].idle_ns)) {
            hr_ending_seldom_of(ending)->timers[ending->timer_count++] = (uint16_t)i;
        }
    }
}

/* ---- resets of another host ---- */

/* How long nothing had happened on it; HR_TIME_NONE where it was in use. One that carried nothing is
 * not idle, but rests; and where it is not known since when it is idle, no packet passed for so long.
 * A request that found it gone is stale (programs.c). */
static int64_t rest_of(const hr_case *it)
{
    return it->dead == NULL && it->ending->after_idle_ns == HR_TIME_NONE
               ? hr_hops_silence_ns(it->connection)
               : it->ending->after_idle_ns;
}

bool hr_case_is_cut_by_reset(const hr_case *it)
{
    if (!(hr_case_is_from_elsewhere(it, HR_SIDE_SERVER) ||
          hr_case_is_from_elsewhere(it, HR_SIDE_CLIENT)) ||
        !hr_hops_are_steady(it->connection)) {
        return false;
    }
    it->ending->is_cut_in_use = rest_of(it) < HR_UNNAMED_TIMER_MIN_NS;
    if (!it->ending->is_cut_in_use) {
        hr_case_collect_devices(it);
    }
    return true;
}

/* ---- what nobody hears ---- */

/* The server acknowledged it, or a part of it, or something before it, and answered nothing. */
static bool is_heard_in_part(const hr_case *it)
{
    return hr_connection_server(it->connection)->last_sent.frame >= it->dead->sent.frame &&
           !hr_request_has_answer_bytes(it->dead);
}

/* Who spoke last, where nothing was asked: the client, or a server that ended it. */
const hr_tcp_end *hr_case_last_speaker(const hr_case *it)
{
    return it->dead == NULL && hr_case_is_first(it, HR_SIDE_SERVER)
               ? hr_connection_server(it->connection)
               : hr_connection_client(it->connection);
}

/* What its client sent went unheard until the end, or until the client gave it up: its PING, TCP's
 * keep-alive probes or what nobody can read, where nothing was asked of it, or the rest of what was (a
 * path that lets no large packets through). So may a server find its client gone. */
bool hr_case_went_unheard(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    const hr_moment in_vain = hr_case_last_speaker(it)->seldom->in_vain;

    if (it->dead != NULL && !is_heard_in_part(it)) {
        return false;
    }
    return in_vain.frame != 0 && (!hr_case_is_ended(it) || in_vain.frame < it->ending->at.frame) &&
           !connection->is_one_way;
}

/* ---- resets that were not captured ---- */

/* The way to the server and back is shorter than that to the client. */
static bool is_captured_at_server(const hr_connection *connection)
{
    const int64_t server_ns =
        hr_moment_elapsed_ns(connection->opened, hr_connection_accepted(connection));

    return server_ns != HR_TIME_NONE && server_ns < connection->client_leg_ns;
}

/* A reset may be a device's, in its name. */
static bool was_heard_since(const hr_tcp_end *client, hr_moment moment)
{
    return client->last_sent.frame > moment.frame &&
           client->last_sent.frame != client->seldom->rst.frame;
}

bool hr_ending_may_be_forgotten(const hr_settings *settings, const hr_connection *idle,
                                const hr_connection *opened)
{
    const hr_tcp_end *client = hr_connection_client(idle);
    const int64_t since_ns = opened->judged.seldom->idle_ns;

    return is_captured_at_server(opened) && since_ns != 0 &&
           opened->opened.ns - since_ns >= settings->idle_dropped_min_ns &&
           client->seldom->probe.frame == 0 &&
           hr_connection_server(idle)->seldom->probe.frame == 0 &&
           !was_heard_since(client, opened->opened);
}
