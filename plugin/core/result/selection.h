/* selection.h
 * The facts of one client or server, as a person names it: an address or a server's name, with or
 * without a port. It judges nothing anew.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_SELECTION_H
#define HR_CORE_RESULT_SELECTION_H

#include "core/ending/origins.h"

/**
 * Of @whole the origins of @who and their connections, which are also added to the set
 * @connections. The facts borrow all else from @whole; free them with hr_selected_facts_free().
 */
hr_facts *hr_facts_select(const hr_facts *whole, const char *who, GHashTable *connections);
void hr_selected_facts_free(hr_facts *part);

#endif
