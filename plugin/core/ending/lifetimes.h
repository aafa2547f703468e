/* lifetimes.h
 * How many answers the connections that one side ended had carried, and how old they were: what a
 * limit of requests or of age is inferred from. Of a server those to all its clients, of a client
 * those of one program and pool key. Ends that an error explains are left out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_LIFETIMES_H
#define HR_CORE_ENDING_LIFETIMES_H

#include "core/model/store.h"

enum {
    HR_AGE_SPREAD_PERCENT = 2, /**< a message waits for the request that it ends with */
};

typedef struct {
    GArray *ends;        /* of hr_lifetime, in ending/lifetimes.c; NULL: none */
    GHashTable *counts;  /* N -> how many ended there; of hr_lifetimes_settle() */
    uint32_t survived;   /* the most answers after which a connection was left open */
    int64_t survived_ns; /* the most age at which one was asked and left open */
    int64_t oldest_ns;   /* the most age at which one was still in use */
    uint32_t number[2];  /* N of the last that ended unannounced, announced; 0: none */
    bool is_mixed[2];    /* others ended at another N, likewise */
    int64_t least_age_ns, most_age_ns; /* of those that ended while they were in use */
    bool has_age;                      /* these are one, and the counts are not */
    GArray *opened_ns, *ended_ns;      /* of all connections; of open ones no end */
    bool goes_on; /* each of those ended while another connection was there, and stayed */
} hr_lifetimes;

void hr_lifetimes_init(hr_lifetimes *lifetimes);
void hr_lifetimes_clear(hr_lifetimes *lifetimes);

/** Adds @connection, whose first end must be known, for the ends by @side. */
void hr_lifetimes_add(hr_lifetimes *lifetimes, const hr_model *model,
                      const hr_connection *connection, hr_side side);

/** After the last one; ends within @window_ns of each other are one event. */
void hr_lifetimes_settle(hr_lifetimes *lifetimes, int64_t window_ns);

/** Whether at least @needed connections ended at their @number-th answer and nothing speaks against
 * a limit: one that carried more or went on, another number, or one age. */
bool hr_lifetimes_show_limit(const hr_lifetimes *lifetimes, uint32_t number, guint needed);

/** Whether @connection, which had a request, ended, by @side, at an age that the others ended at as
 * well. */
bool hr_lifetimes_show_age(const hr_lifetimes *lifetimes, const hr_connection *connection,
                           hr_side side);

/** Whether @connection, which has one, was ended by @side as its last answer came: @is_said, by a
 * message. */
bool hr_lifetime_is_counted(const hr_connection *connection, hr_side side, bool *is_said);

/** When @side first showed that it ends @connection: GOAWAY, a message, or the first FIN or RST. */
hr_moment hr_lifetime_end(const hr_connection *connection, hr_side side);

#endif
