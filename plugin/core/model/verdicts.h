/* verdicts.h
 * What the core decides of a connection: why it was opened, how that was judged, why it ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_VERDICTS_H
#define HR_CORE_MODEL_VERDICTS_H

#include "core/model/protocols.h"

typedef struct hr_connection hr_connection;
typedef struct hr_request hr_request;

#pragma pack(push, 4) /* see protocols.h */

#pragma pack(push, 1) /* hr_judged goes on right behind */

/** Why a connection was opened. Absent: why is HR_WHY_NONE. */
typedef struct {
    const hr_connection *connection; /**< the one that explains it, or NULL */
    const hr_request *latest; /**< of connection, busy: what it waited for; idle: after which it
                                   was; or NULL */
    hr_why why : 8;
    bool shares_address; /**< a first contact, and another name was served there */
    bool was_idle;       /**< of HR_WHY_OTHER_ADDRESS: connection was, at the SYN */
} hr_opening;
#define HR_OPENING_NONE ((hr_opening){.why = HR_WHY_NONE})

#pragma pack(pop)

/** An idle timer of common software that fits an idle time; see software.h. */
typedef struct hr_timer hr_timer;

enum {
    HR_TIMER_CANDIDATES = 12
};

/** What a full pool drops, and for what. */
typedef enum {
    HR_EVICTION_NONE,  /**< the one that comes */
    HR_EVICTION_OWN,   /**< the one idle for longest, for another of its pool key */
    HR_EVICTION_SHARED /**< ... for one of any host */
} hr_eviction;

/** What few endings have. */
typedef struct {
    const hr_request *retry;   /**< of HR_CLOSE_STALE_RACE: the same request sent again, or NULL */
    int64_t age_ns;            /**< of HR_CLOSE_MAX_AGE, from the SYN to who ended it first */
    int64_t longest_reused_ns; /**< valid with is_at_next_use; HR_TIME_NONE: none was reused */
    uint16_t timers[HR_TIMER_CANDIDATES]; /**< fitting ones, the named first: hr_ending_timer() */
} hr_ending_seldom;

/** Why a connection ended; filled by hr_analyse(). */
typedef struct {
    hr_close_cause cause : 8;
    hr_certainty certainty : 8;
    hr_side by : 8;           /**< who decided it */
    hr_side first_closer : 8; /**< who showed first that it closes: an idle GOAWAY, close_notify,
                                 FIN or RST */
    hr_side first_fin : 8;    /**< who sent the first FIN or RST */
    hr_eviction eviction : 8; /**< of HR_CLOSE_POOL_LIMIT */
    char form;                /**< of HR_CLOSE_BODY_UNDRAINED: 'a', 'b' or 'c' */
    uint8_t timer_count : 7;
    bool is_limit_unsure : 1; /**< see hr_ending_limit() */
    hr_moment at;             /**< the first FIN or RST */
    int64_t after_idle_ns;    /**< how long it had been idle to its client, else HR_TIME_NONE */
    int64_t after_rest_ns;    /**< the same since the last byte of the answer: to its server */
    const hr_request *about;  /**< the request whose answer was left or missing, or NULL */
    const hr_ending_seldom *seldom; /**< never NULL: hr_ending_seldom_of() to write */
    uint32_t limit;                 /**< of HR_CLOSE_REQUEST_LIMIT and HR_CLOSE_POOL_LIMIT: N */
    uint32_t evidence_frame;        /**< the message that announced it, or 0 */
    uint16_t equal_waits;        /**< a request given up: so many others after a wait as long, which
                                    shows a timeout of who ended it; 0: it is not shown */
    bool is_first_rst : 1;       /**< of first_fin: it was an RST */
    bool is_from_elsewhere : 1;  /**< ... that another host may have sent in the name of an end, see
                                    hr_hops_differ_of_reset(): first_fin is not known */
    bool is_oldest_dropped : 1;  /**< by a pool that was seen to drop what rested for longest */
    bool is_in_disorder : 1;     /**< the packets around it stand in no known order */
    bool is_timer_named : 1;     /**< timers[0] belongs to the product that the header names */
    bool is_limit_announced : 1; /**< the server said N */
    bool is_after_answer : 1;    /**< closed right after a complete answer */
    bool may_be_undrained : 1; /**< or pushed out of a full pool: what filled it is not captured */
    bool is_fin_known : 1;     /**< of HR_CLOSE_STALE_RACE: the client had acknowledged the FIN
                                  before */
    bool is_program_over : 1;  /**< of HR_CLOSE_STALE_RACE: the server then refused connections,
                                or had ended all at one instant */
    bool is_timer_announced : 1; /**< it was said: Keep-Alive: timeout, QUIC's max_idle_timeout, a
                                    408, or a GOAWAY */
    bool is_rest_awaited : 1;    /**< of form 'a': its client had read all that came, and waited */
    bool is_reset_habit : 1; /**< its client resets as well where nothing can have been unread */
    bool
        is_cut_in_use : 1; /**< of HR_CLOSE_IDLE_DROPPED: it had not rested long enough for a device
                               to forget it */
    bool is_idle_equal : 1;  /**< others of the pool key ended by that side after as long an idle
                                    time */
    bool is_at_next_use : 1; /**< the timeout was looked at as the next request came: it is bounded
                                by the idle time, and above longest_reused_ns */
} hr_ending;

/** N of HR_CLOSE_REQUEST_LIMIT and HR_CLOSE_POOL_LIMIT; 0: there is none, or it is in doubt. */
uint32_t hr_ending_limit(const hr_ending *ending);

/** What is told of an opening. */
typedef enum {
    HR_TOLD_NOTHING,
    HR_TOLD_SEEN,
    HR_TOLD_OTHERWISE
} hr_told_opening;

/** What few openings need to be judged. */
typedef struct {
    hr_opening told;              /**< of HR_TOLD_OTHERWISE */
    hr_opening otherwise;         /**< what it is if its client could not have taken the idle one */
    hr_opening if_named;          /**< see hr_judged_if_named() */
    const hr_connection *sibling; /**< one to the same address that was being set up at the SYN */
    const hr_connection *closed_nameless; /**< one to the same address, closed before the SYN */
    int64_t burst_ns;        /**< since when others were opened with it; valid with is_in_burst */
    int64_t idle_ns;         /**< since when what explains it was idle, where it was */
    uint32_t unopened_frame; /**< the first of the latest of its two hosts and their server's port,
                                up to a moment after it, of which nobody saw the opening; or 0 */
    uint32_t replaced_in;    /**< the SYN that took its addresses and ports, where nothing had ended
                                it: its client had lost it by then; or 0 */
} hr_judged_seldom;

/** How the reason of an opening was judged. */
typedef struct {
    hr_opening seen;          /**< as judged when it carried its first request */
    hr_told_opening told : 2; /**< see hr_judged_told() */
    bool is_provisional : 1;  /**< what explains it may have been about to close, or taken */
    bool is_overtaken : 1;    /**< what explains it took a request in the same moment */
    bool is_in_burst : 1;     /**< others were opened with it, before any of them was answered */
    bool may_be_in_burst : 1; /**< the same, or the answer that was there before is not captured */
    bool has_if_named : 1;    /**< see hr_judged_if_named() */
    const hr_judged_seldom *seldom; /**< never NULL: hr_judged_seldom_of() to write */
} hr_judged;

#pragma pack(pop)

/** What it is if the unnamed sibling has another name: mostly what was seen. */
static inline const hr_opening *hr_judged_if_named(const hr_judged *judged)
{
    return judged->has_if_named ? &judged->seldom->if_named : &judged->seen;
}

/** What is told of it: mostly what was seen; nothing also while only later packets can tell. */
const hr_opening *hr_judged_told(const hr_judged *judged);

bool hr_opening_is_equal(const hr_opening *one, const hr_opening *other);

#endif
