/* fixes.c
 * The records of what to change, in the order of their ranks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "core/result/fix_words.h"
#include "core/result/item_times.h"
#include "present/filter/filter.h"
#include "present/ndjson/records.h"

enum {
    CALL_SITES_MAX = 100,   /* likewise */
    CONNECTIONS_MAX = 1000, /* listed; their number is another member */
};

static void put_words(hr_json *json, const char *name, const hr_fix *fix,
                      void (*append)(GString *text, const hr_fix *fix))
{
    GString *text = g_string_new(NULL);

    append(text, fix);
    hr_json_string(json, name, text->len > 0 ? text->str : NULL);
    g_string_free(text, TRUE);
}

static void put_advice(hr_json *json, const hr_fix *fix)
{
    const hr_told told = {g_string_new(NULL), g_string_new(NULL)};

    hr_fix_append_advice(&told, fix);
    hr_json_string(json, "advice", told.text->str);
    hr_json_string(json, "source", told.sources->len > 0 ? told.sources->str : NULL);
    g_string_free(told.text, TRUE);
    g_string_free(told.sources, TRUE);
}

static void put_origin(hr_json *json, const hr_origin *origin)
{
    hr_json_endpoint(json, "client", origin->client_address, -1);
    hr_json_endpoint(json, "server", origin->server.address, origin->server.port);
    hr_json_string(json, "scheme", origin->scheme);
    hr_json_string(json, "name", origin->name);
}

static void put_connections(hr_json *json, const hr_fix *fix)
{
    hr_json_uint(json, "likely", fix->likely);
    hr_json_uint(json, "connections", fix->connections->len);
    hr_json_begin_array(json, "connection_ids");
    for (guint i = 0; i < MIN(fix->connections->len, CONNECTIONS_MAX); i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        hr_json_element(json, connection->id);
    }
    hr_json_end_array(json);
}

/* Which lines of code stand behind it: none where the program did not tell. */
static void put_call_sites(hr_json *json, const hr_fix *fix)
{
    GArray *sites = hr_fix_call_sites(fix);

    hr_json_begin_array(json, "call_sites");
    for (guint i = 0; i < MIN(sites->len, CALL_SITES_MAX); i++) {
        const hr_call_site *site = &g_array_index(sites, hr_call_site, i);
        hr_json_begin_object(json, NULL);
        hr_json_string(json, "site", site->site);
        hr_json_string(json, "function", site->function);
        hr_json_uint(json, "connections", site->connections);
        hr_json_end_object(json);
    }
    hr_json_end_array(json);
    g_array_free(sites, TRUE);
}

static void put_frames(hr_json *json, const hr_fix *fix)
{
    hr_json_begin_array(json, "frames");
    for (uint32_t i = 0; i < MIN(fix->frame_count, HR_FIX_FRAMES); i++) {
        hr_json_element(json, fix->frames[i]);
    }
    hr_json_end_array(json);
    hr_json_uint(json, "frame_count", fix->frame_count);
}

static void put_span(hr_json *json, const char *name, const hr_span *times)
{
    if (times->count == 0) {
        hr_json_null(json, name);
        return;
    }
    hr_json_begin_object(json, name);
    hr_json_ms(json, "least_ms", times->least_ns);
    hr_json_ms(json, "most_ms", times->most_ns);
    hr_json_end_object(json);
}

/* How long the connections had rested, and lived. */
static void put_times(hr_json *json, const hr_fix *fix)
{
    const hr_fix_times times = hr_fix_times_of(fix);

    put_span(json, "idle_until_close", &times.closed);
    put_span(json, "idle_until_request", &times.asked);
    put_span(json, "idle_until_next", &times.opened);
    put_span(json, "age_at_close", &times.age);
}

/* What would remain of the origin's connections, and how many of them the model explains. */
static void put_forecast(hr_json *json, const hr_analysis *analysis, const hr_fix *fix)
{
    hr_forecast forecast;

    if (!hr_fix_forecast(analysis, fix, &forecast) || !forecast.is_given) {
        hr_json_null(json, "predicted_connections");
        hr_json_null(json, "predicted_setup_ms");
        hr_json_null(json, "predicted_instead_of");
        hr_json_null(json, "explained_connections");
        return;
    }
    const bool is_setup_known = forecast.captured.setup_ns != HR_TIME_NONE;
    const int64_t left_ns = forecast.changed.connections == 0 ? 0 : forecast.changed.setup_ns;
    hr_json_uint(json, "predicted_connections", forecast.changed.connections);
    hr_json_ms(json, "predicted_setup_ms", is_setup_known ? left_ns : HR_TIME_NONE);
    hr_json_uint(json, "predicted_instead_of", forecast.captured.connections);
    hr_json_uint(json, "explained_connections", forecast.explained);
}

void hr_record_write_fix(hr_json *json, const hr_analysis *analysis, const hr_fix *fix)
{
    GString *filter = g_string_new(NULL);

    hr_json_begin_line(json, "fix");
    hr_json_uint(json, "rank", fix->rank);
    hr_json_string(json, "change", hr_change_token(fix->change));
    hr_json_string(json, "code",
                   fix->code < HR_FINDING_COUNT ? hr_finding_kind_of(fix->code)->token : NULL);
    hr_json_string(json, "severity", hr_severity_token(fix->severity));
    put_origin(json, fix->origin);
    put_words(json, "happened", fix, hr_fix_append_happened);
    put_advice(json, fix);
    put_words(json, "others", fix, hr_fix_append_others);
    put_connections(json, fix);
    hr_json_uint(json, "avoidable_connections", fix->avoidable->len);
    hr_json_ms(json, "avoidable_setup_ms", fix->avoidable->len == 0 ? 0 : fix->avoidable_ns);
    hr_json_uint(json, "passed_on", fix->passed_on);
    put_times(json, fix);
    put_forecast(json, analysis, fix);
    put_frames(json, fix);
    put_call_sites(json, fix);
    hr_fix_filter_append(filter, analysis, fix);
    hr_json_string(json, "filter", filter->str);
    hr_json_end_line(json);
    g_string_free(filter, TRUE);
}
