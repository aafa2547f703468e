/* test_bytes.c
 * The bytes of one direction: positions that do not wrap, ranges that are missing, what was
 * acknowledged. RFC 9293 §3.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/bytes.h"

#define AT(offset) (HR_POSITION_START + (offset))

static hr_bytes opened(uint32_t seq)
{
    hr_bytes bytes = {0};
    hr_bytes_begin(&bytes, seq, true);
    return bytes;
}

static void in_order(void)
{
    g_auto(hr_bytes) bytes = opened(100);
    const hr_fresh first = hr_bytes_add(&bytes, 100, 50);
    const hr_fresh second = hr_bytes_add(&bytes, 150, 10);

    g_assert_cmpuint(first.begin, ==, AT(0));
    g_assert_cmpuint(second.begin, ==, AT(50));
    g_assert_cmpuint(bytes.sent, ==, AT(60));
    g_assert_cmpuint(bytes.captured, ==, 60);
    g_assert_cmpuint(hr_bytes_disorder(&bytes), ==, 0);
    g_assert_true(hr_bytes_is_whole(&bytes, AT(0), AT(60)));
}

/* RFC 9293 §3.4: the SYN takes a number; they wrap after 4 GiB. */
static void initial_sequence_number(void)
{
    hr_bytes bytes = opened(100);
    uint32_t isn = 0;

    hr_bytes_add(&bytes, 100, 50);
    g_assert_true(hr_bytes_isn(&bytes, &isn));
    g_assert_cmpuint(isn, ==, 99);
    bytes = opened(0);
    hr_bytes_add(&bytes, 0, 1000);
    g_assert_true(hr_bytes_isn(&bytes, &isn));
    g_assert_cmpuint(isn, ==, UINT32_MAX);
    bytes = (hr_bytes){0};
    hr_bytes_begin(&bytes, 100, false);
    g_assert_false(hr_bytes_isn(&bytes, &isn));
}

static void overtaken_segment_fills_the_hole(void)
{
    g_auto(hr_bytes) bytes = opened(100);
    hr_bytes_add(&bytes, 200, 100);
    g_assert_false(hr_bytes_is_whole(&bytes, AT(0), AT(200)));
    g_assert_true(hr_bytes_is_whole(&bytes, AT(100), AT(200)));
    const hr_fresh late = hr_bytes_add(&bytes, 100, 100);

    g_assert_cmpuint(late.fresh, ==, 100);
    g_assert_cmpuint(late.begin, ==, AT(0));
    g_assert_true(hr_bytes_is_whole(&bytes, AT(0), AT(200)));
    g_assert_cmpuint(hr_bytes_disorder(&bytes), ==, 2);
}

/* A retransmission that begins in known bytes, fills a hole, and goes on behind them. */
static void partial_overlap_counts_once(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    hr_bytes_add(&bytes, 0, 100);
    hr_bytes_add(&bytes, 200, 100);
    const hr_fresh again = hr_bytes_add(&bytes, 50, 350);

    g_assert_cmpuint(again.fresh, ==, 200);
    g_assert_cmpuint(again.begin, ==, AT(100));
    g_assert_cmpuint(again.end, ==, AT(400));
    g_assert_cmpuint(bytes.captured, ==, 400);
    g_assert_cmpuint(hr_bytes_hole_count(&bytes), ==, 0);
}

static void middle_of_a_hole_leaves_two(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    hr_bytes_add(&bytes, 300, 100);
    hr_bytes_add(&bytes, 100, 100);

    g_assert_cmpuint(hr_bytes_hole_count(&bytes), ==, 2);
    g_assert_true(hr_bytes_is_whole(&bytes, AT(100), AT(200)));
    g_assert_false(hr_bytes_is_whole(&bytes, AT(0), AT(1)));
    g_assert_false(hr_bytes_is_whole(&bytes, AT(299), AT(300)));
}

/* Memory is bounded: more holes than places make bytes missing, never captured ones of missing. */
static void many_holes_stay_bounded(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    for (uint32_t i = 1; i <= 100; i++) {
        hr_bytes_add(&bytes, i * 20, 10);
    }

    g_assert_cmpuint(hr_bytes_hole_count(&bytes), ==, HR_HOLES);
    g_assert_cmpuint(bytes.captured, ==, 1000);
    for (uint32_t i = 0; i < 100; i++) { /* each real hole is one still */
        g_assert_false(hr_bytes_is_whole(&bytes, AT((uint64_t)i * 20 + (i > 0 ? 10 : 0)),
                                         AT((uint64_t)(i + 1) * 20)));
    }
}

static void numbers_wrap(void)
{
    g_auto(hr_bytes) bytes = opened(UINT32_MAX - 9);
    hr_bytes_add(&bytes, UINT32_MAX - 9, 20);
    const hr_fresh behind = hr_bytes_add(&bytes, 10, 5);

    g_assert_cmpuint(behind.begin, ==, AT(20));
    g_assert_cmpuint(bytes.sent, ==, AT(25));
    g_assert_cmpuint(hr_bytes_position(&bytes, UINT32_MAX), ==, AT(9));
    for (int i = 0; i < 5; i++) { /* 5 GiB: more than there are numbers */
        hr_bytes_add(&bytes, 15 + ((uint32_t)i << 30), 1u << 30);
    }
    g_assert_cmpuint(bytes.sent, ==, AT(25) + (UINT64_C(5) << 30));
}

static void acknowledged_and_not_captured_was_sent(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    hr_bytes_add(&bytes, 0, 100);
    g_assert_false(hr_bytes_acknowledge(&bytes, 500, false));

    g_assert_cmpuint(hr_bytes_end(&bytes), ==, AT(500));
    g_assert_false(hr_bytes_is_whole(&bytes, AT(0), AT(500)));
    g_assert_true(hr_bytes_is_all_acked(&bytes));
    const hr_fresh late = hr_bytes_add(&bytes, 400, 200);
    g_assert_cmpuint(late.begin, ==, AT(400));
    g_assert_false(hr_bytes_is_all_acked(&bytes));
}

static void one_number_more_is_a_fin(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    hr_bytes_add(&bytes, 0, 100);
    g_assert_true(hr_bytes_acknowledge(&bytes, 101, false));

    g_assert_cmpuint(bytes.acked, ==, AT(100));
    hr_bytes_finish(&bytes, AT(100));
    g_assert_false(hr_bytes_acknowledge(&bytes, 101, false)); /* it is known now */
    g_assert_true(bytes.is_fin_acked);
}

static void bytes_behind_a_fin_do_not_move_it(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    hr_bytes_add(&bytes, 0, 100);
    hr_bytes_finish(&bytes, AT(100));
    hr_bytes_add(&bytes, 100, 10);

    g_assert_cmpuint(hr_bytes_fin(&bytes), ==, AT(100));
    hr_bytes_acknowledge(&bytes, 101, false);
    g_assert_cmpuint(bytes.acked, ==, AT(100));
    g_assert_true(bytes.is_fin_acked);
}

/* ... and that it stands behind bytes that are not in the capture. */
static void fin_stands_behind_what_is_missing(void)
{
    g_auto(hr_bytes) bytes = opened(0);
    hr_bytes_add(&bytes, 0, 100);
    hr_bytes_finish(&bytes, AT(150));
    hr_bytes_add(&bytes, 100, 50);

    g_assert_cmpuint(hr_bytes_fin(&bytes), ==, AT(150));
    hr_bytes_acknowledge(&bytes, 150, false);
    g_assert_false(bytes.is_fin_acked);
}

/* An answer to a probe: the first packet of the capture was below bytes that nobody saw. */
static void unknown_begin_proves_no_fin(void)
{
    g_auto(hr_bytes) bytes = {0};
    hr_bytes_begin(&bytes, 999, false);

    g_assert_false(hr_bytes_acknowledge(&bytes, 1000, false));
}

static void strays_change_nothing(void)
{
    g_auto(hr_bytes) bytes = opened(1000);
    hr_bytes_add(&bytes, 1000, 10);
    const hr_fresh stray = hr_bytes_add(&bytes, 0x90000000u, 10);

    g_assert_cmpuint(stray.fresh, ==, 0);
    g_assert_false(hr_bytes_acknowledge(&bytes, 0x90000000u, false));
    g_assert_cmpuint(hr_bytes_end(&bytes), ==, AT(10));
}

/* What an older connection's packets made one believe goes with the SYN. */
static void syn_begins_anew(void)
{
    g_auto(hr_bytes) bytes = {0};
    hr_bytes_acknowledge(&bytes, 77777, false);
    hr_bytes_begin(&bytes, 5, true);
    const hr_fresh first = hr_bytes_add(&bytes, 5, 10);

    g_assert_cmpuint(first.begin, ==, AT(0));
    g_assert_true(bytes.is_from_start);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bytes/in-order", in_order);
    g_test_add_func("/bytes/isn", initial_sequence_number);
    g_test_add_func("/bytes/overtaken", overtaken_segment_fills_the_hole);
    g_test_add_func("/bytes/overlap", partial_overlap_counts_once);
    g_test_add_func("/bytes/hole/middle", middle_of_a_hole_leaves_two);
    g_test_add_func("/bytes/hole/many", many_holes_stay_bounded);
    g_test_add_func("/bytes/wrap", numbers_wrap);
    g_test_add_func("/bytes/acked/not-captured", acknowledged_and_not_captured_was_sent);
    g_test_add_func("/bytes/acked/fin", one_number_more_is_a_fin);
    g_test_add_func("/bytes/fin/bytes-behind", bytes_behind_a_fin_do_not_move_it);
    g_test_add_func("/bytes/fin/missing-before", fin_stands_behind_what_is_missing);
    g_test_add_func("/bytes/acked/unknown-begin", unknown_begin_proves_no_fin);
    g_test_add_func("/bytes/stray", strays_change_nothing);
    g_test_add_func("/bytes/syn", syn_begins_anew);
    return g_test_run();
}
