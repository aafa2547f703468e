/* leg_match.h
 * Whether a request may be another one that a proxy passes on, by what they ask for, of whom, and
 * when. It knows of two requests at a time, and not what became of either.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_LEG_MATCH_H
#define HR_CORE_ENDING_LEG_MATCH_H

#include "core/model/model.h"

/** Its requests say that they come from a proxy, or from what is below its client's program. */
bool hr_leg_is_a_proxys(const hr_connection *connection);

/** It was answered by a proxy that says so, and says nothing of itself to servers. */
bool hr_leg_is_front_of_silent(const hr_connection *front);

/** Without an answer until @frame, and then nobody waited for one. */
bool hr_leg_has_failed_by(const hr_request *request, uint32_t frame);

/** Where the packets go: what is inside of a CONNECT goes to the proxy. */
const hr_endpoint *hr_leg_asked_at(const hr_connection *connection);

/** The host that is asked there, and the one that asks; see hr_here_host(). */
const char *hr_leg_asked_host(const hr_connection *connection);
const char *hr_leg_asking_host(const hr_connection *connection);

/** @front was asked at the host that asks for @back. */
bool hr_leg_is_asked_there(const hr_request *front, const hr_request *back);

/** The last segment of a path with what follows it, "/b?c" of "/a/b?c"; NULL: it has none. */
const char *hr_leg_tail(const char *target);

/** @back asks for what @front is being asked for, under the same name. */
bool hr_leg_passes_on(const hr_request *back, const hr_request *front);

/** The same where the one's path is the other's with segments before it; both have a tail. So do
 * services that ask each other: it may be one of these. */
bool hr_leg_may_pass_tail_on(const hr_request *back, const hr_request *front);

/** ... or something says that it is none: as long an answer, or a proxy that says so. */
bool hr_leg_passes_tail_on(const hr_request *back, const hr_request *front);

/**
 * @back asks for something else while a proxy at that address is asked under the same name: nginx
 * does for auth_request (with GET) and mirror (the answer of which it does not wait for), and says
 * nothing of itself there.
 */
bool hr_leg_may_be_asked_within(const hr_request *back, const hr_request *front);

#endif
