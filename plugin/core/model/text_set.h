/* text_set.h
 * A set of texts of known lengths, in which each is looked up and put by one hash: texts of a
 * capture, so it is the keyed one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_TEXT_SET_H
#define HR_CORE_MODEL_TEXT_SET_H

#include <glib.h>

typedef struct hr_text_slot hr_text_slot;

typedef struct {
    GStringChunk *strings; /* owns the texts */
    hr_text_slot *slots;   /* a power of two of them, at least a quarter of them empty */
    guint mask;            /* one less than there are */
    guint count;           /* of texts */
} hr_text_set;

void hr_text_set_init(hr_text_set *set);
void hr_text_set_clear(hr_text_set *set);

/** The one that is equal to the @length bytes at @text, which is put in where there is none. It is
 * terminated, and stays where it is. */
const char *hr_text_set_take(hr_text_set *set, const char *text, size_t length);

#endif
