/* test_evictions.c
 * A full pool drops the idle connection that was used least recently, for another of the same pool
 * key or of any host. What looks like it is a timeout, and client objects in turn. DESIGN section
 * 5, pool-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

/* Six calls at once, whose answers come in turn, each 50 ms. */
static void ask_six(trace *t, trace_connection *c[6])
{
    for (int i = 0; i < 6; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_US(1000 * i + 300));
    }
    for (int i = 0; i < 6; i++) {
        trace_answer(c[i], AT_MS(100 + 50 * i));
    }
}

/* OkHttp keeps five; the sixth becomes idle. */
static void longest_idle_of_one_host(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    ask_six(t, c);
    trace_close(c[0], CLIENT, AT_US(350300));
    for (int i = 1; i < 6; i++) {
        trace_exchange(c[i], AT_S(1) + AT_MS(10 * i), AT_S(1) + AT_MS(10 * i + 5));
    }

    assert_cause(c[0], "pool-limit");
    assert_closed_by(c[0], "client");
    assert_certainty(c[0], "likely");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, 5);
    g_assert_cmpint(trace_ending(c[0])->eviction, ==, HR_EVICTION_OWN);
}

/* What it asked last is not in the capture, with its answer or without: it was idle for less than
 * another, or busy. */
static void longest_idle_as_far_as_is_seen(void)
{
    for (int is_answered = 0; is_answered < 2; is_answered++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        ask_six(t, c);
        if (is_answered) {
            trace_answer_alone(c[0], AT_US(350200));
        } else {
            trace_lose(c[0], CLIENT, TRACE_REQUEST_HEADER);
        }
        trace_close(c[0], CLIENT, AT_US(350300));
        for (int i = 1; i < 6; i++) {
            trace_exchange(c[i], AT_S(1) + AT_MS(10 * i), AT_S(1) + AT_MS(10 * i + 5));
        }

        g_assert_cmpint(trace_ending(c[0])->cause, !=, HR_CLOSE_POOL_LIMIT);
    }
}

/* pycurl with one handle and four hosts, of which it keeps three. */
static void one_pool_for_all_hosts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    for (int i = 0; i < 6; i++) {
        c[i] = trace_ask_host(t, i % 4, "PycURL/7.45.2 libcurl/7.88.1", AT_MS(50 * i));
        if (i >= 3) {
            trace_close(c[i - 3], CLIENT, AT_MS(50 * i) + AT_US(640));
        }
    }

    for (int i = 0; i < 3; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, 3);
        g_assert_cmpint(trace_ending(c[i])->eviction, ==, HR_EVICTION_SHARED);
    }
}

/* A run of 6 ms: the pool never rests, and its end closes one after the other. Of net/http it is no
 * unread body, whatever was dialled next. */
static void short_run_of(const char *user_agent)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    for (int i = 0; i < 6; i++) {
        c[i] = trace_ask_host(t, i % 4, user_agent, AT_MS(i));
        if (i >= 3) {
            trace_close(c[i - 3], CLIENT, AT_MS(i) + AT_US(640));
        }
    }
    for (int i = 3; i < 6; i++) {
        trace_close(c[i], CLIENT, AT_MS(6) + AT_US(300) * (i - 3));
    }

    for (int i = 0; i < 2; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, 3);
    }
    assert_cause(c[4], "client-exit");
}

static void short_run(void)
{
    short_run_of("PycURL/7.45.2 libcurl/7.88.1");
    short_run_of("Go-http-client/1.1");
}

/* It was kept beside as many others before: there was room, and it had another reason. */
static void it_was_kept_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_ask_host(t, i, NULL, AT_MS(50 * i));
    }
    trace_exchange(c[3], AT_MS(2700), AT_MS(2701));
    trace_close(c[0], CLIENT, AT_US(2701300)); /* a timeout, by chance then */
    trace_exchange(c[1], AT_S(3), AT_S(3) + AT_MS(1));

    assert_cause(c[0], "client-close");
}

/* The one that is closed is neither the least recently used nor the latest. */
static void another_one_goes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_ask_host(t, i, NULL, AT_MS(50 * i));
    }
    trace_close(c[1], CLIENT, AT_MS(151));
    for (int i = 0; i < 4; i++) {
        if (i != 1) {
            trace_exchange(c[i], AT_S(1) + AT_MS(10 * i), AT_S(1) + AT_MS(10 * i + 1));
        }
    }

    assert_cause(c[1], "client-close");
}

/* Two hosts in turn, each pushing the other out. */
static void in_turn(trace *t, trace_connection **c, const char *user_agent)
{
    for (int i = 0; i < 4; i++) {
        c[i] = trace_ask_host(t, i % 2, user_agent, AT_MS(100 * i));
        if (i > 0) {
            trace_close(c[i - 1], CLIENT, AT_MS(100 * i + 5));
        }
    }
}

static void pool_of_one_by_its_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    in_turn(t, c, "libwww-perl/6.68");
    g_autoptr(trace) u = trace_new();
    trace_connection *d[4];
    in_turn(u, d, "Wget/1.21.3");

    assert_cause(c[0], "pool-limit");
    assert_cause(c[1], "pool-limit");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, 1);
    assert_cause(d[0], "pool-limit");
}

/* A client object for each call, the old one closed as the new one has its answer. requests and
 * boto3 run on urllib3, which keeps one where they keep ten; ureq 3 keeps three, ureq 2 one; Wget
 * keeps one, and Wget2, which has its name, one for each of five threads. */
static void client_objects_in_turn(void)
{
    static const char *const names[] = {"myservice/2.3", "python-requests/2.28.1",
                                        "Boto3/1.26.27 Python/3.11.2 Botocore/1.29.27",
                                        "ureq/3.0.11", "Wget/2.1.0"};

    for (size_t name = 0; name < G_N_ELEMENTS(names); name++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[4];
        in_turn(t, c, names[name]);

        assert_cause(c[0], "client-close");
        assert_cause(c[1], "client-close");
    }
}

/* It keeps two, and once it is late to drop the one that came: that one was not idle for long. It may
 * close another one for whatever reason, long after that. */
static void late_to_drop_the_newcomer(void)
{
    for (int ends = 0; ends < 2; ends++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[4];
        for (int i = 0; i < 4; i++) {
            c[i] = trace_open(t, AT_MS(i));
            trace_request(c[i], AT_US(1000 * i + 300));
        }
        trace_answer(c[0], AT_MS(10));
        trace_answer(c[1], AT_MS(11));
        trace_request(c[1], AT_MS(12));
        trace_answer(c[2], AT_MS(13));
        trace_answer(c[3], AT_MS(14));
        trace_close(c[0], CLIENT, AT_US(14200));
        trace_exchange(c[2], AT_S(1), AT_S(1) + AT_MS(1));
        if (ends) {
            trace_close(c[3], CLIENT, AT_MS(1500));
        }
        trace_exchange(ends ? c[2] : c[3], AT_S(2), AT_S(2) + AT_MS(1));

        g_assert_cmpint(trace_ending(c[0])->eviction, ==, HR_EVICTION_NONE);
    }
}

/* Another program's connection became idle in that moment. */
static void another_programs_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ask_host(t, 0, "one/1.0", AT_MS(0));
    trace_ask_host(t, 1, "one/1.0", AT_MS(50));
    trace_connection *kept = trace_ask_host(t, 2, "one/1.0", AT_MS(100));
    trace_ask_host(t, 3, "two/1.0", AT_MS(300));
    trace_close(one, CLIENT, AT_MS(301));
    trace_request(kept, AT_S(1), .user_agent = "one/1.0");

    assert_cause(one, "client-close");
}

/* Ten are kept, each at rest for hardly longer than a moment: never ten at rest at one time. */
static void kept_by_a_pool_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[36];
    for (int i = 0; i < 36; i++) {
        c[i] = trace_ask_host(t, i % 12, "myservice/2.3", AT_MS(2 * i));
        if (i >= 10) {
            trace_close(c[i - 10], CLIENT, AT_MS(2 * i) + AT_US(640));
        }
    }
    for (int i = 26; i < 36; i++) {
        trace_close(c[i], CLIENT, AT_MS(73) + AT_US(300) * (i - 26));
    }

    assert_cause(c[20], "pool-limit");
    g_assert_cmpuint(trace_ending(c[20])->limit, ==, 10);
}

/* Sessions for one call each, of four threads: what is idle for longest goes now and then as
 * another one is answered, and the others go as well. */
static void a_client_for_each_call_in_threads(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[12];
    for (int i = 0; i < 12; i += 4) {
        const int64_t at = AT_MS(10 * i);
        c[i] = trace_ask_host(t, 0, "python-requests/2.28.1", at);
        c[i + 1] = trace_ask_host(t, 0, "python-requests/2.28.1", at + AT_MS(1));
        c[i + 2] = trace_ask_host(t, 0, "python-requests/2.28.1", at + AT_MS(2));
        trace_close(c[i + 1], CLIENT, at + AT_US(2650));
        c[i + 3] = trace_ask_host(t, 0, "python-requests/2.28.1", at + AT_MS(3));
        trace_close(c[i], CLIENT, at + AT_US(3700));
        trace_close(c[i + 3], CLIENT, at + AT_US(4100));
        trace_close(c[i + 2], CLIENT, at + AT_US(4500));
    }

    assert_cause(c[0], "client-close");
    assert_cause(c[4], "client-close");
}

/* net/http, two idle a host: of four calls that end within a moment two connections have no place. As
 * packets come, they were idle for longest. */
static void of_one_moment_none_is_the_oldest(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    for (int burst = 1; burst < 4; burst++) {
        trace_connection *c[4] = {trace_open(t, AT_S(burst)),
                                  trace_open(t, AT_S(burst) + AT_US(250)), kept[0], kept[1]};
        for (int i = 0; i < 4; i++) {
            trace_request(c[i], AT_S(burst) + AT_US(600 + 10 * i));
        }
        for (int i = 0; i < 4; i++) {
            trace_answer(c[i], AT_S(burst) + AT_MS(1 + i));
            if (i >= 2) {
                trace_close(c[i - 2], CLIENT, AT_S(burst) + AT_MS(1 + i) + AT_US(50));
            }
        }
    }

    trace_close(kept[0], CLIENT, AT_S(4)); /* that one has rested says nothing of the others */
    trace_exchange(kept[1], AT_S(5), AT_S(5) + AT_MS(1));

    g_assert_nonnull(trace_fix(t, "keep_more_idle"));
    g_assert_null(trace_fix(t, "keep_more_in_all"));
}

/* HttpURLConnection of JDK 17: its only limit is one for each host, and the oldest goes. */
static void oldest_of_a_limit_for_each_host(void)
{
    static const char *const names[] = {"Java/17.0.15", "okhttp/3.13.1",
                                        "Apache-HttpClient/5.2.1 (Java/17.0.15)"};

    for (size_t name = 0; name < G_N_ELEMENTS(names); name++) {
        g_autoptr(trace) t = trace_new();
        for (int burst = 0; burst < 2; burst++) {
            trace_connection *c[6];
            for (int i = 0; i < 6; i++) {
                c[i] = trace_open(t, AT_S(burst) + AT_MS(i));
                trace_request(c[i], AT_S(burst) + AT_US(1000 * i + 300), .user_agent = names[name]);
            }
            for (int i = 0; i < 6; i++) {
                trace_answer(c[i], AT_S(burst) + AT_MS(100 + 50 * i));
            }
            trace_close(c[0], CLIENT, AT_S(burst) + AT_US(350300));
            for (int i = 1; i < 6 && burst == 0; i++) {
                trace_close(c[i], SERVER, AT_MS(700 + 20 * i));
            }
        }

        g_assert_true(trace_totals(t)->ended[HR_CLOSE_POOL_LIMIT] > 0);
        g_assert_true((trace_fix(t, "keep_more_idle") != NULL) == (name == 0));
        g_assert_true((trace_fix(t, "keep_more_in_all") != NULL) == (name > 0));
        if (name > 0) {
            g_assert_false(trace_advises(t, "keep_more_in_all", "All servers of an upstream"));
        }
    }
}

/* A busy program is late once, and another stays beside those that its pool keeps: how many these are
 * most of the times show. */
static void late_once_beside_one_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[8];
    for (int i = 0; i < 8; i++) {
        c[i] = trace_ask_host(t, i % 4, "PycURL/7.45.2 libcurl/7.88.1", AT_US(1500 * i));
        if (i >= 3 && i != 4) {
            trace_close(c[i == 5 ? 1 : i - 3], CLIENT, AT_US(1500 * i + 640));
        }
        if (i == 5) {
            trace_close(c[2], CLIENT, AT_US(1500 * i + 850));
        }
    }

    for (int i = 0; i < 5; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, 3);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evictions/as-far-as-seen", longest_idle_as_far_as_is_seen);
    g_test_add_func("/evictions/one-host", longest_idle_of_one_host);
    g_test_add_func("/evictions/per-host", oldest_of_a_limit_for_each_host);
    g_test_add_func("/evictions/all-hosts", one_pool_for_all_hosts);
    g_test_add_func("/evictions/short-run", short_run);
    g_test_add_func("/evictions/not-if-kept-before", it_was_kept_before);
    g_test_add_func("/evictions/not-another", another_one_goes);
    g_test_add_func("/evictions/pool-of-one", pool_of_one_by_its_name);
    g_test_add_func("/evictions/not-objects-in-turn", client_objects_in_turn);
    g_test_add_func("/evictions/not-late-newcomer", late_to_drop_the_newcomer);
    g_test_add_func("/evictions/not-another-program", another_programs_pool);
    g_test_add_func("/evictions/not-client-for-each-call", a_client_for_each_call_in_threads);
    g_test_add_func("/evictions/pool-in-use", kept_by_a_pool_in_use);
    g_test_add_func("/evictions/one-moment", of_one_moment_none_is_the_oldest);
    g_test_add_func("/evictions/late-once", late_once_beside_one_more);
    return g_test_run();
}
