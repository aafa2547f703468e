/* test_facts.c
 * What connections are filed under: their pool key, their program, or, where they never said what they
 * were for, what else was asked of that server; and those of which nobody saw what they carried, which
 * may have been of any pool. DESIGN sections 2 and 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

#define GO "Go-http-client/1.1"

static const hr_origin *origin(trace *t, size_t index)
{
    const hr_analysis *analysis = trace_analysis(t);

    g_assert_cmpuint(index, <, hr_analysis_origin_count(analysis));
    return hr_analysis_origin(analysis, index);
}

/* ---- what belongs together ---- */

/* Two programs, each of which asks thrice at once on its connection: streams of one need no more. */
static void programs_that_speak_h2_need_one_each(void)
{
    static const char *const agents[] = {"curl/8.5.0", "python-httpx/0.27.0"};

    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = h2_open(t, AT_MS(100 * i));
        for (uint32_t stream = 1; stream <= 5; stream += 2) {
            h2_ask(c[i], stream, AT_MS(100 * i + 10), .user_agent = agents[i]);
        }
        for (uint32_t stream = 1; stream <= 5; stream += 2) {
            h2_answer(c[i], stream, AT_MS(100 * i + 20));
        }
    }

    g_assert_cmpuint(origin(t, 0)->needed_connections, ==, 2);
}

/* One that was opened first, and for nothing, comes first with what was asked there later. */
static void origins_stand_by_what_was_opened_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unused = trace_open(t, AT_MS(0));
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_MS(10)), AT_MS(11), AT_MS(12));
    trace_open_used(t, AT_MS(20));
    trace_close(unused, CLIENT, AT_S(1));

    g_assert_true(origin(t, 0)->first_connection == unused->model);
    g_assert_cmpuint(origin(t, 0)->sums.connections, ==, 2);
}

/* Two names at one server: what was opened for nothing stands with the one that was asked for first. */
static void what_says_nothing_stands_with_the_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1), .host = "a.example");
    trace_answer(one, AT_MS(2));
    trace_connection *two = trace_open(t, AT_MS(10));
    trace_request(two, AT_MS(11), .host = "b.example");
    trace_answer(two, AT_MS(12));
    trace_connection *unused = trace_open(t, AT_MS(20));
    trace_close(unused, CLIENT, AT_S(1));

    g_assert_cmpstr(origin(t, 0)->name, ==, "a.example");
    g_assert_cmpuint(origin(t, 0)->sums.connections, ==, 2);
}

/* By their SYNs, of which one is captured behind what follows it. */
static void connections_stand_by_their_opening(void)
{
    g_autoptr(trace) t = trace_new();
    trace_unsorted(t);
    trace_connection *late = trace_connect(t);
    trace_ack(late, CLIENT, AT_MS(1));
    trace_connection *other = trace_open_used(t, AT_MS(2));
    trace_syn(late, AT_MS(10));
    trace_syn_ack(late, AT_MS(11));
    trace_exchange(late, AT_MS(12), AT_MS(13));

    g_assert_true(hr_analysis_connection(trace_analysis(t), 0) == other->model);
}

/* ---- what nobody saw ---- */

/* What is open at the same server while net/http closes a connection right after its answer. */
typedef enum {
    NOTHING,
    UNUSED,         /* nothing was asked, and nothing is missing */
    UNNAMED_TLS,    /* TLS of which only the server's packets were captured */
    UNNAMED_CLEAR,  /* the same of what nobody knows */
    OF_ANOTHER_NAME /* it says whom it asks for, and a request on it is missing */
} beside;

static void open_beside(trace *t, beside what, int64_t at)
{
    if (what == UNUSED) {
        trace_open(t, at);
    } else if (what == OF_ANOTHER_NAME) {
        trace_connection *c = trace_open(t, at);
        trace_answer_alone(c, at + AT_MS(1));
        trace_request(c, at + AT_MS(2), .host = "b.example");
        trace_answer(c, at + AT_MS(3));
    } else if (what != NOTHING) {
        trace_connection *c = trace_connect(t);
        for (int i = 0; i < 3; i++) {
            trace_lose(c, CLIENT, 200);
            if (what == UNNAMED_TLS) {
                tls_data(c, SERVER, 300, at + AT_MS(i));
            } else {
                trace_data(c, SERVER, 300, at + AT_MS(i));
            }
        }
    }
}

/* Its answer is left unread, and the next request dials. */
static const char *told_beside(beside what)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    open_beside(t, what, AT_MS(10));
    trace_request(c, AT_MS(100), .user_agent = GO);
    trace_answer(c, AT_MS(101), .body = 20000);
    trace_close(c, CLIENT, AT_MS(102));
    trace_connection *next = trace_open(t, AT_MS(110));
    trace_request(next, AT_MS(111), .user_agent = GO);
    trace_answer(next, AT_MS(112));

    return hr_close_cause_token(trace_ending(c)->cause);
}

/* A full pool drops one, too: what else was in it has to be known. */
static void an_answer_left_beside_what_nobody_saw(void)
{
    g_assert_cmpstr(told_beside(NOTHING), ==, "body-undrained");
    g_assert_cmpstr(told_beside(UNUSED), ==, "body-undrained");
    g_assert_cmpstr(told_beside(OF_ANOTHER_NAME), ==, "body-undrained");
    g_assert_cmpstr(told_beside(UNNAMED_TLS), ==, "client-close");
}

/* ... also in the clear, where that may have been HTTP as well. */
static void an_answer_left_beside_what_nobody_heard(void)
{
    g_assert_cmpstr(told_beside(UNNAMED_CLEAR), ==, "client-close");
}

typedef enum {
    KNOWN,       /* all that was asked and answered is there */
    UNREAD,      /* of its records one is missing */
    END_UNSEEN,  /* an answer whose end may be missing, and another one after it */
    UNSEEN_ASKED /* an answer whose request is missing */
} sibling;

/* The same beside one of the same pool key. */
static const char *told_beside_sibling(sibling what)
{
    g_autoptr(trace) t = trace_new();
    const bool is_tls = what == UNREAD;
    trace_connection *c =
        is_tls ? tls_open(t, AT_MS(0), .has_keys = true) : trace_open(t, AT_MS(0));
    trace_connection *other =
        is_tls ? tls_open(t, AT_MS(10), .has_keys = true) : trace_open(t, AT_MS(10));
    trace_request(other, AT_MS(20), .user_agent = GO);
    if (what == END_UNSEEN) {
        trace_begin_answer(other, AT_MS(21), .is_until_close = true, .body = 3000, .rest = 2000);
        trace_lose(other, SERVER, 1000);
        trace_data(other, SERVER, 1000, AT_MS(22));
        trace_ack(other, CLIENT, AT_MS(23));
        trace_request(other, AT_MS(30), .user_agent = GO);
    }
    trace_answer(other, AT_MS(31));
    trace_ack(other, CLIENT, AT_MS(32));
    if (what == UNSEEN_ASKED) {
        trace_answer_alone(other, AT_MS(40));
    }
    if (what == UNREAD) {
        trace_lose(other, SERVER, 100);
        trace_ack(other, CLIENT, AT_MS(40));
    }
    trace_request(c, AT_MS(300), .user_agent = GO);
    trace_answer(c, AT_MS(301), .body = 20000);
    trace_close(c, CLIENT, AT_MS(302));
    trace_connection *next =
        is_tls ? tls_open(t, AT_MS(310), .has_keys = true) : trace_open(t, AT_MS(310));
    trace_request(next, AT_MS(321), .user_agent = GO);
    trace_answer(next, AT_MS(322));

    return hr_close_cause_token(trace_ending(c)->cause);
}

static void an_answer_left_beside_a_sibling(void)
{
    g_assert_cmpstr(told_beside_sibling(KNOWN), ==, "body-undrained");
    g_assert_cmpstr(told_beside_sibling(UNREAD), ==, "client-close");
    g_assert_cmpstr(told_beside_sibling(END_UNSEEN), ==, "client-close");
    g_assert_cmpstr(told_beside_sibling(UNSEEN_ASKED), ==, "client-close");
}

/* ... nor is an answer of its own before, whose end may be missing. */
static void an_answer_left_behind_one_in_doubt(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(20), .user_agent = GO);
    trace_begin_answer(c, AT_MS(21), .is_until_close = true, .body = 3000, .rest = 2000);
    trace_lose(c, SERVER, 1000);
    trace_data(c, SERVER, 1000, AT_MS(22));
    trace_ack(c, CLIENT, AT_MS(23));
    trace_request(c, AT_MS(100), .user_agent = GO, .target = "/other");
    trace_answer(c, AT_MS(101), .body = 20000);
    trace_ack(c, CLIENT, AT_MS(101));
    trace_close(c, CLIENT, AT_MS(102));
    trace_connection *next = trace_open(t, AT_MS(110));
    trace_request(next, AT_MS(111), .user_agent = GO);
    trace_answer(next, AT_MS(112));

    g_assert_cmpint(c->model->first_request->complete, ==, HR_COMPLETE_UNKNOWN);
    assert_cause(c, "body-undrained");
}

/* A server asks its client to go for an error, and that stays, asks once more, and closes as late as
 * another is closed by the server: that is one end of the server's, and no two. */
static void rest_that_the_client_ended(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *by_client = h2_open_used(t, AT_S(0));
    trace_connection *by_server = h2_open_used(t, AT_S(0) + AT_MS(100));
    h2_goaway(by_client, SERVER, 1, H2_ENHANCE_YOUR_CALM, AT_S(2));
    h2_ask(by_client, 3, AT_S(2) + AT_MS(100));
    trace_close(by_client, CLIENT, AT_S(13) + AT_MS(11));
    trace_close(by_server, SERVER, AT_S(13) + AT_MS(160));
    h2_exchange(h2_open(t, AT_S(20)), 1, AT_S(20) + AT_MS(10), AT_S(20) + AT_MS(11));

    assert_cause(by_server, "server-close");
}

/* What is missing of the connection itself is not beside it. */
static void an_answer_left_behind_what_nobody_saw(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer_alone(c, AT_MS(10));
    trace_request(c, AT_MS(100), .user_agent = GO, .host = "");
    trace_answer(c, AT_MS(101), .body = 20000);
    trace_ack(c, CLIENT, AT_MS(101));
    trace_close(c, CLIENT, AT_MS(102));
    trace_connection *next = trace_open(t, AT_MS(110));
    trace_request(next, AT_MS(111), .user_agent = GO, .host = "");
    trace_answer(next, AT_MS(112));

    assert_cause(c, "body-undrained");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/facts/programs", programs_that_speak_h2_need_one_each);
    g_test_add_func("/facts/order/origins", origins_stand_by_what_was_opened_first);
    g_test_add_func("/facts/order/first", what_says_nothing_stands_with_the_first);
    g_test_add_func("/facts/order/connections", connections_stand_by_their_opening);
    g_test_add_func("/facts/lost/beside", an_answer_left_beside_what_nobody_saw);
    g_test_add_func("/facts/lost/clear", an_answer_left_beside_what_nobody_heard);
    g_test_add_func("/facts/incomplete/beside", an_answer_left_beside_a_sibling);
    g_test_add_func("/facts/incomplete/own", an_answer_left_behind_one_in_doubt);
    g_test_add_func("/facts/rest/client", rest_that_the_client_ended);
    g_test_add_func("/facts/lost/own", an_answer_left_behind_what_nobody_saw);
    return g_test_run();
}
