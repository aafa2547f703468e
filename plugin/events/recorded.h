/* recorded.h
 * The functions of core/model/event.h for observers: each event is written down, if anybody
 * listens to the model, and then reported. Every call in a file that includes this goes there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_RECORDED_H
#define HR_EVENTS_RECORDED_H

#include "events/table.h"

#define HR_RESULT_void void
#define HR_RESULT_request hr_request *
#define HR_RESULT_boolean bool

#define HR_PARAMETERS_0(k1)
#define HR_PARAMETERS_1(k1) , hr_parameter_##k1 a1
#define HR_PARAMETERS_2(k1, k2) , hr_parameter_##k1 a1, hr_parameter_##k2 a2
#define HR_PARAMETERS_3(k1, k2, k3) HR_PARAMETERS_2(k1, k2), hr_parameter_##k3 a3
#define HR_PARAMETERS_4(k1, k2, k3, k4) HR_PARAMETERS_3(k1, k2, k3), hr_parameter_##k4 a4

#define HR_RECORDED(result, about, function, count, ...)                                           \
    HR_RESULT_##result function##_recorded(                                                        \
        hr_model *model, hr_connection *connection HR_PARAMETERS_##count(__VA_ARGS__));
HR_EVENTS(HR_RECORDED)
#undef HR_RECORDED

void hr_model_begin_frame_recorded(hr_model *model, uint32_t frame, int64_t time_ns);
hr_connection *hr_model_add_tcp_recorded(hr_model *model, uint32_t tcp_stream,
                                         const char *from_address, uint16_t from_port,
                                         const char *to_address, uint16_t to_port);
hr_connection *hr_model_add_quic_recorded(hr_model *model, uint32_t number,
                                          const char *from_address, uint16_t from_port,
                                          const char *to_address, uint16_t to_port);

#ifndef HR_EVENTS_AS_THEY_ARE
#define hr_model_begin_frame hr_model_begin_frame_recorded
#define hr_model_add_tcp hr_model_add_tcp_recorded
#define hr_model_add_quic hr_model_add_quic_recorded
#define hr_tcp_segment_seen hr_tcp_segment_seen_recorded
#define hr_http1_request_seen hr_http1_request_seen_recorded
#define hr_http1_response_seen hr_http1_response_seen_recorded
#define hr_http1_request_begun hr_http1_request_begun_recorded
#define hr_http1_answer_begun hr_http1_answer_begun_recorded
#define hr_http1_answer_over hr_http1_answer_over_recorded
#define hr_http1_stray_seen hr_http1_stray_seen_recorded
#define hr_tcp_spoken_for hr_tcp_spoken_for_recorded
#define hr_tls_client_hello_seen hr_tls_client_hello_seen_recorded
#define hr_tls_server_hello_seen hr_tls_server_hello_seen_recorded
#define hr_tls_agreed hr_tls_agreed_recorded
#define hr_tls_message_seen hr_tls_message_seen_recorded
#define hr_tls_cipher_changed hr_tls_cipher_changed_recorded
#define hr_tls_alert_seen hr_tls_alert_seen_recorded
#define hr_tls_data_seen hr_tls_data_seen_recorded
#define hr_tls_hello_hidden hr_tls_hello_hidden_recorded
#define hr_h2_preface_seen hr_h2_preface_seen_recorded
#define hr_server_speaks hr_server_speaks_recorded
#define hr_h2_spoken hr_h2_spoken_recorded
#define hr_h2_request_seen hr_h2_request_seen_recorded
#define hr_h2_response_seen hr_h2_response_seen_recorded
#define hr_h2_data_seen hr_h2_data_seen_recorded
#define hr_h2_reset_seen hr_h2_reset_seen_recorded
#define hr_h2_goaway_seen hr_h2_goaway_seen_recorded
#define hr_h2_stream_limit_seen hr_h2_stream_limit_seen_recorded
#define hr_quic_packet_seen hr_quic_packet_seen_recorded
#define hr_quic_number_seen hr_quic_number_seen_recorded
#define hr_quic_datagram_seen hr_quic_datagram_seen_recorded
#define hr_quic_parameters_seen hr_quic_parameters_seen_recorded
#define hr_quic_handshake_done_seen hr_quic_handshake_done_seen_recorded
#define hr_quic_max_streams_seen hr_quic_max_streams_seen_recorded
#define hr_quic_close_seen hr_quic_close_seen_recorded
#define hr_h3_stream_seen hr_h3_stream_seen_recorded
#define hr_h3_headers_seen hr_h3_headers_seen_recorded
#define hr_h3_reset_seen hr_h3_reset_seen_recorded
#define hr_h3_goaway_seen hr_h3_goaway_seen_recorded
#endif

#endif
