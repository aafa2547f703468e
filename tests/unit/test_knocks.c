/* test_knocks.c
 * HAProxy's check of TCP, and a port scan: SYN, SYN/ACK, and a reset in place of the ACK. They are no
 * calls, and no pool opened them: none is avoidable. Each trace is beside one in which a program
 * opened as many and left them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

enum {
    KNOCKS = 3
};

typedef struct {
    uint8_t flags;      /* of the last segment */
    bool is_held_back;  /* no ACK before it */
    uint32_t early;     /* so many bytes in the SYN (RFC 7413) */
    bool is_unanswered; /* nor was there a SYN/ACK */
    int64_t later;      /* how much more time passes before the last segment */
    bool is_sent_again; /* the SYN/ACK, meanwhile */
} knock;

static trace_connection *knock_at(trace *t, int64_t at, knock how)
{
    trace_connection *c = trace_connect(t);

    trace_segment(c, CLIENT, HR_TCP_SYN, c->next[CLIENT] - 1, 0, how.early, at);
    c->next[CLIENT] += how.early;
    c->received[SERVER] = c->next[CLIENT];
    if (!how.is_unanswered) {
        trace_syn_ack(c, at + AT_US(100));
    }
    if (!how.is_held_back) {
        trace_ack(c, CLIENT, at + AT_US(200));
    }
    if (how.is_sent_again) {
        trace_segment(c, SERVER, HR_TCP_SYN | HR_TCP_ACK, TRACE_SERVER_ISN - 1, c->next[CLIENT], 0,
                      at + how.later);
    }
    trace_segment(c, CLIENT, how.flags, c->next[CLIENT], c->received[CLIENT], 0,
                  at + how.later + AT_US(300));
    return c;
}

/* How many of them are avoidable beside a connection that is there, and idle. */
static uint64_t avoidable_of(knock how)
{
    g_autoptr(trace) t = trace_new();

    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    for (int i = 0; i < KNOCKS; i++) {
        knock_at(t, AT_S(1 + i), how);
    }
    trace_exchange(trace_open_from(t, "10.0.0.2", AT_S(9)), AT_S(10), AT_S(11));
    return trace_totals(t)->sums.avoidable_connections;
}

static void knocks_are_opened_on_purpose(void)
{
    g_assert_cmpuint(avoidable_of((knock){.flags = HR_TCP_RST | HR_TCP_ACK, .is_held_back = true}),
                     ==, 0);
}

/* A program that has the connection, and leaves it. */
static void what_was_established_is_a_programs(void)
{
    g_assert_cmpuint(avoidable_of((knock){.flags = HR_TCP_RST | HR_TCP_ACK}), ==, KNOCKS);
    g_assert_cmpuint(avoidable_of((knock){.flags = HR_TCP_FIN | HR_TCP_ACK}), ==, KNOCKS);
}

/* The kernel's, to a SYN/ACK for which nobody waits any more: a dial that was given up. */
static void dial_that_was_given_up_is_no_knock(void)
{
    g_assert_cmpuint(avoidable_of((knock){.flags = HR_TCP_RST, .is_held_back = true}), ==, KNOCKS);
}

/* Who sends data with the SYN wants more than to know whether it is accepted. */
static void early_data_is_no_knock(void)
{
    for (uint32_t early = 0; early < 2; early++) {
        g_autoptr(trace) t = trace_new();
        const knock how = {
            .flags = HR_TCP_RST | HR_TCP_ACK, .is_held_back = true, .early = 10 * early};
        const trace_connection *c = knock_at(t, AT_MS(0), how);
        g_assert_cmpint(hr_connection_is_check(c->model), ==, early == 0);
    }
}

static void what_was_not_answered_is_no_knock(void)
{
    g_assert_cmpuint(
        avoidable_of(
            (knock){.flags = HR_TCP_RST | HR_TCP_ACK, .is_held_back = true, .is_unanswered = true}),
        ==, KNOCKS);
}

/* A server that does not hear the ACK sends its SYN/ACK again after a second: where it did not, the ACK is
 * what the capture lost. */
static void what_the_server_heard_is_no_knock(void)
{
    for (int is_sent_again = 0; is_sent_again < 2; is_sent_again++) {
        g_autoptr(trace) t = trace_new();
        const knock how = {.flags = HR_TCP_RST | HR_TCP_ACK,
                           .is_held_back = true,
                           .later = AT_MS(1200),
                           .is_sent_again = is_sent_again};
        const trace_connection *c = knock_at(t, AT_MS(0), how);
        g_assert_cmpint(hr_connection_is_check(c->model), ==, is_sent_again);
    }
}

/* Of what checks from an address of its own, and is refused while the server is down; or of a program
 * that is refused. */
static uint64_t avoidable_of_refused(bool is_after_knock, bool is_asked_for)
{
    g_autoptr(trace) t = trace_new();

    trace_exchange(trace_open_from(t, "10.0.0.2", AT_MS(0)), AT_MS(1), AT_MS(2));
    if (is_after_knock) {
        knock_at(t, AT_S(1), (knock){.flags = HR_TCP_RST | HR_TCP_ACK, .is_held_back = true});
    }
    for (int i = 0; i < KNOCKS; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_S(3 + 2 * i));
        trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK, 0, c->next[CLIENT], 0,
                      AT_S(3 + 2 * i) + AT_US(50));
    }
    if (is_asked_for) {
        trace_exchange(trace_open(t, AT_S(10)), AT_S(11), AT_S(12));
    }
    return trace_totals(t)->sums.avoidable_connections;
}

static void refused_checks_lose_nothing(void)
{
    g_assert_cmpuint(avoidable_of_refused(true, false), ==, 0);
    g_assert_cmpuint(avoidable_of_refused(true, true), ==, KNOCKS);
    g_assert_cmpuint(avoidable_of_refused(false, true), ==, KNOCKS);
    g_assert_cmpuint(avoidable_of_refused(false, false), >, 0);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/knocks/purpose", knocks_are_opened_on_purpose);
    g_test_add_func("/knocks/established", what_was_established_is_a_programs);
    g_test_add_func("/knocks/given-up", dial_that_was_given_up_is_no_knock);
    g_test_add_func("/knocks/early-data", early_data_is_no_knock);
    g_test_add_func("/knocks/unanswered", what_was_not_answered_is_no_knock);
    g_test_add_func("/knocks/heard", what_the_server_heard_is_no_knock);
    g_test_add_func("/knocks/refused", refused_checks_lose_nothing);
    return g_test_run();
}
