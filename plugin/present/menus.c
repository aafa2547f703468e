/* menus.c
 * The report in a window, and the filter for all packets of the connection that a packet belongs
 * to: of TCP, of QUIC, or of the connection around a tunnel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/menus.h"

#include "compat.h"

#include <epan/address.h>
#include <epan/conversation_filter.h>
#include <epan/funnel.h>
#include <epan/packet_info.h>
#include <epan/to_str.h>
#include <stdio.h>

#include "present/source.h"
#include "present/text/text.h"
#include "session.h"

#define REPORT_TITLE "HTTP Reuse report"

/* ---- the report ---- */

/* Of the open file, to be freed; NULL where there is none, or no place to write it. */
static char *report_text(void)
{
    hr_model *model = hr_session_model();
    FILE *stream = model != NULL ? tmpfile() : NULL;

    if (stream == NULL) {
        return NULL;
    }
    hr_source_tell(model);
    hr_text_write(stream, model, hr_session_analysis());
    const long size = ftell(stream);
    char *text = size >= 0 ? g_malloc((size_t)size + 1) : NULL;
    rewind(stream);
    if (text != NULL) {
        text[fread(text, 1, (size_t)size, stream)] = '\0';
    }
    (void)fclose(stream);
    return text;
}

static void show_report(void *data)
{
    const funnel_ops_t *gui = funnel_get_funnel_ops();

    (void)data;
    if (gui == NULL || gui->new_text_window == NULL) {
        return;
    }
    const char *reason = hr_session_sees_packets()
                             ? "Open a capture file first."
                             : "The protocol http_reuse is disabled (Analyze > Enabled Protocols).";
    char *text = hr_session_sees_packets() ? report_text() : NULL;
    funnel_text_window_t *window = gui->new_text_window(gui->ops_id, REPORT_TITLE);
    gui->set_text(window, text != NULL ? text : reason);
    g_free(text);
}

/* ---- the conversation filter ---- */

static bool has_ends(const hr_connection *connection, const packet_info *pinfo, const char *from,
                     const char *to)
{
    for (unsigned i = 0; i < 2; i++) {
        const hr_endpoint *one = &connection->ends[i].endpoint;
        const hr_endpoint *other = &connection->ends[1 - i].endpoint;
        if (one->port == pinfo->srcport && other->port == pinfo->destport &&
            g_strcmp0(one->address, from) == 0 && g_strcmp0(other->address, to) == 0) {
            return true;
        }
    }
    return false;
}

/* The latest connection in scope that began before @pinfo, between its ends; NULL where there is
 * none. A user asks this of one packet at a time. */
static const hr_connection *connection_of(packet_info *pinfo)
{
    const hr_model *model = hr_session_model();
    const char *from = address_to_str(pinfo->pool, &pinfo->src);
    const char *to = address_to_str(pinfo->pool, &pinfo->dst);

    for (size_t i = model != NULL ? hr_model_connection_count(model) : 0; i > 0; i--) {
        const hr_connection *connection = hr_model_connection(model, i - 1);
        const uint32_t begin =
            hr_frame_map_number(hr_session_frames(), connection->first_seen.frame);
        if (connection->is_in_scope && begin <= pinfo->num &&
            has_ends(connection, pinfo, from, to)) {
            return connection;
        }
    }
    return NULL;
}

HR_CONVERSATION_CALLBACK(hr_pref_bool, is_in_connection, pinfo)
{
    return connection_of(pinfo) != NULL;
}

HR_CONVERSATION_CALLBACK(char *, connection_filter, pinfo)
{
    const hr_connection *connection = connection_of(pinfo);

    while (connection != NULL && connection->seldom->parent != NULL) {
        connection = connection->seldom->parent;
    }
    if (connection == NULL) {
        return NULL;
    }
    return connection->transport == HR_TRANSPORT_QUIC
               ? g_strdup_printf("quic.connection.number eq %u", connection->seldom->quic->number)
               : g_strdup_printf("tcp.stream eq %u", connection->tcp_stream);
}

/* ---- registration ---- */

void hr_menus_register(void)
{
    funnel_register_menu(REPORT_TITLE, REGISTER_TOOLS_GROUP_UNSORTED, show_report, NULL, NULL,
                         FALSE);
    HR_REGISTER_CONVERSATION_FILTER("http_reuse", "HTTP connection", is_in_connection,
                                    connection_filter);
}
