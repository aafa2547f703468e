/* words.h
 * What to do, in the words of a product: a row for each product and topic, with the documentation
 * or the source that says so. Settings that have a default are in timers.c and limits.c, and are
 * named from there. The sentence that makes it a condition ("If this client is ...") is
 * core/result's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_SOFTWARE_WORDS_H
#define HR_SOFTWARE_WORDS_H

#include "software/products.h"

/** What there is to do; a row may have several. */
typedef enum {
    HR_TOPIC_NONE,
    HR_TOPIC_SHARE = 1,          /**< one client object for all calls */
    HR_TOPIC_DRAIN = 2,          /**< read each answer to its end */
    HR_TOPIC_KEEP = 4,           /**< keep more idle connections, to a host */
    HR_TOPIC_EXPIRE = 8,         /**< drop idle connections before the server does */
    HR_TOPIC_OUTLAST = 16,       /**< drop them before a device between does */
    HR_TOPIC_NO_CLOSE = 32,      /**< do not say Connection: close in requests */
    HR_TOPIC_PROCESS = 64,       /**< one run of the program for all calls */
    HR_TOPIC_BOUND = 128,        /**< open fewer at a time */
    HR_TOPIC_SERVE = 256,        /**< of a server: keep connections alive */
    HR_TOPIC_HTTP11 = 512,       /**< speak HTTP/1.1, where it has a choice */
    HR_TOPIC_UPSTREAM = 1024,    /**< of a proxy: keep connections to its upstream */
    HR_TOPIC_KEEP_IN_ALL = 2048, /**< keep more idle connections, to all hosts together */
    HR_TOPIC_PING = 4096,        /**< over HTTP/2, notice that nothing comes back any more */
    HR_TOPIC_DEADLINE = 8192,    /**< the same by a time that a call may take */
} hr_topic;

typedef struct {
    hr_product_id product;
    unsigned topics;
    const char *text; /**< a sentence that goes on after "If this client is ...: ", or "... server",
                         "... proxy" */
    const char *source;
} hr_words;

/** The words on @topic of @product, else of what it is built on; NULL where there are none. */
const hr_words *hr_product_words(hr_product_id product, hr_topic topic);

/** The tables: libraries by what they are written for, and servers and proxies. */
const hr_words *hr_words_of_scripts(size_t *count);
const hr_words *hr_words_of_programs(size_t *count);
const hr_words *hr_words_of_servers(size_t *count);

#endif
