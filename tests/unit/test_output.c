/* test_output.c
 * Outputs that are files: nothing half-written is ever there, links are followed, and what cannot
 * be written is refused at once. Each test has a folder of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outputs.h"

/* ---- files ---- */

static void file_appears_when_it_is_whole(void)
{
    hr_output *output = outputs_open_name("out");
    char *error = NULL;

    g_assert_cmpuint(folder_empty(), ==, 0); /* also no file that it only tried */
    FILE *stream = hr_output_begin(output, &error);
    fputs("half", stream);
    fflush(stream);
    g_assert_false(folder_has("out"));
    g_assert_true(hr_output_finish(output, &error));
    folder_assert_file("out", "half");
    hr_output_free(output);
    g_assert_cmpuint(folder_empty(), ==, 1);
}

static void file_is_replaced_each_time(void)
{
    folder_put_file("out", "before");
    hr_output *output = outputs_open_name("out");

    folder_assert_file("out", "before");
    outputs_write(output, "first load");
    folder_assert_file("out", "first load");
    outputs_write(output, "second");
    folder_assert_file("out", "second");
    hr_output_free(output);
    g_assert_cmpuint(folder_empty(), ==, 1);
}

static void unfinished_file_leaves_nothing(void)
{
    folder_put_file("out", "before");
    hr_output *output = outputs_open_name("out");
    char *error = NULL;

    fputs("half", hr_output_begin(output, &error));
    hr_output_free(output);
    folder_assert_file("out", "before");
    g_assert_cmpuint(folder_empty(), ==, 1);
}

static void file_in_use_is_known(void)
{
    folder_put_file("in", "");
    char *path = folder_at("in");
    hr_output *output = outputs_open(path);

    g_assert_null(hr_output_in_use(output));
    const int reader = g_open(path, O_RDONLY, 0);
    g_assert_nonnull(strstr(hr_output_in_use(output), "capture"));
    const int writer = g_open(path, O_WRONLY, 0);
    g_assert_nonnull(strstr(hr_output_in_use(output), "writes"));
    close(reader);
    close(writer);
    g_assert_null(hr_output_in_use(output));
    hr_output_free(output);
    g_free(path);
}

static void mode_follows_the_umask(void)
{
    const mode_t before = umask(027);
    hr_output *output = outputs_open_name("out");
    char *path = folder_at("out");
    GStatBuf status;

    outputs_write(output, "x");
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0640);
    umask(before);
    hr_output_free(output);
    g_free(path);
}

static void folder_gone_is_an_error_of_that_time(void)
{
    char *inner = folder_at("inner");
    char *error = NULL;

    g_assert_cmpint(g_mkdir(inner, 0777), ==, 0);
    hr_output *output = outputs_open_name("inner/out");
    g_assert_cmpint(g_rmdir(inner), ==, 0);
    g_assert_null(hr_output_begin(output, &error));
    g_assert_cmpstr(error, ==, g_strerror(ENOENT));
    g_free(error);
    hr_output_free(output);
    g_free(inner);
}

static void bad_paths_are_refused(void)
{
    folder_put_link("loop", "loop");
    folder_put_file("file", "");
    outputs_assert_name_refused("no/out", ENOENT);
    outputs_assert_name_refused("file/out", ENOTDIR);
    outputs_assert_name_refused("loop", ELOOP);
    outputs_assert_name_refused(".", EISDIR);
    outputs_assert_name_refused("file/", EISDIR);
    outputs_assert_refused("/", EISDIR);
}

static void assert_read_only_refused(void)
{
    char *path = folder_at("out");

    folder_put_file("out", "before");
    g_assert_cmpint(g_chmod(path, 0444), ==, 0);
    outputs_assert_refused(path, EACCES);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_chmod(folder_path(), 0555), ==, 0);
    outputs_assert_refused(path, EACCES);
    g_assert_cmpint(g_chmod(folder_path(), 0777), ==, 0);
    g_free(path);
}

/* Root may write everywhere: in its place a child tries that is nobody. */
static void read_only_places_are_refused(void)
{
    enum {
        NOBODY = 65534
    };
    int status = 0;

    if (geteuid() != 0) {
        assert_read_only_refused();
        return;
    }
    g_assert_cmpint(chown(folder_path(), NOBODY, NOBODY), ==, 0);
    const pid_t child = fork();
    if (child == 0) {
        g_assert_cmpint(setgid(NOBODY), ==, 0);
        g_assert_cmpint(setuid(NOBODY), ==, 0);
        assert_read_only_refused();
        _Exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
}

/* ---- links, and two ways to one place ---- */

static void links_are_followed(void)
{
    folder_put_file("real", "before");
    folder_put_link("link", "real");
    folder_put_link("chain", "link");
    hr_output *output = outputs_open_name("chain");

    outputs_write(output, "after");
    folder_assert_file("real", "after");
    hr_output_free(output);
    g_assert_cmpuint(folder_empty(), ==, 3);
}

static void dangling_link_gets_its_target(void)
{
    folder_put_link("link", "real");
    hr_output *output = outputs_open_name("link");

    outputs_write(output, "x");
    folder_assert_file("real", "x");
    hr_output_free(output);
}

static void assert_same(const char *one_name, const char *other_name, bool is_same)
{
    hr_output *one = outputs_open_name(one_name);
    hr_output *other = outputs_open_name(other_name);
    char *path = folder_at(other_name);

    g_assert_cmpint(hr_output_is_same(one, other), ==, is_same);
    g_assert_cmpint(hr_output_goes_to(one, path), ==, is_same);
    hr_output_free(one);
    hr_output_free(other);
    g_free(path);
}

static void same_place_in_every_spelling(void)
{
    char *inner = folder_at("inner");
    char *real = folder_at("real");
    char *hard = folder_at("hard");

    g_assert_cmpint(g_mkdir(inner, 0777), ==, 0);
    folder_put_link("link", "real");
    folder_put_link("inner-link", "inner");
    /* while there is no file yet */
    assert_same("real", "./real", true);
    assert_same("real", "inner/../real", true);
    assert_same("real", "link", true);
    assert_same("inner/a", "inner-link/a", true);
    assert_same("real", "inner/real", false);
    assert_same("real", "Real", false);
    /* and with one */
    folder_put_file("real", "");
    g_assert_cmpint(link(real, hard), ==, 0);
    assert_same("real", "link", true);
    assert_same("real", "hard", true);
    assert_same("real", "inner/real", false);
    g_free(inner);
    g_free(real);
    g_free(hard);
}

static const folder_test tests[] = {
    {"/output/file/appears-when-whole", file_appears_when_it_is_whole},
    {"/output/file/replaced-each-time", file_is_replaced_each_time},
    {"/output/file/unfinished-leaves-nothing", unfinished_file_leaves_nothing},
    {"/output/file/in-use", file_in_use_is_known},
    {"/output/file/mode-follows-the-umask", mode_follows_the_umask},
    {"/output/file/folder-gone", folder_gone_is_an_error_of_that_time},
    {"/output/path/bad", bad_paths_are_refused},
    {"/output/path/read-only", read_only_places_are_refused},
    {"/output/path/links-are-followed", links_are_followed},
    {"/output/path/dangling-link", dangling_link_gets_its_target},
    {"/output/path/same-place", same_place_in_every_spelling},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder_add_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
