/* trace_h2.h
 * The words of trace.h for HTTP/2 (RFC 9113). Frames go one to a segment, or between h2_begin()
 * and h2_end() as many as are said; each is told to the core as the observer tells it, in TLS
 * after the record that brought it.
 *
 *     trace_connection *c = h2_open(t, AT_MS(0));
 *     const hr_request *one = h2_ask(c, 1, AT_MS(10));
 *     h2_answer(c, 1, AT_MS(11));
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_H2_H
#define HR_TESTS_TRACE_H2_H

#include "trace_tls.h"

/** RFC 9113 §7 */
enum {
    H2_NO_ERROR = 0,
    H2_INTERNAL_ERROR = 2,
    H2_REFUSED_STREAM = 7,
    H2_CANCEL = 8,
    H2_ENHANCE_YOUR_CALM = 11
};

/** The last stream id of the first of two GOAWAYs (RFC 9113 §6.8). */
#define H2_LAST_STREAM_ANY 0x7fffffffu

/** From the SYN to the moment at which h2_open() is ready; the SETTINGS follow it. */
#define H2_READY_NS TLS_READY_NS

/** A request or an answer; what is left 0 is as most are. */
typedef struct {
    const char *method;     /**< "GET" */
    const char *path;       /**< "/" */
    const char *authority;  /**< "a.example"; "" for none */
    const char *user_agent; /**< none */
    unsigned code;          /**< 200 */
    const char *server;     /**< none */
    bool has_body;          /**< a request whose DATA follows */
    bool is_empty;          /**< an answer that ends with its HEADERS */
    bool is_cut;            /**< an answer whose end does not follow */
} h2_message;

/**
 * A connection with keys that speaks HTTP/2 over TLS: the handshake, both prefaces 1 ms after it.
 * The server allows @limit streams at a time; 0: it says nothing about it.
 */
trace_connection *h2_open_limited(trace *t, int64_t at, uint32_t limit);
trace_connection *h2_open(trace *t, int64_t at);

/** h2_open() with one exchange, from @at + 10 ms on, which is over 1 ms later. */
trace_connection *h2_open_used(trace *t, int64_t at);

/** h2_open_limited() by another kind of TLS handshake, which has to have keys. */
trace_connection *h2_open_with(trace *t, int64_t at, uint32_t limit, const tls_kind *how);

/** Prior knowledge, without TLS, to port 80; the prefaces 1 ms after the SYN. */
trace_connection *h2_open_plain(trace *t, int64_t at, uint32_t limit);

/** The preface of both sides: SETTINGS, two frames of the capture at one time. */
void h2_prefaces(trace_connection *c, uint32_t limit, int64_t at);

/* ---- frames of HTTP/2, one to a segment unless begun before ---- */

/** A segment of @from's that holds all frames up to h2_end(); their times do not count. */
void h2_begin(trace_connection *c, trace_side from, int64_t at);
void h2_end(trace_connection *c);

/** h2_ask(c, 1, AT_MS(1), .path = "/x"): the core's request, or NULL. */
#define h2_ask(c, stream, when, ...)                                                               \
    h2_ask_with((c), (stream), (when), &(h2_message){.code = 0, __VA_ARGS__})

/** HEADERS and, in the same segment, DATA that ends the stream. */
#define h2_answer(c, stream, when, ...)                                                            \
    h2_answer_with((c), (stream), (when), &(h2_message){.method = NULL, __VA_ARGS__})

hr_request *h2_ask_with(trace_connection *c, uint32_t stream, int64_t at, const h2_message *m);
void h2_answer_with(trace_connection *c, uint32_t stream, int64_t at, const h2_message *m);
hr_request *h2_exchange(trace_connection *c, uint32_t stream, int64_t sent, int64_t answered);

void h2_data(trace_connection *c, trace_side from, uint32_t stream, bool is_end, int64_t at);
void h2_reset(trace_connection *c, trace_side from, uint32_t stream, int64_t at);
void h2_goaway_saying(trace_connection *c, trace_side from, uint32_t error, const char *debug,
                      int64_t at);
void h2_goaway(trace_connection *c, trace_side from, uint32_t last_stream, uint32_t error,
               int64_t at);
void h2_settings(trace_connection *c, uint32_t limit, int64_t at);

/** PING, PRIORITY, WINDOW_UPDATE, PUSH_PROMISE: what the core is told nothing else of. */
void h2_other_frame(trace_connection *c, trace_side from, int64_t at);

#endif
