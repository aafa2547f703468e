/* sources.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/sources.h"

#include "events/playback.h"
#include "many/index.h"
#include "many/order.h"

/* A log, of a piece or on its own. */
typedef struct {
    char *path;
    hr_log *log; /* NULL: there is none */
    hr_playback *playback;
    uint32_t lacking; /* frames that the index has, after its end */
} source_log;

/* A capture that was cut, or a log on its own. */
typedef struct {
    uint32_t number; /* among all files */
    uint32_t frames; /* so far */
} source_file;

typedef struct {
    char *label;     /* or NULL */
    bool is_apart;   /* its addresses are its own */
    hr_index *index; /* of a cut, else NULL */
    char *index_path;
    GArray *logs;    /* source_log; of a cut by piece */
    GArray *files;   /* source_file */
    uint32_t file;   /* of the next frame */
    uint32_t piece;  /* of the next frame; HR_PIECE_EVERY */
    int64_t time_ns; /* of the next frame */
} source;

struct hr_sources {
    hr_source_complaint complain;
    GPtrArray *list; /* source */
    hr_places *places;
    guint file_count;
    bool has_label;
    bool has_places;
    hr_playback_numbers numbers;
    bool has_settings;
    hr_settings settings; /* those of the first log */
    const char *dissector;
    guint count;
    size_t size; /* of the logs */
};

/* What was told is in the model: the judgement has the memory for itself. */
static void close_logs(gpointer data, gpointer unused)
{
    source *closed = data;

    (void)unused;
    for (guint i = 0; i < closed->logs->len; i++) {
        source_log *log = &g_array_index(closed->logs, source_log, i);
        g_clear_pointer(&log->playback, hr_playback_free);
        g_clear_pointer(&log->log, hr_log_free);
    }
}

static void source_free(gpointer data)
{
    source *freed = data;

    close_logs(freed, NULL);
    for (guint i = 0; i < freed->logs->len; i++) {
        g_free(g_array_index(freed->logs, source_log, i).path);
    }
    g_array_free(freed->logs, TRUE);
    g_array_free(freed->files, TRUE);
    g_free(freed->label);
    g_free(freed->index_path);
    if (freed->index != NULL) {
        hr_index_free(freed->index);
    }
    g_free(freed);
}

hr_sources *hr_sources_new(hr_source_complaint complain, bool has_places)
{
    hr_sources *sources = g_new0(hr_sources, 1);

    sources->complain = complain;
    sources->list = g_ptr_array_new_with_free_func(source_free);
    sources->has_places = has_places;
    sources->places = hr_places_new();
    return sources;
}

void hr_sources_free(hr_sources *sources)
{
    g_ptr_array_free(sources->list, TRUE);
    hr_places_free(sources->places);
    g_free(sources);
}

guint hr_sources_count(const hr_sources *sources)
{
    return sources->count;
}

size_t hr_sources_size(const hr_sources *sources)
{
    return sources->size;
}

/* ---- to open them ---- */

static void add_file(hr_sources *sources, source *to, const char *name)
{
    const source_file file = {hr_places_add_file(sources->places, to->label, name), 0};

    g_array_append_val(to->files, file);
    sources->file_count++;
}

/* Takes @path. */
static void add_log(hr_sources *sources, source *to, char *path)
{
    source_log log = {.path = path};
    char *error = NULL;

    log.log = hr_log_open(path, &error);
    if (log.log != NULL && !sources->has_settings) {
        sources->has_settings = true;
        sources->settings = log.log->settings;
        sources->dissector = log.log->dissector;
    }
    if (log.log != NULL && !hr_log_has_settings(log.log, &sources->settings)) {
        error = g_strdup("it was recorded with other preferences than those before");
        g_clear_pointer(&log.log, hr_log_free);
    }
    if (log.log == NULL) {
        sources->complain(path, error);
        g_free(error);
    } else {
        sources->count++;
        sources->size += g_mapped_file_get_length(log.log->file);
    }
    g_array_append_val(to->logs, log);
}

static void add_cut(hr_sources *sources, source *to, const char *folder)
{
    char *path = g_build_filename(folder, HR_INDEX_NAME, NULL);
    char *error = NULL;

    to->index = hr_index_open(path, &error);
    if (to->index == NULL) {
        sources->complain(path, error);
        g_free(error);
    }
    for (uint32_t i = 0; to->index != NULL && i < hr_index_files(to->index); i++) {
        add_file(sources, to, hr_index_file(to->index, i));
    }
    for (uint32_t i = 0; to->index != NULL && i < hr_index_pieces(to->index); i++) {
        char *name = g_strdup_printf("piece-%04u.hre", i);
        add_log(sources, to, g_build_filename(folder, name, NULL));
        g_free(name);
    }
    to->index_path = path;
}

void hr_sources_add(hr_sources *sources, const char *path, const char *label, bool is_apart)
{
    source *added = g_new0(source, 1);

    added->label = g_strdup(label);
    added->is_apart = is_apart;
    added->logs = g_array_new(FALSE, TRUE, sizeof(source_log));
    added->files = g_array_new(FALSE, TRUE, sizeof(source_file));
    sources->has_label |= label != NULL;
    g_ptr_array_add(sources->list, added);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        add_cut(sources, added, path);
    } else {
        add_log(sources, added, g_strdup(path));
        add_file(sources, added, g_array_index(added->logs, source_log, 0).path);
    }
}

void hr_sources_check(const hr_sources *sources)
{
    for (guint i = 0; i < sources->list->len; i++) {
        const source *checked = sources->list->pdata[i];
        uint32_t file = 0;
        uint32_t piece = 0;
        if (checked->index == NULL) {
            continue;
        }
        while (hr_index_next(checked->index, &file, &piece)) {}
        if (hr_index_is_bad(checked->index)) {
            sources->complain(checked->index_path, "it is damaged");
        }
    }
}

/* ---- to tell them ---- */

static source_log *log_of(const source *from, uint32_t piece)
{
    return &g_array_index(from->logs, source_log, piece);
}

/* The time of the next frame of @piece; false where its log is missing, over or lies. */
static bool is_there(const source *from, uint32_t piece, int64_t *time_ns)
{
    hr_playback *playback = log_of(from, piece)->playback;
    return playback != NULL && hr_playback_next(playback, time_ns);
}

/* Of a frame that is in every piece, any that is there. */
static bool find_any_time(source *from)
{
    bool is_found = false;

    for (uint32_t i = 0; i < from->logs->len; i++) {
        int64_t time_ns = 0;
        if (!is_there(from, i, &time_ns)) {
            log_of(from, i)->lacking++;
        } else if (!is_found) {
            from->time_ns = time_ns;
            is_found = true;
        }
    }
    return is_found;
}

static bool find_time(source *from)
{
    if (from->piece == HR_PIECE_EVERY) {
        return find_any_time(from);
    }
    const bool is_found = is_there(from, from->piece, &from->time_ns);
    if (!is_found) {
        log_of(from, from->piece)->lacking++;
    }
    return is_found;
}

static source_file *file_of(const source *from)
{
    return &g_array_index(from->files, source_file, from->file);
}

/* Goes to the next frame; false where there is none. Frames of a piece whose log is missing are
 * passed over. */
static bool advance(source *from)
{
    bool is_found = false;

    if (from->index == NULL) {
        from->piece = 0;
        if (from->logs->len == 0 || !find_time(from)) {
            return false;
        }
        file_of(from)->frames++;
        return true;
    }
    while (!is_found && hr_index_next(from->index, &from->file, &from->piece)) {
        file_of(from)->frames++;
        is_found = find_time(from);
    }
    return is_found;
}

static void tell_frame(source *from)
{
    int64_t time_ns = 0;

    if (from->piece != HR_PIECE_EVERY) {
        hr_playback_frame(log_of(from, from->piece)->playback);
        return;
    }
    for (uint32_t i = 0; i < from->logs->len; i++) {
        if (is_there(from, i, &time_ns)) {
            hr_playback_frame(log_of(from, i)->playback);
        }
    }
}

/* Whether what the log of a piece says can be believed. One that is not as long as its piece is
 * complained about, but what it says is so: its tshark did not come to the end. */
static bool is_log_good(const hr_sources *sources, const source *from, uint32_t piece)
{
    const source_log *log = log_of(from, piece);
    int64_t time_ns = 0;

    if (log->playback == NULL) { /* it was missed before */
        return true;
    }
    const bool has_more = is_there(from, piece, &time_ns);
    if (hr_playback_is_bad(log->playback)) {
        sources->complain(log->path, "it is damaged");
        return false;
    }
    if (from->index != NULL && !hr_index_is_bad(from->index) && (has_more || log->lacking > 0)) {
        char *reason = has_more
                           ? g_strdup("it has more frames than its piece")
                           : g_strdup_printf("it ends %u frames before its piece", log->lacking);
        sources->complain(log->path, reason);
        g_free(reason);
    }
    return true;
}

static bool are_logs_good(const hr_sources *sources)
{
    bool is_good = true;

    for (guint i = 0; i < sources->list->len; i++) {
        const source *from = sources->list->pdata[i];
        for (guint j = 0; j < from->logs->len; j++) {
            is_good = is_log_good(sources, from, j) && is_good;
        }
        if (from->index != NULL && hr_index_is_bad(from->index)) {
            sources->complain(from->index_path, "it is damaged");
            is_good = false;
        }
    }
    return is_good;
}

/* Begins to play back the logs of @from. */
static void begin(hr_sources *sources, source *from, hr_model *model)
{
    for (guint i = 0; i < from->logs->len; i++) {
        source_log *log = log_of(from, i);
        if (log->log != NULL) {
            log->playback = hr_playback_new(log->log, model, &sources->numbers,
                                            from->is_apart ? from->label : NULL);
        }
    }
}

/* Where the packets of a capture alone come from; of many each record names its own file. */
static void tell_where_from(const hr_sources *sources, hr_model *model)
{
    const source *only = sources->list->pdata[0];
    const hr_log *log = only->logs->len > 0 ? g_array_index(only->logs, source_log, 0).log : NULL;

    if (sources->list->len != 1 || sources->file_count != 1) {
        return;
    }
    if (only->index != NULL) {
        hr_model_set_source(model, hr_index_file(only->index, 0), NULL);
    } else if (log != NULL) {
        hr_model_set_source(model, log->source_file, log->device);
    }
}

bool hr_sources_tell(hr_sources *sources, hr_model **model)
{
    hr_order *order = hr_order_new();
    uint32_t frame = 0;
    uint32_t number = 0;
    size_t count = 0;

    *model = hr_model_new(&sources->settings);
    hr_model_set_dissector(*model, sources->dissector);
    tell_where_from(sources, *model);
    for (guint i = 0; i < sources->list->len; i++) {
        source *from = sources->list->pdata[i];
        begin(sources, from, *model);
        if (advance(from)) {
            hr_order_add(order, i, from->time_ns);
        }
    }
    while (hr_order_first(order, &number)) {
        source *from = sources->list->pdata[number];
        if (sources->has_places) {
            hr_places_add_frame(sources->places, file_of(from)->number, file_of(from)->frames);
        }
        hr_model_begin_frame(*model, ++frame, from->time_ns);
        tell_frame(from);
        (void)hr_model_end_frame(*model, &count);
        if (advance(from)) {
            hr_order_move(order, from->time_ns);
        } else {
            hr_order_remove(order);
        }
    }
    hr_order_free(order);
    const bool is_good = are_logs_good(sources);
    g_ptr_array_foreach(sources->list, close_logs, NULL);
    return is_good;
}

const hr_places *hr_sources_places(const hr_sources *sources)
{
    return sources->has_places && (sources->file_count > 1 || sources->has_label) ? sources->places
                                                                                  : NULL;
}
