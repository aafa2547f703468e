/* bytes.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/bytes.h"

#include <string.h>

/* The largest window there is (RFC 7323 §2.3): nothing can lie further ahead. */
#define MAX_WINDOW (UINT64_C(1) << 30)

/* How far the other end's ACKs may be ahead of a SYN that is captured behind them, and tell of its
 * connection: those of an older one on the same ports stand anywhere. */
#define ACKED_BEFORE_SYN_MAX (1u << 20)

void hr_bytes_clear(hr_bytes *bytes)
{
    g_free(bytes->seldom);
    memset(bytes, 0, sizeof(*bytes));
}

hr_bytes_seldom *hr_bytes_seldom_of(hr_bytes *bytes)
{
    if (bytes->seldom == NULL) {
        bytes->seldom = g_new0(hr_bytes_seldom, 1);
    }
    return bytes->seldom;
}

void hr_bytes_assign(hr_bytes *to, const hr_bytes *from)
{
    hr_bytes_seldom *seldom = to->seldom;

    *to = *from;
    to->seldom = seldom;
    if (from->seldom != NULL) {
        *hr_bytes_seldom_of(to) = *from->seldom;
    } else if (seldom != NULL) {
        *seldom = (hr_bytes_seldom){0};
    }
}

bool hr_bytes_is_known(const hr_bytes *bytes)
{
    return bytes->sent != 0;
}

bool hr_bytes_isn(const hr_bytes *bytes, uint32_t *isn)
{
    *isn = bytes->seq - (uint32_t)(bytes->sent - HR_POSITION_START) - 1;
    return bytes->is_from_start;
}

static void clear_but_disorder(hr_bytes *bytes)
{
    const uint32_t disorder = hr_bytes_disorder(bytes);

    hr_bytes_clear(bytes);
    if (disorder > 0) {
        hr_bytes_seldom_of(bytes)->disorder = disorder;
    }
}

void hr_bytes_forget_guess(hr_bytes *bytes)
{
    if (bytes->captured == 0 && !bytes->is_from_start) {
        clear_but_disorder(bytes);
    }
}

void hr_bytes_begin(hr_bytes *bytes, uint32_t seq, bool is_syn)
{
    if (bytes->sent != 0 && (!is_syn || bytes->captured > 0 || bytes->is_from_start)) {
        return;
    }
    const uint32_t ahead = bytes->seq + (uint32_t)(bytes->acked - bytes->sent) - seq;
    const bool is_ahead = bytes->sent != 0 && ahead <= ACKED_BEFORE_SYN_MAX;
    clear_but_disorder(bytes);
    bytes->sent = bytes->acked = HR_POSITION_START;
    bytes->acked += is_ahead ? ahead : 0;
    bytes->seq = seq;
    bytes->is_from_start = is_syn;
}

uint64_t hr_bytes_position(const hr_bytes *bytes, uint32_t seq)
{
    const uint64_t near = hr_bytes_end(bytes);
    const uint32_t near_seq = bytes->seq + (uint32_t)(near - bytes->sent);
    return near + (uint64_t)(int64_t)(int32_t)(seq - near_seq);
}

/* Whether a segment at @position can belong to this connection, and is no stray of an older one on
 * the same ports. */
static bool is_plausible(const hr_bytes *bytes, uint64_t position)
{
    /* Below the first byte there is nothing, but a probe stands one before it. */
    const uint64_t first = bytes->is_from_start ? HR_POSITION_START - 1 : 0;
    return position >= first && position <= hr_bytes_end(bytes) + MAX_WINDOW;
}

static void remove_hole(hr_bytes_seldom *seldom, unsigned index)
{
    seldom->hole_count--;
    memmove(&seldom->holes[index], &seldom->holes[index + 1],
            (seldom->hole_count - index) * sizeof(hr_range));
}

/* Opens [begin, end) above all other holes. */
static void add_hole(hr_bytes *bytes, uint64_t begin, uint64_t end)
{
    hr_bytes_seldom *seldom = hr_bytes_seldom_of(bytes);

    if (seldom->hole_count == HR_HOLES) {
        seldom->holes[HR_HOLES - 1].end = end;
    } else {
        seldom->holes[seldom->hole_count++] = (hr_range){begin, end};
    }
}

/* Cuts [begin, end) out of the hole at *index, which moves to the next one. */
static uint32_t fill_hole(hr_bytes_seldom *seldom, unsigned *index, uint64_t begin, uint64_t end)
{
    hr_range *hole = &seldom->holes[*index];
    const uint64_t from = MAX(begin, hole->begin);
    const uint64_t to = MIN(end, hole->end);

    if (from >= to) {
        ++*index;
        return 0;
    }
    if (from == hole->begin && to == hole->end) {
        remove_hole(seldom, *index);
    } else if (from == hole->begin) {
        hole->begin = to;
        ++*index;
    } else if (to == hole->end || seldom->hole_count == HR_HOLES) {
        hole->end = to == hole->end ? from : hole->end; /* no place for a second: it stays one */
        ++*index;
    } else {
        memmove(hole + 1, hole, (seldom->hole_count - *index) * sizeof(hr_range));
        seldom->hole_count++;
        hole[0].end = from;
        hole[1].begin = to;
        *index += 2;
    }
    return (uint32_t)(to - from);
}

static hr_fresh fill_holes(hr_bytes *bytes, uint64_t begin, uint64_t end)
{
    hr_fresh found = {begin, end, 0};
    hr_bytes_seldom *seldom = bytes->seldom;
    unsigned index = 0;

    while (seldom != NULL && index < seldom->hole_count) {
        const uint64_t from = MAX(begin, seldom->holes[index].begin);
        const uint32_t filled = fill_hole(seldom, &index, begin, end);
        if (filled > 0 && found.fresh == 0) {
            found.begin = from;
        }
        found.fresh += filled;
    }
    return found;
}

static void put_fin_apart(hr_bytes *bytes, uint64_t position)
{
    hr_bytes_seldom_of(bytes)->fin = position;
    bytes->is_fin_apart = true;
}

/* Bytes that came behind the FIN: it stays where it stands. */
static void keep_fin(hr_bytes *bytes)
{
    if (bytes->has_fin && !bytes->is_fin_apart) {
        put_fin_apart(bytes, bytes->sent);
    }
}

/* As hr_bytes_begin() without a SYN; most directions have begun. */
static inline void begin_anywhere(hr_bytes *bytes, uint32_t seq)
{
    if (bytes->sent == 0) {
        hr_bytes_begin(bytes, seq, false);
    }
}

hr_fresh hr_bytes_add(hr_bytes *bytes, uint32_t seq, uint32_t length)
{
    begin_anywhere(bytes, seq);
    const uint64_t begin = hr_bytes_position(bytes, seq);
    const uint64_t end = begin + length;
    hr_fresh found = {begin, end, 0};

    if (length == 0 || !is_plausible(bytes, begin)) {
        return found;
    }
    if (begin < bytes->sent) {
        found = fill_holes(bytes, begin, MIN(end, bytes->sent));
        found.end = end;
        /* What only comes again disturbs nobody. */
        if (found.fresh > 0 || end > bytes->sent) {
            hr_bytes_disturb(bytes);
        }
    }
    if (end > bytes->sent) {
        if (begin > bytes->sent) {
            add_hole(bytes, bytes->sent, begin);
            hr_bytes_disturb(bytes);
        }
        const uint64_t first = MAX(begin, bytes->sent);
        if (found.fresh == 0) {
            found.begin = first;
        }
        found.fresh += (uint32_t)(end - first);
        keep_fin(bytes);
        bytes->seq += (uint32_t)(end - bytes->sent);
        bytes->sent = end;
    }
    if (found.fresh > 0 && found.begin < bytes->acked) {
        /* acknowledged before it was captured: Wireshark takes it for old */
        hr_bytes_disturb(bytes);
        bytes->seldom->late = MAX(bytes->seldom->late, MIN(end, bytes->acked));
    }
    bytes->captured += found.fresh;
    return found;
}

static uint64_t counted(const hr_bytes *bytes)
{
    return bytes->seldom != NULL ? bytes->seldom->counted : 0;
}

bool hr_bytes_acknowledge(hr_bytes *bytes, uint32_t ack, bool may_be_data)
{
    begin_anywhere(bytes, ack);
    uint64_t position = hr_bytes_position(bytes, ack);

    if (!is_plausible(bytes, position)) {
        return false;
    }
    if (bytes->has_fin && position > hr_bytes_fin(bytes)) {
        bytes->is_fin_acked = true;
        position = hr_bytes_fin(bytes);
    }
    /* Where neither a SYN nor data was seen, the first packet may have been a probe; where nothing
     * but ACKs tells of the bytes, one that goes on by one number is the FIN's. */
    const bool is_told = bytes->captured == 0 && bytes->acked > HR_POSITION_START;
    const bool is_fin =
        !bytes->has_fin && !may_be_data && counted(bytes) <= bytes->sent &&
        ((position == bytes->sent + 1 && (bytes->is_from_start || bytes->captured > 0)) ||
         (is_told && position == bytes->acked + 1));
    if (is_fin) {
        position--;
    }
    bytes->acked = MAX(bytes->acked, position);
    return is_fin;
}

void hr_bytes_stands_at(hr_bytes *bytes, uint32_t seq)
{
    uint64_t position = hr_bytes_position(bytes, seq);

    if (bytes->has_fin) {
        position = MIN(position, hr_bytes_fin(bytes)); /* the FIN counts, and is no byte */
    }
    if (bytes->sent != 0 && position > MAX(bytes->sent, counted(bytes)) &&
        is_plausible(bytes, position)) {
        hr_bytes_seldom_of(bytes)->counted = position;
    }
}

void hr_bytes_finish(hr_bytes *bytes, uint64_t position)
{
    if (!bytes->has_fin) {
        bytes->has_fin = true;
        if (position != bytes->sent) {
            put_fin_apart(bytes, position);
        }
    }
}

uint64_t hr_bytes_end(const hr_bytes *bytes)
{
    const uint64_t known = MAX(bytes->sent, bytes->acked);
    return bytes->seldom != NULL ? MAX(known, bytes->seldom->counted) : known;
}

bool hr_bytes_is_whole(const hr_bytes *bytes, uint64_t begin, uint64_t end)
{
    if (begin >= end) {
        return true;
    }
    for (unsigned i = 0; i < hr_bytes_hole_count(bytes); i++) {
        if (begin < bytes->seldom->holes[i].end && bytes->seldom->holes[i].begin < end) {
            return false;
        }
    }
    return end <= bytes->sent && (bytes->captured > 0 || bytes->is_from_start);
}

uint64_t hr_bytes_run_begin(const hr_bytes *bytes, uint64_t begin, uint64_t end)
{
    for (unsigned i = 0; i < hr_bytes_hole_count(bytes) && bytes->seldom->holes[i].end <= end;
         i++) {
        begin = MAX(begin, bytes->seldom->holes[i].end);
    }
    return begin;
}

bool hr_bytes_is_all_acked(const hr_bytes *bytes)
{
    return bytes->sent != 0 && bytes->acked >= bytes->sent;
}
