/* fields.h
 * The arguments of events as fields of a log, for both ways: hr_field_KIND() for each kind of
 * table.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_FIELDS_H
#define HR_EVENTS_FIELDS_H

#include "events/coder.h"
#include "events/table.h"

// NOLINTNEXTLINE(bugprone-macro-parentheses): a type cannot have them
#define HR_DECLARE(kind, type) void hr_field_##kind(hr_coder *coder, type *value);
HR_EVENT_KINDS(HR_DECLARE, HR_DECLARE)
#undef HR_DECLARE

/** The model's settings, which the judgement depends on. */
void hr_field_settings(hr_coder *coder, hr_settings *settings);

#endif
