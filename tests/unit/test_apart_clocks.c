/* test_apart_clocks.c
 * How far the clocks of two hosts are apart: how late what one of them sent comes behind what
 * acknowledges it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/apart.h"

#include "trace.h"

/* What @from lost in the capture so far is there now, or a copy of it. */
static void come_late(trace_connection *c, trace_side from, uint32_t length, int64_t at)
{
    trace_segment(c, from, HR_TCP_ACK, c->next[from] - length, c->received[from], length, at);
}

/* ---- the table ---- */

/* How far apart is a third connection, whose opening is not in the capture, after one was late @one
 * times and another @two times by @late. */
static int64_t apart_after(trace *t, int one, int two, trace_side two_by, int64_t late)
{
    g_auto(hr_apart) apart = {NULL};
    trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1)), trace_connect(t)};

    for (int i = 0; i < one; i++) {
        hr_apart_tell(&apart, c[0]->model, c[0]->index[SERVER], late);
    }
    for (int i = 0; i < two; i++) {
        hr_apart_tell(&apart, c[1]->model, c[1]->index[two_by], late);
    }
    trace_data(c[2], SERVER, 10, AT_MS(2));
    return hr_apart_ns(&apart, c[2]->model);
}

/* Neither once on each, nor often on one: what was sent again may look so. */
static void how_often_on_how_many(void)
{
    static const struct {
        int one, two;
        trace_side two_by;
        int64_t late, apart;
    } rows[] = {
        {2, 1, SERVER, AT_MS(3), AT_MS(3)}, {1, 1, SERVER, AT_MS(3), 0},
        {9, 0, SERVER, AT_MS(3), 0},        {9, 1, CLIENT, AT_MS(3), 0},
        {2, 1, SERVER, AT_S(2), AT_S(2)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        g_assert_cmpint(apart_after(t, rows[i].one, rows[i].two, rows[i].two_by, rows[i].late), ==,
                        rows[i].apart);
    }
}

/* What was sent again after seconds says nothing of how far they are apart, unless it is so often. */
static void once_by_seconds(void)
{
    for (int times = 1; times <= 3; times++) {
        g_autoptr(trace) t = trace_new();
        g_auto(hr_apart) apart = {NULL};
        trace_connection *c[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1)),
                                 trace_connect(t)};

        for (int i = 0; i < 4; i++) {
            hr_apart_tell(&apart, c[i % 2]->model, c[i % 2]->index[SERVER],
                          i < times ? AT_S(5) : AT_US(300));
        }
        trace_data(c[2], SERVER, 10, AT_MS(2));
        g_assert_cmpint(hr_apart_ns(&apart, c[2]->model), ==, times < 3 ? AT_US(300) : AT_S(5));
    }
}

/* Its own packets tell at once, unless TCP may have sent them again. A handshake in its order says
 * that the clocks are less apart than it took: then three times must tell. */
static void what_its_own_packets_tell(void)
{
    static const struct {
        bool is_opened;
        int times;
        int64_t late, apart;
    } rows[] = {
        {false, 1, AT_US(300), AT_US(300)}, {false, 1, AT_US(99), 0}, {false, 1, AT_MS(250), 0},
        {false, 3, AT_MS(250), AT_MS(250)}, {true, 1, AT_US(300), 0}, {true, 2, AT_MS(20), 0},
        {true, 3, AT_MS(20), AT_MS(20)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        g_auto(hr_apart) apart = {NULL};
        trace_connection *c = rows[i].is_opened ? trace_open(t, AT_MS(0)) : trace_connect(t);
        trace_data(c, SERVER, 10, AT_MS(2));
        for (int k = 0; k < rows[i].times; k++) {
            hr_apart_tell(&apart, c->model, c->index[SERVER], rows[i].late);
        }
        g_assert_cmpint(hr_apart_ns(&apart, c->model), ==, rows[i].apart);
    }
}

/* The SYN/ACK is not in the capture: nothing says that the clocks are less apart. */
static trace_connection *open_by_client(trace *t)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_US(10));
    return c;
}

/* A FIN that an ACK proved comes behind that. */
static void fin_behind_its_ack(void)
{
    for (int k = 0; k < 2; k++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_by_client(t);
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_ack(c, CLIENT, AT_MS(2));
        if (k == 1) {
            trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], c->next[SERVER] + 1, 0, AT_S(1));
        }
        trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 0,
                      AT_S(1) + AT_MS(4));
        g_assert_cmpint(hr_apart_ns(&trace_model(t)->apart, c->model), ==, k == 1 ? AT_MS(4) : 0);
    }
}

enum {
    PIECE = 1000
};

/* The client acknowledges the piece @index of an answer, which comes itself at @at. */
static void ack_piece(trace_connection *c, uint32_t index, int64_t at)
{
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], c->next[SERVER] + PIECE * (index + 1), 0,
                  at);
}

static void send_piece(trace_connection *c, uint32_t index, int64_t at)
{
    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER] + PIECE * index, c->next[CLIENT], PIECE,
                  at);
}

static void assert_apart(trace_connection *c, int64_t apart_ns)
{
    g_assert_cmpint(hr_apart_ns(&trace_model(c->owner)->apart, c->model), ==, apart_ns);
}

/* Each comes 15 ms behind its ACK, and behind that of the next: the clocks are no further apart,
 * however long the answer takes. */
static void pieces_behind_the_next_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_by_client(t);

    ack_piece(c, 0, AT_MS(10));
    for (uint32_t i = 1; i < 9; i++) {
        ack_piece(c, i, AT_MS(10) * (i + 1));
        send_piece(c, i - 1, AT_MS(10) * (i + 1) + AT_MS(5));
    }
    assert_apart(c, AT_MS(15));
}

/* The second has no ACK of its own behind the first: how late it is nobody noted. Later ones count. */
static void pieces_behind_both_acks(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_by_client(t);

    ack_piece(c, 0, AT_MS(10));
    ack_piece(c, 1, AT_MS(20));
    send_piece(c, 0, AT_MS(25));
    send_piece(c, 1, AT_MS(35));
    assert_apart(c, AT_MS(15));
    ack_piece(c, 2, AT_S(1));
    send_piece(c, 2, AT_S(1) + AT_MS(20));
    assert_apart(c, AT_MS(20));
}
/* ---- what does not count ---- */

/* A keep-alive probe may have a byte, the last one that was acknowledged. */
static void probes_with_a_byte(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_by_client(t);
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(1));
    come_late(c, SERVER, 1, AT_MS(5));

    g_assert_cmpint(hr_apart_ns(&trace_model(t)->apart, c->model), ==, 0);
    come_late(c, SERVER, TRACE_ANSWER, AT_MS(6));
    g_assert_cmpint(hr_apart_ns(&trace_model(t)->apart, c->model), ==, AT_MS(5));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/apart/often", how_often_on_how_many);
    g_test_add_func("/apart/seconds", once_by_seconds);
    g_test_add_func("/apart/own", what_its_own_packets_tell);
    g_test_add_func("/apart/fin", fin_behind_its_ack);
    g_test_add_func("/apart/next-ack", pieces_behind_the_next_ack);
    g_test_add_func("/apart/both-acks", pieces_behind_both_acks);
    g_test_add_func("/apart/probes", probes_with_a_byte);

    return g_test_run();
}
