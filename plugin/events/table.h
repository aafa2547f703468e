/* table.h
 * The events of core/model/event.h, a row each: recorder and playback are made from this table, so
 * that neither can know one that the other does not. A row names
 *     what the function gives back: void, request or boolean
 *     what the connection must be: segment (TCP itself), tcp (or a tunnel in it), quic, or either
 *     the function
 *     how many arguments follow the model and the connection, and their kinds
 * Beginning a frame and adding a connection are not rows: record.c and playback.c know them.
 * A new kind needs its type here and its code in fields.h. tests/unit/check_events.cmake finds an
 * event or a field that was forgotten.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_TABLE_H
#define HR_EVENTS_TABLE_H

#include "core/model/event.h"

// clang-format off
#define HR_EVENTS(EVENT)                                                                           \
    EVENT(void, segment, hr_tcp_segment_seen, 1, segment)                                          \
    EVENT(request, tcp, hr_http1_request_seen, 2, from, request)                                   \
    EVENT(void, tcp, hr_http1_response_seen, 2, from, response)                                    \
    EVENT(request, tcp, hr_http1_request_begun, 2, from, request)                                  \
    EVENT(void, tcp, hr_http1_answer_begun, 2, from, response)                                     \
    EVENT(boolean, tcp, hr_http1_answer_over, 1, from)                                             \
    EVENT(void, tcp, hr_http1_stray_seen, 2, from, u32)                                            \
    EVENT(void, tcp, hr_tcp_spoken_for, 2, from, slice)                                            \
    EVENT(void, either, hr_tls_client_hello_seen, 2, from, client_hello)                           \
    EVENT(void, either, hr_tls_server_hello_seen, 2, from, server_hello)                           \
    EVENT(void, either, hr_tls_agreed, 2, alpn, boolean)                                           \
    EVENT(void, either, hr_tls_message_seen, 2, from, message)                                     \
    EVENT(void, tcp, hr_tls_cipher_changed, 1, from)                                               \
    EVENT(void, tcp, hr_tls_alert_seen, 2, from, i32)                                              \
    EVENT(void, tcp, hr_tls_data_seen, 3, from, u32, boolean)                                      \
    EVENT(void, tcp, hr_tls_hello_hidden, 0, none)                                                 \
    EVENT(void, tcp, hr_h2_preface_seen, 0, none)                                                  \
    EVENT(void, tcp, hr_server_speaks, 2, from, u32)                                               \
    EVENT(void, tcp, hr_h2_spoken, 1, from)                                                        \
    EVENT(void, tcp, hr_h2_request_seen, 2, from, h2_request)                                      \
    EVENT(void, tcp, hr_h2_response_seen, 2, from, h2_response)                                    \
    EVENT(void, tcp, hr_h2_data_seen, 4, from, u32, u32, boolean)                                  \
    EVENT(void, tcp, hr_h2_reset_seen, 2, from, u32)                                               \
    EVENT(void, tcp, hr_h2_goaway_seen, 2, from, h2_goaway)                                        \
    EVENT(void, tcp, hr_h2_stream_limit_seen, 2, from, u32)                                        \
    EVENT(void, quic, hr_quic_packet_seen, 2, from, packet)                                        \
    EVENT(void, quic, hr_quic_number_seen, 2, from, u64)                                           \
    EVENT(void, quic, hr_quic_datagram_seen, 2, from, u32)                                         \
    EVENT(void, quic, hr_quic_parameters_seen, 2, from, parameters)                                \
    EVENT(void, quic, hr_quic_handshake_done_seen, 1, from)                                        \
    EVENT(void, quic, hr_quic_max_streams_seen, 2, from, u64)                                      \
    EVENT(void, quic, hr_quic_close_seen, 3, from, u64, boolean)                                   \
    EVENT(void, quic, hr_h3_stream_seen, 2, from, h3_stream)                                       \
    EVENT(void, quic, hr_h3_headers_seen, 2, from, h3_headers)                                     \
    EVENT(void, quic, hr_h3_reset_seen, 3, from, u64, boolean)                                     \
    EVENT(void, quic, hr_h3_goaway_seen, 2, from, u64)

/* A kind of argument and its type; a structure is passed by a pointer to const. */
#define HR_EVENT_KINDS(VALUE, STRUCT)                                                              \
    VALUE(from, unsigned)                                                                          \
    VALUE(u32, uint32_t)                                                                           \
    VALUE(u64, uint64_t)                                                                           \
    VALUE(i32, int)                                                                                \
    VALUE(boolean, bool)                                                                           \
    VALUE(message, hr_tls_message)                                                                 \
    VALUE(packet, hr_quic_packet)                                                                  \
    STRUCT(slice, hr_slice)                                                                        \
    STRUCT(segment, hr_tcp_segment)                                                                \
    STRUCT(request, hr_http1_request)                                                              \
    STRUCT(response, hr_http1_response)                                                            \
    STRUCT(client_hello, hr_tls_client_hello)                                                      \
    STRUCT(server_hello, hr_tls_server_hello)                                                      \
    STRUCT(alpn, hr_alpn)                                                                          \
    STRUCT(h2_request, hr_h2_request)                                                              \
    STRUCT(h2_response, hr_h2_response)                                                            \
    STRUCT(h2_goaway, hr_h2_goaway)                                                                \
    STRUCT(parameters, hr_quic_parameters)                                                         \
    STRUCT(h3_stream, hr_quic_stream)                                                              \
    STRUCT(h3_headers, hr_h3_headers)
// clang-format on

/* hr_argument_KIND is what a log holds, hr_parameter_KIND how it is passed. */
#define HR_VALUE_TYPES(kind, type)                                                                 \
    typedef type hr_argument_##kind;                                                               \
    typedef type hr_parameter_##kind;
#define HR_STRUCT_TYPES(kind, type)                                                                \
    typedef type hr_argument_##kind;                                                               \
    typedef const type *hr_parameter_##kind;
HR_EVENT_KINDS(HR_VALUE_TYPES, HR_STRUCT_TYPES)
#undef HR_VALUE_TYPES
#undef HR_STRUCT_TYPES

/** What an event is about; the words of the table are pasted to these names. */
// NOLINTBEGIN(readability-identifier-naming)
typedef enum {
    HR_ABOUT_segment,
    HR_ABOUT_tcp,
    HR_ABOUT_quic,
    HR_ABOUT_either,
} hr_event_about;
// NOLINTEND(readability-identifier-naming)

/** How an event begins in a log. */
enum {
    HR_OP_FRAME,    /* a frame begins */
    HR_OP_ADD_TCP,  /* a connection is added */
    HR_OP_ADD_QUIC, /* likewise */
#define HR_OP(result, about, function, ...) HR_OP_##function,
    HR_EVENTS(HR_OP)
#undef HR_OP
    HR_OP_COUNT
};

/* With the number of the event, in its first byte. */
enum {
    HR_OP_MASK = 0x3f,
    HR_OP_HAS_DEPTH = 0x40, /* the depth of the tunnel follows the connection */
    HR_OP_SAME = 0x80,      /* about the same connection as the event before */
};

#endif
