/* pinned.c
 * Wireshark's hash maps and ours multiply by a number that is another one in each run. With this in
 * LD_PRELOAD it is the same one, and counts of instructions repeat.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

guint32 g_random_int(void)
{
    return 0x9e3779b1;
}
