/* test_whatif.c
 * The words of `-X http_reuse:whatif=`, and the agenda of a replay.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/forecast/agenda.h"
#include "core/forecast/whatif.h"

static hr_whatif parse(const char *text)
{
    hr_whatif changes;
    g_assert_null(hr_whatif_parse(text, &changes));
    return changes;
}

static void assert_refused(const char *text, const char *part_of_reason)
{
    hr_whatif changes;
    char *reason = hr_whatif_parse(text, &changes);

    g_assert_nonnull(reason);
    g_assert_nonnull(strstr(reason, part_of_reason));
    g_assert_null(strchr(reason, '\n'));
    g_free(reason);
}

static void each_word_changes_its_own(void)
{
    g_assert_true(parse("bodies-read").reads_bodies);
    g_assert_true(parse("no-close").says_no_close);
    g_assert_true(parse("shared-pool").shares_pool);
    g_assert_true(parse("server-stays").server_stays);
    g_assert_cmpuint(parse("idle-kept:20").idle_kept, ==, 20);
    g_assert_cmpuint(parse("request-limit:1000").request_limit, ==, 1000);
    g_assert_cmpuint(parse("h2").streams, ==, 100);
    g_assert_cmpuint(parse("h2:250").streams, ==, 250);
    g_assert_cmpuint(parse("bounded:4").bound, ==, 4);
    g_assert_cmpint(parse("client-idle:90").client_idle_ns, ==, 90 * HR_NS_PER_S);
    g_assert_cmpint(parse("server-idle:0.5").server_idle_ns, ==, 500 * HR_NS_PER_MS);
}

static void what_is_not_named_stays(void)
{
    const hr_whatif changes = parse("idle-kept:20,no-close");

    g_assert_true(changes.says_no_close);
    g_assert_cmpuint(changes.idle_kept, ==, 20);
    g_assert_false(changes.reads_bodies);
    g_assert_cmpuint(changes.bound, ==, 0);
    g_assert_cmpint(changes.client_idle_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(changes.server_idle_ns, ==, HR_TIME_NONE);
}

static void every_word_of_the_table_is_known(void)
{
    size_t i = 0;

    for (; hr_whatif_word(i) != NULL; i++) {
        char *word = g_strndup(hr_whatif_word(i), strcspn(hr_whatif_word(i), ":["));
        const bool needs_value = strchr(hr_whatif_word(i), ':') == hr_whatif_word(i) + strlen(word);
        char *text = g_strconcat(word, needs_value ? ":1" : "", NULL);
        parse(text);
        g_assert_cmpuint(strlen(hr_whatif_meaning(i)), >, 0);
        g_free(text);
        g_free(word);
    }
    g_assert_cmpuint(i, ==, 10);
    g_assert_null(hr_whatif_meaning(i));
}

static void wrong_words_are_named(void)
{
    assert_refused("", "unknown change \"\"");
    assert_refused("idle_kept:20", "unknown change \"idle_kept:20\"; there are bodies-read");
    assert_refused("bodies-read,", "unknown change \"\"");
    assert_refused("idle-kept", "\"idle-kept\" is not of the form idle-kept:N");
    assert_refused("idle-kept:0", "idle-kept:N, a whole number above 0");
    assert_refused("client-idle:0", "client-idle:SECONDS, a number above 0 such as 1.5");
    assert_refused("idle-kept:", "form");
    assert_refused("idle-kept:0", "form");
    assert_refused("idle-kept:-1", "form");
    assert_refused("idle-kept:4294967296", "form");
    assert_refused("bodies-read:1", "form");
    assert_refused("h2:many", "h2[:STREAMS]");
    assert_refused("client-idle:", "client-idle:SECONDS");
    assert_refused("client-idle:60s", "form");
    assert_refused("client-idle:1e3", "form");
    assert_refused("client-idle:0", "form");
    assert_refused("server-idle:.", "form");
    assert_refused("server-idle:inf", "form");
    assert_refused("client-idle:1.2.3", "form");
    assert_refused("client-idle:1000000001", "form");
    assert_refused("request-limit:2147483648", "form");
    assert_refused("idle,no-close", "unknown change \"idle\""); /* the first that is wrong */
    assert_refused("idle,bodies", "unknown change \"idle\"");
    assert_refused("h3", "; there are bodies-read, no-close, ");
    assert_refused("h3", "h2[:STREAMS] and bounded:N");
}

/* The largest that are taken. */
static void bounds_are_words(void)
{
    g_assert_cmpint(parse("client-idle:1000000000").client_idle_ns, ==,
                    1000000000 * (int64_t)HR_NS_PER_S);
    g_assert_cmpuint(parse("request-limit:2147483647").request_limit, ==, 2147483647);
}

/* Whatever the order in which events are added, the earliest comes first; at one time an answer
 * before a call. */
static void agenda_is_in_order(void)
{
    GArray *agenda = hr_agenda_new();
    GRand *random = g_rand_new_with_seed(11);
    hr_event event = {0};
    hr_event before = {.ns = INT64_MIN};
    unsigned taken = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        hr_agenda_add(agenda,
                      (hr_event){.ns = g_rand_int_range(random, 0, 100),
                                 .kind = g_rand_boolean(random) ? HR_EVENT_CALL : HR_EVENT_END,
                                 .call = i});
    }
    for (; hr_agenda_take(agenda, &event); before = event) {
        taken++;
        g_assert_cmpint(event.ns, >=, before.ns);
        if (event.ns == before.ns) {
            g_assert_cmpint(event.kind, >=, before.kind);
        }
        if (event.ns == before.ns && event.kind == before.kind) {
            g_assert_cmpuint(event.call, >, before.call);
        }
    }
    g_assert_cmpuint(taken, ==, 1000);
    g_rand_free(random);
    g_array_free(agenda, TRUE);
}

/* What happens at one time to several connections happens in the order in which these were opened. */
static void agenda_knows_connections(void)
{
    GArray *agenda = hr_agenda_new();
    hr_event event = {0};

    for (uint32_t i = 0; i < 5; i++) {
        hr_agenda_add(agenda, (hr_event){.kind = HR_EVENT_CLOSE, .connection = 7 * i % 5});
    }
    for (uint32_t i = 0; i < 5; i++) {
        g_assert_true(hr_agenda_take(agenda, &event));
        g_assert_cmpuint(event.connection, ==, i);
    }
    g_assert_false(hr_agenda_take(agenda, &event));
    g_array_free(agenda, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/whatif/words", each_word_changes_its_own);
    g_test_add_func("/whatif/several", what_is_not_named_stays);
    g_test_add_func("/whatif/table", every_word_of_the_table_is_known);
    g_test_add_func("/whatif/wrong", wrong_words_are_named);
    g_test_add_func("/whatif/bounds", bounds_are_words);
    g_test_add_func("/agenda/order", agenda_is_in_order);
    g_test_add_func("/agenda/connections", agenda_knows_connections);
    return g_test_run();
}
