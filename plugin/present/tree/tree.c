/* tree.c
 * Which facts a thing that a frame shows has in the tree, and its expert infos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/tree.h"

#include <epan/expert.h>

#include "core/model/traced.h"
#include "core/result/advice.h"
#include "present/tree/title.h"
#include "present/tree/writer.h"
#include "software/software.h"

static int proto_http_reuse = -1;
static expert_field ei[HR_FINDING_COUNT];
static gint ett_item = -1;
static gint ett_summary = -1;
static gint ett_opening = -1;
static gint ett_tls = -1;
static gint ett_ending = -1;

/* ---- facts ---- */

static void add_opening(const hr_tree_writer *parent, const hr_connection *connection)
{
    const hr_opening *opening = &connection->opening;
    const hr_tree_writer below = hr_tree_begin(parent, ett_opening, "Opening");
    const hr_tree_writer *out = &below;

    hr_tree_put_frame(out, HR_FIELD_OPENED_IN, connection->opened.frame);
    hr_tree_put_time(out, HR_FIELD_SETUP, hr_connection_setup_ns(connection));
    hr_tree_put_time(out, HR_FIELD_SETUP_TCP, hr_connection_tcp_handshake_ns(connection));
    hr_tree_put_time(out, HR_FIELD_SETUP_TLS, hr_connection_tls_handshake_ns(connection));
    hr_tree_put_string(out, HR_FIELD_WHY_NEW, hr_why_token(opening->why));
    if (opening->connection != NULL && opening->connection->is_in_scope) {
        hr_tree_put_uint(out, HR_FIELD_WHY_NEW_CONNECTION, opening->connection->id);
        hr_tree_put_frame(out, HR_FIELD_WHY_NEW_FRAME,
                          opening->connection->opened.frame != 0
                              ? opening->connection->opened.frame
                              : opening->connection->first_seen.frame);
    }
    if (opening->shares_address) {
        hr_tree_put_boolean(out, HR_FIELD_WHY_NEW_SHARED, true);
    }
}

static void add_timers(const hr_tree_writer *out, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    for (size_t i = 0; i < ending->timer_count; i++) {
        const hr_timer *timer = ending->timers[i];
        hr_tree_put_string(
            out, HR_FIELD_CLOSE_TIMER,
            wmem_strdup_printf(out->context->pinfo->pool, "%s %s (%g s)",
                               hr_product_name(timer->product), timer->setting,
                               (double)hr_timer_idle_ns(timer, connection) / HR_NS_PER_S));
    }
}

static void add_ending(const hr_tree_writer *parent, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_tree_writer below = hr_tree_begin(parent, ett_ending, "Ending");
    const hr_tree_writer *out = &below;

    hr_tree_put_frame(out, HR_FIELD_CLOSED_IN, ending->at.frame);
    hr_tree_put_string(out, HR_FIELD_CLOSE_CAUSE, hr_close_cause_token(ending->cause));
    hr_tree_put_string(out, HR_FIELD_CLOSE_BY, hr_side_token(ending->by));
    hr_tree_put_string(out, HR_FIELD_CLOSE_FIRST_FIN, hr_side_token(ending->first_fin));
    hr_tree_put_string(out, HR_FIELD_CLOSE_CERTAINTY, hr_certainty_token(ending->certainty));
    hr_tree_put_time(out, HR_FIELD_CLOSE_AFTER_IDLE, ending->after_idle_ns);
    add_timers(out, connection);
    if (ending->limit != 0) {
        hr_tree_put_uint(out, HR_FIELD_CLOSE_LIMIT, ending->limit);
    }
    hr_tree_put_string(out, HR_FIELD_CLOSE_TIME_WAIT, hr_side_token(connection->time_wait));
}

static void add_tls(const hr_tree_writer *parent, const hr_connection *connection)
{
    const hr_tls_handshake handshake = connection->tls.handshake;
    const bool is_plain = handshake == HR_TLS_NONE || handshake == HR_TLS_UNKNOWN;
    const hr_tree_writer below = is_plain && connection->tls.sni == NULL
                                     ? hr_tree_unless(parent, true)
                                     : hr_tree_begin(parent, ett_tls, "TLS");
    const hr_tree_writer *out = &below;

    hr_tree_put_string(out, HR_FIELD_TLS_HANDSHAKE, hr_tls_handshake_token(handshake));
    hr_tree_put_string(out, HR_FIELD_TLS_VERSION, connection->tls.version);
    hr_tree_put_string(out, HR_FIELD_TLS_ALPN, connection->tls.alpn);
    if (connection->tls.is_alpn_offer) {
        hr_tree_put_boolean(out, HR_FIELD_TLS_ALPN_OFFERED, true);
    }
    hr_tree_put_string(out, HR_FIELD_TLS_SNI, connection->tls.sni);
}

/* Where the connection began and ends, of an item that has not a subtree which says it. */
static void add_places(const hr_tree_writer *out, const hr_item *item, bool has_opening,
                       bool has_ending)
{
    const hr_connection *connection = item->connection;
    const hr_request *first = connection->first_request;
    const hr_tree_writer other = hr_tree_unless(out, first != NULL && first == item->request);

    hr_tree_put_frame(&other, HR_FIELD_FIRST_REQUEST_IN,
                      first != NULL ? hr_request_frame(first) : 0);
    if (!has_opening) {
        hr_tree_put_frame(out, HR_FIELD_OPENED_IN, connection->opened.frame);
    }
    if (!has_ending) {
        hr_tree_put_frame(out, HR_FIELD_CLOSED_IN, connection->ending.at.frame);
    }
}

static void add_connection(const hr_tree_writer *out, const hr_item *item)
{
    const hr_connection *connection = item->connection;

    hr_tree_put_string(out, HR_FIELD_PROTOCOL, hr_protocol_token(connection->protocol));
    add_places(out, item, item->kind == HR_ITEM_OPENING, item->kind == HR_ITEM_CLOSING);
    add_tls(out, connection);
}

static void add_request(const hr_tree_writer *out, const hr_request *request)
{
    const hr_tree_writer twice = hr_tree_unless(out, true);
    const hr_tree_writer delivery =
        hr_tree_unless(out, request->delivery == HR_DELIVERY_SEQUENTIAL);
    const hr_tree_writer alone = hr_tree_unless(out, request->concurrency == 1);

    hr_tree_put_string(out, HR_FIELD_STATUS, hr_status_token(request->status));
    if (request->status != HR_STATUS_UNKNOWN) {
        hr_tree_put_boolean(&twice, HR_FIELD_REUSED, request->status == HR_STATUS_REUSED);
    }
    hr_tree_put_uint(out, HR_FIELD_NUMBER, request->number);
    if (!request->is_number_exact) {
        hr_tree_put_boolean(out, HR_FIELD_NUMBER_LOWER_BOUND, true);
    }
    hr_tree_put_string(&delivery, HR_FIELD_DELIVERY, hr_delivery_token(request->delivery));
    hr_tree_put_uint(&alone, HR_FIELD_CONCURRENCY, request->concurrency);
    hr_tree_put_time(out, HR_FIELD_IDLE, request->idle_ns);
    if (request->stream >= 0) {
        hr_tree_put_uint64(out, HR_FIELD_STREAM, (uint64_t)request->stream);
    }
    hr_tree_put_string(out, HR_FIELD_AUTHORITY, request->authority);
    hr_tree_put_string(out, HR_FIELD_PROTOCOL, hr_protocol_token(hr_request_protocol(request)));
}

static void add_neighbours(const hr_tree_writer *out, const hr_request *request)
{
    hr_tree_put_frame(out, HR_FIELD_PREVIOUS_REQUEST_IN,
                      request->previous != NULL ? hr_request_frame(request->previous) : 0);
    if (out->context->analysis != NULL && request->next != NULL) {
        hr_tree_put_frame(out, HR_FIELD_NEXT_REQUEST_IN, hr_request_frame(request->next));
    }
}

static void add_other_leg(const hr_tree_writer *out, const hr_request *request)
{
    if (out->context->analysis == NULL) {
        return;
    }
    if (request->passed_on != NULL) {
        hr_tree_put_frame(out, HR_FIELD_UPSTREAM_IN, hr_request_frame(request->passed_on));
    }
    if (request->passes_on != NULL) {
        hr_tree_put_frame(out, HR_FIELD_DOWNSTREAM_IN, hr_request_frame(request->passes_on));
    }
}

static void add_time_and_completeness(const hr_tree_writer *out, const hr_request *request)
{
    hr_tree_put_time(out, HR_FIELD_TIME, hr_request_response_time_ns(request));
    if (request->complete != HR_COMPLETE_UNKNOWN) {
        const hr_tree_writer whole = hr_tree_unless(out, request->complete == HR_COMPLETE_YES);
        hr_tree_put_boolean(&whole, HR_FIELD_COMPLETE, request->complete == HR_COMPLETE_YES);
    }
}

static void add_call_site(const hr_tree_writer *out, const hr_traced *call)
{
    if (call != NULL) {
        hr_tree_put_string(out, HR_FIELD_CALL_SITE, call->site);
        hr_tree_put_string(out, HR_FIELD_CALL_FUNCTION, call->function);
        hr_tree_put_string(out, HR_FIELD_CALL_ERROR, call->error);
    }
}

/* ---- items ---- */

static void add_request_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_request *request = item->request;
    const hr_connection *connection = item->connection;
    const hr_tree_writer count = hr_tree_unless(out, true);
    const bool is_first = request == connection->first_request;
    const bool is_last = out->context->analysis != NULL && request == connection->last_request;

    (void)model;
    hr_tree_put_boolean(&count, HR_FIELD_REQUEST, true);
    add_call_site(out, request->traced);
    add_request(out, request);
    if (out->context->analysis != NULL) {
        hr_tree_put_frame(out, HR_FIELD_RESPONSE_IN, request->response_frame);
        add_time_and_completeness(out, request);
    }
    add_neighbours(out, request);
    add_other_leg(out, request);
    add_places(out, item, is_first, is_last);
    if (is_first) {
        add_opening(out, connection);
    }
    add_tls(out, connection);
    if (is_last) {
        add_ending(out, connection);
    }
}

static void add_response_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_request(out, item->request);
    hr_tree_put_frame(out, HR_FIELD_REQUEST_IN, hr_request_frame(item->request));
    if (item->request->is_done || out->context->analysis != NULL) {
        add_time_and_completeness(out, item->request);
    }
    add_places(out, item, false, false);
    add_tls(out, item->connection);
}

static void add_opening_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_opening(out, item->connection);
    add_connection(out, item);
}

static void add_closing_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_ending(out, item->connection);
    add_connection(out, item);
}

static void add_probe_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_probe *probe = hr_model_probe(model, item->probe);

    hr_tree_put_string(out, HR_FIELD_PROBE_BY, hr_side_token(probe->by));
    hr_tree_put_time(out, HR_FIELD_PROBE_INTERVAL, probe->interval_ns);
    add_connection(out, item);
}

static void add_hello_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_connection(out, item);
}

static void add_goaway_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_connection *connection = item->connection;

    (void)model;
    hr_tree_put_string(out, HR_FIELD_GOAWAY_BY, hr_side_token(connection->goaway.by));
    hr_tree_put_uint(out, HR_FIELD_GOAWAY_ERROR, connection->goaway.error);
    hr_tree_put_string(out, HR_FIELD_GOAWAY_DEBUG, connection->goaway.debug);
    hr_tree_put_uint(out, HR_FIELD_GOAWAY_LAST_STREAM, connection->goaway.last_stream);
    add_connection(out, item);
}

static void add_call_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_traced *call = item->call;

    (void)model;
    add_call_site(out, call);
    hr_tree_put_string(out, HR_FIELD_CALL_METHOD, call->method);
    hr_tree_put_string(out, HR_FIELD_CALL_HOST, call->host);
    hr_tree_put_string(out, HR_FIELD_CALL_PATH, call->path);
    add_connection(out, item);
}

static void (*const presenters[])(const hr_tree_writer *out, const hr_model *model,
                                  const hr_item *item) = {
    [HR_ITEM_REQUEST] = add_request_item, [HR_ITEM_RESPONSE] = add_response_item,
    [HR_ITEM_OPENING] = add_opening_item, [HR_ITEM_CLOSING] = add_closing_item,
    [HR_ITEM_PROBE] = add_probe_item,     [HR_ITEM_HELLO] = add_hello_item,
    [HR_ITEM_GOAWAY] = add_goaway_item,   [HR_ITEM_CALL] = add_call_item,
};

static void add_advice(const hr_tree_writer *out, hr_finding_code code,
                       const hr_connection *connection)
{
    GString *text = g_string_new(NULL);

    if (hr_advice_append(text, code, hr_library_of(connection))) {
        hr_tree_put_string(out, HR_FIELD_ADVICE, text->str);
    }
    g_string_free(text, TRUE);
}

/* Nothing else is said of a connection that nobody shows as HTTP. */
static void add_not_dissected(const hr_tree_context *context, const hr_item *item)
{
    if (context->analysis == NULL || !hr_finding_applies(HR_FINDING_NOT_DISSECTED, item)) {
        return;
    }
    const hr_left_out *left_out =
        hr_analysis_left_out(context->analysis, item->connection->left_out - 1);
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);
    const hr_tree_writer out = {context, proto_item_add_subtree(root, ett_item), false};
    GString *option = g_string_new(NULL);

    proto_item_set_generated(root);
    hr_left_out_append_option(option, left_out);
    proto_item_append_text(root, ", not dissected: %s",
                           left_out->kind == HR_LEFT_OUT_H2 ? "HTTP/2's preface"
                                                            : "TLS that may be HTTP");
    expert_add_info(context->pinfo, root, &ei[HR_FINDING_NOT_DISSECTED]);
    hr_tree_put_string(&out, HR_FIELD_SHOW_WITH, option->str);
    g_string_free(option, TRUE);
}

void hr_tree_add_item(const hr_tree_context *context, const hr_model *model, const hr_item *item)
{
    if (!item->connection->is_in_scope) { /* not, or not yet, known to be */
        add_not_dissected(context, item);
        return;
    }
    if (item->kind == HR_ITEM_PREFACE) {
        return; /* it turned out to be shown */
    }
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);
    proto_item_set_generated(root);
    const hr_tree_writer out = {context, proto_item_add_subtree(root, ett_item), false};

    hr_tree_title(root, context, item);
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (hr_finding_applies(code, item)) {
            expert_add_info(context->pinfo, root, &ei[code]);
            add_advice(&out, code, item->connection);
        }
    }
    hr_tree_put_uint(&out, HR_FIELD_CONNECTION, item->connection->id);
    presenters[item->kind](&out, model, item);
}

void hr_tree_add_left_out(const hr_tree_context *context, uint32_t count)
{
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);
    const hr_tree_writer out = {context, proto_item_add_subtree(root, ett_item), false};

    proto_item_set_generated(root);
    proto_item_append_text(root, ", %u more in this frame are left out; the reports have them",
                           count);
    hr_tree_put_uint(&out, HR_FIELD_LEFT_OUT, count);
}

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

void hr_tree_add_summary(const hr_tree_context *context, const hr_totals *totals)
{
    const hr_sums *sums = &totals->sums;
    const char *totals_text = wmem_strdup_printf(
        context->pinfo->pool,
        "%u request%s, %u new, %u reused, %u unknown, on %u connection%s, %u of them avoidable",
        sums->requests, plural(sums->requests), sums->new_requests, sums->reused, sums->unknown,
        sums->connections, plural(sums->connections), sums->avoidable_connections);
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);
    const hr_tree_writer out = {context, proto_item_add_subtree(root, ett_summary), false};

    proto_item_set_generated(root);
    proto_item_append_text(root, ", summary of the capture: %s", totals_text);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_REQUESTS, sums->requests);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_NEW, sums->new_requests);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_REUSED, sums->reused);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_UNKNOWN, sums->unknown);
    const double ratio = hr_sums_reuse_ratio(sums);
    if (ratio >= 0) {
        hr_tree_put_double(&out, HR_FIELD_SUMMARY_REUSE_RATIO, ratio);
    }
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_CONNECTIONS, sums->connections);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_UNUSED, sums->unused);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_OPAQUE, sums->opaque);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_TLS_FULL, sums->tls_full);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_TLS_RESUMED, sums->tls_resumed);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_AVOIDABLE, sums->avoidable_connections);
    hr_tree_put_time(&out, HR_FIELD_SUMMARY_AVOIDABLE_SETUP, sums->avoidable_setup_ns);
    hr_tree_put_time(&out, HR_FIELD_SUMMARY_SAVED_SETUP, sums->saved_setup_ns);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_TIME_WAIT_CLIENT, totals->time_wait_client);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_TIME_WAIT_SERVER, totals->time_wait_server);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_OTHER, totals->other_connections);
    expert_add_info_format(context->pinfo, root, &ei[HR_FINDING_SUMMARY], "%s: %s",
                           hr_finding_kind_of(HR_FINDING_SUMMARY)->sentence, totals_text);
}

/* ---- registration ---- */

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
    static gint *subtrees[] = {&ett_item, &ett_summary, &ett_opening, &ett_tls, &ett_ending};

    proto_http_reuse = proto;
    hr_tree_register_fields(proto);
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
    register_findings(proto);
}
