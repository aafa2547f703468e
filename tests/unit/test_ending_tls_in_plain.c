/* test_ending_tls_in_plain.c
 * https:// for a port that speaks HTTP: a ClientHello, and an error in the
 * clear. It is a setup that failed only where nothing else can have been said
 * before, or in what was cut off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

typedef enum {
    IN_PLAIN,
    CUT_HELLO,     /* the snap length left its begin only */
    CUT_ANSWER,    /* ... of what the server said first */
    OPENED_BEFORE, /* before the capture */
    ASKED_BEFORE,  /* in the clear */
    ASKED_LATER,   /* ... and behind it */
    LEFT_OPEN,     /* to the end of the capture */
} story;

static trace_connection *speak(trace *t, story what)
{
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 5000);

    if (what != OPENED_BEFORE) {
        trace_syn(c, AT_MS(0));
        trace_syn_ack(c, AT_MS(1));
        trace_ack(c, CLIENT, AT_MS(1));
    }
    if (what == ASKED_BEFORE) {
        trace_exchange(c, AT_MS(2), AT_MS(3));
    }
    if (what == CUT_HELLO) {
        trace_cut_data(c, CLIENT, 200, AT_MS(4));
    }
    if (what == CUT_ANSWER) {
        trace_cut_data(c, SERVER, 200, AT_MS(4));
    }
    trace_begin_segment(c, CLIENT, HR_TCP_ACK, 200, AT_MS(5));
    hr_tls_hello_hidden(trace_model(t), c->model);
    trace_end_segment(c);
    trace_answer(c, AT_MS(6), .code = 400, .connection = "close");
    if (what == ASKED_LATER) {
        trace_exchange(c, AT_US(6100), AT_US(6200));
    }
    if (what != LEFT_OPEN) {
        trace_close(c, SERVER, AT_MS(7));
    }
    trace_exchange(trace_open_to(t, "10.0.0.80", 5000, AT_S(1)), AT_S(2), AT_S(3));
    return c;
}

/* Where something is cut off, or was before the capture, its client may have
 * asked, and said close: then it is known who closed, and no more. */
static void only_where_nothing_else_was_said(void)
{
    static const struct {
        story what;
        const char *cause;
    } rows[] = {
        {IN_PLAIN, "setup-failed"},           {CUT_HELLO, "server-close"},
        {CUT_ANSWER, "server-close"},         {OPENED_BEFORE, "server-close"},
        {ASKED_BEFORE, "server-error-close"}, {ASKED_LATER, "server-error-close"},
        {LEFT_OPEN, "open-at-end"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(speak(t, rows[i].what), rows[i].cause);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/tls-in-plain/rows", only_where_nothing_else_was_said);
    return g_test_run();
}
