/* parts.c
 * What few connections or requests have: it is made when somebody writes it, and until then all
 * read the same one, of which nothing was said. A capture has millions of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"

#define NO_MOMENT                                                                                  \
    {                                                                                              \
        0, HR_TIME_NONE                                                                            \
    }

/* What nothing was said of. */
static const hr_tls no_tls = {
    .handshake = HR_TLS_NONE,
    .hello = NO_MOMENT,
    .close_notify = NO_MOMENT,
    .data_by_client = NO_MOMENT,
    .cipher_changed = {NO_MOMENT, NO_MOMENT},
};
static const hr_goaway no_goaway = {.at = NO_MOMENT, .left_out_from = UINT64_MAX};
static const hr_tcp_seldom no_tcp_seldom = {.rst = NO_MOMENT};
static const hr_http1_seldom no_http1_seldom = {.held.at = NO_MOMENT, .surplus = NO_MOMENT};

hr_tls *hr_connection_tls(hr_connection *connection)
{
    if (connection->tls == &no_tls) {
        connection->tls = g_memdup2(&no_tls, sizeof(no_tls));
    }
    return (hr_tls *)connection->tls;
}

hr_goaway *hr_connection_goaway(hr_connection *connection)
{
    if (connection->goaway == &no_goaway) {
        connection->goaway = g_memdup2(&no_goaway, sizeof(no_goaway));
    }
    return (hr_goaway *)connection->goaway;
}

hr_tcp_seldom *hr_tcp_seldom_of(hr_tcp_end *end)
{
    if (end->seldom == &no_tcp_seldom) {
        end->seldom = g_memdup2(&no_tcp_seldom, sizeof(no_tcp_seldom));
    }
    return (hr_tcp_seldom *)end->seldom;
}

hr_http1_seldom *hr_http1_seldom_of(hr_http1 *http1)
{
    if (http1->seldom == &no_http1_seldom) {
        http1->seldom = g_memdup2(&no_http1_seldom, sizeof(no_http1_seldom));
    }
    return (hr_http1_seldom *)http1->seldom;
}

void hr_parts_init(hr_connection *connection)
{
    connection->tls = &no_tls;
    connection->goaway = &no_goaway;
    connection->http1.seldom = &no_http1_seldom;
    connection->ends[0].seldom = connection->ends[1].seldom = &no_tcp_seldom;
}

void hr_parts_free(hr_connection *connection)
{
    if (connection->tls != &no_tls) {
        g_free((gpointer)connection->tls);
    }
    if (connection->goaway != &no_goaway) {
        g_free((gpointer)connection->goaway);
    }
    if (connection->http1.seldom != &no_http1_seldom) {
        g_free((gpointer)connection->http1.seldom);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(connection->ends); i++) {
        if (connection->ends[i].seldom != &no_tcp_seldom) {
            g_free((gpointer)connection->ends[i].seldom);
        }
    }
    g_free(connection->place.links);
}

const hr_ties hr_no_ties;

hr_ties *hr_model_ties(hr_model *model, hr_request *request)
{
    if (request->ties == &hr_no_ties) {
        request->ties = hr_slabs_add(&model->ties);
    }
    return (hr_ties *)request->ties;
}
