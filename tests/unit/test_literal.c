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
        {"0:0:0:0:0:0:0:0", "::"},
        {"::1", "::1"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"0000:0000::0001", "::1"},
        {"1::", "1::"},
        {"2001:DB8::A", "2001:db8::a"},
        {"2001:0db8:0000:0000:0000:0000:0000:000a", "2001:db8::a"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* section 4.2.2: no "::" for one */
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},       /* section 4.2.3: the longest */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, /* ... the first */
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},          /* section 5 */
        {"::FFFF:102:304", "::ffff:1.2.3.4"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
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
        "",
        ":",
        ":::",
        "::1::",
        "1",
        "1:",
        ":1",
        "1:2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "::1 ",
        "1.2.3.4",
        "::1.2.3",
        "::1.2.3.256",
        "::1.2.3.4.5",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.",
        "::1..2.3",
        "::.1.2.3",
        "a.example",
        "::1%eth0",
        "[::1]",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        char canonical[HR_IPV6_TEXT_SIZE];
        g_assert_false(hr_ipv6_text(texts[i], strlen(texts[i]), canonical));
    }
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
