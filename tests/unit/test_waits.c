/* test_waits.c
 * Requests that a client gives up after waits of one length: its own timeout, where nothing
 * contradicts that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_words.h"
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"

#include <string.h>

/* An answer, then a request that gets none. */
static trace_connection *ask_in_vain(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    trace_request(c, at + AT_MS(10));
    trace_ack(c, SERVER, at + AT_MS(11));
    return c;
}

/* Its client gives it up @wait_ns after it was sent. */
static trace_connection *give_up(trace *t, int64_t at, int64_t wait_ns)
{
    trace_connection *c = ask_in_vain(t, at);
    trace_fin(c, CLIENT, at + AT_MS(10) + wait_ns);
    trace_answer(c, at + AT_MS(600)); /* nobody waits for it any more */
    trace_rst(c, CLIENT, at + AT_MS(601));
    return c;
}

static void ask_on(trace *t, int64_t at)
{
    trace_exchange(trace_open(t, at), at + AT_MS(1), at + AT_MS(2)); /* the program goes on */
}

static void assert_equal_waits(const trace_connection *c, guint expected)
{
    assert_cause(c, "request-cancelled");
    g_assert_cmpuint(trace_ending(c)->equal_waits, ==, expected);
}

/* net/http, Client.Timeout 200 ms: waits of 200.1, 201.2 and 200.1 ms. */
static void equal_waits_are_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = give_up(t, AT_S(1), AT_US(200192));
    trace_connection *second = give_up(t, AT_S(2), AT_US(201227));
    trace_connection *third = give_up(t, AT_S(3), AT_US(200093));
    ask_on(t, AT_S(5));

    trace_analysis(t);
    assert_equal_waits(first, 2);
    assert_equal_waits(second, 2);
    assert_equal_waits(third, 2);
    g_autoptr(GString) text = g_string_new(NULL);
    hr_fix_append_happened(text, hr_analysis_item(trace_analysis(t), 0));
    g_assert_nonnull(strstr(text->str, "a timeout of its own"));
}

/* Nothing follows the third: its program has come to its end, but not with it. */
static void the_last_wait_is_as_the_others(void)
{
    g_autoptr(trace) t = trace_new();
    give_up(t, AT_S(1), AT_US(200192));
    give_up(t, AT_S(2), AT_US(201227));
    trace_connection *last = give_up(t, AT_S(3), AT_US(200093));
    trace_analysis(t);
    assert_equal_waits(last, 2);

    g_autoptr(trace) stopped = trace_new();
    give_up(stopped, AT_S(1), AT_US(200192));
    give_up(stopped, AT_S(2), AT_US(201227));
    last = give_up(stopped, AT_S(3), AT_MS(130));
    trace_analysis(stopped);
    assert_cause(last, "client-exit");
}

static void other_waits_are_cancels(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = give_up(t, AT_S(1), AT_MS(200));
    trace_connection *second = give_up(t, AT_S(2), AT_MS(330));
    ask_on(t, AT_S(5));

    trace_analysis(t);
    assert_equal_waits(first, 0);
    assert_equal_waits(second, 0);
}

/* Node.js, server.timeout 1 s, and a handler that takes 1.6 s. */
static trace_connection *end_without_answer(trace *t, int64_t at, int64_t wait_ns)
{
    trace_connection *c = ask_in_vain(t, at);
    trace_close(c, SERVER, at + AT_MS(10) + wait_ns);
    return c;
}

static void equal_waits_are_a_deadline_of_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = end_without_answer(t, AT_S(1), AT_US(1000192));
    end_without_answer(t, AT_S(3), AT_US(1001227));
    end_without_answer(t, AT_S(5), AT_US(1002093));
    ask_on(t, AT_S(7));

    assert_cause(first, "request-aborted");
    g_assert_cmpuint(trace_ending(first)->equal_waits, ==, 2);
    g_assert_true(trace_happened(t, "mend_server", "a timeout of its own"));
    g_assert_true(trace_advises(t, "mend_server", "Server.WriteTimeout"));

    g_autoptr(trace) killed = trace_new();
    end_without_answer(killed, AT_S(1), AT_MS(1000));
    end_without_answer(killed, AT_S(3), AT_MS(1400));
    ask_on(killed, AT_S(7));
    g_assert_true(trace_advises(killed, "mend_server", "a killed worker"));
}

/* The same program waited longer, and was answered. */
static void a_longer_wait_refutes(void)
{
    for (int is_closed = 0; is_closed < 2; is_closed++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *first = give_up(t, AT_S(1), AT_MS(200));
        give_up(t, AT_S(2), AT_MS(200));
        trace_connection *longer = trace_open(t, AT_S(3));
        trace_exchange(longer, AT_S(4), AT_MS(4900));
        if (is_closed) {
            trace_close(longer, SERVER, AT_S(5));
        }
        ask_on(t, AT_S(6));

        trace_analysis(t);
        assert_equal_waits(first, 0);
    }
}

/* A deadline for the first byte (net/http, ResponseHeaderTimeout): an answer that took longer as a
 * whole began in time, and refutes nothing. */
static void a_longer_answer_began_in_time(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = ask_in_vain(t, AT_S(1));
    trace_close(first, CLIENT, AT_MS(1210));
    trace_close(ask_in_vain(t, AT_S(2)), CLIENT, AT_MS(2210));
    trace_connection *longer = trace_open(t, AT_S(3));
    trace_request(longer, AT_MS(3010));
    trace_begin_answer(longer, AT_MS(3050), .body = 9000, .rest = 8000);
    trace_end_answer(longer, 8000, AT_MS(3500));
    ask_on(t, AT_S(6));

    trace_analysis(t);
    assert_equal_waits(first, 1);
}

/* Two that were sent at once are given up at once: one event, whatever it was. */
static void one_event_is_no_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(10 + i));
        trace_ack(c[i], SERVER, AT_MS(10 + i));
    }
    for (int i = 0; i < 2; i++) {
        trace_fin(c[i], CLIENT, AT_MS(510 + i));
    }
    ask_on(t, AT_S(5));

    trace_analysis(t);
    assert_equal_waits(c[0], 0);
}

/* The timeout counts from the dial: after one that took 300 ms less is left for the answer. */
static void from_the_dial(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = trace_connect(t);
    trace_syn(first, AT_S(1));
    trace_syn_ack(first, AT_MS(1300));
    trace_ack(first, CLIENT, AT_MS(1300));
    trace_request(first, AT_MS(1301));
    trace_ack(first, SERVER, AT_MS(1302));
    trace_fin(first, CLIENT, AT_S(3));
    trace_connection *second = trace_open(t, AT_S(5));
    trace_exchange(second, AT_MS(5001), AT_MS(5002));
    trace_request(second, AT_MS(5010));
    trace_ack(second, SERVER, AT_MS(5011));
    trace_fin(second, CLIENT, AT_MS(7011));
    ask_on(t, AT_S(9));

    trace_analysis(t);
    assert_equal_waits(first, 1);
    assert_equal_waits(second, 1);
}

/* In the middle of the answer: the bodies are not at fault. */
static void while_the_answer_comes(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(10 * i));
        trace_request(c, AT_S(10 * i + 1));
        trace_begin_answer(c, AT_S(10 * i + 2), .body = 100000, .rest = 90000);
        trace_ack(c, CLIENT, AT_S(10 * i + 2));
        trace_rst(c, CLIENT, AT_S(10 * i + 6) + AT_MS(i));
    }
    ask_on(t, AT_S(30));

    const hr_analysis *analysis = trace_analysis(t);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 2);
    g_autoptr(GString) text = g_string_new(NULL);
    hr_fix_append_advice(&(hr_told){.text = text}, hr_analysis_item(analysis, 0));
    g_assert_nonnull(strstr(text->str, "raise the client's timeout"));
}

/* A proxy asks for its client; one of the two gives up after 5 s, the other right after it. */
static trace_connection *pass_on(trace *t, int64_t at, bool is_clients)
{
    trace_connection *front = trace_open_between(t, "10.0.0.1", "10.0.0.7", 80, at);
    trace_connection *back = trace_open_between(t, "10.0.0.7", "10.0.0.9", 80, at + AT_MS(1));
    trace_connection *const both[] = {front, back};

    for (int i = 0; i < 2; i++) {
        trace_request(front, at + AT_MS(10 * i + 2), .target = "/a", .user_agent = "x/1");
        trace_request(back, at + AT_MS(10 * i + 3), .target = "/a", .user_agent = "x/1");
        trace_answer(back, at + AT_MS(10 * i + 4));
        trace_answer(front, at + AT_MS(10 * i + 5));
    }
    for (int i = 0; i < 2; i++) {
        trace_request(both[i], at + AT_S(1) + AT_MS(i), .target = "/b", .user_agent = "x/1");
        trace_ack(both[i], SERVER, at + AT_S(1) + AT_US(1000 * i + 500));
    }
    if (is_clients) {
        trace_fin(front, CLIENT, at + AT_S(6));
        trace_fin(back, CLIENT, at + AT_S(6) + AT_MS(1));
    } else {
        trace_fin(back, CLIENT, at + AT_S(6));
        trace_answer(front, at + AT_S(6) + AT_MS(1), .code = 504);
    }
    return back;
}

static unsigned items_at(const hr_analysis *analysis, const char *server)
{
    unsigned count = 0;

    for (size_t i = 0; i < hr_analysis_item_count(analysis); i++) {
        count += g_str_equal(hr_analysis_item(analysis, i)->origin->server.address, server);
    }
    return count;
}

/* What its own client had given up is no timeout of the proxy's, and is told and counted once. */
static void a_proxy_waits_for_its_client(void)
{
    for (int is_clients = 0; is_clients < 2; is_clients++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *back = pass_on(t, AT_S(0), is_clients);
        pass_on(t, AT_S(20), is_clients);
        pass_on(t, AT_S(40), is_clients);
        trace_exchange(trace_open_between(t, "10.0.0.7", "10.0.0.9", 80, AT_S(60)), AT_S(61),
                       AT_S(62));
        trace_exchange(trace_open_between(t, "10.0.0.1", "10.0.0.7", 80, AT_S(63)), AT_S(64),
                       AT_S(65));

        const hr_analysis *analysis = trace_analysis(t);
        assert_equal_waits(back, is_clients ? 0 : 2);
        g_assert_cmpuint(items_at(analysis, "10.0.0.9"), ==, is_clients ? 0 : 1);
        if (is_clients) {
            g_assert_cmpuint(items_at(analysis, "10.0.0.7"), ==, 1);
        }
    }
}

/* The client asks for two things on streams of one connection, and leaves with both. */
static trace_connection *pass_streams_on(trace *t, int64_t at)
{
    static const char *const paths[] = {"/b", "/c"};
    trace_connection *front = trace_open_between(t, "10.0.0.1", "10.0.0.7", 80, at);
    trace_connection *back[2];

    h2_prefaces(front, 0, at + AT_MS(1));
    for (unsigned i = 0; i < 2; i++) {
        const int64_t asked = at + AT_MS(10 * i + 5);
        h2_ask(front, 1 + 2 * i, asked, .path = paths[i], .user_agent = "x/1");
        back[i] = trace_open_between(t, "10.0.0.7", "10.0.0.9", 80, asked + AT_MS(1));
        trace_request(back[i], asked + AT_MS(2), .target = paths[i], .user_agent = "x/1");
        trace_ack(back[i], SERVER, asked + AT_MS(3));
    }
    trace_fin(front, CLIENT, at + AT_S(6));
    trace_fin(back[0], CLIENT, at + AT_S(6) + AT_MS(1));
    trace_fin(back[1], CLIENT, at + AT_S(6) + AT_MS(2));
    return back[1];
}

static void a_proxy_waits_for_streams_of_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = pass_streams_on(t, AT_S(0));
    pass_streams_on(t, AT_S(20));
    pass_streams_on(t, AT_S(40));
    trace_exchange(trace_open_between(t, "10.0.0.7", "10.0.0.9", 80, AT_S(60)), AT_S(61), AT_S(62));

    trace_analysis(t);
    assert_equal_waits(back, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/waits/began-in-time", a_longer_answer_began_in_time);
    g_test_add_func("/waits/server", equal_waits_are_a_deadline_of_the_server);
    g_test_add_func("/waits/equal", equal_waits_are_a_timeout);
    g_test_add_func("/waits/last", the_last_wait_is_as_the_others);
    g_test_add_func("/waits/other", other_waits_are_cancels);
    g_test_add_func("/waits/longer", a_longer_wait_refutes);
    g_test_add_func("/waits/one-event", one_event_is_no_timeout);
    g_test_add_func("/waits/from-the-dial", from_the_dial);
    g_test_add_func("/waits/in-the-answer", while_the_answer_comes);
    g_test_add_func("/waits/of-its-client", a_proxy_waits_for_its_client);
    g_test_add_func("/waits/of-its-client/streams", a_proxy_waits_for_streams_of_its_client);
    return g_test_run();
}
