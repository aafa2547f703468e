/* fix_rests.c
 * Of what kind an item is by how long its connections had rested before their end, and who ended them
 * then: a timeout of one side, a device between, or nobody that can be read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/ending.h"
#include "core/model/authority.h"
#include "core/result/fix_kinds.h"

enum {
    EQUAL_IDLE_MIN = 3, /* two may be equal by chance */
};

bool hr_fix_is_cut_when_idle(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (!connection->ending.is_first_rst ||
            connection->ending.first_fin !=
                connection->ending.by || /* the other one's close_notify */
            /* ... or one that is certain to be the server's own did not come out of long silence */
            (fix->change == HR_CHANGE_KEEP_OPEN &&
             connection->ending.certainty != HR_CERTAINTY_LIKELY)) {
            return false;
        }
    }
    return fix->change == HR_CHANGE_KEEP_OPEN || fix->change == HR_CHANGE_LENGTHEN_SERVER_IDLE ||
           (fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE && !hr_fix_is_for_proxy(fix));
}

const hr_connection *hr_fix_reset_elsewhere(const hr_fix *fix)
{
    if (fix->change != HR_CHANGE_OUTLAST_DEVICE && fix->change != HR_CHANGE_FIND_DEVICE) {
        return NULL;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (connection->ending.is_from_elsewhere) {
            return connection;
        }
    }
    return NULL;
}

bool hr_fix_is_reset_at_rest(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (!connection->ending.is_from_elsewhere) {
            return false;
        }
    }
    return fix->change == HR_CHANGE_OUTLAST_DEVICE && fix->findings == 0;
}

bool hr_fix_is_idle_equally(const hr_fix *fix)
{
    return fix->equal_idle >= EQUAL_IDLE_MIN && 2 * fix->equal_idle > fix->connections->len;
}

bool hr_fix_is_timer_by_name(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE && fix->library != HR_LIBRARY_UNKNOWN &&
           !hr_fix_example(fix)->ending.is_timer_named;
}

bool hr_fix_is_timer_by_server(const hr_fix *fix)
{
    const hr_ending *ending = &hr_fix_example(fix)->ending;

    return fix->change == HR_CHANGE_LENGTHEN_SERVER_IDLE && fix->server != HR_PRODUCT_NONE &&
           !ending->is_timer_named && !ending->is_timer_announced;
}

bool hr_fix_is_asked_elsewhere(const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);
    const unsigned asked = hr_authority_port(connection);

    return asked != 0 && fix->library != HR_LIBRARY_UNKNOWN &&
           asked != hr_connection_server(connection)->endpoint.port;
}

/* What is announced is kept at once, and not after a rest. */
static bool has_rested(const hr_ending *ending)
{
    return ending->after_rest_ns >= HR_NS_PER_S;
}

bool hr_fix_is_cut_short(const hr_fix *fix)
{
    if (fix->change != HR_CHANGE_KEEP_OPEN && fix->change != HR_CHANGE_KEEP_CLIENT) {
        return false;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (has_rested(&connection->ending)) {
            return false;
        }
    }
    return fix->cut_heads == fix->connections->len;
}

/* Nobody could read whether one side had said before that it keeps none. */
bool hr_fix_may_have_been_announced(const hr_fix *fix)
{
    const bool is_opaque =
        fix->opaque == fix->connections->len && fix->after_answer == fix->connections->len;

    return is_opaque || hr_fix_is_cut_short(fix);
}
