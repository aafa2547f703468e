/* test_one_way_tls.c
 * TLS of which only the client's packets were captured: there is no ServerHello.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_tls.h"

enum {
    FLIGHT_OF_SERVER = 900,
    ANSWER = 420
};

/* The server's FIN came, of which the client's tells, and before it the client may have said that it
 * closes, with @say_close. */
static trace_connection *client_alone(trace *t, bool is_12,
                                      void (*say_close)(trace_connection *c, trace_side from,
                                                        int64_t at))
{
    const tls_kind how = {.port = 443, .is_12 = is_12};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);

    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    tls_client_hello(c, AT_MS(2), &how);
    trace_lose(c, SERVER, FLIGHT_OF_SERVER);
    tls_client_finished(c, AT_MS(4), &how);
    tls_data(c, CLIENT, 200, AT_MS(5));
    trace_lose(c, SERVER, ANSWER);
    trace_ack(c, CLIENT, AT_MS(8));
    if (say_close != NULL) {
        say_close(c, CLIENT, AT_MS(9));
    }
    trace_lose_fin(c, SERVER);
    trace_fin(c, CLIENT, AT_MS(10));
    return c;
}

/* The server's FIN answered that, or came after words of its own: nobody knows. */
static void client_said_that_it_closes(void)
{
    g_autoptr(trace) of_13 = trace_new();
    g_autoptr(trace) of_12 = trace_new();

    assert_closed_by(client_alone(of_13, false, tls_hidden_alert_13), NULL);
    assert_closed_by(client_alone(of_12, true, tls_hidden_alert_12), NULL);
}

static void client_said_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = client_alone(t, false, NULL);

    assert_closed_by(c, "server");
}

/* An alert before any data is none of an established connection: it is in the clear, or it ends the
 * handshake. */
static void alert_instead_of_finished(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);

    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    tls_client_hello(c, AT_MS(2), &how);
    trace_lose(c, SERVER, FLIGHT_OF_SERVER);
    tls_hidden_alert_12(c, CLIENT, AT_MS(4));
    trace_fin(c, CLIENT, AT_MS(5));

    g_assert_cmpuint(c->model->seldom->tls->close_notify.frame, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/one-way-tls/said", client_said_that_it_closes);
    g_test_add_func("/one-way-tls/not-said", client_said_nothing);
    g_test_add_func("/one-way-tls/handshake", alert_instead_of_finished);
    return g_test_run();
}
