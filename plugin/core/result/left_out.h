/* left_out.h
 * What looks like HTTP, or is TLS that may be, and is not shown as such: it is named, and nothing
 * is said of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_LEFT_OUT_H
#define HR_CORE_RESULT_LEFT_OUT_H

#include "core/model/model.h"

typedef enum {
    HR_LEFT_OUT_H2, /**< begins with HTTP/2's preface, on a port that Wireshark does not know */
    HR_LEFT_OUT_H2_REQUESTS, /**< HTTP/2 in the clear with answers to what is not shown */
    HR_LEFT_OUT_TLS,         /**< TLS without ALPN and keys, on such a port: it may be HTTP */
    HR_LEFT_OUT_HIDDEN_TLS,  /**< begins with a ClientHello, on a port that is another protocol's */
    HR_LEFT_OUT_BEGUN_TLS,   /**< TLS whose ClientHello is not in the capture: no key shows it */
} hr_left_out_kind;

/** The connections of one kind to one server. */
typedef struct {
    hr_left_out_kind kind;
    hr_endpoint server;
    uint32_t connections;
    const hr_connection *first;
    uint32_t frame; /**< where the first of them looks like HTTP */
} hr_left_out;

/**
 * An array of hr_left_out in the order of their first connections; free it with g_array_free().
 * Says of each of these first connections which it is (left_out).
 */
GArray *hr_left_out_find(hr_model *model);

/** The option of Wireshark and tshark that would show them: "-d tcp.port==3550,http2"; nothing
 * where none would. */
void hr_left_out_append_option(GString *text, const hr_left_out *left_out);

#endif
