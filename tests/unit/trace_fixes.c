/* trace_fixes.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

#include <string.h>

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

static void append_advice(GString *text, const hr_fix *fix)
{
    hr_fix_append_advice(&(hr_told){.text = text}, fix);
}

bool trace_advises(trace *t, const char *change, const char *words)
{
    return is_said(t, change, words, append_advice);
}

bool trace_happened(trace *t, const char *change, const char *words)
{
    return is_said(t, change, words, hr_fix_append_happened);
}

bool trace_may_be_else(trace *t, const char *change, const char *words)
{
    return is_said(t, change, words, hr_fix_append_others);
}
