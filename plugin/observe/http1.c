/* http1.c
 * HTTP/1.0 and 1.1 messages as events. A message is one where Wireshark's HTTP dissector says
 * so: http.request.method and http.response.version tell where it starts and in which bytes
 * (the segment's, or those of a reassembled message); the lines are read from there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http1_header.h"
#include "observe.h"

static int hf_request_method = -1;
static int hf_response_version = -1;
static int proto_icap = -1;

void hr_observe_http1_init(GArray *wanted)
{
    hf_request_method = hr_observe_want(wanted, "http.request.method");
    hf_response_version = hr_observe_want(wanted, "http.response.version");
    proto_icap = proto_get_id_by_filter_name("icap");
}

bool hr_observe_has_http1(proto_tree *tree)
{
    return (hf_request_method != -1 &&
            proto_get_finfo_ptr_array(tree, hf_request_method) != NULL) ||
           (hf_response_version != -1 &&
            proto_get_finfo_ptr_array(tree, hf_response_version) != NULL);
}

static hr_http1_persistence persistence_of(const hr_http1_lines *lines, hr_slice version)
{
    return (hr_http1_persistence){
        .is_http10 = hr_slice_is(version, "HTTP/1.0"),
        .says_close = lines->says_close,
        .says_keep_alive = lines->says_keep_alive,
    };
}

/* The message at @field, with what of it this frame brings. */
static hr_http1_lines lines_at(const field_info *field, const hr_tcp_layer *layer)
{
    tvbuff_t *tvb = field->ds_tvb;
    const bool is_in_segment = tvb == layer->tvb && field->start >= layer->payload_offset;
    const int64_t payload_end = (int64_t)layer->payload_offset + layer->payload_length;
    const int64_t available = is_in_segment ? payload_end - field->start
                                            : tvb_reported_length_remaining(tvb, field->start);
    hr_http1_lines lines = hr_http1_lines_read(tvb, field->start, (uint64_t)MAX(available, 0));

    lines.extent.available = (uint64_t)MAX(available, 0);
    lines.extent.is_whole = !is_in_segment;
    lines.extent.is_on_tcp = !layer->connection->is_tls;
    return lines;
}

static void observe_request(hr_model *model, const field_info *field, const hr_tcp_layer *layer)
{
    const hr_http1_lines lines = lines_at(field, layer);
    hr_slice rest = lines.start_line;
    hr_http1_request request = {
        .method = hr_slice_word(&rest),
        .host = lines.host,
        .user_agent = lines.user_agent,
        .is_relayed = lines.is_relayed,
        .expects_continue = lines.expects_continue,
        .asks_upgrade = lines.asks_upgrade && !lines.upgrades_to_h2c,
        .extent = lines.extent,
    };

    request.target = hr_slice_word(&rest);
    request.persistence = persistence_of(&lines, rest);
    if (hr_slice_is(request.method, "PRI") && hr_slice_is(request.target, "*")) {
        return; /* HTTP/2's preface (RFC 9113 §3.4) */
    }
    hr_http1_request_seen(model, layer->connection, layer->from, &request);
}

static void observe_response(hr_model *model, const field_info *field, const hr_tcp_layer *layer)
{
    const hr_http1_lines lines = lines_at(field, layer);
    hr_slice rest = lines.start_line;
    const hr_slice version = hr_slice_word(&rest);
    const int64_t code = hr_slice_number(hr_slice_word(&rest), 999);
    const hr_http1_response response = {
        .code = (unsigned)MAX(code, 0),
        .server = lines.server,
        .via = lines.via,
        .keep_alive_max = lines.keep_alive_max,
        .keep_alive_timeout = lines.keep_alive_timeout,
        .upgrades_to_h2c = lines.upgrades_to_h2c,
        .persistence = persistence_of(&lines, version),
        .extent = lines.extent,
    };

    if (code >= 100) {
        hr_http1_response_seen(model, layer->connection, layer->from, &response);
    }
}

static void observe_each(hr_model *model, proto_tree *tree, int hf, const hr_tcp_layer *layer,
                         void (*observe)(hr_model *, const field_info *, const hr_tcp_layer *))
{
    const GPtrArray *fields = hf != -1 ? proto_get_finfo_ptr_array(tree, hf) : NULL;

    for (guint i = 0; fields != NULL && i < fields->len; i++) {
        const field_info *field = fields->pdata[i];
        if (field->ds_tvb != NULL) {
            observe(model, field, layer);
        }
    }
}

/* ICAP wraps HTTP messages that never travelled on this connection (RFC 3507 §4.4). */
static bool is_quoted(const packet_info *pinfo)
{
    return proto_icap != -1 && proto_is_frame_protocol(pinfo->layers, "icap");
}

void hr_observe_http1(hr_model *model, packet_info *pinfo, proto_tree *tree,
                      const hr_tcp_layer *layer)
{
    if (!is_quoted(pinfo)) {
        observe_each(model, tree, hf_request_method, layer, observe_request);
        observe_each(model, tree, hf_response_version, layer, observe_response);
    }
}
