/* literal.h
 * Addresses of IPv6 as people write them: of the many texts of one address, the one that RFC 5952
 * recommends. Names and addresses of IPv4 have one text but for its case.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_LITERAL_H
#define HR_CORE_MODEL_LITERAL_H

#include "core/model/model.h"

enum {
    HR_IPV6_TEXT_SIZE = 46 /* the longest, and its NUL: RFC 3493 section 6.3 */
};

/** Writes the address that the @length characters of @text are, without brackets and zone, as RFC 5952
 * has it; returns whether they are one. */
bool hr_ipv6_text(const char *text, size_t length, char canonical[HR_IPV6_TEXT_SIZE]);

#endif
