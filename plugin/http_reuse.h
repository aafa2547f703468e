/* http_reuse.h
 * The protocol's registration, called once each by plugin.c, and what its one preference that is no
 * number means; the others are core/model/settings.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HTTP_REUSE_H
#define HTTP_REUSE_H

#define HR_PREFERENCE_SUMMARY_TOOLTIP                                                              \
    "Adds an expert info with the capture's totals to the first frame, once the whole capture was" \
    " read (in the GUI, with -2 and in sharkd)."

void http_reuse_register(void);
void http_reuse_handoff(void);

#endif
