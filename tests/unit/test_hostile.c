/* test_hostile.c
 * What no sane peer sends, and broken captures do: random segments and messages on a few
 * connections, with times that jump. Nothing crashes (the sanitizers watch), and the books
 * balance. `--seed` repeats a run.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/event.h"
#include "core/result/analysis.h"

enum {
    CAPTURES = 200,
    FRAMES = 300,
    STREAMS = 12
};

static uint32_t below(uint32_t limit)
{
    return (uint32_t)g_test_rand_int_range(0, (gint32)limit);
}

static bool one_in(uint32_t count)
{
    return below(count) == 0;
}

static uint32_t any_number(void)
{
    return (uint32_t)g_test_rand_int();
}

/* Sequence numbers near each other, so that segments overlap, and now and then anywhere. */
static uint32_t near_number(void)
{
    return one_in(20) ? any_number() : UINT32_MAX - 500 + below(1000);
}

static uint64_t any_length(void)
{
    switch (below(8)) {
    case 0:
        return UINT64_MAX - below(3);
    case 1:
        return ((uint64_t)any_number() << 32) | any_number();
    case 2:
        return 0;
    default:
        return below(600);
    }
}

static hr_slice any_text(void)
{
    static const char *const texts[] = {
        NULL,        "",     "GET",          "HEAD",           "CONNECT",
        "a.example", ":80",  "b.example:80", "Go-http-client", "nginx ",
        "1.1 ",      "\xff", "a.example",    "[::1]:443",      "b.example:99999",
    };
    const char *text = texts[below(G_N_ELEMENTS(texts))];
    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

static hr_http1_persistence any_persistence(void)
{
    return (hr_http1_persistence){one_in(6), one_in(8), one_in(8)};
}

static hr_http1_extent any_extent(uint32_t length)
{
    return (hr_http1_extent){
        .header_length = one_in(8) ? any_length() : below(200),
        .is_header_cut = one_in(8),
        .has_content_length = !one_in(4),
        .content_length = one_in(4) ? any_length() : below(300),
        .is_chunked = one_in(4),
        .is_chunked_end_seen = one_in(2),
        .chunked_length = one_in(4) ? any_length() : below(300),
        .available = one_in(4) ? any_length() : length,
        .is_whole = one_in(3),
        .is_on_tcp = !one_in(8),
    };
}

static void any_request(hr_model *model, hr_connection *connection, unsigned from, uint32_t length)
{
    const hr_http1_request request = {
        .method = any_text(),
        .target = any_text(),
        .host = any_text(),
        .user_agent = any_text(),
        .persistence = any_persistence(),
        .extent = any_extent(length),
    };
    hr_http1_request_seen(model, connection, from, &request);
}

static void any_answer(hr_model *model, hr_connection *connection, unsigned from, uint32_t length)
{
    static const unsigned codes[] = {100, 101, 103, 200, 200, 200, 204, 304, 408, 413, 421, 503};
    const hr_http1_response response = {
        .code = one_in(10) ? below(1000) : codes[below(G_N_ELEMENTS(codes))],
        .server = any_text(),
        .via = any_text(),
        .keep_alive_max = one_in(4) ? (int32_t)below(INT32_MAX) : -1,
        .keep_alive_timeout = one_in(4) ? (int32_t)below(INT32_MAX) : -1,
        .persistence = any_persistence(),
        .extent = any_extent(length),
    };
    hr_http1_response_seen(model, connection, from, &response);
}

static hr_connection *any_connection(hr_model *model)
{
    static const char *const addresses[] = {"10.0.0.1", "10.0.0.2", "fe80::1"};
    const uint32_t stream = below(STREAMS);
    hr_connection *connection = hr_model_tcp_connection(model, stream);

    if (connection == NULL) {
        connection = hr_model_add_tcp(model, stream, addresses[below(3)],
                                      one_in(2) ? 80 : (uint16_t)(40000 + below(2)),
                                      addresses[below(3)], one_in(2) ? 80 : 8080);
    }
    return connection;
}

static int64_t later(int64_t now)
{
    switch (below(20)) {
    case 0:
        return (int64_t)any_number() * HR_NS_PER_S; /* anywhere in pcap's range */
    case 1:
        return now - MIN(now, below(1000) * HR_NS_PER_MS);
    case 2:
        return MIN(now + below(400) * HR_NS_PER_S, UINT32_MAX * HR_NS_PER_S);
    default:
        return MIN(now + below(20) * HR_NS_PER_MS, UINT32_MAX * HR_NS_PER_S);
    }
}

static void any_frame(hr_model *model, uint32_t frame, int64_t now)
{
    hr_model_begin_frame(model, frame, now);
    hr_connection *connection = any_connection(model);
    const hr_tcp_segment segment = {
        .from = below(2),
        .flags = (uint8_t)((one_in(12) ? below(32) : 0) | (one_in(6) ? 0 : HR_TCP_ACK) |
                           (one_in(25) ? HR_TCP_FIN : 0) | (one_in(40) ? HR_TCP_RST : 0)),
        .seq = near_number(),
        .ack = near_number(),
        .length = one_in(3) ? 0 : below(500),
        .hops = (uint8_t)(one_in(9) ? below(256) : 64),
        .way = (hr_way)below(3),
    };
    hr_tcp_segment_seen(model, connection, &segment);
    for (uint32_t messages = below(3); messages > 0; messages--) {
        if (one_in(2)) {
            any_request(model, connection, segment.from, segment.length);
        } else {
            any_answer(model, connection, segment.from, segment.length);
        }
    }
    size_t count = 0;
    const hr_item *items = hr_model_end_frame(model, &count);
    for (size_t i = 0; i < count; i++) {
        for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
            hr_finding_applies(code, &items[i]); /* as the tree of the first pass does */
        }
    }
}

/* ---- the books ---- */

static void check_connection(const hr_connection *connection)
{
    uint32_t outstanding = 0;
    uint32_t seen = 0;
    uint32_t number = 0;

    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        g_assert_cmpuint(request->number, >, number);
        g_assert_true(request->idle_ns == HR_TIME_NONE || request->idle_ns >= 0);
        g_assert_true(request->connection == connection);
        number = request->number;
        outstanding += !request->is_done;
        seen++;
    }
    g_assert_cmpuint(connection->outstanding, ==, outstanding);
    g_assert_cmpuint(connection->request_count, ==, seen);
    g_assert_cmpint(connection->ending.cause, >, HR_CLOSE_NONE);
    g_assert_cmpint(connection->ending.cause, <, HR_CLOSE_COUNT);
    g_assert_cmpuint(connection->ending.timer_count, <=, HR_TIMER_CANDIDATES);
    g_assert_true(connection->is_opening_seen ||
                  hr_connection_opening(connection)->why == HR_WHY_NONE);
}

static void check_analysis(const hr_model *model, const hr_analysis *analysis)
{
    const hr_totals *totals = hr_analysis_totals(analysis);
    const hr_sums *sums = &totals->sums;
    uint32_t requests = 0;

    g_assert_cmpuint(sums->requests, ==, hr_model_request_count(model));
    g_assert_cmpuint(sums->requests, ==, sums->new_requests + sums->reused + sums->unknown);
    g_assert_cmpuint(sums->connections, ==, hr_analysis_connection_count(analysis));
    g_assert_cmpuint(sums->connections + totals->other_connections + totals->copies +
                         totals->halves,
                     ==, hr_model_connection_count(model));
    for (size_t i = 0; i < hr_analysis_connection_count(analysis); i++) {
        check_connection(hr_analysis_connection(analysis, i));
    }
    for (size_t i = 0; i < hr_analysis_origin_count(analysis); i++) {
        const hr_origin *origin = hr_analysis_origin(analysis, i);
        requests += origin->sums.requests;
        g_assert_cmpuint(origin->peak_concurrency, <=, origin->sums.requests);
    }
    g_assert_cmpuint(requests, ==, sums->requests);
    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        g_assert_cmpuint(finding.frame, >, 0);
        g_assert_cmpuint(finding.frame, <=, hr_model_frame_count(model));
    }
}

static void random_captures(void)
{
    const hr_settings settings = hr_settings_default();

    for (int capture = 0; capture < CAPTURES; capture++) {
        hr_model *model = hr_model_new(&settings);
        int64_t now = 1700000000 * HR_NS_PER_S;
        for (uint32_t frame = 1; frame <= FRAMES; frame++) {
            any_frame(model, frame, now);
            now = later(now);
            if (frame % 100 == 0) { /* also while it goes on */
                hr_analysis *analysis = hr_analyse(model);
                check_analysis(model, analysis);
                hr_analysis_free(analysis);
            }
        }
        hr_model_free(model);
    }
}

/* ---- what such captures taught ---- */

static void free_nothing(void)
{
    hr_model_free(NULL);
    hr_analysis_free(NULL);
}

static void stream_numbers_with_holes(void)
{
    const hr_settings settings = hr_settings_default();
    hr_model *model = hr_model_new(&settings);

    hr_model_begin_frame(model, 1, 0);
    hr_model_add_tcp(model, 70000, "10.0.0.1", 40000, "10.0.0.80", 80);
    size_t count = 0;
    hr_model_end_frame(model, &count);
    g_assert_nonnull(hr_model_tcp_connection(model, 70000));
    g_assert_null(hr_model_tcp_connection(model, 69999));
    g_assert_null(hr_model_tcp_connection(model, 70001));
    g_assert_cmpuint(hr_model_connection_count(model), ==, 1);
    hr_model_free(model);
}

static void times_up_to_the_last_second_of_pcap(void)
{
    const int64_t seconds[] = {2400000000 /* 2046 */, UINT32_MAX};
    const hr_settings settings = hr_settings_default();

    for (size_t i = 0; i < G_N_ELEMENTS(seconds); i++) {
        hr_model *model = hr_model_new(&settings);
        hr_model_begin_frame(model, 1, seconds[i] * HR_NS_PER_S);
        const hr_moment begin = hr_model_last_moment(model);
        hr_model_begin_frame(model, 2, seconds[i] * HR_NS_PER_S + 5 * HR_NS_PER_MS);
        const hr_moment end = hr_model_last_moment(model);
        g_assert_cmpint(begin.ns, ==, seconds[i] * HR_NS_PER_S);
        g_assert_cmpint(hr_moment_elapsed_ns(begin, end), ==, 5 * HR_NS_PER_MS);
        // NOLINTNEXTLINE(readability-suspicious-call-argument): backwards on purpose
        g_assert_cmpint(hr_moment_elapsed_ns(end, begin), ==, HR_TIME_NONE);
        hr_model_free(model);
    }
}

/* The preferences take any number. */
static void settings_that_make_no_sense(void)
{
    hr_settings settings = hr_settings_default();

    settings.timer_slack_percent = settings.timer_match_percent = UINT32_MAX;
    hr_model *model = hr_model_new(&settings);
    g_assert_cmpuint(hr_model_settings(model)->timer_slack_percent, ==, 100);
    g_assert_cmpuint(hr_model_settings(model)->timer_match_percent, ==, 100);
    hr_model_free(model);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/random", random_captures);
    g_test_add_func("/hostile/nothing", free_nothing);
    g_test_add_func("/hostile/holes", stream_numbers_with_holes);
    g_test_add_func("/hostile/times", times_up_to_the_last_second_of_pcap);
    g_test_add_func("/hostile/settings", settings_that_make_no_sense);
    return g_test_run();
}
