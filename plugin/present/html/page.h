/* page.h
 * The sources of the page, page/ *.html, *.css and *.js, as the build embeds them
 * (cmake/embed.cmake).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_HTML_PAGE_H
#define HR_PRESENT_HTML_PAGE_H

extern const char hr_page_template[]; /**< page.html */
extern const char hr_page_style[];    /**< page.css */
extern const char hr_page_script[];   /**< the scripts, one after the other */

#endif
