/* test_software.c
 * Which product a Server, Via or User-Agent names (RFC 9110 sections 7.6.3, 10.1.5 and 10.2.4),
 * and whose default timeouts explain what: a client's, a server's, or those of what lies between
 * them. The values are from the products' documentation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "software/software.h"
#include "trace.h"

static void assert_names(const char *value, const char *product)
{
    g_assert_true(hr_software_is_named(value, product));
}

static void assert_not(const char *value, const char *product)
{
    g_assert_false(hr_software_is_named(value, product));
}

/* Via: [protocol-name "/"] protocol-version, received-by, [comment]; lists have commas. */
static void via_names_who_passed_it_on(void)
{
    assert_names("1.1 varnish (Varnish/6.0)", "varnish");
    assert_names("1.1 google", "google");
    assert_names("1.1 haproxy", "haproxy");
    assert_names("HTTP/1.1 nginx", "nginx");
    assert_names("1.0 fred, 1.1 varnish, 1.1 google", "google");
    assert_names("1.1 varnish,1.1 google", "varnish");
    assert_names("1.1 proxy.example (Apache/2.4.57)", "apache");
    assert_not("1.1 varnish (Varnish/6.0)", "nginx");
    assert_not("1.1 nginx.example", "nginx");
}

static void server_names_its_products(void)
{
    assert_names("nginx/1.22.1", "nginx");
    assert_names("nginx", "nginx");
    assert_names("Apache/2.4.57 (Debian) OpenSSL/3.0.11", "apache");
    assert_names("Jetty(9.4.44.v20210927)", "jetty");
    assert_names("awselb/2.0", "awselb");
    assert_not(NULL, "nginx");
    assert_not("nginx", NULL);
    assert_not("", "nginx");
}

/* Tomcat's connector is no Apache httpd, and Apache's HttpClient none either. */
static void name_is_a_whole_word(void)
{
    assert_names("Apache-Coyote/1.1", "apache-coyote");
    assert_not("Apache-Coyote/1.1", "apache");
    assert_not("Apache-HttpClient/4.5.14 (Java/17.0.11)", "apache");
    assert_names("node", "undici|node");
    assert_names("undici", "undici|node");
    assert_not("node-fetch", "undici|node");
}

static hr_timer timer_called(const char *product)
{
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(timers[i].product, product) == 0) {
            return timers[i];
        }
    }
    g_assert_not_reached();
}

/* Google's load balancers say "1.1 google" in Via, to both sides. */
static void via_names_the_servers_timer(void)
{
    const hr_timer balancer = timer_called("GCP external ALB (clients)");
    const hr_timer nginx = timer_called("nginx (clients)");
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .server = "gunicorn", .via = "1.1 google");

    g_assert_true(hr_timer_is_named(&balancer, c->model));
    g_assert_false(hr_timer_is_named(&nginx, c->model));
}

static void browsers_name_their_own_timer(void)
{
    const hr_timer chrome = timer_called("Chrome");
    const hr_timer firefox = timer_called("Firefox");
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1),
                  .user_agent = "Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0");

    g_assert_true(hr_timer_is_named(&firefox, c->model));
    g_assert_false(hr_timer_is_named(&chrome, c->model));
}

/* ---- what lies between client and server: AWS NLB 350 s, Azure Load Balancer 240 s ---- */

static trace_connection *unheard(trace *t, int64_t silence)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_MS(2) + silence);
    trace_resend(c, CLIENT, AT_MS(2) + silence + AT_S(2));
    return c;
}

static void assert_candidates(const trace_connection *c, unsigned count, bool has_aws)
{
    const hr_ending *ending = trace_ending(c);
    bool is_aws = false;

    assert_cause(c, "idle-dropped");
    assert_certainty(c, "likely");
    g_assert_cmpuint(ending->timer_count, ==, count);
    g_assert_false(ending->is_timer_named);
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmpint(ending->timers[i]->role, ==, HR_SIDE_NONE);
        is_aws |= ending->timers[i]->idle_ns == AT_S(350);
    }
    g_assert_cmpint(is_aws, ==, has_aws);
}

/* When it was forgotten nobody saw: any time between the default and the silence fits. */
static void middleboxes_with_less_than_the_silence_are_candidates(void)
{
    g_autoptr(trace) both = trace_new();
    g_autoptr(trace) one = trace_new();
    g_autoptr(trace) none = trace_new();

    assert_candidates(unheard(both, AT_S(400)), 2, true);
    assert_candidates(unheard(one, AT_S(300)), 1, false);
    assert_candidates(unheard(none, AT_S(239)), 0, false);
}

/* A TCP keep-alive probe is a packet too: what lies between counts from there again. */
static void probe_keeps_the_middlebox_awake(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_probe(c, CLIENT, AT_S(200));
    trace_ack(c, SERVER, AT_S(200) + AT_MS(1));
    trace_request(c, AT_S(400));
    trace_resend(c, CLIENT, AT_S(402));

    assert_candidates(c, 0, false);
}

/* An end that somebody sent is no middlebox's. */
static void middlebox_explains_no_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_close(c, SERVER, AT_MS(2) + AT_S(350) + AT_MS(1));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/software/named/via", via_names_who_passed_it_on);
    g_test_add_func("/software/named/server", server_names_its_products);
    g_test_add_func("/software/named/whole-word", name_is_a_whole_word);
    g_test_add_func("/software/timer/via", via_names_the_servers_timer);
    g_test_add_func("/software/timer/browser", browsers_name_their_own_timer);
    g_test_add_func("/software/middlebox/fits",
                    middleboxes_with_less_than_the_silence_are_candidates);
    g_test_add_func("/software/middlebox/probed", probe_keeps_the_middlebox_awake);
    g_test_add_func("/software/middlebox/close", middlebox_explains_no_close);
    return g_test_run();
}
