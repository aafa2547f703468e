/* analysis.c
 * The steps of an analysis, in their order: reasons that had to wait, ends, findings, totals.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/analysis.h"

#include "core/ending/ending.h"
#include "core/ending/ends.h"
#include "core/ending/legs.h"
#include "core/ending/origins.h"
#include "core/model/ahead.h"
#include "core/model/sort.h"
#include "core/opening/settle.h"
#include "core/opening/unopened.h"
#include "core/result/compute.h"
#include "core/result/selection.h"

struct hr_analysis {
    hr_facts *facts;
    char *who;           /* of a selection, which borrows what the facts hold; else NULL */
    GArray *findings;    /* of hr_kept_finding */
    GArray *left_out;    /* of hr_left_out */
    GPtrArray *requests; /* in the order of frames; NULL: that of observation is it */
    hr_totals totals;
    hr_traced_totals traced;
    hr_origin *origins; /* one for each of facts->origins */
    GPtrArray *items;   /* of hr_fix, by rank */
};

/* ---- findings ---- */

/* One loss is one finding: that of an unread answer stands where the client closed, and tells the
 * request as well. */
static hr_request *request_of(hr_finding_code code, const hr_item *item)
{
    return code == HR_FINDING_BODY_UNDRAINED ? (hr_request *)item->connection->ending.about
                                             : item->request;
}

static void find_at(hr_analysis *analysis, hr_item item, uint32_t frame)
{
    const hr_finding_set set = frame != 0 ? hr_findings_at(&item) : 0;

    for (hr_finding_code code = 0; set >> code != 0; code++) {
        if (!hr_finding_set_has(set, code)) {
            continue;
        }
        hr_request *request = request_of(code, &item);
        const hr_finding finding = {code, frame, item.connection, request};
        const hr_kept_finding kept = hr_finding_keep(&finding);
        g_array_append_val(analysis->findings, kept);
        item.connection->findings |= 1u << code;
        if (request != NULL) {
            request->findings |= 1u << code;
        }
        analysis->totals.findings[code]++;
    }
}

/* What ended in silence has no frame of its own: it was noticed as the next one was opened. */
static uint32_t closing_frame(const hr_connection *connection)
{
    const hr_quic *quic = connection->seldom->quic;

    return quic != NULL && quic->silent_end_ns != HR_TIME_NONE ? quic->expired_frame
                                                               : connection->ending.at.frame;
}

static void find_on_connection(hr_analysis *analysis, hr_connection *connection)
{
    connection->findings = 0;
    find_at(analysis, (hr_item){HR_ITEM_OPENING, connection, NULL, 0, NULL},
            connection->opened.frame);
    for (hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        request->findings = 0;
        find_at(analysis, (hr_item){HR_ITEM_REQUEST, connection, request, 0, NULL},
                hr_request_frame(request));
        find_at(analysis, (hr_item){HR_ITEM_RESPONSE, connection, request, 0, NULL},
                request->response_frame);
    }
    find_at(analysis, (hr_item){HR_ITEM_HELLO, connection, NULL, 0, NULL},
            connection->seldom->tls->hello.frame);
    find_at(analysis, (hr_item){HR_ITEM_GOAWAY, connection, NULL, 0, NULL},
            connection->seldom->goaway->at.frame);
    find_at(analysis, (hr_item){HR_ITEM_CLOSING, connection, NULL, 0, NULL},
            closing_frame(connection));
}

static uint64_t frame_of_finding(gconstpointer finding)
{
    return ((const hr_kept_finding *)finding)->frame;
}

static int64_t id_of(const hr_request *request)
{
    return request != NULL ? request->id : 0;
}

static gint compare_findings(gconstpointer left, gconstpointer right, gpointer model)
{
    const hr_finding a = hr_finding_of(model, left);
    const hr_finding b = hr_finding_of(model, right);
    const int64_t differences[] = {
        (int64_t)a.frame - b.frame,
        (int64_t)a.code - b.code,
        (int64_t)a.connection->id - b.connection->id,
        id_of(a.request) - id_of(b.request),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++) {
        if (differences[i] != 0) {
            return differences[i] < 0 ? -1 : 1;
        }
    }
    return 0;
}

static void find_all(hr_analysis *analysis)
{
    const hr_model *model = analysis->facts->model;

    for (guint i = 0; i < analysis->facts->connections->len; i++) {
        hr_fetch_ahead(analysis->facts->connections, i);
        find_on_connection(analysis, analysis->facts->connections->pdata[i]);
    }
    for (size_t i = 0; i < hr_model_probe_count(model); i++) {
        const hr_probe *probe = hr_model_probe(model, i);
        if (probe->connection->is_in_scope) {
            find_at(analysis, (hr_item){HR_ITEM_PROBE, probe->connection, NULL, (uint32_t)i, NULL},
                    probe->at.frame);
        }
    }
    for (guint i = 0; i < analysis->left_out->len; i++) {
        const hr_left_out *left_out = &g_array_index(analysis->left_out, hr_left_out, i);
        const hr_finding finding = {HR_FINDING_NOT_DISSECTED, left_out->frame, left_out->first,
                                    NULL};
        const hr_kept_finding kept = hr_finding_keep(&finding);
        g_array_append_val(analysis->findings, kept);
        analysis->totals.findings[HR_FINDING_NOT_DISSECTED]++;
    }
    hr_sort_by(analysis->findings, frame_of_finding, compare_findings, (gpointer)model);
}

/* ---- requests in the order of their frames ---- */

static uint64_t frame_of_request(gconstpointer request)
{
    return hr_request_frame(*(hr_request *const *)request);
}

/* A request that begins before another may be shown after it. */
static GPtrArray *requests_in_order(const hr_model *model)
{
    const size_t count = hr_model_request_count(model);
    uint32_t latest = 0;
    size_t index = 0;

    for (; index < count && hr_request_frame(hr_model_request(model, index)) >= latest; index++) {
        latest = hr_request_frame(hr_model_request(model, index));
    }
    if (index == count) {
        return NULL;
    }
    GPtrArray *ordered = g_ptr_array_sized_new((guint)count);
    for (index = 0; index < count; index++) {
        g_ptr_array_add(ordered, hr_model_request(model, index));
    }
    hr_sort_pointers_by(ordered, frame_of_request); /* of one frame in that of their ids */
    return ordered;
}

size_t hr_analysis_left_out_count(const hr_analysis *analysis)
{
    return analysis->left_out->len;
}

const hr_left_out *hr_analysis_left_out(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->left_out->len, NULL);
    return &g_array_index(analysis->left_out, hr_left_out, index);
}

size_t hr_analysis_request_count(const hr_analysis *analysis)
{
    return analysis->requests != NULL ? analysis->requests->len
                                      : hr_model_request_count(analysis->facts->model);
}

const hr_request *hr_analysis_request(const hr_analysis *analysis, size_t index)
{
    return analysis->requests != NULL ? analysis->requests->pdata[index]
                                      : hr_model_request(analysis->facts->model, index);
}

/* ---- the whole ---- */

/* Every avoidable connection is in one item. */
static void check_items(const hr_analysis *analysis)
{
#ifdef HR_CHECKED
    const hr_sums *sums = &analysis->totals.sums;
    int64_t setup_ns = HR_TIME_NONE;
    uint32_t avoidable = 0;

    for (guint i = 0; i < analysis->items->len; i++) {
        const hr_fix *fix = analysis->items->pdata[i];
        avoidable += fix->avoidable->len;
        hr_duration_add(&setup_ns, fix->avoidable_ns);
    }
    g_assert_cmpuint(avoidable, ==, sums->avoidable_connections);
    g_assert_cmpint(setup_ns, ==, sums->avoidable_setup_ns);
#else
    (void)analysis;
#endif
}

hr_analysis *hr_analyse(hr_model *model)
{
    hr_analysis *analysis = g_new0(hr_analysis, 1);

    analysis->findings = g_array_new(FALSE, FALSE, sizeof(hr_kept_finding));
    hr_scope_settle(model); /* it may tell which end is the client */
    g_autoptr(GArray) unopened = hr_unopened_find(model);
    hr_losses_settle(&model->losses, unopened);
    hr_endings_prepare(model);
    hr_legs_find(model);
    analysis->facts = hr_facts_gather(model);
    hr_openings_compare(model, analysis->facts->connections);
    hr_endings_decide(analysis->facts);
    for (guint i = 0; i < analysis->facts->connections->len; i++) {
        hr_connection *connection = analysis->facts->connections->pdata[i];
        const hr_several several = hr_facts_several(analysis->facts, connection);
        hr_opening_settle(model, connection, several.has_programs, several.has_names);
    }
    hr_facts_forget_evidence(analysis->facts);
    analysis->left_out = hr_left_out_find(model);
    find_all(analysis);
    analysis->requests = requests_in_order(model);
    analysis->origins = g_new0(hr_origin, analysis->facts->origins->len);
    hr_totals_compute(analysis->facts, &analysis->totals, analysis->origins);
    analysis->traced = hr_traced_settle(model, analysis->facts->connections);
    analysis->items = hr_items_find(analysis->facts, analysis->origins, analysis->findings);
    check_items(analysis);
    return analysis;
}

/* ---- one client or server ---- */

static void select_findings(hr_analysis *part, const hr_analysis *whole, GHashTable *connections)
{
    part->findings = g_array_new(FALSE, FALSE, sizeof(hr_kept_finding));
    for (size_t i = 0; i < hr_analysis_finding_count(whole); i++) {
        const hr_finding finding = hr_analysis_finding(whole, i);
        if (finding.connection != NULL && g_hash_table_contains(connections, finding.connection)) {
            g_array_append_val(part->findings, g_array_index(whole->findings, hr_kept_finding, i));
            part->totals.findings[finding.code]++;
        }
    }
}

hr_analysis *hr_analysis_select(const hr_analysis *whole, const char *who)
{
    GHashTable *connections = g_hash_table_new(g_direct_hash, g_direct_equal);
    hr_analysis *part = g_new0(hr_analysis, 1);

    part->who = g_strdup(who);
    part->facts = hr_facts_select(whole->facts, who, connections);
    select_findings(part, whole, connections);
    part->requests = g_ptr_array_new();
    for (size_t i = 0; i < hr_analysis_request_count(whole); i++) {
        const hr_request *request = hr_analysis_request(whole, i);
        if (g_hash_table_contains(connections, request->connection)) {
            g_ptr_array_add(part->requests, (gpointer)request);
        }
    }
    g_hash_table_destroy(connections);
    part->left_out = g_array_new(FALSE, FALSE, sizeof(hr_left_out));
    part->origins = g_new0(hr_origin, part->facts->origins->len);
    hr_totals_compute(part->facts, &part->totals, part->origins);
    part->traced = whole->traced;
    part->items = hr_items_find(part->facts, part->origins, part->findings);
    check_items(part);
    return part;
}

const char *hr_analysis_selected(const hr_analysis *analysis)
{
    return analysis->who;
}

static void free_facts(hr_analysis *analysis)
{
    if (analysis->who == NULL) {
        hr_facts_free(analysis->facts);
    } else {
        hr_selected_facts_free(analysis->facts);
        g_free(analysis->who);
    }
}

void hr_analysis_free(hr_analysis *analysis)
{
    if (analysis != NULL) {
        g_ptr_array_free(analysis->items, TRUE);
        free_facts(analysis);
        g_array_free(analysis->findings, TRUE);
        g_free(analysis->origins);
        g_array_free(analysis->left_out, TRUE);
        if (analysis->requests != NULL) {
            g_ptr_array_free(analysis->requests, TRUE);
        }
        g_free(analysis);
    }
}

const hr_totals *hr_analysis_totals(const hr_analysis *analysis)
{
    return &analysis->totals;
}

const hr_traced_totals *hr_analysis_traced(const hr_analysis *analysis)
{
    return &analysis->traced;
}

size_t hr_analysis_origin_count(const hr_analysis *analysis)
{
    return analysis->facts->origins->len;
}

const hr_origin *hr_analysis_origin(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->facts->origins->len, NULL);
    return &analysis->origins[index];
}

hr_forecaster *hr_analysis_forecaster(const hr_analysis *analysis, size_t index)
{
    const hr_facts *facts = analysis->facts;

    g_return_val_if_fail(index < facts->origins->len, NULL);
    return hr_forecaster_new(facts->origins->pdata[index], &facts->model->settings);
}

size_t hr_analysis_item_count(const hr_analysis *analysis)
{
    return analysis->items->len;
}

const hr_fix *hr_analysis_item(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->items->len, NULL);
    return analysis->items->pdata[index];
}

size_t hr_analysis_finding_count(const hr_analysis *analysis)
{
    return analysis->findings->len;
}

hr_finding hr_analysis_finding(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->findings->len, (hr_finding){0});
    return hr_finding_of(analysis->facts->model,
                         &g_array_index(analysis->findings, hr_kept_finding, index));
}

size_t hr_analysis_connection_count(const hr_analysis *analysis)
{
    return analysis->facts->connections->len;
}

const hr_connection *hr_analysis_connection(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->facts->connections->len, NULL);
    return analysis->facts->connections->pdata[index];
}
