/* outputs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "outputs.h"

hr_output *outputs_open(const char *path)
{
    char *error = NULL;
    hr_output *output = hr_output_new(path, HR_OUTPUT_NEVER_WAIT, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(output);
    return output;
}

hr_output *outputs_open_name(const char *name)
{
    char *path = folder_at(name);
    hr_output *output = outputs_open(path);

    g_free(path);
    return output;
}

void outputs_assert_refused(const char *path, int error_number)
{
    char *error = NULL;

    g_assert_null(hr_output_new(path, HR_OUTPUT_NEVER_WAIT, &error));
    g_assert_cmpstr(error, ==, g_strerror(error_number));
    g_free(error);
}

void outputs_assert_name_refused(const char *name, int error_number)
{
    char *path = folder_at(name);
    outputs_assert_refused(path, error_number);
    g_free(path);
}

void outputs_write(hr_output *output, const char *text)
{
    char *error = NULL;
    FILE *stream = hr_output_begin(output, &error);

    g_assert_cmpstr(error, ==, NULL);
    fputs(text, stream);
    g_assert_true(hr_output_finish(output, &error));
    g_assert_cmpstr(error, ==, NULL);
}

void outputs_write_in_vain(hr_output *output, size_t bytes, int error_number)
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
