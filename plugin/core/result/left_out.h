/* left_out.h
 * What looks like HTTP and is not shown as such: it is named, and nothing is said of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_LEFT_OUT_H
#define HR_CORE_RESULT_LEFT_OUT_H

#include "core/model/model.h"

typedef enum {
    HR_LEFT_OUT_H2,  /**< begins with HTTP/2's preface, on a port that Wireshark does not know */
    HR_LEFT_OUT_TLS, /**< TLS without ALPN and keys, on such a port: it may be HTTP */
} hr_left_out_kind;

/** The connections of one kind to one server. */
typedef struct {
    hr_left_out_kind kind;
    hr_endpoint server;
    uint32_t connections;
} hr_left_out;

/** An array of hr_left_out in the order of their first connections; free it with g_array_free(). */
GArray *hr_left_out_find(const hr_model *model);

#endif
