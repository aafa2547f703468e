/* writer.c
 * The fields at Wireshark's side: their numbers, and how each type is added and displayed. All
 * of them are generated: no byte of the packet stands for them. Strings of the capture are
 * printable UTF-8 since they came into the model.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/writer.h"

static int hf[HR_FIELD_COUNT];

static void finish(const hr_tree_writer *out, proto_item *item)
{
    proto_item_set_generated(item);
    if (out->is_hidden) {
        proto_item_set_hidden(item);
    }
}

hr_tree_writer hr_tree_begin(const hr_tree_writer *out, int ett, const char *label,
                             proto_item **line)
{
    proto_tree *tree = proto_tree_add_subtree(out->tree, out->context->tvb, 0, 0, ett, line, label);

    proto_item_set_generated(*line);
    return (hr_tree_writer){out->context, tree, out->is_hidden};
}

hr_tree_writer hr_tree_unless(const hr_tree_writer *out, bool is_default)
{
    return (hr_tree_writer){out->context, out->tree, out->is_hidden || is_default};
}

hr_tree_writer hr_tree_begin_thing(const hr_tree_writer *out, int ett, const char *title,
                                   proto_item **line)
{
    *line = proto_tree_add_none_format(out->tree, hf[HR_FIELD_THING], out->context->tvb, 0, 0, "%s",
                                       title);
    proto_item_set_generated(*line);
    return (hr_tree_writer){out->context, proto_item_add_subtree(*line, ett), out->is_hidden};
}

const char *hr_tree_duration(wmem_allocator_t *pool, int64_t ns)
{
    const bool is_short = ns < HR_NS_PER_S;
    const int64_t thousandths = is_short ? ns / 1000 : ns / HR_NS_PER_MS;

    return wmem_strdup_printf(pool, "%" G_GINT64_FORMAT ".%03d %s", thousandths / 1000,
                              (int)(thousandths % 1000), is_short ? "ms" : "s");
}

void hr_tree_put_uint(const hr_tree_writer *out, hr_field field, uint32_t value)
{
    proto_item *item = proto_tree_add_uint(out->tree, hf[field], out->context->tvb, 0, 0, value);
    finish(out, item);
}

void hr_tree_put_uint64(const hr_tree_writer *out, hr_field field, uint64_t value)
{
    proto_item *item = proto_tree_add_uint64(out->tree, hf[field], out->context->tvb, 0, 0, value);
    finish(out, item);
}

void hr_tree_put_boolean(const hr_tree_writer *out, hr_field field, bool value)
{
    proto_item *item = proto_tree_add_boolean(out->tree, hf[field], out->context->tvb, 0, 0, value);
    finish(out, item);
}

void hr_tree_put_string(const hr_tree_writer *out, hr_field field, const char *value)
{
    if (value != NULL) {
        proto_item *item =
            proto_tree_add_string(out->tree, hf[field], out->context->tvb, 0, 0, value);
        finish(out, item);
    }
}

void hr_tree_put_share(const hr_tree_writer *out, hr_field field, double value)
{
    proto_item *item = proto_tree_add_double_format_value(out->tree, hf[field], out->context->tvb,
                                                          0, 0, value, "%.1f %%", 100 * value);
    finish(out, item);
}

void hr_tree_put_time(const hr_tree_writer *out, hr_field field, int64_t ns)
{
    if (ns != HR_TIME_NONE) {
        nstime_t time = {(time_t)(ns / HR_NS_PER_S), (int)(ns % HR_NS_PER_S)};
        proto_item *item =
            proto_tree_add_time_format_value(out->tree, hf[field], out->context->tvb, 0, 0, &time,
                                             "%s", hr_tree_duration(out->context->pinfo->pool, ns));
        finish(out, item);
    }
}

void hr_tree_put_frame(const hr_tree_writer *out, hr_field field, uint32_t position)
{
    const uint32_t number = hr_frame_map_number(out->context->frames, position);

    if (number != 0) {
        proto_item *item =
            proto_tree_add_uint(out->tree, hf[field], out->context->tvb, 0, 0, number);
        finish(out, item);
    }
}

/* ---- registration ---- */

/* How each type of field is displayed. */
enum {
    DISPLAY_NONE = BASE_NONE,
    DISPLAY_UINT32 = BASE_DEC,
    DISPLAY_UINT64 = BASE_DEC,
    DISPLAY_STRING = BASE_NONE,
    DISPLAY_BOOLEAN = BASE_NONE,
    DISPLAY_RELATIVE_TIME = BASE_NONE,
    DISPLAY_FRAMENUM = BASE_NONE,
    DISPLAY_DOUBLE = BASE_NONE,
};

void hr_tree_register_fields(int proto)
{
    static hf_register_info fields[] = {
#define HR_FIELD_INFO(id, name, label, type, blurb)                                                \
    {&hf[HR_FIELD_##id],                                                                           \
     {label, "http_reuse." name, FT_##type, DISPLAY_##type, NULL, 0x0, blurb, HFILL}},
        HR_FIELDS(HR_FIELD_INFO)
#undef HR_FIELD_INFO
    };

    /* The GUI draws these as arrows in the packet list. */
    fields[HR_FIELD_REQUEST_IN].hfinfo.strings = FRAMENUM_TYPE(FT_FRAMENUM_REQUEST);
    fields[HR_FIELD_RESPONSE_IN].hfinfo.strings = FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE);
    for (size_t i = 0; i < HR_FIELD_COUNT; i++) {
        hf[i] = -1;
    }
    proto_register_field_array(proto, fields, G_N_ELEMENTS(fields));
}
