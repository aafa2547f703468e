/* trace_stories.h
 * Stories of calls in turn against all that may be told of them: what else an item may be, and of what
 * kind it is. What is not expected has to be told of none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TRACE_STORIES_H
#define HR_TRACE_STORIES_H

#include "trace_fixes.h"

#define GO "Go-http-client/1.1"
#define REQUESTS "python-requests/2.31.0"
#define OKHTTP "okhttp/4.12.0"

/** What may be told; a bit each. */
enum {
    FORGOTTEN = 1 << 0,
    CLIENTS_TIMEOUT = 1 << 1,
    CLIENTS_SHORT_TIMEOUT = 1 << 2,
    SERVERS_SHORT_TIMEOUT = 1 << 3,
    HAPROXY = 1 << 4,
    OWN_CLOSES = 1 << 5,
    HIDDEN_CLOSE = 1 << 6,
    PROXY_SAYS = 1 << 7,
    DEVICE_TIMEOUT = 1 << 8,
    RELAY_TIMEOUT = 1 << 9,
    CHECK = 1 << 10,
    MONITOR = 1 << 11,
    BLACK_HOLE = 1 << 12,
    HINT = 1 << 13,
    TUNNEL = 1 << 14,
    PROXY_TIMEOUT = 1 << 15,
    BROWSER = 1 << 16,
    OTHER_PORT = 1 << 17,
    PASSED_ON = 1 << 18,
    OTHER_ROUTE = 1 << 19,
    OTHER_NAME = 1 << 20,
    CLIENTS_DEVICE = 1 << 21,
    HEAD = 1 << 22,
    LEAVES = 1 << 23,
    RESETS = 1 << 24,
    CALL_OBJECTS = 1 << 25,
    SERVERS_OWN = 1 << 26,
};

/** Of what kind all of its connections are; a bit each. */
enum {
    IDLE_EQUALLY = 1 << 0,
    KEEPS = 1 << 1,
    TIMER_BY_NAME = 1 << 2,
    TIMER_BY_SERVER = 1 << 3,
    CLOSE_BY_NAME = 1 << 4,
    CUT_WHEN_IDLE = 1 << 5,
    ASKED_ELSEWHERE = 1 << 6,
    MAY_MONITOR = 1 << 7,
    CUT_ANSWERS = 1 << 8,
    ENDLESS = 1 << 9,
    MAY_HIDE_UNREAD = 1 << 10,
    FOR_PROXY = 1 << 11,
    MAY_BE_CHECKS = 1 << 12,
    IS_PASSED_ON = 1 << 13,
    ONE_TO_ONE = 1 << 14,
    SPOKEN_FOR = 1 << 15,
    IS_FORGOTTEN = 1 << 16,
    TIMED_OUT_IN_ANSWERS = 1 << 17,
    LEFT_WAITING = 1 << 18,
    CUT_IN_PARTS = 1 << 19,
    DEAD_AT_REST = 1 << 20,
    LOST_ANSWERS = 1 << 21,
    LEFT_UNREAD = 1 << 22,
    POOLS_IN_USE = 1 << 23,
    MAY_BE_FORGOTTEN = 1 << 24,
    HAS_STREAMS = 1 << 25,
    MAY_WAIT_AFTER_HEAD = 1 << 26,
    MAY_BE_OTHER_NAME = 1 << 27,
    RESET_AT_REST = 1 << 28,
    CUT_SHORT = 1 << 29,
    ANNOUNCED_UNREAD = 1 << 30,
};

/** What the advice has beside what is to be changed; a bit each. */
enum {
    LOG_SAYS_WHY = 1 << 0,
    STOPS_SHORT = 1 << 1,
    ERRORS_HAVE_BODIES = 1 << 2,
    SAID_ON_BOTH = 1 << 3,
    OVER_HTTP2 = 1 << 4,
    NEEDS_KEYS = 1 << 5,
    WHOLE_PACKETS = 1 << 6,
};

/** How each call goes, and ends. */
typedef struct {
    const char *change;
    unsigned told, kinds;
    uint32_t errors;
    const char *happened; /**< all of its words ... */
    const char *advice;   /**< ... and how the advice begins; NULL: whatever they are */
    unsigned added;
    trace_message request, answer;
    int requests;    /**< 0: one */
    int64_t rest_ns; /**< before its end; 0: it is left open */
    trace_side closes;
    bool by_reset;
    uint32_t surplus; /**< bytes of the server's behind the answer */
    bool is_begun;    /**< of the answer no more than its begin comes */
    bool is_unanswered;
    int calls;       /**< 0: three */
    int64_t each_ns; /**< 0: 1000 s */
} trace_story;

/** Of the item of @t that asks for @change so much is told, each once, and of no other kind it is; so
 * many of its connections ended with an error, or with one unread. */
void assert_item(trace *t, const char *change, unsigned told, unsigned kinds, uint32_t errors);

/** What happened is told by @happened, and what to change begins with @advice, where these are not NULL.
 * Behind that stands what @added has, each once, and none of the others. */
void assert_words(trace *t, const char *change, const char *happened, const char *begin,
                  unsigned added);

void trace_tell(trace *t, const trace_story *it);

/** The same of what @it tells. */
void assert_story(const trace_story *it);

#define assert_stories(stories)                                                                    \
    for (size_t story = 0; story < G_N_ELEMENTS(stories); story++) {                               \
        assert_story(&(stories)[story]);                                                           \
    }

#endif
