/* tls.c
 * TLS records and handshake messages as events. Wireshark's TLS dissector says where they are
 * and, with keys, what is in them; encrypted ones are told by their type and length.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <epan/prefs.h>
#include <epan/range.h>

#include "observe.h"
#include "tls_hello.h"

enum {
    RECORD_HEADER = 5,
    RECORD_CHANGE_CIPHER_SPEC = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_APPLICATION_DATA = 23,
};

static int hf_handshake_type = -1;
static int hf_content_type = -1;
static int hf_opaque_type = -1;
static int hf_alert_description = -1;
static int hf_segment_data = -1;

void hr_observe_tls_init(GArray *wanted)
{
    hf_handshake_type = hr_observe_want(wanted, "tls.handshake.type");
    hf_content_type = hr_observe_want(wanted, "tls.record.content_type");
    hf_opaque_type = hr_observe_want(wanted, "tls.record.opaque_type");
    hf_alert_description = hr_observe_want(wanted, "tls.alert_message.desc");
    hf_segment_data = hr_observe_want(wanted, "tls.segment.data");
}

/* Whether Wireshark's preferences make @port one of HTTP over TLS. */
static bool is_http_port(uint16_t port)
{
    range_t *ports = prefs_get_range_value("http", "tls.port");
    return ports != NULL ? value_is_in_range(ports, port) : port == 443;
}

static void report_message(hr_model *model, const hr_tcp_layer *layer,
                           hr_tls_handshake_message *message)
{
    const hr_endpoint *to = &layer->connection->ends[1 - layer->from].endpoint;

    switch (message->type) {
    case HR_TLS_CLIENT_HELLO:
        message->client.is_on_http_port = is_http_port(to->port);
        hr_tls_client_hello_seen(model, layer->connection, layer->from, &message->client);
        break;
    case HR_TLS_SERVER_HELLO:
        if (!message->is_retry) {
            hr_tls_server_hello_seen(model, layer->connection, layer->from, &message->server);
        }
        break;
    case HR_TLS_ENCRYPTED_EXTENSIONS:
        hr_tls_agreed(model, layer->connection, &message->alpn, message->accepts_early_data);
        break;
    default:
        hr_tls_message_seen(model, layer->connection, layer->from, message->type);
        break;
    }
    if (message->has_quic) {
        hr_quic_parameters_seen(model, layer->connection, layer->from, &message->quic);
    }
}

void hr_observe_tls_handshake(hr_model *model, packet_info *pinfo, proto_tree *tree,
                              const hr_tcp_layer *layer)
{
    const GPtrArray *types = hr_observe_fields(tree, hf_handshake_type);

    for (guint i = 0; types != NULL && i < types->len; i++) {
        const field_info *field = types->pdata[i];
        if (field->ds_tvb != NULL) {
            hr_tls_handshake_message message =
                hr_tls_handshake_read(pinfo->pool, field->ds_tvb, field->start);
            report_message(model, layer, &message);
        }
    }
}

/* The length in the record's header, which @field starts; 0 where it was not captured. */
static uint32_t record_length(const field_info *field)
{
    return field->ds_tvb != NULL && tvb_bytes_exist(field->ds_tvb, field->start, RECORD_HEADER)
               ? tvb_get_ntohs(field->ds_tvb, field->start + 3)
               : 0;
}

static void observe_alert(hr_model *model, proto_tree *tree, const hr_tcp_layer *layer)
{
    const GPtrArray *descriptions = hr_observe_fields(tree, hf_alert_description);
    const int description = descriptions != NULL && descriptions->len > 0
                                ? (int)hr_field_uint(descriptions->pdata[0])
                                : HR_TLS_ALERT_UNKNOWN;
    hr_tls_alert_seen(model, layer->connection, layer->from, description);
}

static bool is_same_place(const field_info *a, const field_info *b)
{
    return a->ds_tvb == b->ds_tvb && a->start == b->start;
}

static void observe_record(hr_model *model, proto_tree *tree, const hr_tcp_layer *layer,
                           const field_info *type, bool is_readable)
{
    switch (hr_field_uint(type)) {
    case RECORD_CHANGE_CIPHER_SPEC:
        hr_tls_cipher_changed(model, layer->connection, layer->from);
        break;
    case RECORD_ALERT:
        observe_alert(model, tree, layer);
        break;
    case RECORD_APPLICATION_DATA:
        hr_tls_data_seen(model, layer->connection, layer->from, record_length(type), is_readable);
        break;
    default:
        break;
    }
}

/* TLS 1.3 shows an opaque type for each encrypted record, and at the same place the true type
 * where it was decrypted. */
static void observe_records(hr_model *model, proto_tree *tree, const hr_tcp_layer *layer,
                            bool is_readable)
{
    const GPtrArray *types = hr_observe_fields(tree, hf_content_type);
    const GPtrArray *opaque = hr_observe_fields(tree, hf_opaque_type);
    const guint opaque_count = opaque != NULL ? opaque->len : 0;
    guint decrypted = 0;

    for (guint i = 0; types != NULL && i < types->len; i++) {
        const bool is_decrypted =
            decrypted < opaque_count && is_same_place(types->pdata[i], opaque->pdata[decrypted]);
        decrypted += is_decrypted;
        observe_record(model, tree, layer, types->pdata[i], is_readable || is_decrypted);
    }
    for (guint i = decrypted; i < opaque_count; i++) {
        observe_record(model, tree, layer, opaque->pdata[i], false);
    }
}

/* A message of several records shows in the frame of the last one only; before, its decrypted
 * pieces. A piece in a data source that has records is one of a record, which nobody decrypted. */
static bool has_piece_of_message(proto_tree *tree, const hr_tcp_layer *layer)
{
    const GPtrArray *pieces = hr_observe_fields(tree, hf_segment_data);
    const GPtrArray *types = hr_observe_fields(tree, hf_content_type);
    const field_info *record =
        types != NULL && types->len > 0 ? types->pdata[types->len - 1] : NULL;

    for (guint i = 0; pieces != NULL && i < pieces->len; i++) {
        const tvbuff_t *source = ((const field_info *)pieces->pdata[i])->ds_tvb;
        if (source != layer->tvb && (record == NULL || source != record->ds_tvb)) {
            return true;
        }
    }
    return false;
}

void hr_observe_tls(hr_model *model, packet_info *pinfo, proto_tree *tree,
                    const hr_tcp_layer *layer, bool has_message)
{
    hr_observe_tls_handshake(model, pinfo, tree, layer);
    observe_records(model, tree, layer, has_message || has_piece_of_message(tree, layer));
}
