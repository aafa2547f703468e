/* reading.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/reading.h"

#include <string.h>

#include "core/ending/ends.h"

enum {
    MUCH_LONGER = 10
};

/* Its bytes say that the answer had begun, and was not whole at the end. Of a stream TCP tells
 * nothing. */
static bool is_left_in_answer(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const uint32_t closed = connection->ending.at.frame;

    return connection->seldom->streams->table == NULL && request->complete != HR_COMPLETE_UNKNOWN &&
           hr_ending_left_outstanding(request) && request->answered.frame <= closed;
}

/* Who reads slowly makes room again and again (curl --limit-rate, a pager), and is full for about as
 * long each time. A socket that was full for a moment, as its kernel had not let it grow yet or its
 * program took a first piece, and then is to the end, is read no more. */
static bool is_full_for_good(const hr_request *request, const hr_tcp_seldom *client)
{
    const int64_t full_ns = request->connection->ending.at.ns - client->no_room.ns;

    return client->made_room.frame < request->sent.frame ||
           full_ns / MUCH_LONGER >= client->no_room_ns;
}

hr_moment hr_reading_stopped_at(const hr_request *request)
{
    const hr_tcp_seldom *client = hr_connection_client(request->connection)->seldom;

    return is_left_in_answer(request) && is_full_for_good(request, client) ? client->no_room
                                                                           : HR_MOMENT_NONE;
}

int64_t hr_reading_stopped_ns(const hr_settings *settings, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_moment stopped = hr_reading_stopped_at(request);

    return stopped.frame != 0 && connection->ending.first_closer == HR_SIDE_CLIENT &&
                   connection->ending.at.ns - stopped.ns >= settings->exit_window_ns &&
                   !connection->products.is_relayed && !connection->products.is_leg
               ? stopped.ns
               : HR_TIME_NONE;
}

int64_t hr_reading_waited_ns(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_tcp_seldom *client = hr_connection_client(connection)->seldom;

    return client->no_room.frame == 0 && is_left_in_answer(request) ? client->waited_ns : 0;
}

/* What is asked for, without what it is asked with: one line of code asks for both. */
static bool is_same_path(const char *one, const char *other)
{
    if (one == NULL || other == NULL) {
        return one == other; /* interned */
    }
    const size_t length = strcspn(one, "?");
    return length == strcspn(other, "?") && strncmp(one, other, length) == 0;
}

bool hr_reading_is_alike(const hr_request *one, const hr_request *other)
{
    return one->method == other->method && is_same_path(one->target, other->target) &&
           one->response_code == other->response_code;
}
