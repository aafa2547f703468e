/* test_kept.c
 * How many idle connections a pool kept at a time: for certain, and as far as is seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/kept.h"

#include "trace.h"

static hr_kept kept_of(trace *t, trace_connection *const c[], size_t count)
{
    hr_kept kept;

    trace_analysis(t); /* when they ended */
    hr_kept_init(&kept);
    for (size_t i = 0; i < count; i++) {
        hr_kept_add(&kept, trace_model(t), c[i]->model);
    }
    hr_kept_count(&kept);
    return kept;
}

/* Two, each asked twice; of the second one the first answer's end may be missing. */
static hr_kept kept_of_two(bool is_end_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};

    trace_exchange(c[0], AT_MS(10), AT_MS(12));
    trace_request(c[1], AT_MS(14));
    trace_begin_answer(c[1], AT_MS(15), .body = 3000, .rest = 2000);
    if (is_end_lost) {
        trace_lose(c[1], SERVER, 1000);
        trace_data(c[1], SERVER, 1000, AT_MS(16));
    } else {
        trace_end_answer(c[1], 2000, AT_MS(16));
    }
    trace_ack(c[1], CLIENT, AT_MS(17));
    trace_exchange(c[1], AT_MS(500), AT_MS(501));
    trace_close(c[1], CLIENT, AT_MS(502));
    trace_exchange(c[0], AT_MS(510), AT_MS(511));
    g_assert_cmpint(c[1]->model->first_request->complete, ==,
                    is_end_lost ? HR_COMPLETE_UNKNOWN : HR_COMPLETE_YES);
    return kept_of(t, c, G_N_ELEMENTS(c));
}

static void idle_since_an_end_that_was_seen(void)
{
    const hr_kept kept = kept_of_two(false);

    g_assert_cmpuint(kept.most, ==, 2);
    g_assert_cmpuint(kept.most_possible, ==, 2);
}

/* It may have run until it was asked again. */
static void idle_since_an_end_that_is_missing(void)
{
    const hr_kept kept = kept_of_two(true);

    g_assert_cmpuint(kept.most, ==, 1);
    g_assert_cmpuint(kept.most_possible, ==, 2);
}

/* One is asked twice, and is not seen again behind a gap at 300 ms: it was kept until then, and may
 * have been after. Another one is idle only behind the gap. */
static void idle_until_a_gap_for_certain(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    trace_connection *gap = trace_open_between(t, "10.0.0.9", "10.0.0.99", 80, AT_MS(2));

    trace_exchange(c[0], AT_MS(10), AT_MS(12));
    trace_exchange(c[0], AT_MS(150), AT_MS(151));
    trace_request(c[1], AT_MS(200));
    trace_request(gap, AT_MS(290));
    trace_lose(gap, SERVER, TRACE_ANSWER);
    trace_ack(gap, CLIENT, AT_MS(300));
    trace_answer(c[1], AT_MS(400));
    trace_exchange(c[1], AT_MS(700), AT_MS(701));
    trace_close(c[1], CLIENT, AT_MS(702));
    const hr_kept kept = kept_of(t, c, G_N_ELEMENTS(c));

    g_assert_cmpuint(kept.most, ==, 1);
    g_assert_cmpuint(kept.most_possible, ==, 2);
    /* What it may have been kept for behind the gap is not for certain. */
    g_assert_cmpint(kept.longest_ns, <, AT_MS(300));
}

/* It is asked, and all that comes of the answer is acknowledged, with a gap: its end may be missing, and
 * it is not used again. */
static void idle_behind_an_end_that_may_be_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};

    trace_exchange(c[0], AT_MS(10), AT_MS(12));
    trace_request(c[1], AT_MS(14));
    trace_begin_answer(c[1], AT_MS(15), .is_until_close = true, .body = 3000, .rest = 2000);
    trace_lose(c[1], SERVER, 1000);
    trace_data(c[1], SERVER, 1000, AT_MS(16));
    trace_ack(c[1], CLIENT, AT_MS(17));
    trace_exchange(c[0], AT_MS(510), AT_MS(511));
    trace_close(c[0], CLIENT, AT_MS(512));
    const hr_kept kept = kept_of(t, c, G_N_ELEMENTS(c));

    g_assert_false(c[1]->model->first_request->is_done);
    g_assert_cmpuint(kept.most, ==, 1);
    g_assert_cmpuint(kept.most_possible, ==, 2);
}

/* One ends its rest in the very moment in which another one's begins: one place is enough. */
static void idle_one_after_the_other(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};

    trace_exchange(c[0], AT_MS(10), AT_MS(12));
    trace_request(c[1], AT_MS(90));
    trace_answer(c[1], AT_MS(98));
    trace_request(c[0], AT_MS(100)); /* the other's begins 2 ms after its answer */
    trace_answer(c[0], AT_MS(300));
    trace_close(c[0], SERVER, AT_MS(300));
    trace_exchange(c[1], AT_MS(400), AT_MS(401));
    trace_close(c[1], CLIENT, AT_MS(402));
    const hr_kept kept = kept_of(t, c, G_N_ELEMENTS(c));

    g_assert_cmpuint(kept.most, ==, 1);
}

/* Another one is idle from 12 to 300 ms. One that had begun before the capture is asked at 400 ms: until
 * then nothing kept it busy, unless an answer comes on it first. */
typedef enum {
    UNSEEN_BEFORE,
    ANSWERED_BEFORE,
    ASKED_WITH_THE_SYN /* TCP Fast Open: before its SYN it was not there */
} before;

static guint possible_beside(before what)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_connect(t)};

    trace_exchange(c[0], AT_MS(10), AT_MS(12));
    if (what == ANSWERED_BEFORE) {
        trace_data(c[1], SERVER, 1400, AT_MS(20));
    }
    trace_exchange(c[0], AT_MS(300), AT_MS(301));
    trace_close(c[0], CLIENT, AT_MS(302));
    if (what == ANSWERED_BEFORE) {
        trace_data(c[1], SERVER, 1400, AT_MS(399));
    }
    if (what == ASKED_WITH_THE_SYN) {
        trace_request(c[1], AT_MS(400), .has_syn = true);
        trace_syn_ack(c[1], AT_MS(400));
        c[1]->received[CLIENT] = c[1]->next[SERVER];
        trace_answer(c[1], AT_MS(401));
    } else {
        trace_exchange(c[1], AT_MS(400), AT_MS(401));
    }
    trace_close(c[1], CLIENT, AT_MS(402));
    return kept_of(t, c, G_N_ELEMENTS(c)).most_possible;
}

static void idle_before_the_capture(void)
{
    g_assert_cmpuint(possible_beside(UNSEEN_BEFORE), ==, 2);
    g_assert_cmpuint(possible_beside(ANSWERED_BEFORE), ==, 1);
    g_assert_cmpuint(possible_beside(ASKED_WITH_THE_SYN), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kept/seen", idle_since_an_end_that_was_seen);
    g_test_add_func("/kept/unseen", idle_since_an_end_that_is_missing);
    g_test_add_func("/kept/until-a-gap", idle_until_a_gap_for_certain);
    g_test_add_func("/kept/may-be-over", idle_behind_an_end_that_may_be_missing);
    g_test_add_func("/kept/in-turn", idle_one_after_the_other);
    g_test_add_func("/kept/before-the-capture", idle_before_the_capture);
    return g_test_run();
}
