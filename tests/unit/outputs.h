/* outputs.h
 * What tests do with an output: it is opened or refused, written or written in vain. Names are
 * those of the test's folder.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_OUTPUTS_H
#define HR_TESTS_OUTPUTS_H

#include "folder.h"
#include "present/output/output.h"

hr_output *outputs_open(const char *path);
hr_output *outputs_open_name(const char *name);

void outputs_assert_refused(const char *path, int error_number);
void outputs_assert_name_refused(const char *name, int error_number);

void outputs_write(hr_output *output, const char *text);

/** So many bytes, and @error_number is the reason why they did not get there. */
void outputs_write_in_vain(hr_output *output, size_t bytes, int error_number);

#endif
