/* trace_quic.h
 * The words of trace.h for QUIC and HTTP/3. A QUIC connection has no segments to follow: its
 * events go straight to the core, and the client's end has index 0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_QUIC_H
#define HR_TESTS_TRACE_QUIC_H

#include "trace.h"

/** RFC 9114 §8.1 */
enum {
    H3_NO_ERROR = 0x100,
    H3_REQUEST_CANCELLED = 0x10c,
};

extern const hr_alpn quic_h3;

/** What the two sides agree on. */
typedef struct {
    bool has_keys;
    bool is_resumed, is_early;
    uint64_t client_idle_ms, server_idle_ms;
    uint64_t streams; /* that the server allows; 100 if 0 */
} quic_kind;

/** The next frame begins at @ns, and ends. */
void quic_at(trace *t, int64_t ns);
void quic_end(trace *t);

/** A frame that has nothing to do with any connection. */
void quic_wait_until(trace *t, int64_t ns);

/* ---- pieces of a frame ---- */

/** A connection of 10.0.0.1 to 10.0.0.80:443; what else its first frame has is to be said. */
hr_connection *quic_connect(trace *t, uint32_t number);
void quic_say_hello(trace *t, hr_connection *c, bool has_ticket, uint64_t idle_timeout_ms);
void quic_answer_hello(trace *t, hr_connection *c, const quic_kind *how);
void quic_datagram(trace *t, hr_connection *c, trace_side from);

/* ---- frames ---- */

/** The frame of a client's hello alone. */
hr_connection *quic_begin(trace *t, uint32_t number, int64_t ns);

/** Three frames: the client's hello, the server's 10 ms later, the client's Finished after 20. */
hr_connection *quic_open(trace *t, uint32_t number, int64_t ns, const quic_kind *how);
hr_connection *quic_open_with_keys(trace *t, uint32_t number, int64_t ns);

/** 50 bytes of stream @id. */
void quic_stream(trace *t, hr_connection *c, trace_side from, uint64_t id, bool is_end, int64_t ns);

/** The client's packet @ns into the trace, of which no frame is to be read. */
void quic_probe(trace *t, hr_connection *c, int64_t ns);

/** A whole request, a whole answer, and both, the answer after 1 ms. */
void quic_ask(trace *t, hr_connection *c, uint64_t id, int64_t ns);
void quic_answer(trace *t, hr_connection *c, uint64_t id, int64_t ns);
void quic_exchange(trace *t, hr_connection *c, uint64_t id, int64_t ns);

/** CONNECTION_CLOSE by the application. */
void quic_close(trace *t, hr_connection *c, trace_side from, uint64_t code, int64_t ns);

/* ---- what the core says, after an analysis ---- */

void quic_assert_cause(trace *t, const hr_connection *c, const char *cause, const char *certainty);
void quic_assert_why(trace *t, const hr_connection *c, const char *why);

#endif
