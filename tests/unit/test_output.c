/* test_output.c
 * Where an output goes, and that nothing half-written is ever there. Each test has a folder of
 * its own, which is empty again at its end but for what it names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the presenters only hr_core is a library, so that these come as source. */
#include "present/output/output.c"     // NOLINT(bugprone-suspicious-include)
#include "present/output/target.c"     // NOLINT(bugprone-suspicious-include)
#include "present/output/unfinished.c" // NOLINT(bugprone-suspicious-include)

/* ---- the folder ---- */

static char *folder;

static char *at(const char *name)
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

/* Removes what is there, and says how many files that were. */
static guint empty_folder(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name = NULL;
    guint count = 0;

    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = at(name);
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
    empty_folder();
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_clear_pointer(&folder, g_free);
}

static void put_file(const char *name, const char *text)
{
    char *path = at(name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(path);
}

static void put_link(const char *name, const char *to)
{
    char *path = at(name);
    g_assert_cmpint(symlink(to, path), ==, 0);
    g_free(path);
}

static void assert_file(const char *name, const char *text)
{
    char *path = at(name);
    char *found = NULL;

    g_assert_true(g_file_get_contents(path, &found, NULL, NULL));
    g_assert_cmpstr(found, ==, text);
    g_free(found);
    g_free(path);
}

static bool is_there(const char *name)
{
    char *path = at(name);
    const bool is_it = g_file_test(path, G_FILE_TEST_EXISTS);

    g_free(path);
    return is_it;
}

/* ---- outputs ---- */

static hr_output *open_path(const char *path)
{
    char *error = NULL;
    hr_output *output = hr_output_new(path, HR_OUTPUT_NEVER_WAIT, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(output);
    return output;
}

static hr_output *open_name(const char *name)
{
    char *path = at(name);
    hr_output *output = open_path(path);

    g_free(path);
    return output;
}

static void assert_not_opened(const char *path, int error_number)
{
    char *error = NULL;

    g_assert_null(hr_output_new(path, HR_OUTPUT_NEVER_WAIT, &error));
    g_assert_cmpstr(error, ==, g_strerror(error_number));
    g_free(error);
}

static void assert_name_not_opened(const char *name, int error_number)
{
    char *path = at(name);
    assert_not_opened(path, error_number);
    g_free(path);
}

static void write_text(hr_output *output, const char *text)
{
    char *error = NULL;
    FILE *stream = hr_output_begin(output, &error);

    g_assert_cmpstr(error, ==, NULL);
    fputs(text, stream);
    g_assert_true(hr_output_finish(output, &error));
    g_assert_cmpstr(error, ==, NULL);
}

static void write_in_vain(hr_output *output, size_t bytes, int error_number)
{
    char *error = NULL;
    FILE *stream = hr_output_begin(output, &error);

    g_assert_cmpstr(error, ==, NULL);
    for (size_t i = 0; i < bytes; i++) {
        (void)putc('x', stream);
    }
    g_assert_false(hr_output_finish(output, &error));
    g_assert_cmpstr(error, ==, g_strerror(error_number));
    g_free(error);
}

typedef void test_function(void);

static void run(void *unused, const void *function)
{
    (void)unused;
    (*(test_function *const *)function)();
}

/* ---- files ---- */

static void file_appears_when_it_is_whole(void)
{
    hr_output *output = open_name("out");
    char *error = NULL;

    g_assert_cmpuint(empty_folder(), ==, 0); /* also no file that it only tried */
    FILE *stream = hr_output_begin(output, &error);
    fputs("half", stream);
    fflush(stream);
    g_assert_false(is_there("out"));
    g_assert_true(hr_output_finish(output, &error));
    assert_file("out", "half");
    hr_output_free(output);
    g_assert_cmpuint(empty_folder(), ==, 1);
}

static void file_is_replaced_each_time(void)
{
    put_file("out", "before");
    hr_output *output = open_name("out");

    assert_file("out", "before");
    write_text(output, "first load");
    assert_file("out", "first load");
    write_text(output, "second");
    assert_file("out", "second");
    hr_output_free(output);
    g_assert_cmpuint(empty_folder(), ==, 1);
}

static void unfinished_file_leaves_nothing(void)
{
    put_file("out", "before");
    hr_output *output = open_name("out");
    char *error = NULL;

    fputs("half", hr_output_begin(output, &error));
    hr_output_free(output);
    assert_file("out", "before");
    g_assert_cmpuint(empty_folder(), ==, 1);
}

/* In a child, and in vain: writes half a file with a name or without, and gets @number. */
static int end_while_writing(bool has_name, int number)
{
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        char *path = at("out");
        hr_unfinished *file = g_new0(hr_unfinished, 1);
        file->path = path;
        const int descriptor = has_name ? open_with_name(file) : open_without_name(file);
        file->stream = fdopen(descriptor, "w");
        hr_unfinished_heed_signals();
        fputs("half", file->stream);
        fflush(file->stream);
        (void)raise(number);
        _Exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void signal_leaves_nothing(void)
{
    g_assert_cmpint(end_while_writing(true, SIGTERM), ==, SIGTERM);
    g_assert_cmpint(end_while_writing(true, SIGINT), ==, SIGINT);
    g_assert_cmpuint(empty_folder(), ==, 0);
#ifdef O_TMPFILE
    g_assert_cmpint(end_while_writing(false, SIGKILL), ==, SIGKILL);
    g_assert_cmpuint(empty_folder(), ==, 0);
#endif
}

/* Where the file system has none without a name. */
static void file_with_a_name_is_placed_as_well(void)
{
    hr_unfinished *file = g_new0(hr_unfinished, 1);

    put_file("out", "before");
    file->path = at("out");
    file->stream = fdopen(open_with_name(file), "w");
    fputs("after", file->stream);
    assert_file("out", "before");
    g_assert_true(hr_unfinished_place(file));
    assert_file("out", "after");
    g_assert_cmpuint(empty_folder(), ==, 1);
}

static void file_in_use_is_known(void)
{
    put_file("in", "");
    char *path = at("in");
    hr_output *output = open_path(path);

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
    hr_output *output = open_name("out");
    char *path = at("out");
    GStatBuf status;

    write_text(output, "x");
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0640);
    umask(before);
    hr_output_free(output);
    g_free(path);
}

static void folder_gone_is_an_error_of_that_time(void)
{
    char *inner = at("inner");
    char *error = NULL;

    g_assert_cmpint(g_mkdir(inner, 0777), ==, 0);
    hr_output *output = open_name("inner/out");
    g_assert_cmpint(g_rmdir(inner), ==, 0);
    g_assert_null(hr_output_begin(output, &error));
    g_assert_cmpstr(error, ==, g_strerror(ENOENT));
    g_free(error);
    hr_output_free(output);
    g_free(inner);
}

static void bad_paths_are_refused(void)
{
    put_link("loop", "loop");
    put_file("file", "");
    assert_name_not_opened("no/out", ENOENT);
    assert_name_not_opened("file/out", ENOTDIR);
    assert_name_not_opened("loop", ELOOP);
    assert_name_not_opened(".", EISDIR);
    assert_name_not_opened("file/", EISDIR);
    assert_not_opened("/", EISDIR);
}

static void read_only_places_are_refused(void)
{
    char *path = at("out");

    if (geteuid() == 0) {
        g_test_skip("root may write everywhere");
    } else {
        put_file("out", "before");
        g_assert_cmpint(g_chmod(path, 0444), ==, 0);
        assert_not_opened(path, EACCES);
        g_assert_cmpint(g_remove(path), ==, 0);
        g_assert_cmpint(g_chmod(folder, 0555), ==, 0);
        assert_not_opened(path, EACCES);
        g_assert_cmpint(g_chmod(folder, 0777), ==, 0);
    }
    g_free(path);
}

/* ---- links, and two ways to one place ---- */

static void links_are_followed(void)
{
    put_file("real", "before");
    put_link("link", "real");
    put_link("chain", "link");
    hr_output *output = open_name("chain");

    write_text(output, "after");
    assert_file("real", "after");
    hr_output_free(output);
    g_assert_cmpuint(empty_folder(), ==, 3);
}

static void dangling_link_gets_its_target(void)
{
    put_link("link", "real");
    hr_output *output = open_name("link");

    write_text(output, "x");
    assert_file("real", "x");
    hr_output_free(output);
}

static void assert_same(const char *one_name, const char *other_name, bool is_same)
{
    hr_output *one = open_name(one_name);
    hr_output *other = open_name(other_name);
    char *path = at(other_name);

    g_assert_cmpint(hr_output_is_same(one, other), ==, is_same);
    g_assert_cmpint(hr_output_goes_to(one, path), ==, is_same);
    hr_output_free(one);
    hr_output_free(other);
    g_free(path);
}

static void same_place_in_every_spelling(void)
{
    char *inner = at("inner");
    char *real = at("real");
    char *hard = at("hard");

    g_assert_cmpint(g_mkdir(inner, 0777), ==, 0);
    put_link("link", "real");
    put_link("inner-link", "inner");
    /* while there is no file yet */
    assert_same("real", "./real", true);
    assert_same("real", "inner/../real", true);
    assert_same("real", "link", true);
    assert_same("inner/a", "inner-link/a", true);
    assert_same("real", "inner/real", false);
    assert_same("real", "Real", false);
    /* and with one */
    put_file("real", "");
    g_assert_cmpint(link(real, hard), ==, 0);
    assert_same("real", "link", true);
    assert_same("real", "hard", true);
    assert_same("real", "inner/real", false);
    g_free(inner);
    g_free(real);
    g_free(hard);
}

/* ---- what is written through ---- */

static void standard_output_has_many_names(void)
{
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    hr_output *first = open_path(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        hr_output *other = open_path(names[i]);
        g_assert_true(hr_output_is_stdout(other));
        g_assert_true(hr_output_is_same(first, other));
        hr_output_free(other);
    }
    hr_output_free(first);
}

static void null_device_takes_everything(void)
{
    hr_output *one = open_path("/dev/null");
    hr_output *other = open_path("/dev/null");

    g_assert_false(hr_output_is_same(one, other));
    hr_output_free(one);
    hr_output_free(other);
}

/* To rename a file onto it would take away what was printed there. */
static void file_that_is_standard_output(void)
{
    char *path = at("out");
    const int saved = dup(STDOUT_FILENO);

    (void)fflush(stdout);
    const int file = g_open(path, O_WRONLY | O_CREAT, 0666);
    g_assert_cmpint(dup2(file, STDOUT_FILENO), ==, STDOUT_FILENO);
    hr_output *output = open_path(path);
    const bool is_stdout = hr_output_is_stdout(output);
    printf("printed, ");
    write_text(output, "written");
    g_assert_cmpint(dup2(saved, STDOUT_FILENO), ==, STDOUT_FILENO);
    g_assert_true(is_stdout);
    assert_file("out", "printed, written");
    hr_output_free(output);
    close(saved);
    close(file);
    g_free(path);
}

static void descriptor_is_written_through(void)
{
    char *path = at("out");
    const int file = g_open(path, O_WRONLY | O_CREAT, 0666);
    char *name = g_strdup_printf("/dev/fd/%d", file);

    g_assert_cmpint(write(file, "a", 1), ==, 1);
    put_link("link", name);
    hr_output *output = open_name("link");
    write_text(output, "b");
    write_text(output, "c");
    hr_output_free(output);
    g_assert_cmpint(write(file, "d", 1), ==, 1); /* ours is still open */
    assert_file("out", "abcd");
    close(file);
    assert_not_opened(name, EBADF);
    g_free(name);
    g_free(path);
}

static void descriptor_for_reading_is_refused(void)
{
    put_file("in", "");
    char *path = at("in");
    const int file = g_open(path, O_RDONLY, 0);
    char *name = g_strdup_printf("/dev/fd/%d", file);

    assert_not_opened(name, EBADF);
    close(file);
    g_free(name);
    g_free(path);
}

static void fifo_is_written_through(void)
{
    char *path = at("fifo");
    char text[8] = "";

    g_assert_cmpint(mkfifo(path, 0666), ==, 0);
    assert_not_opened(path, ENXIO); /* nobody reads it */
    const int reader = g_open(path, O_RDONLY | O_NONBLOCK, 0);
    hr_output *output = open_path(path);
    write_text(output, "line\n");
    g_assert_cmpint(read(reader, text, sizeof(text)), ==, 5);
    g_assert_cmpstr(text, ==, "line\n");
    close(reader);
    write_in_vain(output, 1, EPIPE);
    hr_output_free(output);
    g_free(path);
}

static void full_device_is_an_error(void)
{
    if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
        g_test_skip("no /dev/full here");
        return;
    }
    hr_output *output = open_path("/dev/full");

    write_in_vain(output, 1, ENOSPC);
    write_in_vain(output, 100000, ENOSPC); /* fails long before the end */
    hr_output_free(output);
}

static const struct {
    const char *path;
    test_function *function;
} tests[] = {
    {"/output/file/appears-when-whole", file_appears_when_it_is_whole},
    {"/output/file/replaced-each-time", file_is_replaced_each_time},
    {"/output/file/unfinished-leaves-nothing", unfinished_file_leaves_nothing},
    {"/output/file/signal-leaves-nothing", signal_leaves_nothing},
    {"/output/file/with-a-name", file_with_a_name_is_placed_as_well},
    {"/output/file/in-use", file_in_use_is_known},
    {"/output/file/mode-follows-the-umask", mode_follows_the_umask},
    {"/output/file/folder-gone", folder_gone_is_an_error_of_that_time},
    {"/output/path/bad", bad_paths_are_refused},
    {"/output/path/read-only", read_only_places_are_refused},
    {"/output/path/links-are-followed", links_are_followed},
    {"/output/path/dangling-link", dangling_link_gets_its_target},
    {"/output/path/same-place", same_place_in_every_spelling},
    {"/output/through/standard-output", standard_output_has_many_names},
    {"/output/through/null-device", null_device_takes_everything},
    {"/output/through/file-that-is-standard-output", file_that_is_standard_output},
    {"/output/through/descriptor", descriptor_is_written_through},
    {"/output/through/descriptor-for-reading", descriptor_for_reading_is_refused},
    {"/output/through/fifo", fifo_is_written_through},
    {"/output/through/full-device", full_device_is_an_error},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* as epan_init() does */
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_test_add_vtable(tests[i].path, 0, &tests[i].function, make_folder, run, remove_folder);
    }
    return g_test_run();
}
