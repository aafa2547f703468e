/* bytes.h
 * The bytes of one direction of a TCP connection: which were captured, which the other end
 * acknowledged, where the FIN stands. It knows numbers only, and nothing of what the bytes mean.
 *
 * Sequence numbers wrap after 4 GiB; positions here do not. A position is a uint64_t; the first
 * known byte has HR_POSITION_START. Ranges are half-open, [begin, end). Memory is bounded for any
 * input: where more than HR_HOLES ranges are missing, the two last become one, so that bytes may
 * be called missing that were captured, never the other way round.
 *
 * Sources: RFC 9293 §3.4 (sequence numbers), §3.10.7 (which segments are acceptable).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_BYTES_H
#define HR_CORE_MODEL_BYTES_H

#include "core/model/types.h"

/** Leaves room below: the first segment of a capture may be a retransmission. */
#define HR_POSITION_START (UINT64_C(1) << 33)
#define HR_POSITION_NONE UINT64_MAX

enum {
    HR_HOLES = 6
};

typedef struct {
    uint64_t begin, end;
} hr_range;

/** What few directions have, which are captured whole and in order. All zero: nothing of it. */
typedef struct {
    uint64_t counted;  /**< where a later segment without payload stood, beyond what was captured
                            then: what is before was sent; or 0 */
    uint64_t fin;      /**< where the FIN stands, valid with is_fin_apart */
    uint64_t late;     /**< one past the highest byte acknowledged before it was captured; or 0 */
    uint32_t disorder; /**< how often a segment came that dissectors pass over */
    uint32_t hole_count;
    hr_range holes[HR_HOLES]; /**< below `sent`, not captured, ascending */
} hr_bytes_seldom;

#pragma pack(push, 1) /* what follows in hr_tcp_end comes right behind the flags */

/** All zero is a direction of which nothing is known. */
typedef struct {
    uint64_t sent;           /**< one past the highest byte captured; 0: nothing is known yet */
    uint64_t acked;          /**< one past the highest byte acknowledged, without the FIN; or 0 */
    uint64_t captured;       /**< bytes that were captured, each counted once */
    hr_bytes_seldom *seldom; /**< NULL: nothing of it; hr_bytes_seldom_of() to write */
    uint32_t seq;            /**< the sequence number at `sent` */
    bool is_from_start : 1;  /**< HR_POSITION_START is the first byte after the SYN */
    bool has_fin : 1;
    bool is_fin_apart : 1; /**< it does not stand at `sent` */
    bool is_fin_acked : 1;
} hr_bytes;

#pragma pack(pop)

/** What a segment brought. */
typedef struct {
    uint64_t begin; /**< of its first byte that is new; where none is, of its payload */
    uint64_t end;   /**< of its payload */
    uint32_t fresh; /**< how many of its bytes were not captured before */
} hr_fresh;

/** Makes @to a copy of @from that owns what it has. */
void hr_bytes_assign(hr_bytes *to, const hr_bytes *from);

/** Frees what it owns; then nothing is known. */
void hr_bytes_clear(hr_bytes *bytes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hr_bytes, hr_bytes_clear)

/** To write what few directions have. */
hr_bytes_seldom *hr_bytes_seldom_of(hr_bytes *bytes);

/** How often a segment came that dissectors pass over. */
static inline uint32_t hr_bytes_disorder(const hr_bytes *bytes)
{
    return bytes->seldom != NULL ? bytes->seldom->disorder : 0;
}

/** One more did. */
static inline void hr_bytes_disturb(hr_bytes *bytes)
{
    hr_bytes_seldom_of(bytes)->disorder++;
}

/** How many ranges are missing between those that were captured. */
static inline unsigned hr_bytes_hole_count(const hr_bytes *bytes)
{
    return bytes->seldom != NULL ? bytes->seldom->hole_count : 0;
}

/** One past the highest byte that was acknowledged before it was captured; or 0. */
static inline uint64_t hr_bytes_late(const hr_bytes *bytes)
{
    return bytes->seldom != NULL ? bytes->seldom->late : 0;
}

/** Where the FIN stands, valid with has_fin. */
static inline uint64_t hr_bytes_fin(const hr_bytes *bytes)
{
    return bytes->is_fin_apart ? bytes->seldom->fin : bytes->sent;
}

/** Whether anything is known. */
bool hr_bytes_is_known(const hr_bytes *bytes);

/** The initial sequence number, that of the SYN (RFC 9293 §3.4.1); false where that was not
 * seen. */
bool hr_bytes_isn(const hr_bytes *bytes, uint32_t *isn);

/** Forgets what only the other end's ACKs told: they were an older connection's. */
void hr_bytes_forget_guess(hr_bytes *bytes);

/** The next byte has sequence number @seq. @is_syn: a SYN says so, and earlier guesses go. */
void hr_bytes_begin(hr_bytes *bytes, uint32_t seq, bool is_syn);

/** The position of @seq, the one that is nearest to what was sent or acknowledged last. */
uint64_t hr_bytes_position(const hr_bytes *bytes, uint32_t seq);

/** A segment of @length payload bytes that begin at @seq. */
hr_fresh hr_bytes_add(hr_bytes *bytes, uint32_t seq, uint32_t length);

/** A segment without payload stands at @seq: the bytes before it were sent. */
void hr_bytes_stands_at(hr_bytes *bytes, uint32_t seq);

/**
 * The other end acknowledged all before @ack. Returns whether that proves a FIN that was not
 * captured: one number more than there are bytes, unless that @may_be_data.
 */
bool hr_bytes_acknowledge(hr_bytes *bytes, uint32_t ack, bool may_be_data);

/** The FIN stands behind the last byte, at @position. */
void hr_bytes_finish(hr_bytes *bytes, uint64_t position);

/** One past the highest byte that is known to have been sent: captured, acknowledged, or counted by
 * a later segment of its sender. */
uint64_t hr_bytes_end(const hr_bytes *bytes);

/** Whether all of [@begin, @end) was captured. */
bool hr_bytes_is_whole(const hr_bytes *bytes, uint64_t begin, uint64_t end);

/** Where the bytes begin that were captured up to @end without a gap, but not before @begin. */
uint64_t hr_bytes_run_begin(const hr_bytes *bytes, uint64_t begin, uint64_t end);

/** Whether the other end acknowledged all that is known to have been sent. */
bool hr_bytes_is_all_acked(const hr_bytes *bytes);

#endif
