/* test_events.c
 * The event log: a model that was told by a log is as one that was told by observers; and a log
 * of lies, with checksums that are right, harms nobody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/analysis.h"
#include "events/playback.h"
#include "events/record.h"
#include "events/recorded.h"

enum {
    LIES = 4000, /* logs that differ from a true one in a few bytes */
};

#define SLICE(literal) ((hr_slice){literal, sizeof(literal) - 1})

static hr_settings settings(void)
{
    return hr_settings_default();
}

static void begin(hr_model *model, uint32_t frame)
{
    hr_model_begin_frame(model, frame, (int64_t)frame * HR_NS_PER_MS + 7);
}

static void end(hr_model *model)
{
    size_t count = 0;
    (void)hr_model_end_frame(model, &count);
}

static void segment(hr_model *model, hr_connection *connection, unsigned from, unsigned flags,
                    uint32_t seq, uint32_t ack, uint32_t length)
{
    const hr_tcp_segment seen = {.from = from,
                                 .flags = (uint8_t)flags,
                                 .hops = (uint8_t)(64 + from),
                                 .way = from == 0 ? HR_WAY_IN : HR_WAY_OUT,
                                 .seq = seq,
                                 .ack = ack,
                                 .length = length};
    hr_tcp_segment_seen(model, connection, &seen);
}

/* A CONNECT through a proxy, TLS and HTTP/2 in it. */
static uint32_t tell_tunnel(hr_model *model, uint32_t frame)
{
    const hr_http1_request connect = {
        .method = SLICE("CONNECT"),
        .target = SLICE("a.example:443"),
        .host = SLICE("a.example:443"),
        .extent = {.header_length = 100, .available = 100, .is_on_tcp = true},
    };
    const hr_http1_response answer = {
        .code = 200,
        .server = SLICE("proxy"),
        .keep_alive_max = -1,
        .keep_alive_timeout = 5,
        .extent = {.header_length = 50, .available = 50, .is_on_tcp = true},
    };
    const hr_tls_client_hello hello = {
        .sni = SLICE("a.example"), .alpn = {SLICE("h2,http/1.1"), true}, .has_ticket = true};
    const hr_tls_server_hello server = {.version = 0x0303, .alpn = {SLICE("h2"), true}};
    const hr_h2_request request = {
        .stream = 1, .method = SLICE("GET"), .path = SLICE("/"), .authority = SLICE("a.example")};
    const hr_h2_response response = {.stream = 1, .code = 204, .is_end = true};

    begin(model, ++frame);
    hr_connection *proxy = hr_model_add_tcp(model, 3, "10.0.0.1", 40000, "10.0.0.2", 3128);
    segment(model, proxy, 0, HR_TCP_SYN, 99, 0, 0);
    end(model);
    begin(model, ++frame);
    segment(model, proxy, 1, HR_TCP_SYN | HR_TCP_ACK, 4294967290U, 100, 0);
    end(model);
    begin(model, ++frame);
    segment(model, proxy, 0, HR_TCP_ACK, 100, 4294967291U, 100);
    hr_http1_request_seen(model, proxy, 0, &connect);
    end(model);
    begin(model, ++frame);
    segment(model, proxy, 1, HR_TCP_ACK, 4294967291U, 200, 50);
    hr_http1_response_seen(model, proxy, 1, &answer);
    end(model);
    hr_connection *tunnel = hr_connection_innermost(proxy);
    g_assert_true(tunnel != proxy);
    begin(model, ++frame);
    segment(model, proxy, 0, HR_TCP_ACK, 200, 45, 100);
    hr_tls_client_hello_seen(model, tunnel, 0, &hello);
    end(model);
    begin(model, ++frame);
    segment(model, proxy, 1, HR_TCP_ACK, 45, 300, 100);
    hr_tls_server_hello_seen(model, tunnel, 1, &server);
    hr_tls_message_seen(model, tunnel, 1, HR_TLS_FINISHED);
    end(model);
    begin(model, ++frame);
    segment(model, proxy, 0, HR_TCP_ACK, 300, 145, 80);
    hr_tls_data_seen(model, tunnel, 0, 75, true);
    hr_h2_spoken(model, tunnel, 0);
    hr_h2_request_seen(model, tunnel, 0, &request);
    hr_h2_data_seen(model, tunnel, 0, 1, 0, true);
    end(model);
    begin(model, ++frame);
    segment(model, proxy, 1, HR_TCP_ACK | HR_TCP_FIN, 145, 380, 60);
    hr_h2_stream_limit_seen(model, tunnel, 1, 100);
    hr_h2_response_seen(model, tunnel, 1, &response);
    hr_h2_goaway_seen(model, tunnel, 1, &(hr_h2_goaway){1, 0, {"bye", 3}});
    end(model);
    return frame;
}

/* One exchange of HTTP/3. */
static uint32_t tell_quic(hr_model *model, uint32_t frame)
{
    const hr_quic_parameters parameters = {30000, 100};
    const hr_quic_stream stream = {.stream = 0, .length = 40, .is_end = true};
    const hr_h3_headers request = {
        .method = SLICE("GET"), .path = SLICE("/"), .authority = SLICE("a.example")};

    begin(model, ++frame);
    hr_connection *quic = hr_model_add_quic(model, 0, "10.0.0.1", 50000, "10.0.0.3", 443);
    hr_quic_parameters_seen(model, quic, 0, &parameters);
    hr_quic_packet_seen(model, quic, 0, HR_QUIC_INITIAL);
    hr_quic_datagram_seen(model, quic, 0, 1200);
    end(model);
    begin(model, ++frame);
    hr_quic_packet_seen(model, quic, 1, HR_QUIC_HANDSHAKE);
    hr_quic_datagram_seen(model, quic, 1, 1200);
    hr_quic_handshake_done_seen(model, quic, 1);
    end(model);
    begin(model, ++frame);
    hr_quic_packet_seen(model, quic, 0, HR_QUIC_1RTT);
    hr_h3_stream_seen(model, quic, 0, &stream);
    hr_h3_headers_seen(model, quic, 0, &request);
    end(model);
    begin(model, ++frame);
    hr_quic_packet_seen(model, quic, 1, HR_QUIC_1RTT);
    hr_h3_stream_seen(model, quic, 1, &stream);
    hr_quic_close_seen(model, quic, 1, 0x100, true);
    end(model);
    return frame;
}

static uint32_t tell_both(hr_model *model, uint32_t frame)
{
    return tell_quic(model, tell_tunnel(model, frame));
}

/* The log of what @tell tells; *recorded, if asked for, is the model that was told. */
static GByteArray *record_what(uint32_t (*tell)(hr_model *model, uint32_t frame),
                               hr_model **recorded)
{
    const hr_settings own = settings();
    hr_model *model = hr_model_new(&own);
    char *data = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&data, &length);

    hr_model_set_dissector(model, "4.0.17");
    hr_recorder *recorder = hr_recorder_new(out, model);
    (void)tell(model, 0);
    hr_recorder_free(recorder, true);
    g_assert_cmpint(fclose(out), ==, 0);
    GByteArray *log = g_byte_array_new();
    g_byte_array_append(log, (const guint8 *)data, (guint)length);
    free(data);
    if (recorded != NULL) {
        *recorded = model;
    } else {
        hr_model_free(model);
    }
    return log;
}

static GByteArray *record(hr_model **recorded)
{
    return record_what(tell_both, recorded);
}

static hr_log *open_log(const GByteArray *bytes)
{
    char *error = NULL;
    hr_log *log = hr_log_open_bytes(bytes->data, bytes->len, &error);

    g_assert_cmpstr(error, ==, NULL);
    return log;
}

static hr_connection *tell_segment(hr_model *model)
{
    hr_connection *connection = hr_model_add_tcp(model, 0, "10.0.0.1", 40000, "10.0.0.2", 80);

    segment(model, connection, 1, HR_TCP_ACK, 1000, 100, 50);
    return connection;
}

static uint32_t tell_nothing_over(hr_model *model, uint32_t frame)
{
    begin(model, ++frame);
    (void)tell_segment(model);
    end(model);
    return frame;
}

static uint32_t ask_what_is_over(hr_model *model, uint32_t frame)
{
    begin(model, ++frame);
    g_assert_false(hr_http1_answer_over(model, tell_segment(model), 1));
    end(model);
    return frame;
}

/* Of every segment of an answer it is asked whether that is over: most change nothing. */
static void what_changes_nothing_has_no_place(void)
{
    GByteArray *without = record_what(tell_nothing_over, NULL);
    GByteArray *with = record_what(ask_what_is_over, NULL);

    g_assert_cmpuint(with->len, ==, without->len);
    g_assert_true(memcmp(with->data, without->data, with->len) == 0);
    g_byte_array_unref(with);
    g_byte_array_unref(without);
}

static void the_same_model_again(void)
{
    hr_model *told = NULL;
    GByteArray *bytes = record(&told);
    hr_log *log = open_log(bytes);
    hr_model *again = hr_model_new(&log->settings);

    g_assert_true(hr_playback_all(log, again));
    g_assert_cmpstr(log->dissector, ==, "4.0.17");
    g_assert_cmpuint(log->end.frames, ==, 12);
    g_assert_cmpint(log->end.first_ns, ==, HR_NS_PER_MS + 7);
    g_assert_cmpint(log->end.last_ns, ==, 12 * HR_NS_PER_MS + 7);
    g_assert_cmpuint(hr_model_connection_count(again), ==, 3);
    g_assert_cmpuint(hr_model_request_count(again), ==, hr_model_request_count(told));
    for (size_t i = 0; i < hr_model_request_count(told); i++) {
        const hr_request *one = hr_model_request(told, i);
        const hr_request *other = hr_model_request(again, i);
        g_assert_cmpstr(one->target, ==, other->target);
        g_assert_cmpint(one->sent.ns, ==, other->sent.ns);
        g_assert_cmpuint(one->response_code, ==, other->response_code);
        g_assert_cmpint(one->status, ==, other->status);
    }
    hr_connection *tunnel = hr_connection_innermost(hr_model_connection(again, 0));
    g_assert_cmpstr(tunnel->seldom->tls->sni, ==, "a.example");
    g_assert_cmpuint(tunnel->seldom->goaway->last_stream, ==, 1);
    hr_model_free(again);
    hr_log_free(log);
    g_byte_array_unref(bytes);
    hr_model_free(told);
}

/* The connections of two logs are numbered on, with those that were skipped in the first. */
static void numbers_of_two_logs(void)
{
    GByteArray *bytes = record(NULL);
    hr_log *log = open_log(bytes);
    hr_model *model = hr_model_new(&log->settings);
    hr_playback_numbers numbers = {0, 0};
    uint32_t frame = 0;
    int64_t time_ns = 0;

    for (unsigned i = 0; i < 2; i++) {
        hr_playback *playback = hr_playback_new(log, model, &numbers, i == 0 ? NULL : "pod");
        while (hr_playback_next(playback, &time_ns)) {
            hr_model_begin_frame(model, ++frame, time_ns);
            hr_playback_frame(playback);
            end(model);
        }
        g_assert_false(hr_playback_is_bad(playback));
        hr_playback_free(playback);
    }
    g_assert_cmpuint(hr_model_connection_count(model), ==, 6);
    g_assert_cmpuint(hr_model_connection(model, 0)->tcp_stream, ==, 3);
    g_assert_cmpuint(hr_model_connection(model, 3)->tcp_stream, ==, 7);
    g_assert_cmpuint(hr_model_connection(model, 5)->seldom->quic->number, ==, 1);
    g_assert_cmpstr(hr_model_connection(model, 0)->ends[0].endpoint.address, ==, "10.0.0.1");
    g_assert_cmpstr(hr_model_connection(model, 3)->ends[0].endpoint.address, ==, "pod/10.0.0.1");
    hr_model_free(model);
    hr_log_free(log);
    g_byte_array_unref(bytes);
}

/* @bytes with @events as its block of events. */
static GByteArray *with_events(const GByteArray *bytes, const GByteArray *events)
{
    hr_block_reader reader;
    hr_block block;
    const char *error = NULL;
    char *data = NULL;
    size_t length = 0;
    uint32_t number = 0;
    FILE *out = open_memstream(&data, &length);

    hr_blocks_begin(out);
    g_assert_true(hr_blocks_open(&reader, bytes->data, bytes->len, &error));
    do {
        g_assert_true(hr_block_next(&reader, &block, &error));
        const hr_block lie = {block.kind, events->data, events->len};
        hr_block_write(out, number++, block.kind == HR_BLOCK_EVENTS ? &lie : &block);
    } while (block.kind != HR_BLOCK_END);
    g_assert_cmpint(fclose(out), ==, 0);
    GByteArray *result = g_byte_array_new();
    g_byte_array_append(result, (const guint8 *)data, (guint)length);
    free(data);
    return result;
}

static GByteArray *events_of(const GByteArray *bytes)
{
    hr_log *log = open_log(bytes);
    hr_block block;
    const char *error = NULL;
    GByteArray *events = g_byte_array_new();

    g_assert_true(hr_block_next(&log->begin, &block, &error));
    g_byte_array_append(events, block.data, block.length);
    hr_log_free(log);
    return events;
}

/* Whatever a log says, it is judged or refused; with a sanitizer this test says more. */
static void lies(void)
{
    GByteArray *bytes = record(NULL);
    GByteArray *truth = events_of(bytes);
    GRand *random = g_rand_new_with_seed(1);
    unsigned refused = 0;

    for (unsigned i = 0; i < LIES; i++) {
        GByteArray *events = g_byte_array_new();
        g_byte_array_append(events, truth->data, truth->len);
        for (int j = g_rand_int_range(random, 1, 4); j > 0; j--) {
            const gint at = g_rand_int_range(random, 0, (gint32)events->len);
            events->data[at] = (guint8)g_rand_int_range(random, 0, 256);
        }
        GByteArray *lie = with_events(bytes, events);
        hr_log *log = open_log(lie);
        hr_model *model = hr_model_new(&log->settings);
        refused += hr_playback_all(log, model) ? 0 : 1;
        hr_analysis_free(hr_analyse(model));
        hr_model_free(model);
        hr_log_free(log);
        g_byte_array_unref(lie);
        g_byte_array_unref(events);
    }
    g_assert_cmpuint(refused, >, LIES / 10);
    g_assert_cmpuint(refused, <, LIES);
    g_rand_free(random);
    g_byte_array_unref(truth);
    g_byte_array_unref(bytes);
}

/* The number of a connection makes a table grow: not beyond what the frames can have held. */
static void a_number_beyond_reason(void)
{
    static const guint8 events[] = {
        HR_OP_FRAME, 0, HR_OP_ADD_TCP, 0xff, 0xff, 0xff, 0xff, 0x07, 3, 'a', 1, 3, 'b', 1,
    };
    GByteArray *bytes = record(NULL);
    GByteArray *claim = g_byte_array_new();

    g_byte_array_append(claim, events, sizeof(events));
    GByteArray *lie = with_events(bytes, claim);
    hr_log *log = open_log(lie);
    hr_model *model = hr_model_new(&log->settings);
    g_assert_false(hr_playback_all(log, model));
    g_assert_cmpuint(hr_model_connection_count(model), ==, 0);
    hr_model_free(model);
    hr_log_free(log);
    g_byte_array_unref(lie);
    g_byte_array_unref(claim);
    g_byte_array_unref(bytes);
}

static void another_version(void)
{
    GByteArray *bytes = record(NULL);
    hr_block_reader reader;
    hr_block block;
    const char *reason = NULL;
    char *error = NULL;
    char *data = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&data, &length);

    g_assert_true(hr_blocks_open(&reader, bytes->data, bytes->len, &reason));
    g_assert_true(hr_block_next(&reader, &block, &reason));
    guint8 *header = g_memdup2(block.data, block.length);
    header[0]++; /* the version is the first number */
    block.data = header;
    hr_blocks_begin(out);
    hr_block_write(out, 0, &block);
    g_assert_cmpint(fclose(out), ==, 0);
    g_assert_null(hr_log_open_bytes((const uint8_t *)data, length, &error));
    g_assert_cmpstr(error, ==, "it is of another version of http_reuse");
    g_free(error);
    g_free(header);
    free(data);
    g_byte_array_unref(bytes);
}

/* One whose blocks had other checksums is not damaged. */
static void an_old_version(void)
{
    static const uint8_t old[] = "\x89HRE\r\n\x1a\nH";
    char *error = NULL;

    g_assert_null(hr_log_open_bytes(old, sizeof(old) - 1, &error));
    g_assert_cmpstr(error, ==, "it is of another version of http_reuse");
    g_free(error);
}

/* Any bit that is another is found, also in a head; and blocks that have changed places. */
static void any_bit_is_checked(void)
{
    GByteArray *bytes = record(NULL);

    for (guint bit = 0; bit < bytes->len * 8; bit++) {
        char *error = NULL;
        bytes->data[bit / 8] ^= (guint8)(1U << bit % 8);
        g_assert_null(hr_log_open_bytes(bytes->data, bytes->len, &error));
        g_assert_nonnull(error);
        g_free(error);
        bytes->data[bit / 8] ^= (guint8)(1U << bit % 8);
    }
    hr_log_free(open_log(bytes));
    g_byte_array_unref(bytes);
}

static void the_order_of_blocks_is_checked(void)
{
    static const uint8_t one[] = "one";
    const hr_block block = {HR_BLOCK_EVENTS, one, sizeof(one)};
    hr_block_reader reader;
    hr_block read;
    const char *error = NULL;
    char *data = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&data, &length);

    hr_blocks_begin(out);
    hr_block_write(out, 1, &block); /* it is the first */
    g_assert_cmpint(fclose(out), ==, 0);
    g_assert_true(hr_blocks_open(&reader, (const uint8_t *)data, length, &error));
    g_assert_false(hr_block_next(&reader, &read, &error));
    g_assert_cmpstr(error, ==, "it is damaged");
    free(data);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/events/an-old-version", an_old_version);
    g_test_add_func("/events/any-bit", any_bit_is_checked);
    g_test_add_func("/events/order-of-blocks", the_order_of_blocks_is_checked);
    g_test_add_func("/events/what-changes-nothing", what_changes_nothing_has_no_place);
    g_test_add_func("/events/the-same-model-again", the_same_model_again);
    g_test_add_func("/events/numbers-of-two-logs", numbers_of_two_logs);
    g_test_add_func("/events/lies", lies);
    g_test_add_func("/events/a-number-beyond-reason", a_number_beyond_reason);
    g_test_add_func("/events/another-version", another_version);
    return g_test_run();
}
