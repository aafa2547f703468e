/* playback.c
 * The way back: first the event's number and connection are read and checked, then its arguments,
 * then the core is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define HR_CODER_WRITES false
#include "events/playback.h"

#include <string.h>

#include "events/fields.h"

enum {
    STREAMS_A_FRAME = 16, /* TCP layers in one packet: more is a lie */
};

struct hr_playback {
    hr_model *model;
    hr_playback_numbers *numbers;
    const char *label;
    hr_block_reader blocks;
    hr_coder coder;
    bool is_over;
    bool has_frame; /* the next frame's time was read */
    uint64_t frames;
    int64_t time_ns;
    GArray *flows;         /* hr_coded_flow by the log's number */
    GPtrArray *tcp, *quic; /* hr_connection by the log's number, or NULL */
    hr_connection *latest; /* what the event before was about */
    int64_t latest_reference;
    GString *addresses[2]; /* of a connection that is added */
};

hr_playback *hr_playback_new(const hr_log *log, hr_model *model, hr_playback_numbers *numbers,
                             const char *label)
{
    hr_playback *playback = g_new0(hr_playback, 1);

    playback->model = model;
    playback->numbers = numbers;
    playback->label = label;
    playback->blocks = log->begin;
    playback->flows = g_array_new(FALSE, TRUE, sizeof(hr_coded_flow));
    playback->tcp = g_ptr_array_new();
    playback->quic = g_ptr_array_new();
    playback->addresses[0] = g_string_new(NULL);
    playback->addresses[1] = g_string_new(NULL);
    hr_coder_init_reader(&playback->coder);
    return playback;
}

void hr_playback_free(hr_playback *playback)
{
    if (playback == NULL) {
        return;
    }
    hr_coder_clear(&playback->coder);
    g_string_free(playback->addresses[0], TRUE);
    g_string_free(playback->addresses[1], TRUE);
    g_ptr_array_free(playback->quic, TRUE);
    g_ptr_array_free(playback->tcp, TRUE);
    g_array_free(playback->flows, TRUE);
    g_free(playback);
}

bool hr_playback_is_bad(const hr_playback *playback)
{
    return playback->coder.is_bad;
}

/* ---- connections ---- */

static hr_connection *connection_at(const GPtrArray *connections, int64_t number)
{
    return number >= 0 && number < (int64_t)connections->len ? connections->pdata[number] : NULL;
}

/* What an event is about, by the bits of its first byte; NULL and is_bad where nothing is. */
static hr_connection *take_connection(hr_playback *playback, uint8_t first)
{
    hr_coder *coder = &playback->coder;
    int64_t difference = 0;
    uint8_t depth = 0;

    if ((first & HR_OP_SAME) == 0) {
        hr_code_i64(coder, &difference);
        if ((first & HR_OP_HAS_DEPTH) != 0) {
            hr_code_byte(coder, &depth);
        }
        const int64_t reference =
            playback->latest_reference + CLAMP(difference, -(INT64_C(1) << 40), INT64_C(1) << 40);
        hr_connection *connection =
            connection_at((reference & 1) != 0 ? playback->quic : playback->tcp, reference >> 1);
        /* What ran inside a copy is heard with the other one. */
        for (; depth > 0 && connection != NULL && !hr_connection_is_copy(connection); depth--) {
            connection = connection->seldom->tunnel;
        }
        playback->latest = connection;
        playback->latest_reference = connection != NULL ? reference : 0;
    }
    if (playback->latest == NULL) {
        hr_coder_fail(coder);
    }
    return coder->is_bad ? NULL : playback->latest;
}

static bool is_about(const hr_connection *connection, hr_event_about about)
{
    switch (about) {
    case HR_ABOUT_segment:
        return connection->transport == HR_TRANSPORT_TCP;
    case HR_ABOUT_tcp:
        return connection->transport != HR_TRANSPORT_QUIC;
    case HR_ABOUT_quic:
        return connection->transport == HR_TRANSPORT_QUIC;
    case HR_ABOUT_either:
    default:
        return true;
    }
}

static const char *address_of(hr_playback *playback, unsigned index, hr_slice slice)
{
    GString *address = playback->addresses[index];

    g_string_truncate(address, 0);
    if (playback->label != NULL) {
        g_string_append_printf(address, "%s/", playback->label);
    }
    g_string_append_len(address, slice.text != NULL ? slice.text : "", (gssize)slice.length);
    return address->str;
}

/* Streams that Wireshark counted and nobody was told of count here, too. */
static uint32_t next_number(const GPtrArray *known, uint32_t number, uint32_t *count)
{
    const uint32_t skipped = number > known->len ? number - known->len : 0;
    const uint32_t result = *count + skipped;

    *count = result + 1;
    return result;
}

static void keep_connection(GPtrArray *known, uint32_t number, hr_connection *connection)
{
    if (number >= known->len) {
        g_ptr_array_set_size(known, (gint)number + 1);
    }
    known->pdata[number] = connection;
}

static void add_connection(hr_playback *playback, bool is_quic)
{
    hr_added_connection added = {.is_quic = is_quic};
    GPtrArray *known = is_quic ? playback->quic : playback->tcp;

    hr_field_added(&playback->coder, &added);
    if (added.number >= playback->frames * STREAMS_A_FRAME ||
        connection_at(known, added.number) != NULL) {
        hr_coder_fail(&playback->coder);
    }
    if (playback->coder.is_bad) {
        return;
    }
    const char *from = address_of(playback, 0, added.from_address);
    const char *to = address_of(playback, 1, added.to_address);
    if (is_quic) {
        const uint32_t number = next_number(known, added.number, &playback->numbers->quic_numbers);
        keep_connection(
            known, added.number,
            hr_model_add_quic(playback->model, number, from, added.from_port, to, added.to_port));
    } else {
        const uint32_t number = next_number(known, added.number, &playback->numbers->tcp_streams);
        g_array_set_size(playback->flows, MAX(playback->flows->len, added.number + 1));
        keep_connection(
            known, added.number,
            hr_model_add_tcp(playback->model, number, from, added.from_port, to, added.to_port));
    }
    hr_coder_end_event(&playback->coder);
}

/* ---- events ---- */

#define PASS_VALUE(kind, type)                                                                     \
    static hr_parameter_##kind pass_##kind(const type *value)                                      \
    {                                                                                              \
        return *value;                                                                             \
    }
#define PASS_STRUCT(kind, type)                                                                    \
    static hr_parameter_##kind pass_##kind(const type *value)                                      \
    {                                                                                              \
        return value;                                                                              \
    }
HR_EVENT_KINDS(PASS_VALUE, PASS_STRUCT)

#define TAKE_0(k1)
#define TAKE_1(k1)                                                                                 \
    hr_argument_##k1 a1 = {0};                                                                     \
    hr_field_##k1(coder, &a1);
#define TAKE_2(k1, k2)                                                                             \
    TAKE_1(k1)                                                                                     \
    hr_argument_##k2 a2 = {0};                                                                     \
    hr_field_##k2(coder, &a2);
#define TAKE_3(k1, k2, k3)                                                                         \
    TAKE_2(k1, k2)                                                                                 \
    hr_argument_##k3 a3 = {0};                                                                     \
    hr_field_##k3(coder, &a3);
#define TAKE_4(k1, k2, k3, k4)                                                                     \
    TAKE_3(k1, k2, k3)                                                                             \
    hr_argument_##k4 a4 = {0};                                                                     \
    hr_field_##k4(coder, &a4);

#define PASSED_0(k1)
#define PASSED_1(k1) , pass_##k1(&a1)
#define PASSED_2(k1, k2) PASSED_1(k1), pass_##k2(&a2)
#define PASSED_3(k1, k2, k3) PASSED_2(k1, k2), pass_##k3(&a3)
#define PASSED_4(k1, k2, k3, k4) PASSED_3(k1, k2, k3), pass_##k4(&a4)

/* What one piece shows twice another one may have told, see hr_connection_is_copy(). */
static bool is_heard(const hr_connection *connection, uint8_t op)
{
    return op == HR_OP_hr_tcp_segment_seen || !hr_connection_is_copy(connection);
}

#define DEFINE_REPLAYED(result, about, function, count, ...)                                       \
    static void replay_##function(hr_model *model, hr_connection *connection, hr_coder *coder)     \
    {                                                                                              \
        TAKE_##count(__VA_ARGS__) if (!coder->is_bad && is_heard(connection, HR_OP_##function))    \
        {                                                                                          \
            (void)function(model, connection PASSED_##count(__VA_ARGS__));                         \
        }                                                                                          \
    }
HR_EVENTS(DEFINE_REPLAYED)

typedef struct {
    hr_event_about about;
    void (*replay)(hr_model *model, hr_connection *connection, hr_coder *coder);
} event_row;

#define ROW(result, about, function, ...)                                                          \
    [HR_OP_##function] = {HR_ABOUT_##about, replay_##function},
static const event_row rows[HR_OP_COUNT] = {HR_EVENTS(ROW)};

static void take_event(hr_playback *playback, uint8_t first)
{
    hr_coder *coder = &playback->coder;
    const uint8_t op = first & HR_OP_MASK;

    if (op >= HR_OP_COUNT || rows[op].replay == NULL) {
        hr_coder_fail(coder);
        return;
    }
    hr_connection *connection = take_connection(playback, first);
    if (connection == NULL || !is_about(connection, rows[op].about)) {
        hr_coder_fail(coder);
        return;
    }
    coder->flow = connection->seldom->quic == NULL ? &g_array_index(playback->flows, hr_coded_flow,
                                                                    playback->latest_reference >> 1)
                                                   : NULL;
    coder->turns_ends = false;
    if (hr_connection_is_half(connection) && op != HR_OP_hr_tcp_segment_seen) {
        coder->turns_ends = hr_connection_innermost_end(connection, 0) != 0;
        hr_connection *whole = hr_connection_innermost(connection);
        connection = whole != NULL ? whole : connection; /* that is a copy, too, and is not heard */
    }
    rows[op].replay(playback->model, connection, coder);
    hr_coder_end_event(coder);
}

/* ---- frames ---- */

static bool open_block(hr_playback *playback)
{
    hr_coder *coder = &playback->coder;

    while (!coder->is_bad && !playback->is_over && coder->at == coder->end) {
        hr_block block = {HR_BLOCK_END, NULL, 0};
        coder->is_bad = !hr_block_again(&playback->blocks, &block);
        playback->is_over = block.kind != HR_BLOCK_EVENTS;
        if (!coder->is_bad && !playback->is_over) {
            coder->at = block.data;
            coder->end = block.data + block.length;
        }
    }
    return !coder->is_bad && !playback->is_over;
}

/* Whether there is more to read; the next block is opened where one is needed. */
static inline bool has_more(hr_playback *playback)
{
    const hr_coder *coder = &playback->coder;

    return coder->at < coder->end || open_block(playback);
}

static void take_frame(hr_playback *playback)
{
    hr_coder *coder = &playback->coder;
    uint8_t first = 0;
    int64_t step_ns = 0;

    hr_code_byte(coder, &first);
    hr_field_step(coder, &step_ns);
    if (first != HR_OP_FRAME || step_ns < -playback->time_ns ||
        step_ns > HR_TIME_LATEST - playback->time_ns) {
        hr_coder_fail(coder);
    }
    playback->time_ns += coder->is_bad ? 0 : step_ns;
    playback->frames++;
    playback->has_frame = !coder->is_bad;
}

bool hr_playback_next(hr_playback *playback, int64_t *time_ns)
{
    if (!playback->has_frame && has_more(playback)) {
        take_frame(playback);
    }
    *time_ns = playback->time_ns;
    return playback->has_frame;
}

void hr_playback_frame(hr_playback *playback)
{
    playback->has_frame = false;
    while (has_more(playback) && *playback->coder.at != HR_OP_FRAME) {
        uint8_t first = 0;
        hr_code_byte(&playback->coder, &first);
        if (first == HR_OP_ADD_TCP || first == HR_OP_ADD_QUIC) {
            add_connection(playback, first == HR_OP_ADD_QUIC);
        } else {
            take_event(playback, first);
        }
    }
}

bool hr_playback_all(const hr_log *log, hr_model *model)
{
    hr_playback_numbers numbers = {0, 0};
    hr_playback *playback = hr_playback_new(log, model, &numbers, NULL);
    uint32_t frame = 0;
    int64_t time_ns = 0;
    size_t count = 0;

    while (hr_playback_next(playback, &time_ns)) {
        hr_model_begin_frame(model, ++frame, time_ns);
        hr_playback_frame(playback);
        (void)hr_model_end_frame(model, &count);
    }
    const bool is_good = !hr_playback_is_bad(playback);
    hr_playback_free(playback);
    return is_good;
}
