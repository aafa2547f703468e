/* tree.c
 * Writes what a frame shows as fields and expert infos. Facts that are absent get no field.
 * Strings of the capture were checked by Wireshark's own string handling: they are added as
 * they are, and Wireshark escapes them where it prints them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tree.h"

#include <epan/expert.h>
#include <string.h>

#include "core/result/advice.h"
#include "fields.h"
#include "software/software.h"

static int proto_http_reuse = -1;
static int hf[HR_FIELD_COUNT];
static expert_field ei[HR_FINDING_COUNT];
static gint ett_item = -1;
static gint ett_summary = -1;

/* ---- fields ---- */

/* A place in the tree and what is needed to add to it. */
typedef struct {
    const hr_tree_context *context;
    proto_tree *tree;
} writer;

static void add_uint(const writer *out, hr_field field, uint32_t value)
{
    proto_item *item = proto_tree_add_uint(out->tree, hf[field], out->context->tvb, 0, 0, value);
    proto_item_set_generated(item);
}

static void add_boolean(const writer *out, hr_field field, bool value)
{
    proto_item *item = proto_tree_add_boolean(out->tree, hf[field], out->context->tvb, 0, 0, value);
    proto_item_set_generated(item);
}

static void add_string(const writer *out, hr_field field, const char *value)
{
    if (value != NULL) {
        proto_item *item =
            proto_tree_add_string(out->tree, hf[field], out->context->tvb, 0, 0, value);
        proto_item_set_generated(item);
    }
}

static void add_time(const writer *out, hr_field field, int64_t ns)
{
    if (ns != HR_TIME_NONE) {
        const nstime_t time = {(time_t)(ns / HR_NS_PER_S), (int)(ns % HR_NS_PER_S)};
        proto_item *item =
            proto_tree_add_time(out->tree, hf[field], out->context->tvb, 0, 0, &time);
        proto_item_set_generated(item);
    }
}

/* A link to another frame, where that frame is in the capture and kept. */
static void add_frame(const writer *out, hr_field field, uint32_t position)
{
    const uint32_t number = hr_frame_map_number(out->context->frames, position);

    if (number != 0) {
        proto_item *item =
            proto_tree_add_uint(out->tree, hf[field], out->context->tvb, 0, 0, number);
        proto_item_set_generated(item);
    }
}

/* ---- facts ---- */

static void add_opening(const writer *out, const hr_connection *connection)
{
    const hr_opening *opening = &connection->opening;

    add_time(out, HR_FIELD_SETUP, hr_connection_setup_ns(connection));
    add_time(out, HR_FIELD_SETUP_TCP, hr_connection_tcp_handshake_ns(connection));
    add_time(out, HR_FIELD_SETUP_TLS, hr_connection_tls_handshake_ns(connection));
    add_string(out, HR_FIELD_WHY_NEW, hr_why_token(opening->why));
    if (opening->connection != NULL && opening->connection->id != 0) {
        add_uint(out, HR_FIELD_WHY_NEW_CONNECTION, opening->connection->id);
    }
    if (opening->shares_address) {
        add_boolean(out, HR_FIELD_WHY_NEW_SHARED, true);
    }
}

static void add_timers(const writer *out, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    for (size_t i = 0; i < ending->timer_count; i++) {
        const hr_timer *timer = ending->timers[i];
        add_string(out, HR_FIELD_CLOSE_TIMER,
                   wmem_strdup_printf(out->context->pinfo->pool, "%s %s (%g s)",
                                      hr_product_name(timer->product), timer->setting,
                                      (double)hr_timer_idle_ns(timer, connection) / HR_NS_PER_S));
    }
}

static void add_ending(const writer *out, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    add_string(out, HR_FIELD_CLOSE_CAUSE, hr_close_cause_token(ending->cause));
    add_string(out, HR_FIELD_CLOSE_BY, hr_side_token(ending->by));
    add_string(out, HR_FIELD_CLOSE_FIRST_FIN, hr_side_token(ending->first_fin));
    add_string(out, HR_FIELD_CLOSE_CERTAINTY, hr_certainty_token(ending->certainty));
    add_time(out, HR_FIELD_CLOSE_AFTER_IDLE, ending->after_idle_ns);
    add_timers(out, connection);
    if (ending->limit != 0) {
        add_uint(out, HR_FIELD_CLOSE_LIMIT, ending->limit);
    }
    add_string(out, HR_FIELD_CLOSE_TIME_WAIT, hr_side_token(connection->time_wait));
}

static void add_tls(const writer *out, const hr_connection *connection)
{
    add_string(out, HR_FIELD_TLS_HANDSHAKE, hr_tls_handshake_token(connection->tls.handshake));
    add_string(out, HR_FIELD_TLS_VERSION, connection->tls.version);
    add_string(out, HR_FIELD_TLS_ALPN, connection->tls.alpn);
    if (connection->tls.is_alpn_offer) {
        add_boolean(out, HR_FIELD_TLS_ALPN_OFFERED, true);
    }
    add_string(out, HR_FIELD_TLS_SNI, connection->tls.sni);
}

static void add_handshake_and_ends(const writer *out, const hr_connection *connection)
{
    const hr_request *first = connection->first_request;

    add_tls(out, connection);
    add_frame(out, HR_FIELD_FIRST_REQUEST_IN, first != NULL ? first->shown.frame : 0);
    add_frame(out, HR_FIELD_OPENED_IN, connection->opened.frame);
    add_frame(out, HR_FIELD_CLOSED_IN, connection->ending.at.frame);
}

static void add_connection(const writer *out, const hr_connection *connection)
{
    add_string(out, HR_FIELD_PROTOCOL, hr_protocol_token(connection->protocol));
    add_handshake_and_ends(out, connection);
}

static void add_connection_of(const writer *out, const hr_request *request)
{
    add_string(out, HR_FIELD_PROTOCOL, hr_protocol_token(hr_request_protocol(request)));
    add_handshake_and_ends(out, request->connection);
}

static void add_request(const writer *out, const hr_request *request)
{
    add_string(out, HR_FIELD_STATUS, hr_status_token(request->status));
    if (request->status != HR_STATUS_UNKNOWN) {
        add_boolean(out, HR_FIELD_REUSED, request->status == HR_STATUS_REUSED);
    }
    add_uint(out, HR_FIELD_NUMBER, request->number);
    if (!request->is_number_exact) {
        add_boolean(out, HR_FIELD_NUMBER_LOWER_BOUND, true);
    }
    add_string(out, HR_FIELD_DELIVERY, hr_delivery_token(request->delivery));
    add_uint(out, HR_FIELD_CONCURRENCY, request->concurrency);
    add_time(out, HR_FIELD_IDLE, request->idle_ns);
    if (request->stream >= 0) {
        proto_item_set_generated(proto_tree_add_uint64(
            out->tree, hf[HR_FIELD_STREAM], out->context->tvb, 0, 0, (uint64_t)request->stream));
    }
    add_string(out, HR_FIELD_AUTHORITY, request->authority);
}

static void add_neighbours(const writer *out, const hr_request *request)
{
    add_frame(out, HR_FIELD_PREVIOUS_REQUEST_IN,
              request->previous != NULL ? request->previous->shown.frame : 0);
    if (out->context->analysis != NULL && request->next != NULL) {
        add_frame(out, HR_FIELD_NEXT_REQUEST_IN, request->next->shown.frame);
    }
}

static void add_time_and_completeness(const writer *out, const hr_request *request)
{
    add_time(out, HR_FIELD_TIME, hr_request_response_time_ns(request));
    if (request->complete != HR_COMPLETE_UNKNOWN) {
        add_boolean(out, HR_FIELD_COMPLETE, request->complete == HR_COMPLETE_YES);
    }
}

/* ---- items ---- */

static void add_request_item(const writer *out, const hr_model *model, const hr_item *item)
{
    const hr_request *request = item->request;
    const bool is_last = request == request->connection->last_request;

    (void)model;
    add_request(out, request);
    if (request == request->connection->first_request) {
        add_opening(out, request->connection);
    }
    add_connection_of(out, request);
    add_neighbours(out, request);
    if (out->context->analysis != NULL) {
        add_frame(out, HR_FIELD_RESPONSE_IN, request->response_frame);
        add_time_and_completeness(out, request);
        if (is_last) {
            add_ending(out, request->connection);
        }
    }
}

static void add_response_item(const writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_request(out, item->request);
    add_connection_of(out, item->request);
    add_frame(out, HR_FIELD_REQUEST_IN, item->request->shown.frame);
    if (item->request->is_done || out->context->analysis != NULL) {
        add_time_and_completeness(out, item->request);
    }
}

static void add_opening_item(const writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_opening(out, item->connection);
    add_connection(out, item->connection);
}

static void add_closing_item(const writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_ending(out, item->connection);
    add_connection(out, item->connection);
}

static void add_probe_item(const writer *out, const hr_model *model, const hr_item *item)
{
    const hr_probe *probe = hr_model_probe(model, item->probe);

    add_string(out, HR_FIELD_PROBE_BY, hr_side_token(probe->by));
    add_time(out, HR_FIELD_PROBE_INTERVAL, probe->interval_ns);
    add_connection(out, item->connection);
}

static void add_hello_item(const writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_connection(out, item->connection);
}

static void add_goaway_item(const writer *out, const hr_model *model, const hr_item *item)
{
    const hr_connection *connection = item->connection;

    (void)model;
    add_string(out, HR_FIELD_GOAWAY_BY, hr_side_token(connection->goaway.by));
    add_uint(out, HR_FIELD_GOAWAY_ERROR, connection->goaway.error);
    add_uint(out, HR_FIELD_GOAWAY_LAST_STREAM, connection->goaway.last_stream);
    add_connection(out, connection);
}

static const struct {
    const char *what;
    void (*add)(const writer *out, const hr_model *model, const hr_item *item);
} presenters[] = {
    [HR_ITEM_REQUEST] = {"request", add_request_item},
    [HR_ITEM_RESPONSE] = {"answer", add_response_item},
    [HR_ITEM_OPENING] = {"opening", add_opening_item},
    [HR_ITEM_CLOSING] = {"ending", add_closing_item},
    [HR_ITEM_PROBE] = {"keep-alive probe", add_probe_item},
    [HR_ITEM_HELLO] = {"TLS handshake", add_hello_item},
    [HR_ITEM_GOAWAY] = {"GOAWAY", add_goaway_item},
};

static void title(proto_item *root, const hr_item *item)
{
    const hr_request *request = item->request;

    proto_item_append_text(root, ", connection %u, %s", item->connection->id,
                           presenters[item->kind].what);
    if (request != NULL) {
        proto_item_append_text(root, " %u: %s", request->number, hr_status_token(request->status));
    } else if (item->kind == HR_ITEM_CLOSING && item->connection->ending.cause != HR_CLOSE_NONE) {
        proto_item_append_text(root, ": %s", hr_close_cause_token(item->connection->ending.cause));
    }
}

static void add_advice(const writer *out, hr_finding_code code, const hr_connection *connection)
{
    GString *text = g_string_new(NULL);

    if (hr_advice_append(text, code, hr_library_of(connection))) {
        add_string(out, HR_FIELD_ADVICE, text->str);
    }
    g_string_free(text, TRUE);
}

void hr_tree_add_item(const hr_tree_context *context, const hr_model *model, const hr_item *item)
{
    if (item->connection->id == 0) {
        return; /* not, or not yet, known to be in scope */
    }
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);
    proto_item_set_generated(root);
    const writer out = {context, proto_item_add_subtree(root, ett_item)};

    title(root, item);
    add_uint(&out, HR_FIELD_CONNECTION, item->connection->id);
    presenters[item->kind].add(&out, model, item);
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (hr_finding_applies(code, item)) {
            expert_add_info(context->pinfo, root, &ei[code]);
            add_advice(&out, code, item->connection);
        }
    }
}

void hr_tree_add_summary(const hr_tree_context *context, const hr_totals *totals)
{
    const hr_sums *sums = &totals->sums;
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);
    const writer out = {context, proto_item_add_subtree(root, ett_summary)};

    proto_item_set_generated(root);
    proto_item_append_text(root,
                           ", summary of the capture: %u requests, %u new, %u reused, %u unknown,"
                           " on %u connections",
                           sums->requests, sums->new_requests, sums->reused, sums->unknown,
                           sums->connections);
    add_uint(&out, HR_FIELD_SUMMARY_REQUESTS, sums->requests);
    add_uint(&out, HR_FIELD_SUMMARY_NEW, sums->new_requests);
    add_uint(&out, HR_FIELD_SUMMARY_REUSED, sums->reused);
    add_uint(&out, HR_FIELD_SUMMARY_UNKNOWN, sums->unknown);
    const double ratio = hr_sums_reuse_ratio(sums);
    if (ratio >= 0) {
        proto_item_set_generated(proto_tree_add_double(out.tree, hf[HR_FIELD_SUMMARY_REUSE_RATIO],
                                                       context->tvb, 0, 0, ratio));
    }
    add_uint(&out, HR_FIELD_SUMMARY_CONNECTIONS, sums->connections);
    add_uint(&out, HR_FIELD_SUMMARY_UNUSED, sums->unused);
    add_uint(&out, HR_FIELD_SUMMARY_OPAQUE, sums->opaque);
    add_uint(&out, HR_FIELD_SUMMARY_TLS_FULL, sums->tls_full);
    add_uint(&out, HR_FIELD_SUMMARY_TLS_RESUMED, sums->tls_resumed);
    add_uint(&out, HR_FIELD_SUMMARY_AVOIDABLE, sums->avoidable_connections);
    add_time(&out, HR_FIELD_SUMMARY_AVOIDABLE_SETUP, sums->avoidable_setup_ns);
    add_time(&out, HR_FIELD_SUMMARY_SAVED_SETUP, sums->saved_setup_ns);
    add_uint(&out, HR_FIELD_SUMMARY_TIME_WAIT_CLIENT, totals->time_wait_client);
    add_uint(&out, HR_FIELD_SUMMARY_TIME_WAIT_SERVER, totals->time_wait_server);
    add_uint(&out, HR_FIELD_SUMMARY_OTHER, totals->other_connections);
    expert_add_info(context->pinfo, root, &ei[HR_FINDING_SUMMARY]);
}

/* ---- registration ---- */

/* How each type of field is displayed. */
enum {
    DISPLAY_UINT32 = BASE_DEC,
    DISPLAY_UINT64 = BASE_DEC,
    DISPLAY_STRING = BASE_NONE,
    DISPLAY_BOOLEAN = BASE_NONE,
    DISPLAY_RELATIVE_TIME = BASE_NONE,
    DISPLAY_FRAMENUM = BASE_NONE,
    DISPLAY_DOUBLE = BASE_NONE,
};

static void register_fields(int proto)
{
    static hf_register_info fields[] = {
#define HR_FIELD_INFO(id, name, label, type, blurb)                                                \
    {&hf[HR_FIELD_##id],                                                                           \
     {label, "http_reuse." name, FT_##type, DISPLAY_##type, NULL, 0x0, blurb, HFILL}},
        HR_FIELDS(HR_FIELD_INFO)
#undef HR_FIELD_INFO
    };

    /* The GUI draws these as arrows in the packet list. */
    fields[HR_FIELD_REQUEST_IN].hfinfo.strings = FRAMENUM_TYPE(FT_FRAMENUM_REQUEST);
    fields[HR_FIELD_RESPONSE_IN].hfinfo.strings = FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE);
    for (size_t i = 0; i < HR_FIELD_COUNT; i++) {
        hf[i] = -1;
    }
    proto_register_field_array(proto, fields, G_N_ELEMENTS(fields));
}

static int expert_group(hr_group group)
{
    static const int groups[] = {
        [HR_GROUP_SEQUENCE] = PI_SEQUENCE,
        [HR_GROUP_PROTOCOL] = PI_PROTOCOL,
        [HR_GROUP_RESPONSE_CODE] = PI_RESPONSE_CODE,
        [HR_GROUP_COMMENTS] = PI_COMMENTS_GROUP,
    };
    return groups[group];
}

static int expert_severity(hr_severity severity)
{
    static const int severities[] = {
        [HR_SEVERITY_CHAT] = PI_CHAT,
        [HR_SEVERITY_NOTE] = PI_NOTE,
        [HR_SEVERITY_WARNING] = PI_WARN,
        [HR_SEVERITY_ERROR] = PI_ERROR,
    };
    return severities[severity];
}

static void register_findings(int proto)
{
    static ei_register_info infos[HR_FINDING_COUNT];
    expert_module_t *module = expert_register_protocol(proto);

    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        const hr_finding_kind *kind = hr_finding_kind_of(code);
        const expert_field unset = EI_INIT;
        ei[code] = unset;
        infos[code] = (ei_register_info){
            &ei[code],
            {wmem_strdup_printf(wmem_epan_scope(), "http_reuse.finding.%s", kind->token),
             expert_group(kind->group), expert_severity(kind->severity), kind->sentence, EXPFILL}};
    }
    expert_register_field_array(module, infos, HR_FINDING_COUNT);
}

void hr_tree_register(int proto)
{
    static gint *subtrees[] = {&ett_item, &ett_summary};

    proto_http_reuse = proto;
    register_fields(proto);
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
    register_findings(proto);
}
