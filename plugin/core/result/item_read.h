/* item_read.h
 * What an item's connections tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ITEM_READ_H
#define HR_CORE_RESULT_ITEM_READ_H

#include "core/result/items.h"
#include "core/result/servers.h"

/** Sorts the connections of @fix, each once, and fills what the words depend on. Where they carried
 * nothing, @of_origin, those of its origin, say who asks and answers. */
void hr_item_read(hr_fix *fix, const hr_settings *settings, const hr_servers *servers,
                  const GPtrArray *of_origin);

#endif
