/* page.h
 * A page of the manual being written: as a man page or as Markdown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_REFERENCE_PAGE_H
#define HR_REFERENCE_PAGE_H

#include <glib.h>

/** How a page is written. @name is code, @kind one word or NULL, @text a sentence or more. */
typedef struct {
    void (*begin)(GString *page, const char *title, const char *summary);
    void (*section)(GString *page, const char *title);
    void (*paragraph)(GString *page, const char *text);
    void (*command)(GString *page, const char *command);
    /** A list of names, with what the columns are called where they have titles. */
    void (*begin_list)(GString *page, const char *name, const char *kind, const char *text);
    void (*entry)(GString *page, const char *name, const char *kind, const char *text);
    void (*end_list)(GString *page);
} hr_page_format;

extern const hr_page_format hr_page_man;
extern const hr_page_format hr_page_markdown;

#endif
