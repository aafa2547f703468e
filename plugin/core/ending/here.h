/* here.h
 * Which addresses are the capturing host's own: what they send goes out there, and what is sent to
 * them comes in. A host has several, and its programs ask from one what they are asked for at another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_HERE_H
#define HR_CORE_ENDING_HERE_H

#include "core/model/model.h"

/**
 * Sets is_here of all ends whose address is the capturing host's own, by which way packets went there,
 * or as one of its loopback. What a router sends on comes in as well, also where it translates the
 * other end's address: such an address is none. Where the capture does not say which way they went,
 * none is but loopback's.
 */
void hr_here_find(hr_model *model);

/** The host of @end, as far as that is known: hosts that are the same have the same name. */
const char *hr_here_host(const hr_tcp_end *end);

#endif
