/* folder.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "folder.h"

#include <glib/gstdio.h>
#include <unistd.h>

static char *folder;

const char *folder_path(void)
{
    return folder;
}

char *folder_at(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void make_folder(void *unused, const void *also_unused)
{
    (void)unused;
    (void)also_unused;
    folder = g_dir_make_tmp("hr-output-XXXXXX", NULL);
    g_assert_nonnull(folder);
}

guint folder_empty(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name = NULL;
    guint count = 0;

    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = folder_at(name);
        g_assert_cmpint(g_remove(path), ==, 0);
        g_free(path);
        count++;
    }
    g_dir_close(dir);
    return count;
}

static void remove_folder(void *unused, const void *also_unused)
{
    (void)unused;
    (void)also_unused;
    folder_empty();
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_clear_pointer(&folder, g_free);
}

void folder_put_file(const char *name, const char *text)
{
    char *path = folder_at(name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(path);
}

void folder_put_link(const char *name, const char *to)
{
    char *path = folder_at(name);
    g_assert_cmpint(symlink(to, path), ==, 0);
    g_free(path);
}

void folder_assert_file(const char *name, const char *text)
{
    char *path = folder_at(name);
    char *found = NULL;

    g_assert_true(g_file_get_contents(path, &found, NULL, NULL));
    g_assert_cmpstr(found, ==, text);
    g_free(found);
    g_free(path);
}

bool folder_has(const char *name)
{
    char *path = folder_at(name);
    const bool is_it = g_file_test(path, G_FILE_TEST_EXISTS);

    g_free(path);
    return is_it;
}

static void run(void *unused, const void *test)
{
    (void)unused;
    ((const folder_test *)test)->function();
}

void folder_add_tests(const folder_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_test_add_vtable(tests[i].path, 0, &tests[i], make_folder, run, remove_folder);
    }
}
