/* test_tls_end_gap.c
 * Who closed a connection of TLS that nobody can read, where segments are missing: a last record as
 * short as an alert tells it only of a side all of whose records were seen. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

typedef enum {
    ALL_THERE,
    CLIENT_LOST, /* a record of the client, before that */
    SERVER_LOST, /* of the server, before an answer that is there */
    LAST_LOST,   /* the server's last one */
} story;

/* The client's last record is as short as an alert; then the server's FIN comes first. */
static trace_connection *say_farewell(trace *t, story what)
{
    trace_connection *c = tls_open(t, AT_MS(0), .offers = "http/1.1");

    tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
    if (what == CLIENT_LOST) {
        trace_lose(c, CLIENT, 300);
        trace_ack(c, SERVER, AT_MS(30));
    }
    if (what == SERVER_LOST) {
        trace_lose(c, SERVER, 300);
        trace_ack(c, CLIENT, AT_MS(30));
    }
    tls_hidden_exchange(c, AT_MS(40), AT_MS(50));
    if (what == LAST_LOST) {
        trace_lose(c, SERVER, 24);
    }
    tls_hidden_alert_13(c, CLIENT, AT_S(2));
    trace_fin(c, SERVER, AT_S(2) + AT_MS(1));
    trace_fin(c, CLIENT, AT_S(2) + AT_MS(2));
    trace_connection *next = tls_open(t, AT_S(9), .offers = "http/1.1");
    tls_hidden_exchange(next, AT_S(10), AT_S(11));
    return c;
}

static void by_a_short_record(void)
{
    static const struct {
        story what;
        const char *cause;
    } rows[] = {
        {ALL_THERE, "client-close"},
        {CLIENT_LOST, "unknown"},
        {SERVER_LOST, "client-close"},
        {LAST_LOST, "unknown"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(say_farewell(t, rows[i].what), rows[i].cause);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/end-gap/short-record", by_a_short_record);
    return g_test_run();
}
