/* programs.c
 * Ends that come from outside a single exchange: the program at one side ended, or the server
 * closed while a request was on its way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"

enum {
    RETRY_SCAN = 64
};
#define RETRY_WITHIN_NS (5 * HR_NS_PER_S)

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
    for (guint end = MIN(index + RETRY_SCAN, origin->requests->len); index < end; index++) {
        const hr_request *request = origin->requests->pdata[index];
        if (request->sent.ns > until_ns) {
            return NULL;
        }
        if (request->connection != dead->connection && request->method == dead->method &&
            request->target == dead->target) {
            return request;
        }
    }
    return NULL;
}

/* What the dead request says of the connection itself came too late to explain its death. */
static bool was_announced_before(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    return connection->close_said.by == HR_SIDE_SERVER ||
           (connection->close_said.by == HR_SIDE_CLIENT &&
            connection->close_said.at.frame < it->dead->shown.frame);
}

bool hr_is_stale_race(const hr_case *it)
{
    const hr_tcp_end *server = hr_connection_server(it->connection);
    const hr_request *dead = it->dead;

    if (!hr_case_is_ended(it) || !hr_case_is_first(it, HR_SIDE_SERVER) || dead == NULL ||
        dead->number < 2 || dead->answered.frame != 0 || was_announced_before(it)) {
        return false;
    }
    const bool is_sent_later = it->ending->at.frame < dead->sent.frame;
    const bool is_unacked =
        dead->is_end_seq_known && hr_seq_before(server->last_ack, dead->end_seq);
    it->ending->evidence_frame = it->ending->at.frame;
    it->ending->retry = retry_of(it);
    return hr_case_decide(it, HR_SIDE_SERVER,
                          is_sent_later || is_unacked ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
}

static guint ends_within(const GArray *ends_ns, int64_t from_ns, int64_t to_ns)
{
    return hr_sorted_up_to(ends_ns, to_ns) - hr_sorted_below(ends_ns, from_ns);
}

/* An answer was cut short on this pool key before, and is again. */
static bool cuts_again(const hr_case *it)
{
    const hr_origin_facts *origin = hr_facts_origin_of(it->facts, it->connection);
    return it->dead != NULL && hr_case_had_answer_begun(it) && origin != NULL &&
           (origin->undrained_forms & hr_form_bit('a')) != 0;
}

/* Another connection of the client stays open: a program that ends closes all of them. */
static bool has_survivor(const hr_case *it, const hr_client_facts *client)
{
    const int64_t until_ns = it->ending->at.ns + it->facts->model->settings.exit_window_ns;
    return it->facts->model->now.ns > until_ns &&
           hr_sorted_up_to(client->open_until_ns, until_ns) < client->open_until_ns->len;
}

bool hr_is_client_exit(const hr_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    if (!hr_case_is_ended(it) || !hr_case_is_first(it, HR_SIDE_CLIENT)) {
        return false;
    }
    const hr_client_facts *client = hr_parties_client_of(&it->facts->parties, it->connection);
    if (at_ns < client->last_activity_ns) {
        return false; /* it returns */
    }
    const int64_t from_ns = MAX(at_ns - window_ns, client->last_activity_ns);
    const bool is_group =
        ends_within(client->ends_ns, from_ns, at_ns + window_ns) >= 2 && !has_survivor(it, client);
    const bool is_only_one =
        hr_sorted_below(client->open_until_ns, at_ns) + 1 == client->open_until_ns->len;
    const bool is_alone = is_only_one && !it->ending->is_after_answer && !cuts_again(it);
    if ((!is_group && !is_alone) || hr_case_fits_client_timer(it)) {
        return false;
    }
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

bool hr_is_server_exit(const hr_case *it)
{
    const int64_t window_ns = it->facts->model->settings.exit_window_ns;
    const int64_t at_ns = it->ending->at.ns;

    if (!hr_case_is_ended(it) || !hr_case_is_first(it, HR_SIDE_SERVER)) {
        return false;
    }
    const hr_server_facts *server = hr_parties_server_of(&it->facts->parties, it->connection);
    if (ends_within(server->exits_ns, at_ns - window_ns, at_ns + window_ns) < 2) {
        return false;
    }
    const bool is_gone = server->refused_ns != HR_TIME_NONE && server->refused_ns >= at_ns &&
                         server->last_sent_ns <= server->refused_ns;
    return is_gone && hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_LIKELY);
}
