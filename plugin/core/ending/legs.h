/* legs.h
 * Proxies of which both sides were captured: what a client asked of them, they ask of a server
 * while the client waits. The User-Agent on their server side is their client's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_LEGS_H
#define HR_CORE_ENDING_LEGS_H

#include "core/model/model.h"

/**
 * Says of all requests which pass on one that their client is being asked at that time, by the same
 * name (User-Agent): passed_on and passes_on. What a proxy was asked at another of its addresses
 * has to name the same Host, too. Sets products.is_leg of all connections of a client to a server
 * where each request that was seen does, two at least; may_be_leg where the others may be asked by
 * a proxy of its own accord, or too many waited at it to tell which ones are passed on, so that nobody
 * knows whose User-Agent it is. Linear in the requests,
 * with tables of fixed size; the first ends must be known (hr_endings_prepare()).
 */
void hr_legs_find(hr_model *model);

/**
 * Whether the server of @front was seen to pass it on from the address that it was asked at, so
 * that it had taken it. From another address it is likely only.
 */
bool hr_legs_is_taken(const hr_request *front);

/**
 * The request that @back (may be NULL) passes on, where its client gave it up, and the proxy did
 * after that: it waits for nobody any more. Else NULL.
 */
const hr_request *hr_legs_given_up_before(const hr_request *back);

/**
 * The request that passes @front on and was lost behind the proxy, where @front failed after that:
 * by a 5xx, or without an answer. NULL where it did not fail, or nothing is known that it fails by.
 */
const hr_request *hr_legs_failure_behind(const hr_request *front);

/** The same of the request that @front ended with, if its server ended it for that. */
const hr_request *hr_legs_end_behind(const hr_connection *front);

#endif
