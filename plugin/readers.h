/* readers.h
 * Whether anybody can read what the plugin says. A post-dissector that wants fields makes tshark
 * build a tree for each packet, which is a third of the dissection, and some dissectors print other
 * lines with a tree than without. So in `tshark` the fields are wanted only where a tree is built
 * anyway, or where something else can show what the plugin says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_READERS_H
#define HR_READERS_H

#include "compat.h"

#include <epan/packet.h>

/** While Wireshark registers its plugins. */
void hr_readers_register(void);

/** @fields, which is kept, are what @handle of @proto wants where somebody reads. */
void hr_readers_expect(int proto, dissector_handle_t handle, GArray *fields);

/** Whether a packet without a tree may be read, or shown later. */
bool hr_readers_are_there(void);

/** Whether somebody reads the items that are put into @tree, or their expert infos. */
bool hr_readers_want_items(proto_tree *tree);

/** Whether no frame is visited again. */
bool hr_readers_come_once(void);

/** Whether nothing else in this process reads trees. */
bool hr_readers_are_only_ours(void);

/** Has the tree of the present packet keep the wanted fields, also when tshark has them wanted of
 * none any more, as from the first such call on. */
void hr_readers_prime(void);

/** Before the packets of a file: whether the fields are wanted from the first one on. */
void hr_readers_file_opened(void);

#endif
