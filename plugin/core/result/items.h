/* items.h
 * What to change: each item is one change for one client and origin, with what it costs to leave
 * it. Every avoidable connection belongs to exactly one item, that of what made it necessary, so
 * that the costs of the items add up to those of the capture. A finding from a Warning on is in an
 * item also where it cost no connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ITEMS_H
#define HR_CORE_RESULT_ITEMS_H

#include "core/ending/origins.h"
#include "core/result/advice.h"
#include "core/result/changes.h"
#include "core/result/totals.h"

enum {
    HR_FIX_FRAMES = 6
};

/** A connection that an item cost on the other side of a proxy: of which origin, and what would have
 * kept it from being opened there. */
typedef struct {
    const hr_origin *origin;
    hr_change change;
} hr_fix_beyond;

/** An item. */
typedef struct {
    uint32_t rank; /**< 1-based: errors first, then what cost most */
    hr_change change;
    const hr_origin *origin;
    hr_finding_code code; /**< of its findings, the gravest; HR_FINDING_COUNT: none tells of it */
    hr_finding_set codes; /**< ... and of them all: several kinds may tell of one change */
    hr_severity severity; /**< of these; a Note where there are none */
    uint32_t findings;    /**< how many, by place: one loss may have two */
    uint32_t findings_on_route; /**< of this code, between its client and server, in all */
    GPtrArray *connections;     /**< of const hr_connection, by id: those that were lost, else those
                                   that were opened needlessly */
    GPtrArray *avoidable;       /**< of const hr_connection, by id: what it cost; may be empty */
    int64_t avoidable_ns;       /**< their setup; HR_TIME_NONE where nothing was measured */
    GArray *beyond;             /**< of hr_fix_beyond, sorted by origin: those of `avoidable` of
                                     others */
    uint32_t likely;            /**< connections whose cause is inferred */
    uint32_t frames[HR_FIX_FRAMES]; /**< the first frames to look at, rising */
    uint32_t frame_count;           /**< how many there are */
    uint32_t last_frame;            /**< ... and the last of them */

    /* What the words depend on. */
    hr_library library;      /**< of all its clients; HR_LIBRARY_UNKNOWN where they differ. Those
                                  that asked nothing are taken for the origin's other ones */
    hr_product_id server;    /**< of all its servers, by Server; HR_PRODUCT_NONE likewise */
    hr_product_id proxy;     /**< what serves at the client's address, by Server; likewise */
    uint32_t by_proxy;       /**< connections that a proxy opened */
    uint32_t one_to_one;     /**< of share_pool: connections on which a proxy passed on what one of
                                   its clients asked for, byte for byte */
    uint32_t opaque;         /**< connections that nobody could read */
    uint32_t not_idempotent; /**< findings whose request is not safe to send again (RFC 9110
                                  §9.2.2) */
    uint32_t passed_on;      /**< failures of these that a proxy passed on to its own clients ... */
    uint32_t passed_on_frame;  /**< ... the first of them */
    bool is_passed_on_likely;  /**< ... or that seems to have, at another of its addresses */
    uint32_t closed_with;      /**< connections that what is between closed with these, on its other
                                   side, or said close on */
    uint32_t after_answer;     /**< connections that ended right after a complete answer */
    uint32_t cut_answers;      /**< connections that the server ended in the middle of an answer */
    uint32_t left_unread;      /**< of keep_client: those that their client reset with an answer in
                                   them; of share_pool: the idle ones */
    uint32_t may_hide_unread;  /**< of share_pool: the idle ones that were never used again, whose
                                   answer its client may have taken and not read */
    uint32_t may_be_forgotten; /**< of share_pool: the idle ones that a device on the client's
                                    side may have forgotten */
    uint32_t may_lack_streams; /**< of share_pool: the idle ones whose streams nobody can read, and
                                    which may have had none to spare */
    uint32_t cut_heads;        /**< connections whose last request a snap length cut short */
    uint32_t reset_unasked;    /**< connections reset in answer to the request, no FIN before */
    uint32_t refused; /**< of stay_up: dials that came to nothing until it was there again ... */
    uint32_t refused_frame;  /**< ... the first of them */
    bool is_reached_later;   /**< of reach_server: after one was refused its server took another */
    bool is_taken_in_turns;  /**< ... more than once, and refused one between */
    uint32_t half_closed;    /**< of wait_longer: connections whose client may have shut down its
                                  sending side alone, right behind the request */
    uint32_t timed_out;      /**< connections given up after a wait as long as others, and ... */
    int64_t longest_wait_ns; /**< ... the longest of these waits; HR_TIME_NONE: none */
    uint32_t waited; /**< of read_bodies: connections whose client had waited for the rest of
                                   an answer, and ... */
    int64_t longest_rest_ns; /**< ... the longest of these waits; HR_TIME_NONE: none */
    uint32_t forms[3];       /**< of read_bodies: connections by form a, b, c */
    uint32_t by_client;      /**< connections whose end the client decided ... */
    uint32_t by_server;      /**< ... and the server */
    uint32_t limit_min;      /**< of request and pool limits: N */
    uint32_t limit_max;
    uint32_t equal_idle;      /**< connections that were idle for as long as others before they
                                  ended, and no timeout is known to be so short, and ... */
    int64_t longest_equal_ns; /**< ... the longest of these times; HR_TIME_NONE: none */
    int64_t longest_idle_ns;  /**< before they ended; HR_TIME_NONE where none was idle */
} hr_fix;

/**
 * The items of what @facts and the sorted @findings (of hr_kept_finding) tell, by rank. @origins has one
 * for each of the facts' origins. An array of hr_fix, owned by the caller: g_ptr_array_free().
 */
GPtrArray *hr_items_find(const hr_facts *facts, const hr_origin *origins, const GArray *findings);

/** What an item is about: the first of its connections. */
const hr_connection *hr_fix_example(const hr_fix *fix);

/** Whether its frames, where it has no finding, are those of the ends, not of the openings. */
bool hr_fix_shows_ends(const hr_fix *fix);

#endif
