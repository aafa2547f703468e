/* writer.h
 * Adds facts to a tree as fields. A fact that is absent gets no field.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_WRITER_H
#define HR_PRESENT_TREE_WRITER_H

#include "present/tree/context.h"
#include "present/tree/fields.h"

/** A place in the tree and what is needed to add to it. */
typedef struct {
    const hr_tree_context *context;
    proto_tree *tree;
    bool is_hidden; /**< what it adds can be filtered by, and is not displayed */
} hr_tree_writer;

/** A subtree of @out under @line, which says @label. */
hr_tree_writer hr_tree_begin(const hr_tree_writer *out, int ett, const char *label,
                             proto_item **line);

/** Likewise, of one of several things that a frame shows: a field, so that -T json has a name for
 * it that does not change. */
hr_tree_writer hr_tree_begin_thing(const hr_tree_writer *out, int ett, const char *title,
                                   proto_item **line);

/** The same place, for facts that are as they mostly are: hidden if @is_default. */
hr_tree_writer hr_tree_unless(const hr_tree_writer *out, bool is_default);

/** "1.530 ms" or "1.200 s", in @pool. */
const char *hr_tree_duration(wmem_allocator_t *pool, int64_t ns);

void hr_tree_put_uint(const hr_tree_writer *out, hr_field field, uint32_t value);
void hr_tree_put_uint64(const hr_tree_writer *out, hr_field field, uint64_t value);
void hr_tree_put_boolean(const hr_tree_writer *out, hr_field field, bool value);
/** Shown in percent. */
void hr_tree_put_share(const hr_tree_writer *out, hr_field field, double value);

/** NULL is absent. */
void hr_tree_put_string(const hr_tree_writer *out, hr_field field, const char *value);

/** A duration; HR_TIME_NONE is absent. */
void hr_tree_put_time(const hr_tree_writer *out, hr_field field, int64_t ns);

/** A link to the frame at @position, absent where that is 0 or the frame was dropped. */
void hr_tree_put_frame(const hr_tree_writer *out, hr_field field, uint32_t position);

/** Registers all fields of the protocol @proto. */
void hr_tree_register_fields(int proto);

#endif
