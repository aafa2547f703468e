/* growth.c
 * A capture is hostile input: many connections, many requests, many names. Each story is told to
 * the core at one size and at four times that size, each output is written, and the times are
 * printed: linear is four times, n log n nearly five, the square sixteen.
 *
 *     cmake --preset release -D BUILD_TESTING=ON && cmake --build build/release --target
 *     bench_growth
 *     build/release/tests/bench/bench_growth [SIZE]
 *
 * The exit status is 1 if one of them grows more than tenfold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/result/call_sites.h"
#include "growth.h"
#include "present/har/har.h"
#include "present/html/html.h"
#include "present/ndjson/ndjson.h"
#include "present/text/text.h"
#include "trace_h2.h"
#include "trace_tls.h"

enum {
    SIZE = 10000,
    RUNS = 2
};

/* What is between n log n and the square is noise. */
#define MOST_GROWTH 10.0
/* Shorter times say nothing. */
#define LEAST_SECONDS 0.01

GStringChunk *texts;

/* ---- stories ---- */

static void requests_in_turn(trace *t, unsigned count)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    for (unsigned i = 1; i <= count; i++) {
        trace_exchange(c, AT_MS(i), AT_MS(i) + AT_US(500));
    }
}

static void requests_in_a_pipeline(trace *t, unsigned count)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    for (unsigned i = 1; i <= count; i++) {
        trace_request(c, AT_MS(i));
    }
    for (unsigned i = 1; i <= count / 2; i++) {
        trace_answer(c, AT_MS(count + i));
    }
    trace_rst(c, CLIENT, AT_MS(2 * (int64_t)count));
}

/* A capture behind itself, where Wireshark does not look for retransmissions. */
static void requests_shown_twice(trace *t, unsigned count)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t client = c->next[CLIENT];
    const uint32_t server = c->next[SERVER];
    for (unsigned turn = 0; turn < 2; turn++) {
        c->next[CLIENT] = c->received[SERVER] = client;
        c->next[SERVER] = c->received[CLIENT] = server;
        for (unsigned i = 1; i <= count; i++) {
            const int64_t at = AT_MS((int64_t)turn * count + i);
            trace_exchange(c, at, at + AT_US(500));
        }
    }
}

static void connections_in_turn(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_exchange(c, AT_MS(10 * (int64_t)i + 1), AT_MS(10 * (int64_t)i + 2));
        trace_close(c, CLIENT, AT_MS(10 * (int64_t)i + 3));
    }
}

static void connections_left_idle(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_exchange(c, AT_MS(10 * (int64_t)i + 1), AT_MS(10 * (int64_t)i + 2));
    }
}

static void connections_at_once(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_request(c[i], AT_MS(count + i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_answer(c[i], AT_MS(2 * (int64_t)count + i));
        trace_close(c[i], CLIENT, AT_MS(2 * (int64_t)count + i) + AT_US(100));
    }
    g_free(c);
}

static void connections_unused(trace *t, unsigned count)
{
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(1), AT_MS(2));
    for (unsigned i = 0; i < count; i++) {
        trace_open(t, AT_MS(10 + i));
    }
}

static void connections_refused(trace *t, unsigned count)
{
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(1), AT_MS(2));
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(10 + i));
        trace_rst(c, SERVER, AT_MS(10 + i));
    }
}

static void connections_of_before(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        c[i] = trace_connect(t);
        trace_ack(c[i], CLIENT, AT_MS(i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_exchange(c[i], AT_MS(count + i), AT_MS(count + i) + AT_US(100));
    }
    g_free(c);
}

const char *name_of(unsigned i)
{
    char name[32];
    g_snprintf(name, sizeof(name), "%u.example", i);
    return g_string_chunk_insert_const(texts, name);
}

static void names_of_one_server(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_request(c, AT_MS(10 * (int64_t)i + 1), .host = name_of(i));
        trace_answer(c, AT_MS(10 * (int64_t)i + 2));
    }
}

/* All of one value to g_str_hash(). */
static void names_that_collide(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[2 * 32 + 1] = "";
        for (unsigned bit = 0; bit < 32; bit++) {
            const bool is_set = (i >> bit & 1) != 0;
            name[(size_t)2 * bit] = is_set ? 'E' : 'F';
            name[(size_t)2 * bit + 1] = is_set ? 'z' : 'Y';
        }
        const char *path = g_string_chunk_insert_len(texts, name, -1);
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_request(c, AT_MS(10 * (int64_t)i + 1), .host = path, .target = path);
        trace_answer(c, AT_MS(10 * (int64_t)i + 2));
    }
}

/* Names that turn out to be one pool: a forward proxy. */
static void names_that_merge(trace *t, unsigned count)
{
    names_of_one_server(t, count / 2);
    const int64_t later = AT_MS(10 * (int64_t)count);
    trace_connection *both = trace_open(t, later);
    trace_exchange(both, later + AT_MS(1), later + AT_MS(2));
    trace_request(both, later + AT_MS(3), .host = "b.example");
    trace_answer(both, later + AT_MS(4));
    for (unsigned i = 1; i < count / 2; i++) {
        const int64_t at = later + AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .host = name_of(i));
        trace_answer(c, at + AT_MS(2));
    }
}

/* Headers cut off: every connection may be any other's. */
static void names_unknown(trace *t, unsigned count)
{
    names_of_one_server(t, count / 2);
    const int64_t later = AT_MS(10 * (int64_t)count);
    for (unsigned i = 1; i < count / 2; i++) {
        const int64_t at = later + AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .is_cut = true);
    }
}

static void clients_that_all_exit(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        char address[32];
        g_snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, (i >> 8) & 255, i & 255);
        c[i] =
            trace_open_from(t, g_string_chunk_insert_const(texts, address), AT_MS(2 * (int64_t)i));
        trace_exchange(c[i], AT_MS(2 * (int64_t)i + 1), AT_MS(2 * (int64_t)i + 1));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_fin(c[i], i % 2 == 0 ? CLIENT : SERVER, AT_MS(3 * (int64_t)count) + AT_US(i));
    }
    g_free(c);
}

static void idle_times_that_are_equal(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(1000 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_close(c, SERVER, at + AT_MS(702));
    }
}

static void requests_that_die(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(100 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_request(c, at + AT_MS(50), .target = name_of(i));
        trace_rst(c, SERVER, at + AT_MS(51));
    }
}

/* Whether they are busy or idle nobody can tell. */
static void connections_illegible(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(10 * (int64_t)i);
        trace_connection *c = tls_open(t, at, .sni = name_of(i % 400));
        trace_lose(c, SERVER, 100);
        tls_hidden_exchange(c, at + AT_MS(6), at + AT_MS(7));
    }
}

static void streams_in_turn(trace *t, unsigned count)
{
    trace_connection *c = h2_open(t, AT_MS(0));
    for (unsigned i = 0; i < count; i++) {
        h2_exchange(c, 2 * i + 1, AT_MS(100 + i), AT_MS(100 + i) + AT_US(500));
    }
}

/* The last one that was opened is answered first. */
static void streams_at_once(trace *t, unsigned count)
{
    trace_connection *c = h2_open(t, AT_MS(0));
    for (unsigned i = 0; i < count; i++) {
        h2_ask_with(c, 2 * i + 1, AT_MS(100 + i), &(h2_message){0});
    }
    for (unsigned i = count; i > count / 2; i--) {
        h2_answer_with(c, 2 * i - 1, AT_MS(100 + 2 * (int64_t)count - i), &(h2_message){0});
    }
    trace_rst(c, SERVER, AT_MS(100 + 2 * (int64_t)count));
}

static void dials_without_a_free_stream(trace *t, unsigned count)
{
    trace_connection *full = h2_open_limited(t, AT_MS(0), 1);
    h2_ask_with(full, 1, AT_MS(50), &(h2_message){0});
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = h2_open_limited(t, AT_MS(100 + 100 * (int64_t)i), 1);
        h2_ask_with(c, 1, AT_MS(150 + 100 * (int64_t)i), &(h2_message){0});
    }
}

static void ask_call_sites(const hr_analysis *analysis)
{
    for (size_t i = 0; i < hr_analysis_item_count(analysis); i++) {
        g_array_free(hr_fix_call_sites(hr_analysis_item(analysis, i)), TRUE);
    }
}

/* With all that there is to change. */
static void ask_forecasts(const hr_analysis *analysis)
{
    hr_whatif changes;
    g_free(hr_whatif_parse("bodies-read,no-close,shared-pool,idle-kept:4,bounded:4", &changes));
    for (size_t i = 0; i < hr_analysis_origin_count(analysis); i++) {
        hr_forecaster *forecaster = hr_analysis_forecaster(analysis, i);
        (void)hr_forecaster_ask(forecaster, &changes);
        hr_forecaster_free(forecaster);
    }
}

static void write_outputs(const hr_model *model, const hr_analysis *analysis)
{
    typedef void writer(FILE *, const hr_model *, const hr_analysis *);
    static writer *const writers[] = {hr_text_write, hr_ndjson_write, hr_html_write, hr_har_write};
    FILE *nowhere = fopen("/dev/null", "w");

    for (size_t i = 0; i < G_N_ELEMENTS(writers) && nowhere != NULL; i++) {
        writers[i](nowhere, model, analysis);
    }
    if (nowhere != NULL) {
        (void)fclose(nowhere);
    }
}

static double seconds_of(story *tell, unsigned count)
{
    double least = 1e9;

    for (int run = 0; run < RUNS; run++) {
        const clock_t begin = clock();
        g_autoptr(trace) t = trace_new();
        tell(t, count);
        ask_forecasts(trace_analysis(t));
        ask_call_sites(trace_analysis(t));
        write_outputs(trace_model(t), trace_analysis(t));
        least = MIN(least, (double)(clock() - begin) / CLOCKS_PER_SEC);
    }
    return least;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        story *tell;
    } stories[] = {
        {"requests-in-turn", requests_in_turn},
        {"requests-in-a-pipeline", requests_in_a_pipeline},
        {"requests-shown-twice", requests_shown_twice},
        {"requests-that-die", requests_that_die},
        {"connections-in-turn", connections_in_turn},
        {"connections-left-idle", connections_left_idle},
        {"connections-at-once", connections_at_once},
        {"connections-unused", connections_unused},
        {"connections-refused", connections_refused},
        {"connections-of-before", connections_of_before},
        {"connections-illegible", connections_illegible},
        {"names", names_of_one_server},
        {"names-that-collide", names_that_collide},
        {"names-that-merge", names_that_merge},
        {"names-unknown", names_unknown},
        {"clients-that-exit", clients_that_all_exit},
        {"equal-idle-times", idle_times_that_are_equal},
        {"streams-in-turn", streams_in_turn},
        {"streams-at-once", streams_at_once},
        {"dials-without-a-free-stream", dials_without_a_free_stream},
        {"tunnels", tunnels_in_turn},
        {"programs", programs_of_one_server},
        {"addresses", addresses_of_one_name},
        {"stale-at-once", stale_requests_at_once},
        {"given-up-at-once", requests_given_up_at_once},
        {"idle-ends-at-once", idle_ends_at_once},
        {"idle-ends-that-grow", idle_ends_that_grow},
        {"evictions", evictions_from_a_pool},
        {"proxy", requests_through_a_proxy},
        {"one-way", connections_one_way},
        {"server-stops", server_that_stops_often},
        {"ports-again", ports_used_again},
    };
    const unsigned size = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SIZE;
    int status = 0;

    texts = g_string_chunk_new(4096);
    g_print("%-30s %10u %10u   growth\n", "ms of processor time", size, 4 * size);
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        const double small = seconds_of(stories[i].tell, size);
        const double large = seconds_of(stories[i].tell, 4 * size);
        const double growth = large / MAX(small, LEAST_SECONDS);
        g_print("%-30s %10.1f %10.1f   %6.1f\n", stories[i].name, small * 1000, large * 1000,
                large / MAX(small, 1e-6));
        status |= growth > MOST_GROWTH;
    }
    g_string_chunk_free(texts);
    return status;
}
