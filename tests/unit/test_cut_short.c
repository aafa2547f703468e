/* test_cut_short.c
 * Answers that were not over as their connection ended: which of them were cut short is said only
 * where the bytes and their order tell it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

static void assert_complete(trace *t, const hr_request *request, hr_complete complete)
{
    trace_analysis(t);
    g_assert_false(request->is_done);
    g_assert_cmpint(request->complete, ==, complete);
}

/* Wireshark finds no end of what lies in order before it; a request that it does not show it has not
 * read an answer to. */
static void what_is_answered_in_other_words(void)
{
    for (int is_shown = 0; is_shown < 2; is_shown++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        hr_request *request =
            is_shown ? trace_request(c, AT_MS(1)) : trace_begin(c, AT_MS(1), .method = "GET");
        trace_data(c, SERVER, 100, AT_MS(2));
        trace_fin(c, SERVER, AT_MS(4));

        assert_complete(t, request, is_shown ? HR_COMPLETE_NO : HR_COMPLETE_UNKNOWN);
    }
}

/* What is missing at the FIN may stand behind it in a file whose times went back. */
static void what_ends_in_disorder(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_unsorted(t);
        hr_request *request = trace_request(c, AT_MS(100));
        trace_begin_answer(c, AT_MS(101), .body = 3000, .rest = 2000);
        trace_ack(c, CLIENT, AT_MS(105));
        trace_fin(c, SERVER, is_disorder ? AT_MS(104) : AT_MS(106));

        trace_analysis(t);
        g_assert_true(c->model->ending.is_in_disorder == is_disorder);
        assert_complete(t, request, is_disorder ? HR_COMPLETE_UNKNOWN : HR_COMPLETE_NO);
    }
}

/* The rest may come behind the capture's end. */
static void what_has_not_ended(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    hr_request *request = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 3000, .rest = 2000);

    assert_complete(t, request, HR_COMPLETE_UNKNOWN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cut-short/other-words", what_is_answered_in_other_words);
    g_test_add_func("/cut-short/disorder", what_ends_in_disorder);
    g_test_add_func("/cut-short/open", what_has_not_ended);
    return g_test_run();
}
