/* table.c
 * A row a connection. Text of the capture goes in through put_text() only, which makes it valid
 * UTF-8 and leaves nothing in it that is markup.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/html/table.h"

#include <inttypes.h>

enum {
    ROWS_SHOWN = 1000,
};

static void put_text(FILE *out, const char *text)
{
    char *escaped = g_markup_escape_text(text, -1);

    (void)fputs(escaped, out);
    g_free(escaped);
}

/* A cell with a token or a name; empty for NULL. */
static void put_cell(FILE *out, const char *text)
{
    (void)fputs("<td>", out);
    put_text(out, text != NULL ? text : "");
}

static void put_number(FILE *out, uint64_t number)
{
    (void)fprintf(out, "<td>%" PRIu64, number);
}

static void put_microseconds(FILE *out, int64_t ns)
{
    (void)fputs("<td>", out);
    if (ns != HR_TIME_NONE) {
        (void)fprintf(out, "%" PRId64, ns / 1000);
    }
}

static void put_endpoint(FILE *out, const hr_endpoint *endpoint)
{
    (void)fputs("<td>", out);
    put_text(out, endpoint->address != NULL ? endpoint->address : "");
    (void)fprintf(out, " %u", endpoint->port);
}

static void put_row(FILE *out, const hr_connection *connection)
{
    const char *name = connection->name != NULL ? connection->name : connection->seldom->tls->sni;

    (void)fputs("<tr>", out);
    put_number(out, connection->id);
    put_endpoint(out, &hr_connection_client(connection)->endpoint);
    put_endpoint(out, &hr_connection_server(connection)->endpoint);
    put_cell(out, name);
    put_cell(out, hr_protocol_token(connection->protocol));
    put_number(out, connection->request_count);
    put_cell(out, hr_why_token(hr_connection_opening(connection)->why));
    put_microseconds(out, hr_connection_setup_ns(connection));
    put_cell(out, hr_close_cause_token(connection->ending.cause));
    put_cell(out, hr_side_token(connection->ending.by));
    put_cell(out, hr_certainty_token(connection->ending.certainty));
    (void)fputc('\n', out);
}

void hr_html_write_table(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    const hr_source *source = hr_model_source(model);
    const char *name = source->file != NULL ? source->file : source->device;
    const hr_sums *sums = &hr_analysis_totals(analysis)->sums;
    const size_t count = hr_analysis_connection_count(analysis);

    (void)fputs("<table><caption>", out);
    if (name != NULL) {
        put_text(out, name);
        (void)fputs(": ", out);
    }
    (void)fprintf(out,
                  "%" PRIu32 " requests on %" PRIu32 " connections: %" PRIu32 " new, %" PRIu32
                  " reused, %" PRIu32 " unknown; %" PRIu32 " connections were avoidable.",
                  sums->requests, sums->connections, sums->new_requests, sums->reused,
                  sums->unknown, sums->avoidable_connections);
    if (count > ROWS_SHOWN) {
        (void)fprintf(out, " The first %d connections:", ROWS_SHOWN);
    }
    (void)fputs("</caption>\n"
                "<tr><th>connection<th>client<th>server<th>name<th>protocol<th>requests"
                "<th>opened because<th>setup, \xc2\xb5s<th>ended<th>by<th>how sure\n",
                out);
    for (size_t i = 0; i < MIN(count, ROWS_SHOWN); i++) {
        put_row(out, hr_analysis_connection(analysis, i));
    }
    (void)fputs("</table>\n", out);
}
