/* header.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events/header.h"

#include <string.h>

#include "events/fields.h"

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
