/* test_tls.c
 * The TLS handshake: what it says, whether it was full or resumed, how long it took, and when a
 * resumption was missed. RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 5077 (tickets).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

#define assert_handshake(c, token)                                                                 \
    g_assert_cmpstr(hr_tls_handshake_token((c)->model->seldom->tls->handshake), ==, (token))

/* ---- what the hellos say ---- */

static void hellos_say_version_and_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        tls_open(t, AT_MS(0), .has_keys = true, .sni = "A.Example", .agrees = "http/1.1");
    trace_exchange(c, AT_MS(10), AT_MS(11));

    g_assert_cmpstr(c->model->seldom->tls->version, ==, "TLSv1.3");
    g_assert_cmpstr(c->model->seldom->tls->sni, ==, "a.example"); /* RFC 6066 §3: without case */
    g_assert_cmpstr(c->model->seldom->tls->alpn, ==, "http/1.1");
    g_assert_false(c->model->seldom->tls->is_alpn_offer);
    g_assert_cmpstr(hr_connection_scheme(c->model), ==, "https");
    g_assert_cmpstr(c->model->name, ==, "a.example");
    assert_status(c->model->first_request, "new");
}

/* In TLS 1.2 the ServerHello has the ALPN that was agreed, in the clear. */
static void version_12_shows_what_was_agreed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .is_12 = true, .agrees = "http/1.1");

    g_assert_cmpstr(c->model->seldom->tls->version, ==, "TLSv1.2");
    g_assert_cmpstr(c->model->seldom->tls->alpn, ==, "http/1.1");
    g_assert_false(c->model->seldom->tls->is_alpn_offer);
}

/* In TLS 1.3 EncryptedExtensions have it: without keys the offer is all that shows. */
static void version_13_without_keys_shows_the_offer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .agrees = "h2");

    g_assert_cmpstr(c->model->seldom->tls->alpn, ==, "h2,http/1.1");
    g_assert_true(c->model->seldom->tls->is_alpn_offer);
}

static void nothing_agreed_is_no_alpn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c12 = tls_open(t, AT_MS(0), .is_12 = true);
    trace_connection *c13 = tls_open(t, AT_MS(100), .has_keys = true);

    g_assert_null(c12->model->seldom->tls->alpn);
    g_assert_null(c13->model->seldom->tls->alpn);
    g_assert_false(c13->model->seldom->tls->is_alpn_offer);
}

/* ---- scope ---- */

static void scope_is_by_alpn_or_by_port(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *by_alpn = tls_connect(t, AT_MS(0), &(tls_kind){.port = 8443});
    tls_handshake(by_alpn, AT_MS(1), &(tls_kind){.offers = "http/1.1"});
    trace_connection *by_port = tls_open(t, AT_MS(100), .offers = "");
    trace_connection *mail = tls_open(t, AT_MS(200), .offers = "imap");
    trace_connection *neither = tls_connect(t, AT_MS(300), &(tls_kind){.port = 993});
    tls_handshake(neither, AT_MS(301), &(tls_kind){.offers = ""});

    trace_analysis(t);
    g_assert_true(by_alpn->model->is_in_scope);
    g_assert_true(by_port->model->is_in_scope);
    g_assert_false(mail->model->is_in_scope);
    g_assert_false(neither->model->is_in_scope);
    g_assert_cmpuint(trace_totals(t)->other_connections, ==, 2);
}

/* ---- full or resumed ---- */

static void full_handshakes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c13 = tls_open(t, AT_MS(0), .has_keys = true);
    trace_connection *hidden = tls_open(t, AT_MS(100));
    trace_connection *c12 = tls_open(t, AT_MS(200), .is_12 = true, .new_session_id = "one");
    trace_connection *plain = trace_open(t, AT_MS(300));
    trace_exchange(plain, AT_MS(301), AT_MS(302));

    assert_handshake(c13, "full");
    assert_handshake(hidden, "full");
    assert_handshake(c12, "full");
    assert_handshake(plain, "none");
}

static void resumed_by_session_id(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        tls_open(t, AT_MS(0), .is_12 = true, .session_id = "one", .new_session_id = "one");
    trace_connection *refused =
        tls_open(t, AT_MS(100), .is_12 = true, .session_id = "one", .new_session_id = "two");

    assert_handshake(c, "resumed");
    assert_handshake(refused, "full");
}

/* RFC 5077 §3.4: the server answers a ticket without an id, and goes straight to its Finished. */
static void resumed_by_ticket(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        tls_open(t, AT_MS(0), .is_12 = true, .has_ticket = true, .is_resumed = true);
    trace_connection *refused = tls_open(t, AT_MS(100), .is_12 = true, .has_ticket = true);

    assert_handshake(c, "resumed");
    assert_handshake(refused, "full");
}

static void resumed_by_psk(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_ticket = true, .is_resumed = true);
    trace_connection *refused = tls_open(t, AT_MS(100), .has_ticket = true);

    assert_handshake(c, "resumed");
    assert_handshake(refused, "full");
}

/* In TLS 1.3 the session id is echoed for middleboxes only (RFC 8446 appendix D.4). */
static void echoed_id_of_13_resumes_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        tls_open(t, AT_MS(0), .has_keys = true, .session_id = "x", .new_session_id = "x");

    assert_handshake(c, "full");
}

static void opening_before_the_capture_is_unknown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    tls_data(c, CLIENT, 100, AT_MS(0));

    assert_handshake(c, NULL);
}

static void handshakes_are_counted(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind early = {.has_keys = true,
                            .has_ticket = true,
                            .is_resumed = true,
                            .offers_early = true,
                            .accepts_early = true};
    tls_open(t, AT_MS(0), .has_keys = true);
    tls_open(t, AT_MS(100), .is_12 = true);
    tls_open(t, AT_MS(200), .has_ticket = true, .is_resumed = true);
    tls_open_with(t, AT_MS(300), &early);

    g_assert_cmpuint(trace_totals(t)->sums.tls_full, ==, 2);
    g_assert_cmpuint(trace_totals(t)->sums.tls_resumed, ==, 2); /* early data resumes as well */
}

/* ---- early data ---- */

/* The ClientHello, and in the next segment a request that nobody has acknowledged yet. */
static trace_connection *open_early(trace *t, const tls_kind *how)
{
    trace_connection *c = tls_connect(t, AT_MS(0), how);

    tls_client_hello(c, AT_MS(1), how);
    trace_request(c, AT_MS(1), .target = "/early");
    tls_server_hello(c, AT_MS(2), how);
    tls_client_finished(c, AT_MS(3), how);
    return c;
}

static void early_data_accepted(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.has_keys = true,
                          .has_ticket = true,
                          .is_resumed = true,
                          .offers_early = true,
                          .accepts_early = true};
    trace_connection *c = open_early(t, &how);
    trace_answer(c, AT_MS(4));
    const hr_request *second = trace_exchange(c, AT_MS(5), AT_MS(6));

    assert_handshake(c, "early-data");
    g_assert_cmpuint(c->model->request_count, ==, 2);
    assert_status(c->model->first_request, "new");
    g_assert_cmpint(c->model->first_request->sent.ns, ==, AT_MS(1));
    assert_status(second, "reused");
    assert_number(second, 2);
}

/* RFC 8446 §4.2.10: the server skips it, and the client sends it again after its Finished. */
static void early_data_refused_counts_once(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {
        .has_keys = true, .has_ticket = true, .is_resumed = true, .offers_early = true};
    trace_connection *c = open_early(t, &how);
    trace_request(c, AT_MS(3), .target = "/early");
    trace_answer(c, AT_MS(4));
    const hr_request *second = trace_exchange(c, AT_MS(5), AT_MS(6));

    assert_handshake(c, "resumed");
    g_assert_cmpuint(c->model->request_count, ==, 2);
    assert_status(c->model->first_request, "new");
    g_assert_cmpuint(c->model->first_request->response_code, ==, 200);
    assert_number(second, 2);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(1));
    assert_delivery(second, "sequential");
}

/* Offered and not used: the first request comes after the handshake, and is one. */
static void early_data_of_an_answer_nobody_could_read(void)
{
    const tls_kind how = {
        .has_keys = true, .has_ticket = true, .is_resumed = true, .offers_early = true};

    for (int is_other = 0; is_other < 2; is_other++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(c, AT_MS(1), &how);
        trace_request(c, AT_MS(1), .target = "/early");
        trace_request(c, AT_MS(3), .target = is_other ? "/other" : "/early");

        g_assert_cmpuint(c->model->request_count, ==, is_other ? 2 : 1);
    }
}

static void early_data_offered_and_not_sent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true, .has_ticket = true,
                                   .is_resumed = true, .offers_early = true);
    trace_exchange(c, AT_MS(5), AT_MS(6));

    g_assert_cmpuint(c->model->request_count, ==, 1);
    assert_handshake(c, "resumed");
}

/* ---- how long it took ---- */

static void assert_setup(const trace_connection *c, int64_t tls_ns, bool is_estimated)
{
    g_assert_cmpint(hr_connection_tcp_handshake_ns(c->model), ==, TRACE_HANDSHAKE_NS);
    g_assert_cmpint(hr_connection_tls_handshake_ns(c->model), ==, tls_ns - TRACE_HANDSHAKE_NS);
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, tls_ns);
    g_assert_true(c->model->seldom->tls->is_setup_estimated == is_estimated);
}

static void setup_with_keys_is_exact(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(50), AT_MS(51));

    assert_setup(c, TLS_READY_NS, false);
}

/* The client's first encrypted record has its Finished, as a rule. */
static void setup_without_keys_is_estimated(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0));
    tls_hidden_exchange(c, AT_MS(50), AT_MS(51));

    assert_setup(c, TLS_READY_NS, true);
}

/* In TLS 1.2 ChangeCipherSpec is in the clear. */
static void setup_of_12_needs_no_keys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = tls_open(t, AT_MS(0), .is_12 = true);
    tls_hidden_exchange(full, AT_MS(50), AT_MS(51));
    trace_connection *resumed =
        tls_open(t, AT_MS(100), .is_12 = true, .has_ticket = true, .is_resumed = true);

    assert_setup(full, TLS_READY_FULL_12_NS, false);
    assert_setup(resumed, TLS_READY_NS, false);
}

static void setup_without_tls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, TRACE_HANDSHAKE_NS);
    g_assert_cmpint(hr_connection_tls_handshake_ns(c->model), ==, HR_TIME_NONE);
}

/* ---- a full handshake that need not have been one ---- */

static size_t missed_resumptions(trace *t)
{
    return trace_found(t, HR_FINDING_FULL_HANDSHAKE);
}

static void ticket_of_13_was_there(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .has_keys = true, .gives_ticket = true);
    trace_connection *c = tls_connect(t, AT_MS(100), &(tls_kind){.port = 443});
    tls_client_hello(c, AT_MS(101), &(tls_kind){.has_keys = true});
    tls_server_hello(c, AT_MS(102), &(tls_kind){.has_keys = true});
    const uint32_t hello = trace_frame(t);

    assert_found(t, HR_FINDING_FULL_HANDSHAKE, hello, c, NULL);
    g_assert_cmpuint(missed_resumptions(t), ==, 1);
}

static void ticket_of_12_was_there(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .is_12 = true, .gives_ticket = true);
    tls_open(t, AT_MS(100), .is_12 = true);                     /* not offered */
    tls_open(t, AT_MS(200), .is_12 = true, .has_ticket = true); /* offered, and refused */

    g_assert_cmpuint(missed_resumptions(t), ==, 2);
}

static void session_id_was_there(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .is_12 = true, .new_session_id = "one");
    tls_open(t, AT_MS(100), .is_12 = true);

    g_assert_cmpuint(missed_resumptions(t), ==, 1);
}

/* curl does not trust the certificate: the session never came to be. */
static void session_of_a_handshake_that_failed(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.is_12 = true, .new_session_id = "one", .port = 443};
    trace_connection *one = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(one, AT_MS(1), &how);
    tls_server_hello(one, AT_MS(2), &how);
    tls_alert(one, CLIENT, 48, AT_MS(3)); /* unknown_ca */
    trace_close(one, CLIENT, AT_MS(4));
    tls_open(t, AT_MS(100), .is_12 = true);

    g_assert_cmpuint(missed_resumptions(t), ==, 0);
}

static void resumed_ones_missed_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .is_12 = true, .new_session_id = "one", .gives_ticket = true);
    tls_open(t, AT_MS(100), .is_12 = true, .session_id = "one", .new_session_id = "one");
    tls_open(t, AT_MS(200), .is_12 = true, .has_ticket = true, .is_resumed = true);
    tls_open(t, AT_MS(300), .has_ticket = true, .is_resumed = true);

    g_assert_cmpuint(missed_resumptions(t), ==, 0);
}

/* What the client did not hold when it said hello it could not offer. */
static void ticket_came_after_the_hello(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.has_keys = true};
    trace_connection *one = tls_open_with(t, AT_MS(0), &how);
    trace_connection *two = tls_connect(t, AT_MS(10), &how);
    tls_client_hello(two, AT_MS(11), &how);
    tls_new_ticket(one, AT_MS(12));
    tls_server_hello(two, AT_MS(13), &how);

    g_assert_cmpuint(missed_resumptions(t), ==, 0);
}

static void ticket_of_another_name_or_client(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .has_keys = true, .gives_ticket = true);
    tls_open(t, AT_MS(100), .has_keys = true, .sni = "b.example");
    tls_open(t, AT_MS(200), .has_keys = true, .client = "10.0.0.2");

    g_assert_cmpuint(missed_resumptions(t), ==, 0);
}

/* A session belongs to a name, wherever its servers are (RFC 8446 §4.6.1). */
static void ticket_of_this_name_from_another_address(void)
{
    g_autoptr(trace) t = trace_new();
    tls_open(t, AT_MS(0), .has_keys = true, .gives_ticket = true);
    tls_open(t, AT_MS(100), .has_keys = true, .address = "10.0.0.81");

    g_assert_cmpuint(missed_resumptions(t), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/hello/names", hellos_say_version_and_names);
    g_test_add_func("/tls/hello/alpn-12", version_12_shows_what_was_agreed);
    g_test_add_func("/tls/hello/alpn-offered", version_13_without_keys_shows_the_offer);
    g_test_add_func("/tls/hello/no-alpn", nothing_agreed_is_no_alpn);
    g_test_add_func("/tls/scope/alpn-or-port", scope_is_by_alpn_or_by_port);
    g_test_add_func("/tls/handshake/full", full_handshakes);
    g_test_add_func("/tls/handshake/session-id", resumed_by_session_id);
    g_test_add_func("/tls/handshake/ticket", resumed_by_ticket);
    g_test_add_func("/tls/handshake/psk", resumed_by_psk);
    g_test_add_func("/tls/handshake/echo-13", echoed_id_of_13_resumes_nothing);
    g_test_add_func("/tls/handshake/unknown", opening_before_the_capture_is_unknown);
    g_test_add_func("/tls/handshake/totals", handshakes_are_counted);
    g_test_add_func("/tls/early-data/accepted", early_data_accepted);
    g_test_add_func("/tls/early-data/refused", early_data_refused_counts_once);
    g_test_add_func("/tls/early-data/unread", early_data_of_an_answer_nobody_could_read);
    g_test_add_func("/tls/early-data/not-sent", early_data_offered_and_not_sent);
    g_test_add_func("/tls/setup/with-keys", setup_with_keys_is_exact);
    g_test_add_func("/tls/setup/without-keys", setup_without_keys_is_estimated);
    g_test_add_func("/tls/setup/12", setup_of_12_needs_no_keys);
    g_test_add_func("/tls/setup/none", setup_without_tls);
    g_test_add_func("/tls/full-handshake/ticket-13", ticket_of_13_was_there);
    g_test_add_func("/tls/full-handshake/ticket-12", ticket_of_12_was_there);
    g_test_add_func("/tls/full-handshake/session-id", session_id_was_there);
    g_test_add_func("/tls/full-handshake/failed", session_of_a_handshake_that_failed);
    g_test_add_func("/tls/full-handshake/not-resumed", resumed_ones_missed_nothing);
    g_test_add_func("/tls/full-handshake/not-after-hello", ticket_came_after_the_hello);
    g_test_add_func("/tls/full-handshake/not-other-name", ticket_of_another_name_or_client);
    g_test_add_func("/tls/full-handshake/other-address", ticket_of_this_name_from_another_address);
    return g_test_run();
}
