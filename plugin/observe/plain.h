/* plain.h
 * Connections that carry nothing but HTTP/1 in the clear, as far as their bytes tell before anybody
 * has dissected them: where the next message begins in each direction, and whether a segment is a
 * whole one.
 *
 * They stand in caches of fixed size, as servers do. Who makes others collide puts them out, no more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_PLAIN_H
#define HR_OBSERVE_PLAIN_H

#include "frame_segment.h"
#include "http1_header.h"
#include "observe.h"

typedef struct hr_plain_flow hr_plain_flow;
typedef struct hr_plain_flows hr_plain_flows;

/** What a segment is to its flow. */
typedef enum {
    HR_PLAIN_NOT,     /**< not what a dissector takes for one whole message, or for nothing */
    HR_PLAIN_NOTHING, /**< it carries nothing that can be shown, and ends no message */
    HR_PLAIN_BEGUN,   /**< a message of several segments begins with it, after one that was shown */
    HR_PLAIN_LAST,    /**< a message of several segments ends with it */
    HR_PLAIN_FIRST,   /**< a whole message in order, after none that was shown */
    HR_PLAIN_MESSAGE, /**< the same after one that was shown, or as the first one from a side from
                           which one was on another connection to the server: it will be, too */
} hr_plain_kind;

/** An empty cache; free it with g_free(). */
hr_plain_flows *hr_plain_flows_new(void);

/**
 * Takes @segment into its flow among @flows, each once and in their order. Where it is a message
 * *lines is what it says, *flow its flow and *from the index of its sender there, until a segment
 * of another flow comes.
 */
hr_plain_kind hr_plain_take(hr_plain_flows *flows, const hr_frame_segment *segment,
                            hr_http1_lines *lines, hr_plain_flow **flow, unsigned *from);

/** A dissector took the latest segment of this sender for what it is: one whole message. A flow of
 * which that is not said of a message is not plain any more. */
void hr_plain_show(hr_plain_flows *flows, hr_plain_flow *flow, unsigned from);

/** HTTP did not tell of the message that begins with this sender's latest segment, but waits until
 * it is whole: what is between its first and its last segment is not shown. */
void hr_plain_keep(hr_plain_flow *flow, unsigned from);

#endif
