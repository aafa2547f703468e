/* literal.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/literal.h"

#include <string.h>

enum {
    GROUPS = 8,        /* RFC 4291 section 2.2 */
    GROUP_DIGITS = 4,  /* of each, at most */
    MAPPED_GROUPS = 6, /* before an address of IPv4 */
    MAPPED = 0xffff,   /* ... in the last of which it says so: RFC 4291 section 2.5.5.2 */
    OCTETS = 4,
    OCTET_DIGITS = 3,
    OCTET_MAX = 255,
};

/* What of the text is left, and the groups that were read. */
typedef struct {
    const char *at, *end;
    uint16_t groups[GROUPS];
    unsigned count;
    int gap; /* the "::" stands before this one; -1: nowhere */
} reading;

static bool begins_with(const reading *the, const char *text)
{
    const size_t length = strlen(text);

    return (size_t)(the->end - the->at) >= length && memcmp(the->at, text, length) == 0;
}

/* Up to @most digits of that base; -1 where there is none. */
static int take_number(reading *the, unsigned base, unsigned most)
{
    int number = 0;
    unsigned digits = 0;

    for (; digits < most && the->at < the->end; digits++, the->at++) {
        const int digit = g_ascii_xdigit_value(*the->at);
        if (digit < 0 || (unsigned)digit >= base) {
            break;
        }
        number = number * (int)base + digit;
    }
    return digits > 0 ? number : -1;
}

/* The last two groups, as an address of IPv4. */
static bool take_octets(reading *the)
{
    uint32_t address = 0;

    for (unsigned octet = 0; octet < OCTETS; octet++) {
        if (octet > 0 && !begins_with(the, ".")) {
            return false;
        }
        the->at += octet > 0 ? 1 : 0;
        const int number = take_number(the, 10, OCTET_DIGITS);
        if (number < 0 || number > OCTET_MAX) {
            return false;
        }
        address = address << 8 | (uint32_t)number;
    }
    the->groups[the->count++] = (uint16_t)(address >> 16);
    the->groups[the->count++] = (uint16_t)address;
    return the->at == the->end;
}

static bool take_group(reading *the)
{
    const char *begin = the->at;
    const int group = the->count < GROUPS ? take_number(the, 16, GROUP_DIGITS) : -1;

    if (group >= 0 && begins_with(the, ".")) {
        the->at = begin;
        return the->count <= MAPPED_GROUPS && take_octets(the);
    }
    if (group >= 0) {
        the->groups[the->count++] = (uint16_t)group;
    }
    return group >= 0;
}

static bool take_groups(reading *the)
{
    while (the->at < the->end) {
        if (begins_with(the, "::")) {
            if (the->gap >= 0) {
                return false;
            }
            the->gap = (int)the->count;
            the->at += 2;
            if (the->at == the->end) {
                return true;
            }
        } else if (the->count > 0) {
            if (!begins_with(the, ":")) {
                return false;
            }
            the->at++;
        }
        if (!take_group(the)) {
            return false;
        }
    }
    return true;
}

/* The zeros of the "::" at their place. */
static bool fill_gap(reading *the)
{
    if (the->gap < 0) {
        return the->count == GROUPS;
    }
    const unsigned behind = the->count - (unsigned)the->gap;
    uint16_t *gap = the->groups + the->gap;
    const unsigned zeros = GROUPS - the->count;

    memmove(gap + zeros, gap, behind * sizeof(*gap));
    memset(gap, 0, zeros * sizeof(*gap));
    return zeros > 0;
}

/* The longest run of zeros, the first of several, if it is of two groups or more: its place, or
 * GROUPS; section 4.2. */
static unsigned longest_run(const uint16_t *groups, unsigned *longest)
{
    unsigned place = GROUPS;
    unsigned run = 0;

    *longest = 1;
    for (unsigned i = 0; i < GROUPS; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > *longest) {
            *longest = run;
            place = i + 1 - run;
        }
    }
    return place;
}

static bool is_mapped(const uint16_t *groups)
{
    unsigned zeros = 0;

    while (zeros < MAPPED_GROUPS && groups[zeros] == 0) {
        zeros++;
    }
    return zeros == MAPPED_GROUPS - 1 && groups[zeros] == MAPPED;
}

bool hr_ipv6_text(const char *text, size_t length, char canonical[HR_IPV6_TEXT_SIZE])
{
    reading the = {.at = text, .end = text + length, .gap = -1};
    unsigned longest = 0;
    char *to = canonical;

    if (!take_groups(&the) || !fill_gap(&the)) {
        return false;
    }
    if (is_mapped(the.groups)) {
        const uint16_t *last = the.groups + MAPPED_GROUPS;
        g_snprintf(canonical, HR_IPV6_TEXT_SIZE, "::ffff:%u.%u.%u.%u", last[0] >> 8,
                   last[0] & OCTET_MAX, last[1] >> 8, last[1] & OCTET_MAX);
        return true;
    }
    const unsigned run = longest_run(the.groups, &longest);
    *to = '\0';
    for (unsigned i = 0; i < GROUPS; i++) {
        const gulong left = (gulong)(canonical + HR_IPV6_TEXT_SIZE - to);
        if (i == run) {
            to += g_snprintf(to, left, "::");
            i += longest - 1;
        } else {
            to += g_snprintf(to, left, "%s%x", i > 0 && to[-1] != ':' ? ":" : "", the.groups[i]);
        }
    }
    return true;
}
