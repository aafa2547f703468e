/* trace.h
 * A small language for captures: connections are opened, carry requests and answers, and end,
 * each at its time. It knows TCP's sequence numbers and the core's events, so that a test reads
 * like the story it tells; it knows nothing of what the core makes of them.
 *
 *     g_autoptr(trace) t = trace_new();
 *     trace_connection *c = trace_open(t, AT_MS(0));
 *     trace_exchange(c, AT_MS(1), AT_MS(2));
 *     trace_close(c, CLIENT, AT_MS(3));
 *     assert_cause(c, "client-close");
 *
 * Each call is one frame, unless it says otherwise; frames count up from 1, and times may not
 * go back but after trace_unsorted(). What a call returns lives as long as its trace.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_H
#define HR_TESTS_TRACE_H

#include "core/model/event.h"
#include "core/result/analysis.h"

/** Times and durations in ns. */
#define AT_US(us) ((int64_t)(us)*1000)
#define AT_MS(ms) AT_US((int64_t)(ms)*1000)
#define AT_S(s) AT_MS((int64_t)(s)*1000)

typedef enum {
    CLIENT,
    SERVER
} trace_side;

/** Both sides' first bytes have these sequence numbers, unless a test says otherwise. */
enum {
    TRACE_CLIENT_ISN = 1000,
    TRACE_SERVER_ISN = 5000
};

/** The sizes of what a message carries, unless it says otherwise. */
enum {
    TRACE_REQUEST_HEADER = 100,
    TRACE_ANSWER_HEADER = 120,
    TRACE_ANSWER_BODY = 300,
    TRACE_ANSWER = TRACE_ANSWER_HEADER + TRACE_ANSWER_BODY
};

/** trace_open(): SYN, then SYN/ACK and ACK so much later: captures are made at the client. */
#define TRACE_HANDSHAKE_NS AT_US(200)

typedef struct trace trace;

/** One connection of a trace. Tests read `model`, and set the numbers before its first frame. */
typedef struct {
    trace *owner;
    hr_connection *model; /**< the core's, from the first frame on */
    const char *address[2];
    uint16_t port[2];
    uint32_t stream;
    uint32_t next[2];     /**< the sequence number of the next byte, by trace_side */
    uint32_t received[2]; /**< what each side acknowledges */
    bool is_deaf[2];      /**< ... and whether it acknowledges nothing new */
    bool has_no_room[2];  /**< the window of its segments is 0 */
    uint8_t hops[2];      /**< of its packets: 64, unless a test says otherwise */
    hr_way way[2];        /**< ... unknown */
    unsigned index[2];    /**< of the side in the core's connection */
    uint32_t latest_seq[2], latest_length[2]; /**< the latest payload, for trace_resend() */
    GArray *held;                             /**< of messages that wait for trace_release() */
    bool is_holding;
} trace_connection;

/** A request or an answer; what is left 0 is as most messages are. */
typedef struct {
    int64_t at;
    const char *method;     /**< "GET" */
    const char *target;     /**< "/" */
    const char *host;       /**< "a.example"; "" for none */
    const char *user_agent; /**< none */
    bool is_relayed;        /**< a proxy says that it passed the request on */
    bool is_agent_moved;    /**< its User-Agent does not stand right behind Host */
    bool binds_user;        /**< Authorization: NTLM */
    bool expects_continue;  /**< Expect: 100-continue */
    unsigned code;          /**< 200 */
    const char *server;     /**< none */
    const char *via;        /**< none */
    const char *connection; /**< "close" or "keep-alive"; none */
    const char *keep_alive; /**< "timeout=5, max=100"; none */
    const char *upgrade;    /**< "h2c", "websocket"; none */
    bool is_http10;
    uint32_t body;       /**< bytes; an answer has TRACE_ANSWER_BODY */
    bool is_empty;       /**< an answer with Content-Length: 0 */
    bool is_header_only; /**< to HEAD: its body is announced and does not follow */
    bool is_chunked;
    bool is_length_odd;  /**< Content-Length: 3, 5 */
    bool is_endless;     /**< Content-Type: text/event-stream */
    bool is_until_close; /**< neither length nor chunks: the close ends it */
    bool is_cut;         /**< its header section runs past the snap length */
    uint32_t before;     /**< so many of its bytes came before, and were put together with it */
    uint32_t rest;       /**< so many follow, and are not put together with it */
    uint32_t after;      /**< so many of the next one are in its segment, and not shown yet */
    bool has_fin;        /**< its segment has a FIN */
    bool has_syn;        /**< its segment is the SYN (RFC 7413) */
} trace_message;

/** A message and the side that it comes from, until its segment goes. */
typedef struct {
    trace_message message;
    trace_side from;
} trace_held_message;

trace *trace_new(void);
void trace_free(trace *t);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(trace, trace_free)

/** The same with other windows and tolerances. */
trace *trace_new_with(const hr_settings *settings);

hr_model *trace_model(const trace *t);

/** From here on times may go back, as in a file that was merged and not sorted. */
void trace_unsorted(trace *t);

/** The capture's clock ticks slowly: from now on times are cut to multiples of @tick_ns. */
void trace_ticks(trace *t, int64_t tick_ns);

/** The latest frame, and what it showed. */
uint32_t trace_frame(const trace *t);
size_t trace_item_count(const trace *t);
const hr_item *trace_item(const trace *t, size_t index);

/** Analyses what there is; later frames make it anew. */
const hr_analysis *trace_analysis(trace *t);

/* ---- connections ---- */

/** A connection of 10.0.0.1 to 10.0.0.80:80 from a port of its own; no frame yet. */
trace_connection *trace_connect(trace *t);

/** The same between other ends; client_port 0 is a port of its own. */
trace_connection *trace_connect_between(trace *t, const char *client, uint16_t client_port,
                                        const char *server, uint16_t server_port);

/** SYN, SYN/ACK and ACK: three frames, the last TRACE_HANDSHAKE_NS after @at. */
trace_connection *trace_open(trace *t, int64_t at);
trace_connection *trace_open_to(trace *t, const char *server, uint16_t port, int64_t at);
trace_connection *trace_open_from(trace *t, const char *client, int64_t at);
trace_connection *trace_open_between(trace *t, const char *client, const char *server,
                                     uint16_t port, int64_t at);

/** An exchange on a new connection to the host 10.0.0.(80 + @host). */
trace_connection *trace_ask_host(trace *t, int host, const char *user_agent, int64_t at);

/** GET at @at + 1 ms and an answer with @body bytes at + 2 ms on a connection of its own; and a reset
 * by its client at + 3 ms. */
trace_connection *trace_get_body(trace *t, const char *user_agent, uint32_t body, int64_t at);
trace_connection *trace_get_body_and_reset(trace *t, const char *user_agent, uint32_t body,
                                           int64_t at);

/** With one exchange, 1 ms after @at and answered in another. */
trace_connection *trace_open_used(trace *t, int64_t at);

/** @client's, with one exchange that ends at @at: idle from then on. */
trace_connection *trace_idle_from(trace *t, const char *client, int64_t at);

typedef struct {
    trace_connection *one, *two;
} trace_pair;

/** Of two clients and idle, until the server ends both at 1.5 s. */
trace_pair trace_end_two(trace *t);

/** A SYN that the server refuses at once: two frames. */
void trace_refuse(trace *t, int64_t at);

void trace_syn(trace_connection *c, int64_t at);
void trace_syn_ack(trace_connection *c, int64_t at);

/* ---- messages ---- */

/** trace_request(c, AT_MS(1), .method = "HEAD"): what the core made of it, or NULL. */
#define trace_request(c, when, ...)                                                                \
    trace_request_with((c), (trace_message){.at = (when), __VA_ARGS__})
#define trace_answer(c, when, ...)                                                                 \
    trace_answer_with((c), (trace_message){.at = (when), __VA_ARGS__})

hr_request *trace_request_with(trace_connection *c, trace_message message);
void trace_answer_with(trace_connection *c, trace_message message);

/** GET / of a.example, and a 200 with a body. */
hr_request *trace_exchange(trace_connection *c, int64_t sent, int64_t answered);

/** @count of them, from @at on one each ms, which is answered in half of it; where the next would be. */
int64_t trace_exchanges(trace_connection *c, unsigned count, int64_t at);

/** A connection that is asked each @interval, whose last answer says close at @age, as the server does
 * then. */
trace_connection *trace_ages(trace *t, int64_t at, int64_t interval, int64_t age);

/** A connection with one GET, whose answer is there at @at. */
trace_connection *trace_get(trace *t, const char *user_agent, int64_t at);

/**
 * A burst: @count connections, opened each 1 ms after the other from @at on, a request on each from
 * 10 ms and their answers from 20 ms on, in the same order.
 */
void trace_burst(trace *t, trace_connection *c[], int count, int64_t at);

/**
 * The first segment of a request that Wireshark does not show, or not yet: its request line and
 * header section, and of its body all but `rest` bytes.
 */
#define trace_begin(c, when, ...) trace_begin_with((c), (trace_message){.at = (when), __VA_ARGS__})

hr_request *trace_begin_with(trace_connection *c, trace_message message);

/** The same where a body was to begin, read only if the core wants it; NULL: it is none. */
#define trace_instead(c, when, ...)                                                                \
    trace_instead_with((c), (trace_message){.at = (when), __VA_ARGS__})

hr_request *trace_instead_with(trace_connection *c, trace_message message);

/** The same of an answer; its last @length bytes, the `rest`. */
#define trace_begin_answer(c, when, ...)                                                           \
    trace_begin_answer_with((c), (trace_message){.at = (when), __VA_ARGS__})

void trace_begin_answer_with(trace_connection *c, trace_message message);
void trace_end_answer(trace_connection *c, uint32_t length, int64_t at);

/** The messages between hold and release, all of one side, travel in one segment. */
void trace_hold(trace_connection *c);
void trace_release(trace_connection *c);

/* ---- segments ---- */

/** Payload that Wireshark shows no message in, or not yet. */
void trace_data(trace_connection *c, trace_side from, uint32_t length, int64_t at);

/** The same, its end cut off by a snap length. */
void trace_cut_data(trace_connection *c, trace_side from, uint32_t length, int64_t at);

/** The latest payload of that side once more. */
void trace_resend(trace_connection *c, trace_side from, int64_t at);

/** Bytes that were sent and taken, but are not in the capture: no frame. */
void trace_lose(trace_connection *c, trace_side from, uint32_t length);

/** A request that is not in the capture, and its answer that is. */
void trace_answer_alone(trace_connection *c, int64_t at);

/** A FIN that was sent and taken, but is not in the capture: no frame. */
void trace_lose_fin(trace_connection *c, trace_side from);

void trace_ack(trace_connection *c, trace_side from, int64_t at);
void trace_probe(trace_connection *c, trace_side from, int64_t at);
void trace_fin(trace_connection *c, trace_side from, int64_t at);
void trace_rst(trace_connection *c, trace_side from, int64_t at);

/** FIN by @first, FIN by the other side, ACK: three frames, 200 us. */
void trace_close(trace_connection *c, trace_side first, int64_t at);

/** A segment as it stands; nothing follows from it for the numbers of later ones. */
void trace_segment(trace_connection *c, trace_side from, uint8_t flags, uint32_t seq, uint32_t ack,
                   uint32_t length, int64_t at);

/* ---- pieces of a frame, for what TCP carries ---- */

/** A frame begins with a segment that follows what @from has sent; what is in it is to be said. */
void trace_begin_segment(trace_connection *c, trace_side from, uint8_t flags, uint32_t length,
                         int64_t at);
void trace_end_segment(trace_connection *c);

/** What the payload of @c belongs to, the innermost tunnel or itself, and @from's index there. */
hr_connection *trace_carrier(const trace_connection *c);
unsigned trace_index(const trace_connection *c, trace_side from);

trace_side trace_other_side(trace_side side);
hr_slice trace_slice(const char *text);

/* ---- what the core says, after an analysis ---- */

const hr_ending *trace_ending(const trace_connection *c);
const hr_opening *trace_opening(const trace_connection *c);
hr_side trace_time_wait(const trace_connection *c);
const hr_totals *trace_totals(trace *t);

/** How many findings of @code there are; how many are of that severity or above. */
size_t trace_found(trace *t, hr_finding_code code);
size_t trace_found_above(trace *t, hr_severity severity);

/** Whether @code was found in @frame, on @request, or on the connection where that is NULL. */
bool trace_has_finding(trace *t, hr_finding_code code, uint32_t frame, const trace_connection *c,
                       const hr_request *request);

/* Asserts in the words of the outputs, so that a failure can be read. */

#define assert_status(request, token)                                                              \
    g_assert_cmpstr(hr_status_token((request)->status), ==, (token))

#define assert_number(request, value)                                                              \
    do {                                                                                           \
        g_assert_cmpuint((request)->number, ==, (value));                                          \
        g_assert_true((request)->is_number_exact);                                                 \
    } while (0)

/* The number is a lower bound. */
#define assert_number_at_least(request, value)                                                     \
    do {                                                                                           \
        g_assert_cmpuint((request)->number, ==, (value));                                          \
        g_assert_false((request)->is_number_exact);                                                \
    } while (0)

#define assert_delivery(request, token)                                                            \
    g_assert_cmpstr(hr_delivery_token((request)->delivery), ==, (token))

/* Its final answer, and the frame in which that is shown. */
#define assert_answered(request, status, frame)                                                    \
    do {                                                                                           \
        g_assert_true((request)->is_answered);                                                     \
        g_assert_cmpuint((request)->response_code, ==, (status));                                  \
        g_assert_cmpuint((request)->response_frame, ==, (frame));                                  \
    } while (0)

/* The whole of it was seen, and its last byte came at @at. */
#define assert_ended(request, at)                                                                  \
    do {                                                                                           \
        g_assert_true((request)->is_done);                                                         \
        g_assert_cmpint((request)->complete, ==, HR_COMPLETE_YES);                                 \
        g_assert_cmpint((request)->ended.ns, ==, (at));                                            \
    } while (0)

/* The reason of the opening, and the trace_connection that explains it. */
#define assert_opened(c, token, other)                                                             \
    do {                                                                                           \
        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, (token));                         \
        g_assert_true(trace_opening(c)->connection == (other)->model);                             \
    } while (0)

#define assert_first_contact(c)                                                                    \
    do {                                                                                           \
        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, "first-contact");                 \
        g_assert_null(trace_opening(c)->connection);                                               \
    } while (0)

#define assert_cause(c, token)                                                                     \
    g_assert_cmpstr(hr_close_cause_token(trace_ending(c)->cause), ==, (token))

#define assert_closed_by(c, token) g_assert_cmpstr(hr_side_token(trace_ending(c)->by), ==, (token))

#define assert_certainty(c, token)                                                                 \
    g_assert_cmpstr(hr_certainty_token(trace_ending(c)->certainty), ==, (token))

#define assert_time_wait(c, token) g_assert_cmpstr(hr_side_token(trace_time_wait(c)), ==, (token))

#define assert_found(t, code, frame, c, request)                                                   \
    g_assert_true(trace_has_finding((t), (code), (frame), (c), (request)))

/** The place of a finding on @c that belongs to no request; there is no other. */
#define assert_found_once_at(t, code, frame, c)                                                    \
    do {                                                                                           \
        assert_found((t), (code), (frame), (c), NULL);                                             \
        g_assert_cmpuint(trace_found((t), (code)), ==, 1);                                         \
        g_assert_true(hr_finding_set_has((c)->model->findings, (code)));                           \
    } while (0)

#endif
