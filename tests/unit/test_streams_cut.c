/* test_streams_cut.c
 * A connection with several streams that its server ends: what the oldest of them lost says why it
 * ended, and each of the others lost something of its own. DESIGN section 6: no loss is silent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_quic.h"

typedef struct {
    trace_connection *c;
    hr_request *cut, *unanswered;
} streams;

/* Of two streams, one has the head of its answer, and one nothing, when the server ends all. */
static streams begun(trace *t, bool is_cut_first)
{
    streams it = {.c = h2_open(t, AT_MS(0))};
    h2_exchange(it.c, 1, AT_MS(10), AT_MS(11));
    hr_request *older = h2_ask(it.c, 3, AT_MS(20));
    hr_request *newer = h2_ask(it.c, 5, AT_MS(21));
    trace_ack(it.c, SERVER, AT_MS(22));
    h2_answer(it.c, is_cut_first ? 3 : 5, AT_MS(23), .is_cut = true);
    trace_ack(it.c, CLIENT, AT_MS(24));
    it.cut = is_cut_first ? older : newer;
    it.unanswered = is_cut_first ? newer : older;
    return it;
}

static void assert_lost(trace *t, const streams *it, bool is_unanswered_told)
{
    trace_analysis(t);
    g_assert_true(hr_finding_set_has(it->cut->findings, HR_FINDING_ANSWER_CUT));
    g_assert_false(hr_finding_set_has(it->cut->findings, HR_FINDING_REQUEST_ABORTED));
    g_assert_false(hr_finding_set_has(it->unanswered->findings, HR_FINDING_ANSWER_CUT));
    g_assert_true(hr_finding_set_has(it->unanswered->findings, HR_FINDING_REQUEST_ABORTED) ==
                  is_unanswered_told);
    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 1);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, is_unanswered_told);
}

static void each_is_told_once(void)
{
    for (int is_cut_first = 0; is_cut_first < 2; is_cut_first++) {
        g_autoptr(trace) t = trace_new();
        const streams it = begun(t, is_cut_first);
        trace_rst(it.c, SERVER, AT_S(3));

        assert_lost(t, &it, true);
        assert_cause(it.c, is_cut_first ? "server-close" : "request-aborted");
        const hr_fix *fix = trace_fix(t, is_cut_first ? "keep_open" : "mend_server");
        g_assert_cmpuint(fix->findings, ==, 2);
    }
}

/* The server had said that it leaves, and its shutdown does not wait. */
static void behind_a_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    const streams it = begun(t, true);
    h2_goaway(it.c, SERVER, 5, H2_NO_ERROR, AT_MS(30));
    trace_rst(it.c, SERVER, AT_S(3));

    assert_lost(t, &it, true);
}

/* What it leaves out may be asked again without harm: it was not taken. */
static void left_out_by_a_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    const streams it = begun(t, true);
    h2_goaway(it.c, SERVER, 3, H2_NO_ERROR, AT_MS(30));
    trace_rst(it.c, SERVER, AT_S(3));

    assert_lost(t, &it, false);
}

static void not_acknowledged(void)
{
    g_autoptr(trace) t = trace_new();
    streams it = begun(t, true);
    it.c->is_deaf[SERVER] = true;
    const hr_request *late = h2_ask(it.c, 7, AT_MS(30));
    trace_fin(it.c, SERVER, AT_S(3));

    assert_lost(t, &it, true);
    g_assert_false(hr_finding_set_has(late->findings, HR_FINDING_REQUEST_ABORTED));
}

static void by_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    const streams it = begun(t, true);
    trace_close(it.c, CLIENT, AT_S(3));
    trace_analysis(t);

    g_assert_false(hr_finding_set_has(it.cut->findings, HR_FINDING_ANSWER_CUT));
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* Its client had cancelled it before. */
static void cancelled_before(void)
{
    g_autoptr(trace) t = trace_new();
    const streams it = begun(t, true);
    h2_reset(it.c, CLIENT, 5, AT_MS(30));
    trace_rst(it.c, SERVER, AT_S(3));

    assert_lost(t, &it, false);
}

/* Something of the server's is not in the capture: it may have been a GOAWAY that leaves all out. */
static void behind_what_was_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_exchange(c, 1, AT_MS(10), AT_MS(11));
    trace_lose(c, SERVER, 40);
    trace_ack(c, CLIENT, AT_MS(15));
    h2_ask(c, 3, AT_MS(20));
    h2_ask(c, 5, AT_MS(21));
    trace_ack(c, SERVER, AT_MS(22));
    trace_rst(c, SERVER, AT_S(3));
    trace_analysis(t);

    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* Both were asked for as the server's timeout of 5 s had ended it: it reads neither. */
static void two_at_the_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_exchange(c, 1, AT_MS(10), AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(11));
    h2_ask(c, 3, AT_S(5) + AT_MS(11));
    h2_ask(c, 5, AT_S(5) + AT_MS(11) + AT_US(10));
    trace_rst(c, SERVER, AT_S(5) + AT_MS(11) + AT_US(150));

    assert_cause(c, "stale-race");
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* The server closes, and goes on to acknowledge: what is asked for after its FIN it does not take, be
 * that in the capture or known by its acknowledgement only. */
static void asked_behind_its_fin(void)
{
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        g_autoptr(trace) t = trace_new();
        const streams it = begun(t, true);
        if (is_seen) {
            trace_fin(it.c, SERVER, AT_MS(500));
        } else {
            trace_lose_fin(it.c, SERVER);
        }
        trace_ack(it.c, CLIENT, AT_MS(500));
        const hr_request *late = h2_ask(it.c, 7, AT_MS(501));
        trace_ack(it.c, SERVER, AT_MS(502));
        trace_rst(it.c, SERVER, AT_MS(503));

        assert_lost(t, &it, true);
        g_assert_false(hr_finding_set_has(late->findings, HR_FINDING_REQUEST_ABORTED));
    }
}

/* A third one was sent in vain, again and again, before the reset came: the path had been dead. */
static void behind_a_dead_path(void)
{
    g_autoptr(trace) t = trace_new();
    const streams it = begun(t, false);
    it.c->is_deaf[SERVER] = true;
    h2_ask(it.c, 7, AT_S(1));
    for (int i = 1; i <= 5; i++) {
        trace_resend(it.c, CLIENT, AT_S(1) + AT_MS(200 << i));
    }
    trace_rst(it.c, SERVER, AT_S(60));

    assert_cause(it.c, "idle-dropped");
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* The first stream of HTTP/3 has the number 0 (RFC 9000 section 2.1). */
static void first_stream_of_http3(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 4, AT_MS(30)); /* it overtook the other one */
    quic_ask(t, c, 0, AT_MS(31));
    quic_stream(t, c, SERVER, 4, false, AT_MS(35));
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_S(3));
    trace_analysis(t);

    g_assert_true(hr_finding_set_has(c->last_request->findings, HR_FINDING_REQUEST_ABORTED));
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 1);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/streams-cut/each", each_is_told_once);
    g_test_add_func("/streams-cut/goaway", behind_a_goaway);
    g_test_add_func("/streams-cut/left-out", left_out_by_a_goaway);
    g_test_add_func("/streams-cut/untaken", not_acknowledged);
    g_test_add_func("/streams-cut/cancelled", cancelled_before);
    g_test_add_func("/streams-cut/lost", behind_what_was_lost);
    g_test_add_func("/streams-cut/timeout", two_at_the_timeout);
    g_test_add_func("/streams-cut/behind-fin", asked_behind_its_fin);
    g_test_add_func("/streams-cut/dead", behind_a_dead_path);
    g_test_add_func("/streams-cut/http3", first_stream_of_http3);
    g_test_add_func("/streams-cut/client", by_its_client);
    return g_test_run();
}
