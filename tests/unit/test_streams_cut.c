/* test_streams_cut.c
 * A connection with several streams that its server ends: what the oldest of them lost says why it
 * ended, and each of the others lost something of its own. DESIGN section 6: no loss is silent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"

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

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/streams-cut/each", each_is_told_once);
    g_test_add_func("/streams-cut/goaway", behind_a_goaway);
    g_test_add_func("/streams-cut/left-out", left_out_by_a_goaway);
    g_test_add_func("/streams-cut/untaken", not_acknowledged);
    g_test_add_func("/streams-cut/client", by_its_client);
    return g_test_run();
}
