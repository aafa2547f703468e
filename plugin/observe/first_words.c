/* first_words.c
 * How a server begins where its client speaks something else: HTTP/1 to a preface of HTTP/2, SETTINGS
 * or a TLS alert to a request in the clear.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "observe.h"
#include "octets.h"

enum {
    FRAME_HEADER = 9, /* RFC 9113 section 4.1 */
    FRAME_SETTINGS = 4,
    SETTING_LENGTH = 6,
    ALERT_RECORD = 7, /* RFC 8446 sections 5.1 and 6: its header, level and description */
    RECORD_ALERT = 21,
    RECORD_MAJOR = 3,
};

/* On stream 0, of whole settings, and no ACK. */
static bool is_settings(const uint8_t *bytes)
{
    const unsigned length = (unsigned)hr_two_octets(bytes) << 8 | bytes[2];

    return bytes[3] == FRAME_SETTINGS && bytes[4] == 0 && hr_four_octets(bytes + 5) == 0 &&
           length % SETTING_LENGTH == 0;
}

static bool is_alert(const uint8_t *bytes, uint32_t length)
{
    return length == ALERT_RECORD && bytes[0] == RECORD_ALERT && bytes[1] == RECORD_MAJOR &&
           hr_two_octets(bytes + 3) == 2;
}

/* RFC 9112 section 4 */
static bool is_status_line(const uint8_t *bytes)
{
    return memcmp(bytes, "HTTP/1.", strlen("HTTP/1.")) == 0;
}

void hr_observe_first_words(hr_model *model, const hr_tcp_layer *layer)
{
    const hr_connection *connection = layer->connection;
    const uint32_t length = layer->payload_length;
    const bool is_h2 = connection->protocol == HR_PROTOCOL_H2;
    hr_spoken spoken = HR_SPOKEN_UNKNOWN;

    if (length < ALERT_RECORD || !hr_wants_first_words(connection, layer->from, length) ||
        !tvb_bytes_exist(layer->tvb, layer->payload_offset, (int)MIN(length, FRAME_HEADER))) {
        return;
    }
    const uint8_t *bytes =
        tvb_get_ptr(layer->tvb, layer->payload_offset, (int)MIN(length, FRAME_HEADER));
    if (is_alert(bytes, length)) {
        spoken = HR_SPOKEN_TLS;
    } else if (is_h2 && is_status_line(bytes)) {
        spoken = HR_SPOKEN_HTTP1;
    } else if (!is_h2 && length >= FRAME_HEADER && is_settings(bytes)) {
        spoken = HR_SPOKEN_H2;
    }
    if (spoken != HR_SPOKEN_UNKNOWN) {
        hr_server_speaks(model, layer->connection, layer->from, spoken);
    }
}
