/* unanswered.c
 * The server closed while a request was on its way: it was stale, or taken and given up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"
#include "core/ending/ends.h"
#include "core/ending/legs.h"

enum {
    RETRY_SCAN = 64 /* requests looked through for the one before that asked for the same */
};

static bool asks_the_same(const hr_request *request, const hr_request *dead)
{
    return request->method == dead->method && request->target == dead->target;
}

/* When the program asked for it: it dials when it asks. */
static int64_t asked_ns(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool is_dialled = request == connection->first_request && connection->is_opening_seen;

    return is_dialled ? connection->opened.ns : request->sent.ns;
}

/* How a program asks for the same over and over: each so long after the one before, or so long after
 * the answer to that. What is not known is HR_TIME_NONE. */
typedef struct {
    int64_t period_ns, pause_ns;
} rhythm;

static rhythm rhythm_between(const hr_request *answered, const hr_request *next)
{
    const int64_t pause_ns = asked_ns(next) - answered->ended.ns;

    return (rhythm){
        .period_ns = next->sent.ns - answered->sent.ns,
        .pause_ns = answered->is_done && pause_ns >= 0 ? pause_ns : HR_TIME_NONE,
    };
}

/* Of the latest answered one of the same origin that asked for the same, and what then did, @dead or
 * one before it: what follows one that was not answered may be its retry. It looks at few. */
static rhythm rhythm_before(const hr_origin_facts *origin, const hr_request *dead, guint index)
{
    const hr_request *later = dead;

    for (guint looked = 0; looked < RETRY_SCAN && index > 0; looked++) {
        const hr_request *request = hr_origin_request(origin, --index);
        if (asks_the_same(request, dead)) {
            if (request->is_answered) {
                return rhythm_between(request, later);
            }
            later = request;
        }
    }
    return (rhythm){HR_TIME_NONE, HR_TIME_NONE};
}

/* Of what came after @dead, at @index, if that was answered, and what then asked for the same. */
static rhythm rhythm_after(const hr_origin_facts *origin, guint index)
{
    const hr_request *answered = hr_origin_request(origin, index);
    const guint end = MIN(index + RETRY_SCAN, hr_origin_request_count(origin));

    while (answered->is_answered && ++index < end) {
        const hr_request *request = hr_origin_request(origin, index);
        if (asks_the_same(request, answered)) {
            return rhythm_between(answered, request);
        }
    }
    return (rhythm){HR_TIME_NONE, HR_TIME_NONE};
}

static bool is_about(const hr_case *it, int64_t one_ns, int64_t other_ns)
{
    const hr_settings *settings = &it->facts->model->settings;
    const int64_t match_ns = other_ns / 100 * settings->timer_match_percent;

    return other_ns != HR_TIME_NONE &&
           ABS(one_ns - other_ns) <= MAX(match_ns, settings->right_after_ns);
}

/* It comes when the program would have asked for the same anyway. Who asks as soon as it has an answer,
 * or an error, asks as soon as a retry would. */
static bool is_in_rhythm(const hr_case *it, const rhythm *known, const hr_request *request)
{
    const int64_t at_ns = asked_ns(request);
    const int64_t lost_ns = MAX(it->ending->at.ns, it->dead->sent.ns);

    return is_about(it, at_ns - it->dead->sent.ns, known->period_ns) ||
           is_about(it, at_ns - lost_ns, known->pause_ns);
}

/* The same request again, on another connection, soon after this one died: its retry. */
static const hr_request *retry_of(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    const hr_request *dead = it->dead;
    const int64_t until_ns = MAX(it->ending->at.ns, dead->sent.ns) + HR_RETRY_WITHIN_NS;

    guint index = hr_origin_requests_until(origin, dead->sent.frame);
    const rhythm before = rhythm_before(origin, dead, index);
    for (guint end = MIN(index + RETRY_SCAN, hr_origin_request_count(origin)); index < end;
         index++) {
        const hr_request *request = hr_origin_request(origin, index);
        if (request->sent.ns > until_ns) {
            return NULL;
        }
        if (request->connection != dead->connection && asks_the_same(request, dead)) {
            const bool is_first = before.period_ns == HR_TIME_NONE;
            const rhythm known = is_first ? rhythm_after(origin, index) : before;
            return is_in_rhythm(it, &known, request) ? NULL : request;
        }
    }
    return NULL;
}

/* What the dead request says of the connection itself came too late to explain its death. */
static bool was_announced_before(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    return (connection->seldom->close_said.by == HR_SIDE_SERVER &&
            !connection->seldom->close_said.is_timeout) ||
           (connection->seldom->close_said.by == HR_SIDE_CLIENT &&
            connection->seldom->close_said.at.frame < hr_request_frame(it->dead));
}

/* The server's first word of closing: a close_notify or a 408 comes before its FIN. */
static hr_moment closed_by_server(const hr_case *it)
{
    if (it->connection->seldom->close_said.is_timeout) {
        return it->connection->seldom->close_said.at;
    }
    const hr_tls *tls = it->connection->seldom->tls;

    return tls->close_notify_by == HR_SIDE_SERVER ? tls->close_notify : it->ending->at;
}

/* The client had acknowledged the server's FIN before it sent it: nothing comes behind that. */
static bool was_fin_known(const hr_request *dead)
{
    const hr_tcp_end *server = hr_connection_server(dead->connection);

    return server->fin_acked != 0 && server->fin_acked < dead->sent.frame;
}

/* A request was outstanding when the server closed, or another host in its name, and not one byte of
 * an answer came. Where a body was to begin, the server may have taken it for that. */
static bool is_unanswered(const hr_case *it)
{
    const bool is_closed =
        hr_case_is_first(it, HR_SIDE_SERVER) || hr_case_is_from_elsewhere(it, HR_SIDE_SERVER);

    return is_closed && it->dead != NULL && !it->dead->is_instead_of_body &&
           (!it->connection->is_one_way || was_fin_known(it->dead)) &&
           !hr_request_has_answer_bytes(it->dead) && !was_announced_before(it);
}

/* How long the connection had been idle when the server closed, or when the request that found it
 * closed or forgotten was sent, whatever came first. */
static void take_idle_before_request(const hr_case *it, hr_moment closed)
{
    const hr_request *dead = it->dead;

    if (dead->idle_ns != HR_TIME_NONE) {
        const bool was_asked = it->ending->is_first_rst && closed.ns > dead->sent.ns;
        const int64_t held_back_ns = was_asked ? 0 : hr_connection_held_back_ns(it->connection);
        const int64_t begin_ns = dead->sent.ns - dead->idle_ns - held_back_ns;
        it->ending->after_idle_ns = MAX(MIN(closed.ns, dead->sent.ns) - begin_ns, 0);
        it->ending->after_rest_ns = it->ending->after_idle_ns;
    }
}

/* A reset, no FIN before, out of a silence after which a device between is known to forget: in answer
 * to the request, where the server's own timeout would have closed without being asked; or before it,
 * as the device's time was over, which some tell both ends. */
static bool is_by_a_device(const hr_case *it)
{
    if (!it->ending->is_first_rst) {
        return false;
    }
    hr_case_collect_devices(it);
    return it->ending->timer_count > 0;
}

/* It had acknowledged the request before its program ended. A reset acknowledges as well what it
 * answers for another reason: one that has just started, or a device, knows no such connection. */
static bool has_stopped_with_request(const hr_case *it)
{
    return !hr_connection_server(it->connection)->has_acked_by_rst && hr_case_has_stopped(it);
}

/* The server closed it as soon as the request was sent, as far as the clock tells, and had not been
 * seen to pass it on: that it had taken. */
static bool is_closed_as_sent(const hr_case *it)
{
    const hr_model *model = it->facts->model;
    const hr_request *dead = it->dead;
    const int64_t soon_ns = hr_connection_right_after_ns(model, it->connection);

    return dead->number >= 2 &&
           closed_by_server(it).ns - dead->sent.ns <= soon_ns + hr_clock_tick_ns(&model->clock) &&
           !hr_legs_is_taken(dead);
}

/* One that was opened ahead of its first request is as stale as a used one. What the server took
 * before its program ended it had taken. */
static bool may_be_reset_soon(const hr_case *it)
{
    return it->ending->is_first_rst && is_closed_as_sent(it) && !has_stopped_with_request(it);
}

/* It refused soon after: its program was not there when the request came, or left then. */
static bool was_gone_then(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);

    return hr_server_refuses_after(server, it->ending->at.ns, HR_RETRY_WITHIN_NS);
}

/* A device that resets what is in use does so for another reason than that it had forgotten it, which
 * takes a second at least: it does not let this request pass (an IPS, a WAF). The first request that a capture shows may have found it at rest. */
static bool found_it_at_rest(const hr_case *it)
{
    return it->dead->idle_ns != HR_TIME_NONE
               ? it->dead->idle_ns >= HR_UNNAMED_TIMER_MIN_NS
               : !it->connection->is_opening_seen && it->dead == it->connection->first_request;
}

static bool has_clock_for_moments(const hr_case *it)
{
    return hr_case_has_clock_for(it, it->facts->model->settings.right_after_ns);
}

/* It was closed as soon as it was sent, at the very time at which the server's timeout ends what
 * rests: a kernel acknowledges what the program, which is closing, does not read any more
 * (asyncio). */
static bool may_be_timed_out(const hr_case *it)
{
    hr_ending *ending = it->ending;

    if (!is_closed_as_sent(it) || was_gone_then(it)) {
        return false;
    }
    take_idle_before_request(it, closed_by_server(it));
    const bool has_expired = hr_case_fits_shown_timer(it);
    ending->after_idle_ns = ending->after_rest_ns = HR_TIME_NONE;
    hr_case_forget_timers(it);
    return has_expired;
}

/* It came into the server's close: neither the client nor a crash ended it. */
static bool may_be_race(const hr_case *it)
{
    return may_be_reset_soon(it) || may_be_timed_out(it);
}

/* The server had not acknowledged the request when it closed. What its FIN acknowledged is not known where
 * that is not in the capture: then it never did. */
static bool is_untaken(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_tcp_end *server = hr_connection_server(connection);
    const bool is_lost =
        server->fin.frame == connection->ending.at.frame && server->fin_proof != HR_FIN_CAPTURED;
    const uint64_t took = is_lost ? hr_connection_client(connection)->out.acked : server->took;

    return request->begin != HR_POSITION_NONE && took <= request->begin;
}

bool hr_is_stale_race(const hr_case *it)
{
    const hr_request *dead = it->dead;

    if (!is_unanswered(it)) {
        return false;
    }
    const hr_moment closed = closed_by_server(it);
    const bool is_sent_later = closed.frame < dead->sent.frame;
    const bool is_stale = is_sent_later || is_untaken(it->dead);
    const bool is_elsewhere = hr_case_is_from_elsewhere(it, HR_SIDE_SERVER);

    if (is_elsewhere && !found_it_at_rest(it)) {
        return false;
    }
    if (!is_stale && !(has_clock_for_moments(it) && may_be_race(it))) {
        return false;
    }
    take_idle_before_request(it, closed);
    const hr_side by = is_by_a_device(it) || is_elsewhere ? HR_SIDE_NONE : HR_SIDE_SERVER;
    /* Names what it may be. A stateless reset tells that it was gone, not since when. */
    const bool is_timer = by == HR_SIDE_SERVER && !hr_ending_is_forgotten(it->connection) &&
                          hr_case_fits_idle_timer(it, HR_SIDE_SERVER);
    it->ending->is_program_over =
        ((!is_timer || it->ending->is_first_rst) && was_gone_then(it)) || hr_case_is_of_reload(it);
    it->ending->is_fin_known = was_fin_known(dead);
    it->ending->evidence_frame = it->ending->at.frame;
    hr_ending_seldom_of(it->ending)->retry = retry_of(it);
    return hr_case_decide(it, by,
                          is_stale && !is_elsewhere ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
}

/* RFC 9113 §6.8: what the server's GOAWAY leaves out was not processed. The client's counts the
 * streams that the server opened. */
static bool is_left_out_by_goaway(const hr_request *request)
{
    return hr_request_stream(request) >= 0 &&
           (uint64_t)hr_request_stream(request) >=
               request->connection->seldom->goaway->left_out_from;
}

/* A close_notify or a GOAWAY may be in what nobody could read of the server, before the request;
 * no answer follows a close_notify. */
static bool may_have_said_so(const hr_connection *connection)
{
    const hr_request *read = connection->last_request;

    if (connection->seldom->streams->table != NULL) {
        return !hr_connection_is_intact(connection, 1U - connection->client);
    }
    while (read != NULL && read->complete != HR_COMPLETE_YES) {
        read = read->previous;
    }
    return connection->is_tls &&
           (read == NULL ? !hr_connection_is_intact(connection, 1U - connection->client)
                         : !hr_request_is_server_intact_since(read));
}

/* The server took the request, all of it, and it may have had an effect. */
bool hr_is_request_aborted(const hr_case *it)
{
    if (hr_ending_spoken_instead(it->connection) != HR_SPOKEN_UNKNOWN && hr_case_is_ended(it)) {
        it->ending->evidence_frame = it->ending->at.frame;
        return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN); /* whoever left first */
    }
    if (!is_unanswered(it) || it->ending->is_from_elsewhere || is_left_out_by_goaway(it->dead) ||
        may_have_said_so(it->connection) || may_be_race(it) || hr_case_went_unheard(it)) {
        return false;
    }
    it->ending->evidence_frame = it->ending->at.frame;
    hr_ending_seldom_of(it->ending)->retry = retry_of(it);
    it->ending->equal_waits = it->dead->equal_waits;
    return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN);
}

bool hr_ending_was_taken_in_vain(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_ending *ending = &connection->ending;

    return hr_request_stream(request) >= 0 && !request->is_done &&
           !hr_request_has_answer_bytes(request) && ending->first_closer == HR_SIDE_SERVER &&
           ending->cause != HR_CLOSE_IDLE_DROPPED && ending->cause != HR_CLOSE_STALE_RACE &&
           !ending->is_in_disorder && !ending->is_from_elsewhere && !connection->is_one_way &&
           request->sent.frame < ending->at.frame && !is_untaken(request) &&
           !is_left_out_by_goaway(request) && !may_have_said_so(connection);
}
