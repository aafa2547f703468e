/* apart.h
 * Hosts whose packets were captured by clocks that differ: each captured what it sent, and both files
 * were merged. Then what one of them sent stands behind what acknowledges it: SYNs behind their
 * SYN/ACKs, requests and FINs behind the ACKs of them.
 *
 * Nothing that happened on such a connection is closer than that in a known order. A segment that
 * comes as late as TCP sends again may be a copy of one that was not captured: once, it tells nothing
 * of clocks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_APART_H
#define HR_CORE_MODEL_APART_H

#include "core/model/model.h"

typedef struct {
    GHashTable *hosts; /**< from hr_route, of a client and a server without ports; or NULL */
} hr_apart;

void hr_apart_clear(hr_apart *apart);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hr_apart, hr_apart_clear)

/** What the end @from of @connection sent came @late_ns behind what acknowledges it. */
void hr_apart_tell(hr_apart *apart, hr_connection *connection, unsigned from, int64_t late_ns);

/** How far the clocks of the hosts of @connection are apart at least, or 0: nothing says so. */
int64_t hr_apart_ns(const hr_apart *apart, const hr_connection *connection);

#endif
