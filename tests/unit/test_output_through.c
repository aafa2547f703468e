/* test_output_through.c
 * What no output replaces, but writes through: standard output under all its names, descriptors,
 * FIFOs and devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs.h"

static void standard_output_has_many_names(void)
{
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    hr_output *first = outputs_open(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        hr_output *other = outputs_open(names[i]);
        g_assert_true(hr_output_is_stdout(other));
        g_assert_true(hr_output_is_same(first, other));
        hr_output_free(other);
    }
    hr_output_free(first);
}

static void null_device_takes_everything(void)
{
    hr_output *one = outputs_open("/dev/null");
    hr_output *other = outputs_open("/dev/null");

    g_assert_false(hr_output_is_same(one, other));
    hr_output_free(one);
    hr_output_free(other);
}

/* To rename a file onto it would take away what was printed there. */
static void file_that_is_standard_output(void)
{
    char *path = folder_at("out");
    const int saved = dup(STDOUT_FILENO);

    (void)fflush(stdout);
    const int file = g_open(path, O_WRONLY | O_CREAT, 0666);
    g_assert_cmpint(dup2(file, STDOUT_FILENO), ==, STDOUT_FILENO);
    hr_output *output = outputs_open(path);
    const bool is_stdout = hr_output_is_stdout(output);
    printf("printed, ");
    outputs_write(output, "written");
    g_assert_cmpint(dup2(saved, STDOUT_FILENO), ==, STDOUT_FILENO);
    g_assert_true(is_stdout);
    folder_assert_file("out", "printed, written");
    hr_output_free(output);
    close(saved);
    close(file);
    g_free(path);
}

static void descriptor_is_written_through(void)
{
    char *path = folder_at("out");
    const int file = g_open(path, O_WRONLY | O_CREAT, 0666);
    char *name = g_strdup_printf("/dev/fd/%d", file);

    g_assert_cmpint(write(file, "a", 1), ==, 1);
    folder_put_link("link", name);
    hr_output *output = outputs_open_name("link");
    outputs_write(output, "b");
    outputs_write(output, "c");
    hr_output_free(output);
    g_assert_cmpint(write(file, "d", 1), ==, 1); /* ours is still open */
    folder_assert_file("out", "abcd");
    close(file);
    outputs_assert_refused(name, EBADF);
    g_free(name);
    g_free(path);
}

static void descriptor_for_reading_is_refused(void)
{
    folder_put_file("in", "");
    char *path = folder_at("in");
    const int file = g_open(path, O_RDONLY, 0);
    char *name = g_strdup_printf("/dev/fd/%d", file);

    outputs_assert_refused(name, EBADF);
    close(file);
    g_free(name);
    g_free(path);
}

static void fifo_is_written_through(void)
{
    char *path = folder_at("fifo");
    char text[8] = "";

    g_assert_cmpint(mkfifo(path, 0666), ==, 0);
    outputs_assert_refused(path, ENXIO); /* nobody reads it */
    const int reader = g_open(path, O_RDONLY | O_NONBLOCK, 0);
    hr_output *output = outputs_open(path);
    outputs_write(output, "line\n");
    g_assert_cmpint(read(reader, text, sizeof(text)), ==, 5);
    g_assert_cmpstr(text, ==, "line\n");
    close(reader);
    outputs_write_in_vain(output, 1, EPIPE);
    hr_output_free(output);
    g_free(path);
}

static void full_device_is_an_error(void)
{
    if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
        g_test_skip("no /dev/full here");
        return;
    }
    hr_output *output = outputs_open("/dev/full");

    outputs_write_in_vain(output, 1, ENOSPC);
    outputs_write_in_vain(output, 100000, ENOSPC); /* fails long before the end */
    hr_output_free(output);
}

static const folder_test tests[] = {
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
    folder_add_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
