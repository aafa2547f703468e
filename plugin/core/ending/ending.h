/* ending.h
 * Why connections ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_ENDING_H
#define HR_CORE_ENDING_ENDING_H

#include "core/ending/origins.h"

/** Fills what each connection's own packets say: who ended it first, when, after which idle. */
void hr_endings_prepare(hr_model *model);

/** Decides the cause of every connection in scope. */
void hr_endings_decide(hr_facts *facts);

/** The request that was outstanding at the first FIN or RST, the oldest one, or NULL. */
hr_request *hr_ending_outstanding_request(const hr_connection *connection);

/** Whether @request was outstanding at its connection's first FIN or RST, or is without one. */
bool hr_ending_left_outstanding(const hr_request *request);

/**
 * Whether the client reset @connection, with nothing outstanding, after an answer of which bytes can
 * have stayed unread: the kernel resets for these. A program that ends leaves a FIN else.
 */
bool hr_ending_left_unread(const hr_connection *connection);

#endif
