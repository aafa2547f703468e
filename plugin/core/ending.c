/* ending.c
 * Why a connection ended: one rule a cause, tried in the order of the table; the first that
 * applies is it. A rule that reads a message is certain, one that reads a pattern is likely.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ending.h"

#include <string.h>

#include "software.h"

/* One connection under judgement. */
typedef struct {
    const hr_facts *facts;
    hr_connection *connection;
    hr_ending *ending;
    hr_request *dead;   /* the oldest request outstanding when it ended, or NULL */
    hr_request *last;   /* the last request sent, or NULL */
} ending_case;

/* ---- what the connection's own packets say ---- */

static hr_moment earlier(hr_moment a, hr_moment b)
{
    if (a.frame == 0) {
        return b;
    }
    return b.frame == 0 || a.frame <= b.frame ? a : b;
}

static bool was_done_by(const hr_request *request, hr_moment moment)
{
    return request->is_done && request->ended.frame <= moment.frame;
}

hr_request *hr_ending_outstanding_request(const hr_connection *connection)
{
    const hr_moment at = connection->ending.at;
    hr_request *oldest = NULL;

    if (at.frame == 0) {
        return connection->head;
    }
    for (hr_request *request = connection->last_request;
         request != NULL && !was_done_by(request, at); request = request->previous) {
        oldest = request;
    }
    return oldest;
}

static int64_t idle_before(const hr_connection *connection, hr_moment at)
{
    if (connection->idle_since.frame != 0 && connection->idle_since.frame <= at.frame) {
        return at.ns - connection->idle_since.ns;
    }
    return HR_TIME_NONE;
}

static void prepare(const hr_model *model, hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const hr_tcp_end *server = hr_connection_server(connection);
    const hr_moment by_client = earlier(client->fin, client->rst);
    const hr_moment by_server = earlier(server->fin, server->rst);
    const hr_request *last = connection->last_request;
    hr_ending *ending = &connection->ending;

    memset(ending, 0, sizeof(*ending));
    ending->at = earlier(by_client, by_server);
    ending->after_idle_ns = HR_TIME_NONE;
    if (ending->at.frame == 0) {
        return;
    }
    const bool is_client = by_client.frame != 0 && by_client.frame == ending->at.frame;
    const hr_tcp_end *first = is_client ? client : server;
    ending->first_fin = is_client ? HR_SIDE_CLIENT : HR_SIDE_SERVER;
    ending->is_first_rst = first->fin.frame != ending->at.frame;
    ending->after_idle_ns = idle_before(connection, ending->at);
    ending->is_after_answer = last != NULL && was_done_by(last, ending->at) &&
                              last->complete == HR_COMPLETE_YES &&
                              ending->at.ns - last->ended.ns <=
                                  hr_connection_right_after_ns(model, connection);
}

/* RFC 9293 §3.6: who sent the first FIN waits, unless an RST ends it before both are acked. */
static hr_side time_wait_of(const hr_connection *connection)
{
    const hr_tcp_end *ends = connection->ends;

    if (ends[0].fin.frame == 0 || ends[1].fin.frame == 0) {
        return HR_SIDE_NONE;
    }
    const hr_moment reset = earlier(ends[0].rst, ends[1].rst);
    if (reset.frame != 0 &&
        (connection->torn_down.frame == 0 || reset.frame <= connection->torn_down.frame)) {
        return HR_SIDE_NONE;
    }
    if (ends[0].is_fin_crossing || ends[1].is_fin_crossing) {
        return HR_SIDE_BOTH;
    }
    return hr_connection_side_of(connection, ends[0].fin.frame <= ends[1].fin.frame ? 0 : 1);
}

void hr_endings_prepare(hr_model *model)
{
    for (guint i = 0; i < model->connections->len; i++) {
        hr_connection *connection = model->connections->pdata[i];
        prepare(model, connection);
        connection->time_wait = time_wait_of(connection);
    }
}

/* ---- the rules ---- */

static bool decide(const ending_case *it, hr_side by, hr_certainty certainty)
{
    it->ending->by = by;
    it->ending->certainty = certainty;
    return true;
}

static bool is_ended(const ending_case *it)
{
    return it->ending->at.frame != 0;
}

static bool is_first(const ending_case *it, hr_side side)
{
    return it->ending->first_fin == side;
}

static bool had_answer_begun(const ending_case *it)
{
    const hr_moment answered = it->dead->answered;
    return answered.frame != 0 && answered.frame <= it->ending->at.frame;
}

static bool is_setup_failed(const ending_case *it)
{
    const hr_connection *connection = it->connection;
    const hr_tcp_end *server = hr_connection_server(connection);
    const hr_tcp_end *client = hr_connection_client(connection);
    const int64_t waited_ns = it->facts->model->now.ns - connection->opened.ns;

    if (!connection->is_opening_seen || client->syn.frame == 0 ||
        connection->established.frame != 0 || connection->accepted.frame != 0) {
        return false;
    }
    if (server->rst.frame != 0) {
        return decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN); /* refused */
    }
    if (server->is_seen || (client->syn_count < 2 && waited_ns < HR_NS_PER_S)) {
        return false; /* parts of the handshake are missing, or it may still be answered */
    }
    return decide(it, HR_SIDE_NONE, HR_CERTAINTY_CERTAIN); /* unanswered */
}

static bool is_upgraded(const ending_case *it)
{
    it->ending->evidence_frame = it->connection->left_http.frame;
    return it->connection->has_left_http && !it->connection->is_connect &&
           decide(it, it->ending->first_fin, HR_CERTAINTY_CERTAIN);
}

static bool is_tunnelled(const ending_case *it)
{
    it->ending->evidence_frame = it->connection->left_http.frame;
    return it->connection->has_left_http && it->connection->is_connect &&
           decide(it, it->ending->first_fin, HR_CERTAINTY_CERTAIN);
}

static bool is_stale_race(const ending_case *it)
{
    const hr_tcp_end *server = hr_connection_server(it->connection);
    const hr_request *dead = it->dead;

    if (!is_ended(it) || !is_first(it, HR_SIDE_SERVER) || dead == NULL || dead->number < 2 ||
        dead->answered.frame != 0 || it->connection->announced_by != HR_SIDE_NONE) {
        return false;
    }
    const bool is_sent_later = it->ending->at.frame < dead->sent.frame;
    const bool is_unacked =
        dead->is_end_seq_known && hr_seq_before(server->last_ack, dead->end_seq);
    it->ending->evidence_frame = it->ending->at.frame;
    return decide(it, HR_SIDE_SERVER,
                  is_sent_later || is_unacked ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
}

static bool is_announced(const ending_case *it)
{
    it->ending->evidence_frame = it->connection->announced.frame;
    return decide(it, it->connection->announced_by, HR_CERTAINTY_CERTAIN);
}

static bool is_http10(const ending_case *it)
{
    return is_ended(it) && it->connection->is_http10_close && is_announced(it);
}

static bool is_server_error_close(const ending_case *it)
{
    const hr_connection *connection = it->connection;
    const bool is_early = connection->early.frame != 0 ||
                          (it->last != NULL && it->last->has_body_unfinished);

    if (!is_ended(it)) {
        return false;
    }
    if (connection->is_error_close && connection->announced_by == HR_SIDE_SERVER) {
        return is_announced(it);
    }
    if (is_early && connection->announced_by != HR_SIDE_CLIENT) {
        it->ending->evidence_frame =
            it->last != NULL ? it->last->response_frame : connection->early.frame;
        return decide(it,
                      connection->announced_by != HR_SIDE_NONE ? connection->announced_by
                                                               : it->ending->first_fin,
                      HR_CERTAINTY_CERTAIN);
    }
    return false;
}

static bool is_known_limit(uint32_t number)
{
    size_t count = 0;
    const hr_request_limit *limits = hr_request_limits(&count);

    for (size_t i = 0; i < count; i++) {
        if (limits[i].requests == number) {
            return true;
        }
    }
    return false;
}

/* Keep-Alive: max=N is counted with the answer that says it, or from the next one on. */
static bool is_announced_limit(const hr_connection *connection, uint32_t number)
{
    return connection->announced_limit != 0 && (number == connection->announced_limit ||
                                                number + 1 == connection->announced_limit);
}

static bool is_request_limit(const ending_case *it)
{
    const hr_connection *connection = it->connection;
    const hr_request *last = it->last;

    if (!is_ended(it) || last == NULL || !last->is_number_exact || last->number < 2) {
        return false;
    }
    const bool is_by_message = connection->announced_by == HR_SIDE_SERVER &&
                               connection->announced.frame == last->response_frame;
    const bool is_by_fin = connection->announced_by == HR_SIDE_NONE &&
                           is_first(it, HR_SIDE_SERVER) && it->ending->is_after_answer;
    if (!is_by_message && !is_by_fin) {
        return false;
    }
    const hr_server_facts *server = hr_facts_server_of(it->facts, connection);
    const bool is_said = is_announced_limit(connection, last->number);
    const bool is_pattern =
        server->limit == last->number && server->limit_count >= 2 && !server->is_limit_mixed;
    if (!is_said && !is_known_limit(last->number) && !is_pattern) {
        return false;
    }
    it->ending->limit = last->number;
    it->ending->is_limit_announced = is_said;
    it->ending->evidence_frame = is_by_message ? connection->announced.frame : 0;
    return decide(it, HR_SIDE_SERVER, is_said ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
}

static bool is_client_close_header(const ending_case *it)
{
    return is_ended(it) && it->connection->announced_by == HR_SIDE_CLIENT && is_announced(it);
}

static bool is_server_close_header(const ending_case *it)
{
    return is_ended(it) && it->connection->announced_by == HR_SIDE_SERVER && is_announced(it);
}

static bool is_unused(const ending_case *it)
{
    const hr_connection *connection = it->connection;

    return is_ended(it) && is_first(it, HR_SIDE_CLIENT) && connection->is_opening_seen &&
           connection->request_count == 0 && connection->ends[0].bytes == 0 &&
           connection->ends[1].bytes == 0 && decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_CERTAIN);
}

/* ---- idle timers ---- */

static bool fits(const hr_settings *settings, int64_t idle_ns, int64_t timer_ns)
{
    const int64_t slack_ns =
        MAX(settings->timer_slack_ns, timer_ns / 100 * settings->timer_slack_percent);
    return idle_ns >= timer_ns && idle_ns <= timer_ns + slack_ns;
}

static bool is_named(const hr_connection *connection, const hr_timer *timer)
{
    if (timer->role != HR_SIDE_SERVER && hr_software_is_named(connection->user_agent, timer->header)) {
        return true;
    }
    return timer->role != HR_SIDE_CLIENT && (hr_software_is_named(connection->server, timer->header) ||
                                             hr_software_is_named(connection->via, timer->header));
}

/* Puts the timers of @side that fit into the ending, the named ones first. */
static void collect_timers(const ending_case *it, hr_side side)
{
    const hr_settings *settings = &it->facts->model->settings;
    hr_ending *ending = it->ending;
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    ending->timer_count = 0;
    ending->is_timer_named = false;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && ending->timer_count < HR_TIMER_CANDIDATES; i++) {
            const hr_timer *timer = &timers[i];
            const bool is_wanted = is_named(it->connection, timer) == (pass == 0);
            if (is_wanted && (timer->role == side || timer->role == HR_SIDE_BOTH) &&
                fits(settings, ending->after_idle_ns, timer->idle_ns)) {
                ending->timers[ending->timer_count++] = timer;
                ending->is_timer_named |= pass == 0;
            }
        }
    }
}

/* Whether another connection of the pool key ended by @side after an equal idle time; with
 * @is_earlier, one that did so well before this one. */
static bool has_equal_idle_end(const ending_case *it, hr_side side, bool is_earlier)
{
    const hr_settings *settings = &it->facts->model->settings;
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    const hr_idle_end end = {it->ending->after_idle_ns, it->ending->at.ns};

    return origin != NULL && end.idle_ns != HR_TIME_NONE && end.idle_ns >= settings->timer_min_ns &&
           hr_origin_has_equal_idle_end(origin, side, end, settings->timer_match_percent,
                                        is_earlier, settings->exit_window_ns);
}

static bool is_idle_timeout(const ending_case *it, hr_side side)
{
    const hr_settings *settings = &it->facts->model->settings;
    const int64_t idle_ns = it->ending->after_idle_ns;
    const int32_t announced_s = it->connection->announced_timeout;

    if (!is_ended(it) || !is_first(it, side) || idle_ns == HR_TIME_NONE ||
        idle_ns < settings->timer_min_ns) {
        return false;
    }
    collect_timers(it, side);
    it->ending->is_timer_announced = side == HR_SIDE_SERVER && announced_s > 0 &&
                                     fits(settings, idle_ns, announced_s * HR_NS_PER_S);
    if (!it->ending->is_timer_announced && it->ending->timer_count == 0 &&
        !has_equal_idle_end(it, side, false)) {
        return false;
    }
    return decide(it, side, HR_CERTAINTY_LIKELY);
}

static bool is_server_idle_timeout(const ending_case *it)
{
    return is_idle_timeout(it, HR_SIDE_SERVER);
}

static bool is_client_idle_timeout(const ending_case *it)
{
    return is_idle_timeout(it, HR_SIDE_CLIENT);
}

/* ---- ends of programs ---- */

static guint ends_within(const GArray *ends_ns, int64_t from_ns, int64_t to_ns)
{
    return hr_sorted_up_to(ends_ns, to_ns) - hr_sorted_below(ends_ns, from_ns);
}

/* A timer of the client that was seen before, or that its User-Agent names, explains more. */
static bool fits_client_timer(const ending_case *it)
{
    if (it->ending->after_idle_ns == HR_TIME_NONE) {
        return false;
    }
    collect_timers(it, HR_SIDE_CLIENT);
    const bool is_named_timer = it->ending->is_timer_named;
    it->ending->timer_count = 0;
    it->ending->is_timer_named = false;
    return is_named_timer || has_equal_idle_end(it, HR_SIDE_CLIENT, true);
}

static unsigned form_bit(char form)
{
    return 1u << (form - 'a');
}

/* An answer was cut short on this pool key before, and is again. */
static bool cuts_again(const ending_case *it)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    return it->dead != NULL && had_answer_begun(it) && origin != NULL &&
           (origin->undrained_forms & form_bit('a')) != 0;
}

static bool is_client_exit(const ending_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    if (!is_ended(it) || !is_first(it, HR_SIDE_CLIENT)) {
        return false;
    }
    const hr_client_facts *client = hr_facts_client_of(it->facts, it->connection);
    if (at_ns < client->last_activity_ns) {
        return false; /* it returns */
    }
    const int64_t from_ns = MAX(at_ns - window_ns, client->last_activity_ns);
    const bool is_group = ends_within(client->ends_ns, from_ns, at_ns + window_ns) >= 2;
    const bool is_only_one =
        hr_sorted_below(client->open_until_ns, at_ns) + 1 == client->open_until_ns->len;
    const bool is_alone = is_only_one && !it->ending->is_after_answer && !cuts_again(it);
    if ((!is_group && !is_alone) || fits_client_timer(it)) {
        return false;
    }
    return decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

static bool is_server_exit(const ending_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    if (!is_ended(it) || !is_first(it, HR_SIDE_SERVER)) {
        return false;
    }
    const hr_server_facts *server = hr_facts_server_of(it->facts, it->connection);
    if (ends_within(server->exits_ns, at_ns - window_ns, at_ns + window_ns) < 2) {
        return false;
    }
    const bool is_gone = server->refused_ns != HR_TIME_NONE && server->refused_ns >= at_ns &&
                         server->last_sent_ns <= server->refused_ns;
    return is_gone && decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
}

/* ---- endings by the client ---- */

static bool is_idle_dropped(const ending_case *it)
{
    const hr_request *dead = it->dead;
    const hr_tcp_end *server = hr_connection_server(it->connection);
    const int64_t waited_ns =
        dead != NULL ? it->facts->model->now.ns - dead->sent.ns : HR_TIME_NONE;

    return dead != NULL && dead->idle_ns != HR_TIME_NONE &&
           dead->idle_ns >= it->facts->model->settings.idle_dropped_min_ns &&
           server->last_sent.frame < dead->sent.frame && waited_ns >= HR_NS_PER_S &&
           decide(it, HR_SIDE_NONE, HR_CERTAINTY_LIKELY);
}

static bool is_request_cancelled(const ending_case *it)
{
    return is_ended(it) && is_first(it, HR_SIDE_CLIENT) && it->dead != NULL &&
           !had_answer_begun(it) && decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* How many connections of the pool were idle just after the close and stayed open. */
static guint idle_siblings(const ending_case *it, const hr_origin_facts *origin)
{
    const int64_t at_ns = it->ending->at.ns;
    const int64_t settled_ns = at_ns + it->facts->model->settings.pool_settle_ns;
    const guint begun = hr_sorted_up_to(origin->idle_begin_ns, settled_ns);
    const guint expired = hr_sorted_up_to(origin->idle_expiry_ns, at_ns);
    return begun > expired ? begun - expired : 0;
}

/* How many requests of the pool ran at some time while the last one of this connection did. */
static guint overlapping_requests(const ending_case *it, const hr_origin_facts *origin)
{
    return hr_sorted_below(origin->sent_ns, it->last->ended.ns) -
           hr_sorted_up_to(origin->ended_ns, it->last->sent.ns);
}

static bool has_pool_limit_evidence(const ending_case *it, guint *limit)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);

    if (!is_ended(it) || !is_first(it, HR_SIDE_CLIENT) || !it->ending->is_after_answer ||
        it->ending->is_first_rst || origin == NULL) {
        return false;
    }
    *limit = idle_siblings(it, origin);
    return *limit > 0 && overlapping_requests(it, origin) > *limit;
}

static bool is_pool_limit(const ending_case *it)
{
    guint limit = 0;

    if (!has_pool_limit_evidence(it, &limit)) {
        return false;
    }
    it->ending->limit = limit;
    return decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* The first request of the pool that was sent after @frame, or NULL. */
static const hr_request *next_request_of_pool(const hr_origin_facts *origin, uint32_t frame)
{
    guint low = 0;
    guint high = origin->requests->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const hr_request *request = origin->requests->pdata[middle];
        if (request->sent.frame <= frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < origin->requests->len ? origin->requests->pdata[low] : NULL;
}

/* Form (c): a FIN right after a complete answer tells little; what the same client did before
 * and after it tells more. */
static bool looks_undrained(const ending_case *it)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    guint limit = 0;

    if (origin == NULL || !it->ending->is_after_answer || it->last->is_answer_bodyless ||
        !hr_software_is_named(it->connection->user_agent, "Go-http-client") ||
        has_pool_limit_evidence(it, &limit)) {
        return false;
    }
    /* Counted from the answer, not from the FIN: the next dial may overtake the close. */
    const hr_request *next = next_request_of_pool(origin, it->last->ended.frame);
    if (next != NULL) {
        return next->status == HR_STATUS_NEW &&
               next->connection->opened.frame > it->last->ended.frame;
    }
    /* Nothing follows: it may be the end of the program. A connection that was reused shows
     * that the client reads its answers; one that was not does as the others did. */
    return (origin->undrained_forms & form_bit('c')) != 0 && it->connection->exchange_count == 1;
}

static bool is_body_undrained(const ending_case *it)
{
    hr_ending *ending = it->ending;
    const hr_tcp_end *server = hr_connection_server(it->connection);

    hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);

    if (!is_ended(it) || !is_first(it, HR_SIDE_CLIENT) || it->last == NULL) {
        return false;
    }
    if (it->dead != NULL) {
        ending->form = 'a'; /* cut off in the middle: read no further, or cancelled */
    } else if (ending->is_after_answer && ending->is_first_rst && server->fin.frame == 0 &&
               !it->last->is_answer_bodyless) {
        ending->form = 'b'; /* the kernel resets when unread bytes remain */
    } else if (!ending->is_first_rst && looks_undrained(it)) {
        ending->form = 'c';
    } else {
        return false;
    }
    if (origin != NULL) {
        origin->undrained_forms |= form_bit(ending->form);
    }
    return decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

static bool is_client_close(const ending_case *it)
{
    return is_ended(it) && is_first(it, HR_SIDE_CLIENT) &&
           decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_CERTAIN);
}

static bool is_server_close(const ending_case *it)
{
    return is_ended(it) && is_first(it, HR_SIDE_SERVER) &&
           decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN);
}

/* Nothing ended it, but its addresses and ports were taken for another connection later. */
static bool is_unknown(const ending_case *it)
{
    return !is_ended(it) && it->connection->is_replaced && decide(it, HR_SIDE_NONE, HR_CERTAINTY_NONE);
}

static bool is_open_at_end(const ending_case *it)
{
    return decide(it, HR_SIDE_NONE, HR_CERTAINTY_NONE);
}

static const struct {
    hr_close_cause cause;
    bool (*applies)(const ending_case *it);
} rules[] = {
    {HR_CLOSE_SETUP_FAILED, is_setup_failed},
    {HR_CLOSE_UPGRADED, is_upgraded},
    {HR_CLOSE_TUNNELLED, is_tunnelled},
    {HR_CLOSE_STALE_RACE, is_stale_race},
    {HR_CLOSE_HTTP10, is_http10},
    {HR_CLOSE_SERVER_ERROR_CLOSE, is_server_error_close},
    {HR_CLOSE_REQUEST_LIMIT, is_request_limit},
    {HR_CLOSE_CLIENT_CLOSE_HEADER, is_client_close_header},
    {HR_CLOSE_SERVER_CLOSE_HEADER, is_server_close_header},
    {HR_CLOSE_UNUSED, is_unused},
    {HR_CLOSE_CLIENT_EXIT, is_client_exit},
    {HR_CLOSE_SERVER_EXIT, is_server_exit},
    {HR_CLOSE_IDLE_DROPPED, is_idle_dropped},
    {HR_CLOSE_REQUEST_CANCELLED, is_request_cancelled},
    {HR_CLOSE_BODY_UNDRAINED, is_body_undrained},
    {HR_CLOSE_POOL_LIMIT, is_pool_limit},
    {HR_CLOSE_SERVER_IDLE_TIMEOUT, is_server_idle_timeout},
    {HR_CLOSE_CLIENT_IDLE_TIMEOUT, is_client_idle_timeout},
    {HR_CLOSE_CLIENT_CLOSE, is_client_close},
    {HR_CLOSE_SERVER_CLOSE, is_server_close},
    {HR_CLOSE_UNKNOWN, is_unknown},
    {HR_CLOSE_OPEN_AT_END, is_open_at_end},
};

static gint compare_by_ending(gconstpointer left, gconstpointer right)
{
    const hr_connection *a = *(hr_connection *const *)left;
    const hr_connection *b = *(hr_connection *const *)right;

    if (a->ending.at.frame != b->ending.at.frame) {
        return a->ending.at.frame < b->ending.at.frame ? -1 : 1;
    }
    return a->id < b->id ? -1 : a->id > b->id;
}

void hr_endings_decide(const hr_facts *facts)
{
    /* In the order of the ends: "the same happened before" looks back in time. */
    GPtrArray *ordered = g_ptr_array_copy(facts->connections, NULL, NULL);

    g_ptr_array_sort(ordered, compare_by_ending);
    for (guint i = 0; i < ordered->len; i++) {
        hr_connection *connection = ordered->pdata[i];
        const ending_case it = {
            .facts = facts,
            .connection = connection,
            .ending = &connection->ending,
            .dead = hr_ending_outstanding_request(connection),
            .last = connection->last_request,
        };
        for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            it.ending->evidence_frame = 0;
            if (rules[rule].applies(&it)) {
                it.ending->cause = rules[rule].cause;
                break;
            }
        }
    }
    g_ptr_array_free(ordered, TRUE);
}
