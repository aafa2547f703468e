/* settings.c
 * What is done with each setting alike.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/settings.h"

hr_settings hr_settings_default(void)
{
    return (hr_settings){
#define HR_SETTING_INITIAL(kind, member, preference, unit, initial, ...)                           \
    .member = (initial) * (unit),
        HR_SETTINGS(HR_SETTING_INITIAL)
#undef HR_SETTING_INITIAL
    };
}

bool hr_settings_are_equal(const hr_settings *a, const hr_settings *b)
{
#define HR_SETTING_IS_EQUAL(kind, member, ...) a->member == b->member &&
    return HR_SETTINGS(HR_SETTING_IS_EQUAL) true;
#undef HR_SETTING_IS_EQUAL
}
