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
 * Sets products.is_leg of all connections of a client to a server where each request that was seen
 * passes on one that its client is being asked at that time, by the same name (User-Agent); two
 * at least. Linear in the requests, with a table of fixed size.
 */
void hr_legs_find(hr_model *model);

#endif
