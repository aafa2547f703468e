/* test_software.c
 * Whose default timeouts and limits explain what: a client's, a server's, or those of what lies
 * between them. The values are from the products' documentation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "software/software.h"
#include "trace.h"

/* ---- what messages say of a timer ---- */

static hr_timer timer_of(hr_product_id product, hr_side side)
{
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    for (size_t i = 0; i < count; i++) {
        if (timers[i].product == product && timers[i].side == side) {
            return timers[i];
        }
    }
    g_assert_not_reached();
}

static void assert_naming(const trace_connection *c, hr_product_id product, hr_side side,
                          hr_naming naming)
{
    const hr_timer timer = timer_of(product, side);

    g_assert_cmpint(hr_timer_is_named(&timer, c->model), ==, naming == HR_NAMING_NAMED);
    g_assert_cmpint(hr_timer_is_contradicted(&timer, c->model), ==,
                    naming == HR_NAMING_CONTRADICTED);
}

#define OF_SERVER(c, product, naming) assert_naming(c, product, HR_SIDE_SERVER, naming)
#define OF_CLIENT(c, product, naming) assert_naming(c, product, HR_SIDE_CLIENT, naming)

static trace_connection *between(trace *t, trace_message request, trace_message answer)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    request.at = AT_MS(1);
    answer.at = AT_MS(2);
    trace_request_with(c, request);
    trace_answer_with(c, answer);
    return c;
}

/* Google's load balancers say "1.1 google" in Via, to both sides, and pass Server on. */
static void via_and_server_name_one_each(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        between(t, (trace_message){0}, (trace_message){.server = "gunicorn", .via = "1.1 google"});

    OF_SERVER(c, HR_PRODUCT_GOOGLE_ALB, HR_NAMING_NAMED);
    OF_SERVER(c, HR_PRODUCT_GUNICORN, HR_NAMING_NAMED);
    OF_SERVER(c, HR_PRODUCT_NGINX, HR_NAMING_CONTRADICTED);
}

/* HAProxy says so only where it is told to; else it may be there all the same. */
static void via_names_who_mostly_says_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *told = between(
        t, (trace_message){0}, (trace_message){.server = "Apache/2.4.71", .via = "1.1 haproxy"});
    g_autoptr(trace) u = trace_new();
    trace_connection *silent =
        between(u, (trace_message){0}, (trace_message){.server = "Apache/2.4.71"});

    OF_SERVER(told, HR_PRODUCT_HAPROXY, HR_NAMING_NAMED);
    OF_SERVER(told, HR_PRODUCT_APACHE, HR_NAMING_NAMED);
    OF_SERVER(silent, HR_PRODUCT_HAPROXY, HR_NAMING_OPEN);
}

static void server_contradicts_all_that_would_have_said_so(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = between(t, (trace_message){0}, (trace_message){.server = "uvicorn"});

    OF_SERVER(c, HR_PRODUCT_UVICORN, HR_NAMING_NAMED);
    OF_SERVER(c, HR_PRODUCT_APACHE, HR_NAMING_CONTRADICTED);
    OF_SERVER(c, HR_PRODUCT_NODE_HTTP, HR_NAMING_CONTRADICTED);
    OF_SERVER(c, HR_PRODUCT_NGINX, HR_NAMING_CONTRADICTED); /* it would put its own */
    OF_SERVER(c, HR_PRODUCT_AWS_ALB, HR_NAMING_OPEN);       /* it passes Server on */
    OF_SERVER(c, HR_PRODUCT_TRAEFIK, HR_NAMING_OPEN);
    OF_CLIENT(c, HR_PRODUCT_GO, HR_NAMING_OPEN); /* of the other side it says nothing */
}

static void unknown_names_contradict_nobody(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = between(t,
                                  (trace_message){.user_agent = "HashiCorp Terraform/1.5.0"
                                                                " (+https://www.terraform.io)"},
                                  (trace_message){.server = "myservice/2.3"});

    OF_SERVER(c, HR_PRODUCT_APACHE, HR_NAMING_OPEN);
    OF_CLIENT(c, HR_PRODUCT_GO, HR_NAMING_OPEN);
}

static void user_agent_contradicts_other_clients(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        between(t,
                (trace_message){.user_agent = "Mozilla/5.0 (X11; rv:128.0) Gecko/20100101"
                                              " Firefox/128.0"},
                (trace_message){0});

    OF_CLIENT(c, HR_PRODUCT_FIREFOX, HR_NAMING_NAMED);
    OF_CLIENT(c, HR_PRODUCT_CHROME, HR_NAMING_CONTRADICTED);
    OF_CLIENT(c, HR_PRODUCT_GO, HR_NAMING_CONTRADICTED);
    OF_CLIENT(c, HR_PRODUCT_NGINX, HR_NAMING_OPEN); /* it passes User-Agent on, and no more */
    OF_CLIENT(c, HR_PRODUCT_SQUID, HR_NAMING_CONTRADICTED); /* it would say Via */
}

/* axios and aws-sdk-go say their own names; the timers are of what they run on. */
static void user_agent_names_what_it_is_built_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        between(t, (trace_message){.user_agent = "aws-sdk-go/1.44.0 (go1.19.8; linux; amd64)"},
                (trace_message){0});
    g_autoptr(trace) u = trace_new();
    trace_connection *d = between(u, (trace_message){.user_agent = "Ruby"}, (trace_message){0});

    OF_CLIENT(c, HR_PRODUCT_GO, HR_NAMING_NAMED);
    OF_CLIENT(c, HR_PRODUCT_OKHTTP, HR_NAMING_CONTRADICTED);
    OF_CLIENT(d, HR_PRODUCT_RUBY, HR_NAMING_NAMED);
    OF_CLIENT(d, HR_PRODUCT_RUBY_PERSISTENT, HR_NAMING_NAMED); /* one name for both */
}

static void relayed_user_agent_says_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        between(t, (trace_message){.user_agent = "Go-http-client/1.1", .is_relayed = true},
                (trace_message){0});

    OF_CLIENT(c, HR_PRODUCT_GO, HR_NAMING_OPEN);
    OF_CLIENT(c, HR_PRODUCT_OKHTTP, HR_NAMING_OPEN);
    OF_CLIENT(c, HR_PRODUCT_SQUID, HR_NAMING_OPEN);
}

/* ---- limits ---- */

/* Apache httpd ends connections at 101, nginx at 1000 (100 before 1.19.10), Tomcat at 100. */
static void named_server_has_its_own_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *nginx =
        between(t, (trace_message){0}, (trace_message){.server = "nginx/1.22.1"});
    g_autoptr(trace) u = trace_new();
    trace_connection *nobody = between(u, (trace_message){0}, (trace_message){0});

    g_assert_true(hr_software_ends_at(nginx->model, 1000));
    g_assert_true(hr_software_ends_at(nginx->model, 100));
    g_assert_false(hr_software_ends_at(nginx->model, 101));
    g_assert_true(hr_software_ends_at(nobody->model, 101));
    g_assert_true(hr_software_ends_at(nobody->model, 999)); /* Puma, which says nothing */
    g_assert_false(hr_software_ends_at(nobody->model, 99));
}

static void named_client_has_its_own_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        between(t, (trace_message){.user_agent = "Go-http-client/1.1"}, (trace_message){0});

    g_assert_cmpint(hr_limit_named(c->model, HR_SIDE_CLIENT, HR_LIMIT_IDLE_PER_HOST)->value, ==, 2);
    g_assert_cmpint(hr_limit_named(c->model, HR_SIDE_CLIENT, HR_LIMIT_IDLE_IN_ALL)->value, ==, 100);
    g_assert_null(hr_limit_named(c->model, HR_SIDE_CLIENT, HR_LIMIT_AGE));
    g_assert_null(hr_limit_named(c->model, HR_SIDE_SERVER, HR_LIMIT_REQUESTS));
}

static int64_t kept(const char *user_agent, hr_limit_kind kind)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = between(t, (trace_message){.user_agent = user_agent}, (trace_message){0});

    return hr_limit_named(c->model, HR_SIDE_CLIENT, kind)->value;
}

/* requests and boto3 on urllib3, which keeps one: they keep ten. */
static void its_own_limit_is_before_that_of_what_it_is_built_on(void)
{
    g_assert_cmpint(kept("python-urllib3/1.26.12", HR_LIMIT_IDLE_PER_HOST), ==, 1);
    g_assert_cmpint(kept("python-requests/2.28.1", HR_LIMIT_IDLE_PER_HOST), ==, 10);
    g_assert_cmpint(kept("Boto3/1.26.27 Botocore/1.29.27", HR_LIMIT_IDLE_PER_HOST), ==, 10);
    g_assert_cmpint(kept("aws-sdk-go/1.44.0 (go1.19.8)", HR_LIMIT_IDLE_PER_HOST), ==, 2);
    g_assert_cmpint(kept("aws-sdk-go-v2/1.24.1 os/linux", HR_LIMIT_IDLE_PER_HOST), ==, 10);
    g_assert_cmpint(kept("aws-sdk-go-v2/1.24.1 os/linux", HR_LIMIT_IDLE_IN_ALL), ==, 100);
}

/* ---- what lies between: AWS NLB and NAT gateway 350 s, Azure Load Balancer 240 s, Google Cloud
 * 600 s ---- */

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
        g_assert_cmpint(hr_ending_timer(ending, i)->side, ==, HR_SIDE_NONE);
        is_aws |= hr_ending_timer(ending, i)->idle_ns == AT_S(350);
    }
    g_assert_cmpint(is_aws, ==, has_aws);
}

/* When it was forgotten nobody saw: any time between the default and the silence fits. */
static void middleboxes_with_less_than_the_silence_are_candidates(void)
{
    g_autoptr(trace) all = trace_new();
    g_autoptr(trace) more = trace_new();
    g_autoptr(trace) most = trace_new();
    g_autoptr(trace) one = trace_new();
    g_autoptr(trace) none = trace_new();

    assert_candidates(unheard(all, AT_S(1300)), 7, true);
    assert_candidates(unheard(more, AT_S(700)), 5, true);
    assert_candidates(unheard(most, AT_S(400)), 4, true);
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
    g_test_add_func("/software/naming/via", via_and_server_name_one_each);
    g_test_add_func("/software/naming/via-told", via_names_who_mostly_says_nothing);
    g_test_add_func("/software/naming/server", server_contradicts_all_that_would_have_said_so);
    g_test_add_func("/software/naming/unknown", unknown_names_contradict_nobody);
    g_test_add_func("/software/naming/user-agent", user_agent_contradicts_other_clients);
    g_test_add_func("/software/naming/built-on", user_agent_names_what_it_is_built_on);
    g_test_add_func("/software/naming/relayed", relayed_user_agent_says_nothing);
    g_test_add_func("/software/limit/requests", named_server_has_its_own_limit);
    g_test_add_func("/software/limit/pool", named_client_has_its_own_pool);
    g_test_add_func("/software/limit/own", its_own_limit_is_before_that_of_what_it_is_built_on);
    g_test_add_func("/software/middlebox/fits",
                    middleboxes_with_less_than_the_silence_are_candidates);
    g_test_add_func("/software/middlebox/probed", probe_keeps_the_middlebox_awake);
    g_test_add_func("/software/middlebox/close", middlebox_explains_no_close);
    return g_test_run();
}
