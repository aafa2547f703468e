/* test_pieces.c
 * Connections on both sides of what translates addresses, in a piece of a capture: which of them is
 * in front, and counts, the whole tells. The piece tells of both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/analysis.h"
#include "events/playback.h"
#include "events/record.h"
#include "events/recorded.h"

#define SLICE(literal) ((hr_slice){literal, sizeof(literal) - 1})

/* As a system draws them. */
#define CLIENT_SEQ 0x3a91c2f4U
#define SERVER_SEQ 0x7b20e611U

enum {
    CLIENT,
    SERVER
};

static uint32_t begin(hr_model *model, uint32_t frame)
{
    hr_model_begin_frame(model, frame, (int64_t)frame * HR_NS_PER_MS);
    return frame;
}

static void end(hr_model *model)
{
    size_t count = 0;
    (void)hr_model_end_frame(model, &count);
}

static void segment(hr_model *model, hr_connection *connection, unsigned from, uint32_t seq,
                    uint32_t ack, uint32_t length)
{
    const hr_tcp_segment seen = {
        .from = from, .flags = HR_TCP_ACK, .seq = seq, .ack = ack, .length = length};
    hr_tcp_segment_seen(model, connection, &seen);
}

/* What an observer would go on with. */
static hr_connection *heard(hr_connection *connection)
{
    hr_connection *inner = hr_connection_innermost(connection);

    g_assert_nonnull(inner);
    return inner;
}

static void connect_seen(hr_model *model, hr_connection *connection)
{
    const hr_http1_request request = {
        .method = SLICE("CONNECT"),
        .target = SLICE("a.example:443"),
        .extent = {.header_length = 100, .available = 100, .is_on_tcp = true},
    };

    segment(model, connection, CLIENT, CLIENT_SEQ, SERVER_SEQ + 50, 100);
    hr_http1_request_seen(model, heard(connection), CLIENT, &request);
}

static void answer_seen(hr_model *model, hr_connection *connection, unsigned from)
{
    const hr_http1_response response = {
        .code = 200,
        .keep_alive_max = -1,
        .keep_alive_timeout = -1,
        .extent = {.header_length = 40, .available = 40, .is_on_tcp = true},
    };

    segment(model, connection, from, SERVER_SEQ + 50, CLIENT_SEQ + 100, 40);
    hr_http1_response_seen(model, heard(connection), from, &response);
}

static void connected_seen(hr_model *model, hr_connection *connection)
{
    answer_seen(model, connection, SERVER);
}

static void hello_seen(hr_model *model, hr_connection *connection)
{
    const hr_tls_client_hello hello = {.sni = SLICE("a.example"), .alpn = {SLICE("h2"), true}};

    segment(model, connection, CLIENT, CLIENT_SEQ + 100, SERVER_SEQ + 90, 200);
    g_assert_true(heard(connection) != connection);
    hr_tls_client_hello_seen(model, heard(connection), CLIENT, &hello);
}

/* It begins with the rest of an answer, which passes what is behind first. */
static void tell_piece(hr_model *model)
{
    uint32_t frame = begin(model, 1);
    hr_connection *back = hr_model_add_tcp(model, 0, "192.0.2.1", 40000, "10.0.0.2", 3128);
    segment(model, back, SERVER, SERVER_SEQ, CLIENT_SEQ, 50);
    end(model);
    frame = begin(model, frame + 1);
    hr_connection *front = hr_model_add_tcp(model, 1, "10.0.0.1", 40000, "10.0.0.2", 3128);
    segment(model, front, SERVER, SERVER_SEQ, CLIENT_SEQ, 50);
    end(model);
    void (*const told[])(hr_model *, hr_connection *) = {connect_seen, connected_seen, hello_seen};
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
        frame = begin(model, frame + 1);
        told[i](model, front);
        end(model);
        frame = begin(model, frame + 1);
        told[i](model, back);
        end(model);
    }
}

/* What a model of the whole is told by the log of what @tell told. */
static hr_model *played(void (*tell)(hr_model *model))
{
    const hr_settings settings = hr_settings_default();
    hr_model *model = hr_model_new(&settings);
    char *data = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&data, &length);
    hr_recorder *recorder = hr_recorder_new(out, model);
    char *error = NULL;

    tell(model);
    hr_recorder_free(recorder, true);
    g_assert_cmpint(fclose(out), ==, 0);
    hr_log *log = hr_log_open_bytes((const uint8_t *)data, length, &error);
    hr_model *again = hr_model_new(&log->settings);

    g_assert_true(hr_playback_all(log, again));
    hr_log_free(log);
    hr_model_free(model);
    free(data);
    return again;
}

static void a_piece_tells_of_both(void)
{
    hr_model *again = played(tell_piece);

    g_assert_false(hr_connection_is_copy(hr_model_tcp_connection(again, 0)));
    g_assert_true(hr_connection_is_copy(hr_model_tcp_connection(again, 1)));
    const hr_connection *tunnel = hr_connection_innermost(hr_model_tcp_connection(again, 0));
    g_assert_cmpstr(tunnel->seldom->tls->sni, ==, "a.example");
    hr_model_free(again);
}

/* As iptables REDIRECT has it. The half that answers has its server at its end 0. */
static void tell_halves(hr_model *model)
{
    begin(model, 1);
    hr_connection *asks = hr_model_add_tcp(model, 0, "10.0.0.1", 40000, "127.0.0.1", 15001);
    connect_seen(model, asks);
    end(model);
    begin(model, 2);
    answer_seen(model, hr_model_add_tcp(model, 1, "10.0.0.2", 80, "10.0.0.1", 40000), 0);
    end(model);
}

/* Each lies in a piece of its own, and only the whole joins them. */
static void halves_are_joined_in_the_whole(void)
{
    hr_model *again = played(tell_halves);
    const hr_connection *whole = hr_model_tcp_connection(again, 0);

    g_assert_true(hr_connection_original(hr_model_tcp_connection(again, 1)) == whole);
    g_assert_cmpuint(whole->request_count, ==, 1);
    g_assert_cmpuint(whole->first_request->response_code, ==, 200);
    hr_model_free(again);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pieces/both", a_piece_tells_of_both);
    g_test_add_func("/pieces/halves", halves_are_joined_in_the_whole);
    return g_test_run();
}
