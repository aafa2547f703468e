/* test_literal.c
 * Texts of IPv6 addresses: RFC 4291 section 2.2 says what is one, RFC 5952 which is the one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/literal.h"

#include <string.h>

static void one_text(void)
{
    static const struct {
        const char *text, *canonical;
    } kinds[] = {
        {"::", "::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"2001:0DB8:0000:0000:0000:0000:0000:000A", "2001:db8::a"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"}, /* section 4.2.3: the longest */
        {"::FFFF:102:304", "::ffff:1.2.3.4"},    /* section 5 */
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        char canonical[HR_IPV6_TEXT_SIZE];
        g_assert_true(hr_ipv6_text(kinds[i].text, strlen(kinds[i].text), canonical));
        g_assert_cmpstr(canonical, ==, kinds[i].canonical);
    }
}

static void none(void)
{
    static const char *const texts[] = {
        "",          "1:2",
        "::1 ",      "1.2.3.4",
        "a.example", "::1%eth0",
        "[::1]",     "0000:0000:0000:0000:0000:ffff:0255.0255.0255.0255", /* longer than any */
    };
    char canonical[HR_IPV6_TEXT_SIZE];

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_false(hr_ipv6_text(texts[i], strlen(texts[i]), canonical));
    }
    g_assert_false(hr_ipv6_text("::1\0.example", 12, canonical));
}

/* It is a piece of a packet, and ends where its length says. */
static void no_longer_than_it_is(void)
{
    char canonical[HR_IPV6_TEXT_SIZE];

    g_assert_true(hr_ipv6_text("::12", 3, canonical));
    g_assert_cmpstr(canonical, ==, "::1");
    g_assert_false(hr_ipv6_text("1:2:3:4:5:6:7:8", 13, canonical));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/literal/one", one_text);
    g_test_add_func("/literal/none", none);
    g_test_add_func("/literal/length", no_longer_than_it_is);
    return g_test_run();
}
