/* fix_words.c
 * What happened, from the table of changes (change_words.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_words.h"

#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "core/result/setting_words.h"

/* Nobody had closed it before: whose reset it is, the server's or that of a device, is not told. */
static bool is_reset_unasked(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_EXPIRE_SOONER && fix->reset_unasked == fix->connections->len;
}

/* Where nobody had closed before, the server's timeout had no part in it; where the client's own
 * timeout came in the middle of an answer, or a proxy waited for the rest, its reading had none. */
const hr_change_words *hr_fix_row(const hr_fix *fix)
{
    if (is_reset_unasked(fix)) {
        return hr_change_words_of(HR_CHANGE_OUTLAST_DEVICE);
    }
    const bool is_for_rest = hr_fix_is_timed_out_in_answers(fix) ||
                             (hr_fix_is_left_waiting(fix) && hr_fix_is_for_proxy(fix));

    return hr_change_words_of(is_for_rest ? HR_CHANGE_WAIT_LONGER : fix->change);
}

/* ---- what happened ---- */

static void append_likely(GString *text, const hr_fix *fix)
{
    if (fix->likely == 0) {
        return;
    }
    if (fix->likely >= fix->connections->len) {
        g_string_append(text, " (likely)");
    } else {
        g_string_append_printf(text, " (%u of them likely)", fix->likely);
    }
}

/* Given up after waits of one length. */
static void append_timeout(GString *text, const hr_fix *fix)
{
    if (fix->timed_out == 0) {
        return;
    }
    g_string_append(text, ", ");
    if (fix->timed_out < fix->connections->len) {
        g_string_append_printf(text, "%u of them ", fix->timed_out);
    }
    g_string_append(text, "after equally long waits (at most ");
    hr_append_setting_time(text, fix->longest_wait_ns);
    g_string_append(text, "): a timeout of its own");
}

/* A fact beside the unknown cause: it may be a timeout of less than a second. */
static void append_equal_idle(GString *text, const hr_fix *fix)
{
    if (!hr_fix_is_idle_equally(fix)) {
        return;
    }
    g_string_append(text, ", ");
    if (fix->equal_idle < fix->connections->len) {
        g_string_append_printf(text, "%u of them ", fix->equal_idle);
    }
    g_string_append(text, "after equally long idle times (at most ");
    hr_append_setting_time(text, fix->longest_equal_ns);
    g_string_append_c(text, ')');
}

static gint compare_codes(gconstpointer one, gconstpointer other)
{
    return (int)*(const uint16_t *)one - (int)*(const uint16_t *)other;
}

/* "400, 413", each once */
static void append_codes(GString *text, const hr_fix *fix)
{
    GArray *codes = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    uint16_t said = 0;

    for (guint i = 0; i < fix->connections->len; i++) {
        const uint16_t code = hr_fix_error_of(fix, fix->connections->pdata[i]);
        g_array_append_val(codes, code);
    }
    g_array_sort(codes, compare_codes); /* 0, which is none, before all others */
    for (guint i = 0; i < codes->len; i++) {
        const uint16_t code = g_array_index(codes, uint16_t, i);
        if (code != said) {
            g_string_append_printf(text, "%s%u", said == 0 ? "" : ", ", code);
        }
        said = code;
    }
    g_array_free(codes, TRUE);
}

static void append_errors(GString *text, const hr_fix *fix)
{
    const uint32_t errors = hr_fix_errors(fix);

    if (errors == 0) {
        return;
    }
    if (fix->change == HR_CHANGE_MEND_ERRORS) {
        g_string_append(text, ": ");
    } else if (errors == fix->connections->len) {
        g_string_append(text, ", all of errors: ");
    } else {
        g_string_append_printf(text, ", %u of them of errors: ", errors);
    }
    append_codes(text, fix);
}

static void append_waited(GString *text, const hr_fix *fix)
{
    const bool are_all = hr_fix_is_left_waiting(fix);

    if (fix->waited == 0) {
        return;
    }
    if (!are_all) {
        g_string_append_printf(text, ", %u of them while it waited for the rest", fix->waited);
    }
    g_string_append(text, " (for at most ");
    hr_append_setting_time(text, fix->longest_rest_ns);
    g_string_append_c(text, ')');
}

static void append_detail(GString *text, const hr_fix *fix)
{
    append_errors(text, fix);
    if ((fix->change == HR_CHANGE_KEEP_CLIENT || fix->change == HR_CHANGE_KEEP_OPEN) &&
        fix->after_answer == fix->connections->len) {
        g_string_append(text, " right after a complete answer");
    }
    if (fix->cut_answers > 0) {
        g_string_append_printf(text, ", %u of them in the middle of an answer", fix->cut_answers);
    }
    if (fix->change == HR_CHANGE_STAY_UP && (fix->codes & 1u << HR_FINDING_STALE_REUSE) != 0) {
        g_string_append(text, ", under requests that got no answer");
    }
    if (fix->closed_with > 0) {
        g_string_append_printf(text, ", and %u in front of it at the same moments",
                               fix->closed_with);
    }
    if (hr_fix_is_left_unread(fix)) {
        g_string_append(text, ", with an answer on it that was not read to its end (a reset shows"
                              " that, likely)");
    }
    if (fix->change == HR_CHANGE_RAISE_REQUEST_LIMIT) {
        g_string_append(text, fix->by_client > 0 && fix->by_server == 0 ? " by the client"
                                                                        : " by the server");
        if (fix->limit_max > 0 && fix->limit_min == fix->limit_max) {
            g_string_append_printf(text, ": %u", fix->limit_max);
        }
    }
    append_equal_idle(text, fix);
    append_waited(text, fix);
    if (fix->change == HR_CHANGE_WAIT_LONGER || fix->change == HR_CHANGE_READ_BODIES ||
        fix->change == HR_CHANGE_MEND_SERVER) {
        append_timeout(text, fix);
    }
}

static bool is_ended_by_goaway(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_GOAWAY;
}

static bool is_length_odd(const hr_connection *connection)
{
    return connection->last_request != NULL && connection->last_request->is_answer_length_odd;
}

/* Where an answer ends that says two lengths, nobody knows, nor what is beyond that. */
static const char *told_of_lengths(const hr_fix *fix)
{
    if (fix->change != HR_CHANGE_SEND_EXACT) {
        return NULL;
    }
    if (hr_fix_are_all(fix, is_length_odd)) {
        return " given up by the client because the server's answer said two lengths, or one that"
               " is no number";
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        if (is_length_odd(fix->connections->pdata[i])) {
            return NULL; /* both happened */
        }
    }
    return " given up by the client because the server sent bytes beyond the end of its answer";
}

/* What says more than the table's words, or less; NULL: nothing. */
static const char *told_instead(const hr_fix *fix)
{
    if (is_reset_unasked(fix)) {
        return fix->connections->len > 1 ? " sent on idle connections and answered by resets"
                                         : " sent on an idle connection and answered by a reset";
    }
    if (fix->change == HR_CHANGE_KEEP_CLIENT && hr_fix_are_all(fix, is_ended_by_goaway)) {
        return " that the client ended by a GOAWAY";
    }
    if (hr_fix_is_forgotten(fix)) {
        return fix->findings > 0
                   ? " that the server knew nothing of any more: it answered requests"
                     " by a stateless reset"
                   : " that the server knew nothing of any more, as its stateless reset"
                     " says";
    }
    if (hr_fix_is_answered_early(fix)) {
        return " that ended on an answer which came before the request's end";
    }
    if (hr_fix_is_reset_at_rest(fix)) {
        return " reset at rest by what may be a device between";
    }
    if (hr_fix_is_dead_at_rest(fix)) {
        return " at rest from which nothing came back any more, not one acknowledgement";
    }
    if (hr_fix_has_cut_answers(fix)) {
        return " closed by the server in the middle of an answer";
    }
    if (hr_fix_is_cut_short(fix)) {
        return fix->change == HR_CHANGE_KEEP_OPEN ? " closed by the server, announced or not"
                                                  : " closed by the client, announced or not";
    }
    return hr_fix_is_left_waiting(fix)
               ? " closed by the client while it waited for the rest of an answer"
               : told_of_lengths(fix);
}

static const char *happened(const hr_change_words *row, const hr_fix *fix)
{
    return row->happened_on_many != NULL && fix->connections->len > 1 ? row->happened_on_many
                                                                      : row->happened;
}

void hr_fix_append_happened(GString *text, const hr_fix *fix)
{
    const hr_change_words *row = hr_change_words_of(fix->change);
    const uint32_t count =
        row->is_per_request && fix->findings > 0 ? fix->findings : fix->connections->len;
    const bool is_at_rest = hr_fix_is_reset_at_rest(fix) || hr_fix_is_dead_at_rest(fix);
    const char *noun = row->is_per_request && !is_at_rest ? "request" : "connection";
    const char *told = told_instead(fix);

    g_string_append_printf(text, "%u %s%s%s", count, noun, count == 1 ? "" : "s",
                           told != NULL ? told : happened(row, fix));
    if (told == NULL || hr_fix_is_left_waiting(fix)) {
        append_detail(text, fix);
    }
    append_likely(text, fix);
}
