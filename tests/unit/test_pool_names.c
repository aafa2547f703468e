/* test_pool_names.c
 * What a pool key is made of: client, server, port and name. Names that are unknown match any;
 * a connection with several takes the name out of the key. DESIGN section 2, "pool key".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* Opens a connection for @host, has its exchange, and leaves it idle. */
static trace_connection *open_for(trace *t, const char *host, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(5), .host = host);
    trace_answer(c, at + AT_MS(6));
    return c;
}

static void another_server_is_another_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "a.example", AT_MS(0));
    trace_connection *address = trace_open_to(t, "10.0.0.81", 80, AT_MS(100));
    trace_exchange(address, AT_MS(101), AT_MS(102));
    trace_connection *port = trace_open_to(t, "10.0.0.80", 8080, AT_MS(200));
    trace_exchange(port, AT_MS(201), AT_MS(202));

    assert_opened(address, "other-address", one);
    assert_first_contact(port);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 3);
}

static void another_client_is_another_pool(void)
{
    g_autoptr(trace) t = trace_new();
    open_for(t, "a.example", AT_MS(0));
    trace_connection *c = trace_open_from(t, "10.0.0.2", AT_MS(100));
    trace_exchange(c, AT_MS(101), AT_MS(102));

    assert_first_contact(c);
    g_assert_false(trace_opening(c)->shares_address);
}

/* The two legs of a reverse proxy, each with its client. */
static void legs_of_a_proxy_are_two_pools(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.2", 80);
    trace_syn(front, AT_MS(0));
    trace_syn_ack(front, AT_MS(0));
    trace_request(front, AT_MS(1));
    trace_connection *back = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.3", 80);
    trace_syn(back, AT_MS(2));
    trace_syn_ack(back, AT_MS(2));
    trace_exchange(back, AT_MS(3), AT_MS(4));
    trace_answer(front, AT_MS(5));

    assert_first_contact(front);
    assert_first_contact(back);
}

static void another_name_shares_the_address(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = open_for(t, "a.example", AT_MS(0));
    trace_connection *b = open_for(t, "b.example", AT_MS(100));
    trace_connection *a_again = open_for(t, "a.example", AT_MS(200));

    g_assert_false(trace_opening(a)->shares_address);
    assert_first_contact(b);
    g_assert_true(trace_opening(b)->shares_address);
    assert_opened(a_again, "idle-available", a);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 2);
}

/* RFC 5952: one address has many texts; with another port or zone it is another place. */
static void addresses_have_many_texts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "[2001:DB8:0:0:0:0:0:1]:80", AT_MS(0));
    trace_connection *two = open_for(t, "[2001:db8::1]", AT_MS(100));
    trace_connection *port = open_for(t, "[2001:db8:0::1]:81", AT_MS(200));
    trace_connection *same_port = open_for(t, "[2001:db8::0:1]:81", AT_MS(300));
    trace_connection *zone = open_for(t, "[2001:db8::1%25eth0]", AT_MS(400));
    trace_connection *same_zone = open_for(t, "[2001:DB8::1%25eth0]", AT_MS(500));

    assert_opened(two, "idle-available", one);
    assert_first_contact(port);
    assert_opened(same_port, "idle-available", port);
    assert_first_contact(zone);
    assert_opened(same_zone, "idle-available", zone);
}

static void names_have_no_case(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "A.Example", AT_MS(0));
    trace_connection *two = open_for(t, "a.example", AT_MS(100));

    assert_opened(two, "idle-available", one);
}

/* RFC 9110 section 4.2.3: an absent port is the scheme's default. */
static void default_port_may_be_left_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "a.example:80", AT_MS(0));
    trace_connection *two = open_for(t, "a.example", AT_MS(100));

    assert_opened(two, "idle-available", one);
}

static void other_ports_in_the_name_count(void)
{
    g_autoptr(trace) t = trace_new();
    open_for(t, "a.example:8080", AT_MS(0));
    trace_connection *two = open_for(t, "a.example", AT_MS(100));

    assert_first_contact(two);
}

static void unknown_name_matches_a_known_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *known = open_for(t, "a.example", AT_MS(0));
    trace_connection *unknown = open_for(t, "", AT_MS(100));

    assert_opened(unknown, "idle-available", known);
}

static void known_name_matches_an_unknown_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unknown = open_for(t, "", AT_MS(0));
    trace_connection *known = open_for(t, "a.example", AT_MS(100));

    assert_opened(known, "idle-available", unknown);
}

/* While it was being set up nobody could know that it was another name's. */
static void sibling_turns_out_to_be_another_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_connection *b = trace_open(t, AT_MS(1));
    trace_request(b, AT_MS(2), .host = "b.example");
    trace_request(a, AT_MS(3), .host = "a.example");

    assert_first_contact(a);
    assert_first_contact(b);
}

/* By the clock of another host its answer comes before its request, and with that its name. */
static void own_name_learnt_later_counts(void)
{
    for (int is_another = 0; is_another < 2; is_another++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = open_for(t, "a.example", AT_MS(0));
        trace_connection *two = trace_open(t, AT_MS(100));
        trace_answer(two, AT_MS(101));
        trace_request(two, AT_MS(102), .host = is_another ? "b.example" : "a.example");

        g_assert_true((trace_opening(two)->why == HR_WHY_IDLE_AVAILABLE) == !is_another);
        g_assert_true((trace_opening(two)->connection == one->model) == !is_another);
    }
}

static void name_learnt_later_counts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1), .host = "");
    trace_answer(one, AT_MS(2));
    trace_request(one, AT_MS(3), .host = "a.example");
    trace_answer(one, AT_MS(4));
    trace_connection *b = open_for(t, "b.example", AT_MS(100));
    trace_connection *a = open_for(t, "a.example", AT_MS(200));

    assert_first_contact(b);
    assert_opened(a, "idle-available", one);
}

/* ---- one connection, several names ---- */

static void forward_proxy_has_one_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "a.example", AT_MS(0));
    trace_request(one, AT_MS(50), .host = "b.example");
    trace_answer(one, AT_MS(51));
    trace_connection *c = open_for(t, "c.example", AT_MS(100));

    g_assert_true(one->model->has_several_names);
    assert_opened(c, "idle-available", one);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 1);
    g_assert_null(hr_analysis_origin(trace_analysis(t), 0)->name);
}

static void pools_of_before_are_merged(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = open_for(t, "a.example", AT_MS(0));
    trace_connection *b = open_for(t, "b.example", AT_MS(100));
    trace_request(b, AT_MS(150), .host = "c.example"); /* busy from now on */
    trace_connection *d = open_for(t, "d.example", AT_MS(200));

    assert_opened(d, "idle-available", a);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 1);
}

static void merged_pools_remember_what_closed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "a.example", AT_MS(0));
    trace_request(one, AT_MS(50), .host = "b.example");
    trace_answer(one, AT_MS(51));
    trace_close(one, SERVER, AT_MS(60));
    trace_connection *c = open_for(t, "c.example", AT_MS(100));

    assert_opened(c, "previous-closed", one);
}

/* One program's connection closed before another one's served two names: all are one pool then, and
 * what closed is remembered. */
static void what_closed_before_is_merged(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed[2];
    for (int i = 0; i < 2; i++) {
        closed[i] = trace_open(t, AT_MS(100 * i));
        trace_request(closed[i], AT_MS(100 * i + 1), .host = "a.example",
                      .user_agent = "curl/8.5.0");
        trace_answer(closed[i], AT_MS(100 * i + 2));
        trace_close(closed[i], SERVER, AT_MS(100 * i + 10));
    }
    trace_connection *other = trace_open(t, AT_MS(500));
    for (int i = 0; i < 2; i++) {
        trace_request(other, AT_MS(510 + 10 * i), .host = i == 0 ? "b.example" : "c.example",
                      .user_agent = "python-requests/2.31.0");
        trace_answer(other, AT_MS(511 + 10 * i));
    }
    trace_connection *c = trace_open(t, AT_S(1));
    trace_request(c, AT_S(1) + AT_MS(1), .host = "d.example", .user_agent = "curl/8.5.0");
    trace_answer(c, AT_S(1) + AT_MS(2));

    assert_opened(c, "previous-closed", closed[1]);
}

/* Its first request said none: a proxy of several names all the same, of which a third may come from
 * it. */
static void names_said_late_are_several(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_for(t, "", AT_MS(0));
    trace_request(one, AT_MS(50), .host = "a.example");
    trace_answer(one, AT_MS(51));
    trace_request(one, AT_MS(60), .host = "b.example");
    trace_answer(one, AT_MS(61));
    trace_connection *c = open_for(t, "c.example", AT_MS(500));

    g_assert_true(one->model->has_several_names);
    assert_opened(c, "idle-available", one);
}

static void merging_stops_at_the_client_and_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *proxy = open_for(t, "a.example", AT_MS(0));
    trace_request(proxy, AT_MS(50), .host = "b.example");
    trace_answer(proxy, AT_MS(51));
    trace_connection *one = trace_open_from(t, "10.0.0.2", AT_MS(100));
    trace_request(one, AT_MS(101), .host = "a.example");
    trace_answer(one, AT_MS(102));
    trace_connection *two = trace_open_from(t, "10.0.0.2", AT_MS(200));
    trace_request(two, AT_MS(201), .host = "b.example");
    trace_answer(two, AT_MS(202));

    assert_first_contact(one);
    assert_first_contact(two);
    g_assert_true(trace_opening(two)->shares_address);
}

/* ---- one name at several addresses ---- */

static trace_connection *open_at(trace *t, const char *server, const char *host, int64_t at)
{
    trace_connection *c = trace_open_to(t, server, 80, at);
    trace_request(c, at + AT_MS(1), .host = host);
    trace_answer(c, at + AT_MS(2));
    return c;
}

/* Addresses rotate in DNS: told, and nobody accused. */
static void one_name_at_two_addresses(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_at(t, "10.0.0.80", "a.example", AT_MS(0));
    trace_connection *two = open_at(t, "10.0.0.81", "a.example", AT_MS(100));

    assert_opened(two, "other-address", one);
    g_assert_true(trace_opening(two)->was_idle);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_NOTE), ==, 0);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
}

static void other_address_after_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_at(t, "10.0.0.80", "a.example", AT_MS(0));
    trace_close(one, SERVER, AT_MS(50));
    trace_connection *two = open_at(t, "10.0.0.81", "a.example", AT_MS(100));
    trace_connection *again = open_at(t, "10.0.0.80", "a.example", AT_MS(200));

    assert_opened(two, "other-address", one);
    g_assert_false(trace_opening(two)->was_idle);
    assert_opened(again, "previous-closed", one); /* known at this address */
}

static void another_client_asks_elsewhere(void)
{
    g_autoptr(trace) t = trace_new();
    open_at(t, "10.0.0.80", "a.example", AT_MS(0));
    trace_connection *two = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.81", 80);
    trace_syn(two, AT_MS(100));
    trace_syn_ack(two, AT_MS(100) + AT_US(100));
    trace_ack(two, CLIENT, AT_MS(100) + AT_US(200));
    trace_exchange(two, AT_MS(101), AT_MS(102));

    assert_first_contact(two);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/key/server", another_server_is_another_pool);
    g_test_add_func("/pool/key/client", another_client_is_another_pool);
    g_test_add_func("/pool/key/legs-of-a-proxy", legs_of_a_proxy_are_two_pools);
    g_test_add_func("/pool/key/name", another_name_shares_the_address);
    g_test_add_func("/pool/key/name-case", names_have_no_case);
    g_test_add_func("/pool/key/addresses", addresses_have_many_texts);
    g_test_add_func("/pool/key/default-port", default_port_may_be_left_out);
    g_test_add_func("/pool/key/other-port", other_ports_in_the_name_count);
    g_test_add_func("/pool/unknown-name/opens", unknown_name_matches_a_known_one);
    g_test_add_func("/pool/unknown-name/is-idle", known_name_matches_an_unknown_one);
    g_test_add_func("/pool/unknown-name/sibling", sibling_turns_out_to_be_another_name);
    g_test_add_func("/pool/unknown-name/learnt-later", name_learnt_later_counts);
    g_test_add_func("/pool/unknown-name/own-learnt-later", own_name_learnt_later_counts);
    g_test_add_func("/pool/several-names/one-pool", forward_proxy_has_one_pool);
    g_test_add_func("/pool/several-names/closed-before", what_closed_before_is_merged);
    g_test_add_func("/pool/several-names/late", names_said_late_are_several);
    g_test_add_func("/pool/several-names/merged", pools_of_before_are_merged);
    g_test_add_func("/pool/several-names/closed", merged_pools_remember_what_closed);
    g_test_add_func("/pool/several-names/elsewhere", merging_stops_at_the_client_and_server);
    g_test_add_func("/pool/other-address/idle", one_name_at_two_addresses);
    g_test_add_func("/pool/other-address/closed", other_address_after_a_close);
    g_test_add_func("/pool/other-address/another-client", another_client_asks_elsewhere);
    return g_test_run();
}
