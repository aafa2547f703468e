/* model.c
 * The store: connections and requests by index, interned strings, what a frame shows. It knows
 * nothing of TCP's or HTTP's rules.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/model.h"

#include <string.h>

#include "core/model/hash.h"
#include "core/model/route.h"
#include "core/model/store.h"
#include "core/model/traced.h"

enum {
    CONNECTIONS_PER_SLAB = 64,
    REQUESTS_PER_SLAB = 1024,
    TIES_PER_SLAB = 64,
};

static void connection_clear(hr_connection *connection)
{
    hr_parts_free(connection);
    hr_bytes_clear(&connection->ends[0].out);
    hr_bytes_clear(&connection->ends[1].out);
}

hr_model *hr_model_new(const hr_settings *settings)
{
    hr_model *model = g_new0(hr_model, 1);

    model->settings = *settings;
    model->settings.timer_slack_percent = MIN(settings->timer_slack_percent, 100);
    model->settings.timer_match_percent = MIN(settings->timer_match_percent, 100);
    hr_text_set_init(&model->interned);
    model->tcp_streams = g_ptr_array_new();
    model->quic_numbers = g_ptr_array_new();
    g_queue_init(&model->quic_open);
    model->quic_ports = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL);
    hr_slabs_init(&model->connections, sizeof(hr_connection), CONNECTIONS_PER_SLAB);
    hr_slabs_init(&model->requests, sizeof(hr_request), REQUESTS_PER_SLAB);
    hr_slabs_init(&model->ties, sizeof(hr_ties), TIES_PER_SLAB);
    model->tickets = g_hash_table_new(g_direct_hash, g_direct_equal);
    model->scratch = g_string_new(NULL);
    model->now = HR_MOMENT_NONE;
    model->first = HR_MOMENT_NONE;
    hr_clock_init(&model->clock);
    hr_losses_init(&model->losses);
    model->assumed = g_ptr_array_new();
    model->probes = g_array_new(FALSE, FALSE, sizeof(hr_probe));
    model->items = g_array_new(FALSE, FALSE, sizeof(hr_item));
    model->segments = g_array_new(FALSE, FALSE, sizeof(hr_held_segment));
    model->unclaimed = g_ptr_array_new();
    return model;
}

void hr_model_free(hr_model *model)
{
    if (model == NULL) {
        return;
    }
    if (model->free_pools != NULL) {
        model->free_pools(model->pools);
    }
    hr_traces_free(model->traces);
    g_ptr_array_free(model->unclaimed, TRUE);
    hr_clock_clear(&model->clock);
    hr_losses_clear(&model->losses);
    hr_apart_clear(&model->apart);
    g_array_free(model->segments, TRUE);
    g_array_free(model->items, TRUE);
    g_array_free(model->probes, TRUE);
    g_ptr_array_free(model->assumed, TRUE);
    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        connection_clear(hr_model_connection(model, i));
    }
    hr_slabs_clear(&model->ties);
    hr_slabs_clear(&model->requests);
    hr_slabs_clear(&model->connections);
    g_ptr_array_free(model->quic_numbers, TRUE);
    g_hash_table_destroy(model->quic_ports);
    g_ptr_array_free(model->tcp_streams, TRUE);
    g_hash_table_destroy(model->tickets);
    g_string_free(model->scratch, TRUE);
    hr_text_set_clear(&model->interned);
    g_free(model);
}

static void forget_assumed(hr_model *model)
{
    for (guint i = 0; i < model->assumed->len; i++) {
        hr_connection *connection = model->assumed->pdata[i];
        connection->client = connection->observed_client;
        connection->is_in_scope = false;
        connection->is_https = connection->is_tls;
    }
    g_ptr_array_set_size(model->assumed, 0);
}

void hr_model_begin_frame(hr_model *model, uint32_t frame, int64_t time_ns)
{
    model->now = (hr_moment){frame, CLAMP(time_ns, 0, HR_TIME_LATEST)};
    if (model->first.frame == 0) {
        model->first = model->now;
    }
    hr_clock_tell(&model->clock, model->now.ns);
    /* Of most frames there is nothing to forget. */
    if (model->assumed->len > 0) {
        forget_assumed(model);
    }
    model->items->len = 0; /* as g_array_set_size(), of most frames of messages */
    if (model->segments->len > 0) {
        g_array_set_size(model->segments, 0);
    }
    if (model->unclaimed->len > 0) {
        g_ptr_array_set_size(model->unclaimed, 0);
    }
}

void hr_model_add_item(hr_model *model, hr_item_kind kind, hr_connection *connection,
                       hr_request *request)
{
    const hr_item item = {kind, connection, request, 0, NULL};
    g_array_append_val(model->items, item);
}

void hr_model_add_probe(hr_model *model, hr_connection *connection, hr_side by, int64_t interval_ns)
{
    const hr_item item = {HR_ITEM_PROBE, connection, NULL, model->probes->len, NULL};
    const hr_probe probe = {connection, model->now, by, interval_ns};

    g_array_append_val(model->probes, probe);
    g_array_append_val(model->items, item);
}

static void connection_init(hr_connection *connection, hr_moment now)
{
    const hr_moment none = HR_MOMENT_NONE;

    connection->first_seen = connection->last_seen = now;
    connection->opened = connection->established = none;
    connection->idle_since = connection->closing = none;
    connection->available_since = none;
    connection->available_before_ns[0] = connection->available_before_ns[1] = HR_TIME_NONE;
    hr_parts_init(connection);
    connection->http1.answer_end = HR_POSITION_NONE;
    connection->keep_alive.timeout_s = -1;
    for (unsigned i = 0; i < 2; i++) {
        hr_tcp_end *end = &connection->ends[i];
        end->syn = end->fin = end->last_sent = none;
    }
}

hr_connection *hr_model_add_connection(hr_model *model, hr_transport transport, hr_endpoint from,
                                       hr_endpoint to)
{
    hr_connection *connection = hr_slabs_add(&model->connections);

    connection_init(connection, model->now);
    connection->transport = transport;
    connection->ends[0].endpoint = from;
    connection->ends[1].endpoint = to;
    connection->id = model->connections.count;
    return connection;
}

hr_connection *hr_model_add_tcp(hr_model *model, uint32_t tcp_stream, const char *from_address,
                                uint16_t from_port, const char *to_address, uint16_t to_port)
{
    const hr_endpoint from = {hr_model_intern(model, from_address, strlen(from_address)),
                              from_port};
    const hr_endpoint to = {hr_model_intern(model, to_address, strlen(to_address)), to_port};
    hr_connection *connection = hr_model_add_connection(model, HR_TRANSPORT_TCP, from, to);

    connection->tcp_stream = tcp_stream;
    /* Until something says better, the higher port is the client's. */
    connection->client = from_port >= to_port ? 0 : 1;
    connection->is_client_guessed = true;
    if (tcp_stream >= model->tcp_streams->len) {
        g_ptr_array_set_size(model->tcp_streams, (gint)tcp_stream + 1);
    }
    model->tcp_streams->pdata[tcp_stream] = connection;
    return connection;
}

hr_connection *hr_model_tcp_connection(const hr_model *model, uint32_t tcp_stream)
{
    return tcp_stream < model->tcp_streams->len ? model->tcp_streams->pdata[tcp_stream] : NULL;
}

/* The client's end is that of the higher port here, whoever sent the first packet. */
static void join_same_ports(hr_model *model, hr_connection *connection)
{
    const hr_route route = hr_route_of(connection);
    hr_connection *before = g_hash_table_lookup(model->quic_ports, &route);

    if (before != NULL) {
        before->seldom->quic->after = connection;
        connection->seldom->quic->before = before;
    }
    g_hash_table_replace(model->quic_ports, g_memdup2(&route, sizeof(route)), connection);
}

hr_connection *hr_model_add_quic(hr_model *model, uint32_t number, const char *from_address,
                                 uint16_t from_port, const char *to_address, uint16_t to_port)
{
    const hr_endpoint from = {hr_model_intern(model, from_address, strlen(from_address)),
                              from_port};
    const hr_endpoint to = {hr_model_intern(model, to_address, strlen(to_address)), to_port};
    hr_connection *connection = hr_model_add_connection(model, HR_TRANSPORT_QUIC, from, to);
    hr_quic *quic = g_new0(hr_quic, 1);

    quic->number = number;
    quic->streams_allowed = UINT64_MAX;
    quic->control_stream[0] = quic->control_stream[1] = UINT64_MAX;
    quic->silent_end_ns = HR_TIME_NONE;
    quic->open_link.data = connection;
    quic->is_queued = true;
    g_queue_push_tail_link(&model->quic_open, &quic->open_link);
    hr_connection_seldom(connection)->quic = quic;
    connection->client = from_port >= to_port ? 0 : 1;
    connection->is_client_guessed = true;
    join_same_ports(model, connection);
    if (number >= model->quic_numbers->len) {
        g_ptr_array_set_size(model->quic_numbers, (gint)number + 1);
    }
    model->quic_numbers->pdata[number] = connection;
    return connection;
}

hr_connection *hr_model_quic_between(hr_model *model, const char *one_address, uint16_t one_port,
                                     const char *other_address, uint16_t other_port)
{
    const bool is_one_client = one_port >= other_port; /* as in join_same_ports() */
    const char *one = hr_model_intern(model, one_address, strlen(one_address));
    const char *other = hr_model_intern(model, other_address, strlen(other_address));
    const hr_route routes[] = {{.client_address = one,
                                .server_address = other,
                                .client_port = one_port,
                                .server_port = other_port,
                                .family = HR_TRANSPORT_QUIC},
                               {.client_address = other,
                                .server_address = one,
                                .client_port = other_port,
                                .server_port = one_port,
                                .family = HR_TRANSPORT_QUIC}};

    return g_hash_table_lookup(model->quic_ports, &routes[is_one_client ? 0 : 1]);
}

hr_connection *hr_model_quic_connection(const hr_model *model, uint32_t number)
{
    return number < model->quic_numbers->len ? model->quic_numbers->pdata[number] : NULL;
}

hr_request *hr_model_add_request(hr_model *model, hr_connection *connection)
{
    hr_request *request = hr_slabs_add(&model->requests);

    request->id = model->requests.count;
    request->connection = connection;
    request->ties = &hr_no_ties;
    request->begin = request->end = request->answer_begin = HR_POSITION_NONE;
    request->sent = model->now;
    request->answered = request->ended = HR_MOMENT_NONE;
    request->idle_ns = HR_TIME_NONE;
    request->previous = connection->last_request;
    if (connection->last_request != NULL) {
        connection->last_request->next = request;
    } else {
        connection->first_request = request;
    }
    connection->last_request = request;
    return request;
}

void hr_model_assume(hr_model *model, hr_connection *connection, unsigned client, bool is_https)
{
    g_ptr_array_add(model->assumed, connection);
    connection->observed_client = connection->client;
    connection->client = (uint8_t)client;
    connection->is_in_scope = true;
    connection->is_https = is_https || connection->is_tls;
}

size_t hr_model_connection_count(const hr_model *model)
{
    return model->connections.count;
}

hr_connection *hr_model_connection(const hr_model *model, size_t index)
{
    g_return_val_if_fail(index < model->connections.count, NULL);
    return hr_slabs_at(&model->connections, (guint)index);
}

size_t hr_model_request_count(const hr_model *model)
{
    return model->requests.count;
}

hr_request *hr_model_request(const hr_model *model, size_t index)
{
    g_return_val_if_fail(index < model->requests.count, NULL);
    return hr_slabs_at(&model->requests, (guint)index);
}

size_t hr_model_probe_count(const hr_model *model)
{
    return model->probes->len;
}

const hr_probe *hr_model_probe(const hr_model *model, size_t index)
{
    g_return_val_if_fail(index < model->probes->len, NULL);
    return &g_array_index(model->probes, hr_probe, index);
}

const hr_settings *hr_model_settings(const hr_model *model)
{
    return &model->settings;
}

static const char *intern_text(hr_model *model, const char *text)
{
    return text != NULL ? hr_model_intern(model, text, strlen(text)) : NULL;
}

void hr_model_set_dissector(hr_model *model, const char *version)
{
    model->dissector = intern_text(model, version);
}

const char *hr_model_dissector(const hr_model *model)
{
    return model->dissector;
}

void hr_model_set_source(hr_model *model, const char *file, const char *device)
{
    model->source = (hr_source){intern_text(model, file), intern_text(model, device)};
}

const hr_source *hr_model_source(const hr_model *model)
{
    return &model->source;
}

void hr_model_set_recorder(hr_model *model, hr_recorder *recorder)
{
    model->recorder = recorder;
}

hr_recorder *hr_model_recorder(const hr_model *model)
{
    return model->recorder;
}

uint32_t hr_model_frame_count(const hr_model *model)
{
    return model->now.frame;
}

hr_moment hr_model_first_moment(const hr_model *model)
{
    return model->first;
}

hr_moment hr_model_last_moment(const hr_model *model)
{
    return model->now;
}

uint32_t hr_model_frames_back(const hr_model *model, int64_t *most_ns)
{
    *most_ns = model->clock.most_ns;
    return model->clock.count;
}

int64_t hr_model_clock_tick_ns(const hr_model *model)
{
    const int64_t tick_ns = hr_clock_tick_ns(&model->clock);
    return tick_ns > 0 ? tick_ns : HR_TIME_NONE;
}
