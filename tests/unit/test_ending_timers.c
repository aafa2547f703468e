/* test_ending_timers.c
 * Ends of idle connections: whose timer, which software's, and when no timer fits. A default D
 * fits an idle time T when D <= T <= D + max(50 ms, 2 %).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "software/software.h"
#include "trace.h"

/* A connection answered at @at by a server of that name; NULL says none. */
static trace_connection *answered(trace *t, const char *server, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(10));
    trace_request(c, at - AT_MS(5));
    trace_answer(c, at, .server = server);
    return c;
}

/* The client goes on, elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_connection *c = trace_open_to(t, "10.0.0.99", 80, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
}

static bool lists(const trace_connection *c, hr_product_id product)
{
    const hr_ending *ending = trace_ending(c);

    for (unsigned i = 0; i < ending->timer_count; i++) {
        if (hr_ending_timer(ending, i)->product == product) {
            return true;
        }
    }
    return false;
}

/* That the first candidate is @product's, which a header names. */
static void assert_named(const trace_connection *c, hr_product_id product)
{
    g_assert_true(trace_ending(c)->is_timer_named);
    g_assert_cmpint(hr_ending_timer(trace_ending(c), 0)->product, ==, product);
}

/* How a connection ends that @side closes after @idle. */
static const char *cause_after(trace_side side, int64_t idle)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, NULL, AT_MS(10));
    trace_close(c, side, AT_MS(10) + idle);
    go_on(t, AT_MS(10) + idle + AT_S(1));
    return hr_close_cause_token(trace_ending(c)->cause);
}

/* ---- a default of common software ---- */

static void default_fits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, NULL, AT_MS(10));
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-idle-timeout");
    assert_closed_by(c, "server");
    assert_certainty(c, "likely");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_MS(5002));
    g_assert_false(trace_ending(c)->is_timer_named);
    g_assert_true(lists(c, HR_PRODUCT_APACHE)); /* all that fit */
    g_assert_true(lists(c, HR_PRODUCT_NODE_HTTP));
    g_assert_false(lists(c, HR_PRODUCT_CLOUDFRONT)); /* a client's */
}

/* cowboy_http has two: request_timeout, 5 s, where no request runs, and idle_timeout, 60 s, within
 * one. */
static void default_of_where_no_request_runs(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, "Cowboy", AT_MS(10));
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-idle-timeout");
    assert_named(c, HR_PRODUCT_COWBOY);
    g_assert_cmpstr(hr_ending_timer(trace_ending(c), 0)->setting, ==, "request_timeout");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 1);
}

static void default_never_fits_before_its_time(void)
{
    g_assert_cmpstr(cause_after(SERVER, AT_S(5)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_after(SERVER, AT_S(5) - 1), ==, "server-close");
}

static void default_fits_2_percent_later(void)
{
    g_assert_cmpstr(cause_after(SERVER, AT_MS(5100)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_after(SERVER, AT_MS(5100) + 1), ==, "server-close");
}

/* Gunicorn's 2 s: 2 % of it were only 40 ms. */
static void default_fits_50_ms_later(void)
{
    g_assert_cmpstr(cause_after(SERVER, AT_MS(2050)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_after(SERVER, AT_MS(2050) + 1), ==, "server-close");
}

static void rst_ends_an_idle_time_as_well(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, NULL, AT_MS(10));
    trace_rst(c, SERVER, AT_MS(75011));

    assert_cause(c, "server-idle-timeout");
    g_assert_true(lists(c, HR_PRODUCT_NGINX));
}

static void server_header_names_the_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, "Apache/2.4.57 (Debian)", AT_MS(10));
    trace_close(c, SERVER, AT_MS(5012));

    assert_named(c, HR_PRODUCT_APACHE);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 1); /* Node.js' http has no Server */
}

static void server_header_names_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, "nginx/1.22.1", AT_MS(10));
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
}

/* timers-five-servers: uvicorn has 5 s as Apache httpd and Node.js have. */
static void server_header_rules_others_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, "uvicorn", AT_MS(10));
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-idle-timeout");
    assert_named(c, HR_PRODUCT_UVICORN);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 1);
}

static void unknown_server_rules_nobody_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, "myservice/2.3", AT_MS(10));
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-idle-timeout");
    g_assert_false(trace_ending(c)->is_timer_named);
    g_assert_true(lists(c, HR_PRODUCT_APACHE));
    g_assert_true(lists(c, HR_PRODUCT_NODE_HTTP));
}

/* AWS ALB passes the target's Server on, and closes after 60 s. */
static void server_header_may_have_been_passed_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, "gunicorn", AT_MS(10));
    trace_close(c, SERVER, AT_MS(60012));

    assert_cause(c, "server-idle-timeout");
    g_assert_true(lists(c, HR_PRODUCT_AWS_ALB));
    g_assert_false(lists(c, HR_PRODUCT_TOMCAT));
}

static void via_names_the_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(10), .via = "1.1 Caddy");
    trace_close(c, SERVER, AT_MS(10) + AT_MS(300500));

    assert_named(c, HR_PRODUCT_CADDY);
}

/* One HEAD, whose client may wait for a body: that it gave up says nothing, that the server did not
 * wait on does. */
static void timeout_after_a_head(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .method = "HEAD");
        trace_answer(c, AT_MS(2), .body = 5000, .is_header_only = true);
        trace_close(c, is_server ? SERVER : CLIENT, AT_MS(2) + AT_S(60));
        go_on(t, AT_S(62));

        assert_cause(c, is_server ? "server-idle-timeout" : "client-close");
    }
}

static void user_agent_names_the_clients_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = "Go-http-client/1.1");
    trace_answer(c, AT_MS(10));
    trace_close(c, CLIENT, AT_MS(90011));
    go_on(t, AT_S(100));

    assert_cause(c, "client-idle-timeout");
    assert_closed_by(c, "client");
    assert_named(c, HR_PRODUCT_GO);
}

/* How a connection ends that a client of that name closes after @idle; it goes nowhere else. */
static trace_connection *left_by(trace *t, const char *user_agent, int64_t idle)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = user_agent);
    trace_answer(c, AT_MS(2));
    trace_close(c, CLIENT, AT_MS(2) + idle);
    return c;
}

/* okhttp3.ConnectionPool: 5 minutes. */
static void okhttp_has_five_minutes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = left_by(t, "okhttp/4.12.0", AT_S(300) + AT_US(800));

    assert_cause(c, "client-idle-timeout");
    assert_named(c, HR_PRODUCT_OKHTTP);
}

/* aiohttp-idle-15s: dropped at the next whole second; TCPConnector looks each 15 s, so that one
 * which was used in between lasts up to 30. */
static void aiohttp_has_fifteen_seconds_and_looks_seldom(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = left_by(t, "Python/3.11 aiohttp/3.9.1", AT_S(15) + AT_US(2000));
    g_autoptr(trace) late = trace_new();
    trace_connection *later = left_by(late, "Python/3.11 aiohttp/3.9.1", AT_S(15) + AT_MS(998));
    g_autoptr(trace) early = trace_new();
    trace_connection *sooner = left_by(early, "Python/3.11 aiohttp/3.9.1", AT_S(15) - AT_MS(2));

    assert_cause(c, "client-idle-timeout");
    assert_named(c, HR_PRODUCT_AIOHTTP);
    assert_cause(later, "client-idle-timeout");
    assert_cause(sooner, "client-exit");
}

/* Only by name may a timer be late: else each would fit much. */
static void nobody_else_is_late(void)
{
    g_assert_cmpstr(cause_after(CLIENT, AT_S(15)), ==, "client-idle-timeout");
    g_assert_cmpstr(cause_after(CLIENT, AT_S(15) + AT_MS(998)), ==, "client-close");
}

/* How a connection ends that a server of that name closes after @idle. */
static const char *cause_by_server(const char *server, int64_t idle)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, server, AT_MS(10));
    trace_close(c, SERVER, AT_MS(10) + idle);
    go_on(t, AT_MS(10) + idle + AT_S(1));
    return hr_close_cause_token(trace_ending(c)->cause);
}

/* Squid 5.7: 119.8 to 121.0 s of 120, by a clock of whole seconds; thin 1.8: 29.94 s of 30. */
static void named_may_be_early(void)
{
    g_assert_cmpstr(cause_by_server("squid/5.7", AT_MS(119786)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_by_server("squid/5.7", AT_MS(123400)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_by_server("squid/5.7", AT_S(119) - 1), ==, "server-close");
    g_assert_cmpstr(cause_by_server("squid/5.7", AT_MS(123400) + 1), ==, "server-close");
    g_assert_cmpstr(cause_by_server("thin", AT_MS(29935)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_by_server("thin", AT_MS(29899)), ==, "server-close");
    g_assert_cmpstr(cause_by_server(NULL, AT_MS(29935)), ==, "server-close");
}

/* Go's 90 s under the name of a program, and not under that of another library. */
static void user_agent_rules_others_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *own = left_by(t, "kubelet/v1.29.2 (linux/amd64)", AT_S(90) + AT_MS(2));
    go_on(t, AT_S(95));
    g_autoptr(trace) u = trace_new();
    trace_connection *other = left_by(u, "python-requests/2.32.3", AT_S(90) + AT_MS(2));
    go_on(u, AT_S(95));

    assert_cause(own, "client-idle-timeout");
    g_assert_true(lists(own, HR_PRODUCT_GO));
    g_assert_false(lists(other, HR_PRODUCT_GO));
}

static void server_says_its_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(10), .keep_alive = "timeout=17");
    trace_close(c, SERVER, AT_MS(17011));

    assert_cause(c, "server-idle-timeout");
    g_assert_true(trace_ending(c)->is_timer_announced);
}

static void server_says_another_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(10), .keep_alive = "timeout=17");
    trace_close(c, SERVER, AT_MS(9010));

    assert_cause(c, "server-close");
}

/* A connection on which the server said Keep-Alive: timeout=5 to that client, which closed it
 * after @idle and went nowhere else. */
static trace_connection *heeds_5_s(trace *t, const char *user_agent, int64_t idle)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = user_agent);
    trace_answer(c, AT_MS(10), .keep_alive = "timeout=5");
    trace_close(c, CLIENT, AT_MS(10) + idle);
    return c;
}

/* undici closes two seconds before the server would (measured: 3.001 to 3.052 s of 5). */
static void client_heeds_what_the_server_said(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = heeds_5_s(t, "node", AT_MS(3052));

    assert_cause(c, "client-idle-timeout"); /* and not the end of the program */
    assert_closed_by(c, "client");
    assert_certainty(c, "likely");
    assert_named(c, HR_PRODUCT_UNDICI);
    g_assert_false(trace_ending(c)->is_timer_announced);
}

static void client_without_a_name_heeds_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = heeds_5_s(t, NULL, AT_MS(4001));
    go_on(t, AT_S(6));

    assert_cause(c, "client-idle-timeout");
    g_assert_true(lists(c, HR_PRODUCT_NODE_HTTP));
    g_assert_false(trace_ending(c)->is_timer_named);
}

static void client_closes_before_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = heeds_5_s(t, "node", AT_MS(2999));

    assert_cause(c, "client-exit");
}

/* Nothing was said: three seconds fit nobody. */
static void nothing_to_heed(void)
{
    g_assert_cmpstr(cause_after(CLIENT, AT_MS(3002)), ==, "client-close");
}

static void a_name_is_a_whole_word(void)
{
    g_assert_true(hr_software_is_named("Apache", "apache"));
    g_assert_true(hr_software_is_named("1.1 Caddy", "caddy"));
    g_assert_true(hr_software_is_named("Jetty(9.4.53.v20231009)", "jetty"));
    g_assert_false(hr_software_is_named("Apache-Coyote/1.1", "apache"));
    g_assert_false(hr_software_is_named("node-fetch/1.0", "node"));
}

/* ---- whose timer ---- */

static void first_closer_decides(void)
{
    g_assert_cmpstr(cause_after(SERVER, AT_MS(60010)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_after(CLIENT, AT_MS(60010)), ==, "client-idle-timeout");
}

static void timer_of_the_other_side_does_not_fit(void)
{
    g_assert_cmpstr(cause_after(CLIENT, AT_MS(75010)), ==, "client-close"); /* nginx's server */
    g_assert_cmpstr(cause_after(SERVER, AT_MS(90010)), ==, "server-close"); /* Go's client */
}

/* ---- what an idle time is ---- */

static void probes_reset_no_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, NULL, AT_S(1));
    for (int i = 1; i <= 4; i++) {
        trace_probe(c, CLIENT, AT_S(1 + 15 * i));
        trace_ack(c, SERVER, AT_S(1 + 15 * i));
    }
    trace_close(c, SERVER, AT_S(76));

    assert_cause(c, "server-idle-timeout");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(75));
    g_assert_true(lists(c, HR_PRODUCT_NGINX));
}

static void each_exchange_begins_it_anew(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered(t, NULL, AT_S(1));
    trace_exchange(c, AT_S(4), AT_S(5));
    trace_close(c, SERVER, AT_S(10));

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(5));
    assert_cause(c, "server-idle-timeout");
}

static void busy_connection_has_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_fin(c, SERVER, AT_S(5));

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
    assert_cause(c, "request-aborted");
}

/* ---- looks alike: an announced close ---- */

static void announced_close_at_the_timers_time(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(10), .connection = "close");
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-close-header");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/idle-timeout/head", timeout_after_a_head);
    g_test_add_func("/ending/idle-timeout/default", default_fits);
    g_test_add_func("/ending/idle/default-of-rest", default_of_where_no_request_runs);
    g_test_add_func("/ending/idle-timeout/never-under", default_never_fits_before_its_time);
    g_test_add_func("/ending/idle-timeout/2-percent", default_fits_2_percent_later);
    g_test_add_func("/ending/idle-timeout/50-ms", default_fits_50_ms_later);
    g_test_add_func("/ending/idle-timeout/rst", rst_ends_an_idle_time_as_well);
    g_test_add_func("/ending/idle-timeout/server-named", server_header_names_the_timer);
    g_test_add_func("/ending/idle-timeout/server-unlike", server_header_names_another);
    g_test_add_func("/ending/idle-timeout/server-contradicts", server_header_rules_others_out);
    g_test_add_func("/ending/idle-timeout/server-unknown", unknown_server_rules_nobody_out);
    g_test_add_func("/ending/idle-timeout/server-passed-on", server_header_may_have_been_passed_on);
    g_test_add_func("/ending/idle-timeout/via-named", via_names_the_timer);
    g_test_add_func("/ending/idle-timeout/user-agent-named", user_agent_names_the_clients_timer);
    g_test_add_func("/ending/idle-timeout/okhttp", okhttp_has_five_minutes);
    g_test_add_func("/ending/idle-timeout/aiohttp", aiohttp_has_fifteen_seconds_and_looks_seldom);
    g_test_add_func("/ending/idle-timeout/late-by-name", nobody_else_is_late);
    g_test_add_func("/ending/idle-timeout/early-by-name", named_may_be_early);
    g_test_add_func("/ending/idle-timeout/user-agent-contradicts", user_agent_rules_others_out);
    g_test_add_func("/ending/idle-timeout/announced", server_says_its_timeout);
    g_test_add_func("/ending/idle-timeout/announced-other", server_says_another_timeout);
    g_test_add_func("/ending/idle-timeout/heeded", client_heeds_what_the_server_said);
    g_test_add_func("/ending/idle-timeout/heeded-unnamed", client_without_a_name_heeds_it);
    g_test_add_func("/ending/idle-timeout/heeded-before", client_closes_before_it);
    g_test_add_func("/ending/idle-timeout/heeded-nothing", nothing_to_heed);
    g_test_add_func("/ending/idle-timeout/name", a_name_is_a_whole_word);
    g_test_add_func("/ending/idle-timeout/side", first_closer_decides);
    g_test_add_func("/ending/idle-timeout/other-side", timer_of_the_other_side_does_not_fit);
    g_test_add_func("/ending/idle-time/probes", probes_reset_no_timer);
    g_test_add_func("/ending/idle-time/anew", each_exchange_begins_it_anew);
    g_test_add_func("/ending/idle-time/busy", busy_connection_has_none);
    g_test_add_func("/ending/idle-time/announced-close", announced_close_at_the_timers_time);
    return g_test_run();
}
