/* test_legs_addresses.c
 * A proxy that is asked at one of its addresses, asks from another, and says nothing of itself: a
 * gateway between two networks, or one that is asked over IPv6 and asks over IPv4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define CLIENT_ADDRESS "198.51.100.9"
#define GATEWAY "203.0.113.7"
#define GATEWAY_INSIDE "10.0.0.7"
#define APP "10.0.0.9"
#define REQUESTS "python-requests/2.31.0"

typedef struct {
    const char *front_at; /* NULL: the gateway */
    const char *app;      /* NULL: the app */
    const char *name;     /* what is asked for; NULL: a.example */
    const char *behind;   /* ... behind; NULL: the same */
    uint16_t front_port;  /* 0: 80 */
    uint16_t app_port;    /* 0: 8080 */
    int own;              /* the call that nobody asked for in front; 0: none */
    bool is_after;        /* behind after it was answered in front */
    bool is_known;        /* each address of the gateway asks elsewhere, and is asked */
} moved;

static const char *or_else(const char *text, const char *other)
{
    return text != NULL ? text : other;
}

/* As HAProxy with http-server-close: a connection behind for each call, which says close. */
static trace *call(const moved *it)
{
    trace *t = trace_new();
    const uint16_t front_port = it->front_port != 0 ? it->front_port : 80;
    const uint16_t app_port = it->app_port != 0 ? it->app_port : 8080;
    const char *name = or_else(it->name, "a.example");
    trace_connection *front =
        trace_open_between(t, CLIENT_ADDRESS, or_else(it->front_at, GATEWAY), front_port, AT_MS(0));

    for (int i = 0; it->is_known && i < 2; i++) {
        trace_connection *c =
            trace_open_between(t, i == 0 ? GATEWAY : CLIENT_ADDRESS, i == 0 ? APP : GATEWAY_INSIDE,
                               80, AT_MS(1 + 2 * i));
        trace_request(c, AT_MS(2 + 2 * i), .target = "/other", .user_agent = REQUESTS);
    }
    for (int i = 1; i <= 4; i++) {
        const int64_t at = AT_MS(100 * i);
        if (i != it->own) {
            trace_request(front, at, .host = name, .user_agent = REQUESTS);
            if (it->is_after) {
                trace_answer(front, at + AT_US(500));
            }
        }
        trace_connection *back =
            trace_open_between(t, GATEWAY_INSIDE, or_else(it->app, APP), app_port, at + AT_MS(1));
        trace_request(back, at + AT_MS(2), .host = or_else(it->behind, name),
                      .user_agent = REQUESTS, .connection = "close");
        trace_answer(back, at + AT_MS(3), .connection = "close");
        trace_close(back, SERVER, at + AT_MS(4));
        if (i != it->own && !it->is_after) {
            trace_answer(front, at + AT_MS(5));
        }
    }
    return t;
}

static bool is_told_to_proxy(const moved *it)
{
    g_autoptr(trace) t = call(it);

    return trace_advises(t, "no_client_close", "A proxy says Connection: close");
}

static void asked_at_another_address(void)
{
    g_assert_true(is_told_to_proxy(&(moved){0}));
    g_assert_true(is_told_to_proxy(&(moved){.name = GATEWAY}));
    g_assert_true(is_told_to_proxy(&(moved){.name = "a.example:8443", .front_port = 8443}));
    g_assert_true(is_told_to_proxy(&(moved){.front_at = "2001:db8::7", .name = "[2001:db8::7]"}));
    g_assert_true(is_told_to_proxy(&(moved){.name = GATEWAY, .app_port = 80}));
    g_assert_true(is_told_to_proxy(
        &(moved){.front_at = "2001:db8::7", .name = "[2001:db8::7]", .app_port = 80}));
}

/* Two clients of one library may ask two servers of one name at the same moments. */
static void nothing_says_that_it_is_a_proxy(void)
{
    g_assert_false(is_told_to_proxy(&(moved){.app_port = 80}));
    g_assert_false(is_told_to_proxy(&(moved){.app_port = 80, .is_known = true}));
    g_assert_false(is_told_to_proxy(&(moved){.name = "a.example:8080", .front_port = 8080}));
    g_assert_false(is_told_to_proxy(&(moved){.name = APP, .app_port = 80}));
    g_assert_false(
        is_told_to_proxy(&(moved){.app = "2001:db8::9", .name = "[2001:db8::9]", .app_port = 80}));
}

/* ... or what a NAT has made of one address. */
static void neither_is_where_it_is_asked(void)
{
    g_assert_false(is_told_to_proxy(&(moved){.front_port = 8080}));
}

static void another_name(void)
{
    g_assert_false(is_told_to_proxy(&(moved){.behind = "b.example"}));
}

static void other_calls(void)
{
    g_assert_false(is_told_to_proxy(&(moved){.own = 3}));
    g_assert_false(is_told_to_proxy(&(moved){.is_after = true}));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/addresses/another", asked_at_another_address);
    g_test_add_func("/legs/addresses/nothing-said", nothing_says_that_it_is_a_proxy);
    g_test_add_func("/legs/addresses/translated", neither_is_where_it_is_asked);
    g_test_add_func("/legs/addresses/name", another_name);
    g_test_add_func("/legs/addresses/calls", other_calls);
    return g_test_run();
}
