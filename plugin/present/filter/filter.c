/* filter.c
 * A finding has a field of its own. Where others have it as well the filter says which: by
 * addresses, which can be read, where these tell it, else by the connections. A tunnel's server is
 * not in the addresses of its packets, and names (Host, SNI) are in none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/filter/filter.h"

#include <string.h>

enum {
    MAX_RANGES = 50 /* that a person would read or paste */
};

static uint32_t id_at(const GPtrArray *connections, guint index)
{
    return ((const hr_connection *)connections->pdata[index])->id;
}

static void append_address_filter(GString *line, const char *address)
{
    bool is_ipv6 = address != NULL && strchr(address, ':') != NULL;

    /* Anything else is not an address that a filter of IP would take. */
    if (address != NULL && g_hostname_is_ip_address(address)) {
        g_string_append_printf(line, " && %s == %s", is_ipv6 ? "ipv6.addr" : "ip.addr", address);
    }
}

static guint count_ranges(const GPtrArray *connections)
{
    guint ranges = connections->len > 0 ? 1 : 0;

    for (guint i = 1; i < connections->len; i++) {
        ranges += id_at(connections, i) != id_at(connections, i - 1) + 1;
    }
    return ranges;
}

/* "http_reuse.connection in {1, 3..7}"; of too many from the first to the last, with those of
 * others between them. */
static void append_connections_filter(GString *line, const GPtrArray *connections)
{
    const bool is_short = count_ranges(connections) <= MAX_RANGES;

    g_string_append(line, "http_reuse.connection in {");
    for (guint first = 0, last = 0; first < connections->len; first = last + 1) {
        const uint32_t id = id_at(connections, first);
        for (last = first; last + 1 < connections->len; last++) {
            if (is_short && id_at(connections, last + 1) != id + (last + 1 - first)) {
                break;
            }
        }
        g_string_append_printf(line, first > 0 ? ", %u" : "%u", id);
        if (last > first) {
            g_string_append_printf(line, "..%u", id_at(connections, last));
        }
    }
    g_string_append_c(line, '}');
}

static void append_route_filter(GString *line, const hr_connection *connection)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    const char *client = hr_connection_client(connection)->endpoint.address;

    if (g_strcmp0(client, server->address) != 0) {
        append_address_filter(line, client);
    }
    append_address_filter(line, server->address);
    g_string_append_printf(line, " && %s.port == %u",
                           connection->transport == HR_TRANSPORT_QUIC ? "udp" : "tcp",
                           (unsigned)server->port);
}

static void append_codes(GString *line, hr_finding_set codes)
{
    const char *before = "";

    for (unsigned i = 0; i < HR_FINDING_COUNT; i++) {
        const hr_finding_code code = (hr_finding_code)i;
        if (hr_finding_set_has(codes, code)) {
            g_string_append_printf(line, "%shttp_reuse.finding.%s", before,
                                   hr_finding_kind_of(code)->token);
            before = " || ";
        }
    }
}

static void append_finding_filter(GString *line, const hr_analysis *analysis, const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);
    const bool has_several = fix->codes != 1u << fix->code;

    g_string_append(line, has_several ? "(" : "");
    append_codes(line, fix->codes);
    g_string_append(line, has_several ? ")" : "");
    if (!has_several && fix->findings == hr_analysis_totals(analysis)->findings[fix->code]) {
        return;
    }
    if (!has_several && connection->transport != HR_TRANSPORT_TUNNEL &&
        fix->findings_on_route == fix->findings) {
        append_route_filter(line, connection);
        return;
    }
    g_string_append(line, " && ");
    append_connections_filter(line, fix->connections);
}

/* QUIC: the frame that opens one may be the first after another's silent end, and shows that, too. */
static bool are_frames_shared(const hr_fix *fix)
{
    return hr_fix_example(fix)->transport == HR_TRANSPORT_QUIC && fix->frame_count <= HR_FIX_FRAMES;
}

static void append_frames_filter(GString *line, const hr_fix *fix)
{
    g_string_append(line, "frame.number in {");
    for (uint32_t i = 0; i < fix->frame_count; i++) {
        g_string_append_printf(line, i > 0 ? ", %u" : "%u", fix->frames[i]);
    }
    g_string_append_c(line, '}');
}

void hr_fix_filter_append(GString *line, const hr_analysis *analysis, const hr_fix *fix)
{
    const bool is_end = hr_fix_shows_ends(fix);

    if (fix->findings > 0) {
        append_finding_filter(line, analysis, fix);
        return;
    }
    if (!is_end && are_frames_shared(fix)) {
        append_frames_filter(line, fix);
        return;
    }
    append_connections_filter(line, fix->connections);
    g_string_append(line, is_end ? " && http_reuse.close.cause" : " && http_reuse.why_new");
}
