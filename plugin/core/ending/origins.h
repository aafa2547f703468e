/* origins.h
 * What is known of each pool key over the whole capture: the sorted times that judgements about
 * endings and costs look things up in. Clients and servers are in parties.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_ORIGINS_H
#define HR_CORE_ENDING_ORIGINS_H

#include "core/ending/kept.h"
#include "core/ending/parties.h"
#include "core/ending/waits.h"
#include "core/model/store.h"
#include "core/model/times.h"

/** A connection that ended after it had been idle. */
typedef struct {
    int64_t idle_ns;
    int64_t at_ns;
} hr_idle_end;

/** What names a pool key. */
typedef struct {
    const char *client_address;
    hr_endpoint server;
    const char *scheme;
    const char *name;     /* NULL: not known, or several */
    hr_protocol protocol; /* of its first connection */
    const hr_connection *first_connection;
} hr_origin_key;

/** One pool key. Times are sorted arrays of int64_t, in ns. */
typedef struct {
    const hr_model *model;
    hr_origin_key key;
    GPtrArray *connections;      /* in the order of opening */
    GHashTable *programs;        /* User-Agent -> hr_origin_facts of each; NULL: there is one */
    uint32_t request_count;      /* of its connections */
    uint32_t most_at_once;       /* the most of its requests that ran at one time */
    int64_t longest_reused_ns;   /* the longest idle time that ended with a request */
    int64_t longest_survived_ns; /* ... and that the server did not end before it came */
    bool has_programs;           /* its connections name more than one */
    bool has_open;               /* one of them is open as the capture ends, and idle */
    bool is_reused;              /* one of its connections carried more than one request */

    /* Until the causes are decided, see hr_facts_forget_evidence(): */
    GArray *requests;                 /* of uint32_t: ids, in the order of sending */
    GArray *called_ns;                /* of its requests: hr_request_called_ns(); NULL: ... */
    GArray *ended_ns;                 /* ... see hr_origin_calls_during() */
    GArray *idle_begin_ns;            /* of the idle times of its connections */
    GArray *idle_expiry_ns;           /* until when each of them counts as kept by the pool */
    hr_kept kept;                     /* those that its pool kept for certain */
    hr_lifetimes lifetimes;           /* of the connections that the client ended */
    hr_waits waits;                   /* for answers, in vain or not */
    hr_waits server_waits;            /* ... until the server ended them */
    const hr_connection *idle_latest; /* whose idle time was added last */
    GArray *idle_ends[2];             /* of hr_idle_end: closes by the client, by the server */
    guint ends_maybe_evicted;         /* of idle_ends[0], see hr_may_be_evicted() */
    bool resets_at_will;              /* one was reset that cannot have had anything unread */
    bool has_left_unread;             /* one was reset right after an answer that had to be read */
    bool resets_after_fin;            /* form (b) was seen as a FIN and then a reset */
    unsigned undrained_forms;         /* bits of the forms of body-undrained judged so far */
    bool has_dropped;                 /* what a full pool had no place for: judged so far */
    guint crowded_out;                /* by a full pool, not as another took the place ... */
    guint unexplained;                /* ... and closed by the client after an answer as well */
    GArray *opened_ns;                /* see hr_origin_open_at(); NULL: nobody asked ... */
    GArray *closed_ns;                /* ... yet */
    GArray *incomplete_from_ns;       /* of connections of which not all could be read ... */
    GArray *incomplete_until_ns;      /* ... and their ends */
    bool is_uncounted;                /* of one nobody knows how many requests it carried */
} hr_origin_facts;

typedef struct {
    hr_model *model;
    GPtrArray *connections; /* in scope, in the order of opening */
    GPtrArray *origins;     /* hr_origin_facts, in the order of their first connections */
    uint32_t other_connections;
    uint32_t unseen_connections;        /* of these, what they carried is not in the capture */
    uint32_t refused_connections;       /* of these, the server refused them, */
    const hr_connection *first_refused; /* ... the first of them */
    uint32_t copies; /* captured again behind a NAT, and in none of these numbers */
    const hr_connection *first_copy;
    uint32_t halves; /* streams that are a direction of another one, and in none of these numbers */
    const hr_connection *first_half;
    uint32_t cut_connections;    /* of these, a snap length cut off what they begin with */
    uint32_t unread_connections; /* of these, of QUIC, nobody could read what they begin with */

    /* Until the causes are decided, see hr_facts_forget_evidence(): */
    GHashTable *by_pool;    /* hr_pool -> hr_origin_facts */
    GHashTable *asked;      /* client and server -> who asks for what; private */
    GHashTable *by_route;   /* client and server -> the first hr_origin_facts between them */
    GHashTable *evicted[2]; /* hr_connection -> hr_evicted, packed, by whether its pool counts
                               all hosts together; see evictions.h */
    hr_parties parties;
} hr_facts;

/**
 * Puts connections without payload into scope whose server is, by a connection that carried, and
 * says which of their ends that is. Before anything is said of their ends.
 */
void hr_scope_settle(hr_model *model);

/** Gathers the facts; the connections' first ends must be known (hr_endings_prepare()). */
hr_facts *hr_facts_gather(hr_model *model);
void hr_facts_free(hr_facts *facts);

/** Frees what only causes and reasons are looked up in: with a million requests it is as much as
 * what the results are then made with. */
void hr_facts_forget_evidence(hr_facts *facts);

hr_origin_facts *hr_facts_origin_of(const hr_facts *facts, const hr_connection *connection);

/** Whether another one than @but was open as that ended, of which not all could be read. */
bool hr_origin_has_incomplete_at(const hr_origin_facts *facts, const hr_connection *but);

typedef struct {
    bool has_programs;
    bool has_names;
} hr_several;

/** Whether several programs ask the server of @connection, in scope, from its client's address; for
 * several names. */
hr_several hr_facts_several(const hr_facts *facts, const hr_connection *connection);

/** Whether one between these two may have been open as @connection ended, of which nobody saw what
 * it was for. */
bool hr_facts_is_other_lost(const hr_facts *facts, const hr_connection *connection);

/**
 * What is known of the program that opened @connection, of its connections to that origin alone:
 * its pool, its timers, its habits. Where one program asked, that is all of the origin.
 */
hr_origin_facts *hr_facts_program_of(const hr_facts *facts, const hr_connection *connection);

/**
 * Whether a connection of the pool key other than the one that ended at @at_ns ended by @side
 * after an idle time within @percent of @idle_ns, and, if @is_earlier, more than @window_ns
 * before it. Looks at a bounded number of them.
 */
bool hr_origin_has_equal_idle_end(const hr_origin_facts *facts, hr_side side, hr_idle_end end,
                                  unsigned percent, bool is_earlier, int64_t window_ns);

/**
 * Whether ends by @side after idle times equal to each other, up to @late_ns shorter than @idle_ns, show
 * a timer by which that end came late: as many as show one without it. Looks at a bounded number.
 */
bool hr_origin_has_sooner_idle_ends(const hr_origin_facts *facts, hr_side side, int64_t idle_ns,
                                    int64_t late_ns, const hr_settings *settings);

/**
 * Whether the client ended connections of the pool key at two moments, @window_ns apart, both before
 * @active_ns, when it is known to have gone on, after idle times of half of @idle_ns up to twice as
 * long: it does so while it runs. Looks at a bounded number of them.
 */
bool hr_origin_goes_on_after_idle_ends(const hr_origin_facts *facts, int64_t idle_ns,
                                       int64_t active_ns, int64_t window_ns);

/** Whether a connection of the pool key was opened within @window_ns of @at_ns. */
bool hr_origin_opens_near(const hr_origin_facts *facts, int64_t at_ns, int64_t window_ns);

/** The index of @connection among those of the pool key, or their number where it is none. */
guint hr_origin_index_of(const hr_origin_facts *facts, const hr_connection *connection);

/** Where @connection stands among others: by its opening, else by its first frame. */
uint32_t hr_connection_opening_frame(const hr_connection *connection);

/**
 * When the client wanted to send @request: where its connection was opened for it, at the SYN. An
 * event loop that dials for many calls sends each when its connection is ready, one after the
 * other; that they ran at once, their requests do not show.
 */
int64_t hr_request_called_ns(const hr_settings *settings, const hr_request *request);

/** How many of the pool key's requests were sent up to @frame: the index of the next one. */
guint hr_origin_requests_until(const hr_origin_facts *facts, uint32_t frame);
guint hr_origin_request_count(const hr_origin_facts *facts);
const hr_request *hr_origin_request(const hr_origin_facts *facts, guint index);

/** How many of the pool key's calls there were at some time from @begin_ns to @end_ns, as far as that
 * is known. Before the evidence goes. */
guint hr_origin_calls_during(hr_origin_facts *facts, int64_t begin_ns, int64_t end_ns);

/** How many connections of @facts were open at @at_ns, busy or idle. Before the evidence goes. */
guint hr_origin_open_at(hr_origin_facts *facts, int64_t at_ns);

#endif
