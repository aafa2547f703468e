/* test_text.c
 * Text of packets: what no output may print raw never comes into the model, and names that a
 * capture chose to collide do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/hash.h"
#include "core/model/printable.h"
#include "core/model/store.h"
#include "trace.h"

enum {
    COLLIDING = 4096
};

static void assert_printed(const char *text, size_t length, const char *expected)
{
    g_autoptr(GString) printed = g_string_new(NULL);

    hr_printable_append(printed, text, length);
    g_assert_cmpstr(printed->str, ==, expected);
    g_assert_true(g_utf8_validate(printed->str, -1, NULL));
    if (hr_is_plain(text, length)) {
        g_assert_cmpuint(printed->len, ==, length);
        g_assert_true(memcmp(printed->str, text, length) == 0);
    }
}

static void bytes_that_no_output_prints(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"plain \\x41", "plain \\x41"},
        {"h\xc3\xb6st \xf0\x9f\x98\x80", "h\xc3\xb6st \xf0\x9f\x98\x80"},
        {"a\x1b[31mb\r\n", "a\\x1b[31mb\\x0d\\x0a"},
        {"\x7f", "\\x7f"},
        {"c1 \xc2\x9b", "c1 \\xc2\\x9b"}, /* U+009B, a CSI */
        {"over \xe2\x80\xae"
         "txt",
         "over \\xe2\\x80\\xaetxt"},                         /* U+202E */
        {"isolate \xe2\x81\xa6", "isolate \\xe2\\x81\\xa6"}, /* U+2066 */
        {"line \xe2\x80\xa8", "line \\xe2\\x80\\xa8"},       /* U+2028 */
        {"a\xfe\xff z", "a\\xfe\\xff z"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
        {"overlong \xc0\xaf", "overlong \\xc0\\xaf"},
        {"surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"},
        {"beyond \xf4\x90\x80\x80", "beyond \\xf4\\x90\\x80\\x80"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_printed(cases[i].text, strlen(cases[i].text), cases[i].expected);
    }
    assert_printed("a\0b", 3, "a\\x00b");
}

static void long_text_says_that_it_is_cut(void)
{
    g_autofree char *long_name = g_strnfill(20000, 'a');
    g_autofree char *kept = g_strnfill(HR_PRINTABLE_BYTES, 'a');
    g_autofree char *expected = g_strconcat(kept, "...(20000 bytes)", NULL);

    assert_printed(long_name, HR_PRINTABLE_BYTES, kept);
    assert_printed(long_name, 20000, expected);
    /* Not in the middle of a character, nor of an escape. */
    long_name[HR_PRINTABLE_BYTES - 1] = '\xc3';
    long_name[HR_PRINTABLE_BYTES] = '\xb6';
    kept[HR_PRINTABLE_BYTES - 1] = '\0';
    g_autofree char *whole = g_strconcat(kept, "\xc3\xb6...(20000 bytes)", NULL);
    assert_printed(long_name, 20000, whole);
    memset(long_name, 1, 20000);
    g_autoptr(GString) escaped = g_string_new(NULL);
    hr_printable_append(escaped, long_name, 20000);
    g_assert_cmpuint(escaped->len, <, HR_PRINTABLE_BYTES + 32);
    g_assert_true(g_str_has_suffix(escaped->str, "\\x01...(20000 bytes)"));
}

static void a_nul_does_not_end_a_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    const char *short_name = hr_model_intern(trace_model(t), "a.example\0b", 9);
    const char *long_name = hr_model_intern(trace_model(t), "a.example\0b", 11);
    const char *lower = hr_model_intern_lower(trace_model(t), (hr_slice){"A.example\0B", 11});
    g_assert_true(short_name != long_name);
    g_assert_cmpstr(long_name, ==, "a.example\\x00b");
    g_assert_true(lower == long_name);
}

/* Of each text there is one, however many others came between. */
static void one_of_each_text(void)
{
    enum {
        TEXTS = 5000
    };
    static const char *first[TEXTS];
    hr_text_set set;

    hr_text_set_init(&set);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < TEXTS; i++) {
            char text[16] = "";
            const size_t length = (size_t)g_snprintf(text, sizeof(text), "/%u", i);
            const char *taken = hr_text_set_take(&set, text, length);
            g_assert_cmpstr(taken, ==, text);
            g_assert_true(round == 0 || taken == first[i]);
            first[i] = taken;
        }
    }
    g_assert_cmpuint(set.count, ==, TEXTS);
    const char *empty = hr_text_set_take(&set, "", 0);
    g_assert_cmpstr(empty, ==, "");
    g_assert_true(hr_text_set_take(&set, "/", 0) == empty);
    g_assert_true(hr_text_set_take(&set, "/77", 2) == first[7]);
    hr_text_set_clear(&set);
}

/* "Ez" and "FY" are one to g_str_hash(), and so is every row of them. */
static void names_made_to_collide(void)
{
    g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < COLLIDING; i++) {
        char name[2 * 12 + 1] = "";
        for (unsigned bit = 0; bit < 12; bit++) {
            const bool is_set = (i >> bit & 1) != 0;
            name[(size_t)2 * bit] = is_set ? 'E' : 'F';
            name[(size_t)2 * bit + 1] = is_set ? 'z' : 'Y';
        }
        g_assert_cmpuint(g_str_hash(name), ==, g_str_hash("EzEzEzEzEzEzEzEzEzEzEzEz"));
        g_hash_table_add(hashes, GUINT_TO_POINTER(hr_text_hash(name)));
    }
    g_assert_cmpuint(g_hash_table_size(hashes), >, COLLIDING - 16);
}

/* g_int64_hash() takes the lower 32 bits alone, or both halves as one, which depends on GLib. */
static void streams_made_to_collide(void)
{
    g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);

    for (int64_t i = 0; i < COLLIDING; i++) {
        const int64_t low_alike = i << 32;
        const int64_t halves_alike = i << 32 | i;
        g_hash_table_add(hashes, GUINT_TO_POINTER(hr_int64_hash(&low_alike)));
        g_hash_table_add(hashes, GUINT_TO_POINTER(hr_int64_hash(&halves_alike)));
    }
    g_assert_cmpuint(g_hash_table_size(hashes), >, 2 * COLLIDING - 32);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/printable", bytes_that_no_output_prints);
    g_test_add_func("/text/cut", long_text_says_that_it_is_cut);
    g_test_add_func("/text/nul", a_nul_does_not_end_a_name);
    g_test_add_func("/text/one-of-each", one_of_each_text);
    g_test_add_func("/text/names-that-collide", names_made_to_collide);
    g_test_add_func("/text/streams-that-collide", streams_made_to_collide);
    return g_test_run();
}
