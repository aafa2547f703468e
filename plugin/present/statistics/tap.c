/* tap.c
 * The tap, and the moment before its listeners draw.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/statistics/private.h"

#include <epan/tap.h>
#include <string.h>
#include <wsutil/report_message.h>

static int tap = -1;
static hr_statistics_analyse analyse_all;

const hr_request *hr_tap_record_request(const hr_tap_record *record)
{
    const bool is_request = record->item != NULL && record->item->kind == HR_ITEM_REQUEST;

    return is_request && hr_request_frame(record->item->request) == record->frame
               ? record->item->request
               : NULL;
}

bool hr_tap_is_wanted(void)
{
    return have_tap_listener(tap);
}

void hr_tap_put(packet_info *pinfo, const hr_tap_record *record)
{
    tap_queue_packet(tap, pinfo, wmem_memdup(pinfo->pool, record, sizeof(*record)));
}

/* ---- the end ---- */

static void draw(void *data)
{
    ((const hr_tap_end *)data)->call();
}

/* Listeners draw in the reverse order in which they began to listen. */
void hr_tap_end_expect(hr_tap_end *end)
{
    if (end->is_expected) {
        remove_tap_listener(end);
    }
    end->is_expected = false;
    GString *error =
        register_tap_listener(HR_TAP_NAME, end, NULL, TL_REQUIRES_NOTHING, NULL, NULL, draw, NULL);
    if (error != NULL) {
        report_failure("http_reuse: no statistics: %s", error->str);
        g_string_free(error, TRUE);
        return;
    }
    end->is_expected = true;
}

const hr_analysis *hr_statistics_analysis(void)
{
    return analyse_all();
}

/* ---- names ---- */

char *hr_statistics_endpoint(const hr_endpoint *endpoint)
{
    const char *address = endpoint->address != NULL ? endpoint->address : "?";
    const bool is_ipv6 = strchr(address, ':') != NULL;

    return g_strdup_printf(is_ipv6 ? "[%s]:%u" : "%s:%u", address, (unsigned)endpoint->port);
}

char *hr_statistics_server(const hr_connection *connection)
{
    char *server = connection->name != NULL
                       ? g_strdup(connection->name)
                       : hr_statistics_endpoint(&hr_connection_server(connection)->endpoint);
    char *text = g_strdup_printf("%s://%s", hr_connection_scheme(connection), server);

    g_free(server);
    return text;
}

/* ---- files ---- */

void hr_statistics_end_file(void)
{
    hr_summary_tree_end_file();
    hr_connection_table_end_file();
}

/* ---- registration ---- */

void hr_statistics_register(hr_statistics_analyse analyse)
{
    analyse_all = analyse;
    tap = register_tap(HR_TAP_NAME);
    hr_summary_tree_register();
    hr_connection_table_register();
}
