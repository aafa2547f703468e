/* source.h
 * Where the packets come from, in the words of whoever opened it. No interface of Wireshark for
 * dissectors tells that: in tshark its command line does, in the GUI plugin_if.h. sharkd, which
 * writes no outputs, tells nobody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_SOURCE_H
#define HR_PRESENT_SOURCE_H

#include "core/model/model.h"

/** Tells @model where its packets come from, as far as that is known by now. */
void hr_source_tell(hr_model *model);

#endif
