/* test_findings.c
 * Each finding stands at its place, once: DESIGN section 6; those of an end in test_findings_closing.c.
 * What healthy clients do is found worth no warning in test_healthy.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#include <string.h>

#define GO "Go-http-client/1.1"

/* ---- the table ---- */

static void table_has_the_words_of_the_contract(void)
{
    static const struct {
        hr_finding_code code;
        const char *token;
        hr_severity severity;
    } rows[] = {
        {HR_FINDING_NEW_CONNECTION, "new_connection", HR_SEVERITY_CHAT},
        {HR_FINDING_MISSED_REUSE, "missed_reuse", HR_SEVERITY_WARNING},
        {HR_FINDING_BODY_UNDRAINED, "body_undrained", HR_SEVERITY_WARNING},
        {HR_FINDING_CLOSED_AFTER_ANSWER, "closed_after_answer", HR_SEVERITY_NOTE},
        {HR_FINDING_POOL_LIMIT, "pool_limit", HR_SEVERITY_WARNING},
        {HR_FINDING_STALE_REUSE, "stale_reuse", HR_SEVERITY_ERROR},
        {HR_FINDING_REQUEST_ABORTED, "request_aborted", HR_SEVERITY_ERROR},
        {HR_FINDING_ANSWER_CUT, "answer_cut", HR_SEVERITY_WARNING},
        {HR_FINDING_UPSTREAM_FAILURE, "upstream_failure", HR_SEVERITY_NOTE},
        {HR_FINDING_REQUEST_CANCELLED, "request_cancelled", HR_SEVERITY_NOTE},
        {HR_FINDING_SERVER_CLOSED_AFTER_ANSWER, "server_closed_after_answer", HR_SEVERITY_NOTE},
        {HR_FINDING_IDLE_CLOSE, "idle_close", HR_SEVERITY_NOTE},
        {HR_FINDING_CLOSE_ANNOUNCED, "close_announced", HR_SEVERITY_NOTE},
        {HR_FINDING_REQUEST_LIMIT, "request_limit", HR_SEVERITY_NOTE},
        {HR_FINDING_MAX_AGE, "max_age", HR_SEVERITY_NOTE},
        {HR_FINDING_UNSOLICITED_BYTES, "unsolicited_bytes", HR_SEVERITY_WARNING},
        {HR_FINDING_GOAWAY, "goaway", HR_SEVERITY_NOTE},
        {HR_FINDING_STREAMS_EXHAUSTED, "streams_exhausted", HR_SEVERITY_NOTE},
        {HR_FINDING_HANDSHAKE_RACE, "handshake_race", HR_SEVERITY_NOTE},
        {HR_FINDING_UNUSED_CONNECTION, "unused_connection", HR_SEVERITY_NOTE},
        {HR_FINDING_FULL_HANDSHAKE, "full_handshake", HR_SEVERITY_NOTE},
        {HR_FINDING_MISDIRECTED, "misdirected", HR_SEVERITY_NOTE},
        {HR_FINDING_IDLE_DROPPED, "idle_dropped", HR_SEVERITY_WARNING},
        {HR_FINDING_KEEP_ALIVE_PROBE, "keep_alive_probe", HR_SEVERITY_CHAT},
        {HR_FINDING_TLS_OPAQUE, "tls_opaque", HR_SEVERITY_NOTE},
        {HR_FINDING_NOT_DISSECTED, "not_dissected", HR_SEVERITY_NOTE},
        {HR_FINDING_SUMMARY, "summary", HR_SEVERITY_NOTE},
    };

    g_assert_cmpuint(G_N_ELEMENTS(rows), ==, HR_FINDING_COUNT);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const hr_finding_kind *kind = hr_finding_kind_of(rows[i].code);
        g_assert_cmpstr(kind->token, ==, rows[i].token);
        g_assert_cmpint(kind->severity, ==, rows[i].severity);
    }
}

static void every_finding_has_a_text(void)
{
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        const hr_finding_kind *kind = hr_finding_kind_of(code);
        g_assert_cmpuint(strlen(kind->token), >, 0);
        g_assert_cmpuint(strlen(kind->sentence), >, 0);
        g_assert_null(strchr(kind->sentence, '%')); /* constant: -z expert counts it */
        g_assert_nonnull(kind->meaning);
        g_assert_nonnull(kind->advice);
        g_assert_nonnull(kind->source);
    }
}

/* ---- on a request ---- */

static void new_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(2));
    trace_exchange(c, AT_MS(3), AT_MS(4));
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(5), AT_MS(6)); /* unknown */

    assert_found(t, HR_FINDING_NEW_CONNECTION, frame, c, first);
    g_assert_cmpuint(trace_found(t, HR_FINDING_NEW_CONNECTION), ==, 1);
    g_assert_true(hr_finding_set_has(first->findings, HR_FINDING_NEW_CONNECTION));
}

static void missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(500));
    const hr_request *first = trace_request(c, AT_MS(501));
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(502));
    trace_exchange(c, AT_MS(503), AT_MS(504));

    assert_found(t, HR_FINDING_MISSED_REUSE, frame, c, first);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 1);
}

static void stale_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *dead = trace_request(c, AT_S(5), .method = "POST");
    const uint32_t frame = trace_frame(t);
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(5));

    assert_found(t, HR_FINDING_STALE_REUSE, frame, c, dead);
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 1);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_ERROR), ==, 1);
}

static void idle_dropped(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    const hr_request *lost = trace_request(c, AT_S(400));
    const uint32_t frame = trace_frame(t);
    trace_resend(c, CLIENT, AT_S(402));

    assert_found(t, HR_FINDING_IDLE_DROPPED, frame, c, lost);
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), ==, 1);
}

/* ---- on a message ---- */

static void close_announced_by_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .connection = "close");
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(2), .connection = "close");
    trace_close(c, SERVER, AT_MS(3));

    assert_found(t, HR_FINDING_CLOSE_ANNOUNCED, frame, c, request);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSE_ANNOUNCED), ==, 1);
}

/* Its bytes say so in one segment, and Wireshark shows it with a later one. */
static void close_announced_before_it_is_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin(c, AT_MS(1), .method = "POST", .body = 900, .rest = 500, .connection = "close");
    const hr_request *request = trace_request(c, AT_MS(2), .method = "POST", .body = 900,
                                              .before = 500, .connection = "close");
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));

    assert_found(t, HR_FINDING_CLOSE_ANNOUNCED, frame, c, request);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSE_ANNOUNCED), ==, 1);
    g_assert_cmpuint(trace_carrier(c)->ending.evidence_frame, ==, frame);
}

static void close_announced_by_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .connection = "close");

    assert_found(t, HR_FINDING_CLOSE_ANNOUNCED, trace_frame(t), c, request);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSE_ANNOUNCED), ==, 1);
}

static void request_limit_by_message(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = "timeout=5, max=1");
    const hr_request *last = trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .connection = "close");
    const uint32_t frame = trace_frame(t);
    trace_close(c, SERVER, AT_MS(5));

    assert_found(t, HR_FINDING_REQUEST_LIMIT, frame, c, last);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, 1);
}

static void misdirected(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 421);

    assert_found(t, HR_FINDING_MISDIRECTED, trace_frame(t), c, request);
}

/* ---- on the opening, and on a probe ---- */

static void handshake_race(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_connection *loser = trace_connect(t);
    trace_syn(loser, AT_MS(1));
    const uint32_t frame = trace_frame(t);
    trace_syn_ack(loser, AT_MS(2));
    trace_ack(loser, CLIENT, AT_MS(2));
    trace_exchange(used, AT_MS(3), AT_MS(4));

    assert_found_once_at(t, HR_FINDING_HANDSHAKE_RACE, frame, loser);
}

/* Over a long way the second is dialled while the first still waits for its SYN/ACK, or once it had it. */
static void race_over_a_long_way(void)
{
    for (int is_ready = 0; is_ready < 2; is_ready++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *used = trace_connect(t);
        trace_connection *loser = trace_connect(t);
        trace_syn(used, AT_MS(0));
        if (is_ready) {
            trace_syn_ack(used, AT_MS(300));
            trace_ack(used, CLIENT, AT_MS(300));
        }
        trace_syn(loser, is_ready ? AT_MS(310) : AT_MS(200));
        if (!is_ready) {
            trace_syn_ack(used, AT_MS(300));
            trace_ack(used, CLIENT, AT_MS(300));
        }
        trace_exchange(used, AT_MS(320), AT_MS(500));
        trace_syn_ack(loser, AT_MS(510));
        trace_ack(loser, CLIENT, AT_MS(510));

        g_assert_cmpuint(trace_found(t, HR_FINDING_HANDSHAKE_RACE), ==, is_ready ? 0 : 1);
    }
}

static void race_that_both_won(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_exchange(one, AT_MS(3), AT_MS(4));
    trace_exchange(two, AT_MS(300), AT_MS(301)); /* from the pool, later */

    g_assert_cmpuint(trace_found(t, HR_FINDING_HANDSHAKE_RACE), ==, 0);
}

static void dials_in_turn_are_no_race(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(3), AT_MS(4));
    trace_open(t, AT_S(1));

    g_assert_cmpuint(trace_found(t, HR_FINDING_HANDSHAKE_RACE), ==, 0);
}

static void keep_alive_probe(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_probe(c, CLIENT, AT_S(32));
    const uint32_t frame = trace_frame(t);
    trace_ack(c, SERVER, AT_S(32));
    trace_probe(c, CLIENT, AT_S(62));

    assert_found_once_at(t, HR_FINDING_KEEP_ALIVE_PROBE, frame, c);
}

/* ---- in the first pass, before an analysis ---- */

static void looking_back_needs_no_second_pass(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501), .connection = "close");

    g_assert_cmpuint(trace_item_count(t), ==, 1);
    g_assert_true(hr_finding_applies(HR_FINDING_NEW_CONNECTION, trace_item(t, 0)));
    g_assert_true(hr_finding_applies(HR_FINDING_MISSED_REUSE, trace_item(t, 0)));
    g_assert_true(hr_finding_applies(HR_FINDING_CLOSE_ANNOUNCED, trace_item(t, 0)));
    g_assert_false(hr_finding_applies(HR_FINDING_STALE_REUSE, trace_item(t, 0)));
}

static void findings_come_in_the_order_of_frames(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_exchange(two, AT_MS(2), AT_MS(3));
    trace_exchange(one, AT_MS(4), AT_MS(5));
    trace_fin(two, SERVER, AT_MS(5003));
    trace_fin(one, SERVER, AT_MS(5005));

    const hr_analysis *analysis = trace_analysis(t);
    for (size_t i = 1; i < hr_analysis_finding_count(analysis); i++) {
        g_assert_cmpuint(hr_analysis_finding(analysis, i - 1).frame, <=,
                         hr_analysis_finding(analysis, i).frame);
    }
    g_assert_cmpuint(hr_analysis_finding_count(analysis), ==, 4);
}

/* In the GUI the same capture is analysed again after each reload of settings. */
static void analysing_again_finds_the_same(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_answer(c, AT_MS(2), .body = 9000);
    trace_rst(c, CLIENT, AT_MS(3));

    for (int i = 0; i < 3; i++) {
        hr_analysis *again = hr_analyse(trace_model(t));
        g_assert_cmpuint(hr_analysis_finding_count(again), ==, 2);
        g_assert_cmpuint(hr_analysis_totals(again)->sums.connections, ==, 1);
        hr_analysis_free(again);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings/table/words", table_has_the_words_of_the_contract);
    g_test_add_func("/findings/table/texts", every_finding_has_a_text);
    g_test_add_func("/findings/request/new-connection", new_connection);
    g_test_add_func("/findings/request/missed-reuse", missed_reuse);
    g_test_add_func("/findings/request/stale-reuse", stale_reuse);
    g_test_add_func("/findings/request/idle-dropped", idle_dropped);
    g_test_add_func("/findings/message/close-announced-client", close_announced_by_the_client);
    g_test_add_func("/findings/message/close-announced-shown", close_announced_before_it_is_shown);
    g_test_add_func("/findings/message/close-announced-server", close_announced_by_the_server);
    g_test_add_func("/findings/message/request-limit", request_limit_by_message);
    g_test_add_func("/findings/message/misdirected", misdirected);
    g_test_add_func("/findings/opening/handshake-race", handshake_race);
    g_test_add_func("/findings/opening/long-race", race_over_a_long_way);
    g_test_add_func("/findings/opening/race-both-won", race_that_both_won);
    g_test_add_func("/findings/opening/no-race", dials_in_turn_are_no_race);
    g_test_add_func("/findings/probe/first", keep_alive_probe);
    g_test_add_func("/findings/pass/first", looking_back_needs_no_second_pass);
    g_test_add_func("/findings/order/frames", findings_come_in_the_order_of_frames);
    g_test_add_func("/findings/analysis/again", analysing_again_finds_the_same);
    return g_test_run();
}
