/* parties.h
 * What is known of each client and of each server over the whole capture, whatever they were
 * pooled by: when the programs at both ends closed connections, and when they were last heard of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_PARTIES_H
#define HR_CORE_ENDING_PARTIES_H

#include "core/ending/lifetimes.h"
#include "core/ending/stops.h"
#include "core/model/store.h"

/** One client address, over all servers. */
typedef struct {
    hr_moment last_activity; /* its last SYN, request, or answer that it took, by time */
    GArray *ends_ns;         /* when it closed connections, or reset those of before the capture */
    GArray *open_until_ns;   /* when its connections ended, by whomever; open ones: INT64_MAX */
    GArray *idle_ends;       /* those of ends_ns that had been idle */
} hr_client_facts;

/** One server address and port, over all clients. */
typedef struct {
    GArray *connections;    /* of uint32_t: ids, until hr_parties_settle() has looked at them */
    GArray *exits_ns;       /* when it closed connections unannounced */
    hr_stops stops;         /* ... several at once that had been idle for a while */
    GArray *accepts_ns;     /* when it accepted one; of one that never refused nothing */
    GArray *refusals_ns;    /* when it answered a SYN by a reset */
    int64_t accepted_ns;    /* when it last accepted one, or HR_TIME_NONE */
    int64_t asked_ns;       /* when that was sent which it answered last, or HR_TIME_NONE */
    int64_t refused_ns;     /* when it last refused or ignored a SYN, or HR_TIME_NONE */
    int64_t last_sent_ns;   /* hr_tcp_last_word() */
    hr_lifetimes lifetimes; /* of those that it ended */
    bool closes_always;     /* it says close with answers that are no error as well */
} hr_server_facts;

typedef struct {
    GHashTable *clients; /* address -> hr_client_facts */
    GHashTable *servers; /* hr_endpoint -> hr_server_facts */
} hr_parties;

void hr_parties_init(hr_parties *parties);
void hr_parties_clear(hr_parties *parties);

/** Adds what @connection, which is in scope, tells of its ends; its first end must be known. */
void hr_parties_add(hr_parties *parties, const hr_connection *connection);

/** After the last one; before it nothing can be looked up. */
void hr_parties_settle(const hr_parties *parties, const hr_model *model);

/** Whether the client of @connection closed another one, to any server, within @window_ns of it,
 * after an idle time that was longer or shorter by more than that: one act, and no timer. What it
 * closes within @window_ns of an answer it closes for that answer. */
bool hr_parties_ends_with_others(const hr_parties *parties, const hr_connection *connection,
                                 int64_t window_ns);

/** The same of one whose idle time was no longer than @survived_ns, after which its client had used others
 * again: what closes that as well is no check of what has expired. */
bool hr_parties_ends_with_unexpired(const hr_parties *parties, const hr_connection *connection,
                                    int64_t window_ns, int64_t survived_ns);

hr_client_facts *hr_parties_client_of(const hr_parties *parties, const hr_connection *connection);
hr_server_facts *hr_parties_server_of(const hr_parties *parties, const hr_connection *connection);

/** Not later than @within_ns after @at_ns it refused before it accepted: its program was not there. */
bool hr_server_refuses_after(const hr_server_facts *server, int64_t at_ns, int64_t within_ns);

#endif
