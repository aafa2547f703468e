/* test_tls_said.c
 * What single messages of TLS tell: which handshake it is where not all of it was captured, who ended
 * it, and what it carries. RFC 5246, RFC 8446.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

static const tls_kind of_12 = {.is_12 = true};

static void server_hello(trace_connection *c, const char *session_id, int64_t at)
{
    trace_begin_segment(c, SERVER, 0, 200, at);
    hr_tls_server_hello_seen(
        trace_model(c->owner), c->model, trace_index(c, SERVER),
        &(hr_tls_server_hello){.version = 0x0303, .session_id = trace_slice(session_id)});
    trace_end_segment(c);
}

static void certificate(trace_connection *c, int64_t at)
{
    trace_begin_segment(c, SERVER, 0, 200, at);
    hr_tls_message_seen(trace_model(c->owner), c->model, trace_index(c, SERVER),
                        HR_TLS_CERTIFICATE);
    trace_end_segment(c);
}

static void cipher_changed(trace_connection *c, trace_side from, int64_t at)
{
    trace_begin_segment(c, from, 0, 50, at);
    hr_tls_cipher_changed(trace_model(c->owner), c->model, trace_index(c, from));
    trace_end_segment(c);
}

static hr_tls_handshake handshake_of(const trace_connection *c)
{
    return c->model->seldom->tls->handshake;
}

/* ---- which handshake ---- */

/* RFC 5246 §7.3: of a full one the client changes its cipher first, whether the certificate was
 * captured or a snap length cut it off. */
static void certificate_is_not_in_the_capture(void)
{
    for (int is_resumed = 0; is_resumed < 2; is_resumed++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_connect(t, AT_MS(0), &of_12);
        tls_client_hello(c, AT_MS(1), &of_12);
        server_hello(c, NULL, AT_MS(2));
        cipher_changed(c, is_resumed ? SERVER : CLIENT, AT_MS(3));
        cipher_changed(c, is_resumed ? CLIENT : SERVER, AT_MS(4));

        g_assert_cmpint(handshake_of(c), ==, is_resumed ? HR_TLS_RESUMED : HR_TLS_FULL);
        g_assert_cmpint(hr_connection_setup_ns(c->model), ==, AT_MS(4));
    }
}

/* The client seems to come first where its server's packets come late, as by another clock. */
static void server_of_a_resumed_one_comes_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_connect(t, AT_MS(0), &of_12);
    tls_client_hello(c, AT_MS(1), &of_12);
    trace_lose(c, SERVER, 250);
    cipher_changed(c, CLIENT, AT_MS(3));
    c->next[SERVER] -= 250;
    server_hello(c, NULL, AT_MS(4));
    cipher_changed(c, SERVER, AT_MS(5));

    g_assert_cmpint(handshake_of(c), ==, HR_TLS_RESUMED);
}

/* The server's first words tell it, also where nothing else was captured. */
static void session_that_is_echoed(void)
{
    static const char *const ids[] = {"session", "another", NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {.is_12 = true, .session_id = "session"};
        trace_connection *c = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(c, AT_MS(1), &how);
        server_hello(c, ids[i], AT_MS(2));

        g_assert_cmpint(handshake_of(c), ==, i == 0 ? HR_TLS_RESUMED : HR_TLS_FULL);
        certificate(c, AT_MS(3)); /* whatever was said, this is a full one */
        g_assert_cmpint(handshake_of(c), ==, HR_TLS_FULL);
    }
}

static void neither_offers_a_session(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_connect(t, AT_MS(0), &of_12);
    tls_client_hello(c, AT_MS(1), &of_12);
    server_hello(c, NULL, AT_MS(2));

    g_assert_cmpint(handshake_of(c), ==, HR_TLS_FULL);
    g_assert_false(c->model->seldom->tls->offers_resumption);

    trace_connection *ticket = tls_open(t, AT_MS(10), .is_12 = true, .has_ticket = true);
    g_assert_true(ticket->model->seldom->tls->offers_resumption);
}

/* RFC 8446 §2.3: early data is there before the client's Finished, also where it comes behind the
 * ServerHello. */
static void early_data_is_not_the_end_of_the_handshake(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.has_keys = true,
                          .has_ticket = true,
                          .is_resumed = true,
                          .offers_early = true,
                          .accepts_early = true};
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    tls_server_hello(c, AT_MS(2), &how);
    trace_request(c, AT_MS(3));
    tls_client_finished(c, AT_MS(5), &how);

    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, AT_MS(5));
    g_assert_false(c->model->seldom->tls->is_setup_estimated);
    g_assert_cmpint(handshake_of(c), ==, HR_TLS_EARLY_DATA);
}

/* Without a name a ticket is of its server: another one's is none of it. */
static void ticket_without_a_name(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .is_12 = true, .sni = "", .gives_ticket = true);
    trace_connection *same = tls_open(t, AT_S(1), .is_12 = true, .sni = "");
    trace_connection *other =
        tls_open(t, AT_S(2), .is_12 = true, .sni = "", .address = "10.0.0.81");

    g_assert_true(same->model->seldom->tls->had_ticket);
    g_assert_false(other->model->seldom->tls->had_ticket);
}

/* ---- who is who ---- */

/* The ports say otherwise: who says hello is the client, and who answers it is not. */
static void hello_says_who_is_the_client(void)
{
    for (int is_answer = 0; is_answer < 2; is_answer++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 443, "10.0.0.80", 50000);
        if (is_answer) {
            server_hello(c, NULL, AT_MS(2));
        } else {
            tls_client_hello(c, AT_MS(1), &of_12);
        }

        g_assert_cmpstr(hr_connection_client(c->model)->endpoint.address, ==, "10.0.0.1");
    }
}

/* RFC 3207: the server greets, and TLS begins then; nothing was asked over HTTP before. */
static void greeted_before_tls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.80", 443, AT_MS(0));
    const tls_kind how = {.has_keys = true};
    trace_data(c, SERVER, 40, AT_MS(1));
    tls_handshake(c, AT_MS(10), &how);
    const hr_request *request = trace_request(c, AT_MS(20));

    assert_status(request, "new");
    assert_number(request, 1);
}

/* ---- what it is for ---- */

static void protocols_that_are_no_http(void)
{
    static const struct {
        const char *offers;
        uint16_t port;
        bool is_for_others, is_in_scope;
    } kinds[] = {{"h2", 9000, false, true},
                 {"imap", 443, true, false},
                 {"", 443, false, true},
                 {"", 993, false, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open_with(
            t, AT_MS(0), &(tls_kind){.offers = kinds[i].offers, .port = kinds[i].port});
        tls_hidden_exchange(c, AT_MS(10), AT_MS(11));

        g_assert_true(c->model->seldom->tls->is_for_others == kinds[i].is_for_others);
        g_assert_true(c->model->is_in_scope == kinds[i].is_in_scope);
        g_assert_true((c->model->exchange_count == 1) == kinds[i].is_in_scope);
    }
}

/* RFC 9110 §7.2: the default port is the scheme's. */
static void host_with_the_default_port(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .sni = "", .has_keys = true);
    trace_request(c, AT_MS(10), .host = "A.example:443");

    g_assert_cmpstr(c->model->name, ==, "a.example");
}

/* One record that cannot be read breaks the chain: what it was may have been a request. */
static void record_that_cannot_be_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .is_12 = true, .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_data(c, CLIENT, 300, AT_MS(20));

    g_assert_cmpuint(hr_bytes_disorder(&hr_connection_client(c->model)->out), ==, 1);
    g_assert_cmpuint(c->model->seldom->tls->data_by_client.frame, ==, 0);
}

/* ---- alerts ---- */

/* RFC 8446 §6.1: user_canceled, and the like, are told and end nothing by themselves. */
static void alert_that_ends_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_alert(c, CLIENT, 90, AT_MS(12));

    g_assert_cmpuint(c->model->closing.frame, ==, 0);
    assert_status(trace_exchange(c, AT_MS(20), AT_MS(21)), "reused");
}

static void first_close_notify_counts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_close_notify(c, SERVER, AT_MS(500));
    tls_close_notify(c, CLIENT, AT_MS(501));
    trace_close(c, CLIENT, AT_MS(502));

    assert_closed_by(c, "server");
}

/* What nobody can read before the handshake is over, of the length of an alert, is one. */
static void hidden_alert_in_the_handshake(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = tls_connect(t, AT_MS(0), &of_12);
    tls_client_hello(old, AT_MS(1), &of_12);
    tls_server_hello(old, AT_MS(2), &of_12);
    tls_hidden_alert_12(old, CLIENT, AT_MS(3));
    trace_close(old, SERVER, AT_MS(4));
    const tls_kind of_13 = {.port = 443};
    trace_connection *fresh = tls_connect(t, AT_MS(10), &of_13);
    tls_client_hello(fresh, AT_MS(11), &of_13);
    tls_server_hello(fresh, AT_MS(12), &of_13);
    tls_hidden_alert_13(fresh, CLIENT, AT_MS(13));
    trace_close(fresh, SERVER, AT_MS(14));

    assert_cause(old, "setup-failed");
    assert_closed_by(old, "client");
    assert_cause(fresh, "setup-failed");
    assert_closed_by(fresh, "client");
}

/* ... unless what it sent before it is lost: its Finished may be among that. */
static void hidden_alert_behind_lost_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind of_13 = {.port = 443};
    trace_connection *c = tls_connect(t, AT_MS(0), &of_13);
    tls_client_hello(c, AT_MS(1), &of_13);
    tls_server_hello(c, AT_MS(2), &of_13);
    trace_lose(c, CLIENT, 200);
    tls_hidden_alert_13(c, CLIENT, AT_MS(3));

    g_assert_cmpint(c->model->seldom->tls->failed_by, ==, HR_SIDE_NONE);
}

static void hidden_alert_of_12_behind_lost_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_connect(t, AT_MS(0), &of_12);
    tls_client_hello(c, AT_MS(1), &of_12);
    tls_server_hello(c, AT_MS(2), &of_12);
    trace_lose(c, CLIENT, 200);
    tls_hidden_alert_12(c, CLIENT, AT_MS(3));

    g_assert_cmpint(c->model->seldom->tls->failed_by, ==, HR_SIDE_NONE);
}

/* The server's first record of that length is none of its client's alerts. */
static void short_record_of_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind of_13 = {.port = 443};
    trace_connection *c = tls_connect(t, AT_MS(0), &of_13);
    tls_client_hello(c, AT_MS(1), &of_13);
    tls_server_hello(c, AT_MS(2), &of_13);
    tls_hidden_alert_13(c, SERVER, AT_MS(3));

    g_assert_cmpint(c->model->seldom->tls->failed_by, ==, HR_SIDE_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/said/handshake/no-certificate", certificate_is_not_in_the_capture);
    g_test_add_func("/tls/said/handshake/late", server_of_a_resumed_one_comes_late);
    g_test_add_func("/tls/said/handshake/echo", session_that_is_echoed);
    g_test_add_func("/tls/said/handshake/no-session", neither_offers_a_session);
    g_test_add_func("/tls/said/handshake/early-data", early_data_is_not_the_end_of_the_handshake);
    g_test_add_func("/tls/said/handshake/ticket-without-name", ticket_without_a_name);
    g_test_add_func("/tls/said/client", hello_says_who_is_the_client);
    g_test_add_func("/tls/said/greeted", greeted_before_tls);
    g_test_add_func("/tls/said/protocols", protocols_that_are_no_http);
    g_test_add_func("/tls/said/default-port", host_with_the_default_port);
    g_test_add_func("/tls/said/unreadable", record_that_cannot_be_read);
    g_test_add_func("/tls/said/alert/no-end", alert_that_ends_nothing);
    g_test_add_func("/tls/said/alert/first", first_close_notify_counts);
    g_test_add_func("/tls/said/alert/hidden", hidden_alert_in_the_handshake);
    g_test_add_func("/tls/said/alert/hidden-behind-loss", hidden_alert_behind_lost_bytes);
    g_test_add_func("/tls/said/alert/hidden-12-behind-loss", hidden_alert_of_12_behind_lost_bytes);
    g_test_add_func("/tls/said/alert/of-the-server", short_record_of_the_server);
    return g_test_run();
}
