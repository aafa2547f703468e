/* header.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events/header.h"

#include <string.h>

#include "events/fields.h"

enum {
    NS_PER_US = 1000
};

uint32_t hr_log_table(void)
{
#define ROW_TEXT(result, about, function, count, ...) #about #function #__VA_ARGS__
    return g_str_hash(HR_EVENTS(ROW_TEXT));
#undef ROW_TEXT
}

static hr_slice slice_of(const char *text)
{
    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

hr_log_header hr_log_header_of(const hr_model *model)
{
    const hr_source *source = hr_model_source(model);

    return (hr_log_header){
        .version = HR_LOG_VERSION,
        .table = hr_log_table(),
        .dissector = slice_of(hr_model_dissector(model)),
        .file = slice_of(source->file),
        .device = slice_of(source->device),
        .settings = *hr_model_settings(model),
    };
}

void hr_field_header(hr_coder *coder, hr_log_header *header)
{
    hr_code_u32(coder, &header->version);
    hr_code_u32(coder, &header->table);
    hr_code_slice(coder, &header->dissector);
    hr_code_slice(coder, &header->file);
    hr_code_slice(coder, &header->device);
    hr_field_settings(coder, &header->settings);
}

void hr_field_end(hr_coder *coder, hr_log_end *end)
{
    hr_code_u64(coder, &end->frames);
    hr_code_i64(coder, &end->first_ns);
    hr_code_i64(coder, &end->last_ns);
}

void hr_field_added(hr_coder *coder, hr_added_connection *added)
{
    hr_code_u32(coder, &added->number);
    hr_code_slice(coder, &added->from_address);
    hr_code_u16(coder, &added->from_port);
    hr_code_slice(coder, &added->to_address);
    hr_code_u16(coder, &added->to_port);
}

/* Most captures have microseconds: then whole ones, marked by the lowest bit. Time may go back. */
void hr_field_step(hr_coder *coder, int64_t *step_ns)
{
    const bool is_fine = *step_ns % NS_PER_US != 0;
    int64_t folded = is_fine ? *step_ns * 2 + 1 : *step_ns / NS_PER_US * 2;

    hr_code_i64(coder, &folded);
    if ((folded & 1) != 0) {
        *step_ns = (folded - 1) / 2;
    } else {
        *step_ns = CLAMP(folded / 2, INT64_MIN / NS_PER_US, INT64_MAX / NS_PER_US) * NS_PER_US;
    }
}
