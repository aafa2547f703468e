/* http_reuse.c
 * The protocol: preferences and the post-dissector. The first visit of a frame observes it and
 * stores what it shows; later visits replay that. It is the only place that knows observers and
 * presenters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_reuse.h"

#include "compat.h"

#include <epan/epan.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <inttypes.h>
#include <wsutil/report_message.h>

#include "observe/observe.h"
#include "present/asked.h"
#include "present/menus.h"
#include "present/output/complaint.h"
#include "present/report.h"
#include "present/statistics/statistics.h"
#include "present/tree/tree.h"
#include "readers.h"
#include "session.h"
#include "trace/trace.h"

static int proto_http_reuse = -1;
static dissector_handle_t http_reuse_handle;

/* What a frame shows, kept with the frame. */
typedef struct {
    uint32_t frame;          /* its position in the file */
    size_t first_connection; /* connections of the model that begin with it ... */
    size_t connections;
    size_t count;
    hr_item items[];
} kept_frame;

static struct {
#define HR_PREFERENCE_MEMBER(kind, member, preference, ...) guint preference;
    HR_SETTINGS(HR_PREFERENCE_MEMBER)
#undef HR_PREFERENCE_MEMBER
    hr_pref_bool show_summary;
} preferences;

static hr_settings settings_from_preferences(void)
{
    return (hr_settings){
#define HR_SETTING_CHOSEN(kind, member, preference, unit, ...)                                     \
    .member = preferences.preference * (unit),
        HR_SETTINGS(HR_SETTING_CHOSEN)
#undef HR_SETTING_CHOSEN
    };
}

/* Read anew for each file: in the GUI the program may have gone on. */
static void read_traces(hr_model *model)
{
    const GArray *traces = hr_asked_traces();

    for (guint i = 0; i < traces->len; i++) {
        const hr_asked_trace *asked = &g_array_index(traces, hr_asked_trace, i);
        hr_trace_damage damage;
        char *error = NULL;
        if (!hr_trace_read(model, asked->file, &damage, &error)) {
            char *reason = g_strdup_printf("cannot read it: %s", error);
            (void)hr_asked_refuse(asked->option, reason);
            g_free(error);
        } else if (damage.lines > 0) {
            char *reason =
                g_strdup_printf("line %" PRIu64 " is left out: %s (left out in all: %" PRIu64 ")",
                                damage.first, damage.why, damage.lines);
            char *line = hr_complaint(asked->option, reason);
            report_warning("%s", line);
            g_free(line);
            g_free(reason);
        }
    }
}

static void begin_session(void)
{
    const hr_settings settings = settings_from_preferences();

    hr_session_begin(&settings, proto_is_protocol_enabled(find_protocol_by_id(proto_http_reuse)));
    hr_model_set_dissector(hr_session_model(), epan_get_version());
    read_traces(hr_session_model());
    hr_readers_file_opened();
    hr_observe_bare(hr_readers_are_only_ours() ? hr_readers_prime : NULL);
    hr_report_file_opened();
}

static void end_session(void)
{
    hr_report_end();
    hr_statistics_end_file();
    hr_observe_bare(NULL);
    hr_session_end();
}

/* ---- the post-dissector ---- */

/* Room for @count items of the frame: kept with it if it is visited again, or if a statistic that
 * waits for the end has it. */
static kept_frame *keep(packet_info *pinfo, size_t count)
{
    const bool is_kept = !hr_readers_come_once() || hr_tap_is_wanted();
    wmem_allocator_t *scope = is_kept ? wmem_file_scope() : pinfo->pool;
    kept_frame *kept = wmem_alloc(scope, sizeof(*kept) + count * sizeof(hr_item));

    kept->count = count;
    if (is_kept) {
        p_add_proto_data(scope, pinfo, proto_http_reuse, 0, kept);
    }
    return kept;
}

/* Returns what the frame shows, NULL for nothing. */
static const kept_frame *observe(hr_model *model, packet_info *pinfo, proto_tree *tree)
{
    hr_tcp_layer layer;
    size_t count = 0;
    const size_t known = hr_model_connection_count(model);
    const uint32_t frame = hr_frame_map_next(hr_session_frames(), pinfo->num);
    const int64_t seconds = CLAMP((int64_t)pinfo->abs_ts.secs, 0, INT64_MAX / HR_NS_PER_S - 1);
    const int64_t time_ns = seconds * HR_NS_PER_S + pinfo->abs_ts.nsecs;

    if (frame == 1) {
        hr_report_begin();
    }
    hr_model_begin_frame(model, frame, time_ns);
    if (hr_observe_tcp(model, pinfo, tree, &layer)) {
        const bool has_http1 = hr_observe_has_http1(tree, &layer);
        const bool has_http2 = hr_observe_has_http2(tree, &layer);
        hr_observe_proxy_header(model, pinfo, &layer);
        if (!layer.is_bare) {
            hr_observe_tls(model, pinfo, tree, &layer, has_http1 || has_http2);
        }
        if (has_http1) {
            hr_observe_http1(model, pinfo, tree, &layer);
        }
        if (has_http2) {
            hr_observe_http2(model, tree, &layer);
        }
        hr_observe_http1_bytes(model, pinfo, &layer);
    } else {
        hr_observe_quic(model, pinfo, tree);
    }
    const hr_item *items = hr_model_end_frame(model, &count);
    const size_t connections = hr_model_connection_count(model) - known;
    if (count > 0 || connections > 0) {
        kept_frame *kept = keep(pinfo, count);
        kept->frame = frame;
        kept->first_connection = known;
        kept->connections = connections;
        if (count > 0) {
            memcpy(kept->items, items, count * sizeof(hr_item));
        }
        return kept;
    }
    return NULL;
}

/* A request begins in one frame and may be shown by Wireshark in a later one, where it belongs
 * then; the first pass cannot know whether it will be. */
static bool is_shown_here(const kept_frame *kept, const hr_item *item, bool is_revisit)
{
    if (item->kind != HR_ITEM_REQUEST) {
        return true;
    }
    return hr_request_frame(item->request) == kept->frame &&
           (is_revisit || hr_request_is_shown(item->request));
}

static void tap(packet_info *pinfo, const kept_frame *kept, hr_model *model,
                const hr_analysis *analysis)
{
    hr_tap_record record = {.frame = kept->frame, .analysis = analysis};

    for (size_t i = 0; i < kept->connections; i++) {
        record.connection = hr_model_connection(model, kept->first_connection + i);
        hr_tap_put(pinfo, &record);
    }
    for (size_t i = 0; i < kept->count; i++) {
        record.item = &kept->items[i];
        record.connection = record.item->connection;
        hr_tap_put(pinfo, &record);
    }
}

static void add_items(const hr_tree_context *context, const hr_model *model, const kept_frame *kept,
                      bool is_revisit)
{
    const hr_item **shown = wmem_alloc_array(context->pinfo->pool, const hr_item *, kept->count);
    size_t count = 0;

    for (size_t i = 0; i < kept->count; i++) {
        if (is_shown_here(kept, &kept->items[i], is_revisit)) {
            shown[count++] = &kept->items[i];
        }
    }
    hr_tree_add_items(context, model, shown, count);
}

static int dissect_http_reuse(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const bool is_revisit = PINFO_FD_VISITED(pinfo);
    const kept_frame *kept = NULL;
    hr_model *model = hr_session_model();
    hr_tree_context context = {
        .tvb = tvb, .pinfo = pinfo, .tree = tree, .frames = hr_session_frames()};

    (void)data;
    if (model == NULL || (tree == NULL && !hr_readers_are_there())) {
        return 0;
    }
    hr_report_packet_read(is_revisit ? 2 : 1, pinfo->fd->file_off);
    if (!is_revisit) {
        kept = observe(model, pinfo, tree);
    } else {
        kept = p_get_proto_data(wmem_file_scope(), pinfo, proto_http_reuse, 0);
        context.analysis = hr_session_analysis_for_display();
        if (pinfo->num == 1 && preferences.show_summary) {
            hr_tree_add_summary(&context, hr_analysis_totals(context.analysis));
        }
    }
    if (kept != NULL && hr_readers_want_items(tree)) {
        add_items(&context, model, kept, is_revisit);
    }
    if (kept != NULL && hr_tap_is_wanted()) {
        tap(pinfo, kept, model, context.analysis);
    }
    return (int)tvb_captured_length(tvb);
}

/* ---- registration ---- */

typedef struct {
    const char *name;
    const char *title;
    const char *tooltip;
    guint *value;
    guint initial;
} uint_preference;

static void register_preferences(void)
{
    const uint_preference uints[] = {
#define HR_PREFERENCE_INFO(kind, member, preference, unit, initial, title, tooltip)                \
    {#preference, title, tooltip, &preferences.preference, initial},
        HR_SETTINGS(HR_PREFERENCE_INFO)
#undef HR_PREFERENCE_INFO
    };
    module_t *module = prefs_register_protocol(proto_http_reuse, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(uints); i++) {
        *uints[i].value = uints[i].initial;
        prefs_register_uint_preference(module, uints[i].name, uints[i].title, uints[i].tooltip, 10,
                                       uints[i].value);
    }
    preferences.show_summary = true;
    prefs_register_bool_preference(module, "summary", "Summary of the capture on frame 1",
                                   HR_PREFERENCE_SUMMARY_TOOLTIP, &preferences.show_summary);
}

void http_reuse_register(void)
{
    proto_http_reuse = proto_register_protocol("HTTP Connection Reuse", "HTTP Reuse", "http_reuse");
    http_reuse_handle = register_dissector("http_reuse", dissect_http_reuse, proto_http_reuse);
    hr_tree_register(proto_http_reuse);
    register_preferences();
    register_init_routine(begin_session);
    register_cleanup_routine(end_session);
}

void http_reuse_handoff(void)
{
    static bool is_done;
    GArray *wanted = NULL;

    if (is_done) {
        return; /* a changed preference calls again */
    }
    is_done = true;
    wanted = g_array_new(FALSE, FALSE, sizeof(int));
    hr_observe_tcp_init(wanted);
    hr_observe_tls_init(wanted);
    hr_observe_http1_init(wanted);
    hr_observe_http2_init(wanted);
    hr_observe_quic_init(wanted);
    hr_readers_expect(proto_http_reuse, http_reuse_handle, wanted);
    hr_report_register();
    hr_statistics_register(hr_session_analysis);
    hr_menus_register();
}
