/* whatif.h
 * What somebody may change about a client's pool or a server's limits, by name: the words of
 * `-X http_reuse:whatif=`, and what an item of advice asks a forecast for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_WHATIF_H
#define HR_CORE_FORECAST_WHATIF_H

#include "core/model/types.h"

/** Several may be made at once. What is left as hr_whatif_none() has it stays as captured. */
typedef struct {
    bool reads_bodies;  /**< the client reads every body to its end */
    bool says_no_close; /**< neither side says that it will close, and HTTP/1.0 keeps alive */
    bool client_says_no_close, server_says_no_close, speaks_http11; /**< each part of that */
    bool shares_pool;       /**< one pool a program, which lives as long as the capture */
    bool server_stays;      /**< it ends no connection by an exit, a GOAWAY or unannounced */
    uint32_t idle_kept;     /**< connections that a pool keeps idle, 0: as captured */
    uint32_t request_limit; /**< requests a connection, 0: as captured */
    uint32_t streams;       /**< HTTP/2 with so many streams a connection, 0: as captured */
    uint32_t more_streams;  /**< likewise, of a connection that speaks HTTP/2 already */
    uint32_t bound;         /**< connections that a pool opens at most, 0: as captured */
    int64_t client_idle_ns; /**< its idle timeout, HR_TIME_NONE: as captured */
    int64_t server_idle_ns; /**< likewise */
} hr_whatif;

hr_whatif hr_whatif_none(void);

/**
 * Parses @text, changes by name with commas between, into @changes. Returns NULL, or what is wrong
 * with it: a sentence to be freed with g_free().
 */
char *hr_whatif_parse(const char *text, hr_whatif *changes);

/** A word as it is spelled, "idle-kept:N", and what it means; NULL for an @index too high. */
const char *hr_whatif_word(size_t index);
const char *hr_whatif_meaning(size_t index);

#endif
