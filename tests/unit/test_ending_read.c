/* test_ending_read.c
 * Ends by the client that look as if it had left an answer unread, and of which something tells
 * that it had not, or that nobody knows. DESIGN section 5, body-undrained: (b) the kernel resets for
 * what is left in it; of a FIN that a client like this sends it had nothing left.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

#define GO "Go-http-client/1.1"
#define LIBRARY "python-requests/2.31"
#define LOAD "loadgen/1.0"

/* A library that shuts its socket down, and closes it with bytes in it: so the kernel's reset. */
static trace_connection *get_and_shut_down(trace *t, uint32_t body, int64_t at)
{
    trace_connection *c = trace_get_body(t, LIBRARY, body, at);

    trace_fin(c, CLIENT, at + AT_MS(3));
    trace_rst(c, CLIENT, at + AT_US(3100));
    return c;
}

/* ---- its FIN, and what comes or does not come after it ---- */

/* Its server keeps its side open to the end of the capture, and no reset says that bytes were left. */
static void half_closed_to_the_end(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_get_body(t, LIBRARY, 9000, AT_S(1));
        trace_fin(c, CLIENT, AT_S(1) + AT_MS(3));
        if (is_reset) {
            trace_rst(c, CLIENT, AT_S(1) + AT_US(3100));
        }
        trace_get_body(t, LIBRARY, 300, AT_S(5));

        assert_cause(c, is_reset ? "body-undrained" : "client-close");
    }
}

/* The server resets it in between: then nobody is there whose bytes could be left. */
static void reset_by_its_server_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_get_body(t, LIBRARY, 9000, AT_S(1));
    trace_fin(c, CLIENT, AT_S(1) + AT_MS(3));
    trace_rst(c, SERVER, AT_S(1) + AT_US(3050));
    trace_rst(c, CLIENT, AT_S(1) + AT_US(3100));
    trace_get_body(t, LIBRARY, 300, AT_S(5));

    assert_cause(c, "client-close");
}

/* ---- what the same client did before tells of a FIN alone ---- */

typedef enum {
    SHUT_DOWN,  /* by FIN and reset, right after the answer */
    RESET_ONLY, /* by a reset alone */
    CUT_OFF,    /* by a FIN in the middle of the answer */
} way;

static void left_one(trace *t, way how)
{
    if (how == SHUT_DOWN) {
        get_and_shut_down(t, 9000, AT_S(1));
    } else if (how == RESET_ONLY) {
        trace_get_body_and_reset(t, LIBRARY, 9000, AT_S(1));
    } else {
        trace_connection *c = trace_open(t, AT_S(1));
        trace_request(c, AT_S(1) + AT_MS(1), .user_agent = LIBRARY);
        trace_answer(c, AT_S(1) + AT_MS(2), .body = 90000, .rest = 80000);
        trace_fin(c, CLIENT, AT_S(1) + AT_MS(3));
    }
}

/* Who shuts down first sends a FIN for what it leaves, where the rest of it comes too late for a
 * reset; who resets, or cuts an answer off, does not. A small answer is read along with its head. */
static void a_fin_of_who_shuts_down_first(void)
{
    static const struct {
        way how;
        uint32_t body;
        const char *cause;
    } rows[] = {
        {SHUT_DOWN, 9000, "body-undrained"},
        {SHUT_DOWN, 300, "client-close"},
        {RESET_ONLY, 9000, "client-close"},
        {CUT_OFF, 9000, "client-close"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        left_one(t, rows[i].how);
        trace_connection *c = trace_get_body(t, LIBRARY, rows[i].body, AT_S(2));
        trace_close(c, CLIENT, AT_S(2) + AT_MS(3));
        trace_get_body(t, LIBRARY, 300, AT_S(5));

        assert_cause(c, rows[i].cause);
    }
}

/* ---- the same was asked for before, and read ---- */

/* Two exchanges on one connection, closed right after the second; then another one is opened. */
static trace_connection *ask_twice(trace *t, trace_message one, trace_message other)
{
    trace_connection *c = trace_open(t, AT_S(1));

    one.at = AT_S(1) + AT_MS(1);
    one.user_agent = other.user_agent = GO;
    trace_request_with(c, one);
    trace_answer(c, AT_S(1) + AT_MS(2));
    other.at = AT_S(1) + AT_MS(3);
    trace_request_with(c, other);
    trace_answer(c, AT_S(1) + AT_MS(4));
    trace_close(c, CLIENT, AT_S(1) + AT_MS(5));
    trace_get_body(t, GO, 300, AT_S(5));
    return c;
}

/* Another method is another line of code, whatever the path. */
static void another_method_was_read(void)
{
    const trace_message read = {.method = "GET"};
    const trace_message posted = {.method = "POST", .body = 20};
    g_autoptr(trace) same = trace_new();
    g_autoptr(trace) other = trace_new();

    trace_connection *read_before = ask_twice(same, read, read);
    trace_connection *posted_before = ask_twice(other, posted, read);

    assert_cause(read_before, "client-close");
    assert_cause(posted_before, "body-undrained");
}

/* ---- resets that are a habit ---- */

static void go_on(trace *t)
{
    trace_get_body(t, LOAD, 300, AT_S(9));
}

/* A FIN of its own, without the server's, is no reset. */
static void a_fin_alone_is_no_habit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_fin(trace_get_body(t, LOAD, 300, AT_S(1)), CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t);

    assert_cause(large, "body-undrained");
}

/* Given up, as its answer was on its way. */
static void a_cancel_is_no_habit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *cancelled = trace_open(t, AT_S(1));
    trace_request(cancelled, AT_S(1) + AT_MS(1), .user_agent = LOAD);
    trace_rst(cancelled, CLIENT, AT_S(1) + AT_MS(3));
    trace_answer(cancelled, AT_S(1) + AT_US(3100));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t);

    assert_cause(cancelled, "request-cancelled");
    assert_cause(large, "body-undrained");
}

/* ---- one idle beside another that was opened, and reset later ---- */

typedef enum {
    PLAIN,
    IN_TLS,
    HTTP2,
} carrier;

static trace_connection *idle_over(trace *t, carrier how, uint32_t body)
{
    if (how == HTTP2) {
        trace_connection *c = h2_open_plain(t, AT_S(2), 100);
        h2_ask(c, 1, AT_S(2) + AT_MS(10));
        h2_answer(c, 1, AT_S(2) + AT_MS(11), .is_cut = true);
        h2_data(c, SERVER, 1, true, AT_S(2) + AT_MS(12));
        return c;
    }
    trace_connection *c =
        how == IN_TLS ? tls_open(t, AT_S(2), .has_keys = true) : trace_open(t, AT_S(2));
    trace_request(c, AT_S(2) + AT_MS(10));
    trace_answer(c, AT_S(2) + AT_MS(11), .body = body);
    return c;
}

static trace_connection *opened_over(trace *t, carrier how)
{
    if (how == HTTP2) {
        trace_connection *c = h2_open_plain(t, AT_S(3), 100);
        h2_exchange(c, 1, AT_S(3) + AT_MS(10), AT_S(3) + AT_MS(11));
        return c;
    }
    trace_connection *c =
        how == IN_TLS ? tls_open(t, AT_S(3), .has_keys = true) : trace_open(t, AT_S(3));
    trace_exchange(c, AT_S(3) + AT_MS(10), AT_S(3) + AT_MS(11));
    return c;
}

/* A large answer in the clear was left. A small one cannot have been; of TLS it may be records that
 * answer nothing, HTTP/2 takes what is not read for one stream in, and its server's tells of none. */
static void what_a_later_reset_tells(void)
{
    static const struct {
        carrier how;
        uint32_t body;
        trace_side by;
        bool is_unread;
    } rows[] = {
        {PLAIN, 9000, CLIENT, true},   {PLAIN, 300, CLIENT, false}, {PLAIN, 9000, SERVER, false},
        {IN_TLS, 9000, CLIENT, false}, {HTTP2, 0, CLIENT, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = idle_over(t, rows[i].how, rows[i].body);
        trace_connection *beside = opened_over(t, rows[i].how);
        trace_rst(idle, rows[i].by, AT_S(40));
        trace_ack(beside, CLIENT, AT_S(45));

        assert_opened(beside, "idle-available", idle);
        g_assert_cmpint(trace_happened(t, "share_pool", "not read to its end"), ==,
                        rows[i].is_unread);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/read/half-closed", half_closed_to_the_end);
    g_test_add_func("/ending/read/reset-by-server", reset_by_its_server_first);
    g_test_add_func("/ending/read/shut-down", a_fin_of_who_shuts_down_first);
    g_test_add_func("/ending/read/method", another_method_was_read);
    g_test_add_func("/ending/read/fin-habit", a_fin_alone_is_no_habit);
    g_test_add_func("/ending/read/cancel-habit", a_cancel_is_no_habit);
    g_test_add_func("/ending/read/later-reset", what_a_later_reset_tells);
    return g_test_run();
}
