/* test_one_way.c
 * Captures of one direction, and bytes that only the other end's ACKs tell of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"

static trace_connection *to_the_server(trace *t)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    for (int i = 0; i < 3; i++) {
        trace_request(c, AT_S(i) + AT_MS(2));
        trace_lose(c, SERVER, 420);
        trace_ack(c, CLIENT, AT_S(i) + AT_MS(10));
    }
    return c;
}

static void only_the_clients_packets(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_request(c, AT_S(3));
    trace_fin(c, CLIENT, AT_S(4));
    trace_exchange(trace_open(t, AT_S(5)), AT_MS(5001), AT_MS(5002));

    assert_delivery(c->model->last_request, "sequential");
    assert_number(c->model->last_request, 4);
    /* Not request-cancelled, since who knows what was answered; nor who closed first. */
    assert_cause(c, "unknown");
    g_assert_true(c->model->is_one_way);
    g_assert_cmpuint(trace_totals(t)->one_way[0], ==, 1);
    g_assert_cmpuint(trace_totals(t)->one_way[1], ==, 0);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* The client's own ACK tells that the server had closed, five seconds after its last answer. */
static trace_connection *closed_by_ack(trace *t)
{
    trace_connection *c = to_the_server(t);

    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_S(7) + AT_MS(10));
    return c;
}

/* Nothing comes behind a FIN: what is asked then is answered by nobody. */
static void asked_behind_the_fin_that_it_took(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = closed_by_ack(t);
    const hr_request *dead = trace_request(c, AT_S(10));
    const uint32_t frame = trace_frame(t);
    trace_connection *next = trace_connect(t);
    trace_syn(next, AT_S(10) + AT_MS(1));
    trace_ack(next, CLIENT, AT_S(10) + AT_MS(2));
    trace_request(next, AT_S(10) + AT_MS(3));
    trace_lose(next, SERVER, 420);
    trace_ack(next, CLIENT, AT_S(10) + AT_MS(10));

    assert_cause(c, "stale-race");
    assert_closed_by(c, "server");
    g_assert_true(c->model->is_one_way);
    g_assert_true(trace_ending(c)->is_fin_known);
    assert_found(t, HR_FINDING_STALE_REUSE, frame, c, dead);
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 1);
}

/* What it had asked for before the FIN may have been answered. */
static void asked_before_the_fin_that_it_took(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_request(c, AT_S(3));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_S(7) + AT_MS(10));
    trace_connection *next = trace_connect(t);
    trace_syn(next, AT_S(10) + AT_MS(1));
    trace_ack(next, CLIENT, AT_S(10) + AT_MS(2));
    trace_request(next, AT_S(10) + AT_MS(3));

    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

static trace_connection *to_the_client(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn_ack(c, at);
    return c;
}

static void head_and_one_byte(trace_connection *c, int64_t at)
{
    trace_lose(c, CLIENT, 185);
    trace_ack(c, SERVER, at);
    trace_lose(c, CLIENT, 1);
    trace_ack(c, SERVER, at + AT_US(100));
}

/* The second number that goes on by one is a request's body, not the client's FIN. */
static void last_byte_of_a_request_is_no_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_client(t, AT_MS(0));
    head_and_one_byte(c, AT_MS(1));
    trace_answer(c, AT_MS(5));
    head_and_one_byte(c, AT_MS(300));
    trace_answer(c, AT_MS(305));
    trace_fin(c, SERVER, AT_S(2));

    g_assert_cmpuint(hr_connection_client(c->model)->fin.frame, ==, 0);
    assert_closed_by(c, "server");
}

/* Behind an answer, with nothing asked since, it is. */
static void number_after_the_answer_is_a_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_client(t, AT_MS(0));
    head_and_one_byte(c, AT_MS(1));
    trace_answer(c, AT_MS(5));
    trace_lose_fin(c, CLIENT);
    trace_ack(c, SERVER, AT_S(2));
    trace_fin(c, SERVER, AT_S(2));

    assert_cause(c, "client-close"); /* what else its client did nobody saw: not its end */
    assert_closed_by(c, "client");
}

/* Two of which their client takes leave at one moment, or their server: what else that client did nobody saw,
 * nor what it was told. It goes on accepting. */
static void ends_at_one_moment(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = trace_connect_between(t, i == 0 || !is_server ? "10.0.0.1" : "10.0.0.2", 0,
                                         "10.0.0.80", 80);
            trace_syn_ack(c[i], AT_MS(400 * i));
            head_and_one_byte(c[i], AT_MS(400 * i + 1));
            trace_answer(c[i], AT_MS(400 * i + 5));
        }
        for (int i = 0; i < 2; i++) {
            if (!is_server) {
                trace_lose_fin(c[i], CLIENT);
                trace_ack(c[i], SERVER, AT_S(2) + AT_MS(i));
            }
            trace_fin(c[i], SERVER, AT_S(2) + AT_MS(i));
        }
        if (is_server) {
            trace_exchange(trace_open_from(t, "10.0.0.3", AT_S(3)), AT_S(4), AT_S(5));
        }

        for (int i = 0; i < 2; i++) {
            assert_cause(c[i], is_server ? "server-close" : "client-close");
        }
    }
}

/* Three calls in HTTP/2 that their client takes back after two seconds: whether no answer came only the
 * other direction tells. */
static void waits_of_the_client_alone(void)
{
    g_autoptr(trace) t = trace_new();
    hr_request *left[3];
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10 * i);
        trace_connection *c = trace_connect(t);
        trace_syn(c, at);
        trace_ack(c, CLIENT, at + AT_MS(1));
        h2_ask(c, 1, at + AT_MS(2));
        trace_lose(c, SERVER, 420);
        trace_ack(c, CLIENT, at + AT_MS(10));
        left[i] = h2_ask(c, 3, at + AT_MS(20));
        h2_reset(c, CLIENT, 3, at + AT_MS(2020));
    }

    trace_analysis(t);
    for (int i = 0; i < 3; i++) {
        g_assert_true(left[i]->is_given_up);
        g_assert_cmpuint(left[i]->equal_waits, ==, 0);
    }
}

/* It closes five seconds after what it sent last, as many do; what came to it meanwhile nobody saw,
 * an upload, or parts of a request. */
static void rest_of_the_server_alone_is_no_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_client(t, AT_MS(0));
    head_and_one_byte(c, AT_MS(1));
    trace_answer(c, AT_MS(5));
    trace_fin(c, SERVER, AT_MS(5006));

    assert_cause(c, "server-close");
}

/* The byte may be the request's, and the server take it while it answers; or a FIN. */
static void number_within_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *begun = to_the_client(t, AT_MS(0));
    trace_lose(begun, CLIENT, 185);
    trace_data(begun, SERVER, 100, AT_MS(1));
    trace_lose(begun, CLIENT, 1);
    trace_ack(begun, SERVER, AT_MS(2));
    trace_answer(begun, AT_MS(3));
    trace_fin(begun, SERVER, AT_S(2));
    trace_connection *goes_on = to_the_client(t, AT_S(3));
    trace_lose(goes_on, CLIENT, 185);
    trace_data(goes_on, SERVER, 100, AT_S(3));
    trace_lose(goes_on, CLIENT, 1);
    trace_answer(goes_on, AT_S(4));
    trace_fin(goes_on, SERVER, AT_S(5));

    assert_cause(begun, "unknown");
    assert_cause(goes_on, "unknown");
}

/* What the client sent since the answer was acknowledged at once: its FIN may be of that. */
static void fin_within_what_was_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_client(t, AT_MS(0));
    head_and_one_byte(c, AT_MS(1));
    trace_answer(c, AT_MS(5));
    trace_lose(c, CLIENT, 5000);
    trace_ack(c, SERVER, AT_MS(6));
    trace_fin(c, SERVER, AT_MS(6));

    assert_cause(c, "unknown");
}

/* An answer's last byte, in a segment of its own. */
static void last_byte_of_an_answer_is_no_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_lose(c, SERVER, 1);
    trace_ack(c, CLIENT, AT_S(2) + AT_MS(11));
    trace_fin(c, CLIENT, AT_S(4));

    g_assert_cmpuint(hr_connection_server(c->model)->fin.frame, ==, 0);
    assert_cause(c, "unknown");
}

static void number_after_silence_is_a_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_S(4));
    trace_fin(c, CLIENT, AT_S(4));

    assert_closed_by(c, "server");
}

/* ---- one byte is missing ---- */

static void missing_last_byte_of_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin(c, AT_MS(1), .method = "POST", .body = 1, .rest = 1);
    trace_lose(c, CLIENT, 1);
    trace_ack(c, SERVER, AT_MS(2));

    g_assert_cmpuint(hr_connection_client(c->model)->fin.frame, ==, 0);
}

static void missing_last_byte_of_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 1, .rest = 1);
    trace_lose(c, SERVER, 1);
    trace_ack(c, CLIENT, AT_MS(2));

    g_assert_cmpuint(hr_connection_server(c->model)->fin.frame, ==, 0);
}

/* ---- SYNs without an answer ---- */

static void an_exchange_before(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_close(c, CLIENT, AT_MS(100));
}

/* It was refused at once, and that is not in the capture; or it is on its way. */
static void syn_that_may_have_been_refused(void)
{
    g_autoptr(trace) t = trace_new();
    an_exchange_before(t);
    trace_connection *first = trace_connect(t);
    trace_connection *second = trace_connect(t);
    trace_syn(first, AT_S(1));
    trace_syn(second, AT_S(1) + AT_MS(100));

    g_assert_cmpint(trace_opening(second)->why, ==, HR_WHY_NONE);
}

/* The server's packets are captured, as the second one shows: it had not refused the first. */
static void syn_that_was_not_refused(void)
{
    g_autoptr(trace) t = trace_new();
    an_exchange_before(t);
    trace_connection *first = trace_connect(t);
    trace_syn(first, AT_S(1));
    trace_connection *second = trace_open(t, AT_S(1) + AT_MS(100));
    trace_exchange(second, AT_S(1) + AT_MS(110), AT_S(1) + AT_MS(111));

    assert_opened(second, "all-busy", first);
}

/* It is sent again, so that nobody refused it. */
static void syn_that_is_still_on_its_way(void)
{
    g_autoptr(trace) t = trace_new();
    an_exchange_before(t);
    trace_connection *first = trace_connect(t);
    trace_connection *second = trace_connect(t);
    trace_syn(first, AT_S(1));
    trace_syn(second, AT_S(1) + AT_MS(100));
    trace_syn(first, AT_S(2));

    assert_opened(second, "all-busy", first);
}

/* What was captured lacks no time, and TLS is not what hides it. */
static void what_is_not_known_asks_for_the_other_direction(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = to_the_client(t, AT_S(i));
        head_and_one_byte(c, AT_S(i) + AT_MS(1));
        trace_answer(c, AT_S(i) + AT_MS(5));
        trace_lose_fin(c, CLIENT);
        trace_fin(c, SERVER, AT_S(i) + AT_MS(6));
    }

    g_assert_true(trace_advises(t, "look", "Capture both directions"));
    g_assert_false(trace_advises(t, "look", "Capture from the client's start"));
    g_assert_false(trace_advises(t, "look", "TLS keys"));
}

/* The side that was captured had ended each in so many words. */
static void what_was_said_tells_why_another_was_opened(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2] = {NULL};
        for (int i = 0; i < 2; i++) {
            c[i] = trace_connect(t);
            trace_syn(c[i], AT_S(i));
            trace_ack(c[i], CLIENT, AT_S(i) + AT_MS(1));
            trace_request(c[i], AT_S(i) + AT_MS(2), .connection = is_said ? "close" : NULL);
            trace_lose(c[i], SERVER, 420);
            trace_ack(c[i], CLIENT, AT_S(i) + AT_MS(10));
            trace_lose_fin(c[i], SERVER);
            trace_ack(c[i], CLIENT, AT_S(i) + AT_MS(11));
            trace_fin(c[i], CLIENT, AT_S(i) + AT_MS(12));
        }

        g_assert_cmpuint(trace_cost(t, "no_client_close"), ==, is_said ? 1 : 0);
        g_assert_cmpint(trace_opening(c[1])->why, ==,
                        is_said ? HR_WHY_PREVIOUS_CLOSED : HR_WHY_NONE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/one-way/" path, function)
    T("behind-fin", asked_behind_the_fin_that_it_took);
    T("before-fin", asked_before_the_fin_that_it_took);
    T("to-the-server", only_the_clients_packets);
    T("request-byte", last_byte_of_a_request_is_no_fin);
    T("client-fin", number_after_the_answer_is_a_fin);
    T("rest", rest_of_the_server_alone_is_no_timeout);
    T("within-answer", number_within_an_answer);
    T("within", fin_within_what_was_asked);
    T("answer-byte", last_byte_of_an_answer_is_no_fin);
    T("server-fin", number_after_silence_is_a_fin);
    T("missing/request-byte", missing_last_byte_of_a_request);
    T("missing/answer-byte", missing_last_byte_of_an_answer);
    T("syn/refused", syn_that_may_have_been_refused);
    T("syn/not-refused", syn_that_was_not_refused);
    T("syn/on-its-way", syn_that_is_still_on_its_way);
    g_test_add_func("/one-way/advice", what_is_not_known_asks_for_the_other_direction);
    g_test_add_func("/one-way/said", what_was_said_tells_why_another_was_opened);
    T("at-one-moment", ends_at_one_moment);
    T("waits", waits_of_the_client_alone);
    return g_test_run();
}
