/* compat.h
 * The only file that tests Wireshark's version. One source builds on 4.0, 4.2, 4.4 and 4.6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_COMPAT_H
#define HR_COMPAT_H

#include <wireshark.h>

#include <epan/proto.h>
#include <ws_version.h>

#define HR_WIRESHARK_AT_LEAST(major, minor)                                                        \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Boolean preferences are bool from 4.4, gboolean before. */
#if HR_WIRESHARK_AT_LEAST(4, 4)
#include <stdbool.h>
typedef bool hr_pref_bool;
#else
typedef gboolean hr_pref_bool;
#endif

/* field_info.value is a pointer from 4.4, a member before. */
static inline uint32_t hr_field_uint(const field_info *field)
{
#if HR_WIRESHARK_AT_LEAST(4, 4)
    return fvalue_get_uinteger(field->value);
#else
    return fvalue_get_uinteger((fvalue_t *)&field->value);
#endif
}

/* The init callback of a -z option's user interface returns bool from 4.6. */
#if HR_WIRESHARK_AT_LEAST(4, 6)
#define HR_STAT_INIT_RESULT bool
#define HR_STAT_INIT_RETURN return true
#else
#define HR_STAT_INIT_RESULT void
#define HR_STAT_INIT_RETURN return
#endif

#endif
