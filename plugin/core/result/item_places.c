/* item_places.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/item_places.h"

#include "core/model/route.h"

/* ---- frames ---- */

void hr_item_add_frame(hr_fix *fix, uint32_t frame)
{
    if (frame == fix->last_frame) {
        return;
    }
    if (fix->frame_count < HR_FIX_FRAMES) {
        fix->frames[fix->frame_count] = frame;
    }
    fix->frame_count++;
    fix->last_frame = frame;
}

static gint compare_frames(gconstpointer left, gconstpointer right)
{
    const uint32_t one = *(const uint32_t *)left;
    const uint32_t other = *(const uint32_t *)right;

    return one < other ? -1 : one > other;
}

void hr_item_find_frames(hr_fix *fix)
{
    GArray *frames = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    const bool is_end = hr_fix_shows_ends(fix);

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const uint32_t at = is_end ? connection->ending.at.frame : connection->opened.frame;
        const hr_request *request = is_end ? connection->last_request : connection->first_request;
        const uint32_t request_frame = request != NULL ? hr_request_frame(request) : 0;
        g_array_append_val(frames, at);
        g_array_append_val(frames, request_frame);
    }
    g_array_sort(frames, compare_frames);
    for (guint i = 0; i < frames->len; i++) {
        hr_item_add_frame(fix, g_array_index(frames, uint32_t, i));
    }
    g_array_free(frames, TRUE);
}

/* ---- routes ---- */

/* A client, a server, and a code of findings, which takes the place of the family. */
static hr_route route_of_code(const hr_connection *connection, hr_finding_code code)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;

    return (hr_route){
        .client_address = hr_connection_client(connection)->endpoint.address,
        .server_address = server->address,
        .server_port = server->port,
        .family = (uint16_t)code,
    };
}

typedef struct {
    hr_route route; /* the first member: what stands in the table is its own key */
    guint findings;
} route_count;

hr_finding hr_item_finding_at(const hr_facts *facts, const GArray *findings, guint index)
{
    return hr_finding_of(facts->model, &g_array_index(findings, hr_kept_finding, index));
}

bool hr_item_finding_is_of(hr_finding_set codes, const GArray *findings, guint index)
{
    return hr_finding_set_has(codes, g_array_index(findings, hr_kept_finding, index).code);
}

/* The codes that stand in items: how often another was found is not asked. */
static hr_finding_set codes_of(const GPtrArray *fixes)
{
    hr_finding_set codes = 0;

    for (guint i = 0; i < fixes->len; i++) {
        const hr_fix *fix = fixes->pdata[i];
        codes |= fix->findings > 0 ? 1u << fix->code : 0;
    }
    return codes;
}

void hr_items_count_on_routes(const hr_facts *facts, GPtrArray *fixes, const GArray *findings)
{
    GHashTable *counts = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL);
    const hr_finding_set codes = codes_of(fixes);

    for (guint i = 0; i < findings->len; i++) {
        if (!hr_item_finding_is_of(codes, findings, i)) {
            continue;
        }
        const hr_finding finding = hr_item_finding_at(facts, findings, i);
        route_count key = {route_of_code(finding.connection, finding.code), 0};
        route_count *count = g_hash_table_lookup(counts, &key);
        if (count == NULL) {
            count = g_memdup2(&key, sizeof key);
            g_hash_table_add(counts, count);
        }
        count->findings++;
    }
    for (guint i = 0; i < fixes->len; i++) {
        hr_fix *fix = fixes->pdata[i];
        const route_count key = {route_of_code(hr_fix_example(fix), fix->code), 0};
        const route_count *count = g_hash_table_lookup(counts, &key);
        fix->findings_on_route = count != NULL ? count->findings : 0;
    }
    g_hash_table_destroy(counts);
}
