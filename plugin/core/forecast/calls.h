/* calls.h
 * What a client asked of an origin, told in a way that does not depend on the connections that it
 * happened to have: when it wanted to send each request, how long the server took, whose answer it
 * had waited for, and what became of the connection afterwards and why.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_CALLS_H
#define HR_CORE_FORECAST_CALLS_H

#include "core/ending/origins.h"

/** Why the connection of a call could carry no other after it. */
typedef enum {
    HR_FATE_LOST,   /**< whatever is changed: an error, an upgrade */
    HR_FATE_KEPT,   /**< it could; or a limit or timer ended it, which the replay knows of */
    HR_FATE_UNREAD, /**< the client left the answer's body */
    HR_FATE_SAID_BY_CLIENT, /**< the client had said that it would close */
    HR_FATE_SAID_BY_SERVER, /**< the server had, with an error or without */
    HR_FATE_HTTP10,         /**< HTTP/1.0 without keep-alive */
    HR_FATE_AFTER_ANSWER,   /**< the client closed after a whole answer: it left the body, or had a
                               pool for this call alone */
    HR_FATE_UNEXPLAINED,    /**< the same, or its pool was full, if others' ends show a limit */
    HR_FATE_CLIENT,         /**< the client closed: its pool or the program ended */
    HR_FATE_CLIENT_TIMER,   /**< an idle timeout of this very connection */
    HR_FATE_SERVER_TIMER,   /**< likewise */
    HR_FATE_EVICTED,        /**< dropped by a pool for one to another host */
    HR_FATE_SERVER, /**< the server closed, unannounced or by GOAWAY, or its program ended */
    HR_FATE_STALE,  /**< the server had just closed it, or over QUIC was done with it */
} hr_fate;

#define HR_CALL_NONE UINT32_MAX

/** One a request, all at once: what one connection has once is in hr_carrier. */
typedef struct {
    int64_t call_ns;         /**< when the client wanted a connection */
    int64_t end_ns;          /**< when it had the answer's last byte */
    uint32_t connection;     /**< that carried it: its index among those of the origin */
    uint32_t first_follower; /**< of the calls that waited for its answer, or HR_CALL_NONE */
    uint32_t next_follower;  /**< ... the next that waited for the same answer */
    unsigned requests : 26;  /**< 1, or how many were pipelined with it */
    bool is_follower : 1;    /**< it waited for another's answer */
    bool is_opener : 1;      /**< its connection was opened for it */
    bool is_final : 1;       /**< the fate of its connection is what came after it */
    bool is_dial : 1;        /**< there is no request: a connection that was opened in vain, or for
                                later */
    bool is_inherited : 1;   /**< its connection is older than the capture */
} hr_call;

/** A connection that carried calls. */
typedef struct {
    int64_t setup_ns; /**< of the call that opened it, HR_TIME_NONE: not known */
    int64_t delay_ns; /**< from the end of its final call to its fate; 0: it was never idle */
    uint32_t pool;    /**< see seen_pools.h; HR_CALL_NONE: not known yet */
    hr_fate fate : 8;
    bool is_last; /**< it was idle no more after its final call, or after delay_ns at most */
} hr_carrier;

/** The limits and timers that the ends of an origin's connections show. */
typedef struct {
    uint32_t idle_kept;  /**< by a pool; UINT32_MAX: no limit was seen, or one that counts other
                               hosts' connections, too */
    bool is_pool_shared; /**< ... the latter */
    bool drops_oldest;   /**< a full pool drops the one idle for longest, not the one that comes */
    uint32_t request_limit; /**< likewise, of a connection */
    uint32_t streams;       /**< of a connection; 1: HTTP/1 */
    int64_t client_idle_ns; /**< INT64_MAX: no timeout was seen */
    int64_t server_idle_ns;
    int64_t setup_ns;   /**< the median */
    int64_t expired_ns; /**< so much earlier than its end a connection may have been no use */
} hr_habits;

typedef struct {
    GArray *calls;        /**< of hr_call, in the order of call_ns */
    hr_carrier *carriers; /**< of each connection of the origin */
    GArray *first_pools;  /**< of uint32_t, for each pool: the first one of the same program */
    hr_habits habits;
    uint32_t opened;  /**< connections whose opening is in the capture */
    int64_t setup_ns; /**< what these took, HR_TIME_NONE where that is not known of any */
} hr_calls;

/** The calls of @facts; O(n log n). The endings must be known. Free with hr_calls_free(). */
hr_calls *hr_calls_new(const hr_origin_facts *facts, const hr_settings *settings);
void hr_calls_free(hr_calls *calls);

hr_call *hr_calls_at(const hr_calls *calls, uint32_t index);
hr_carrier *hr_calls_carrier(const hr_calls *calls, const hr_call *call);

/** What @call took to set up the connection that it opened, else HR_TIME_NONE. */
int64_t hr_call_setup_ns(const hr_calls *calls, const hr_call *call);

/** What of @call was neither setup nor waiting. */
int64_t hr_call_service_ns(const hr_calls *calls, const hr_call *call);

/** What became of its connection after @call, and when: HR_FATE_KEPT where it carried others. */
hr_fate hr_call_fate(const hr_calls *calls, const hr_call *call);
int64_t hr_call_delay_ns(const hr_calls *calls, const hr_call *call);

#endif
