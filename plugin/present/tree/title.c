/* title.c
 * What is known only later (why an earlier connection was closed, how this one ended) is said where
 * the analysis is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/title.h"

#include "core/model/traced.h"
#include "present/tree/writer.h"

static void append_reason(proto_item *root, const hr_tree_context *context,
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
        proto_item_append_text(root, "%s", reasons[opening->why].alone);
        return;
    }
    proto_item_append_text(root, "%s%u%s", reasons[opening->why].before, other->id,
                           reasons[opening->why].after);
    if (context->analysis != NULL && opening->why == HR_WHY_PREVIOUS_CLOSED &&
        other->ending.cause != HR_CLOSE_NONE) {
        proto_item_append_text(root, " (%s)", hr_close_cause_token(other->ending.cause));
    }
}

static void title_request(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    const hr_request *request = item->request;

    proto_item_append_text(
        root, ", %s: request %s%u on connection %u", hr_status_token(request->status),
        request->is_number_exact ? "" : "at least ", request->number, item->connection->id);
    if (request->status == HR_STATUS_NEW) {
        append_reason(root, context, &item->connection->opening);
    } else if (request->idle_ns != HR_TIME_NONE) {
        proto_item_append_text(root, ", idle %s",
                               hr_tree_duration(context->pinfo->pool, request->idle_ns));
    }
}

static void title_response(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    const hr_request *request = item->request;
    const int64_t ns = hr_request_response_time_ns(request);

    proto_item_append_text(root, ", answer to request %u on connection %u (%s)", request->number,
                           item->connection->id, hr_status_token(request->status));
    if (ns != HR_TIME_NONE && (request->is_done || context->analysis != NULL)) {
        proto_item_append_text(root, ", after %s", hr_tree_duration(context->pinfo->pool, ns));
    }
}

static void title_opening(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    proto_item_append_text(root, ", connection %u opened", item->connection->id);
    append_reason(root, context, &item->connection->opening);
}

static void title_closing(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    const hr_ending *ending = &item->connection->ending;

    proto_item_append_text(root, ", connection %u ended", item->connection->id);
    if (context->analysis == NULL || ending->cause == HR_CLOSE_NONE) {
        return;
    }
    proto_item_append_text(root, ": %s%s", hr_close_cause_token(ending->cause),
                           ending->certainty == HR_CERTAINTY_LIKELY ? ", likely" : "");
    if (ending->by == HR_SIDE_CLIENT || ending->by == HR_SIDE_SERVER) {
        proto_item_append_text(root, ", by the %s", hr_side_token(ending->by));
    }
}

static void title_probe(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    (void)context;
    proto_item_append_text(root, ", keep-alive probe on connection %u", item->connection->id);
}

static void title_hello(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    const char *handshake = hr_tls_handshake_token(item->connection->tls.handshake);

    (void)context;
    proto_item_append_text(root, ", TLS handshake of connection %u", item->connection->id);
    if (handshake != NULL) {
        proto_item_append_text(root, ": %s", handshake);
    }
}

static void title_goaway(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    (void)context;
    proto_item_append_text(root, ", GOAWAY on connection %u by the %s", item->connection->id,
                           hr_side_token(item->connection->goaway.by));
}

static void title_call(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    const hr_traced *call = item->call;

    (void)context;
    proto_item_append_text(root, ", %s %s on connection %u, as the program told it",
                           call->method != NULL ? call->method : "call",
                           call->path != NULL ? call->path : "", item->connection->id);
}

static void append_call_site(proto_item *root, const hr_traced *call)
{
    if (call != NULL && call->site != NULL) {
        proto_item_append_text(root, ", from %s", call->site);
    }
}

void hr_tree_title(proto_item *root, const hr_tree_context *context, const hr_item *item)
{
    static void (*const titles[])(proto_item *, const hr_tree_context *, const hr_item *) = {
        [HR_ITEM_REQUEST] = title_request, [HR_ITEM_RESPONSE] = title_response,
        [HR_ITEM_OPENING] = title_opening, [HR_ITEM_CLOSING] = title_closing,
        [HR_ITEM_PROBE] = title_probe,     [HR_ITEM_HELLO] = title_hello,
        [HR_ITEM_GOAWAY] = title_goaway,   [HR_ITEM_CALL] = title_call,
    };

    titles[item->kind](root, context, item);
    append_call_site(root, item->kind == HR_ITEM_REQUEST ? item->request->traced : item->call);
}
