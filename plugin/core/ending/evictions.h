/* evictions.h
 * Idle connections that a full pool dropped for another one: the least recently used goes as a
 * further one becomes idle (nginx, libcurl, OkHttp, net/http's MaxIdleConns). The pool may be of
 * one pool key, or count all hosts of a program together. That one which just answered is dropped
 * instead, client.c knows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_EVICTIONS_H
#define HR_CORE_ENDING_EVICTIONS_H

#include "core/ending/eviction_rule.h"
#include "core/ending/origins.h"

/** Fills facts->evicted. O(n log n) in requests. */
void hr_evictions_find(hr_facts *facts);

/** What is known of the pool that dropped @connection; it keeps 0: none did. */
hr_evicted hr_evicted_from(const hr_facts *facts, const hr_connection *connection);

/** Whether it was closed before a dial to another host after so long an idle time that a full pool
 * and a timeout, looked at on the next call, explain it alike. */
bool hr_may_be_evicted(const hr_facts *facts, const hr_connection *connection);

/** Whether it was one of its own pool key that took the place of @connection, which a full pool
 * dropped, or one to any host. */
hr_eviction hr_eviction_of(const hr_facts *facts, const hr_connection *connection);

#endif
