/* ending.h
 * How a connection ended, as a part of its block in the text report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_ENDING_H
#define HR_PRESENT_TEXT_ENDING_H

#include "present/text/section.h"

/** Writes the lines that say how @connection ended. */
void hr_text_write_ending(const hr_text_report *report, const hr_connection *connection);

#endif
