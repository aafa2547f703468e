/* header_fields.h
 * The decoded header fields of HTTP/2 and HTTP/3, which Wireshark shows under the same names in
 * both. They stand in the tree behind the frame that brought them, and often lie in another data
 * source than that frame: only a walk over the tree keeps the two together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_HEADER_FIELDS_H
#define HR_OBSERVE_HEADER_FIELDS_H

#include "observe.h"

/** The header fields that matter for a connection. */
typedef enum {
    HR_HEADER_METHOD,
    HR_HEADER_PATH,
    HR_HEADER_AUTHORITY,
    HR_HEADER_STATUS,
    HR_HEADER_USER_AGENT,
    HR_HEADER_SERVER,
    HR_HEADER_VIA,
    HR_HEADERS
} hr_header;

/** Wireshark's ids of a frame's type and of the header fields; -1 where it has none. */
typedef struct {
    int frame_type;
    int headers[HR_HEADERS];
} hr_header_fields;

/** What a walk calls, in the order of the tree. */
typedef struct {
    void (*begin_frame)(void *data, const field_info *type);
    void (*take_header)(void *data, hr_header header, const field_info *field);
    void *data;
} hr_header_visitor;

/**
 * Looks up the fields of @protocol ("http2", "http3") and the frame type called @frame_type.
 * Wireshark 4.0 decodes no headers of HTTP/3: of the frames nothing is wanted there either.
 */
hr_header_fields hr_header_fields_want(GArray *wanted, const char *protocol,
                                       const char *frame_type);

/** Whether @tree has a frame. */
bool hr_header_fields_has_frame(const hr_header_fields *fields, proto_tree *tree);

/** Walks over @tree; its depth is bounded. */
void hr_header_fields_visit(const hr_header_fields *fields, proto_tree *tree,
                            const hr_header_visitor *visitor);

/** The text of @field, absent where it has none. */
hr_slice hr_header_field_text(const field_info *field);

#endif
