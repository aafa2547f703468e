/* test_unread.c
 * Answers that stay unread in the kernel: closing such a socket resets it, after the FIN of a
 * library that shuts it down first (Apache HttpClient 4.5), or when the program ends that had left
 * it open (net/http without Body.Close(), OkHttp, urllib3 with preload_content=False).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "trace.h"
#include "trace_fixes.h"
#include "trace_tls.h"

#define GO "Go-http-client/1.1"
#define APACHE "Apache-HttpClient/4.5.14 (Java/17.0.18)"

enum {
    SMALL = 300,
    LARGE = 60000
};

static trace_connection *get(trace *t, const char *user_agent, uint32_t body, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = user_agent);
    trace_answer(c, at + AT_MS(2), .body = body);
    trace_ack(c, CLIENT, at + AT_MS(2));
    return c;
}

/* ---- a FIN, then a reset ---- */

static void reset_after_its_own_fin_is_unread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late = get(t, APACHE, LARGE, AT_MS(0));
    trace_fin(late, CLIENT, AT_MS(138));
    trace_rst(late, CLIENT, AT_MS(165));
    trace_connection *next = get(t, APACHE, LARGE, AT_MS(200));
    trace_close(next, CLIENT, AT_MS(203)); /* the server's FIN came before its reset */
    get(t, APACHE, LARGE, AT_MS(300));

    assert_cause(late, "body-undrained");
    g_assert_cmpint(trace_ending(late)->form, ==, 'b');
    assert_cause(next, "body-undrained"); /* as the other one did */
    g_assert_true(trace_advises(t, "read_bodies", "EntityUtils.consume"));
}

static trace_connection *end_by(trace *t, uint32_t body, int64_t fin, int64_t rst)
{
    trace_connection *c = get(t, APACHE, body, AT_MS(0));
    trace_fin(c, CLIENT, fin);
    trace_rst(c, CLIENT, rst);
    get(t, APACHE, LARGE, AT_S(10));
    return c;
}

/* One whose kernel resets at once: where it ends by a FIN, there was nothing to reset for. */
static void client_that_resets_at_once_left_nothing_behind_a_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *cut = get(t, "curl/8.5.0", LARGE, AT_MS(0));
    trace_rst(cut, CLIENT, AT_MS(4));
    trace_connection *whole = get(t, "curl/8.5.0", SMALL, AT_S(1));
    trace_close(whole, CLIENT, AT_S(1) + AT_MS(4));
    get(t, "curl/8.5.0", SMALL, AT_S(2));

    assert_cause(cut, "body-undrained");
    assert_cause(whole, "client-close");
}

/* Nothing can have stayed, or it was idle for long. */
static void small_or_old_is_not(void)
{
    g_autoptr(trace) small = trace_new();
    g_autoptr(trace) old = trace_new();

    assert_cause(end_by(small, SMALL, AT_MS(3), AT_MS(4)), "client-close");
    assert_cause(end_by(old, LARGE, AT_MS(1502), AT_MS(1503)), "client-close");
}

/* The server's close_notify meets a closed socket: TLS is reset for that. */
static void reset_for_what_came_later_is_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(c, AT_MS(10));
    trace_answer(c, AT_MS(11), .body = LARGE);
    trace_fin(c, CLIENT, AT_MS(12));
    trace_rst(c, CLIENT, AT_MS(13));
    tls_open(t, AT_S(1), .has_keys = true);

    assert_cause(c, "client-close");
}

/* The server never closed its side, and its probe found that the client's was long gone. */
static void reset_long_after_the_fin_is_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = get(t, APACHE, LARGE, AT_MS(0));
    trace_fin(c, CLIENT, AT_MS(300));
    trace_ack(c, SERVER, AT_MS(301));
    trace_probe(c, SERVER, AT_S(75));
    trace_rst(c, CLIENT, AT_S(75) + AT_MS(1));
    get(t, APACHE, LARGE, AT_S(76));

    assert_cause(c, "client-close");
}

/* Both sides had closed: the socket that answers the server's FIN is gone. */
static void reset_after_both_fins_is_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = get(t, APACHE, LARGE, AT_MS(0));
    trace_fin(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(4));
    trace_rst(c, CLIENT, AT_MS(5));
    get(t, APACHE, LARGE, AT_S(10));

    assert_cause(c, "client-close");
}

/* It asked for more, which is not in the capture: what it left unread nobody knows. */
static void reset_after_a_rest_that_is_not_known_is_not(void)
{
    for (int has_fin = 0; has_fin < 2; has_fin++) {
        g_autoptr(trace) t = trace_new();
        trace_rst(get(t, APACHE, LARGE, AT_MS(0)), CLIENT, AT_MS(3));
        trace_connection *c = get(t, APACHE, LARGE, AT_S(1));
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        if (has_fin) {
            trace_fin(c, CLIENT, AT_S(1) + AT_MS(30));
        }
        trace_rst(c, CLIENT, AT_S(1) + AT_MS(31));
        get(t, APACHE, LARGE, AT_S(10));

        g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
        assert_cause(c, "client-close");
    }
}

/* Its FIN is known by what it acknowledges only: when it came, and what before it, is not. */
static void reset_after_a_fin_that_is_lost_is_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = get(t, APACHE, LARGE, AT_MS(0));
    trace_lose_fin(c, CLIENT);
    trace_ack(c, SERVER, AT_MS(20));
    trace_rst(c, CLIENT, AT_MS(21));
    get(t, APACHE, LARGE, AT_S(10));

    assert_cause(c, "client-close");
}

/* Nobody was shown the answer: it may have had no body. */
static void reset_after_a_hidden_answer_is_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    const uint32_t seq = c->next[SERVER];
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 5000, c->received[SERVER], 5000, AT_MS(2));
    trace_segment(c, SERVER, HR_TCP_ACK, seq, c->received[SERVER], 5000, AT_MS(3));
    trace_lose(c, SERVER, 10000); /* its numbers: one overtook the other */
    trace_fin(c, CLIENT, AT_MS(4));
    trace_rst(c, CLIENT, AT_MS(5));
    get(t, APACHE, LARGE, AT_S(1));

    assert_cause(c, "client-close");
}

/* ---- too large for the client's buffers ---- */

/* The server sends on until the client's socket is full: see fill(). */
static trace_connection *download(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = GO);
    trace_begin_answer(c, at + AT_MS(2), .body = 900000, .rest = 900000 - LARGE);
    return c;
}

static void fill(trace_connection *c, int64_t at)
{
    c->has_no_room[CLIENT] = true;
    trace_ack(c, CLIENT, at);
}

static void end_all(trace_connection *c[], int count, int64_t at)
{
    for (int i = 0; i < count; i++) {
        trace_rst(c[i], CLIENT, at + AT_MS(i));
    }
}

/* net/http without Body.Close(), node:http without resume(), undici without dump(). */
static void socket_that_stays_full_is_unread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = download(t, AT_MS(100 * i));
        fill(c[i], AT_MS(100 * i + 3));
    }
    end_all(c, 3, AT_MS(800));

    for (int i = 0; i < 3; i++) {
        assert_cause(c[i], "body-undrained");
        g_assert_cmpint(trace_ending(c[i])->form, ==, 'a');
    }
    g_assert_true(trace_advises(t, "read_bodies", "io.Copy(io.Discard, resp.Body)"));
}

/* A download that was faster than its reader for a moment, as the program ended. */
static void socket_that_was_just_full_is_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = download(t, AT_MS(100 * i));
    }
    for (int i = 0; i < 2; i++) {
        fill(c[i], AT_MS(701 + i));
    }
    end_all(c, 2, AT_MS(800));

    assert_cause(c[0], "client-exit");
    assert_cause(c[1], "client-exit");
}

/* Full, read on, and maybe full again as it is stopped: curl --limit-rate, a pager. */
static void socket_that_is_read_again_is_not(void)
{
    for (int is_full_again = 0; is_full_again < 2; is_full_again++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = download(t, AT_MS(10 * i));
            fill(c[i], AT_MS(10 * i + 3));
        }
        for (int i = 0; i < 2; i++) {
            c[i]->has_no_room[CLIENT] = false;
            trace_ack(c[i], CLIENT, AT_MS(400 + i));
        }
        for (int i = 0; is_full_again && i < 2; i++) {
            fill(c[i], AT_MS(500 + i));
        }
        end_all(c, 2, AT_MS(800));

        assert_cause(c[0], "client-exit");
        assert_cause(c[1], "client-exit");
    }
}

/* What it read of an answer before says nothing of the last one. */
static void socket_that_was_full_before_is_unread_now(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(100 * i);
        c[i] = download(t, at);
        fill(c[i], at + AT_MS(3));
        c[i]->has_no_room[CLIENT] = false;
        trace_ack(c[i], CLIENT, at + AT_MS(5));
        trace_end_answer(c[i], 900000 - LARGE, at + AT_MS(6));
        trace_ack(c[i], CLIENT, at + AT_MS(7));
        trace_request(c[i], at + AT_MS(20), .user_agent = GO);
        trace_begin_answer(c[i], at + AT_MS(21), .body = 900000, .rest = 900000 - LARGE);
        fill(c[i], at + AT_MS(22));
    }
    end_all(c, 2, AT_MS(800));

    assert_cause(c[0], "body-undrained");
    assert_cause(c[1], "body-undrained");
}

/* A segment that says so was overtaken by a newer one, which acknowledges more (RFC 9293 §3.10.7.4,
 * SND.WL2). */
static void older_segment_says_nothing_of_room(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = download(t, AT_MS(10 * i));
        const uint32_t newest = c[i]->next[SERVER];
        trace_ack(c[i], CLIENT, AT_MS(10 * i + 3));
        c[i]->has_no_room[CLIENT] = true;
        trace_segment(c[i], CLIENT, HR_TCP_ACK, c[i]->next[CLIENT], newest - 100, 0,
                      AT_MS(10 * i + 4));
    }
    end_all(c, 2, AT_MS(800));

    assert_cause(c[0], "client-exit");
    assert_cause(c[1], "client-exit");
}

/* What asks for room is no keep-alive. */
static void asking_for_room_is_no_keep_alive_probe(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = download(t, AT_MS(0));
    fill(c, AT_MS(3));
    trace_probe(c, SERVER, AT_MS(210));
    g_assert_cmpuint(trace_found(t, HR_FINDING_KEEP_ALIVE_PROBE), ==, 0);

    c->has_no_room[CLIENT] = false;
    trace_ack(c, CLIENT, AT_MS(220));
    trace_probe(c, SERVER, AT_S(20));
    g_assert_cmpuint(trace_found(t, HR_FINDING_KEEP_ALIVE_PROBE), ==, 1);
}

/* ---- left open until the program ended ---- */

/* Each connection stays idle, and is reset in the end; the last one as well. */
static void leave_open(trace *t, const char *user_agent, uint32_t body, bool is_reset)
{
    trace_connection *c[3];

    for (int i = 0; i < 3; i++) {
        c[i] = get(t, user_agent, body, AT_MS(100 * i));
    }
    for (int i = 0; i < 3; i++) {
        if (is_reset) {
            trace_rst(c[i], CLIENT, AT_MS(800 + i));
        } else {
            trace_close(c[i], CLIENT, AT_MS(800 + i));
        }
    }
}

static bool says_unread(trace *t)
{
    GString *text = g_string_new(NULL);

    hr_fix_append_happened(text, trace_fix(t, "share_pool"));
    const bool is_said = strstr(text->str, "not read to its end") != NULL;
    g_string_free(text, TRUE);
    return is_said;
}

static void reset_at_the_end_says_why_it_was_idle(void)
{
    g_autoptr(trace) t = trace_new();
    leave_open(t, GO, LARGE, true);

    g_assert_true(says_unread(t));
    g_assert_true(trace_advises(t, "share_pool", "io.Copy(io.Discard, resp.Body)"));
}

/* It carried another request after that: the answer before had been read. */
static void what_was_used_again_had_been_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = get(t, "okhttp/4.12.0", LARGE, AT_S(0));
    get(t, "okhttp/4.12.0", LARGE, AT_S(1));
    trace_request(kept, AT_S(2));
    trace_answer(kept, AT_S(2) + AT_MS(1), .body = LARGE);
    trace_rst(kept, CLIENT, AT_S(60));

    g_assert_false(says_unread(t));
}

/* What was small, and may be in the client's buffer: a body that is never closed looks like a
 * client object for each call. net/http reads no more than 4 KiB ahead. */
static void what_may_hide_an_unread_answer_is_to_be_read(void)
{
    g_autoptr(trace) t = trace_new();
    leave_open(t, GO, SMALL, false);

    g_assert_false(says_unread(t));
    g_assert_true(trace_advises(t, "share_pool", "make one http.Client"));
    g_assert_true(trace_advises(t, "share_pool",
                                " And, should answers be left unread: call io.Copy(io.Discard,"));
}

static void fin_at_the_end_does_not(void)
{
    g_autoptr(trace) closed = trace_new();
    leave_open(closed, GO, LARGE, false);
    g_assert_false(says_unread(closed));
    g_assert_false(trace_advises(closed, "share_pool", "io.Copy"));

    g_autoptr(trace) small = trace_new();
    leave_open(small, GO, SMALL, true);
    g_assert_false(says_unread(small));
}

/* Without a known library the words are everybody's. */
static void unnamed_client_is_told_as_well(void)
{
    g_autoptr(trace) t = trace_new();
    leave_open(t, NULL, LARGE, true);

    g_assert_true(trace_advises(t, "share_pool", "Read each body to its end"));
}

/* ---- given up later ---- */

/* requests, stream=True: the status is looked at, then Response.close(). */
static void reset_after_a_pause_is_unread_as_well(void)
{
    g_autoptr(trace) large = trace_new();
    g_autoptr(trace) small = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_rst(get(large, APACHE, LARGE, AT_S(i)), CLIENT, AT_S(i) + AT_MS(200));
        trace_rst(get(small, APACHE, SMALL, AT_S(i)), CLIENT, AT_S(i) + AT_MS(200));
    }

    g_assert_true(trace_happened(large, "keep_client", "not read to its end"));
    g_assert_true(trace_may_be_else(large, "keep_client", "set to close by a reset"));
    g_assert_true(trace_advises(large, "keep_client", "says: EntityUtils.consume("));
    g_assert_false(trace_advises(large, "keep_client", "Read each body to its end before"));
    g_assert_false(trace_happened(small, "keep_client", "not read to its end"));
}

/* A snap length cut it off: how much of it may be in a buffer nobody knows. */
static void what_is_cut_off_says_nothing_of_buffers(void)
{
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = trace_open(t, AT_MS(100 * i));
            trace_request(c[i], AT_MS(100 * i + 1), .user_agent = GO);
            trace_answer(c[i], AT_MS(100 * i + 2), .body = SMALL, .is_cut = is_cut);
            trace_ack(c[i], CLIENT, AT_MS(100 * i + 4));
        }
        for (int i = 0; i < 3; i++) {
            trace_close(c[i], CLIENT, AT_MS(800 + i));
        }

        g_assert_true(trace_advises(t, "share_pool", "make one http.Client"));
        g_assert_true(trace_advises(t, "share_pool", "io.Copy(io.Discard, resp.Body)") == !is_cut);
    }
}

static void what_was_used_again_hides_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = get(t, GO, SMALL, AT_S(0));
    get(t, GO, SMALL, AT_S(1));
    trace_request(kept, AT_S(2), .user_agent = GO);
    trace_answer(kept, AT_S(2) + AT_MS(1), .body = SMALL);
    trace_close(kept, CLIENT, AT_S(60));

    g_assert_true(trace_advises(t, "share_pool", "make one http.Client"));
    g_assert_false(trace_advises(t, "share_pool", "io.Copy"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unread/fin/rest-unknown", reset_after_a_rest_that_is_not_known_is_not);
    g_test_add_func("/unread/fin/lost", reset_after_a_fin_that_is_lost_is_not);
    g_test_add_func("/unread/fin-reset", reset_after_its_own_fin_is_unread);
    g_test_add_func("/unread/fin-reset/neither", small_or_old_is_not);
    g_test_add_func("/unread/fin-reset/tls", reset_for_what_came_later_is_not);
    g_test_add_func("/unread/fin-reset/hidden", reset_after_a_hidden_answer_is_not);
    g_test_add_func("/unread/left/reset", reset_at_the_end_says_why_it_was_idle);
    g_test_add_func("/unread/hidden", what_may_hide_an_unread_answer_is_to_be_read);
    g_test_add_func("/unread/left/fin", fin_at_the_end_does_not);
    g_test_add_func("/unread/left/unnamed", unnamed_client_is_told_as_well);
    g_test_add_func("/unread/fin-reset/not-of-others",
                    client_that_resets_at_once_left_nothing_behind_a_fin);
    g_test_add_func("/unread/fin-reset/not-late", reset_long_after_the_fin_is_not);
    g_test_add_func("/unread/fin-reset/not-both", reset_after_both_fins_is_not);
    g_test_add_func("/unread/left/not-used-again", what_was_used_again_had_been_read);
    g_test_add_func("/unread/given-up", reset_after_a_pause_is_unread_as_well);
    g_test_add_func("/unread/full", socket_that_stays_full_is_unread);
    g_test_add_func("/unread/full/not-for-a-moment", socket_that_was_just_full_is_not);
    g_test_add_func("/unread/full/before", socket_that_was_full_before_is_unread_now);
    g_test_add_func("/unread/full/older-segment", older_segment_says_nothing_of_room);
    g_test_add_func("/unread/full/not-read-again", socket_that_is_read_again_is_not);
    g_test_add_func("/unread/full/probe", asking_for_room_is_no_keep_alive_probe);
    g_test_add_func("/unread/hidden/cut", what_is_cut_off_says_nothing_of_buffers);
    g_test_add_func("/unread/hidden/used-again", what_was_used_again_hides_none);
    return g_test_run();
}
