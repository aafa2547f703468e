/* folder.h
 * A folder of a test's own, for outputs: what lies there before, and what lies there after.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_FOLDER_H
#define HR_TESTS_FOLDER_H

#include <glib.h>
#include <stdbool.h>

/** A test, with its path. */
typedef struct {
    const char *path;
    void (*function)(void);
} folder_test;

/** Each of these tests begins in a new, empty folder, which is removed at its end. */
void folder_add_tests(const folder_test *tests, size_t count);

/** The folder, and the path of @name in it, to be freed. */
const char *folder_path(void);
char *folder_at(const char *name);

/** Removes what is there, and says how many files that were. */
guint folder_empty(void);

void folder_put_file(const char *name, const char *text);
void folder_put_link(const char *name, const char *to);
bool folder_has(const char *name);
void folder_assert_file(const char *name, const char *text);

#endif
