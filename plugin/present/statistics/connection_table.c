/* connection_table.c
 * The table of connections, those first that a perfect pool would not have opened, by what they
 * cost. `-z http_reuse,connections`.
 *
 * The user interfaces know whole numbers and text, and compare text byte by byte: durations are
 * text of one width, so that they sort as numbers and can be absent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/statistics/private.h"

#include <epan/stat_tap_ui.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "HTTP Connections"

enum {
    COLUMN_RANK,
    COLUMN_CONNECTION,
    COLUMN_STREAM,
    COLUMN_CLIENT,
    COLUMN_SERVER,
    COLUMN_PROTOCOL,
    COLUMN_WHY_NEW,
    COLUMN_REQUESTS,
    COLUMN_REUSED,
    COLUMN_SETUP,
    COLUMN_IDLE,
    COLUMN_CAUSE,
    COLUMN_BY,
    COLUMN_CERTAINTY,
    COLUMN_AVOIDABLE,
    COLUMN_COUNT,
};

static stat_tap_table_item columns[] = {
    [COLUMN_RANK] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "#", "%4u"},
    [COLUMN_CONNECTION] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Conn", "%4u"},
    [COLUMN_STREAM] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Stream", "%-10s"},
    [COLUMN_CLIENT] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%-21s"},
    [COLUMN_SERVER] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%-30s"},
    [COLUMN_PROTOCOL] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Protocol", "%-8s"},
    [COLUMN_WHY_NEW] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Opened because", "%-20s"},
    [COLUMN_REQUESTS] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Requests", "%4u"},
    [COLUMN_REUSED] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Reused", "%4u"},
    [COLUMN_SETUP] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Setup (ms)", "%12s"},
    [COLUMN_IDLE] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Idle at end (ms)", "%12s"},
    [COLUMN_CAUSE] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Ended because", "%-20s"},
    [COLUMN_BY] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "By", "%-6s"},
    [COLUMN_CERTAINTY] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Sure", "%-7s"},
    [COLUMN_AVOIDABLE] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Avoidable (ms)", "%12s"},
};

static GHashTable *listed;   /* connections that have rows */
static GHashTable *expected; /* connections that shall have rows */
static GPtrArray *waiting;   /* ... in their order */
static GArray *ranks;        /* of guint, by the ordinal of a connection */
static bool has_begun;       /* since the table was emptied */

static void list_waiting(void);
static void begin(stat_tap_table_ui *statistic);
static tap_packet_status take(void *data, packet_info *pinfo, epan_dissect_t *edt,
                              const void *tapped, tap_flags_t flags);
static void empty(stat_tap_table *table);
static void free_item(stat_tap_table *table, guint row, guint column,
                      stat_tap_table_item_type *item);

static tap_param parameters[] = {{PARAM_FILTER, "filter", "Filter", NULL, TRUE}};

static stat_tap_table_ui ui = {
    .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
    .title = TITLE,
    .tap_name = HR_TAP_NAME,
    .cli_string = "http_reuse,connections",
    .stat_tap_init_cb = begin,
    .packet_func = take,
    .stat_tap_reset_table_cb = empty,
    .stat_tap_free_table_item_cb = free_item,
    .nfields = COLUMN_COUNT,
    .fields = columns,
    .nparams = G_N_ELEMENTS(parameters),
    .params = parameters,
};

static hr_tap_end end = {.call = list_waiting};

/* ---- the order ---- */

static int64_t avoidable_ns(const hr_connection *connection)
{
    return connection->is_avoidable ? hr_connection_setup_ns(connection) : HR_TIME_NONE;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const hr_connection *one = *(const hr_connection *const *)a;
    const hr_connection *other = *(const hr_connection *const *)b;
    const int64_t one_ns = avoidable_ns(one);
    const int64_t other_ns = avoidable_ns(other);

    if (one->is_avoidable != other->is_avoidable) {
        return one->is_avoidable ? -1 : 1;
    }
    if (one_ns != other_ns) {
        return one_ns > other_ns ? -1 : 1;
    }
    return one->id < other->id ? -1 : one->id > other->id;
}

static void rank_all(const hr_analysis *analysis)
{
    const size_t count = hr_analysis_connection_count(analysis);
    GPtrArray *sorted = g_ptr_array_sized_new((guint)count);

    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(sorted, (gpointer)hr_analysis_connection(analysis, i));
    }
    g_ptr_array_sort(sorted, compare);
    g_array_set_size(ranks, 0);
    for (guint i = 0; i < sorted->len; i++) {
        const hr_connection *connection = (const hr_connection *)g_ptr_array_index(sorted, i);
        if (connection->id >= ranks->len) {
            g_array_set_size(ranks, connection->id + 1);
        }
        g_array_index(ranks, guint, connection->id) = i + 1;
    }
    g_ptr_array_free(sorted, TRUE);
}

/* ---- a row ---- */

static char *text_of(const char *token)
{
    return g_strdup(token != NULL ? token : "");
}

static char *text_of_ms(int64_t ns)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    if (ns == HR_TIME_NONE) {
        return g_strdup("");
    }
    (void)g_ascii_formatd(digits, sizeof(digits), "%.3f", (double)ns / HR_NS_PER_MS);
    return g_strdup_printf("%12s", digits);
}

static char *text_of_stream(const hr_connection *connection)
{
    if (connection->transport == HR_TRANSPORT_TCP) {
        return g_strdup_printf("tcp %u", connection->tcp_stream);
    }
    if (connection->transport == HR_TRANSPORT_QUIC) {
        return g_strdup_printf("quic %u", connection->seldom->quic->number);
    }
    return g_strdup_printf("in %u",
                           connection->seldom->parent != NULL ? connection->seldom->parent->id : 0);
}

static guint reused_on(const hr_connection *connection)
{
    guint reused = 0;

    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        reused += request->status == HR_STATUS_REUSED;
    }
    return reused;
}

static void add_row(stat_tap_table *table, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const guint rank =
        connection->id < ranks->len ? g_array_index(ranks, guint, connection->id) : connection->id;
    const guint numbers[COLUMN_COUNT] = {
        [COLUMN_RANK] = rank,
        [COLUMN_CONNECTION] = connection->id,
        [COLUMN_REQUESTS] = connection->request_count,
        [COLUMN_REUSED] = reused_on(connection),
    };
    const char *const texts[COLUMN_COUNT] = {
        [COLUMN_STREAM] = text_of_stream(connection),
        [COLUMN_CLIENT] = hr_statistics_endpoint(&hr_connection_client(connection)->endpoint),
        [COLUMN_SERVER] = hr_statistics_server(connection),
        [COLUMN_PROTOCOL] = text_of(hr_protocol_token(connection->protocol)),
        [COLUMN_WHY_NEW] = text_of(hr_why_token(hr_connection_opening(connection)->why)),
        [COLUMN_SETUP] = text_of_ms(hr_connection_setup_ns(connection)),
        [COLUMN_IDLE] = text_of_ms(ending->after_idle_ns),
        [COLUMN_CAUSE] = text_of(hr_close_cause_token(ending->cause)),
        [COLUMN_BY] = text_of(hr_side_token(ending->by)),
        [COLUMN_CERTAINTY] = text_of(hr_certainty_token(ending->certainty)),
        [COLUMN_AVOIDABLE] = text_of_ms(avoidable_ns(connection)),
    };
    stat_tap_table_item_type row[COLUMN_COUNT];

    memset(row, 0, sizeof(row));
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        row[i].type = columns[i].type;
        if (columns[i].type == TABLE_ITEM_UINT) {
            row[i].value.uint_value = numbers[i];
        } else {
            row[i].value.string_value = texts[i];
        }
    }
    stat_tap_init_table_row(table, table->num_elements, COLUMN_COUNT, row);
}

/* ---- the table ---- */

/* NULL where nobody looks at it any more: the array stays when its tables are freed. */
static stat_tap_table *table_of(const stat_tap_table_ui *statistic)
{
    const GArray *tables = statistic->tables;

    return tables != NULL && tables->len > 0 ? g_array_index(tables, stat_tap_table *, 0) : NULL;
}

static void list(stat_tap_table *table, const hr_connection *connection)
{
    if (connection->is_in_scope && g_hash_table_add(listed, (gpointer)connection)) {
        add_row(table, connection);
    }
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const stat_tap_table_item_type *one = *(stat_tap_table_item_type *const *)a;
    const stat_tap_table_item_type *other = *(stat_tap_table_item_type *const *)b;
    const guint one_rank = one[COLUMN_RANK].value.uint_value;
    const guint other_rank = other[COLUMN_RANK].value.uint_value;

    return one_rank < other_rank ? -1 : one_rank > other_rank;
}

/* Rows that waited are added, and all are put in order; the GUI does that itself. */
static void list_waiting(void)
{
    stat_tap_table *table = table_of(&ui);
    const hr_analysis *analysis = hr_statistics_analysis();

    if (table == NULL || analysis == NULL) {
        return;
    }
    if (waiting->len > 0) {
        rank_all(analysis);
    }
    for (guint i = 0; i < waiting->len; i++) {
        list(table, (const hr_connection *)g_ptr_array_index(waiting, i));
    }
    g_ptr_array_set_size(waiting, 0);
    if (table->num_elements > 1) {
        qsort(table->elements, table->num_elements, sizeof(stat_tap_table_item_type *),
              compare_rows);
    }
}

void hr_connection_table_end_file(void)
{
    list_waiting();
    g_ptr_array_set_size(waiting, 0);
    g_hash_table_remove_all(listed);
    g_hash_table_remove_all(expected);
}

/* ---- what Wireshark calls ---- */

static tap_packet_status take(void *data, packet_info *pinfo, epan_dissect_t *edt,
                              const void *tapped, tap_flags_t flags)
{
    const hr_tap_record *record = (const hr_tap_record *)tapped;
    stat_tap_table *table = table_of(((const stat_data_t *)data)->stat_tap_data);

    (void)pinfo;
    (void)edt;
    (void)flags;
    if (table == NULL) {
        return TAP_PACKET_DONT_REDRAW;
    }
    if (!has_begun) {
        has_begun = true;
        hr_tap_end_expect(&end);
        if (record->analysis != NULL) {
            rank_all(record->analysis);
        }
    }
    if (record->analysis != NULL) {
        list(table, record->connection);
    } else if (g_hash_table_add(expected, (gpointer)record->connection)) {
        g_ptr_array_add(waiting, (gpointer)record->connection);
    }
    return TAP_PACKET_REDRAW;
}

static void free_item(stat_tap_table *table, guint row, guint column,
                      stat_tap_table_item_type *item)
{
    (void)table;
    (void)row;
    (void)column;
    if (item->type == TABLE_ITEM_STRING) {
        g_free((char *)item->value.string_value);
        item->type = TABLE_ITEM_NONE;
    }
}

static void empty(stat_tap_table *table)
{
    for (guint row = 0; row < table->num_elements; row++) {
        for (guint column = 0; column < COLUMN_COUNT; column++) {
            free_item(table, row, column, &table->elements[row][column]);
        }
        g_free(table->elements[row]);
    }
    table->num_elements = 0;
    g_hash_table_remove_all(listed);
    g_hash_table_remove_all(expected);
    g_ptr_array_set_size(waiting, 0);
    has_begun = false;
}

static void begin(stat_tap_table_ui *statistic)
{
    stat_tap_table *table = stat_tap_find_table(statistic, TITLE);

    if (table != NULL) {
        empty(table);
        return;
    }
    g_hash_table_remove_all(listed);
    has_begun = false;
    table = stat_tap_init_table(TITLE, COLUMN_COUNT, 0, "http_reuse.connection == ");
    stat_tap_add_table(statistic, table);
}

void hr_connection_table_register(void)
{
    listed = g_hash_table_new(NULL, NULL);
    expected = g_hash_table_new(NULL, NULL);
    waiting = g_ptr_array_new();
    ranks = g_array_new(FALSE, TRUE, sizeof(guint));
    register_stat_tap_table_ui(&ui);
}
