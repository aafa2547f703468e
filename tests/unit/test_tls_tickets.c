/* test_tls_tickets.c
 * A full handshake is told of only where the client had got something to resume by.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* Two full handshakes of TLS 1.2, the first one's server giving an id to resume by, or none. */
static void what_was_given(void)
{
    static const struct {
        const char *session_id;
        bool gives_ticket;
        size_t found;
    } rows[] = {{NULL, false, 0}, {"s1", false, 1}, {NULL, true, 1}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one =
            tls_open(t, AT_S(1), .is_12 = true, .has_keys = true,
                     .new_session_id = rows[i].session_id, .gives_ticket = rows[i].gives_ticket);
        trace_exchange(one, AT_S(2), AT_S(3));
        trace_close(one, SERVER, AT_S(4));
        trace_connection *two = tls_open(t, AT_S(5), .is_12 = true, .has_keys = true);
        trace_exchange(two, AT_S(6), AT_S(7));

        g_assert_cmpuint(trace_found(t, HR_FINDING_FULL_HANDSHAKE), ==, rows[i].found);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/tickets/given", what_was_given);
    return g_test_run();
}
