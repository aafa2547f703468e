/* test_selected.c
 * One client or server of a capture: by its address, with or without its port, by a name; and what is told
 * of it alone, as if the others were not there. Findings stand in the order of their frames, and anew as
 * more of the capture is seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

#define IPV6_CLIENT "2001:db8::7"
#define IPV6_SERVER "2001:db8::80"

static void call(trace_connection *c, const char *host, int64_t at)
{
    trace_request(c, at, .host = host);
    trace_answer(c, at + AT_MS(1));
}

/* Two origins, and something that is no HTTP. */
static void tell(trace *t)
{
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open_between(t, IPV6_CLIENT, IPV6_SERVER, 8080, AT_MS(1));
    trace_connection *other = trace_open_to(t, "10.0.0.99", 9999, AT_MS(2));
    trace_cut_data(other, CLIENT, 30, AT_MS(3));
    trace_data(other, SERVER, 30, AT_MS(4));
    call(one, "a.example", AT_MS(10));
    call(two, "b.example", AT_MS(20));
    trace_close(two, CLIENT, AT_MS(22));
    call(one, "a.example", AT_MS(30));
    trace_close(one, CLIENT, AT_MS(32));
}

static void by_what_it_is_called(void)
{
    static const struct {
        const char *who;
        uint32_t requests;
    } rows[] = {
        {"10.0.0.80", 2},
        {"10.0.0.80:80", 2},
        {"A.EXAMPLE", 2},
        {"a.example:80", 2},
        {"10.0.0.1", 2},
        {IPV6_SERVER, 1},
        {"[" IPV6_SERVER "]:8080", 1},
        {IPV6_SERVER ":8080", 0},
        {"b.example:8080", 1},
        {"b.example", 1},
        {IPV6_CLIENT, 1},
        {"10.0.0.80:8080", 0},
        {"c.example", 0},
        {"10.0.0.99", 0},
    };
    g_autoptr(trace) t = trace_new();
    tell(t);
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 3);
    g_assert_cmpuint(trace_totals(t)->other_connections, ==, 1);
    g_assert_cmpuint(trace_totals(t)->cut_connections, ==, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        hr_analysis *part = hr_analysis_select(trace_analysis(t), rows[i].who);
        const hr_totals *totals = hr_analysis_totals(part);
        const uint32_t found = rows[i].requests > 0 ? 1 : 0;
        g_assert_cmpuint(totals->sums.requests, ==, rows[i].requests);
        g_assert_cmpuint(totals->findings[HR_FINDING_NEW_CONNECTION], ==, found);
        g_assert_cmpuint(totals->findings[HR_FINDING_CLOSED_AFTER_ANSWER], ==, found);
        g_assert_cmpuint(totals->other_connections, ==, 0);
        g_assert_cmpuint(totals->cut_connections, ==, 0);
        hr_analysis_free(part);
    }
}

/* Connections that overlap: what is found of the later one stands between that of the first. */
static void findings_in_the_order_of_frames(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t);
    const hr_analysis *analysis = trace_analysis(t);
    uint32_t before = 0;

    g_assert_cmpuint(hr_analysis_finding_count(analysis), >=, 4);
    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        g_assert_cmpuint(finding.frame, >=, before);
        before = finding.frame;
    }
}

/* Go closes right after an answer, which may be many things; and dials for its next call, which shows a
 * body that was left. */
static void findings_that_more_of_the_capture_changes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_get_body(t, "Go-http-client/1.1", 300, AT_MS(0));
    trace_close(c, CLIENT, AT_MS(3));
    trace_analysis(t);
    g_assert_true(hr_finding_set_has(c->model->findings, HR_FINDING_CLOSED_AFTER_ANSWER));

    trace_get_body(t, "Go-http-client/1.1", 300, AT_S(1));
    trace_analysis(t);
    g_assert_true(hr_finding_set_has(c->model->findings, HR_FINDING_BODY_UNDRAINED));
    g_assert_false(hr_finding_set_has(c->model->findings, HR_FINDING_CLOSED_AFTER_ANSWER));
}

/* Two answers in one segment: of one frame they stand in the order of the table, then as they were
 * asked. */
static void findings_of_one_frame(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_hold(c);
    trace_answer(c, AT_MS(10), .code = 421);
    trace_answer(c, AT_MS(10), .code = 421, .connection = "close");
    trace_release(c);
    const uint32_t frame = trace_frame(t);
    trace_close(c, SERVER, AT_MS(11));

    static const hr_finding_code expected[] = {HR_FINDING_CLOSE_ANNOUNCED, HR_FINDING_MISDIRECTED,
                                               HR_FINDING_MISDIRECTED};
    const hr_analysis *analysis = trace_analysis(t);
    const hr_request *before = NULL;
    size_t count = 0;
    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        if (finding.frame == frame) {
            g_assert_true(count < G_N_ELEMENTS(expected) && finding.code == expected[count]);
            g_assert_true(count < 2 || before->id < finding.request->id);
            before = finding.request;
            count++;
        }
    }
    g_assert_cmpuint(count, ==, G_N_ELEMENTS(expected));
}

/* What keeps a connection of another protocol alive is nobody's here. */
static void probes_of_what_is_no_http(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open_to(t, "10.0.0.99", 9999, AT_MS(0));
    trace_data(other, CLIENT, 30, AT_MS(3));
    trace_data(other, SERVER, 30, AT_MS(4));
    trace_ack(other, CLIENT, AT_MS(5));
    trace_exchange(trace_open(t, AT_S(1)), AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
    trace_probe(other, CLIENT, AT_S(31));
    trace_ack(other, SERVER, AT_S(31));

    g_assert_cmpuint(hr_model_probe_count(trace_model(t)), >, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_KEEP_ALIVE_PROBE), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/selected/who", by_what_it_is_called);
    g_test_add_func("/selected/order", findings_in_the_order_of_frames);
    g_test_add_func("/selected/anew", findings_that_more_of_the_capture_changes);
    g_test_add_func("/selected/one-frame", findings_of_one_frame);
    g_test_add_func("/selected/probes", probes_of_what_is_no_http);
    return g_test_run();
}
