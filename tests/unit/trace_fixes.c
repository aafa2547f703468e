/* trace_fixes.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

#include <string.h>

#include "core/result/change_words.h"

void trace_calls(trace *t, trace_message request, trace_message answer)
{
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        request.at = AT_S(i) + AT_MS(1);
        answer.at = AT_S(i) + AT_MS(2);
        trace_request_with(c, request);
        trace_answer_with(c, answer);
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }
}

const hr_fix *trace_fix(trace *t, const char *change)
{
    const hr_analysis *analysis = trace_analysis(t);

    for (size_t i = 0; i < hr_analysis_item_count(analysis); i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        if (strcmp(hr_change_token(fix->change), change) == 0) {
            return fix;
        }
    }
    return NULL;
}

uint32_t trace_cost(trace *t, const char *change)
{
    const hr_fix *fix = trace_fix(t, change);

    return fix != NULL ? fix->avoidable->len : 0;
}

static bool is_said(trace *t, const char *change, const char *words,
                    void (*append)(GString *, const hr_fix *))
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_assert_nonnull(trace_fix(t, change));
    append(text, trace_fix(t, change));
    return strstr(text->str, words) != NULL;
}

/* What is said in general stands at the begin, or behind what leads to it, and never behind what says
 * the same better. */
static void assert_led_to(const char *advice, const char *general)
{
    const char *at = general != NULL ? strstr(advice, general) : NULL;

    if (at != NULL && at != advice && !(at - advice > 1 && at[-2] == ':')) {
        g_error("\"%s\" is told twice in \"%s\"", general, advice);
    }
}

void trace_append_advice(GString *text, const hr_fix *fix)
{
    static const char named[] = "as its User-Agent says: ";

    hr_fix_append_advice(&(hr_told){.text = text}, fix);
    assert_led_to(text->str, hr_fix_row(fix)->advice);
    assert_led_to(text->str, hr_fix_row(fix)->proxy_advice);
    const char *first = strstr(text->str, named);
    g_assert_true(first == NULL || strstr(first + 1, named) == NULL);
}

bool trace_advises(trace *t, const char *change, const char *words)
{
    return is_said(t, change, words, trace_append_advice);
}

bool trace_happened(trace *t, const char *change, const char *words)
{
    return is_said(t, change, words, hr_fix_append_happened);
}

bool trace_may_be_else(trace *t, const char *change, const char *words)
{
    return is_said(t, change, words, hr_fix_append_others);
}

void trace_stopped_answers(trace *t, const int64_t waits[3])
{
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(100 * i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1));
        trace_begin_answer(c, at + AT_MS(2), .body = 90000, .rest = 80000);
        trace_ack(c, CLIENT, at + AT_MS(2));
        trace_close(c, CLIENT, at + AT_MS(2) + waits[i]);
    }
}
