/* finding_opening.c
 * The data of findings about why a connection was opened, its handshake, and what happened on it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/finding_case.h"

enum {
    STEPS_BACK = 64, /* requests of a connection that are looked at for one finding */
};

/* The last of them only if there was a body. */
static const char *const idle_untaken[] = {
    "another process at the same address",
    "another client object or pool",
    "an answer on the idle connection that the client never finished reading",
};

void hr_put_new_connection(const hr_finding_case *the)
{
    const hr_opening *opening = hr_connection_opening(the->connection);

    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
    hr_json_string(the->json, "why_new", hr_why_token(opening->why));
    hr_json_connection(the->json, "why_new_connection", opening->connection);
    hr_json_bool(the->json, "shares_address", opening->shares_address);
}

/* Whether the last answer on @connection before @frame may have had a body: those before it were
 * read, or no request could have followed. */
static bool may_have_unread_body(const hr_connection *connection, uint32_t frame)
{
    const hr_request *request = connection != NULL ? connection->last_request : NULL;

    /* Where it goes on for long after that frame, rather name one cause too many than search. */
    for (unsigned steps = 0; request != NULL && steps < STEPS_BACK; steps++) {
        if (hr_request_frame(request) < frame) {
            return !request->is_answer_bodyless;
        }
        request = request->previous;
    }
    return true;
}

void hr_put_missed_reuse(const hr_finding_case *the)
{
    const hr_connection *idle = hr_connection_opening(the->connection)->connection;
    const bool is_unread = may_have_unread_body(idle, the->connection->opened.frame);

    hr_json_connection(the->json, "idle_connection", idle);
    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
    hr_json_strings(the->json, "alternatives", idle_untaken,
                    G_N_ELEMENTS(idle_untaken) - (is_unread ? 0 : 1));
}

void hr_put_streams_exhausted(const hr_finding_case *the)
{
    const hr_connection *full = hr_connection_opening(the->connection)->connection;

    hr_json_connection(the->json, "full_connection", full);
    if (full == NULL || full->seldom->streams->limit == UINT32_MAX) {
        hr_json_null(the->json, "stream_limit");
    } else {
        hr_json_uint(the->json, "stream_limit", full->seldom->streams->limit);
    }
    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
}

void hr_put_full_handshake(const hr_finding_case *the)
{
    hr_json_bool(the->json, "offered", the->connection->seldom->tls->offers_resumption);
    hr_json_string(the->json, "sni", the->connection->seldom->tls->sni);
    hr_json_ms(the->json, "tls_handshake_ms", hr_connection_tls_handshake_ns(the->connection));
}

void hr_put_tls_opaque(const hr_finding_case *the)
{
    hr_json_string(the->json, "sni", the->connection->seldom->tls->sni);
    hr_json_string(the->json, "tls_handshake",
                   hr_tls_handshake_token(the->connection->seldom->tls->handshake));
    hr_json_bool(the->json, "setup_estimated", the->connection->seldom->tls->is_setup_estimated);
}

void hr_put_handshake_race(const hr_finding_case *the)
{
    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
    hr_json_uint(the->json, "requests", the->connection->request_count);
}

void hr_put_unused_connection(const hr_finding_case *the)
{
    const hr_connection *connection = the->connection;

    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(connection));
    hr_json_ms(the->json, "open_ms",
               hr_moment_elapsed_ns(connection->opened, connection->ending.at));
}

void hr_put_misdirected(const hr_finding_case *the)
{
    const hr_request *request = the->request;

    hr_json_string(the->json, "authority", request != NULL ? request->authority : NULL);
    hr_json_string(the->json, "sni", the->connection->seldom->tls->sni);
}

/* The probe of @connection in @frame, or NULL. Probes are in the order of the frames. */
static const hr_probe *find_probe(const hr_model *model, const hr_connection *connection,
                                  uint32_t frame)
{
    const size_t count = hr_model_probe_count(model);
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (hr_model_probe(model, middle)->at.frame < frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count && hr_model_probe(model, low)->at.frame == frame; low++) {
        if (hr_model_probe(model, low)->connection == connection) {
            return hr_model_probe(model, low);
        }
    }
    return NULL;
}

void hr_put_keep_alive_probe(const hr_finding_case *the)
{
    const hr_probe *probe = find_probe(the->model, the->connection, the->frame);

    hr_json_string(the->json, "by", probe != NULL ? hr_side_token(probe->by) : NULL);
    hr_json_ms(the->json, "interval_ms", probe != NULL ? probe->interval_ns : HR_TIME_NONE);
}

void hr_put_not_dissected(const hr_finding_case *the)
{
    const hr_left_out *left_out =
        hr_analysis_left_out(the->analysis, the->connection->seldom->left_out - 1);
    GString *option = g_string_new(NULL);

    hr_left_out_append_option(option, left_out);
    hr_json_string(the->json, "looks_like",
                   left_out->kind <= HR_LEFT_OUT_H2_REQUESTS ? "h2" : "tls");
    hr_json_endpoint(the->json, "server", left_out->server.address, left_out->server.port);
    hr_json_uint(the->json, "connections", left_out->connections);
    hr_json_string(the->json, "option", option->len > 0 ? option->str : NULL);
    g_string_free(option, TRUE);
}
