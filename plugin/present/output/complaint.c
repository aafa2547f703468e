/* complaint.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/complaint.h"

#include <glib.h>
#include <string.h>

#include "core/model/printable.h"

char *hr_complaint(const char *what, const char *reason)
{
    GString *line = g_string_new(NULL);

    hr_printable_append(line, what, strlen(what));
    g_string_append(line, ": ");
    hr_printable_append(line, reason, strlen(reason));
    return g_string_free(line, FALSE);
}
