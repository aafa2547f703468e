/* unopened.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/unopened.h"

#include "core/model/times.h"
#include "core/opening/pool_private.h"

/* What appears without its opening so soon after another may have been opened in a gap before that.
 * Of later ones the pool could have been served instead: these are older than the capture, mostly,
 * and rested. */
#define SOON_NS (1 * HR_NS_PER_S)

/* Between two hosts, at the server's port. */
typedef struct {
    GPtrArray *opened;             /* in the order of the capture */
    const hr_connection *unopened; /* the latest */
} seen_ones;

static void seen_free(gpointer data)
{
    seen_ones *seen = data;

    g_ptr_array_free(seen->opened, TRUE);
    g_free(seen);
}

static seen_ones *seen_between(GHashTable *table, const hr_connection *connection, unsigned server)
{
    const hr_route route = hr_setup_route_of(connection, server);
    seen_ones *known = g_hash_table_lookup(table, &route);

    if (known == NULL) {
        known = g_new0(seen_ones, 1);
        known->opened = g_ptr_array_new();
        g_hash_table_insert(table, g_memdup2(&route, sizeof(route)), known);
    }
    return known;
}

/* Where only the ports say which is the client it may be either. */
static unsigned ways_of(const hr_connection *connection)
{
    return connection->is_client_guessed ? 2 : 1;
}

static unsigned server_of(const hr_connection *connection, unsigned way)
{
    return way == 0 ? 1U - connection->client : connection->client;
}

/* Its client sent more than the SYN, which is not in the capture, and the server's answer is. */
static bool is_syn_lost(const hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);

    return connection->is_opening_seen && client->syn.frame == 0 && client->last_sent.frame != 0;
}

static void note_frames(GArray *frames, uint32_t since, int64_t since_ns, uint32_t until)
{
    const hr_frames missing = {since, until, since_ns};
    g_array_append_val(frames, missing);
}

static bool is_seen_before(gconstpointer data, guint index, int64_t time_ns)
{
    const GPtrArray *opened = data;
    return ((const hr_connection *)opened->pdata[index])->first_seen.ns < time_ns;
}

/* Of many clients behind one address each opens its own: what is captured in front as well tells
 * there whose it is. */
static bool is_between_ends(const hr_connection *connection)
{
    return connection->transport != HR_TRANSPORT_TUNNEL && /* it begins with the CONNECT */
           !hr_connection_is_copy(connection);
}

/* It was not there yet as others were opened between its ends, or these need not have been: it was
 * opened after the first of them. */
static void note_opening_between(GHashTable *table, GArray *frames, const hr_connection *connection)
{
    if (!is_between_ends(connection)) {
        return;
    }
    for (unsigned way = 0; way < ways_of(connection); way++) {
        const GPtrArray *opened =
            seen_between(table, connection, server_of(connection, way))->opened;
        const guint first =
            hr_partition(opened->len, is_seen_before, opened, connection->first_seen.ns - SOON_NS);
        if (first < opened->len) {
            const hr_connection *before = opened->pdata[first];
            note_frames(frames, before->first_seen.frame, before->first_seen.ns,
                        connection->first_seen.frame);
            return;
        }
    }
}

static void note_unopened(GHashTable *table, const hr_connection *connection)
{
    for (unsigned way = 0; !connection->is_opening_seen && way < ways_of(connection); way++) {
        seen_between(table, connection, server_of(connection, way))->unopened = connection;
    }
}

/* For each connection the latest one between its ends, up to a moment after it. */
static void find_unopened(const hr_model *model, GHashTable *table)
{
    size_t next = 0;

    for (size_t i = 0; i < model->connections.count; i++) {
        hr_connection *connection = hr_model_connection(model, i);
        for (; next < model->connections.count; next++) {
            const hr_connection *other = hr_model_connection(model, next);
            if (next > i && other->first_seen.ns - connection->first_seen.ns > SOON_NS) {
                break;
            }
            note_unopened(table, other);
        }
        const hr_connection *unopened =
            seen_between(table, connection, server_of(connection, 0))->unopened;
        const uint32_t frame = unopened != NULL ? unopened->first_seen.frame : 0;
        if (frame != connection->judged.seldom->unopened_frame) {
            hr_judged_seldom_of(&connection->judged)->unopened_frame = frame;
        }
    }
}

GArray *hr_unopened_find(const hr_model *model)
{
    g_autoptr(GHashTable) table =
        g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, seen_free);
    GArray *frames = g_array_new(FALSE, FALSE, sizeof(hr_frames));

    for (size_t i = 0; i < model->connections.count; i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        if (connection->is_opening_seen) {
            seen_ones *seen = seen_between(table, connection, server_of(connection, 0));
            g_ptr_array_add(seen->opened, (gpointer)connection);
        } else {
            note_opening_between(table, frames, connection);
        }
        if (is_syn_lost(connection)) {
            note_frames(frames, connection->first_seen.frame - 1, connection->first_seen.ns,
                        connection->first_seen.frame);
        }
    }
    find_unopened(model, table);
    return frames;
}
