/* tcp_end.h
 * One end of a connection in the words of TCP: what it sent, and what its segments said.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_TCP_END_H
#define HR_CORE_MODEL_TCP_END_H

#include "core/model/protocols.h"

/** How far an end has come, as far as the capture shows (as Zeek's TCP_Endpoint has it). */
typedef enum {
    HR_END_UNSEEN,  /**< not one packet of it was captured */
    HR_END_PARTIAL, /**< seen, but not its SYN */
    HR_END_OPENED,  /**< its SYN or SYN/ACK was seen; of QUIC its first packet */
    HR_END_CLOSED,  /**< its FIN was seen, or an ACK proves it */
    HR_END_RESET,
} hr_end_state;

/** How a FIN is known. */
typedef enum {
    HR_FIN_CAPTURED,
    HR_FIN_ACKNOWLEDGED, /**< the other end's ACK covers it, and so came later */
    HR_FIN_NUMBERED,     /**< its own later packet counts it: it was sent before that one */
} hr_fin_proof;

/** What its FIN acknowledges of the other end's bytes, see hr_tcp_fin_ack(). */
typedef enum {
    HR_FIN_ACKS_UNKNOWN,  /**< it was not captured */
    HR_FIN_ACKS_TOOK,     /**< what it took */
    HR_FIN_ACKS_ONE_MORE, /**< ... and a number more, as of a FIN */
    HR_FIN_ACKS_OTHERWISE,
} hr_fin_acks;

/** RFC 9293 §3.8.3: so many retransmissions in vain tell that the way may be dead (R1). */
enum {
    HR_REPEATS_IN_VAIN = 3
};

enum {
    HR_HOPS_COUNT_MAX = 15
};

/** What few ends have. */
typedef struct {
    hr_moment rst;        /**< its first RST that counts */
    int64_t rst_after_ns; /**< ... of other hops than the others: after how long without a packet */
    uint8_t rst_hops;     /**< ... the hops of that, where they are known */
    bool has_rst_ack;     /**< ... whether that acknowledges something */
    bool has_other_hops;  /**< other packets of it than resets do not all have the same */
    uint64_t cut_end;     /**< past the last of its payload that a snap length cut off, or 0 */
    bool is_begin_cut;    /**< ... that was its first */
    uint32_t repeats;     /**< payload that it sent again since it last heard of the other end */
    hr_moment in_vain;    /**< ... when that were HR_REPEATS_IN_VAIN of them */
    uint32_t probes;      /**< TCP keep-alive probes that it sent */
    hr_moment probe;      /**< ... the latest of them, ... */
    int64_t unprobed_ns;  /**< ... before which no packet had passed for so long */
    hr_moment ahead;      /**< when the other end acknowledged what was not captured yet, ... */
    uint64_t ahead_until; /**< ... up to this position */
    int64_t late_ns;      /**< how late it came behind what acknowledges it, at most: apart.h */
    uint32_t late_count;  /**< ... how often it did */
    hr_moment spoke;      /**< its latest payload, once either end came late */
    int64_t before_fin_ns;    /**< of a FIN that was not captured: its packet before the proof */
    hr_moment no_room;        /**< since when its window has been 0; frame 0: it takes more */
    hr_moment made_room;      /**< when it last took more again after that, ... */
    int64_t no_room_ns;       /**< ... and after how long without room, at most */
    uint64_t fin_ack;         /**< of HR_FIN_ACKS_OTHERWISE */
    uint64_t latest;          /**< with is_latest_apart: the begin of its latest new payload */
    uint64_t held_back_until; /**< past what only a delayed ACK let it send, ... */
    int64_t held_back_ns;     /**< ... and for how long it had waited for that */
    int64_t waited_ns; /**< at its first FIN or RST: for how long the other end had sent nothing
                                in the middle of an answer, of which it had taken all that came */
} hr_tcp_seldom;

#pragma pack(push, 4) /* see protocols.h */

/** One end of a connection: what it sent and said, in the words of TCP. On QUIC syn is the first
 * Initial, fin the first CONNECTION_CLOSE, out.captured UDP payload, without other bytes. */
typedef struct {
    hr_endpoint endpoint;
    uint8_t syn_count; /**< its SYNs with retransmissions, at most 255 */
    uint8_t hops; /**< of its first packet that is no reset, see hr_tcp_segment; 0: not known */
    hr_bytes out; /**< the bytes that it sent */
    hr_end_state state : 4; /* one bit more than it takes: an enum may be signed */
    hr_fin_acks fin_acks : 3;
    hr_fin_proof fin_proof : 3;
    bool is_syn_answer : 1;    /**< syn is a SYN/ACK */
    bool has_bare_acks : 1;    /**< it acknowledged data in segments without payload */
    bool has_acked_by_rst : 1; /**< ... or by its RST only, which need not have taken it */
    bool is_latest_apart : 1;  /**< its latest new payload is not the last of what it sent */
    bool has_come_in : 1;      /**< packets of it came to the host that captured them */
    bool has_gone_out : 1;     /**< ... or that host sent them, or sent them on */
    bool is_here : 1;          /**< see hr_here_find(); of the analysis */
    unsigned hops_count : 4;   /**< so many of its packets had these hops, resets apart; at most
                                    HR_HOPS_COUNT_MAX */
    uint8_t heard; /**< length of the other's latest payload at its first FIN or RST, at most 255 */
    uint32_t latest_length; /**< of its latest new payload, see hr_tcp_latest(); 0: none yet */
    hr_moment syn;          /**< its first SYN or SYN/ACK */
    hr_moment fin;          /**< its first FIN; the ACK that proves it where it was not captured */
    uint32_t fin_acked;     /**< the frame in which the other end acknowledged its FIN, or 0 */
    hr_moment last_sent;    /**< its latest packet */
    uint64_t took;          /**< what it had acknowledged at that moment; 0: it has none */
    const hr_tcp_seldom *seldom; /**< never NULL: hr_tcp_seldom_of() to write */
    uint64_t heeded; /**< up to where the other's bytes came before its latest payload; a
                                single number may be a FIN, and does not count; or 0 */
} hr_tcp_end;

#pragma pack(pop)

/** The position of the first byte of its latest new payload; 0: there is none. */
static inline uint64_t hr_tcp_latest(const hr_tcp_end *end)
{
    return end->latest_length == 0 ? 0
           : end->is_latest_apart  ? end->seldom->latest
                                   : end->out.sent - end->latest_length;
}

/** Its latest packet that its program may have had a part in: behind its FIN or RST its kernel answers
 * alone, also for a program that has ended. */
static inline hr_moment hr_tcp_last_word(const hr_tcp_end *end)
{
    const hr_moment rst = end->seldom->rst;
    hr_moment last = end->last_sent;

    if (end->fin.frame != 0 && end->fin.frame < last.frame) {
        last = end->fin;
    }
    return rst.frame != 0 && rst.frame < last.frame ? rst : last;
}

/** Up to where its FIN acknowledges the other's bytes; 0: it was not captured. */
static inline uint64_t hr_tcp_fin_ack(const hr_tcp_end *end)
{
    switch (end->fin_acks) {
    case HR_FIN_ACKS_TOOK:
        return end->took;
    case HR_FIN_ACKS_ONE_MORE:
        return end->took + 1;
    case HR_FIN_ACKS_OTHERWISE:
        return end->seldom->fin_ack;
    case HR_FIN_ACKS_UNKNOWN:
    default:
        return 0;
    }
}

#endif
