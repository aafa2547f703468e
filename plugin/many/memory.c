/* memory.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): madvise
#endif
#include "many/memory.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#endif

#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)

/* Of x86-64, and a multiple of all smaller ones. */
#define LARGE_PAGE ((uintptr_t)2 << 20)

/* The heap grows by it and keeps it, so that what is allocated after this lies in it. */
void hr_memory_expect(size_t bytes)
{
    if (bytes < 4 * LARGE_PAGE) {
        return;
    }
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
    char *begin = malloc(bytes);
    if (begin != NULL) {
        char *first = begin + (LARGE_PAGE - (uintptr_t)begin % LARGE_PAGE);
        const size_t length = (size_t)(begin + bytes - first) / LARGE_PAGE * LARGE_PAGE;
        (void)madvise(first, length, MADV_HUGEPAGE);
    }
    free(begin);
}

#else

void hr_memory_expect(size_t bytes)
{
    (void)bytes;
}

#endif
