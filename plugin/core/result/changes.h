/* changes.h
 * What there is to change: one change for each reason for which connections are lost or requests
 * die, with the finding that shows it. What is lost by a cause is won back by its change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_CHANGES_H
#define HR_CORE_RESULT_CHANGES_H

#include "core/result/findings.h"

typedef enum {
    HR_CHANGE_SHARE_POOL,       /**< one pool for all calls: an idle connection was there */
    HR_CHANGE_READ_BODIES,      /**< answers to their end */
    HR_CHANGE_KEEP_MORE_IDLE,   /**< in the client's pool, to a host */
    HR_CHANGE_KEEP_MORE_IN_ALL, /**< ... to all hosts together: it dropped the one idle for longest */
    HR_CHANGE_KEEP_CLIENT,      /**< one client for all calls: it closed, for an unknown reason */
    HR_CHANGE_KEEP_PROCESS,     /**< its program ended */
    HR_CHANGE_NO_CLIENT_CLOSE,     /**< it said Connection: close */
    HR_CHANGE_NO_SERVER_CLOSE,     /**< the server said it */
    HR_CHANGE_MEND_ERRORS,         /**< ... with an error */
    HR_CHANGE_SPEAK_HTTP11,        /**< HTTP/1.0 without keep-alive was spoken */
    HR_CHANGE_RAISE_REQUEST_LIMIT, /**< requests on a connection */
    HR_CHANGE_RAISE_MAX_AGE,       /**< ... and its age */
    HR_CHANGE_SEND_EXACT,          /**< the server sent more than its answer's length */
    HR_CHANGE_LENGTHEN_SERVER_IDLE,
    HR_CHANGE_LENGTHEN_CLIENT_IDLE,
    HR_CHANGE_EXPIRE_SOONER,  /**< at the client: the server closed under a request */
    HR_CHANGE_OUTLAST_DEVICE, /**< a device between forgot the connection */
    HR_CHANGE_DETECT_DEAD,    /**< the way was cut in use, and its client did not notice */
    HR_CHANGE_FIND_DEVICE,    /**< what reset a connection in use in the name of one of its ends */
    HR_CHANGE_MEND_SERVER,    /**< it took a request and never answered */
    HR_CHANGE_WAIT_LONGER,    /**< the client gave up */
    HR_CHANGE_KEEP_OPEN,      /**< the server closed, unannounced */
    HR_CHANGE_STAY_UP,        /**< the server's program ended */
    HR_CHANGE_AVOID_GOAWAY,
    HR_CHANGE_BOUND_DIALS,  /**< more were opened at a time than were needed */
    HR_CHANGE_LEAVE_UNUSED, /**< one was opened and closed without a request */
    HR_CHANGE_MORE_STREAMS, /**< the server's limit of streams was reached */
    HR_CHANGE_REACH_SERVER, /**< a setup failed */
    HR_CHANGE_LOOK,         /**< nobody knows */
    HR_CHANGE_COUNT,
} hr_change;

/** "share_pool". */
const char *hr_change_token(hr_change change);

/** What the end of @connection asks for. */
hr_change hr_change_after(const hr_connection *connection);

/**
 * What a finding of @code on @connection asks for; HR_CHANGE_COUNT where it asks for none, since
 * it only tells what happened.
 */
hr_change hr_change_for_finding(hr_finding_code code, const hr_connection *connection);

/** The codes of the findings that may ask for one; the others only tell. */
hr_finding_set hr_changes_asked_by(void);

/** What @connection, an avoidable one, asks for: that what made it necessary does not happen. */
hr_change hr_change_for_avoidable(const hr_connection *connection);

/** Whether its server waited for a request in vain, and may have said so (408). */
bool hr_is_left_unused(const hr_connection *connection);

/** Whether @connection was refused, and the server had stopped before with the one that was there: the
 * stop cost both this and what was opened next. */
bool hr_is_refused_after_stop(const hr_connection *connection);

/** Whether it is about connections that were opened needlessly, however they ended. */
bool hr_change_is_about_openings(hr_change change);

#endif
