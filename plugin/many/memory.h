/* memory.h
 * How the program takes its memory from the system.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_MEMORY_H
#define HR_MANY_MEMORY_H

#include <stddef.h>

/** About @bytes will be needed, all until the end: asked for at once, in large pages. What is not
 * used takes none. Elsewhere than on Linux with glibc nothing happens. */
void hr_memory_expect(size_t bytes);

#endif
