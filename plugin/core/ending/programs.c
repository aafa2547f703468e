/* programs.c
 * Ends that come from outside a single exchange: the program at one side ended, or the server
 * closed while a request was on its way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"
#include "core/ending/legs.h"

enum {
    RETRY_SCAN = 64 /* requests looked through for the one before that asked for the same */
};

/* Who loses a connection tries again at once, or after the first waits of a back-off: gRPC's first
 * two are 1 s and 1.6 s, a fifth more at most (doc/connection-backoff.md). What comes later is told
 * of as little as if it had not come: the same may be asked anew, and what refuses then may have
 * been stopped once more. */
#define RETRY_WITHIN_NS (5 * HR_NS_PER_S)

static bool asks_the_same(const hr_request *request, const hr_request *dead)
{
    return request->method == dead->method && request->target == dead->target;
}

/* How long after an answered one, of the same origin, the same was asked for again, lately before
 * @dead or by it: what follows one that was not answered may be its retry. It looks at few. */
static int64_t period_until(const hr_origin_facts *origin, const hr_request *dead, guint index)
{
    const hr_request *later = dead;

    for (guint looked = 0; looked < RETRY_SCAN && index > 0; looked++) {
        const hr_request *request = hr_origin_request(origin, --index);
        if (request != dead && asks_the_same(request, dead)) {
            if (request->is_answered || request->is_done) {
                return later->sent.ns - request->sent.ns;
            }
            later = request;
        }
    }
    return HR_TIME_NONE;
}

/* It comes when the program would have asked for the same anyway, in its own rhythm, @period_ns
 * after @dead. It dials when it asks. */
static bool is_in_rhythm(const hr_case *it, int64_t period_ns, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool is_dialled = request == connection->first_request && connection->is_opening_seen;
    const int64_t asked_ns = is_dialled ? connection->opened.ns : request->sent.ns;
    const int64_t match_ns = period_ns / 100 * it->facts->model->settings.timer_match_percent;

    return ABS(asked_ns - it->dead->sent.ns - period_ns) <= match_ns;
}

/* The same request again, on another connection, soon after this one died: its retry. */
static const hr_request *retry_of(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    const hr_request *dead = it->dead;
    const int64_t until_ns = MAX(it->ending->at.ns, dead->sent.ns) + RETRY_WITHIN_NS;

    if (origin == NULL) {
        return NULL;
    }
    guint index = hr_origin_requests_until(origin, dead->sent.frame);
    const int64_t period_ns = period_until(origin, dead, index);
    for (guint end = MIN(index + RETRY_SCAN, hr_origin_request_count(origin)); index < end;
         index++) {
        const hr_request *request = hr_origin_request(origin, index);
        if (request->sent.ns > until_ns) {
            return NULL;
        }
        if (request->connection != dead->connection && asks_the_same(request, dead)) {
            return period_ns != HR_TIME_NONE && is_in_rhythm(it, period_ns, request) ? NULL
                                                                                     : request;
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
    const bool is_notified = tls->close_notify.frame != 0 &&
                             tls->close_notify_by == HR_SIDE_SERVER &&
                             tls->close_notify.frame <= it->ending->at.frame;

    return is_notified ? tls->close_notify : it->ending->at;
}

/* A request was outstanding when the server closed, or another host in its name, and not one byte of
 * an answer came. Where a body was to begin, the server may have taken it for that. */
static bool is_unanswered(const hr_case *it)
{
    const bool is_closed =
        hr_case_is_first(it, HR_SIDE_SERVER) || hr_case_is_from_elsewhere(it, HR_SIDE_SERVER);

    return is_closed && it->dead != NULL && !it->dead->is_instead_of_body &&
           !it->connection->is_one_way && !hr_request_has_answer_bytes(it->dead) &&
           !was_announced_before(it);
}

/* How long the connection had been idle when the server closed, or when the request that found it
 * closed or forgotten was sent, whatever came first. */
static void take_idle_before_request(const hr_case *it, hr_moment closed)
{
    const hr_request *dead = it->dead;

    if (dead->idle_ns != HR_TIME_NONE) {
        const int64_t begin_ns = dead->sent.ns - dead->idle_ns;
        it->ending->after_idle_ns = MAX(MIN(closed.ns, dead->sent.ns) - begin_ns, 0);
        it->ending->after_rest_ns = it->ending->after_idle_ns;
    }
}

/* A reset that answers the request, no FIN before, out of a silence after which a device between is
 * known to forget: the server's own timeout would have closed without being asked. */
static bool is_by_a_device(const hr_case *it)
{
    if (!it->ending->is_first_rst || it->ending->at.frame < it->dead->sent.frame ||
        it->connection->transport != HR_TRANSPORT_TCP) {
        return false;
    }
    hr_case_collect_devices(it);
    return it->ending->timer_count > 0;
}

static guint ends_within(const GArray *ends_ns, int64_t from_ns, int64_t to_ns)
{
    return hr_sorted_up_to(ends_ns, to_ns) - hr_sorted_below(ends_ns, from_ns);
}

/* It ended another one at the same moment. */
static bool ends_several(const hr_case *it, const hr_server_facts *server)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    return ends_within(server->exits_ns, at_ns - window_ns, at_ns + window_ns) >= 2;
}

/* Its program ended with this connection: it ended others at the same moment, and then refused. */
static bool has_stopped(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);

    return ends_several(it, server) &&
           hr_server_refuses_after(server, it->ending->at.ns, RETRY_WITHIN_NS);
}

/* It had acknowledged the request before its program ended. A reset acknowledges as well what it
 * answers for another reason: one that has just started, or a device, knows no such connection. */
static bool has_stopped_with_request(const hr_case *it)
{
    return !hr_connection_server(it->connection)->has_acked_by_rst && has_stopped(it);
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

    return hr_server_refuses_after(server, it->ending->at.ns, RETRY_WITHIN_NS);
}

/* A device that resets what is in use does so for another reason than that it had forgotten it. The
 * first request that a capture shows may have found it at rest. */
static bool found_it_at_rest(const hr_case *it)
{
    return it->dead->idle_ns != HR_TIME_NONE
               ? it->dead->idle_ns >= it->facts->model->settings.timer_min_ns
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

    if (it->dead->idle_ns == HR_TIME_NONE || !is_closed_as_sent(it) || was_gone_then(it)) {
        return false;
    }
    take_idle_before_request(it, closed_by_server(it));
    const bool has_expired = hr_case_fits_shown_timer(it);
    ending->after_idle_ns = ending->after_rest_ns = HR_TIME_NONE;
    ending->timer_count = 0;
    ending->is_timer_named = ending->is_timer_announced = false;
    return has_expired;
}

/* It came into the server's close: neither the client nor a crash ended it. */
static bool may_be_race(const hr_case *it)
{
    return may_be_reset_soon(it) || may_be_timed_out(it);
}

bool hr_is_stale_race(const hr_case *it)
{
    const hr_tcp_end *server = hr_connection_server(it->connection);
    const hr_request *dead = it->dead;

    if (!is_unanswered(it)) {
        return false;
    }
    const hr_moment closed = closed_by_server(it);
    const bool is_sent_later = closed.frame < dead->sent.frame;
    const bool is_untaken = dead->begin != HR_POSITION_NONE && server->took <= dead->begin;
    const bool is_stale = is_sent_later || is_untaken;
    const bool is_elsewhere = hr_case_is_from_elsewhere(it, HR_SIDE_SERVER);

    if (is_elsewhere && !found_it_at_rest(it)) {
        return false;
    }
    if (!is_stale && !(has_clock_for_moments(it) && may_be_race(it))) {
        return false;
    }
    take_idle_before_request(it, closed);
    const hr_side by = is_by_a_device(it) || is_elsewhere ? HR_SIDE_NONE : HR_SIDE_SERVER;
    const bool is_timer = /* names what it may be */
        by == HR_SIDE_SERVER && hr_case_fits_idle_timer(it, HR_SIDE_SERVER);
    it->ending->is_program_over = (!is_timer || it->ending->is_first_rst) && was_gone_then(it);
    it->ending->is_fin_known = server->fin_acked != 0 && server->fin_acked < dead->sent.frame;
    it->ending->evidence_frame = it->ending->at.frame;
    hr_ending_seldom_of(it->ending)->retry = retry_of(it);
    return hr_case_decide(it, by,
                          is_stale && !is_elsewhere ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
}

/* RFC 9113 §6.8: what the server's GOAWAY leaves out was not processed. The client's counts the
 * streams that the server opened. */
static bool is_left_out_by_goaway(const hr_case *it)
{
    return hr_request_stream(it->dead) >= 0 &&
           (uint64_t)hr_request_stream(it->dead) >= it->connection->seldom->goaway->left_out_from;
}

/* A close_notify or a GOAWAY may be in what nobody could read of the server, before the request;
 * no answer follows a close_notify. */
static bool may_have_said_so(const hr_connection *connection)
{
    const hr_request *read = connection->last_request;

    if (connection->seldom->streams->table != NULL) {
        return !hr_connection_is_intact(connection, 1U - connection->client);
    }
    while (read != NULL && (read->response_frame == 0 || read->complete != HR_COMPLETE_YES)) {
        read = read->previous;
    }
    return connection->is_tls &&
           (read == NULL ? !hr_connection_is_intact(connection, 1U - connection->client)
                         : !hr_request_is_server_intact_since(read));
}

/* The server took the request, all of it, and it may have had an effect. */
bool hr_is_request_aborted(const hr_case *it)
{
    if (!is_unanswered(it) || it->ending->is_from_elsewhere || is_left_out_by_goaway(it) ||
        may_have_said_so(it->connection) || (!has_clock_for_moments(it) && may_be_race(it)) ||
        hr_case_went_unheard(it)) {
        return false;
    }
    it->ending->evidence_frame = it->ending->at.frame;
    hr_ending_seldom_of(it->ending)->retry = retry_of(it);
    it->ending->equal_waits = it->dead->equal_waits;
    return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN);
}

/* An answer was cut short on this pool key before, and is again. */
static bool cuts_again(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    return it->dead != NULL && hr_case_had_answer_begun(it) && origin != NULL &&
           (origin->undrained_forms & hr_form_bit('a')) != 0;
}

/* Another connection of the client stays open: a program that ends closes all of them. Where the
 * capture ends sooner, one of its own, for longer than it took to close those from @from_ns on. */
static bool has_survivor(const hr_case *it, const hr_client_facts *client, int64_t from_ns)
{
    const int64_t now_ns = it->facts->model->now.ns;
    const int64_t until_ns =
        MIN(it->ending->at.ns + it->facts->model->settings.exit_window_ns, now_ns);
    const guint first = hr_sorted_below(client->ends_ns, from_ns);
    const guint behind = hr_sorted_up_to(client->ends_ns, until_ns);

    if (first >= behind) {
        return false; /* the capture's clock went back */
    }
    const int64_t last_ns = g_array_index(client->ends_ns, int64_t, behind - 1);
    const int64_t took_ns = last_ns - g_array_index(client->ends_ns, int64_t, first);

    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    const bool has_stayed = origin != NULL && origin->has_open && now_ns - last_ns > took_ns;

    return (now_ns > until_ns || has_stayed) &&
           hr_sorted_up_to(client->open_until_ns, until_ns) < client->open_until_ns->len;
}

/* A request was given up as others were: after as long a wait, or by a proxy, whose own client had
 * given it up. That is no end of a program. */
static bool is_given_up_as_others(const hr_case *it)
{
    const hr_request *front = hr_legs_given_up_before(it->dead);

    return it->dead != NULL &&
           (it->dead->equal_waits > 0 ||
            (front != NULL && front->connection->ending.cause == HR_CLOSE_REQUEST_CANCELLED));
}

/* Times went back: by them its client does something after that, and by the frames it did so before. */
static bool is_return_in_disorder(const hr_case *it, const hr_client_facts *client)
{
    const hr_moment at = it->ending->at;
    const hr_moment last = client->last_activity;

    return last.ns > at.ns && last.frame < at.frame &&
           hr_clock_is_order_doubtful(&it->facts->model->clock, last.ns, at.ns);
}

bool hr_is_client_exit(const hr_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    if (!hr_case_is_first(it, HR_SIDE_CLIENT) || it->connection->is_one_way ||
        !hr_case_has_clock_for(it, window_ns) || hr_case_had_stopped_reading(it) ||
        is_given_up_as_others(it)) {
        return false;
    }
    const hr_client_facts *client = hr_parties_client_of(&it->facts->parties, it->connection);
    if (is_return_in_disorder(it, client)) {
        it->ending->is_in_disorder = true; /* nor is it, then, why else it closed this one */
        return false;
    }
    if (at_ns < client->last_activity.ns) {
        return false; /* it returns */
    }
    const int64_t from_ns = MAX(at_ns - window_ns, client->last_activity.ns);
    const bool is_group = ends_within(client->ends_ns, from_ns, at_ns + window_ns) >= 2 &&
                          !has_survivor(it, client, from_ns);
    const bool is_only_one =
        hr_sorted_below(client->open_until_ns, at_ns) + 1 == client->open_until_ns->len;
    const bool is_alone = is_only_one && !cuts_again(it) &&
                          !hr_connection_has_lost_since_rest(it->connection) &&
                          !hr_connection_may_end_after_answer(it->facts->model, it->connection);
    if ((!is_group && !is_alone) || hr_case_fits_client_timer(it)) {
        return false;
    }
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* A close may be announced in what was cut off or went another way, or be the end of an answer. */
static bool is_surely_unannounced(const hr_case *it)
{
    return !it->connection->is_one_way &&
           (it->last == NULL || (!it->last->is_head_cut && it->last->complete == HR_COMPLETE_YES &&
                                 !hr_connection_went_on_unseen(it->connection)));
}

static hr_stop_event *stop_event_of(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);

    return is_surely_unannounced(it) ? hr_stops_event_of(&server->stops, it->connection) : NULL;
}

void hr_case_look_at_stop(const hr_case *it)
{
    hr_stop_event *event = stop_event_of(it);

    if (event != NULL && event->count >= 2) {
        const hr_ending before = *it->ending;
        event->untimed += !hr_case_is_idle_said(it) && !hr_case_fits_idle_timer(it, HR_SIDE_SERVER);
        /* Which timer it was, if it was one, is for the rules to say. */
        hr_ending_return_to(it->ending, &before);
    }
}

/* Connections that became idle together expire together, also under a timeout that is in no table:
 * unless one was used again after a longer pause. */
static bool may_have_expired(const hr_case *it, const hr_stop_event *event)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    const int64_t spread_ns = event->most_rest_ns - event->least_rest_ns;
    const int64_t match_ns =
        event->most_rest_ns / 100 * it->facts->model->settings.timer_match_percent;

    return event->least_rest_ns >= HR_UNNAMED_TIMER_MIN_NS && spread_ns <= match_ns &&
           origin->longest_survived_ns <= event->most_rest_ns;
}

/* Connections that were not idle ended at that moment as well. */
static bool has_others(const hr_case *it, const hr_server_facts *server, const hr_stop_event *event)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;

    return ends_within(server->exits_ns, event->begin_ns - window_ns, event->end_ns + window_ns) >
           event->count;
}

/* Not all of it is what a timeout ends. */
static bool is_more_than_timeouts(const hr_case *it, const hr_server_facts *server,
                                  const hr_stop_event *event)
{
    return event->untimed > 0 || has_others(it, server, event);
}

/* It accepts none since then, answers nothing that is asked later, and then refuses or is silent. */
static bool is_gone_since(const hr_server_facts *server, int64_t at_ns, int64_t window_ns)
{
    return server->refused_ns != HR_TIME_NONE && server->last_sent_ns <= server->refused_ns &&
           server->accepted_ns <= at_ns && server->asked_ns <= at_ns + window_ns;
}

bool hr_is_server_exit(const hr_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;

    if (!hr_case_is_first(it, HR_SIDE_SERVER) || !hr_case_has_clock_for(it, window_ns)) {
        return false;
    }
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    const hr_stop_event *event = stop_event_of(it);

    return ends_several(it, server) && is_gone_since(server, it->ending->at.ns, window_ns) &&
           (event == NULL || is_more_than_timeouts(it, server, event)) &&
           hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
}

/* All that were idle end at one instant, or with requests under way, and others are accepted after
 * it. That one had been idle for as long as a timeout is chance where another one had not; where
 * each had, the server may look at its timeouts now and then. */
bool hr_is_server_reload(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    const hr_stop_event *event = stop_event_of(it);
    const hr_settings *settings = &it->facts->model->settings;

    if (event == NULL || server->accepted_ns <= it->ending->at.ns ||
        !hr_case_has_clock_for(it, MIN(settings->exit_window_ns, settings->timer_slack_ns))) {
        return false;
    }
    const bool is_stop = has_stopped(it) ? is_more_than_timeouts(it, server, event)
                                         : 2 * event->untimed >= event->count &&
                                               !event->has_survivor && !may_have_expired(it, event);
    return is_stop && hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
}
