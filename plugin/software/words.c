/* words.c
 * Looks words of advice up in the tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/words.h"

static const hr_words *find(const hr_words *rows, size_t count, hr_product_id product,
                            hr_topic topic)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].product == product && (rows[i].topics & topic) != 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const hr_words *hr_product_words(hr_product_id product, hr_topic topic)
{
    static const hr_words *(*const tables[])(size_t * count) = {
        hr_words_of_scripts, hr_words_of_programs, hr_words_of_servers};

    for (; product != HR_PRODUCT_NONE; product = hr_product_get(product)->base) {
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
            size_t count = 0;
            const hr_words *rows = tables[i](&count);
            const hr_words *words = find(rows, count, product, topic);
            if (words != NULL) {
                return words;
            }
        }
    }
    return NULL;
}
