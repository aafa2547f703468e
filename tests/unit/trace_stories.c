/* trace_stories.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_stories.h"

#include <string.h>

#include "core/result/fix_kinds.h"

/* By the bits of what may be told. */
static const char *const words[] = {
    "had forgotten the idle connection and answered by a reset",
    "an idle timeout of the client's own",
    "an idle timeout of the client's own, as short as that",
    "an idle timeout of the server's own, as short as that",
    "HAProxy's pool",
    "CloseIdleConnections",
    "said by either side where nobody can read it",
    "a proxy between that says it and passes User-Agent on",
    "a balancer, NAT or firewall between, whose idle timeout this is",
    "a balancer or TCP relay before it",
    "a health check, which has a connection of its own on purpose",
    "a health check or a monitor",
    "an MTU black hole",
    "the Keep-Alive: timeout that the server announces",
    "the proxy that carries the tunnel",
    "a proxy, or what ends TLS (stunnel), between",
    "a browser",
    "what was asked for is not at this port",
    "a proxy that passes on what its upstream answered",
    "the end in whose name the reset came",
    "another name at the same address and port",
    "a device on the client's side",
    "the body which an answer to HEAD announces",
    "a request that was cancelled or timed out while its answer came",
    "a socket that was set to close by a reset",
    "a client object or process for each call",
    "the server's own idle timeout, or the end of its program",
};

/* By the bits of kinds. */
static bool (*const kinds[])(const hr_fix *fix) = {
    hr_fix_is_idle_equally,
    hr_fix_keeps_connections,
    hr_fix_is_timer_by_name,
    hr_fix_is_timer_by_server,
    hr_fix_is_close_by_name,
    hr_fix_is_cut_when_idle,
    hr_fix_is_asked_elsewhere,
    hr_fix_may_be_monitor,
    hr_fix_has_cut_answers,
    hr_fix_are_endless,
    hr_fix_may_hide_unread,
    hr_fix_is_for_proxy,
    hr_fix_may_be_checks,
    hr_fix_is_passed_on,
    hr_fix_is_one_to_one,
    hr_fix_is_spoken_for,
    hr_fix_is_forgotten,
    hr_fix_is_timed_out_in_answers,
    hr_fix_is_left_waiting,
    hr_fix_is_cut_in_parts,
    hr_fix_is_dead_at_rest,
    hr_fix_has_lost_answers,
    hr_fix_is_left_unread,
    hr_fix_are_pools_in_use,
    hr_fix_may_be_forgotten,
    hr_fix_has_streams,
    hr_fix_may_wait_after_head,
    hr_fix_may_be_other_name,
    hr_fix_is_reset_at_rest,
    hr_fix_is_cut_short,
    hr_fix_may_have_been_announced,
};

void trace_tell(trace *t, const trace_story *it)
{
    const int calls = it->calls != 0 ? it->calls : 3;
    const int64_t each_ns = it->each_ns != 0 ? it->each_ns : AT_S(1000);

    for (int i = 0; i < calls; i++) {
        int64_t at = each_ns * i;
        trace_connection *c = trace_open(t, at);
        for (int j = 0; j < MAX(it->requests, 1); j++) {
            trace_message request = it->request;
            trace_message answer = it->answer;
            request.at = at + AT_MS(1);
            answer.at = at + AT_MS(2);
            trace_request_with(c, request);
            if (it->is_begun) {
                trace_begin_answer_with(c, answer);
            } else if (!it->is_unanswered) {
                trace_answer_with(c, answer);
            } else {
                trace_ack(c, SERVER, answer.at);
            }
            at += AT_MS(50);
        }
        at -= AT_MS(48);
        if (it->surplus > 0) {
            trace_data(c, SERVER, it->surplus, at + AT_US(100));
        }
        if (it->rest_ns > 0 && it->by_reset) {
            trace_rst(c, it->closes, at + it->rest_ns);
        } else if (it->rest_ns > 0) {
            trace_close(c, it->closes, at + it->rest_ns);
        }
    }
}

static const char *const additions[] = {
    " Where it closed in the middle of an answer, its log says why",
    " Nothing more had come of these answers for a while",
    " What was left unread were errors",
    " What the proxy says to its own clients goes with it",
    " Over HTTP/2 one connection would carry them all",
    " This is judged from the connections alone",
    " A snap length cut off what was said before",
};

/* Parts are joined by "; ", and none is told twice. */
static bool is_told_once(const char *others, const char *told)
{
    const char *at = strstr(others, told);

    if (at != NULL && strstr(at + 1, told) != NULL) {
        g_error("\"%s\" is told twice in \"%s\"", told, others);
    }
    return at != NULL;
}

void assert_item(trace *t, const char *change, unsigned told, unsigned kinds_of, uint32_t errors)
{
    g_autoptr(GString) others = g_string_new(NULL);
    const hr_fix *fix = trace_fix(t, change);

    if (fix == NULL) {
        g_error("nothing asks for %s", change);
    }
    hr_fix_append_others(others, fix);
    g_assert_false(g_str_has_prefix(others->str, ";"));
    g_assert_null(strstr(others->str, "(null)"));
    unsigned count = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        const bool is_told = is_told_once(others->str, words[i]);
        count += is_told;
        if (is_told != ((told >> i & 1) != 0)) {
            g_error("\"%s\" of %s is %s", words[i], change, is_told ? "told" : "not told");
        }
    }
    g_assert_true(count < 2 || strstr(others->str, "; ") != NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const bool is_one = kinds[i](fix);
        if (is_one != ((kinds_of >> i & 1) != 0)) {
            g_error("%s is %sof kind %u", change, is_one ? "" : "not ", i);
        }
    }
    g_assert_cmpuint(hr_fix_errors(fix), ==, errors);
}

void assert_words(trace *t, const char *change, const char *happened, const char *begin,
                  unsigned added)
{
    g_autoptr(GString) advice = g_string_new(NULL);
    g_autoptr(GString) told = g_string_new(NULL);
    const hr_fix *fix = trace_fix(t, change);

    g_assert_nonnull(fix);
    trace_append_advice(advice, fix);
    for (unsigned i = 0; i < G_N_ELEMENTS(additions); i++) {
        const bool is_told = is_told_once(advice->str, additions[i]);
        if (is_told != ((added >> i & 1) != 0)) {
            g_error("\"%s\" of %s is %s", additions[i], change, is_told ? "told" : "not told");
        }
    }
    hr_fix_append_happened(told, fix);
    if (happened != NULL) {
        g_assert_cmpstr(told->str, ==, happened);
    }
    if (begin != NULL && !g_str_has_prefix(advice->str, begin)) {
        g_error("\"%s\" does not begin with \"%s\"", advice->str, begin);
    }
}

void assert_story(const trace_story *it)
{
    g_autoptr(trace) t = trace_new();

    trace_tell(t, it);
    assert_item(t, it->change, it->told, it->kinds, it->errors);
    assert_words(t, it->change, it->happened, it->advice, it->added);
}
