/* told.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/told.h"

#include <string.h>

void hr_tell_source(const hr_told *told, const char *source)
{
    if (source == NULL || told->sources == NULL || strstr(told->sources->str, source) != NULL) {
        return;
    }
    g_string_append_printf(told->sources, "%s%s", told->sources->len > 0 ? "; " : "", source);
}

void hr_tell(const hr_told *told, const char *text, const char *source)
{
    g_string_append(told->text, text);
    hr_tell_source(told, source);
}
