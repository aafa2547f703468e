/* readers.c
 * tshark decides once a file, or a batch of a live capture, whether it builds trees, before it makes
 * the one epan_dissect_t that all packets of the pass go through; then dissect_init() sees that
 * tree. What it asks its post-dissectors before each packet is only which fields they want.
 *
 * Without a tree nothing of ours can be shown but by an output of ours, by a tap, and as an expert
 * info in a column or by `-z expert`. With -2 the first pass may have no tree, and the second one
 * shows what the first has seen. Options that are read after that decision are looked for in the
 * command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "readers.h"

#include <epan/column-utils.h>
#include <epan/column.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/prefs.h>
#include <epan/tap.h>

#include "present/output/command_line.h"
#include "present/statistics/statistics.h"

static struct {
    dissector_handle_t handle;
    GArray *fields;
    bool is_always;
    bool is_attached;    /* we are a post-dissector */
    bool is_told;        /* Wireshark knows that the fields are wanted */
    epan_dissect_t *edt; /* of the present pass; NULL: none */
} wanted;

/* Who can read an item of ours, or its expert infos. */
static struct {
    int protocol;
    int expert_protocol;
    int expert_tap;
    bool is_tshark;
    bool is_once;
    bool are_only_ours;
    bool has_expert_column;
} items = {.protocol = -1, .expert_protocol = -1};

/* Wireshark works for each post-dissector at each frame, whether it does anything or not, and has no
 * way to let one go: so we are one from the first time on that somebody may read.
 * Wireshark takes the array, and frees it when it is given another or none. */
static void want(bool is_wanted)
{
    if (wanted.handle != NULL && wanted.is_told != is_wanted) {
        if (!wanted.is_attached) {
            register_postdissector(wanted.handle);
            wanted.is_attached = true;
        }
        set_postdissector_wanted_hfids(wanted.handle,
                                       is_wanted ? g_array_copy(wanted.fields) : NULL);
        wanted.is_told = is_wanted;
    }
}

static bool has_column(int format)
{
    for (const GList *link = prefs.col_list; link != NULL; link = link->next) {
        const fmt_data *column = link->data;
        if (column->fmt == format) {
            return true;
        }
    }
    return false;
}

/* The window and sharkd visit packets again, and show them then. */
static void look_for_readers(void)
{
    hr_command_line *line = hr_is_tshark() ? hr_command_line_of_process() : NULL;

    items.is_tshark = hr_is_tshark();
    items.is_once = line != NULL && !line->may_be_two_passes;
    items.has_expert_column = has_column(COL_EXPERT);
    wanted.is_always = !items.is_once || line == NULL || line->may_read_us || hr_tap_is_wanted() ||
                       items.has_expert_column;
    items.are_only_ours = items.is_once && line != NULL && !line->has_other_readers &&
                          !hr_tap_is_wanted() && !items.has_expert_column &&
                          !has_column(COL_CUSTOM) && !have_filtering_tap_listeners() &&
                          (union_of_tap_listener_flags() & TL_REQUIRES_PROTO_TREE) == 0;
    hr_command_line_free(line);
}

/* Wireshark registers them after it has opened the first file. */
static void find_expert(void)
{
    if (items.expert_tap == 0) {
        items.expert_tap = find_tap_id("expert");
        items.expert_protocol = proto_get_id_by_filter_name("_ws.expert");
    }
}

/* Fields that nobody asked for are faked in a tree that is not shown, which costs nearly as much as
 * real ones; but statistics that want the tree see all that stands at its root. */
bool hr_readers_want_items(proto_tree *tree)
{
    find_expert();
    return !items.is_tshark || items.has_expert_column || have_tap_listener(items.expert_tap) ||
           proto_field_is_referenced(tree, items.protocol) ||
           (items.expert_protocol != -1 &&
            proto_field_is_referenced(tree, items.expert_protocol)) ||
           (union_of_tap_listener_flags() & TL_REQUIRES_PROTO_TREE) != 0;
}

bool hr_readers_are_only_ours(void)
{
    return wanted.is_always && items.are_only_ours;
}

bool hr_readers_come_once(void)
{
    return items.is_once;
}

static void nothing(void)
{
}

static void packet_begins(epan_dissect_t *edt)
{
    wanted.edt = edt;
    if (!wanted.is_always) {
        want(edt->tree != NULL);
    }
}

static void packet_ends(epan_dissect_t *edt)
{
    if (wanted.edt == edt) {
        wanted.edt = NULL;
        want(wanted.is_always); /* of a live capture, tshark decides for the next batch */
    }
}

/* tshark has decided to build trees. */
void hr_readers_prime(void)
{
    want(false);
    epan_dissect_prime_with_hfid_array(wanted.edt, wanted.fields);
}

static void register_all(register_cb callback, void *data)
{
    (void)callback;
    (void)data;
}

void hr_readers_register(void)
{
    /* 4.0 calls all of them. */
    static const epan_plugin plugin = {
        .init = nothing,
        .post_init = nothing,
        .dissect_init = packet_begins,
        .dissect_cleanup = packet_ends,
        .cleanup = nothing,
        .register_all_protocols = register_all,
        .register_all_handoffs = register_all,
        .register_all_tap_listeners = nothing,
    };
    epan_register_plugin(&plugin);
}

void hr_readers_expect(int proto, dissector_handle_t handle, GArray *fields)
{
    items.protocol = proto;
    wanted.handle = handle;
    wanted.fields = fields;
}

bool hr_readers_are_there(void)
{
    return wanted.is_always;
}

void hr_readers_file_opened(void)
{
    look_for_readers();
    want(false);
    items.are_only_ours = items.are_only_ours && !postdissectors_want_hfids();
    want(wanted.is_always);
}
