/* test_waits_refuted.c
 * What refutes that a client, which gave requests up after equal waits, has a timeout of that length; and
 * what does not: from when on it counts, what other answers took, and what it leaves at one instant.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

#define TIMEOUT_NS AT_S(2)

/* A connection whose SYN/ACK takes @dial_ns, and its request after that. */
static hr_request *dial_and_ask(trace *t, trace_connection **c, int64_t dial_ns, int64_t at)
{
    *c = trace_connect(t);
    trace_syn(*c, at);
    trace_syn_ack(*c, at + dial_ns);
    trace_ack(*c, CLIENT, at + dial_ns + AT_US(100));
    hr_request *request = trace_request(*c, at + dial_ns + AT_MS(1));
    trace_ack(*c, SERVER, at + dial_ns + AT_MS(2));
    return request;
}

static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open(t, at), at + AT_MS(1), at + AT_MS(2));
}

/* A deadline from the request on, however long it was dialled. */
static void from_the_request(void)
{
    g_autoptr(trace) t = trace_new();
    hr_request *request[3];
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10 * i), dial = AT_MS(400 * i);
        trace_connection *c = NULL;
        request[i] = dial_and_ask(t, &c, dial, at);
        trace_rst(c, CLIENT, at + dial + AT_MS(1) + TIMEOUT_NS);
    }
    go_on(t, AT_S(40));

    trace_analysis(t);
    g_assert_cmpuint(request[0]->equal_waits, ==, 2);
}

/* When they were dialled the capture does not show. */
static void of_what_was_open_before(void)
{
    g_autoptr(trace) t = trace_new();
    hr_request *request[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(10 * i);
        trace_connection *c = trace_connect(t);
        request[i] = trace_request(c, at);
        trace_ack(c, SERVER, at + AT_MS(1));
        trace_rst(c, CLIENT, at + TIMEOUT_NS);
    }
    go_on(t, AT_S(40));

    trace_analysis(t);
    g_assert_cmpuint(request[0]->equal_waits, ==, 1);
}

/* An answer, all of which takes @whole_ns, and which begins at once. */
static void download(trace *t, int64_t whole_ns, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1));
    trace_begin_answer(c, at + AT_MS(2), .body = 2000, .rest = 1000);
    trace_end_answer(c, 1000, at + AT_MS(1) + whole_ns);
}

/* Answers that had begun are left after as long: another one took longer, before a quick one, or was as
 * long in coming, and was not whole. */
static void a_longer_answer_refutes(void)
{
    for (int64_t whole_ns = AT_S(1); whole_ns <= AT_S(3); whole_ns += AT_S(2)) {
        g_autoptr(trace) t = trace_new();
        hr_request *request[2];
        download(t, whole_ns, AT_S(0));
        download(t, AT_MS(5), AT_S(5));
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(10 * (i + 1));
            trace_connection *c = trace_open(t, at);
            request[i] = trace_request(c, at + AT_MS(1));
            trace_begin_answer(c, at + AT_MS(2), .body = 100000, .rest = 90000);
            trace_ack(c, CLIENT, at + AT_MS(3));
            trace_rst(c, CLIENT, at + AT_MS(1) + TIMEOUT_NS);
        }
        go_on(t, AT_S(40));

        trace_analysis(t);
        g_assert_cmpuint(request[0]->equal_waits, ==, whole_ns < TIMEOUT_NS ? 1 : 0);
    }
}

/* What is seen later refutes as well. */
static void a_longer_wait_that_comes_later(void)
{
    g_autoptr(trace) t = trace_new();
    hr_request *request[2];
    for (int i = 0; i < 2; i++) {
        trace_connection *c = NULL;
        request[i] = dial_and_ask(t, &c, 0, AT_S(10 * i));
        trace_rst(c, CLIENT, AT_S(10 * i) + AT_MS(1) + TIMEOUT_NS);
    }
    go_on(t, AT_S(40));
    trace_analysis(t);
    g_assert_cmpuint(request[0]->equal_waits, ==, 1);
    trace_exchange(trace_open(t, AT_S(50)), AT_S(51), AT_S(58));

    trace_analysis(t);
    g_assert_cmpuint(request[0]->equal_waits, ==, 0);
}

/* One that is given up with another at one instant, after other waits, was left for another reason:
 * it makes no second of those after as long. Whichever of the two goes first. */
static void what_is_left_at_one_instant(void)
{
    for (int is_long_first = 0; is_long_first < 2; is_long_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *patient = NULL, *alone = NULL, *other = NULL;
        (void)dial_and_ask(t, &patient, 0, AT_S(1));
        hr_request *request = dial_and_ask(t, &alone, 0, AT_S(2));
        trace_rst(alone, CLIENT, AT_S(2) + AT_MS(1) + TIMEOUT_NS);
        (void)dial_and_ask(t, &other, 0, AT_S(8));
        const int64_t at = AT_S(8) + AT_MS(1) + TIMEOUT_NS;
        trace_rst(is_long_first ? patient : other, CLIENT, at);
        trace_rst(is_long_first ? other : patient, CLIENT, at + AT_US(100));
        go_on(t, AT_S(15));
        trace_analysis(t);
        g_assert_cmpuint(request->equal_waits, ==, 0);

        trace_connection *second = NULL;
        (void)dial_and_ask(t, &second, 0, AT_S(20));
        trace_rst(second, CLIENT, AT_S(20) + AT_MS(1) + TIMEOUT_NS);
        go_on(t, AT_S(40));
        trace_analysis(t);
        g_assert_cmpuint(request->equal_waits, ==, 1);
    }
}

/* Of many some are equal by chance. */
static void two_of_many(void)
{
    for (int count = 2; count <= 40; count += 38) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        const hr_request *first = dial_and_ask(t, &c, 0, AT_S(0));
        trace_rst(c, CLIENT, AT_MS(1) + AT_S(2));
        int64_t wait_ns = AT_S(2);
        for (int i = 1; i < count; i++) { /* the second as long as the first */
            const int64_t at = AT_S(1000) * i;
            (void)dial_and_ask(t, &c, 0, at);
            trace_rst(c, CLIENT, at + AT_MS(1) + wait_ns);
            wait_ns += wait_ns / 10;
        }
        go_on(t, AT_S(50000));

        trace_analysis(t);
        g_assert_cmpuint(first->equal_waits, ==, count == 2 ? 1 : 0);
    }
}

/* Streams that are taken back as their answers come cross these: they had waited for them to begin. */
static void answers_that_cross(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *request[2];
    h2_ask(c, 3, AT_S(1));
    h2_answer(c, 3, AT_S(1) + AT_MS(1), .is_cut = true);
    h2_data(c, SERVER, 3, true, AT_S(4));
    for (uint32_t i = 0; i < 2; i++) {
        const int64_t at = AT_S(10 * (i + 1));
        request[i] = h2_ask(c, 5 + 2 * i, at);
        h2_reset(c, CLIENT, 5 + 2 * i, at + TIMEOUT_NS);
        h2_answer(c, 5 + 2 * i, at + TIMEOUT_NS + AT_US(100));
    }
    h2_exchange(c, 9, AT_S(40), AT_S(40) + AT_MS(1));

    trace_analysis(t);
    g_assert_cmpuint(request[0]->equal_waits, ==, 1);
}

/* Two at once on one connection, one behind the other, and it is closed: it tells of neither how long it
 * was to take. */
static void what_waits_behind_another(void)
{
    for (int is_alone = 0; is_alone < 2; is_alone++) {
        g_autoptr(trace) t = trace_new();
        hr_request *request[2];
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(10 * i);
            trace_connection *c = NULL;
            request[i] = dial_and_ask(t, &c, 0, at);
            if (!is_alone) {
                trace_request(c, at + AT_S(1), .target = "/b");
            }
            trace_rst(c, CLIENT, at + AT_MS(1) + TIMEOUT_NS);
        }
        go_on(t, AT_S(40));

        trace_analysis(t);
        g_assert_cmpuint(request[0]->equal_waits, ==, is_alone ? 1 : 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/waits/" path, function)
    T("from-request", from_the_request);
    T("from-before", of_what_was_open_before);
    T("longer-answer", a_longer_answer_refutes);
    T("later", a_longer_wait_that_comes_later);
    T("instant", what_is_left_at_one_instant);
    T("many", two_of_many);
    T("cross", answers_that_cross);
    T("behind", what_waits_behind_another);
    return g_test_run();
}
