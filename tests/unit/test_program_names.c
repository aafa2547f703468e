/* test_program_names.c
 * One program may say in its User-Agent what it is doing. That is not several programs, which only a
 * proxy has on one connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/advice.h"
#include "software/products.h"
#include "trace.h"

static void assert_steady(const char *value, const char *expected)
{
    g_autofree char *steady = g_malloc(strlen(value) + 1);

    steady[hr_user_agent_steady(value, steady)] = '\0';
    g_assert_cmpstr(steady, ==, expected);
}

/* Botocore 1.43 counts in "m/" what of it was used for a call; client-go names what a call is for. */
static void what_a_program_does_is_no_part_of_its_name(void)
{
    assert_steady("Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 md/arch#x86_64 m/D,e,b"
                  " cfg/retry-mode#legacy Botocore/1.43.11",
                  "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 Botocore/1.43.11");
    assert_steady("aws-sdk-go/1.44.0 (go1.19.8; linux; amd64) S3Manager",
                  "aws-sdk-go/1.44.0 (go1.19.8; linux; amd64)");
    assert_steady("kube-scheduler/v1.28.2 (linux/amd64) kubernetes/89a4ea3/leader-election",
                  "kube-scheduler/v1.28.2 (linux/amd64) kubernetes/89a4ea3");
}

static void versions_and_platforms_are(void)
{
    static const char *const all_of[] = {
        "Go-http-client/1.1",
        "undici",
        "tool undici",
        "Faraday v1.1.0",
        "Debian APT-HTTP/1.3 (2.6.1)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
        "App/1.2 CFNetwork/1404.0.5 Darwin/22.3.0",
        "Dalvik/2.1.0 (Linux; U; Android 13; (a (b) 9))",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all_of); i++) {
        assert_steady(all_of[i], all_of[i]);
    }
}

/* Whatever a client sends. */
static void odd_names_have_an_end(void)
{
    assert_steady("", "");
    assert_steady("(", "(");
    assert_steady(" a", "");
    assert_steady("a ()) b/v1 ", "a ()) b/v1");
    assert_steady("a  b/ c/v d/v# e# f/g# h / # v", "a");
}

static void assert_program(const char *first, const char *second, hr_library library)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));

    trace_request(c, AT_MS(1), .user_agent = first);
    trace_answer(c, AT_MS(2));
    trace_request(c, AT_MS(3), .user_agent = second);
    trace_answer(c, AT_MS(4));
    g_assert_cmpint(hr_library_of(c->model), ==, library);
}

static void one_program_may_say_what_it_does(void)
{
    assert_program("Boto3/1.43.11 ua/2.1 m/D,e,b,N Botocore/1.43.11",
                   "Boto3/1.43.11 ua/2.1 m/D,e,b Botocore/1.43.11", HR_PRODUCT_BOTO);
}

static void another_version_is_another_program(void)
{
    assert_program("Boto3/1.43.11 ua/2.1 m/D,e,b Botocore/1.43.11",
                   "Boto3/1.43.11 ua/2.1 m/D,e,b Botocore/1.43.12", HR_LIBRARY_UNKNOWN);
    assert_program("curl/8.5.0", "curl/8.5.1", HR_LIBRARY_UNKNOWN);
    assert_program("Dalvik/2.1.0 (Android 13)", "Dalvik/2.1.0 (Android 9)", HR_LIBRARY_UNKNOWN);
}

/* Two connections of one program are of one pool: the second need not have been opened. */
static void what_it_does_makes_no_other_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = "Boto3/1.43.11 ua/2.1 m/D,e,b,N");
    trace_answer(c, AT_MS(2));
    trace_connection *other = trace_open(t, AT_S(1));
    trace_request(other, AT_S(1) + AT_MS(1), .user_agent = "Boto3/1.43.11 ua/2.1 m/D,e,b");
    trace_answer(other, AT_S(1) + AT_MS(2));
    trace_analysis(t);

    g_assert_cmpint(trace_opening(other)->why, ==, HR_WHY_IDLE_AVAILABLE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/program-names/steady/calls", what_a_program_does_is_no_part_of_its_name);
    g_test_add_func("/program-names/steady/whole", versions_and_platforms_are);
    g_test_add_func("/program-names/steady/odd", odd_names_have_an_end);
    g_test_add_func("/program-names/connection/one", one_program_may_say_what_it_does);
    g_test_add_func("/program-names/connection/versions", another_version_is_another_program);
    g_test_add_func("/program-names/pool/one", what_it_does_makes_no_other_pool);
    return g_test_run();
}
