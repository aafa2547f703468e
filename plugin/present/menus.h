/* menus.h
 * What the plugin adds to the GUI's menus: Tools > HTTP Reuse report, and "HTTP connection" among
 * the conversation filters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_MENUS_H
#define HR_PRESENT_MENUS_H

/** To be called once, in the handoff routine. */
void hr_menus_register(void);

#endif
