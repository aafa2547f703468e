/* items.h
 * The items of "What to fix first": findings of severity warning and error, and notes that cost
 * avoidable connections; one item per code and origin, and what they cost.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_ITEMS_H
#define HR_PRESENT_TEXT_ITEMS_H

#include "core/opening/pool.h"
#include "core/result/advice.h"
#include "core/result/analysis.h"

enum {
    HR_TEXT_FRAMES_SHOWN = 6
};

/** An item: the findings of one code at one origin. */
typedef struct {
    hr_finding_code code;
    const hr_pool *pool;
    const hr_finding *first;
    uint32_t findings;
    uint32_t connections;    /**< different ones */
    GArray *ids;             /**< their ordinals, rising */
    uint32_t likely;         /**< of these, those whose cause is inferred */
    uint32_t reset_unasked;  /**< connections reset in answer to the request, no FIN before */
    uint32_t not_idempotent; /**< findings whose request has such a method (RFC 9110 §9.2.2) */
    uint32_t forms[3];       /**< of body_undrained: connections by form a, b, c */
    uint32_t by_proxy;       /**< connections that a proxy opened */
    uint32_t said_by_client; /**< connections that the client's Connection: close ended ... */
    uint32_t said_by_server; /**< ... and the server's */
    uint32_t http10;         /**< connections of HTTP/1.0 without keep-alive */
    hr_library library;      /**< of all its clients, unknown where they differ */
    uint32_t limit_min;      /**< of pool_limit: how many idle connections stayed */
    uint32_t limit_max;
    uint32_t avoidable; /**< avoidable connections that come from it ... */
    int64_t cost_ns;    /**< ... and their setup, HR_TIME_NONE where nothing was measured */
    uint32_t frames[HR_TEXT_FRAMES_SHOWN]; /**< the first of them, rising */
    uint32_t frame_count;                  /**< different ones */
    uint32_t last_frame;
} hr_text_item;

typedef struct hr_text_items hr_text_items;

/** The items of @analysis, errors first, then the dearest. Free them with hr_text_items_free(). */
hr_text_items *hr_text_items_new(const hr_analysis *analysis);
void hr_text_items_free(hr_text_items *items);

guint hr_text_items_count(const hr_text_items *items);
const hr_text_item *hr_text_items_get(const hr_text_items *items, guint index);

/** How many items have @code. */
uint32_t hr_text_items_count_of(const hr_text_items *items, hr_finding_code code);

/** Whether another item has @item's code, and the addresses and ports of its packets as well. */
bool hr_text_items_share_route(const hr_text_items *items, const hr_text_item *item);

#endif
