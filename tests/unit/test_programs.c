/* test_programs.c
 * Programs that say who they are share no pool: what one has idle is no offer for another, and
 * what one does is no evidence of another. Those that do not say are one client.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define GO "Go-http-client/1.1"
#define CURL "curl/8.5.0"

/* A connection of @at that stays idle after its exchange, then one 5 s later. */
static trace_connection *beside_an_idle_one(trace *t, const char *idle_agent, const char *agent,
                                            bool is_relayed)
{
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_request(idle, AT_MS(1), .user_agent = idle_agent, .is_relayed = is_relayed);
    trace_answer(idle, AT_MS(2));
    trace_connection *c = trace_open(t, AT_S(5));
    trace_request(c, AT_S(5) + AT_MS(1), .user_agent = agent, .is_relayed = is_relayed);
    trace_answer(c, AT_S(5) + AT_MS(2));
    return c;
}

static void another_program_is_no_missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = beside_an_idle_one(t, GO, CURL, false);

    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, "first-contact");
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

static void same_program_is_a_missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = beside_an_idle_one(t, GO, GO, false);

    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, "idle-available");
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 1);
}

/* A proxy passes on what its clients say; it is one program. */
static void relayed_names_are_one_program(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = beside_an_idle_one(t, GO, CURL, true);

    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, "idle-available");
}

/* Varnish's probes beside its pool, under a snap length: what one that serves once and is closed
 * said of itself may have been Connection: close, and then it had no use for a pool. */
static trace_connection *cut_beside_an_idle_one(trace *t, bool is_cut, int requests)
{
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_S(5));
    for (int i = 0; i < requests; i++) {
        trace_request(c, AT_S(5) + AT_MS(10 * i + 1), .is_cut = is_cut);
        trace_answer(c, AT_S(5) + AT_MS(10 * i + 2));
    }
    trace_close(c, SERVER, AT_S(5) + AT_MS(10 * requests));
    return c;
}

static void what_may_have_said_close_is_no_missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = cut_beside_an_idle_one(t, true, 1);

    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

static void what_was_used_again_did_not_say_close(void)
{
    g_autoptr(trace) cut = trace_new();
    g_autoptr(trace) whole = trace_new();

    g_assert_cmpint(trace_opening(cut_beside_an_idle_one(cut, true, 2))->why, ==,
                    HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(trace_opening(cut_beside_an_idle_one(whole, false, 1))->why, ==,
                    HR_WHY_IDLE_AVAILABLE);
}

/* Three ran at once and the first two are used again; the third is closed. */
static trace_connection *closed_beside_two(trace *t, const char *agent)
{
    trace_connection *c[3];

    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_US(1000 * i + 300), .user_agent = i < 2 ? GO : agent);
    }
    for (int i = 0; i < 3; i++) {
        trace_answer(c[i], AT_MS(10 + i));
    }
    trace_close(c[2], CLIENT, AT_MS(13));
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_S(1) + AT_MS(10 * i), .user_agent = GO);
        trace_answer(c[i], AT_S(1) + AT_MS(10 * i + 5));
    }
    return c[2];
}

static void another_program_meets_no_pool_limit(void)
{
    g_autoptr(trace) t = trace_new();
    closed_beside_two(t, CURL);

    g_assert_cmpuint(trace_found(t, HR_FINDING_POOL_LIMIT), ==, 0);
}

static void same_program_meets_its_pool_limit(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(closed_beside_two(t, GO), "pool-limit");
}

/* A tool that ends right after its only answer, and a request a minute later. */
static trace_connection *ends_before(trace *t, const char *agent)
{
    trace_connection *tool = trace_open(t, AT_MS(0));
    trace_request(tool, AT_MS(1), .user_agent = GO);
    trace_answer(tool, AT_MS(2));
    trace_close(tool, CLIENT, AT_MS(3));
    trace_connection *next = trace_open(t, AT_S(60));
    trace_request(next, AT_S(60) + AT_MS(1), .user_agent = agent);
    trace_answer(next, AT_S(60) + AT_MS(2));
    return tool;
}

static void another_program_does_not_return(void)
{
    g_autoptr(trace) t = trace_new();
    const hr_ending *ending = trace_ending(ends_before(t, CURL));

    g_assert_cmpint(ending->cause, !=, HR_CLOSE_BODY_UNDRAINED);
}

static void same_program_returns(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(ends_before(t, GO), "body-undrained");
}

/* ---- a proxy that was captured on both of its sides ---- */

/* A program of 10.0.0.1 asks 10.0.0.80, whose host asks 10.0.0.90 for @target: meanwhile, or
 * after it has answered. */
static trace_connection *ask_through(trace *t, const char *target, bool is_meanwhile, int64_t at)
{
    trace_connection *front = trace_open(t, at);
    trace_connection *back = trace_connect_between(t, "10.0.0.80", 0, "10.0.0.90", 80);

    trace_request(front, at + AT_MS(1), .user_agent = GO, .target = "/a");
    if (!is_meanwhile) {
        trace_answer(front, at + AT_MS(2));
    }
    trace_syn(back, at + AT_MS(3));
    trace_syn_ack(back, at + AT_MS(4));
    trace_ack(back, CLIENT, at + AT_MS(4));
    trace_request(back, at + AT_MS(5), .user_agent = GO, .target = target);
    trace_answer(back, at + AT_MS(6));
    trace_close(back, CLIENT, at + AT_MS(7));
    if (is_meanwhile) {
        trace_answer(front, at + AT_MS(8));
    }
    return back;
}

static void assert_back_connections(const char *target, bool is_meanwhile, const char *cause)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = ask_through(t, target, is_meanwhile, AT_MS(0));
    ask_through(t, target, is_meanwhile, AT_MS(100));

    assert_cause(back, cause);
}

static void proxy_reads_what_it_passes_on(void)
{
    assert_back_connections("/a", true, "client-close");
}

static void what_asks_otherwise_is_a_program_of_its_own(void)
{
    assert_back_connections("/b", true, "body-undrained");
    assert_back_connections("/a", false, "body-undrained");
}

/* Two connections, each for one request of HTTP/1.0, which the server closes. */
static const trace_connection *after_http10(trace *t, const char *agent, const char *next_agent)
{
    const char *const agents[] = {agent, next_agent};
    trace_connection *c = NULL;

    for (int i = 0; i < 2; i++) {
        c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = agents[i], .is_http10 = true);
        trace_answer(c, AT_S(i) + AT_MS(2), .connection = "close");
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }
    return c;
}

/* nginx asks with HTTP/1.0 for programs that do not; ab and another like it speak for
 * themselves. */
static void names_above_http10_are_no_programs(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *passed = after_http10(t, GO, CURL);
    g_assert_cmpstr(hr_why_token(trace_opening(passed)->why), ==, "previous-closed");

    g_autoptr(trace) other = trace_new();
    const trace_connection *own = after_http10(other, "ApacheBench/2.3", "LegacyTool/1.0");
    g_assert_cmpstr(hr_why_token(trace_opening(own)->why), ==, "first-contact");
}

/* What a look has found of both sides of a proxy does not change what is decided later. */
static const char *opened_later(bool is_looked_at)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *front = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.7", 80);
        trace_connection *back = trace_connect_between(t, "10.0.0.7", 0, "10.0.0.9", 80);
        trace_request(front, AT_MS(20 * i), .user_agent = GO);
        trace_request(back, AT_MS(20 * i + 1), .user_agent = GO);
        trace_answer(back, AT_MS(20 * i + 2));
        trace_answer(front, AT_MS(20 * i + 3));
    }
    if (is_looked_at) {
        hr_analysis_free(hr_analyse(trace_model(t)));
    }
    trace_connection *c = trace_connect_between(t, "10.0.0.7", 0, "10.0.0.9", 80);
    trace_syn(c, AT_S(5));
    trace_syn_ack(c, AT_S(5) + AT_MS(1));
    trace_request(c, AT_S(5) + AT_MS(2), .user_agent = CURL);
    return hr_why_token(hr_connection_opening(c->model)->why); /* before any analysis settles it */
}

static void a_look_at_a_proxy_decides_nothing(void)
{
    g_assert_cmpstr(opened_later(true), ==, opened_later(false));
}

/* Three calls, each on a connection that its client closes right after the answer. */
static const char *called_by(trace *t, const char *agent, bool is_agent_moved)
{
    trace_connection *c = NULL;
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(i);
        c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .user_agent = agent, .is_agent_moved = is_agent_moved);
        trace_answer(c, at + AT_MS(2));
        trace_close(c, CLIENT, at + AT_MS(3));
    }
    trace_analysis(t);
    return hr_close_cause_token(trace_ending(c)->cause);
}

/* nginx with X-Real-IP before Host, HAProxy in lower case: only their servers' side was captured. */
static void what_writes_otherwise_than_go_is_a_proxy(void)
{
    const char *const agents[] = {GO, "aws-sdk-go-v2/1.30.3"};

    for (size_t i = 0; i < G_N_ELEMENTS(agents); i++) {
        g_autoptr(trace) own = trace_new();
        g_assert_cmpstr(called_by(own, agents[i], false), ==,
                        i == 0 ? "body-undrained" : "client-close");
        g_assert_false(hr_model_connection(trace_model(own), 0)->products.is_relayed);
        g_autoptr(trace) others = trace_new();
        g_assert_cmpstr(called_by(others, agents[i], true), ==, "client-close");
        g_assert_true(trace_advises(others, "keep_client", "A proxy opened these"));
    }
}

/* curl writes Authorization before User-Agent, and its user may spell that as he likes. */
static void others_may_write_as_they_like(void)
{
    g_autoptr(trace) t = trace_new();

    g_assert_cmpstr(called_by(t, CURL, true), ==, "client-close");
    g_assert_false(hr_model_connection(trace_model(t), 0)->products.is_relayed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/programs/opening/another", another_program_is_no_missed_reuse);
    g_test_add_func("/programs/opening/same", same_program_is_a_missed_reuse);
    g_test_add_func("/programs/opening/relayed", relayed_names_are_one_program);
    g_test_add_func("/programs/pool/another", another_program_meets_no_pool_limit);
    g_test_add_func("/programs/pool/same", same_program_meets_its_pool_limit);
    g_test_add_func("/programs/return/another", another_program_does_not_return);
    g_test_add_func("/programs/return/same", same_program_returns);
    g_test_add_func("/programs/proxy/both-sides", proxy_reads_what_it_passes_on);
    g_test_add_func("/programs/proxy/another", what_asks_otherwise_is_a_program_of_its_own);
    g_test_add_func("/programs/cut/once", what_may_have_said_close_is_no_missed_reuse);
    g_test_add_func("/programs/cut/again", what_was_used_again_did_not_say_close);
    g_test_add_func("/programs/proxy/http10", names_above_http10_are_no_programs);
    g_test_add_func("/programs/proxy/looked-at", a_look_at_a_proxy_decides_nothing);
    g_test_add_func("/programs/hand/proxy", what_writes_otherwise_than_go_is_a_proxy);
    g_test_add_func("/programs/hand/others", others_may_write_as_they_like);
    return g_test_run();
}
