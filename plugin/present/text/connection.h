/* connection.h
 * A connection in the text report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_CONNECTION_H
#define HR_PRESENT_TEXT_CONNECTION_H

#include "present/text/section.h"

/** Writes the block of @connection. */
void hr_text_write_connection(const hr_text_report *report, const hr_connection *connection);

#endif
