/* header_fields.c
 * HTTP/2 and HTTP/3 differ here by the names of the fields and of the frame's type only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "header_fields.h"

#include <string.h>

enum {
    MAX_DEPTH = 64
};

hr_header_fields hr_header_fields_want(GArray *wanted, const char *protocol, const char *frame_type)
{
    static const char *const names[HR_HEADERS] = {
        [HR_HEADER_METHOD] = "method",
        [HR_HEADER_PATH] = "path",
        [HR_HEADER_AUTHORITY] = "authority",
        [HR_HEADER_STATUS] = "status",
        [HR_HEADER_USER_AGENT] = "user_agent",
        [HR_HEADER_SERVER] = "server",
        [HR_HEADER_VIA] = "via",
    };
    hr_header_fields fields;

    for (size_t i = 0; i < HR_HEADERS; i++) {
        char *name = g_strdup_printf("%s.headers.%s", protocol, names[i]);
        fields.headers[i] = hr_observe_want(wanted, name);
        g_free(name);
    }
    const bool has_headers = fields.headers[HR_HEADER_METHOD] != -1;
    fields.frame_type = has_headers ? hr_observe_want(wanted, frame_type) : -1;
    return fields;
}

bool hr_header_fields_has_frame(const hr_header_fields *fields, proto_tree *tree)
{
    return fields->frame_type != -1 && proto_get_finfo_ptr_array(tree, fields->frame_type) != NULL;
}

hr_slice hr_header_field_text(const field_info *field)
{
    const char *text = hr_field_string(field);
    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

static void visit_field(const hr_header_fields *fields, const field_info *field,
                        const hr_header_visitor *visitor)
{
    const int id = field->hfinfo->id;

    if (id == fields->frame_type) {
        visitor->begin_frame(visitor->data, field);
    }
    for (size_t i = 0; i < HR_HEADERS; i++) {
        if (id == fields->headers[i]) {
            visitor->take_header(visitor->data, (hr_header)i, field);
        }
    }
}

static void visit(const hr_header_fields *fields, proto_node *node,
                  const hr_header_visitor *visitor, unsigned depth)
{
    const field_info *field = node->finfo;

    if (field != NULL && field->hfinfo != NULL) {
        visit_field(fields, field, visitor);
    }
    for (proto_node *child = node->first_child; child != NULL && depth < MAX_DEPTH;
         child = child->next) {
        visit(fields, child, visitor, depth + 1);
    }
}

void hr_header_fields_visit(const hr_header_fields *fields, proto_tree *tree,
                            const hr_header_visitor *visitor)
{
    visit(fields, tree, visitor, 0);
}
