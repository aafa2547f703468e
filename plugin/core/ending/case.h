/* case.h
 * One connection under judgement, and the words that the rules are written in. A rule says
 * whether its cause applies, and if so fills the ending through hr_case_decide().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_CASE_H
#define HR_CORE_ENDING_CASE_H

#include "core/ending/ending.h"
#include "core/ending/ends.h"

typedef struct {
    const hr_facts *facts;
    hr_connection *connection;
    hr_ending *ending;
    hr_request *dead; /* the oldest request outstanding when it ended, or NULL */
    hr_request *last; /* the last request sent, or NULL */
} hr_case;

typedef bool hr_ending_rule(const hr_case *it);

static inline bool hr_case_decide(const hr_case *it, hr_side by, hr_certainty certainty)
{
    it->ending->by = by;
    it->ending->certainty = certainty;
    return true;
}

/* Whether the capture's clock can tell a time as short as @ns. Where it ticks too slowly nothing is
 * said that rests on such a time. */
static inline bool hr_case_has_clock_for(const hr_case *it, int64_t ns)
{
    return hr_clock_tells(&it->facts->model->clock, ns);
}

/* It ended in the capture. */
static inline bool hr_case_is_ended(const hr_case *it)
{
    return it->ending->at.frame != 0;
}

/* QUIC: its idle timeout passed with no packet more. */
static inline bool hr_case_is_silent_end(const hr_case *it)
{
    return it->connection->seldom->quic != NULL &&
           it->connection->seldom->quic->silent_end_ns != HR_TIME_NONE;
}

/* It ended, and @side was the first to close: by a TLS close_notify, else by a FIN or RST. */
static inline bool hr_case_is_first(const hr_case *it, hr_side side)
{
    return it->ending->first_closer == side;
}

/* Its first word is a reset that bears the name of @side, and that another host may have sent. */
static inline bool hr_case_is_from_elsewhere(const hr_case *it, hr_side side)
{
    const hr_tcp_end *end = side == HR_SIDE_SERVER ? hr_connection_server(it->connection)
                                                   : hr_connection_client(it->connection);

    return it->ending->is_from_elsewhere && it->ending->first_closer == HR_SIDE_NONE &&
           end->seldom->rst.frame == it->ending->at.frame;
}

/** The outstanding answer filled its socket, and the client did not read on. */
bool hr_case_had_stopped_reading(const hr_case *it);

/* The outstanding request had a first byte of its answer when the connection ended. */
static inline bool hr_case_had_answer_begun(const hr_case *it)
{
    const hr_moment answered = it->dead->answered;
    return answered.frame != 0 && answered.frame <= it->ending->at.frame &&
           !hr_ending_took_no_answer(it->dead);
}

/* Whether the idle time fits a timer of the client that was seen before this end, or that its
 * User-Agent names. */
bool hr_case_fits_client_timer(const hr_case *it);

/* The bit of a form of body-undrained in hr_origin_facts.undrained_forms. */
static inline unsigned hr_form_bit(char form)
{
    return 1u << (form - 'a');
}

/* Whether a timer of @timer_ns ends what was idle for @idle_ns; @late_ns: how much later than its time
 * it is known to act. */
bool hr_case_fits(const hr_case *it, int64_t idle_ns, int64_t timer_ns, int64_t late_ns);

/* Whether an idle connection ended by @side after a time that fits a timeout; fills timers. */
bool hr_case_fits_idle_timer(const hr_case *it, hr_side side);

/* What was filled is not told: they do not explain the end. */
void hr_case_forget_timers(const hr_case *it);

/* The same of the server's timeout, where more than its length shows it: the server named or announced
 * it, or closed others after as long. */
bool hr_case_fits_shown_timer(const hr_case *it);

/* What the client sent again and again was heard of nobody until the end; the request, if any, in part
 * at most (timers.c). */
bool hr_case_went_unheard(const hr_case *it);

/* The end whose words these are: its client, or a server that ended it with nothing asked of it. */
const hr_tcp_end *hr_case_last_speaker(const hr_case *it);

/* The server's GOAWAY came with nothing open and says that it does not wait on (goaway.c). */
bool hr_case_is_idle_said(const hr_case *it);

/* Whether it was ended by a reset that another host may have sent (devices.c); fills in whether
 * that came in use, and the timers of devices that fit. */
bool hr_case_is_cut_by_reset(const hr_case *it);

/* Fills timers with those devices between that forget a connection after less than its silence; or
 * where nobody asked them, after as much. */
void hr_case_collect_devices(const hr_case *it);

/* Whether the server's program ended with it: others ended at the same moment, and then it refused
 * (programs.c). */
bool hr_case_has_stopped(const hr_case *it);

/* Whether the server's program ended all that it had at one instant, this one among them, and goes on
 * accepting, whatever its client sent afterwards (programs.c). */
bool hr_case_is_of_reload(const hr_case *it);

/* Notes in its stop event an end that fits no timeout. Of all connections, before the rules. */
void hr_case_look_at_stop(const hr_case *it);

/* Who loses a connection tries again at once, or after the first waits of a back-off: gRPC's first
 * two are 1 s and 1.6 s, a fifth more at most (doc/connection-backoff.md). What comes later is told
 * of as little as if it had not come: the same may be asked anew, and what refuses then may have
 * been stopped once more. */
#define HR_RETRY_WITHIN_NS (5 * HR_NS_PER_S)

/* messages.c: what a message, or the handshake, says */
hr_ending_rule hr_is_setup_failed, hr_is_upgraded, hr_is_tunnelled, hr_is_http10,
    hr_is_server_error_close, hr_is_max_age, hr_is_request_limit, hr_is_goaway,
    hr_is_client_close_header, hr_is_server_close_header, hr_is_unused;

/* timers.c: how long it was idle */
hr_ending_rule hr_is_server_idle_timeout, hr_is_client_idle_timeout, hr_is_idle_dropped;

/* unanswered.c: what a server did to a request on the wire */
hr_ending_rule hr_is_stale_race, hr_is_request_aborted;

/* programs.c: what one side did to all its connections */
hr_ending_rule hr_is_client_exit, hr_is_server_exit, hr_is_server_reload;

/* client.c: what the client did with the answer, and with its pool */
hr_ending_rule hr_is_request_cancelled, hr_is_body_undrained, hr_is_pool_limit;

#endif
