/* input.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

#include "story.h"

enum {
    QUIC_NUMBERS = 4,
    FRAMES_MAX = 2000, /* an input is done in milliseconds */
};

static const char *address(unsigned index)
{
    static const char *const addresses[] = {"10.0.0.1", "10.0.0.2", "fe80::1", "10.0.0.80"};
    return addresses[index % G_N_ELEMENTS(addresses)];
}

static uint16_t port(unsigned index)
{
    static const uint16_t ports[] = {80, 443, 40000, 40001};
    return ports[index % G_N_ELEMENTS(ports)];
}

static int64_t later(story *s)
{
    const uint8_t kind = story_byte(s);
    const int64_t step = kind & 63;

    switch (kind >> 6) {
    case 0:
        return s->now_ns + step * HR_NS_PER_MS;
    case 1:
        return s->now_ns + step * HR_NS_PER_S;
    case 2:
        return s->now_ns - MIN(s->now_ns, step * HR_NS_PER_MS);
    default: /* anywhere, also where no pcap is */
        return (int64_t)((uint64_t)story_word(s) << 32 | story_word(s));
    }
}

static void take_tcp(story *s)
{
    const unsigned index = story_below(s, STREAMS);
    const uint8_t ends = story_byte(s);
    const uint8_t bits = story_byte(s);
    uint32_t *next = s->next[index];

    s->connection = hr_model_tcp_connection(s->model, index);
    if (s->connection == NULL) {
        s->connection = hr_model_add_tcp(s->model, index, address(ends), port(ends >> 2),
                                         address(ends >> 4), port(ends >> 6));
    }
    s->from = bits & 1;
    hr_tcp_segment segment = {
        .from = s->from,
        .flags = (uint8_t)((bits & 2) != 0 ? story_byte(s) & 0x17 : HR_TCP_ACK),
        .seq = next[s->from],
        .ack = next[1 - s->from],
        .length = (bits & 4) != 0 ? story_below(s, 255) * 3 : 0,
        .is_cut = (bits & 8) != 0,
    };
    segment.has_no_room = (bits & 24) == 24;
    segment.hops = (bits & 128) != 0 ? ends : 64;
    segment.way = (bits & 128) != 0 ? (hr_way)(ends % 3) : HR_WAY_UNKNOWN;
    if ((bits & 16) != 0) { /* sent again, or one is missing */
        segment.seq += story_byte(s) - 128U;
    }
    if ((bits & 32) != 0) {
        segment.ack += story_byte(s) - 128U;
    }
    if ((bits & 64) != 0) {
        segment.seq = story_word(s);
    }
    next[s->from] =
        segment.seq + segment.length + ((segment.flags & (HR_TCP_SYN | HR_TCP_FIN)) != 0 ? 1 : 0);
    hr_tcp_segment_seen(s->model, s->connection, &segment);
    hr_connection *inner = hr_connection_innermost(s->connection);
    if (inner == NULL) {
        return; /* it is another one again */
    }
    if (inner != s->connection) {
        s->from = hr_connection_innermost_end(s->connection, s->from);
        s->connection = inner;
    }
    for (unsigned count = (bits & 128) != 0 ? 1 + story_below(s, 3) : 0; count > 0; count--) {
        story_tell_tcp(s);
    }
    story_look_at_bytes(s);
}

static void take_quic(story *s)
{
    const unsigned number = story_below(s, QUIC_NUMBERS);
    const uint8_t ends = story_byte(s);
    const uint8_t bits = story_byte(s);

    s->connection = hr_model_quic_connection(s->model, number);
    if (s->connection == NULL) {
        s->connection = hr_model_add_quic(s->model, number, address(ends), port(ends >> 2),
                                          address(ends >> 4), port(ends >> 6));
    }
    s->from = bits & 1;
    hr_quic_packet_seen(s->model, s->connection, s->from,
                        (hr_quic_packet)((bits >> 1) % HR_QUIC_PACKETS));
    if ((bits & 64) != 0) {
        hr_quic_number_seen(s->model, s->connection, s->from, story_length(s));
    }
    hr_quic_datagram_seen(s->model, s->connection, s->from, story_below(s, 255) * 6);
    for (unsigned count = (bits & 128) != 0 ? 1 + story_below(s, 3) : 0; count > 0; count--) {
        story_tell_quic(s);
    }
}

void fuzz_feed(hr_model *model, const uint8_t *data, size_t size, void (*pause)(hr_model *model))
{
    story s = {.data = data, .size = size, .model = model, .now_ns = 1700000000 * HR_NS_PER_S};
    size_t count = 0;

    while (s.at < size && s.frame < FRAMES_MAX) {
        const uint8_t kind = story_byte(&s);
        const int64_t time_ns = later(&s);
        hr_model_begin_frame(model, ++s.frame, time_ns);
        s.now_ns = CLAMP(time_ns, 0, INT64_MAX / 2);
        if ((kind & 7) != 0) {
            take_tcp(&s);
        } else {
            take_quic(&s);
        }
        hr_model_end_frame(model, &count);
        if (kind >= 250 && pause != NULL) {
            pause(model);
        }
    }
}
