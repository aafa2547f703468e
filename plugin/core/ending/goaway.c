/* goaway.c
 * What servers say in a GOAWAY to people (RFC 9113 §6.8), where their programs always say the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/ending/case.h"

/* grpc-go, internal/transport/http2_server.go; gRPC's core, ext/filters/channel_idle; Apache httpd,
 * modules/http2/h2_session.c. */
static const char *const idle_words[] = {"max_idle", "enter idle", "timeout"};

/* grpc-go, as above; grpc-js, src/server.ts. */
static const char *const age_words[] = {"max_age"};

static bool says_one_of(const hr_goaway *goaway, const char *const *words, size_t count)
{
    size_t i = 0;

    if (goaway->by != HR_SIDE_SERVER || goaway->debug == NULL ||
        (goaway->error != 0 && !goaway->is_idle)) {
        return false;
    }
    while (i < count && strcmp(goaway->debug, words[i]) != 0) {
        i++;
    }
    return i < count;
}

bool hr_case_is_idle_said(const hr_case *it)
{
    const hr_goaway *goaway = it->connection->seldom->goaway;

    return goaway->is_idle && hr_case_is_first(it, HR_SIDE_SERVER) &&
           says_one_of(goaway, idle_words, G_N_ELEMENTS(idle_words));
}

bool hr_ending_is_age_said(const hr_connection *connection)
{
    return says_one_of(connection->seldom->goaway, age_words, G_N_ELEMENTS(age_words));
}
