/* test_hidden_lengths.c
 * HTTP/2 that nobody can read: which lengths of a record out of rest may be a GOAWAY, in which TLS, and which
 * answer of the client's is none of a request. RFC 9113 §6.5, §6.7, §6.8; RFC 5246 §6.2.3.3, RFC 8446 §5.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

enum {
    GOAWAY = 17, /* a frame of HTTP/2; as long as a PING */
    ACK = 9,
    TAG = 16
};

/* With an exchange, from 10 to 20 ms after @at. */
static trace_connection *open_used(trace *t, bool is_12, const char *protocol, int64_t at)
{
    const char *offers = protocol, *agrees = is_12 ? protocol : NULL;
    const tls_kind how = {
        .port = 443, .is_12 = is_12, .offers = is_12 ? "h2,http/1.1" : offers, .agrees = agrees};
    trace_connection *c = tls_open_with(t, at, &how);

    tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(20));
    return c;
}

/* The server's record out of a rest of two seconds. */
static void what_may_be_a_farewell(void)
{
    static const struct {
        bool is_12;
        const char *protocol;
        uint32_t length;
        bool may_be;
    } rows[] = {
        {false, "h2", GOAWAY + 1 + TAG, true},          {false, "h2", GOAWAY + TAG, false},
        {false, "h2", GOAWAY + 8 + TAG, true},     /* it says "timeout" behind it */
        {false, "h2", GOAWAY + 8 + 1 + TAG, true}, /* "max_idle" */
        {false, "h2", GOAWAY + 9 + 1 + TAG, false},     {true, "h2", GOAWAY + TAG, true},
        {true, "h2", GOAWAY + 8 + TAG, true}, /* a nonce goes before it */
        {true, "h2", GOAWAY + 1 + TAG, false},          {true, "h2", GOAWAY + 7 + 8 + TAG, true},
        {true, "h2", GOAWAY + 8 + 8 + TAG, true},       {true, "http/1.1", GOAWAY + TAG, false},
        {true, "http/1.1", GOAWAY + 8 + 8 + TAG, false}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_used(t, rows[i].is_12, rows[i].protocol, AT_MS(0));
        tls_data(c, SERVER, rows[i].length, AT_MS(2020));

        g_assert_true((c->model->seldom->tls->farewell.frame != 0) == rows[i].may_be);
    }
}

/* Of two the first counts, unless much time is between them; what answers a client's FIN is none. */
static void the_first_of_two(void)
{
    for (int is_late = 0; is_late <= 1; is_late++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_used(t, true, "h2", AT_MS(0));
        tls_data(c, SERVER, GOAWAY + TAG, AT_S(2));
        const uint32_t first = trace_frame(t);
        tls_data(c, SERVER, GOAWAY + TAG, is_late ? AT_S(9) : AT_S(8));

        g_assert_cmpuint(c->model->seldom->tls->farewell.frame, ==,
                         is_late ? trace_frame(t) : first);
    }

    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, true, "h2", AT_MS(0));
    trace_fin(c, CLIENT, AT_S(2));
    tls_data(c, SERVER, GOAWAY + TAG, AT_S(2) + AT_MS(1));
    g_assert_cmpuint(c->model->seldom->tls->farewell.frame, ==, 0);
}

/* Whether the connection is still at rest when the client's record of @length came so long after one that
 * the server had sent out of rest. */
static bool is_at_rest_with(const char *protocol, uint32_t said, uint32_t length, int64_t after)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, false, protocol, AT_MS(0));
    if (said > 0) {
        tls_data(c, SERVER, said, AT_S(2));
    }
    tls_data(c, CLIENT, length, AT_S(2) + after);
    return c->model->seldom->tls->is_answered;
}

/* A PING is answered at once; SETTINGS are acknowledged. All else asks for something. */
static void what_is_no_request(void)
{
    const uint32_t ping = GOAWAY + 1 + TAG;

    g_assert_true(is_at_rest_with("h2", ping, ping, AT_MS(1)));
    g_assert_true(is_at_rest_with("h2", 0, ACK + 1 + TAG, AT_MS(1)));
    g_assert_false(is_at_rest_with("h2", 0, ping, AT_MS(1)));
    g_assert_false(is_at_rest_with("h2", ping, ping, AT_MS(500)));
    g_assert_false(is_at_rest_with("h2", ping, ping + 1, AT_MS(1)));
    g_assert_false(is_at_rest_with("http/1.1", 0, ACK + 1 + TAG, AT_MS(1)));
    g_assert_false(is_at_rest_with("http/1.1", ping, ping, AT_MS(1)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hidden_lengths/farewell", what_may_be_a_farewell);
    g_test_add_func("/hidden_lengths/farewell/two", the_first_of_two);
    g_test_add_func("/hidden_lengths/beside", what_is_no_request);
    return g_test_run();
}
