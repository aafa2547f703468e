/* pieces.c
 * Writes by wiretap. A piece gets an interface before its first packet of it, and all secrets that
 * were read before a packet before that packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/pieces.h"

#include "compat.h"
#include "many/captured.h"

typedef struct {
    wtap_dumper *dumper;
    GHashTable *interfaces; /* of a block, its number here */
} piece_file;

struct hr_pieces {
    piece_file *files;
    uint32_t count;
    wtap_dump_params params;
    wtapng_iface_descriptions_t interfaces;
    GArray *secrets;     /* the array that dumpers watch */
    GHashTable *made_up; /* of an encapsulation, a block for files that have no interfaces */
};

static hr_written fail(int number, char *info, char **error)
{
    *error = hr_wiretap_reason(number, info);
    switch (number) {
    case WTAP_ERR_UNWRITABLE_ENCAP:
    case WTAP_ERR_UNWRITABLE_REC_TYPE:
    case WTAP_ERR_UNWRITABLE_REC_DATA:
    case WTAP_ERR_PACKET_TOO_LARGE:
        return HR_UNFIT;
    default:
        return HR_WRITE_FAILED;
    }
}

static bool open_piece(hr_pieces *pieces, piece_file *piece, const char *name, char **error)
{
    int number = 0;
    char *info = NULL;

    piece->dumper =
        wtap_dump_open(name, wtap_pcapng_file_type_subtype(), 0, &pieces->params, &number, &info);
    if (piece->dumper == NULL) {
        char *reason = hr_wiretap_reason(number, info);
        *error = g_strdup_printf("%s: %s", name, reason);
        g_free(reason);
        return false;
    }
    piece->interfaces = g_hash_table_new(g_direct_hash, g_direct_equal);
    return true;
}

static hr_pieces *pieces_new(uint32_t count)
{
    hr_pieces *pieces = g_new0(hr_pieces, 1);
    const wtap_dump_params params = WTAP_DUMP_PARAMS_INIT;

    pieces->files = g_new0(piece_file, count);
    pieces->count = count;
    pieces->secrets = g_array_new(FALSE, FALSE, sizeof(wtap_block_t));
    pieces->made_up = g_hash_table_new(g_direct_hash, g_direct_equal);
    pieces->params = params;
    pieces->params.encap = WTAP_ENCAP_PER_PACKET;
    pieces->params.tsprec = WTAP_TSPREC_NSEC;
    /* Each interface is written before its first packet. Where there is none at all, wiretap would
     * write one of its own; the one here keeps it from that and is not written. */
    wtap_block_t none = wtap_block_create(WTAP_BLOCK_IF_ID_AND_INFO);
    pieces->interfaces.interface_data = g_array_new(FALSE, FALSE, sizeof(wtap_block_t));
    g_array_append_val(pieces->interfaces.interface_data, none);
    pieces->params.idb_inf = &pieces->interfaces;
    pieces->params.dont_copy_idbs = TRUE;
    pieces->params.dsbs_growing = pieces->secrets;
    return pieces;
}

hr_pieces *hr_pieces_new(const char *folder, uint32_t count, char **error)
{
    hr_pieces *pieces = pieces_new(count);
    bool is_good = true;

    for (uint32_t i = 0; is_good && i < count; i++) {
        char *name = g_strdup_printf("%s/piece-%04u.pcapng", folder, i);
        is_good = open_piece(pieces, &pieces->files[i], name, error);
        g_free(name);
    }
    if (!is_good) {
        char *unused = NULL;
        (void)hr_pieces_close(pieces, &unused);
        g_free(unused);
        return NULL;
    }
    return pieces;
}

/* An interface of a file that has none: those of text, of Network Monitor and of HP-UX. */
static wtap_block_t make_up_interface(hr_pieces *pieces, int encapsulation)
{
    wtap_block_t block = g_hash_table_lookup(pieces->made_up, GINT_TO_POINTER(encapsulation));

    if (block == NULL) {
        block = wtap_block_create(WTAP_BLOCK_IF_ID_AND_INFO);
        wtapng_if_descr_mandatory_t *mandatory = wtap_block_get_mandatory_data(block);
        mandatory->wtap_encap = encapsulation;
        mandatory->time_units_per_second = 1000000000;
        mandatory->tsprecision = WTAP_TSPREC_NSEC;
        (void)wtap_block_add_uint8_option(block, OPT_IDB_TSRESOL, 9);
        (void)g_hash_table_insert(pieces->made_up, GINT_TO_POINTER(encapsulation), block);
    }
    return block;
}

/* Wiretap's times are of nanoseconds: to tell them in parts of 1024, as some interfaces do, would
 * lose one. What ticks in parts of ten, slower or faster, loses none. */
static wtap_block_t with_exact_times(wtap_block_t block)
{
    wtap_block_t exact = wtap_block_make_copy(block);
    wtapng_if_descr_mandatory_t *mandatory = wtap_block_get_mandatory_data(exact);
    const uint64_t units = mandatory->time_units_per_second;
    const uint64_t ns = 1000000000;

    if (units == 0 || (ns % units != 0 && units % ns != 0)) {
        mandatory->time_units_per_second = ns;
        mandatory->tsprecision = WTAP_TSPREC_NSEC;
        (void)wtap_block_set_uint8_option_value(exact, OPT_IDB_TSRESOL, 9);
    }
    return exact;
}

/* The number that an interface has in @piece, where it is written now if it is new. */
static hr_written map_interface(piece_file *piece, wtap_block_t block, guint *mapped, char **error)
{
    gpointer known = NULL;
    int reason = 0;
    char *info = NULL;

    if (g_hash_table_lookup_extended(piece->interfaces, block, NULL, &known)) {
        *mapped = GPOINTER_TO_UINT(known);
        return HR_WRITTEN;
    }
    wtap_block_t exact = with_exact_times(block);
    const bool is_added = wtap_dump_add_idb(piece->dumper, exact, &reason, &info); /* its copy */
    wtap_block_unref(exact);
    if (!is_added) {
        return fail(reason, info, error);
    }
    *mapped = g_hash_table_size(piece->interfaces);
    (void)g_hash_table_insert(piece->interfaces, block, GUINT_TO_POINTER(*mapped));
    return HR_WRITTEN;
}

hr_written hr_pieces_add(hr_pieces *pieces, uint32_t index, hr_captures *captures, char **error)
{
    piece_file *piece = &pieces->files[index];
    const GArray *secrets = hr_captures_secrets(captures);
    wtap_rec record = *hr_captures_record(captures);
    int reason = 0;
    char *info = NULL;

    for (guint i = pieces->secrets->len; i < secrets->len; i++) {
        g_array_append_val(pieces->secrets, g_array_index(secrets, wtap_block_t, i));
    }
    if (record.rec_type == REC_TYPE_PACKET) {
        wtap_packet_header *header = &record.rec_header.packet_header;
        if (!wtap_dump_can_write_encap(wtap_pcapng_file_type_subtype(), header->pkt_encap)) {
            return fail(WTAP_ERR_UNWRITABLE_ENCAP, NULL, error);
        }
        wtap_block_t block = hr_captures_interface(captures);
        if (block == NULL) {
            block = make_up_interface(pieces, header->pkt_encap);
        }
        const hr_written mapped = map_interface(piece, block, &header->interface_id, error);
        if (mapped != HR_WRITTEN) {
            return mapped;
        }
        record.presence_flags |= WTAP_HAS_INTERFACE_ID;
    }
    return hr_wtap_dump(piece->dumper, &record, hr_captures_buffer(captures), &reason, &info)
               ? HR_WRITTEN
               : fail(reason, info, error);
}

bool hr_pieces_close(hr_pieces *pieces, char **error)
{
    bool is_good = true;

    for (uint32_t i = 0; i < pieces->count && pieces->files[i].dumper != NULL; i++) {
        int reason = 0;
        char *info = NULL;
        if (!wtap_dump_close(pieces->files[i].dumper, NULL, &reason, &info) && is_good) {
            is_good = false;
            *error = hr_wiretap_reason(reason, info);
        }
        g_hash_table_destroy(pieces->files[i].interfaces);
    }
    wtap_block_array_free(pieces->interfaces.interface_data);
    g_hash_table_destroy(pieces->made_up);
    g_array_free(pieces->secrets, TRUE);
    g_free(pieces->files);
    g_free(pieces);
    return is_good;
}
