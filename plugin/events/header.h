/* header.h
 * The parts of an event log that are no events: its header, its end mark, how a connection is
 * added and how the clock goes on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_HEADER_H
#define HR_EVENTS_HEADER_H

#include "events/coder.h"
#include "events/table.h"

enum {
    HR_LOG_VERSION = 12, /* rises with each change of what a log holds, also of one field */
};

/** What the events rest on. */
typedef struct {
    uint32_t version;   /**< HR_LOG_VERSION */
    uint32_t table;     /**< hr_log_table() */
    hr_slice dissector; /**< the version of the program that dissected */
    hr_slice file;      /**< where the packets come from, see hr_source */
    hr_slice device;
    hr_settings settings;
} hr_log_header;

/** The end mark. */
typedef struct {
    uint64_t frames;
    int64_t first_ns, last_ns; /**< of the first and the last frame; 0 where there is none */
} hr_log_end;

/** A connection of TCP or QUIC, by Wireshark's number of it. */
typedef struct {
    bool is_quic;
    uint32_t number;
    hr_slice from_address;
    uint16_t from_port, to_port;
    hr_slice to_address;
} hr_added_connection;

/** A hash of table.h: it changes with any event that is added, goes, or has other arguments. */
uint32_t hr_log_table(void);

/** The header of a log of @model; it borrows from the model. */
hr_log_header hr_log_header_of(const hr_model *model);

/** One number for a connection of either kind. */
static inline int64_t hr_log_reference(uint32_t number, bool is_quic)
{
    return (int64_t)number * 2 + (is_quic ? 1 : 0);
}

void hr_field_header(hr_coder *coder, hr_log_header *header);
void hr_field_end(hr_coder *coder, hr_log_end *end);

static inline void hr_field_added(hr_coder *coder, hr_added_connection *added)
{
    hr_code_u32(coder, &added->number);
    hr_code_slice(coder, &added->from_address);
    hr_code_u16(coder, &added->from_port);
    hr_code_slice(coder, &added->to_address);
    hr_code_u16(coder, &added->to_port);
}

/** Most captures have microseconds: then whole ones, marked by the lowest bit. Time may go back. */
static inline void hr_field_step(hr_coder *coder, int64_t *step_ns)
{
    int64_t folded = 0;

    if (hr_coder_writes(coder)) {
        const bool is_fine = *step_ns % HR_NS_PER_US != 0;
        folded = is_fine ? *step_ns * 2 + 1 : *step_ns / HR_NS_PER_US * 2;
    }
    hr_code_i64(coder, &folded);
    if ((folded & 1) != 0) {
        *step_ns = (folded - 1) / 2;
    } else {
        *step_ns =
            CLAMP(folded / 2, INT64_MIN / HR_NS_PER_US, INT64_MAX / HR_NS_PER_US) * HR_NS_PER_US;
    }
}

#endif
