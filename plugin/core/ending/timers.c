/* timers.c
 * Ends of idle connections: which timeout fits, and who had it. A timeout is an inference from
 * a length of time; all that fit are listed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"
#include "core/ending/ending.h"
#include "core/ending/evictions.h"
#include "core/ending/reading.h"
#include "core/model/quic.h"
#include "software/software.h"

/* How long @side had seen nothing of the connection when it ended. */
static int64_t idle_of(const hr_ending *ending, hr_side side)
{
    return side == HR_SIDE_SERVER ? ending->after_rest_ns : ending->after_idle_ns;
}

static int64_t slack_of(const hr_settings *settings, int64_t timer_ns)
{
    return MAX(settings->timer_slack_ns, timer_ns / 100 * settings->timer_slack_percent);
}

bool hr_case_fits(const hr_case *it, int64_t idle_ns, int64_t timer_ns, int64_t late_ns)
{
    const int64_t tick_ns = hr_clock_tick_ns(&it->facts->model->clock);
    const int64_t slack_ns = slack_of(&it->facts->model->settings, timer_ns) + late_ns;

    return idle_ns + tick_ns >= timer_ns && idle_ns <= timer_ns + slack_ns + tick_ns;
}

#define TURN_NS (2 * HR_NS_PER_MS) /* of an event loop, with the time that it was at its begin */

/* How long before the end of the last exchange @timer began, if that set none anew. Of a client that
 * is no proxy, pauses of as long from request to request are its own. */
static int64_t early_of(const hr_case *it, const hr_timer *timer)
{
    const int64_t lazy_ns = hr_timer_lazy_ns(timer);
    const hr_products *products = &it->connection->products;

    if (it->last == NULL || !it->last->is_done || !(products->is_relayed || products->is_leg)) {
        return 0;
    }
    const bool is_moved = it->last->answered.ns - it->last->sent.ns >= lazy_ns;
    const int64_t since_ns = is_moved ? it->last->answered.ns : it->last->sent.ns;
    const int64_t early_ns = it->last->ended.ns - since_ns;
    return early_ns > 0 && early_ns < lazy_ns ? early_ns + TURN_NS : 0;
}

/* As inexactly as its product acts, if @is_named. */
static bool timer_fits(const hr_case *it, const hr_timer *timer, hr_side side, bool is_named)
{
    const int64_t timer_ns = hr_timer_idle_ns(timer, it->connection);
    const int64_t idle_ns = idle_of(it->ending, side) + (is_named ? timer->early_ns : 0);
    const int64_t late_ns = is_named ? timer->late_ns + timer->early_ns : 0;

    if (timer->side != side || timer_ns == HR_TIME_NONE) {
        return false;
    }
    const int64_t early_ns = early_of(it, timer); /* of few */
    return hr_case_fits(it, idle_ns, timer_ns, late_ns) ||
           hr_case_fits(it, idle_ns, timer_ns - early_ns, late_ns);
}

static bool has_fitting_timer(const hr_case *it, hr_side side)
{
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);
    size_t index = 0;

    while (index < count && !timer_fits(it, &timers[index], side, true)) {
        index++;
    }
    return index < count;
}

/* Puts the timers of @side that fit into the ending, the named ones first, and none that is
 * contradicted. What is looked at when the next request comes fits only by name. */
static void collect_timers(const hr_case *it, hr_side side)
{
    hr_ending *ending = it->ending;
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    ending->timer_count = 0;
    ending->is_timer_named = false;
    if (!has_fitting_timer(it, side)) {
        return; /* mostly: what the messages name need not be known */
    }
    const hr_product_set named = hr_software_named(it->connection, side);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && ending->timer_count < HR_TIMER_CANDIDATES; i++) {
            const hr_timer *timer = &timers[i];
            const bool is_named = pass == 0;
            if ((is_named || !timer->is_at_use) && timer_fits(it, timer, side, is_named) &&
                hr_product_naming(timer->product, side, &named) ==
                    (is_named ? HR_NAMING_NAMED : HR_NAMING_OPEN)) {
                hr_ending_seldom_of(ending)->timers[ending->timer_count++] = (uint16_t)i;
                ending->is_timer_named |= is_named;
            }
        }
    }
}

static const hr_origin_facts *facts_of(const hr_case *it, hr_side side)
{
    return side == HR_SIDE_SERVER ? hr_facts_origin_of(it->facts, it->connection)
                                  : hr_facts_program_of(it->facts, it->connection);
}

/* A program that ends closes all that it has, however long each was idle: equal times are those of
 * its life, or of its sleep. */
static bool is_one_act(const hr_case *it, hr_side side)
{
    return side == HR_SIDE_CLIENT &&
           hr_parties_ends_with_others(&it->facts->parties, it->connection,
                                       it->facts->model->settings.exit_window_ns);
}

/* Others show a timer that this end was late by, as a busy program is. */
static bool is_late_for_others(const hr_case *it, hr_side side)
{
    const hr_settings *settings = &it->facts->model->settings;
    const hr_origin_facts *origin = facts_of(it, side);
    const int64_t idle_ns = idle_of(it->ending, side);
    const int64_t late_ns = MIN(slack_of(settings, idle_ns), idle_ns - HR_UNNAMED_TIMER_MIN_NS);

    return late_ns > 0 && !is_one_act(it, side) &&
           hr_origin_has_sooner_idle_ends(origin, side, idle_ns, late_ns, settings);
}

/* Whether another connection of the pool key ended by @side after an equal idle time, @least_ns or
 * more; with @is_earlier, one that did so well before this one. */
static bool has_equal_idle_end(const hr_case *it, hr_side side, bool is_earlier, int64_t least_ns)
{
    const hr_settings *settings = &it->facts->model->settings;
    const hr_origin_facts *origin = facts_of(it, side);
    const hr_idle_end end = {idle_of(it->ending, side), it->ending->at.ns};

    return end.idle_ns >= least_ns && /* or unknown */
           hr_case_has_clock_for(it, end.idle_ns / 100 * settings->timer_match_percent) &&
           !is_one_act(it, side) &&
           hr_origin_has_equal_idle_end(origin, side, end, settings->timer_match_percent,
                                        is_earlier, settings->exit_window_ns);
}

/* Node.js announces a second less than it waits, so that the client is the first to close:
 * server.keepAliveTimeoutBuffer. */
#define ANNOUNCED_EARLY_NS (1 * HR_NS_PER_S)

bool hr_case_fits_idle_timer(const hr_case *it, hr_side side)
{
    const hr_settings *settings = &it->facts->model->settings;
    const int64_t idle_ns = idle_of(it->ending, side);
    const int32_t announced_s = it->connection->keep_alive.timeout_s;

    if (idle_ns < settings->timer_min_ns || /* or unknown */
        hr_clock_tick_ns(&it->facts->model->clock) > slack_of(settings, idle_ns)) {
        return false;
    }
    collect_timers(it, side);
    it->ending->is_timer_announced =
        side == HR_SIDE_SERVER && announced_s > 0 &&
        (hr_case_fits(it, idle_ns, announced_s * HR_NS_PER_S, 0) ||
         hr_case_fits(it, idle_ns, announced_s * HR_NS_PER_S + ANNOUNCED_EARLY_NS, 0));
    return it->ending->is_timer_announced || it->ending->timer_count > 0 ||
           has_equal_idle_end(it, side, false, HR_UNNAMED_TIMER_MIN_NS) ||
           is_late_for_others(it, side);
}

void hr_case_forget_timers(const hr_case *it)
{
    it->ending->timer_count = 0;
    it->ending->is_timer_named = it->ending->is_timer_announced = false;
}

bool hr_case_fits_shown_timer(const hr_case *it)
{
    const hr_origin_facts *origin = facts_of(it, HR_SIDE_SERVER);
    const int64_t idle_ns = idle_of(it->ending, HR_SIDE_SERVER);

    /* Where a longer time was survived it is not in force. */
    return hr_case_fits_idle_timer(it, HR_SIDE_SERVER) &&
           origin->longest_survived_ns - idle_ns <=
               slack_of(&it->facts->model->settings, idle_ns) &&
           (it->ending->is_timer_announced || it->ending->is_timer_named ||
            has_equal_idle_end(it, HR_SIDE_SERVER, false, HR_UNNAMED_TIMER_MIN_NS));
}

/* ---- looked at as the next request came ---- */

/* What the client calls itself looks at times only then, and had reason to: its timeout by default
 * is not above the idle time. Who says nothing may be one that does. */
static bool may_expire_at_use(const hr_case *it)
{
    const hr_product_set named = hr_software_named(it->connection, HR_SIDE_CLIENT);
    hr_ending *ending = it->ending;
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    ending->timer_count = 0;
    ending->is_timer_named = false;
    for (size_t i = 0; i < count && ending->timer_count < HR_TIMER_CANDIDATES; i++) {
        const int64_t timer_ns = hr_timer_idle_ns(&timers[i], it->connection);
        if (timers[i].is_at_use && hr_product_set_has(&named, timers[i].product) &&
            timer_ns != HR_TIME_NONE && timer_ns <= ending->after_idle_ns) {
            hr_ending_seldom_of(ending)->timers[ending->timer_count++] = (uint16_t)i;
            ending->is_timer_named = true;
        }
    }
    return ending->is_timer_named || hr_product_set_is_empty(&named);
}

/* It dials again as it closes: the pause is the caller's, and no timer's own time. */
static bool is_at_next_use(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);

    return origin != NULL &&
           hr_origin_opens_near(origin, it->ending->at.ns,
                                hr_connection_right_after_ns(it->facts->model, it->connection));
}

static bool is_expiry_at_use(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    const int64_t idle_ns = it->ending->after_idle_ns;

    if (idle_ns < HR_UNNAMED_TIMER_MIN_NS || idle_ns <= origin->longest_reused_ns ||
        hr_parties_ends_with_unexpired(&it->facts->parties, it->connection,
                                       it->facts->model->settings.exit_window_ns,
                                       origin->longest_reused_ns) ||
        !hr_case_has_clock_for(it, it->facts->model->settings.right_after_ns) ||
        !may_expire_at_use(it)) {
        return false; /* as long a pause was survived, or it ends what was used of late as well */
    }
    it->ending->is_at_next_use = true;
    hr_ending_seldom_of(it->ending)->longest_reused_ns =
        origin->longest_reused_ns > 0 ? origin->longest_reused_ns : HR_TIME_NONE;
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* A client that does not know what HEAD means waits for the body that it announces, and then gives
 * up: that is a deadline for an answer (curl -X HEAD --max-time), and no timer of a pool. */
static bool may_wait_for_body_of_head(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);

    return hr_ending_may_wait_after_head(it->connection) && !origin->is_reused;
}

enum {
    ASKED_BEFORE = 256, /* the latest requests, looked at for one whose answer was over */
};

/* One that was answered alike was followed by another on its connection: such an answer is over. */
static bool was_alike_over(const hr_origin_facts *origin, const hr_request *last)
{
    guint index = hr_origin_requests_until(origin, last->sent.frame);

    for (guint budget = ASKED_BEFORE; index > 0 && budget > 0; budget--) {
        const hr_request *before = hr_origin_request(origin, --index);
        if (before->next != NULL && hr_reading_is_alike(before, last)) {
            return true;
        }
    }
    return false;
}

/* How long its last answer was to be is not in the capture: a client that waited for the rest until its
 * deadline looks as idle as one whose timer ran. */
static bool may_wait_for_rest(const hr_case *it)
{
    return it->last != NULL && it->last->complete == HR_COMPLETE_UNKNOWN &&
           it->ending->first_closer == HR_SIDE_CLIENT &&
           !was_alike_over(hr_facts_program_of(it->facts, it->connection), it->last);
}

/* It, or as much of what its client closed after idle times: a pool of all hosts, asked of each in
 * turn, ends them after equal times. */
static bool may_be_evicted(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);

    return hr_may_be_evicted(it->facts, it->connection) ||
           (origin != NULL && 2 * origin->ends_maybe_evicted >= origin->idle_ends[0]->len);
}

static bool fits_named_timer(const hr_case *it, hr_side side)
{
    if (hr_case_fits_idle_timer(it, side) && it->ending->is_timer_named) {
        return hr_case_decide(it, side, HR_CERTAINTY_LIKELY);
    }
    hr_case_forget_timers(it);
    return false;
}

/* QUIC: the server's program may have been another one since then, and have said so. */
static bool may_be_forgotten_at_rest(const hr_case *it)
{
    const hr_quic *quic = it->connection->seldom->quic;

    return hr_ending_is_forgotten(it->connection) ||
           (quic != NULL && it->last != NULL && quic->strange_frame > it->last->sent.frame);
}

static bool is_idle_timeout(const hr_case *it, hr_side side)
{
    if (!hr_case_is_first(it, side) || it->connection->is_one_way || may_be_forgotten_at_rest(it) ||
        may_wait_for_body_of_head(it) || may_wait_for_rest(it)) {
        return false;
    }
    if (side == HR_SIDE_CLIENT && is_at_next_use(it)) {
        return is_expiry_at_use(it) || fits_named_timer(it, side);
    }
    if (side == HR_SIDE_CLIENT && may_be_evicted(it)) {
        return fits_named_timer(it, side);
    }
    it->ending->is_idle_equal =
        has_equal_idle_end(it, side, false, it->facts->model->settings.timer_min_ns);
    return hr_case_fits_idle_timer(it, side) && hr_case_decide(it, side, HR_CERTAINTY_LIKELY);
}

/* QUIC: both ends said their idle timeouts, and the shorter one has passed in silence. */
static bool is_silent_timeout(const hr_case *it, hr_side side)
{
    const hr_side by =
        hr_case_is_silent_end(it) ? hr_quic_idle_timeout_side(it->connection) : HR_SIDE_NONE;

    if (it->dead != NULL || (by != side && by != HR_SIDE_BOTH)) {
        return false;
    }
    it->ending->is_timer_announced = true;
    return hr_case_decide(it, by, HR_CERTAINTY_LIKELY);
}

/* A 408 that answers nothing says that the server waits no longer, and so may a GOAWAY. */
static bool is_timeout_said(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    const bool is_by_goaway = hr_case_is_idle_said(it);

    if ((!connection->seldom->close_said.is_timeout && !is_by_goaway) || !hr_case_is_ended(it)) {
        return false;
    }
    hr_case_fits_idle_timer(it, HR_SIDE_SERVER); /* names what it may be */
    it->ending->is_timer_announced = true;
    it->ending->evidence_frame = is_by_goaway ? connection->seldom->goaway->at.frame
                                              : connection->seldom->close_said.at.frame;
    return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN);
}

bool hr_is_server_idle_timeout(const hr_case *it)
{
    return is_timeout_said(it) || is_idle_timeout(it, HR_SIDE_SERVER) ||
           is_silent_timeout(it, HR_SIDE_SERVER);
}

bool hr_is_client_idle_timeout(const hr_case *it)
{
    return is_idle_timeout(it, HR_SIDE_CLIENT) || is_silent_timeout(it, HR_SIDE_CLIENT);
}

/* A timer of the client that was seen before, or a default that its User-Agent does not contradict,
 * explains more than the end of a program at that very moment. */
bool hr_case_fits_client_timer(const hr_case *it)
{
    collect_timers(it, HR_SIDE_CLIENT);
    const bool fits_timer = it->ending->timer_count > 0;
    it->ending->timer_count = 0;
    it->ending->is_timer_named = false;
    return fits_timer || has_equal_idle_end(it, HR_SIDE_CLIENT, true, HR_UNNAMED_TIMER_MIN_NS);
}

/* The request came back out of long idle time as nothing, or again and again as nothing. */
static bool is_unheard(const hr_case *it)
{
    const int64_t min_ns = it->facts->model->settings.idle_dropped_min_ns;

    return it->dead->idle_ns >= min_ns ||
           hr_connection_client(it->connection)->seldom->repeats >= HR_REPEATS_IN_VAIN;
}

/* The other end had been heard shortly before what went unheard: no device forgets that soon, and no
 * idle timeout would have helped. On QUIC that is not known. */
static bool is_cut_in_use(const hr_case *it, hr_moment heard, hr_moment unheard)
{
    return heard.frame != 0 &&
           unheard.ns - heard.ns < it->facts->model->settings.idle_dropped_min_ns;
}

/* Over QUIC its server had said after which idle time it forgets, and that had passed. */
static bool was_over_to_server(const hr_case *it)
{
    const hr_quic *quic = it->connection->seldom->quic;

    return quic != NULL && quic->outlived_frame != 0 &&
           quic->outlived_frame <= it->dead->sent.frame;
}

bool hr_is_idle_dropped(const hr_case *it)
{
    const hr_tcp_end *server = hr_connection_server(it->connection);
    const hr_request *dead = it->dead;

    if (hr_case_is_cut_by_reset(it)) {
        return hr_case_decide(it, HR_SIDE_NONE, HR_CERTAINTY_LIKELY);
    }
    if (hr_case_went_unheard(it)) {
        const hr_tcp_end *speaker = hr_case_last_speaker(it);
        const hr_tcp_end *other = speaker == server ? hr_connection_client(it->connection) : server;
        hr_case_collect_devices(it);
        it->ending->is_cut_in_use = is_cut_in_use(it, other->last_sent, speaker->seldom->in_vain);
        return hr_case_decide(it, HR_SIDE_NONE, HR_CERTAINTY_LIKELY);
    }
    const int64_t waited_ns =
        dead != NULL ? it->facts->model->now.ns - dead->sent.ns : HR_TIME_NONE;

    if (dead == NULL || it->connection->is_one_way || !is_unheard(it) ||
        server->last_sent.frame >= dead->sent.frame || waited_ns < HR_INITIAL_RTO_NS) {
        return false;
    }
    if (was_over_to_server(it)) {
        it->ending->is_timer_announced = true;
        return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
    }
    if (it->connection->transport == HR_TRANSPORT_TCP) {
        hr_case_collect_devices(it);
    }
    it->ending->is_cut_in_use = is_cut_in_use(it, server->last_sent, dead->sent);
    return hr_case_decide(it, HR_SIDE_NONE, HR_CERTAINTY_LIKELY);
}
