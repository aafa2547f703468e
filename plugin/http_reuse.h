/* http_reuse.h
 * The protocol's registration, called once each by plugin.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HTTP_REUSE_H
#define HTTP_REUSE_H

void http_reuse_register(void);
void http_reuse_handoff(void);

#endif
