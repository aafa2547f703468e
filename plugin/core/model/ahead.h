/* ahead.h
 * What is walked next is fetched from memory meanwhile: in a large capture connections and requests
 * are in no cache, and a walk that waits for each of them takes a fifth more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_AHEAD_H
#define HR_CORE_MODEL_AHEAD_H

#include "core/model/model.h"

/* GCC takes a function that only fetches for one without effect, and leaves its calls out. */
#ifdef __GNUC__
#define HR_FETCH_INLINE __attribute__((always_inline)) static inline
#else
#define HR_FETCH_INLINE static inline
#endif

enum {
    HR_CACHE_LINE = 64,
    HR_FETCH_AHEAD = 6,    /* connections */
    HR_FETCH_REQUESTS = 4, /* of each */
};

HR_FETCH_INLINE void hr_fetch(const void *object, size_t size)
{
#ifdef __GNUC__
    for (size_t at = 0; at < size; at += HR_CACHE_LINE) {
        __builtin_prefetch((const char *)object + at);
    }
#else
    (void)object;
    (void)size;
#endif
}

/** In a walk over @connections that has come to @index: fetches one to come, and of those before it
 * the first few requests, of each the one that the fetched one before it names. */
HR_FETCH_INLINE void hr_fetch_ahead(const GPtrArray *connections, guint index)
{
    if (index + HR_FETCH_AHEAD < connections->len) {
        hr_fetch(connections->pdata[index + HR_FETCH_AHEAD], sizeof(hr_connection));
    }
    for (guint depth = 0; depth < HR_FETCH_REQUESTS; depth++) {
        const guint near = index + HR_FETCH_AHEAD - 2 - depth;
        const hr_request *request =
            near < connections->len
                ? ((const hr_connection *)connections->pdata[near])->first_request
                : NULL;
        for (guint i = 0; i < depth && request != NULL; i++) {
            request = request->next;
        }
        if (request != NULL) {
            hr_fetch(request, sizeof(hr_request));
        }
    }
}

/** Before a walk over @connections: fetches those that hr_fetch_ahead() takes to be there. */
HR_FETCH_INLINE void hr_fetch_first(const GPtrArray *connections)
{
    for (guint i = 0; i < MIN(connections->len, HR_FETCH_AHEAD); i++) {
        hr_fetch(connections->pdata[i], sizeof(hr_connection));
    }
}

#endif
