/* words.h
 * What to do, in the words of a client library: a row for each library and topic, with the
 * documentation or the source that says so. The sentence that makes it a condition ("If this client
 * is ...") is core/result/advice.c's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_SOFTWARE_WORDS_H
#define HR_SOFTWARE_WORDS_H

#include "software/products.h"

/** What there is to do; a row may have several. */
typedef enum {
    HR_TOPIC_NONE,
    HR_TOPIC_SHARE = 1,    /**< one client object for all calls */
    HR_TOPIC_DRAIN = 2,    /**< read each answer to its end */
    HR_TOPIC_KEEP = 4,     /**< keep more idle connections */
    HR_TOPIC_EXPIRE = 8,   /**< drop idle connections before the server does */
    HR_TOPIC_OUTLAST = 16, /**< drop them before a device between does */
} hr_topic;

typedef struct {
    hr_product_id product;
    unsigned topics;
    const char *text; /**< a sentence that goes on after "If this client is ...: " */
    const char *source;
} hr_words;

/** The words on @topic of @product, else of what it is built on; NULL where there are none. */
const hr_words *hr_product_words(hr_product_id product, hr_topic topic);

/** The two tables, by what the libraries are written for. */
const hr_words *hr_words_of_scripts(size_t *count);
const hr_words *hr_words_of_programs(size_t *count);

#endif
