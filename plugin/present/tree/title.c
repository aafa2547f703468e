/* title.c
 * Two things are told in a sentence each, more are counted.
 * What is known only later (why an earlier connection was closed, how this one ended) is said where
 * the analysis is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/title.h"

#include "core/model/traced.h"
#include "present/tree/writer.h"

static void append_reason(wmem_strbuf_t *text, const hr_tree_context *context,
                          const hr_opening *opening)
{
    static const struct {
        const char *alone;  /* no connection explains it */
        const char *before; /* ... and the text around one's number */
        const char *after;
    } reasons[] = {
        [HR_WHY_NONE] = {"", "", ""},
        [HR_WHY_FIRST_CONTACT] = {", the first to this origin",
                                  ", the first to this origin, after ", ""},
        [HR_WHY_ALL_BUSY] = {", since the others were busy", ", since connection ", " was busy"},
        [HR_WHY_STREAMS_EXHAUSTED] = {", since no stream was free",
                                      ", since no stream was free on connection ", ""},
        [HR_WHY_PREVIOUS_CLOSED] = {", since the earlier ones were closed", ", since connection ",
                                    " was closed"},
        [HR_WHY_IDLE_AVAILABLE] = {", although another one was idle", ", although connection ",
                                   " was idle"},
        [HR_WHY_CAPTURE_STARTED_LATE] = {", beside some that were open before the capture",
                                         ", beside connection ",
                                         " that was open before the capture"},
        [HR_WHY_OTHER_ADDRESS] = {", the first at this address of the name",
                                  ", the first at this address; connection ",
                                  " of the same name is at another"},
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(reasons) == HR_WHY_COUNT);
    const hr_connection *other = opening->connection;

    if (other == NULL || !other->is_in_scope) {
        wmem_strbuf_append_printf(text, "%s", reasons[opening->why].alone);
        return;
    }
    wmem_strbuf_append_printf(text, "%s%u%s", reasons[opening->why].before, other->id,
                              reasons[opening->why].after);
    if (context->analysis != NULL && opening->why == HR_WHY_PREVIOUS_CLOSED &&
        other->ending.cause != HR_CLOSE_NONE && other->ending.cause != HR_CLOSE_UNKNOWN) {
        wmem_strbuf_append_printf(text, " (%s)", hr_close_cause_token(other->ending.cause));
    }
}

static void title_request(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    const hr_request *request = item->request;

    wmem_strbuf_append_printf(
        text, "%s: request %s%u on connection %u", hr_status_token(request->status),
        request->is_number_exact ? "" : "at least ", request->number, item->connection->id);
    if (request->status == HR_STATUS_NEW) {
        append_reason(text, context, hr_connection_opening(item->connection));
    } else if (request->idle_ns != HR_TIME_NONE) {
        wmem_strbuf_append_printf(text, ", idle %s",
                                  hr_tree_duration(context->pinfo->pool, request->idle_ns));
    }
}

static void title_response(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    const hr_request *request = item->request;
    const int64_t ns = hr_request_response_time_ns(request);

    wmem_strbuf_append_printf(text, "answer to request %u on connection %u", request->number,
                              item->connection->id);
    if (request->status != HR_STATUS_UNKNOWN) {
        wmem_strbuf_append_printf(text, " (%s)", hr_status_token(request->status));
    }
    if (ns != HR_TIME_NONE && (request->is_done || context->analysis != NULL)) {
        wmem_strbuf_append_printf(text, ", after %s", hr_tree_duration(context->pinfo->pool, ns));
    }
}

static void title_opening(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    wmem_strbuf_append_printf(text, "connection %u opened", item->connection->id);
    append_reason(text, context, hr_connection_opening(item->connection));
}

static void title_closing(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    const hr_ending *ending = &item->connection->ending;

    wmem_strbuf_append_printf(text, "connection %u ended", item->connection->id);
    if (context->analysis == NULL || ending->cause == HR_CLOSE_NONE) {
        return;
    }
    wmem_strbuf_append_printf(text, ": %s%s", hr_close_cause_token(ending->cause),
                              ending->certainty == HR_CERTAINTY_LIKELY ? ", likely" : "");
    if (ending->by == HR_SIDE_CLIENT || ending->by == HR_SIDE_SERVER) {
        wmem_strbuf_append_printf(text, ", by the %s", hr_side_token(ending->by));
    }
}

static void title_probe(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    (void)context;
    wmem_strbuf_append_printf(text, "keep-alive probe on connection %u", item->connection->id);
}

static void title_hello(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    const char *handshake = hr_tls_handshake_token(item->connection->seldom->tls->handshake);

    (void)context;
    wmem_strbuf_append_printf(text, "TLS handshake of connection %u", item->connection->id);
    if (handshake != NULL) {
        wmem_strbuf_append_printf(text, ": %s", handshake);
    }
}

static void title_goaway(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    (void)context;
    wmem_strbuf_append_printf(text, "GOAWAY on connection %u by the %s", item->connection->id,
                              hr_side_token(item->connection->seldom->goaway->by));
}

static void title_call(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    const hr_traced *call = item->call;

    (void)context;
    wmem_strbuf_append_printf(text, "%s %s on connection %u, as the program told it",
                              call->method != NULL ? call->method : "call",
                              call->path != NULL ? call->path : "", item->connection->id);
}

static void append_call_site(wmem_strbuf_t *text, const hr_traced *call)
{
    if (call != NULL && call->site != NULL) {
        wmem_strbuf_append_printf(text, ", from %s", call->site);
    }
}

static void append_title(wmem_strbuf_t *text, const hr_tree_context *context, const hr_item *item)
{
    static void (*const titles[])(wmem_strbuf_t *, const hr_tree_context *, const hr_item *) = {
        [HR_ITEM_REQUEST] = title_request, [HR_ITEM_RESPONSE] = title_response,
        [HR_ITEM_OPENING] = title_opening, [HR_ITEM_CLOSING] = title_closing,
        [HR_ITEM_PROBE] = title_probe,     [HR_ITEM_HELLO] = title_hello,
        [HR_ITEM_GOAWAY] = title_goaway,   [HR_ITEM_CALL] = title_call,
    };

    if (hr_connection_is_copy(item->connection)) {
        wmem_strbuf_append_printf(text, "connection %u again, by its sequence numbers behind a NAT",
                                  hr_connection_original(item->connection)->id);
        return;
    }
    if (!item->connection->is_in_scope) {
        wmem_strbuf_append(text, item->kind == HR_ITEM_PREFACE
                                     ? "not dissected: HTTP/2's preface"
                                     : "not dissected: TLS that may be HTTP");
        return;
    }
    titles[item->kind](text, context, item);
    append_call_site(text,
                     item->kind == HR_ITEM_REQUEST ? item->request->ties->traced : item->call);
}

/* Nobody sees it: the tree is there for a filter or a column. */
static bool is_unseen(const hr_tree_context *context)
{
    return context->tree == NULL || !PTREE_DATA(context->tree)->visible;
}

const char *hr_tree_title(const hr_tree_context *context, const hr_item *item)
{
    if (is_unseen(context)) {
        return "";
    }
    wmem_strbuf_t *text = wmem_strbuf_new(context->pinfo->pool, "");
    append_title(text, context, item);
    return wmem_strbuf_finalize(text);
}

/* ---- of several ---- */

typedef struct {
    size_t of_kind[HR_ITEM_KINDS];
    size_t of_status[3]; /* of the requests */
    bool is_one_connection;
} counts;

static counts count_items(const hr_item *const *items, size_t count)
{
    counts all = {.is_one_connection = true};

    for (size_t i = 0; i < count; i++) {
        all.of_kind[items[i]->kind]++;
        all.is_one_connection &= items[i]->connection == items[0]->connection;
        if (items[i]->kind == HR_ITEM_REQUEST) {
            all.of_status[items[i]->request->status]++;
        }
    }
    return all;
}

/* " (1 new, 47 reused)", or " (reused)" where all are */
static void append_statuses(wmem_strbuf_t *text, const counts *all)
{
    static const hr_status order[] = {HR_STATUS_NEW, HR_STATUS_REUSED, HR_STATUS_UNKNOWN};
    const char *before = " (";

    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        const size_t count = all->of_status[order[i]];
        if (count == all->of_kind[HR_ITEM_REQUEST]) {
            wmem_strbuf_append_printf(text, " (%s", hr_status_token(order[i]));
        } else if (count > 0) {
            wmem_strbuf_append_printf(text, "%s%zu %s", before, count, hr_status_token(order[i]));
            before = ", ";
        }
    }
    wmem_strbuf_append_c(text, ')');
}

static void append_counts(wmem_strbuf_t *text, const counts *all)
{
    static const struct {
        hr_item_kind kind;
        const char *one, *many;
    } words[] = {
        {HR_ITEM_REQUEST, "request", "requests"},
        {HR_ITEM_CALL, "call", "calls"},
        {HR_ITEM_RESPONSE, "answer", "answers"},
        {HR_ITEM_OPENING, "opening", "openings"},
        {HR_ITEM_HELLO, "TLS handshake", "TLS handshakes"},
        {HR_ITEM_PREFACE, "preface of HTTP/2", "prefaces of HTTP/2"},
        {HR_ITEM_GOAWAY, "GOAWAY", "GOAWAYs"},
        {HR_ITEM_PROBE, "keep-alive probe", "keep-alive probes"},
        {HR_ITEM_CLOSING, "ending", "endings"},
    };
    const char *before = "";

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        const size_t count = all->of_kind[words[i].kind];
        if (count == 0) {
            continue;
        }
        wmem_strbuf_append_printf(text, "%s%zu %s", before, count,
                                  count == 1 ? words[i].one : words[i].many);
        if (words[i].kind == HR_ITEM_REQUEST) {
            append_statuses(text, all);
        }
        before = ", ";
    }
}

const char *hr_tree_title_of_all(const hr_tree_context *context, const hr_item *const *items,
                                 size_t count)
{
    if (is_unseen(context)) {
        return "";
    }
    wmem_strbuf_t *text = wmem_strbuf_new(context->pinfo->pool, "");
    if (count == 2) {
        append_title(text, context, items[0]);
        wmem_strbuf_append(text, "; ");
        append_title(text, context, items[1]);
    } else {
        const counts all = count_items(items, count);
        append_counts(text, &all);
        if (all.is_one_connection) {
            wmem_strbuf_append_printf(text, " on connection %u", items[0]->connection->id);
        }
    }
    return wmem_strbuf_finalize(text);
}
