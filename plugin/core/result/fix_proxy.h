/* fix_proxy.h
 * What a proxy has to change that opened connections to its upstream: in the words of its product, where
 * it names itself to its own clients, and never in those of a library.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FIX_PROXY_H
#define HR_CORE_RESULT_FIX_PROXY_H

#include "core/result/change_words.h"
#include "core/result/items.h"
#include "core/result/told.h"

/** Of @fix, all of whose connections are a proxy's, with the words @row of its change. */
void hr_append_proxy_advice(const hr_told *told, const hr_fix *fix, const hr_change_words *row);

#endif
