/* test_hidden_streams.c
 * HTTP/2 without keys: what its client asks at a time may be all that the server allows, which
 * stands in SETTINGS that nobody can read. RFC 9113 §5.1.2, DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_tls.h"

#define STREAMS_OPEN "all the streams that the server allows there were open"

enum {
    REQUEST = 120,
    PART = 420,
};

static const char *const both = "h2,http/1.1";

/* @asked records of the client's 1 ms after each other, from 10 ms on, and from 30 ms on @told of the
 * server's. */
static trace_connection *ask_and_tell(trace *t, const char *offers, unsigned asked, unsigned told)
{
    trace_connection *c = tls_open(t, AT_MS(0), .offers = offers);

    for (unsigned i = 0; i < asked; i++) {
        tls_data(c, CLIENT, REQUEST, AT_MS(10 + i));
    }
    for (unsigned i = 0; i < told; i++) {
        tls_data(c, SERVER, PART, AT_MS(30 + i));
    }
    return c;
}

/* The next call is over before the other connection is heard of again. */
static trace_connection *dial(trace *t, const char *offers, int64_t at)
{
    trace_connection *c = tls_open(t, at, .offers = offers);

    tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(20));
    return c;
}

static const char *why_beside(const char *offers, unsigned asked, unsigned told)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_and_tell(t, offers, asked, told);
    trace_connection *next = dial(t, offers, AT_MS(200));
    tls_data(c, SERVER, PART, AT_MS(500));
    tls_data(c, SERVER, PART, AT_MS(501));

    return hr_why_token(trace_opening(next)->why);
}

/* Of three that it asked, one was answered, or a part of it: the server may allow no more. */
static void more_asked_than_was_told(void)
{
    g_assert_cmpstr(why_beside(both, 3, 1), ==, NULL);
    g_assert_cmpstr(why_beside("h2", 2, 0), ==, "all-busy");
    g_assert_cmpstr(why_beside(both, 4, 2), ==, NULL);
}

/* As many records came back, or all but one, which may be a body's. */
static void as_much_told_as_asked(void)
{
    g_assert_cmpstr(why_beside(both, 1, 1), ==, "idle-available");
    g_assert_cmpstr(why_beside(both, 3, 3), ==, "idle-available");
    g_assert_cmpstr(why_beside(both, 2, 1), ==, "idle-available");
}

/* HTTP/1 has no streams: it is a body. */
static void without_streams_it_is_a_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_and_tell(t, "http/1.1", 4, 1);
    trace_connection *next = dial(t, "http/1.1", AT_MS(200));

    assert_opened(next, "idle-available", c);
}

/* It was asked once more out of rest: a stream was free. */
static void asked_out_of_rest_it_had_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_and_tell(t, both, 4, 1);
    tls_hidden_exchange(c, AT_MS(100), AT_MS(110));
    trace_connection *next = dial(t, both, AT_MS(200));

    assert_opened(next, "idle-available", c);
}

/* Right after what the server sent it is the next that waited for a stream. */
static void asked_right_away_it_had_none_to_spare(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_and_tell(t, both, 4, 1);
    tls_hidden_exchange(c, AT_MS(31), AT_MS(32));
    trace_connection *next = dial(t, both, AT_MS(200));
    tls_data(c, SERVER, PART, AT_MS(500));

    g_assert_cmpstr(hr_why_token(trace_opening(next)->why), ==, NULL);
}

/* Another one is free for certain enough: that is it. */
static void another_is_free(void)
{
    g_autoptr(trace) t = trace_new();
    ask_and_tell(t, both, 4, 1);
    trace_connection *free_one = dial(t, both, AT_MS(40));
    trace_connection *next = dial(t, both, AT_MS(200));

    assert_opened(next, "idle-available", free_one);
}

static bool may_be_streams(const char *offers)
{
    g_autoptr(trace) t = trace_new();
    ask_and_tell(t, offers, 1, 1);
    dial(t, offers, AT_MS(200));

    return trace_may_be_else(t, "share_pool", STREAMS_OPEN);
}

/* One call may be a stream that goes on for long: how many there were, and may be, nobody can read. */
static void it_is_told_where_there_may_be_streams(void)
{
    g_assert_true(may_be_streams(both));
    g_assert_true(may_be_streams("h2"));
    g_assert_false(may_be_streams("http/1.1"));
}

/* With keys all of it is known. */
static void with_keys_it_is_not_told(void)
{
    g_autoptr(trace) t = trace_new();
    for (int64_t i = 0; i < 2; i++) {
        h2_exchange(h2_open(t, AT_MS(200 * i)), 1, AT_MS(200 * i + 10), AT_MS(200 * i + 20));
    }

    g_assert_nonnull(trace_fix(t, "share_pool"));
    g_assert_false(trace_may_be_else(t, "share_pool", STREAMS_OPEN));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hidden/streams/more", more_asked_than_was_told);
    g_test_add_func("/hidden/streams/as-much", as_much_told_as_asked);
    g_test_add_func("/hidden/streams/http1", without_streams_it_is_a_body);
    g_test_add_func("/hidden/streams/out-of-rest", asked_out_of_rest_it_had_one);
    g_test_add_func("/hidden/streams/right-away", asked_right_away_it_had_none_to_spare);
    g_test_add_func("/hidden/streams/another", another_is_free);
    g_test_add_func("/hidden/streams/told", it_is_told_where_there_may_be_streams);
    g_test_add_func("/hidden/streams/keys", with_keys_it_is_not_told);
    return g_test_run();
}
