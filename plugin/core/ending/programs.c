/* programs.c
 * Ends that come from outside a single exchange: the program at one side ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/both_legs.h"
#include "core/ending/case.h"
#include "core/ending/legs.h"

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

bool hr_case_has_stopped(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);

    return ends_several(it, server) &&
           hr_server_refuses_after(server, it->ending->at.ns, HR_RETRY_WITHIN_NS);
}

/* An answer was cut short on this pool key before, and is again. */
static bool cuts_again(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    return it->dead != NULL && hr_case_had_answer_begun(it) &&
           (origin->undrained_forms & hr_form_bit('a')) != 0;
}

/* Another connection of the client stays open: a program that ends closes all of them. Where the
 * capture ends sooner, one of its own, for longer than it took to close those from @from_ns on. */
static bool has_survivor(const hr_case *it, const hr_client_facts *client, int64_t from_ns)
{
    const int64_t now_ns = it->facts->model->now.ns;
    const int64_t until_ns = it->ending->at.ns + it->facts->model->settings.exit_window_ns;
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
    return it->dead != NULL &&
           (it->dead->equal_waits > 0 || hr_legs_given_up_before(it->dead) != NULL);
}

/* Times went back: by them its client does something after that, and by the frames it did so before. */
static bool is_return_in_disorder(const hr_case *it, const hr_client_facts *client)
{
    const hr_moment at = it->ending->at;
    const hr_moment last = client->last_activity;

    return last.ns > at.ns && last.frame < at.frame;
}

/* What a proxy had for its client's connection goes with that, and its program does not end. Behind a
 * CONNECT it is the client's connection that goes on, and is ended by the client's program. */
static bool goes_with_its_client(const hr_case *it)
{
    const hr_request *front = it->last != NULL ? it->last->ties->passes_on : NULL;

    return front != NULL && front->connection->transport != HR_TRANSPORT_TUNNEL &&
           hr_both_legs_is_left(it->facts->model, it->connection);
}

/* It has ended others like this one, at other moments, and gone on: a pool that closes what has been
 * idle does so, whether it looks now and then or its own client leaves. What ends together after idle
 * times that differ is the end of a program all the same. */
static bool is_habit(const hr_case *it, const hr_client_facts *client)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t idle_ns = it->ending->after_idle_ns;
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);

    return origin != NULL && idle_ns != HR_TIME_NONE &&
           !hr_connection_may_end_after_answer(it->facts->model, it->connection) &&
           !hr_parties_ends_with_others(&it->facts->parties, it->connection, window_ns) &&
           hr_origin_goes_on_after_idle_ends(origin, idle_ns, client->last_activity.ns, window_ns);
}

bool hr_is_client_exit(const hr_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    if (!hr_case_is_first(it, HR_SIDE_CLIENT) || it->connection->is_one_way ||
        !hr_case_has_clock_for(it, window_ns) || hr_case_had_stopped_reading(it) ||
        is_given_up_as_others(it) || goes_with_its_client(it)) {
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
    if ((!is_group && !is_alone) || is_habit(it, client) || hr_case_fits_client_timer(it)) {
        return false;
    }
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* A close may be announced in what was cut off or went another way, or be the end of an answer. */
static bool is_surely_unannounced(const hr_case *it)
{
    const hr_request *last = hr_stops_last_before(it->connection);

    return !it->connection->is_one_way &&
           (last == NULL || (!last->is_head_cut && last->complete == HR_COMPLETE_YES));
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
        it->ending->after_rest_ns = hr_stops_rest_ns(it->connection);
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
    return server->last_sent_ns <= server->refused_ns && server->accepted_ns <= at_ns &&
           server->asked_ns <= at_ns + window_ns;
}

/* All that it had ended with one that had rested for less than a timeout, and it then refused before
 * it accepted: nobody was there. */
static bool is_lone_stop(const hr_case *it, const hr_server_facts *server,
                         const hr_stop_event *event)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);

    return event != NULL && event->count == 1 && !event->has_survivor &&
           event->most_rest_ns < MAX(HR_UNNAMED_TIMER_MIN_NS, origin->longest_survived_ns) &&
           hr_server_refuses_after(server, it->ending->at.ns, HR_RETRY_WITHIN_NS);
}

bool hr_is_server_exit(const hr_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;

    if (!hr_case_is_first(it, HR_SIDE_SERVER) || !hr_case_has_clock_for(it, window_ns)) {
        return false;
    }
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    const hr_stop_event *event = stop_event_of(it);

    const bool is_stop = ends_several(it, server)
                             ? event == NULL || is_more_than_timeouts(it, server, event)
                             : is_lone_stop(it, server, event);
    return is_stop && is_gone_since(server, it->ending->at.ns, window_ns) &&
           hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
}

/* All that were idle end at one instant, or with requests under way, and others are accepted after
 * it, or the only one does and the next is refused before. That one had been idle for as long as a
 * timeout is chance where another one had not; where each had, the server may look at its timeouts
 * now and then. */
static bool is_reload(const hr_case *it, const hr_stop_event *event)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    const hr_settings *settings = &it->facts->model->settings;

    if (event == NULL || server->accepted_ns <= it->ending->at.ns ||
        !hr_case_has_clock_for(it, MIN(settings->exit_window_ns, settings->timer_slack_ns))) {
        return false;
    }
    return is_lone_stop(it, server, event) ||
           (hr_case_has_stopped(it) ? is_more_than_timeouts(it, server, event)
                                    : 2 * event->untimed >= event->count && !event->has_survivor &&
                                          !may_have_expired(it, event));
}

bool hr_case_is_of_reload(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    const hr_stop_event *event =
        is_surely_unannounced(it) ? hr_stops_event_at(&server->stops, it->ending->at.ns) : NULL;

    return is_reload(it, event);
}

/* Right after its own answer, as the program was stopped that ended the others: what dialled next was
 * refused. */
static bool is_stopped_after_answer(const hr_case *it)
{
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;

    return hr_case_is_first(it, HR_SIDE_SERVER) && it->ending->is_after_answer &&
           is_surely_unannounced(it) && hr_case_has_stopped(it) &&
           is_reload(it, hr_stops_event_near(&server->stops, it->ending->at.ns, window_ns));
}

bool hr_is_server_reload(const hr_case *it)
{
    return (is_reload(it, stop_event_of(it)) || is_stopped_after_answer(it)) &&
           hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
}
