/* test_unsorted.c
 * Files whose times go back: several interfaces that were merged without sorting, so that for some
 * milliseconds all packets of one side come before those of the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/clock.h"

#include "trace_h2.h"

/* ---- the clock ---- */

static void spans_that_were_told_twice(void)
{
    hr_clock clock;
    hr_clock_init(&clock);
    static const int64_t ms[] = {10, 20, 15, 20, 30, 40, 35, 38, 33, 50};
    for (size_t i = 0; i < G_N_ELEMENTS(ms); i++) {
        hr_clock_tell(&clock, AT_MS(ms[i]));
    }

    g_assert_cmpuint(clock.count, ==, 3);
    g_assert_cmpint(clock.most_ns, ==, AT_MS(7));
    static const int64_t doubtful[] = {15, 17, 20, 33, 35, 40};
    static const int64_t certain[] = {10, 14, 21, 30, 32, 41, 50, 60};
    for (size_t i = 0; i < G_N_ELEMENTS(doubtful); i++) {
        g_assert_true(hr_clock_is_doubtful(&clock, AT_MS(doubtful[i])));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(certain); i++) {
        g_assert_false(hr_clock_is_doubtful(&clock, AT_MS(certain[i])));
    }
    hr_clock_clear(&clock);
}

static void times_that_stand_still(void)
{
    hr_clock clock;
    hr_clock_init(&clock);
    hr_clock_tell(&clock, AT_MS(1));
    hr_clock_tell(&clock, AT_MS(1));

    g_assert_cmpuint(clock.count, ==, 0);
    g_assert_false(hr_clock_is_doubtful(&clock, AT_MS(1)));
    hr_clock_clear(&clock);
}

/* ---- ends ---- */

/* Both FINs, the second one's sender first in the file; @knows: what it acknowledges shows it. */
static trace_connection *closed_by_client(trace *t, bool knows)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2));
    trace_unsorted(t);
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER],
                  c->next[CLIENT] + (knows ? 1 : 0), 0, AT_MS(6));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], c->next[SERVER], 0,
                  AT_MS(5));
    return c;
}

static void end_that_the_numbers_tell(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = closed_by_client(t, true);

    assert_cause(c, "client-close");
    assert_closed_by(c, "client");
    assert_time_wait(c, "client");
    g_assert_false(trace_ending(c)->is_in_disorder);
}

static void end_that_only_the_order_tells(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = closed_by_client(t, false);

    assert_cause(c, "unknown");
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);
}

/* Two of them at one instant. Whether the answer came before is not known: nothing tells of the end of
 * the program. */
static void ends_that_only_the_numbers_tell(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(10 * i));
        trace_exchange(c[i], AT_MS(10 * i + 1), AT_MS(10 * i + 2));
    }
    trace_unsorted(t);
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(103 + i));
        trace_answer(c[i], AT_MS(110 + i));
        trace_segment(c[i], SERVER, HR_TCP_FIN | HR_TCP_ACK, c[i]->next[SERVER],
                      c[i]->next[CLIENT] + 1, 0, AT_MS(112 + i));
        trace_segment(c[i], CLIENT, HR_TCP_FIN | HR_TCP_ACK, c[i]->next[CLIENT], c[i]->next[SERVER],
                      0, AT_MS(105 + i));
    }

    for (int i = 0; i < 2; i++) {
        assert_cause(c[i], "client-close");
        assert_closed_by(c[i], "client");
    }
}

/* What went back is another connection's; or it was long before. */
static void end_in_order_beside_disorder(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_connection *other = trace_open(t, AT_MS(1));
    trace_exchange(c, AT_MS(2), AT_MS(3));
    trace_unsorted(t);
    trace_request(other, AT_MS(5));
    trace_close(c, SERVER, AT_MS(4));
    trace_answer(other, AT_MS(6));
    trace_ack(other, CLIENT, AT_MS(5));
    trace_close(other, SERVER, AT_S(2));

    assert_cause(c, "server-close");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(other)->by, ==, HR_SIDE_SERVER);
}

/* Two queues of a network card swap both FINs: by 4 us, out of 75 s of rest. */
static void end_out_of_rest(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2));
    trace_unsorted(t);
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], c->next[SERVER] + 1, 0,
                  AT_S(75) + AT_MS(3) + AT_US(4));
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 0,
                  AT_S(75) + AT_MS(3));
    trace_open_to(t, "10.0.0.81", 80, AT_S(80));

    assert_cause(c, "server-idle-timeout");
}

/* The server had answered and closed: it did not abort the request, it was told to close by it. */
static void close_said_in_a_request_behind_its_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_unsorted(t);
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(2), .connection = "close");
    trace_fin(c, SERVER, AT_MS(3));
    c->next[CLIENT] -= TRACE_REQUEST_HEADER;
    trace_request(c, AT_MS(1), .connection = "close");
    trace_fin(c, CLIENT, AT_MS(4));

    assert_cause(c, "client-close-header");
    assert_closed_by(c, "client");
}

/* The client's ACKs come before the SYN/ACK: what they acknowledged is not to be forgotten. */
static void answer_behind_its_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    const uint32_t answer = c->next[SERVER] + 1;
    trace_unsorted(t);
    trace_syn(c, AT_US(0));
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], answer, 0, AT_US(200));
    hr_request *request = trace_request(c, AT_US(300));
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], answer + 165, 0, AT_US(600));
    trace_segment(c, SERVER, HR_TCP_SYN | HR_TCP_ACK, answer - 1, c->latest_seq[CLIENT], 0,
                  AT_US(100));
    trace_segment(c, SERVER, HR_TCP_ACK, answer, c->next[CLIENT], 165, AT_US(400));
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, answer + 165, c->next[CLIENT], 0, AT_US(900));
    trace_analysis(t);

    g_assert_nonnull(request);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_UNKNOWN);
}

/* It came after the SYN/ACK that stands behind it. */
static void reset_before_the_syn_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_unsorted(t);
    trace_syn(c, AT_US(0));
    trace_segment(c, CLIENT, HR_TCP_RST, c->next[CLIENT], 0, 0, AT_US(200));
    trace_syn_ack(c, AT_US(100));

    g_assert_cmpint(c->model->ends[c->index[CLIENT]].state, ==, HR_END_RESET);
}

/* A request of HTTP/2 at 50 ms, behind a frame of 60 ms. */
static trace_connection *asked_before_the_frame_before(trace *t)
{
    trace_connection *c = h2_open_used(t, AT_MS(0));

    trace_unsorted(t);
    trace_ack(c, SERVER, AT_MS(60));
    h2_ask(c, 3, AT_MS(50));
    return c;
}

/* Its answer may stand before it. */
static void end_with_a_request_in_disorder(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = asked_before_the_frame_before(t);
    trace_close(c, CLIENT, AT_S(2));

    trace_analysis(t);
    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_REQUEST_CANCELLED);
}

/* The answer does stand before it: it was answered long before the end. */
static void end_with_an_answer_before_its_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_unsorted(t);
    h2_answer(c, 3, AT_MS(60));
    h2_ask(c, 3, AT_MS(50));
    trace_ack(c, CLIENT, AT_MS(61));
    trace_rst(c, SERVER, AT_S(2));

    trace_analysis(t);
    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_REQUEST_ABORTED);
    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_STALE_RACE);
}

/* The clock was set back before it ended: its client asked elsewhere by then, and by that clock does so
 * later. Whether it returns is not known, nor then why it closed right after an answer. */
static void end_behind_a_clock_that_was_set(void)
{
    for (int is_set = 0; is_set < 2; is_set++) {
        g_autoptr(trace) t = trace_new();
        const int64_t at = is_set ? AT_S(2) : AT_S(4);
        trace_connection *other = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.99", 80);
        trace_connection *c = trace_open(t, AT_S(1));
        trace_syn(other, AT_S(3));
        if (is_set) {
            trace_unsorted(t);
        }
        trace_request(c, at);
        trace_answer(c, at + AT_MS(1), .body = 100000, .rest = 50000);
        trace_rst(c, CLIENT, at + AT_MS(2));
        if (!is_set) {
            trace_open(t, AT_S(5));
        }

        trace_analysis(t);
        g_assert_cmpint(trace_ending(c)->cause == HR_CLOSE_BODY_UNDRAINED, ==, !is_set);
    }
}

/* ---- requests ---- */

/* Two answers before their two requests: what each acknowledges tells whose it is, but nothing what was
 * outstanding. */
static void requests_behind_their_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_unsorted(t);
    uint32_t frames[2];
    for (int i = 0; i < 2; i++) {
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        trace_answer(c, AT_MS(4 + 2 * i));
        frames[i] = trace_frame(t);
    }
    c->next[CLIENT] -= 2 * TRACE_REQUEST_HEADER;
    hr_request *second = trace_request(c, AT_MS(3));
    hr_request *third = trace_request(c, AT_MS(5));

    assert_number(second, 2);
    assert_number(third, 3);
    assert_answered(second, 200, frames[0]);
    assert_answered(third, 200, frames[1]);
    g_assert_cmpint(second->delivery, ==, HR_DELIVERY_UNKNOWN);
    g_assert_cmpint(third->delivery, ==, HR_DELIVERY_UNKNOWN);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

/* Bytes that nobody was shown lie before the answer: they may be the one to the first request. */
static void request_behind_an_answer_of_two(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_unsorted(t);
    trace_lose(c, CLIENT, 2 * TRACE_REQUEST_HEADER);
    trace_data(c, SERVER, 200, AT_MS(4));
    trace_answer(c, AT_MS(6));
    c->next[CLIENT] -= 2 * TRACE_REQUEST_HEADER;
    const hr_request *second = trace_request(c, AT_MS(3));

    assert_number(second, 2);
    g_assert_true(second->is_done);
    g_assert_cmpuint(second->response_frame, ==, 0);
}

/* Two requests before the answer to the first: they were no pipeline. */
static void request_before_the_answer_to_the_one_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_unsorted(t);
    trace_request(c, AT_MS(1));
    hr_request *second = trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(2));
    trace_answer(c, AT_MS(4));

    g_assert_cmpint(second->delivery, ==, HR_DELIVERY_UNKNOWN);
}

/* An answer that came before its request leaves it outstanding, later on, too. */
static void request_beside_one_in_disorder(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = asked_before_the_frame_before(t);
    trace_ack(c, SERVER, AT_MS(70));
    const hr_request *later = h2_ask(c, 5, AT_MS(80));

    g_assert_cmpint(later->delivery, ==, HR_DELIVERY_UNKNOWN);
}

/* ---- openings ---- */

static void opening_in_disorder(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = trace_open(t, AT_MS(0));
    trace_exchange(first, AT_MS(1), AT_MS(2));
    trace_close(first, CLIENT, AT_MS(3));
    trace_connection *before = trace_open(t, AT_MS(10));
    trace_exchange(before, AT_MS(11), AT_MS(12));
    trace_unsorted(t);
    trace_connection *mixed = trace_open(t, AT_MS(50));
    trace_exchange(before, AT_MS(49), AT_MS(51));
    trace_exchange(mixed, AT_MS(60), AT_MS(61));

    assert_opened(before, "previous-closed", first);
    g_assert_cmpint(trace_opening(mixed)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* All others had closed long before, whatever was swapped by a moment around the SYN; not where the
 * clock was set by more, or one closed in that moment. */
static void opening_after_a_close_before_the_disorder(void)
{
    static const struct {
        int64_t closed_ns, back_ns;
        bool is_known;
    } cases[] = {
        {AT_S(5), AT_US(3), true},
        {AT_S(5), AT_MS(500), false},
        {AT_S(10) + AT_US(2), AT_US(3), false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = trace_open_to(t, "10.0.0.81", 80, AT_MS(0));
        trace_connection *before = trace_open(t, AT_MS(1));
        trace_exchange(before, AT_MS(2), AT_MS(3));
        trace_unsorted(t);
        trace_fin(before, SERVER, cases[i].closed_ns);
        trace_request(other, AT_S(10) + cases[i].back_ns);
        trace_connection *next = trace_open(t, AT_S(10));
        trace_exchange(next, AT_S(11), AT_S(12));

        g_assert_cmpint(trace_opening(next)->why, ==,
                        cases[i].is_known ? HR_WHY_PREVIOUS_CLOSED : HR_WHY_NONE);
    }
}

/* It had been idle for long and stayed so, whatever was swapped by 3 us around the SYN; and
 * then. */
static void opening_beside_a_long_rest(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open_to(t, "10.0.0.81", 80, AT_MS(0));
    trace_connection *idle = trace_open(t, AT_MS(1));
    trace_exchange(idle, AT_MS(2), AT_MS(3));
    trace_unsorted(t);
    trace_request(other, AT_S(10) + AT_US(3));
    trace_connection *next = trace_open(t, AT_S(10));
    trace_exchange(next, AT_S(10) + AT_MS(1), AT_S(10) + AT_MS(2));
    trace_ack(idle, SERVER, AT_S(20) + AT_US(3));
    trace_ack(idle, CLIENT, AT_S(20));

    g_assert_true(idle->model->is_out_of_order);
    assert_opened(next, "idle-available", idle);
}

/* What the first connection agreed on is behind a gap: it may have been the pool of the second. */
static void opening_after_one_that_nobody_could_read(void)
{
    static const tls_kind how = {.port = 443, .offers = "h2,http/1.1", .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    trace_lose(c, SERVER, 1000);
    tls_data(c, CLIENT, 80, AT_MS(3));
    tls_data(c, CLIENT, 126, AT_MS(4));
    trace_close(c, CLIENT, AT_MS(5));
    trace_connection *two = h2_open_used(t, AT_MS(100));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unsorted/clock/spans", spans_that_were_told_twice);
    g_test_add_func("/unsorted/clock/equal", times_that_stand_still);
    g_test_add_func("/unsorted/end/numbers", end_that_the_numbers_tell);
    g_test_add_func("/unsorted/end/order", end_that_only_the_order_tells);
    g_test_add_func("/unsorted/end/numbers-of-two", ends_that_only_the_numbers_tell);
    g_test_add_func("/unsorted/end/answered", end_with_an_answer_before_its_request);
    g_test_add_func("/unsorted/end/rest", end_out_of_rest);
    g_test_add_func("/unsorted/end/beside", end_in_order_beside_disorder);
    g_test_add_func("/unsorted/end/close", close_said_in_a_request_behind_its_answer);
    g_test_add_func("/unsorted/end/reset", reset_before_the_syn_ack);
    g_test_add_func("/unsorted/end/outstanding", end_with_a_request_in_disorder);
    g_test_add_func("/unsorted/end/acked", answer_behind_its_ack);
    g_test_add_func("/unsorted/end/set-back", end_behind_a_clock_that_was_set);
    g_test_add_func("/unsorted/request/answers", requests_behind_their_answers);
    g_test_add_func("/unsorted/request/hidden-answer", request_behind_an_answer_of_two);
    g_test_add_func("/unsorted/request/beside", request_beside_one_in_disorder);
    g_test_add_func("/unsorted/request/pipeline", request_before_the_answer_to_the_one_before);
    g_test_add_func("/unsorted/opening/order", opening_in_disorder);
    g_test_add_func("/unsorted/opening/closed-before", opening_after_a_close_before_the_disorder);
    g_test_add_func("/unsorted/opening/rest", opening_beside_a_long_rest);
    g_test_add_func("/unsorted/opening/unread", opening_after_one_that_nobody_could_read);
    return g_test_run();
}
