/* server_change_words.h
 * The rows of the table of changes (change_words.h) that ask a server, or who runs it, for something.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_SERVER_CHANGE_WORDS_H
#define HR_CORE_RESULT_SERVER_CHANGE_WORDS_H

#include "core/result/change_words.h"

/** The row of @change, which is asked of a server. */
const hr_change_words *hr_server_change_words_of(hr_change change);

#endif
