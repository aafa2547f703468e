/* tree.c
 * The root of a frame. One thing is the root itself; of several each has a subtree of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/tree.h"

#include "core/result/advice.h"
#include "present/tree/experts.h"
#include "present/tree/facts.h"
#include "present/tree/title.h"
#include "present/tree/writer.h"

/* Of one frame: Wireshark takes a tree of a million fields for an error, and queues 5000 expert
 * infos. */
enum {
    MAX_ITEMS_SHOWN = 1000
};

static int proto_http_reuse = -1;
static gint ett_root = -1;
static gint ett_item = -1;
static gint ett_summary = -1;

/* ---- one thing ---- */

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
static void add_not_dissected(const hr_tree_writer *out, proto_item *item, uint32_t left_out)
{
    GString *option = g_string_new(NULL);

    hr_left_out_append_option(option, hr_analysis_left_out(out->context->analysis, left_out - 1));
    expert_add_info(out->context->pinfo, item, hr_tree_expert(HR_FINDING_NOT_DISSECTED));
    if (option->len > 0) {
        hr_tree_put_string(out, HR_FIELD_SHOW_WITH, option->str);
    }
    g_string_free(option, TRUE);
}

/* The findings and facts of @item below @line, which says what it is. */
static void add_item(const hr_tree_writer *out, proto_item *line, const hr_model *model,
                     const hr_item *item)
{
    if (hr_connection_is_copy(item->connection)) {
        return;
    }
    if (!item->connection->is_in_scope) {
        add_not_dissected(out, line, item->connection->seldom->left_out);
        return;
    }
    const hr_finding_set set = hr_findings_at(item);
    for (hr_finding_code code = 0; set >> code != 0; code++) {
        if (hr_finding_set_has(set, code)) {
            expert_add_info(out->context->pinfo, line, hr_tree_expert(code));
            add_advice(out, code, item->connection);
        }
    }
    hr_tree_add_facts(out, model, item);
}

/* ---- all of a frame ---- */

static proto_item *add_root(const hr_tree_context *context)
{
    proto_item *root =
        proto_tree_add_item(context->tree, proto_http_reuse, context->tvb, 0, 0, ENC_NA);

    proto_item_set_generated(root);
    return root;
}

static void add_alone(const hr_tree_context *context, const hr_model *model, const hr_item *item)
{
    proto_item *root = add_root(context);
    const hr_tree_writer out = {context, proto_item_add_subtree(root, ett_item), false};

    proto_item_append_text(root, ", %s", hr_tree_title(context, item));
    add_item(&out, root, model, item);
}

static void add_several(const hr_tree_context *context, const hr_model *model,
                        const hr_item *const *items, size_t count)
{
    proto_item *root = add_root(context);
    const hr_tree_writer all = {context, proto_item_add_subtree(root, ett_root), false};

    proto_item_append_text(root, ", %s", hr_tree_title_of_all(context, items, count));
    for (size_t i = 0; i < MIN(count, MAX_ITEMS_SHOWN); i++) {
        proto_item *line = NULL;
        const hr_tree_writer out =
            hr_tree_begin_thing(&all, ett_item, hr_tree_title(context, items[i]), &line);
        add_item(&out, line, model, items[i]);
    }
    if (count > MAX_ITEMS_SHOWN) {
        const uint32_t left_out = (uint32_t)(count - MAX_ITEMS_SHOWN);
        proto_item_append_text(root, ", of which %u are left out here; the reports have them",
                               left_out);
        hr_tree_put_uint(&all, HR_FIELD_LEFT_OUT, left_out);
    }
}

/* Not, or not yet, where it is not known that its connection carries HTTP; nor the preface of one
 * that turned out to be shown. */
static bool is_displayed(const hr_tree_context *context, const hr_item *item)
{
    if (item->connection->is_in_scope) {
        return item->kind != HR_ITEM_PREFACE;
    }
    if (hr_connection_is_copy(item->connection)) {
        return item->kind == HR_ITEM_OPENING &&
               hr_connection_original(item->connection)->is_in_scope;
    }
    return context->analysis != NULL && hr_finding_applies(HR_FINDING_NOT_DISSECTED, item);
}

void hr_tree_add_items(const hr_tree_context *context, const hr_model *model, const hr_item **items,
                       size_t count)
{
    size_t displayed = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_displayed(context, items[i])) {
            items[displayed++] = items[i];
        }
    }
    if (displayed == 1) {
        add_alone(context, model, items[0]);
    } else if (displayed > 1) {
        add_several(context, model, items, displayed);
    }
}

/* ---- the whole capture ---- */

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* What is not there is not shown. It is a field all the same, so that -T fields has its 0. */
static void put_count(const hr_tree_writer *out, hr_field field, uint32_t count)
{
    const hr_tree_writer shown = hr_tree_unless(out, count == 0);

    hr_tree_put_uint(&shown, field, count);
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
    /* That none of them is reused is worth a line. */
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_REQUESTS, sums->requests);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_NEW, sums->new_requests);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_REUSED, sums->reused);
    hr_tree_put_uint(&out, HR_FIELD_SUMMARY_UNKNOWN, sums->unknown);
    const double ratio = hr_sums_reuse_ratio(sums);
    if (ratio >= 0) {
        hr_tree_put_share(&out, HR_FIELD_SUMMARY_REUSE_RATIO, ratio);
    }
    put_count(&out, HR_FIELD_SUMMARY_CONNECTIONS, sums->connections);
    put_count(&out, HR_FIELD_SUMMARY_UNUSED, sums->unused);
    put_count(&out, HR_FIELD_SUMMARY_OPAQUE, sums->opaque);
    put_count(&out, HR_FIELD_SUMMARY_TLS_FULL, sums->tls_full);
    put_count(&out, HR_FIELD_SUMMARY_TLS_RESUMED, sums->tls_resumed);
    put_count(&out, HR_FIELD_SUMMARY_AVOIDABLE, sums->avoidable_connections);
    hr_tree_put_time(&out, HR_FIELD_SUMMARY_AVOIDABLE_SETUP, sums->avoidable_setup_ns);
    hr_tree_put_time(&out, HR_FIELD_SUMMARY_SAVED_SETUP, sums->saved_setup_ns);
    put_count(&out, HR_FIELD_SUMMARY_TIME_WAIT_CLIENT, totals->time_wait_client);
    put_count(&out, HR_FIELD_SUMMARY_TIME_WAIT_SERVER, totals->time_wait_server);
    put_count(&out, HR_FIELD_SUMMARY_OTHER, totals->other_connections);
    if (totals->copies > 0) {
        put_count(&out, HR_FIELD_SUMMARY_COPIES, totals->copies);
    }
    expert_add_info_format(context->pinfo, root, hr_tree_expert(HR_FINDING_SUMMARY), "%s: %s",
                           hr_finding_kind_of(HR_FINDING_SUMMARY)->sentence, totals_text);
}

void hr_tree_register(int proto)
{
    static gint *subtrees[] = {&ett_root, &ett_item, &ett_summary};

    proto_http_reuse = proto;
    hr_tree_register_fields(proto);
    hr_tree_register_facts();
    hr_tree_register_experts(proto);
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
}
