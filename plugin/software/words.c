/* words.c
 * Looks words of advice up in the two tables.
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
    size_t script_count = 0;
    size_t program_count = 0;
    const hr_words *scripts = hr_words_of_scripts(&script_count);
    const hr_words *programs = hr_words_of_programs(&program_count);
    const hr_words *words = NULL;

    for (; words == NULL && product != HR_PRODUCT_NONE; product = hr_product_get(product)->base) {
        words = find(scripts, script_count, product, topic);
        words = words != NULL ? words : find(programs, program_count, product, topic);
    }
    return words;
}
