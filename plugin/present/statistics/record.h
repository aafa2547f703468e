/* record.h
 * What the tap "http_reuse" hands to its listeners: something that a frame shows of a connection.
 * A request has one record, at its own frame; a connection has one at each frame that shows
 * something of it, so that a filter of any of its frames finds it, and who counts connections
 * counts each once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_STATISTICS_RECORD_H
#define HR_PRESENT_STATISTICS_RECORD_H

#include "compat.h"

#include <epan/packet.h>

#include "core/result/analysis.h"

typedef struct {
    const hr_connection *connection; /**< id 0: not, or not yet, known to be in scope */
    const hr_item *item;             /**< NULL: the frame is its first, and shows nothing of it */
    uint32_t frame;                  /**< its position in the file */
    const hr_analysis *analysis;     /**< NULL on the first visit: the future is not known yet */
} hr_tap_record;

/** The request that @record counts, or NULL where it counts none. To be asked with the future
 * known: only then it is known in which frame Wireshark shows a request. */
const hr_request *hr_tap_record_request(const hr_tap_record *record);

/** Whether anybody listens, so that records are wanted. */
bool hr_tap_is_wanted(void);

/** Hands @record, which is copied, to those who listen. */
void hr_tap_put(packet_info *pinfo, const hr_tap_record *record);

#endif
