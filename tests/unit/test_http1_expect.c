/* test_http1_expect.c
 * Expect: 100-continue, answered with a final status: whether what the client sends next is the
 * body that it had announced, or a request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    BODY = 1000
};

/* A POST that waits for leave, of 100 bytes. */
static hr_request *ask_leave(trace_connection *c, int64_t at)
{
    return trace_begin(c, at, .method = "POST", .target = "/first", .body = BODY, .rest = BODY,
                       .expects_continue = true);
}

static void refuse(trace_connection *c, int64_t at)
{
    trace_answer(c, at, .code = 413, .is_empty = true);
}

/* ---- a request ---- */

static void next_request_comes_instead(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2));
    const hr_request *next = trace_instead(c, AT_MS(52));
    trace_answer(c, AT_MS(53));
    const uint32_t answer = trace_frame(t);
    const hr_request *third = trace_begin(c, AT_MS(60));

    g_assert_nonnull(next);
    assert_ended(first, AT_MS(2));
    assert_status(next, "reused");
    assert_number(next, 2);
    assert_delivery(next, "sequential");
    g_assert_cmpint(next->sent.ns, ==, AT_MS(52));
    g_assert_cmpint(next->idle_ns, >, AT_MS(49));
    assert_answered(next, 200, answer);
    assert_number(third, 3);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

/* Go's net/http, as captured: one after the other, each refused. */
static void each_is_refused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));

    for (unsigned i = 2; i < 6; i++) {
        const hr_request *next = trace_instead(c, AT_MS(50 * i), .method = "POST", .body = BODY,
                                               .rest = BODY, .expects_continue = true);
        g_assert_nonnull(next);
        assert_number(next, i);
        refuse(c, AT_MS(50 * i + 1));
        assert_answered(next, 413, trace_frame(t));
    }
}

/* Wireshark reads on to the end of the body that it was told of, and shows the first request there:
 * it is not the one that came last. */
static void first_is_shown_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    const hr_request *second = trace_instead(c, AT_MS(50), .method = "POST", .target = "/second",
                                             .body = BODY, .rest = BODY, .expects_continue = true);
    trace_answer(c, AT_MS(51), .code = 100);
    trace_data(c, CLIENT, 800, AT_MS(52));
    trace_request(c, AT_MS(53), .method = "POST", .target = "/first", .body = BODY, .before = BODY);
    const uint32_t shown = trace_frame(t);
    trace_data(c, CLIENT, 100, AT_MS(54));
    trace_answer(c, AT_MS(55));
    const uint32_t answer = trace_frame(t);

    g_assert_nonnull(second);
    g_assert_cmpuint(hr_request_shown(first).frame, ==, shown);
    g_assert_cmpstr(second->target, ==, "/second");
    g_assert_cmpuint(hr_request_shown(second).frame, ==, 0);
    assert_answered(second, 200, answer);
    g_assert_cmpuint(c->model->request_count, ==, 2);
    g_assert_false(second->has_body_unfinished);
}

/* What is shown then is shown as ever. */
static void later_ones_are_shown_as_ever(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    trace_instead(c, AT_MS(50), .method = "POST", .body = BODY, .rest = BODY,
                  .expects_continue = true);
    trace_answer(c, AT_MS(51), .code = 100);
    trace_data(c, CLIENT, 800, AT_MS(52));
    trace_request(c, AT_MS(53), .method = "POST", .target = "/first", .body = BODY, .before = BODY);
    trace_data(c, CLIENT, 100, AT_MS(54));
    trace_answer(c, AT_MS(55));
    const hr_request *third = trace_begin(c, AT_MS(60), .method = "POST", .body = 500, .rest = 400);
    trace_request(c, AT_MS(61), .method = "POST", .target = "/third", .body = 500, .before = 200);

    g_assert_cmpuint(hr_request_shown(third).frame, ==, trace_frame(t));
    g_assert_cmpstr(third->target, ==, "/third");
}

/* Nobody knows until where a dissector reads on for chunks: what is shown is what it names. */
static void another_target_is_another_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first =
        trace_begin(c, AT_MS(1), .method = "POST", .target = "/first", .is_chunked = true,
                    .body = BODY, .rest = BODY + 12, .expects_continue = true);
    refuse(c, AT_MS(2));
    g_assert_nonnull(trace_instead(c, AT_MS(50)));
    trace_answer(c, AT_MS(51));
    const hr_request *third = trace_begin(c, AT_MS(60), .method = "POST", .body = 500, .rest = 400);
    trace_request(c, AT_MS(61), .method = "POST", .target = "/third", .body = 500, .before = 200);

    g_assert_cmpstr(first->target, ==, "/first");
    g_assert_cmpstr(third->target, ==, "/third");
    g_assert_cmpuint(hr_request_shown(third).frame, ==, trace_frame(t));
}

static void no_chunk_begins_like_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin(c, AT_MS(1), .method = "POST", .is_chunked = true, .body = BODY, .rest = BODY + 12,
                .expects_continue = true);
    refuse(c, AT_MS(2));
    const hr_request *next = trace_instead(c, AT_MS(52));

    g_assert_nonnull(next);
    assert_number(next, 2);
}

/* After a 417 the client asks once more, and sends the body at once. */
static void same_again_with_its_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 417, .is_empty = true);
    const hr_request *again = trace_instead(c, AT_MS(3), .method = "POST", .body = BODY);
    trace_answer(c, AT_MS(4));

    g_assert_nonnull(again);
    assert_answered(again, 200, trace_frame(t));
    assert_number(trace_begin(c, AT_MS(60)), 3);
}

/* A server that takes it for the body has no answer for it: that accuses nobody. */
static void server_takes_it_for_the_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    const hr_request *next = trace_instead(c, AT_MS(50));
    trace_ack(c, SERVER, AT_MS(51));
    trace_close(c, SERVER, AT_S(60));

    g_assert_nonnull(next);
    assert_cause(c, "server-close");
    g_assert_false(next->is_answered);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* Its client gives up: what it waited for is not known to have been on its way. */
static void client_gives_up_on_what_was_taken_for_the_body(void)
{
    for (int is_instead = 0; is_instead < 2; is_instead++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        if (is_instead) {
            ask_leave(c, AT_MS(1));
            refuse(c, AT_MS(2));
            g_assert_nonnull(trace_instead(c, AT_MS(50)));
        } else {
            trace_exchange(c, AT_MS(1), AT_MS(2));
            trace_request(c, AT_MS(50));
        }
        trace_ack(c, SERVER, AT_MS(51));
        trace_close(c, CLIENT, AT_S(10));
        trace_exchange(trace_open(t, AT_S(11)), AT_S(11) + AT_MS(1), AT_S(11) + AT_MS(2));

        assert_cause(c, is_instead ? "client-close" : "request-cancelled");
    }
}

/* It takes no body either: nor is that a connection that was used too late. */
static void server_reads_no_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    g_assert_nonnull(trace_instead(c, AT_MS(50)));
    trace_rst(c, SERVER, AT_MS(50) + AT_US(100));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* One behind it, on a connection whose requests were answered as such, is one like others. */
static void later_one_is_aborted_as_ever(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    g_assert_nonnull(trace_instead(c, AT_MS(50)));
    trace_answer(c, AT_MS(51));
    trace_request(c, AT_MS(60));
    trace_ack(c, SERVER, AT_MS(61));
    trace_close(c, SERVER, AT_S(60));

    assert_cause(c, "request-aborted");
}

/* ---- a body ---- */

typedef struct {
    trace_connection *c;
    const hr_request *first;
} refused_post;

static refused_post refused(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = ask_leave(c, AT_MS(1));
    refuse(c, AT_MS(2));
    return (refused_post){c, first};
}

/* @length bytes of the body are left; the next request is the second. */
static void assert_body(refused_post post, uint32_t length)
{
    trace_data(post.c, CLIENT, length, AT_MS(100));
    const hr_request *next = trace_begin(post.c, AT_MS(110));
    g_assert_cmpuint(post.c->model->request_count, ==, 2);
    assert_number(next, 2);
    g_assert_cmpuint(next->begin, ==, post.first->begin + TRACE_REQUEST_HEADER + BODY);
}

static void body_comes_nevertheless(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);

    assert_body(post, BODY);
}

static void it_ends_where_the_body_does(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);
    g_assert_null(trace_instead(post.c, AT_MS(50), .method = "POST",
                                .body = BODY - TRACE_REQUEST_HEADER, .rest = 500));

    assert_body(post, 500);
}

/* A file of requests, as tools write them. */
static void more_stands_behind_what_looks_like_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);
    g_assert_null(trace_instead(post.c, AT_MS(50), .after = 400));

    assert_body(post, BODY - 500);
}

static void it_names_another_host(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);
    g_assert_null(trace_instead(post.c, AT_MS(50), .host = "b.example"));

    assert_body(post, BODY - TRACE_REQUEST_HEADER);
}

/* Dissectors that put no body together show its first bytes as what they look like. */
static void what_is_shown_there_may_be_body(void)
{
    for (int is_instead = 0; is_instead < 2; is_instead++) {
        g_autoptr(trace) t = trace_new();
        const refused_post post = refused(t);
        const hr_request *shown = is_instead
                                      ? trace_request(post.c, AT_MS(50))
                                      : trace_request(post.c, AT_MS(50), .host = "b.example");

        g_assert_cmpint(shown->is_instead_of_body, ==, is_instead);
        g_assert_true(post.first->end == shown->begin || !is_instead);
    }
}

static void its_head_is_cut_off(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);
    g_assert_null(trace_instead(post.c, AT_MS(50), .is_cut = true));

    assert_body(post, BODY - TRACE_REQUEST_HEADER);
}

/* The segment ends inside of its head, behind Host. */
static void its_head_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = refused(t).c;
    trace_begin_segment(c, CLIENT, 0, 60, AT_MS(50));
    hr_http1_request head = {
        .method = trace_slice("GET"),
        .target = trace_slice("/"),
        .host = trace_slice("a.example"),
        .extent = {.header_length = 60,
                   .is_header_cut = true,
                   .available = 60,
                   .is_on_tcp = true,
                   .is_begin_known = true},
    };
    g_assert_true(hr_http1_wants_request_instead(trace_model(t), c->model, c->index[CLIENT],
                                                 &head.extent.begin_seq));
    g_assert_null(hr_http1_request_begun(trace_model(t), c->model, c->index[CLIENT], &head));
    trace_end_segment(c);

    g_assert_cmpuint(c->model->request_count, ==, 1);
}

/* It was sent before its client had the answer. */
static void body_is_under_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = ask_leave(c, AT_MS(1));
    c->is_deaf[CLIENT] = true;
    refuse(c, AT_MS(2));
    g_assert_null(trace_instead(c, AT_MS(3)));
    c->is_deaf[CLIENT] = false;

    assert_body((refused_post){c, first}, BODY - TRACE_REQUEST_HEADER);
}

static void leave_was_given(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = ask_leave(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 100);
    refuse(c, AT_MS(3));
    g_assert_null(trace_instead(c, AT_MS(50)));

    assert_body((refused_post){c, first}, BODY - TRACE_REQUEST_HEADER);
}

static void leave_may_be_among_lost_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    trace_lose(c, SERVER, 25);
    refuse(c, AT_MS(3));

    g_assert_null(trace_instead(c, AT_MS(50)));
}

static void body_may_be_among_lost_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);
    trace_lose(post.c, CLIENT, 300);

    g_assert_null(trace_instead(post.c, AT_MS(50)));
}

/* The server had it before: only the order of the capture is another one. */
static void body_was_acknowledged_before(void)
{
    g_autoptr(trace) t = trace_new();
    const refused_post post = refused(t);
    trace_connection *c = post.c;
    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER], c->next[CLIENT] + 100, 0, AT_MS(3));

    g_assert_null(trace_instead(c, AT_MS(50)));
}

static void no_leave_was_asked_for(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first =
        trace_begin(c, AT_MS(1), .method = "POST", .body = BODY, .rest = BODY);
    refuse(c, AT_MS(2));
    g_assert_null(trace_instead(c, AT_MS(50)));

    assert_body((refused_post){c, first}, BODY - TRACE_REQUEST_HEADER);
}

static void answer_is_not_over(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 413, .body = 500, .rest = 400);

    g_assert_null(trace_instead(c, AT_MS(50)));
}

/* Nobody knows where it ends: what follows may belong to it. */
static void end_of_the_answer_is_not_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    ask_leave(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 413, .is_chunked = true, .body = 500, .rest = 400);

    g_assert_null(trace_instead(c, AT_MS(50)));
}

/* It began with the head: its client waits for nothing. */
static void body_began_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    c->is_deaf[SERVER] = true;
    trace_begin(c, AT_MS(1), .method = "POST", .body = BODY, .rest = BODY - 200,
                .expects_continue = true);
    refuse(c, AT_MS(2));

    g_assert_null(trace_instead(c, AT_MS(50)));
}

/* What begins where a body would: of the same host, with its own body in chunks, it is a request. Where
 * neither names a host, or the first one's head is not all there, nobody can tell it from a body. */
static void what_may_be_told_from_a_body(void)
{
    static const struct {
        trace_message first, next;
        bool is_request;
    } rows[] = {{{.host = NULL}, {.is_chunked = true, .body = 300}, true},
                {{.host = ""}, {.host = ""}, false},
                {{.is_cut = true}, {.host = NULL}, false},
                {{.host = NULL}, {.host = "b.example"}, false},
                {{.host = NULL}, {.host = NULL}, true}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_message first = rows[i].first, next = rows[i].next;
        first.at = AT_MS(1);
        first.method = next.method = "POST";
        first.body = first.rest = BODY;
        first.expects_continue = true;
        next.at = AT_MS(52);
        trace_begin_with(c, first);
        refuse(c, AT_MS(2));

        g_assert_true((trace_instead_with(c, next) != NULL) == rows[i].is_request);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define EACH(test) g_test_add_func("/http1/expect/" #test, test)
    EACH(next_request_comes_instead);
    EACH(each_is_refused);
    EACH(first_is_shown_late);
    EACH(later_ones_are_shown_as_ever);
    EACH(another_target_is_another_request);
    EACH(no_chunk_begins_like_a_request);
    EACH(same_again_with_its_body);
    EACH(server_takes_it_for_the_body);
    EACH(client_gives_up_on_what_was_taken_for_the_body);
    EACH(server_reads_no_body);
    EACH(later_one_is_aborted_as_ever);
    EACH(body_comes_nevertheless);
    EACH(it_ends_where_the_body_does);
    EACH(more_stands_behind_what_looks_like_a_request);
    EACH(it_names_another_host);
    EACH(what_is_shown_there_may_be_body);
    EACH(its_head_is_cut_off);
    EACH(its_head_goes_on);
    EACH(body_is_under_way);
    EACH(leave_was_given);
    EACH(leave_may_be_among_lost_bytes);
    EACH(body_may_be_among_lost_bytes);
    EACH(body_was_acknowledged_before);
    EACH(no_leave_was_asked_for);
    EACH(answer_is_not_over);
    EACH(end_of_the_answer_is_not_known);
    EACH(body_began_before);
    g_test_add_func("/http1_expect/told", what_may_be_told_from_a_body);
    return g_test_run();
}
