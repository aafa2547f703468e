/* index.c
 * A frame is its piece + 1; 0 says that the frames from here on are of another file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/index.h"

#include <string.h>

struct hr_index_writer {
    FILE *out;
    GByteArray *open;
    hr_coder coder;
    uint32_t blocks;
    uint32_t file; /* of the latest frame */
};

static void end_block(hr_index_writer *writer, hr_block_kind kind)
{
    const hr_block block = {kind, writer->open->data, writer->open->len};

    hr_block_write(writer->out, writer->blocks++, &block);
    g_byte_array_set_size(writer->open, 0);
}

hr_index_writer *hr_index_writer_new(FILE *out, uint32_t pieces, char *const *files)
{
    hr_index_writer *writer = g_new0(hr_index_writer, 1);
    uint32_t version = HR_INDEX_VERSION;
    uint32_t count = g_strv_length((char **)files);

    writer->out = out;
    writer->open = g_byte_array_new();
    hr_coder_init_writer(&writer->coder, writer->open);
    hr_blocks_begin(out);
    hr_code_u32(&writer->coder, &version);
    hr_code_u32(&writer->coder, &pieces);
    hr_code_u32(&writer->coder, &count);
    for (uint32_t i = 0; i < count; i++) {
        hr_slice name = {files[i], strlen(files[i])};
        hr_code_slice(&writer->coder, &name);
        hr_coder_end_event(&writer->coder);
    }
    end_block(writer, HR_BLOCK_HEADER);
    return writer;
}

static void put(hr_index_writer *writer, uint32_t number)
{
    hr_code_u32(&writer->coder, &number);
}

void hr_index_writer_add(hr_index_writer *writer, uint32_t file, uint32_t piece)
{
    if (file != writer->file) {
        put(writer, 0);
        put(writer, file);
        writer->file = file;
    }
    put(writer, piece + 1);
    if (writer->open->len >= HR_BLOCK_FULL) {
        end_block(writer, HR_BLOCK_EVENTS);
    }
}

void hr_index_writer_free(hr_index_writer *writer)
{
    if (writer->open->len > 0) {
        end_block(writer, HR_BLOCK_EVENTS);
    }
    end_block(writer, HR_BLOCK_END);
    hr_coder_clear(&writer->coder);
    g_byte_array_free(writer->open, TRUE);
    g_free(writer);
}

/* ---- to read one ---- */

struct hr_index {
    GMappedFile *mapped; /* NULL: all was read, or nothing can be */
    hr_block_reader blocks;
    hr_coder coder;
    uint32_t pieces;
    GPtrArray *files;
    uint32_t file; /* of the latest frame */
    bool is_over;
};

/* Opens the next block; false at the end or where there is none. */
static bool open_block(hr_index *index)
{
    hr_block block = {HR_BLOCK_END, NULL, 0};
    const char *error = NULL;

    if (!hr_block_next(&index->blocks, &block, &error)) {
        hr_coder_fail(&index->coder);
        return false;
    }
    index->is_over = block.kind == HR_BLOCK_END;
    if (index->is_over) {
        index->coder.at = index->coder.end = NULL;
        g_clear_pointer(&index->mapped, g_mapped_file_unref);
    } else {
        index->coder.at = block.data;
        index->coder.end = block.data + block.length;
    }
    return !index->is_over;
}

static bool read_header(hr_index *index)
{
    hr_coder *coder = &index->coder;
    uint32_t version = 0;
    uint32_t count = 0;

    if (!open_block(index)) {
        return false;
    }
    hr_code_u32(coder, &version);
    hr_code_u32(coder, &index->pieces);
    hr_code_u32(coder, &count);
    for (uint32_t i = 0; i < count && !coder->is_bad; i++) {
        hr_slice name = {NULL, 0};
        hr_code_slice(coder, &name);
        g_ptr_array_add(index->files, g_strndup(name.text, name.length));
        hr_coder_end_event(coder);
    }
    return !coder->is_bad && version == HR_INDEX_VERSION && index->pieces <= HR_PIECES_MAX;
}

hr_index *hr_index_open(const char *path, char **error)
{
    const char *problem = NULL;
    hr_index *index = g_new0(hr_index, 1);

    index->files = g_ptr_array_new_with_free_func(g_free);
    hr_coder_init_reader(&index->coder);
    index->mapped = hr_blocks_map(path, error);
    if (index->mapped == NULL) {
        hr_index_free(index);
        return NULL;
    }
    if (!hr_blocks_open(&index->blocks, (const uint8_t *)g_mapped_file_get_contents(index->mapped),
                        g_mapped_file_get_length(index->mapped), &problem) ||
        !read_header(index)) {
        *error = g_strdup("it is no index of http_reuse_cut");
        hr_index_free(index);
        return NULL;
    }
    return index;
}

void hr_index_free(hr_index *index)
{
    hr_coder_clear(&index->coder);
    g_ptr_array_free(index->files, TRUE);
    if (index->mapped != NULL) {
        g_mapped_file_unref(index->mapped);
    }
    g_free(index);
}

uint32_t hr_index_pieces(const hr_index *index)
{
    return index->pieces;
}

uint32_t hr_index_files(const hr_index *index)
{
    return index->files->len;
}

const char *hr_index_file(const hr_index *index, uint32_t file)
{
    return index->files->pdata[file];
}

static bool take_frame(hr_index *index, uint32_t *file, uint32_t *piece)
{
    hr_coder *coder = &index->coder;
    uint32_t number = 0;

    while (!index->is_over && coder->at == coder->end && open_block(index)) {}
    if (index->is_over || coder->is_bad) {
        return false;
    }
    hr_code_u32(coder, &number);
    if (number == 0) {
        hr_code_u32(coder, &index->file);
        hr_code_u32(coder, &number);
    }
    if (number == 0 || index->file >= index->files->len ||
        (number - 1 >= index->pieces && number - 1 != HR_PIECE_EVERY)) {
        hr_coder_fail(coder);
    }
    *file = index->file;
    *piece = number - 1;
    return !coder->is_bad;
}

bool hr_index_next(hr_index *index, uint32_t *file, uint32_t *piece)
{
    hr_coder *coder = &index->coder;

    /* As most do, a number of one byte says which piece it is, of the same file. */
    if (coder->at < coder->end && *coder->at<HR_NUMBER_MORE && * coder->at> 0 &&
        *coder->at <= index->pieces && index->file < index->files->len) {
        *file = index->file;
        *piece = *coder->at++ - 1U;
        return true;
    }
    return take_frame(index, file, piece);
}

bool hr_index_is_bad(const hr_index *index)
{
    return index->coder.is_bad;
}
