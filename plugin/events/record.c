/* record.c
 * An event begins with its number, then the connection it is about: the difference to the one of
 * the event before, if it is another. A frame begins with the time since the one before; its
 * number needs no place, since every frame is in the log, whether it shows anything or not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define HR_EVENTS_AS_THEY_ARE
#define HR_CODER_WRITES true
#include "events/record.h"

#include <string.h>

#include "events/blocks.h"
#include "events/fields.h"
#include "events/header.h"
#include "events/recorded.h"

struct hr_recorder {
    FILE *out;
    hr_model *model;
    uint32_t blocks; /* written so far */
    GByteArray *open;
    hr_coder coder;
    GArray *flows; /* hr_coded_flow by tcp.stream */
    hr_log_end end;
    int64_t latest_ns;
    const hr_connection *latest; /* what the event before was about */
    int64_t latest_reference;
};

/* ---- the file ---- */

static void end_block(hr_recorder *recorder, hr_block_kind kind)
{
    const hr_block block = {kind, recorder->open->data, recorder->open->len};

    hr_block_write(recorder->out, recorder->blocks++, &block);
    g_byte_array_set_size(recorder->open, 0);
}

hr_recorder *hr_recorder_new(FILE *out, hr_model *model)
{
    g_assert(hr_model_recorder(model) == NULL);
    hr_recorder *recorder = g_new0(hr_recorder, 1);
    hr_log_header header = hr_log_header_of(model);

    recorder->out = out;
    recorder->model = model;
    recorder->open = g_byte_array_new();
    recorder->flows = g_array_new(FALSE, TRUE, sizeof(hr_coded_flow));
    hr_coder_init_writer(&recorder->coder, recorder->open);
    g_assert(hr_model_recorder(model) == NULL); /* it would lose what the model tells */
    hr_blocks_begin(out);
    hr_field_header(&recorder->coder, &header);
    hr_coder_end_event(&recorder->coder);
    end_block(recorder, HR_BLOCK_HEADER);
    hr_model_set_recorder(model, recorder);
    return recorder;
}

void hr_recorder_free(hr_recorder *recorder, bool is_whole)
{
    if (recorder == NULL) {
        return;
    }
    if (is_whole) {
        if (recorder->open->len > 0) {
            end_block(recorder, HR_BLOCK_EVENTS);
        }
        hr_field_end(&recorder->coder, &recorder->end);
        end_block(recorder, HR_BLOCK_END);
    }
    hr_model_set_recorder(recorder->model, NULL);
    hr_coder_clear(&recorder->coder);
    g_array_free(recorder->flows, TRUE);
    g_byte_array_free(recorder->open, TRUE);
    g_free(recorder);
}

/* ---- events ---- */

static hr_coded_flow *flow_of(hr_recorder *recorder, uint32_t tcp_stream)
{
    if (tcp_stream >= recorder->flows->len) {
        g_array_set_size(recorder->flows, tcp_stream + 1);
    }
    return &g_array_index(recorder->flows, hr_coded_flow, tcp_stream);
}

/* Begins an event about @connection; NULL where nobody records. */
static hr_coder *begin_event(const hr_model *model, const hr_connection *connection, uint8_t op)
{
    hr_recorder *recorder = hr_model_recorder(model);

    if (recorder == NULL) {
        return NULL;
    }
    hr_coder *coder = &recorder->coder;
    const bool is_same = connection == recorder->latest;
    uint8_t depth = connection->seldom->depth;
    uint8_t first = (uint8_t)(op | (is_same ? HR_OP_SAME : depth > 0 ? HR_OP_HAS_DEPTH : 0));

    hr_code_byte(coder, &first);
    if (!is_same) {
        const int64_t reference =
            hr_log_reference(connection->seldom->quic != NULL ? connection->seldom->quic->number
                                                              : connection->tcp_stream,
                             connection->seldom->quic != NULL);
        int64_t difference = reference - recorder->latest_reference;
        hr_code_i64(coder, &difference);
        if (depth > 0) {
            hr_code_byte(coder, &depth);
        }
        recorder->latest = connection;
        recorder->latest_reference = reference;
    }
    coder->flow =
        connection->seldom->quic == NULL ? flow_of(recorder, connection->tcp_stream) : NULL;
    return coder;
}

static void put_frame(hr_recorder *recorder, int64_t frame_ns)
{
    hr_log_end *end = &recorder->end;
    const int64_t time_ns = CLAMP(frame_ns, 0, HR_TIME_LATEST);
    int64_t step_ns = time_ns - recorder->latest_ns;
    uint8_t op = HR_OP_FRAME;

    hr_code_byte(&recorder->coder, &op);
    hr_field_step(&recorder->coder, &step_ns);
    if (end->frames == 0) {
        end->first_ns = time_ns;
    }
    end->frames++;
    end->last_ns = recorder->latest_ns = time_ns;
}

/* A by-value argument and one by pointer, as something that a coder can take. */
#define VALUE_OF(kind, type)                                                                       \
    static void put_##kind(hr_coder *coder, type value)                                            \
    {                                                                                              \
        hr_field_##kind(coder, &value);                                                            \
    }
#define STRUCT_OF(kind, type)                                                                      \
    static void put_##kind(hr_coder *coder, const type *value)                                     \
    {                                                                                              \
        type copy = *value;                                                                        \
        hr_field_##kind(coder, &copy);                                                             \
    }
// cppcheck-suppress ctunullpointer; it miscounts the arguments that the macros pass
HR_EVENT_KINDS(VALUE_OF, STRUCT_OF)

#define PUT_0(k1) (void)coder;
#define PUT_1(k1) put_##k1(coder, a1);
#define PUT_2(k1, k2) PUT_1(k1) put_##k2(coder, a2);
#define PUT_3(k1, k2, k3) PUT_2(k1, k2) put_##k3(coder, a3);
#define PUT_4(k1, k2, k3, k4) PUT_3(k1, k2, k3) put_##k4(coder, a4);

#define GIVEN_0
#define GIVEN_1 , a1
#define GIVEN_2 GIVEN_1, a2
#define GIVEN_3 GIVEN_2, a3
#define GIVEN_4 GIVEN_3, a4

/* What says that it changed nothing needs no place in the log. */
#define TELL_void(function, ...)                                                                   \
    put_##function(__VA_ARGS__);                                                                   \
    function(__VA_ARGS__);
#define TELL_request(function, ...)                                                                \
    put_##function(__VA_ARGS__);                                                                   \
    return function(__VA_ARGS__);
#define TELL_boolean(function, ...)                                                                \
    const bool has_changed = function(__VA_ARGS__);                                                \
    if (has_changed) {                                                                             \
        put_##function(__VA_ARGS__);                                                               \
    }                                                                                              \
    return has_changed;

#define DEFINE_RECORDED(result, about, function, count, ...)                                       \
    static void put_##function(const hr_model *model,                                              \
                               hr_connection *connection HR_PARAMETERS_##count(__VA_ARGS__))       \
    {                                                                                              \
        hr_coder *coder = begin_event(model, connection, HR_OP_##function);                        \
        if (coder != NULL) {                                                                       \
            PUT_##count(__VA_ARGS__) hr_coder_end_event(coder);                                    \
        }                                                                                          \
    }                                                                                              \
    HR_RESULT_##result function##_recorded(                                                        \
        hr_model *model, hr_connection *connection HR_PARAMETERS_##count(__VA_ARGS__))             \
    {                                                                                              \
        TELL_##result(function, model, connection GIVEN_##count)                                   \
    }
HR_EVENTS(DEFINE_RECORDED)

/* ---- what is no row of the table ---- */

void hr_model_begin_frame_recorded(hr_model *model, uint32_t frame, int64_t time_ns)
{
    hr_recorder *recorder = hr_model_recorder(model);

    if (recorder != NULL) {
        if (recorder->open->len >= HR_BLOCK_FULL) {
            end_block(recorder, HR_BLOCK_EVENTS);
        }
        put_frame(recorder, time_ns);
    }
    hr_model_begin_frame(model, frame, time_ns);
}

static void put_connection(const hr_model *model, const hr_added_connection *added)
{
    hr_recorder *recorder = hr_model_recorder(model);
    hr_added_connection copy = *added;

    if (recorder != NULL) {
        uint8_t op = added->is_quic ? HR_OP_ADD_QUIC : HR_OP_ADD_TCP;
        hr_code_byte(&recorder->coder, &op);
        hr_field_added(&recorder->coder, &copy);
        hr_coder_end_event(&recorder->coder);
    }
}

hr_connection *hr_model_add_tcp_recorded(hr_model *model, uint32_t tcp_stream,
                                         const char *from_address, uint16_t from_port,
                                         const char *to_address, uint16_t to_port)
{
    const hr_added_connection added = {false,     tcp_stream, {from_address, strlen(from_address)},
                                       from_port, to_port,    {to_address, strlen(to_address)}};

    put_connection(model, &added);
    return hr_model_add_tcp(model, tcp_stream, from_address, from_port, to_address, to_port);
}

hr_connection *hr_model_add_quic_recorded(hr_model *model, uint32_t number,
                                          const char *from_address, uint16_t from_port,
                                          const char *to_address, uint16_t to_port)
{
    const hr_added_connection added = {true,      number,  {from_address, strlen(from_address)},
                                       from_port, to_port, {to_address, strlen(to_address)}};

    put_connection(model, &added);
    return hr_model_add_quic(model, number, from_address, from_port, to_address, to_port);
}
