/* test_unfinished.c
 * A file that is being written, with a name or without: nothing of it stays unless it is whole.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
/* For both ways to make one: which of them a file system has is not for a test to choose. */
#include "present/output/unfinished.c" // NOLINT(bugprone-suspicious-include)

/* In a child, and in vain: writes half a file with a name or without, and gets @number. */
static int end_while_writing(bool has_name, int number)
{
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        char *path = folder_at("out");
        hr_unfinished *file = g_new0(hr_unfinished, 1);
        file->path = path;
        const int descriptor = has_name ? open_with_name(file) : open_without_name(file);
        file->stream = fdopen(descriptor, "w");
        (void)signal(number, SIG_DFL); /* who runs tests in the background may have them ignored */
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
    g_assert_cmpuint(folder_empty(), ==, 0);
#ifdef O_TMPFILE
    g_assert_cmpint(end_while_writing(false, SIGKILL), ==, SIGKILL);
    g_assert_cmpuint(folder_empty(), ==, 0);
#endif
}

/* Where the file system has none without a name. */
static void file_with_a_name_is_placed_as_well(void)
{
    hr_unfinished *file = g_new0(hr_unfinished, 1);

    folder_put_file("out", "before");
    file->path = folder_at("out");
    file->stream = fdopen(open_with_name(file), "w");
    fputs("after", file->stream);
    folder_assert_file("out", "before");
    g_assert_true(hr_unfinished_place(file));
    folder_assert_file("out", "after");
    g_assert_cmpuint(folder_empty(), ==, 1);
}

static const folder_test tests[] = {
    {"/unfinished/signal-leaves-nothing", signal_leaves_nothing},
    {"/unfinished/with-a-name", file_with_a_name_is_placed_as_well},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder_add_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
