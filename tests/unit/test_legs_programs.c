/* test_legs_programs.c
 * A proxy and a Go program at one address that ask one server, under one name; and Go services that
 * ask each other for what they are asked for, which are no proxies. DESIGN section 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define CLIENT_ADDRESS "10.0.0.1"
#define HOST "10.0.0.50"
#define APP "10.0.0.80"
#define GO "Go-http-client/1.1"

enum {
    ROUNDS = 4,
    ROUND_MS = 100
};

typedef struct {
    const char *server;       /* what answers in front; NULL: it does not say */
    const char *front_target; /* "/a" */
    uint32_t longer;          /* the answer in front than the one behind */
    uint32_t asked;           /* the body in front; behind, half of it */
    unsigned code;            /* behind; 0: 200 */
    bool is_chunked;          /* both answers: they say no length */
    bool is_chunked_in_front; /* ... that one; or the one behind */
    bool is_chunked_behind;
    bool has_program;              /* a Go program beside it asks for something else */
    bool is_same_asked;            /* ... or for the same, and is asked in the same moment */
    bool is_asked_later;           /* ... or when nobody waits in front */
    bool answers_one_itself;       /* what is asked in front, the second time */
    unsigned own_code;             /* ... by that; 0: 200 */
    bool never_answers_one;        /* ... but never */
    unsigned is_unasked;           /* in front, in rounds of these bits */
    unsigned is_on_one_connection; /* what is passed on, and something of its own: the same */
} party;

typedef struct {
    trace *owner;
    trace_connection *front;
    trace_connection *passes[ROUNDS];  /* the connections of what is asked in front; or NULL */
    trace_connection *program[ROUNDS]; /* those of the program beside it; or NULL */
} seen;

static trace_connection *ask_app(const seen *it, const char *target, uint32_t body, int64_t at)
{
    trace_connection *c = trace_open_between(it->owner, HOST, APP, 9000, at);
    trace_request(c, at + AT_MS(1), .target = target, .user_agent = GO, .body = body);
    return c;
}

static void answer_app(trace_connection *c, const party *is, int64_t at)
{
    trace_answer(c, at, .body = TRACE_ANSWER_BODY, .code = is->code,
                 .is_chunked = is->is_chunked || is->is_chunked_behind);
    trace_close(c, CLIENT, at + AT_US(100));
}

static void run_program(seen *it, const party *is, int round, int64_t at)
{
    it->program[round] = ask_app(it, is->is_same_asked ? "/a" : "/own", 0, at);
    answer_app(it->program[round], is, at + AT_MS(3));
}

static bool has_bit(unsigned bits, int round)
{
    return (bits >> round & 1) != 0;
}

static void run_round(seen *it, const party *is, int round)
{
    const int64_t at = AT_MS(ROUND_MS * (round + 1));
    const char *target = is->front_target != NULL ? is->front_target : "/a";
    const bool is_kept = (is->answers_one_itself || is->never_answers_one) && round == 1;

    if (has_bit(is->is_unasked, round)) {
        run_program(it, is, round, at + AT_MS(5));
        return;
    }
    if (is_kept && is->never_answers_one) {
        trace_connection *c = trace_open_between(it->owner, CLIENT_ADDRESS, HOST, 8000, at);
        trace_request(c, at + AT_MS(1), .target = "/slow", .user_agent = GO);
        return;
    }
    trace_request(it->front, at, .target = target, .user_agent = GO, .body = is->asked);
    if (!is_kept) {
        it->passes[round] = ask_app(it, "/a", is->asked / 2, at + AT_MS(1));
        if (has_bit(is->is_on_one_connection, round)) {
            trace_answer(it->passes[round], at + AT_MS(3));
            trace_request(it->passes[round], at + AT_MS(4), .target = "/own", .user_agent = GO);
        }
    }
    if (is->has_program && !is->is_asked_later) {
        run_program(it, is, round, at + AT_MS(5));
    }
    if (!is_kept) {
        answer_app(it->passes[round], is, at + AT_MS(10));
    }
    trace_answer(it->front, at + AT_MS(12), .server = is->server,
                 .code = is_kept ? is->own_code : 0, .body = TRACE_ANSWER_BODY + is->longer,
                 .is_chunked = is->is_chunked || is->is_chunked_in_front);
    if (is->has_program && is->is_asked_later) {
        run_program(it, is, round, at + AT_MS(20));
    }
}

static seen run(trace *t, party is)
{
    seen it = {.owner = t, .front = trace_open_between(t, CLIENT_ADDRESS, HOST, 8000, AT_MS(0))};

    for (int round = 0; round < ROUNDS; round++) {
        run_round(&it, &is, round);
    }
    trace_analysis(t);
    return it;
}

static void assert_whose(const trace_connection *c, bool is_proxys, bool is_gos)
{
    g_assert_true(c->model->products.is_leg == is_proxys);
    g_assert_cmpstr(hr_connection_program(c->model), ==, is_gos ? GO : NULL);
    assert_cause(c, is_gos ? "body-undrained" : "client-close");
}

/* Go's last one of each round, and the proxy's. */
static void a_program_beside_a_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    const seen it = run(t, (party){.has_program = true});

    for (int i = 0; i < ROUNDS; i++) {
        assert_whose(it.passes[i], true, false);
        assert_whose(it.program[i], false, true);
    }
    g_assert_true(trace_advises(t, "read_bodies", "io.Copy"));
    g_assert_cmpuint(trace_fix(t, "read_bodies")->connections->len, ==, ROUNDS);
}

/* The proxy's pool is not the program's: what is idle in the one is no offer to the other. */
static void the_pool_of_a_proxy(void)
{
    for (int is_two = 0; is_two < 2; is_two++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open(t, AT_MS(0));
        trace_request(idle, AT_MS(1), .user_agent = GO, .is_relayed = is_two);
        trace_answer(idle, AT_MS(2));
        trace_connection *c = trace_open(t, AT_S(5));
        trace_request(c, AT_S(5) + AT_MS(1), .user_agent = GO);
        trace_answer(c, AT_S(5) + AT_MS(2));

        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==,
                        is_two ? "first-contact" : "idle-available");
    }
}

/* Somebody asks for the same at the same time: whose of the two is whose nobody knows. */
static void the_same_beside_a_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    const seen it = run(t, (party){.has_program = true, .is_same_asked = true});

    assert_whose(it.passes[ROUNDS - 1], true, false);
    assert_whose(it.program[ROUNDS - 1], false, false);
}

/* One that answers some of it itself (a cache, or files) is known by its name only. */
static void not_all_is_passed_on(void)
{
    for (int is_named = 0; is_named < 2; is_named++) {
        g_autoptr(trace) t = trace_new();
        const seen it = run(t, (party){.has_program = true,
                                       .is_asked_later = true,
                                       .answers_one_itself = true,
                                       .server = is_named ? "nginx" : NULL});
        assert_whose(it.passes[ROUNDS - 1], false, !is_named);
    }
}

/* What it says of its own accord where nothing can be passed on, or it has not answered yet. */
static void what_a_proxy_says_itself(void)
{
    const party proxies[] = {
        {.answers_one_itself = true, .own_code = 502},
        {.answers_one_itself = true, .own_code = 300}, /* it is to be asked elsewhere */
        {.never_answers_one = true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++) {
        party is = proxies[i];
        g_autoptr(trace) t = trace_new();
        is.has_program = true;
        const seen it = run(t, is);
        assert_whose(it.passes[ROUNDS - 1], true, false);
        assert_whose(it.program[ROUNDS - 1], false, true);
    }
}

/* What is passed on lies mostly on connections that carry nothing else, and is there twice at least;
 * else it may have been asked for by chance. */
static void asked_for_by_chance(void)
{
    const struct {
        unsigned is_unasked, is_on_one_connection;
        bool is_proxys;
    } chances[] = {
        {6, 0, true},   /* twice */
        {14, 0, false}, /* once */
        {0, 2, true},   /* three times, and once beside something else */
        {0, 6, false},  /* twice, and twice */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(chances); i++) {
        g_autoptr(trace) t = trace_new();
        const seen it = run(t, (party){.has_program = true,
                                       .is_unasked = chances[i].is_unasked,
                                       .is_on_one_connection = chances[i].is_on_one_connection});
        g_assert_true(it.passes[0]->model->products.is_leg == chances[i].is_proxys);
        g_assert_cmpstr(hr_connection_program(it.passes[0]->model), ==,
                        chances[i].is_proxys ? NULL : GO);
    }
}

/* Two programs share no connection: it is one program's, asked for the same by chance. */
static void what_carries_both_is_no_proxys(void)
{
    g_autoptr(trace) t = trace_new();
    const seen it = run(t, (party){.is_on_one_connection = 15});

    g_assert_cmpstr(hr_connection_program(it.passes[ROUNDS - 1]->model), ==, GO);
}

/* A service in Go that asks another one for what it is asked for, and says it in its own words. */
static void services_that_ask_each_other(void)
{
    const party services[] = {
        {.longer = 20},
        {.front_target = "/api/a", .longer = 20},
        {.asked = 20},
        {.code = 201},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        g_autoptr(trace) t = trace_new();
        assert_whose(run(t, services[i]).passes[ROUNDS - 1], false, true);
    }
}

/* Privoxy changes what it passes on, and says how long that is; nginx takes slices. */
static void what_changes_is_passed_on_still(void)
{
    const party proxies[] = {
        {.front_target = "http://a.example/a", .longer = 20},
        {.code = 206},
        {.is_chunked = true, .longer = 20},
        {.is_chunked_in_front = true, .longer = 20}, /* gzip */
        {.is_chunked_behind = true, .longer = 20},   /* it waits for all of it */
        {.code = 300},                               /* it follows that itself */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++) {
        g_autoptr(trace) t = trace_new();
        assert_whose(run(t, proxies[i]).passes[ROUNDS - 1], true, false);
    }
}

/* Nothing says how long the answers are: nobody knows whether it is a proxy that changes the path,
 * unless it says so. */
static void another_path_and_no_length(void)
{
    const char *const servers[] = {NULL, "uvicorn", "envoy"};

    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        g_autoptr(trace) t = trace_new();
        const party is = {.front_target = "/api/a", .is_chunked = true, .server = servers[i]};
        assert_whose(run(t, is).passes[ROUNDS - 1], i == 2, false);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/programs/beside", a_program_beside_a_proxy);
    g_test_add_func("/legs/programs/pool", the_pool_of_a_proxy);
    g_test_add_func("/legs/programs/same", the_same_beside_a_proxy);
    g_test_add_func("/legs/programs/not-all", not_all_is_passed_on);
    g_test_add_func("/legs/programs/itself", what_a_proxy_says_itself);
    g_test_add_func("/legs/programs/chance", asked_for_by_chance);
    g_test_add_func("/legs/programs/both", what_carries_both_is_no_proxys);
    g_test_add_func("/legs/programs/services", services_that_ask_each_other);
    g_test_add_func("/legs/programs/changed", what_changes_is_passed_on_still);
    g_test_add_func("/legs/programs/no-length", another_path_and_no_length);
    return g_test_run();
}
