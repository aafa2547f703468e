/* http_reuse.h
 * The one session: the model of the file that is open. Only http_reuse.c knows both sides,
 * observers and presenters; this is what it lends to presenters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HTTP_REUSE_H
#define HTTP_REUSE_H

#include "core/model/model.h"
#include "core/result/analysis.h"

/** The model of the open file, or NULL while no file is open. Owned by the session. */
const hr_model *hr_session_model(void);

/**
 * The analysis of all frames observed so far, or NULL while no file is open. It is made anew
 * when frames came since. Owned by the session, valid until the next frame.
 */
const hr_analysis *hr_session_analysis(void);

/** The protocol's registration, called once each by plugin.c. */
void http_reuse_register(void);
void http_reuse_handoff(void);

#endif
