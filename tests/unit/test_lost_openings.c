/* test_lost_openings.c
 * A gap of the capture that shows only in the openings that it hides: connections appear without
 * theirs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/unopened.h"

#include "trace.h"

static trace_connection *open_used(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* The SYN went with what was lost before the answer to it: the end of what is asked, too. */
static hr_why opened_by_its_answer(bool is_syn_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_request(trace_open(t, AT_MS(0)), AT_MS(1));
    trace_connection *two = trace_connect(t);
    if (!is_syn_lost) {
        trace_syn(two, AT_MS(500));
    } else {
        two->next[CLIENT]++;
        two->received[SERVER]++;
    }
    trace_syn_ack(two, AT_MS(501));
    trace_ack(two, CLIENT, AT_MS(502));
    trace_exchange(two, AT_MS(503), AT_MS(504));

    return trace_opening(two)->why;
}

static void syn_alone_is_lost(void)
{
    g_assert_cmpint(opened_by_its_answer(true), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_by_its_answer(false), ==, HR_WHY_ALL_BUSY);
}

/* All that is seen of the third one is a piece that nobody reads, @at. */
static void show_piece(trace_connection *piece, int64_t at)
{
    trace_data(piece, SERVER, 500, at);
    trace_rst(piece, CLIENT, at + AT_MS(1));
}

static hr_why opened_beside_a_piece(bool is_opening_seen, int64_t piece_at)
{
    const int64_t opened_at = AT_MS(500);
    g_autoptr(trace) t = trace_new();
    trace_request(trace_open(t, AT_MS(0)), AT_MS(1));
    trace_connection *piece = is_opening_seen ? trace_open(t, AT_MS(2)) : trace_connect(t);
    if (piece_at < opened_at) {
        show_piece(piece, piece_at);
    }
    trace_connection *opened = open_used(t, opened_at);
    if (piece_at > opened_at) {
        show_piece(piece, piece_at);
    }
    return trace_opening(opened)->why;
}

/* The opening was lost before its piece, and maybe before the other's opening. */
static void what_nobody_reads_was_opened_too(void)
{
    g_assert_cmpint(opened_beside_a_piece(false, AT_MS(400)), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_a_piece(true, AT_MS(400)), ==, HR_WHY_ALL_BUSY);
    g_assert_cmpint(opened_beside_a_piece(false, AT_MS(1400)), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_a_piece(false, AT_MS(1500)), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_a_piece(false, AT_MS(1600)), ==, HR_WHY_ALL_BUSY);
}

/* Of the first the SYN came behind the second, which appeared without one: by another clock, or out of
 * order. What is missing begins where the first was seen, and so before the second. */
static void a_syn_that_comes_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_connect(t);
    one->next[CLIENT]++;
    one->received[SERVER]++;
    trace_ack(one, CLIENT, AT_MS(1));
    trace_data(trace_connect(t), CLIENT, 10, AT_MS(2));
    one->next[CLIENT]--;
    trace_syn(one, AT_MS(3));

    g_autoptr(GArray) missing = hr_unopened_find(trace_model(t));
    g_assert_cmpuint(missing->len, ==, 1);
    g_assert_cmpuint(g_array_index(missing, hr_frames, 0).since, ==, 1);
    g_assert_cmpuint(g_array_index(missing, hr_frames, 0).until, ==, 2);
}

/* Elsewhere one appears that was not there when another was opened between its ends, @later: the
 * gap that hides its opening may hide the end of what rests here. */
static hr_why opened_while_another_appears(int64_t later, bool has_other)
{
    g_autoptr(trace) t = trace_new();
    open_used(t, AT_MS(0));
    if (has_other) {
        trace_open_to(t, "10.0.0.99", 80, AT_MS(100));
    }
    trace_connection *there = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.99", 80);
    trace_fin(there, CLIENT, AT_MS(100) + later);

    return trace_opening(open_used(t, AT_MS(200) + later))->why;
}

static void opening_elsewhere_is_lost(void)
{
    g_assert_cmpint(opened_while_another_appears(AT_MS(500), true), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_while_another_appears(AT_S(1), true), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_while_another_appears(AT_MS(500), false), ==, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(opened_while_another_appears(AT_S(5), true), ==, HR_WHY_IDLE_AVAILABLE);
}

/* The same where both ports may be the server's. */
static void opening_between_any_ports_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    open_used(t, AT_MS(0));
    trace_connection *other = trace_connect_between(t, "10.0.0.1", 40001, "10.0.0.99", 40000);
    trace_syn(other, AT_MS(100));
    trace_syn_ack(other, AT_MS(101));
    trace_connection *there = trace_connect_between(t, "10.0.0.1", 39999, "10.0.0.99", 40000);
    trace_fin(there, CLIENT, AT_MS(600));

    g_assert_cmpint(trace_opening(open_used(t, AT_MS(700)))->why, ==, HR_WHY_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lost/openings/syn", syn_alone_is_lost);
    g_test_add_func("/lost/openings/piece", what_nobody_reads_was_opened_too);
    g_test_add_func("/lost/openings/late-syn", a_syn_that_comes_late);
    g_test_add_func("/lost/openings/elsewhere", opening_elsewhere_is_lost);
    g_test_add_func("/lost/openings/ports", opening_between_any_ports_is_lost);
    return g_test_run();
}
