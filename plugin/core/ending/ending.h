/* ending.h
 * Why connections ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_ENDING_H
#define HR_CORE_ENDING_ENDING_H

#include "core/ending/origins.h"

/** Decides the cause of every connection in scope. */
void hr_endings_decide(hr_facts *facts);

/**
 * Whether the client reset @connection, with nothing outstanding, after an answer of which bytes
 * can have stayed unread: the kernel resets for these. A program that ends leaves a FIN else.
 */
bool hr_ending_left_unread(const hr_connection *connection);

#endif
