/* test_options.c
 * What a user may say with -X http_reuse:, and what tshark's own command line says beside it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "present/output/command_line.h"
#include "present/output/options.h"

/* ---- -X http_reuse:TEXT ---- */

static void assert_accepted(const char *text, hr_output_format format, const char *file)
{
    hr_output_option option;

    g_assert_null(hr_option_parse(text, &option));
    g_assert_cmpint(option.format, ==, format);
    g_assert_cmpstr(option.file, ==, file);
    hr_option_clear(&option);
}

static void assert_refused(const char *text, const char *part_of_reason)
{
    hr_output_option option;
    char *reason = hr_option_parse(text, &option);

    g_assert_nonnull(reason);
    g_assert_nonnull(strstr(reason, part_of_reason));
    g_assert_null(strchr(reason, '\n'));
    g_free(reason);
}

static void report_needs_no_file(void)
{
    assert_accepted("report", HR_FORMAT_REPORT, NULL);
    assert_accepted("report=out.txt", HR_FORMAT_REPORT, "out.txt");
    assert_accepted("report=-", HR_FORMAT_REPORT, "-");
}

static void ndjson_needs_a_file(void)
{
    assert_accepted("ndjson=out.ndjson", HR_FORMAT_NDJSON, "out.ndjson");
    assert_accepted("ndjson=-", HR_FORMAT_NDJSON, "-");
    assert_refused("ndjson", "FILE");
}

static void a_check_has_bounds(void)
{
    hr_output_option option;

    g_assert_null(hr_option_parse("check=reuse_ratio>=0.8,avoidable<=2", &option));
    g_assert_cmpint(option.format, ==, HR_FORMAT_CHECK);
    g_assert_null(option.file);
    hr_check_free(option.check);
    hr_option_clear(&option);
    assert_refused("check", "missing");
    assert_refused("check=avoid<=2", "\"avoid\" is not known");
}

static void help_lists_all_of_them(void)
{
    char *text = hr_options_help();

    assert_accepted("help", HR_FORMAT_HELP, NULL);
    assert_refused("help=me", "nothing");
    for (size_t i = 0; i < hr_option_count(); i++) {
        g_assert_nonnull(strstr(text, hr_option_spelling(i)));
    }
    char **lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        g_assert_cmpuint(strlen(lines[i]), <=, 80); /* of a terminal */
    }
    g_strfreev(lines);
    g_free(text);
}

static void assert_filtered(const char *text, const char *file, const char *filter)
{
    hr_output_option option;

    g_assert_null(hr_option_parse(text, &option));
    g_assert_cmpstr(option.file, ==, file);
    g_assert_cmpstr(option.filter, ==, filter);
    hr_option_clear(&option);
}

static void a_report_may_be_of_one(void)
{
    assert_filtered("report", NULL, NULL);
    assert_filtered("report,filter=a.example", NULL, "a.example");
    assert_filtered("ndjson=out,1.ndjson,filter=[::1]:80", "out,1.ndjson", "[::1]:80");
    assert_refused("report,filter=", "name or address");
    assert_refused("report,filer=a", "unknown");
    assert_refused("check=avoidable<=2,filter=a", "filter");
    assert_refused("help,filter=a", "unknown");
}

static void what_is_misspelt_is_no_name_of_a_file(void)
{
    assert_refused("report=out.txt,flter=a", "unknown option \"flter=a\"");
    assert_refused("ndjson=out.ndjson,fitler=a", "ndjson takes one ,filter=NAME");
    assert_refused("html=out.html,filter", "unknown option \"filter\"");
    assert_refused("har=out.har,filter=a,filter=b", "unknown option \"filter=a\"");
    assert_refused("report,filer=a", "unknown option \"filer=a\"");
    assert_refused("events=out,filter=a", "events takes no options");
    assert_refused("trace=out,call-sites=1", "unknown option \"call-sites=1\"");
    assert_accepted("report=run,seed=3/out", HR_FORMAT_REPORT, "run,seed=3/out");
}

static void file_may_hold_the_separators(void)
{
    assert_accepted("report=a=b:c,d", HR_FORMAT_REPORT, "a=b:c,d");
}

static void empty_file_is_refused(void)
{
    assert_refused("report=", "missing");
    assert_refused("ndjson=", "missing");
}

static void whatif_needs_changes(void)
{
    hr_output_option option;

    g_assert_null(hr_option_parse("whatif=idle-kept:20,no-close", &option));
    g_assert_cmpint(option.format, ==, HR_FORMAT_WHATIF);
    g_assert_cmpstr(option.whatif, ==, "idle-kept:20,no-close");
    g_assert_cmpuint(option.changes.idle_kept, ==, 20);
    g_assert_true(option.changes.says_no_close);
    g_assert_null(option.file);
    hr_option_clear(&option);
    assert_refused("whatif", "missing");
    assert_refused("whatif=", "missing");
    assert_refused("whatif=bodies_read", "unknown change \"bodies_read\"");
}

static void unknown_words_are_refused(void)
{
    assert_refused("", "unknown");
    assert_refused("=x", "unknown");
    assert_refused("reports", "unknown");
    assert_refused("rep", "unknown");
    assert_refused("Report", "unknown");
    assert_refused("HTML=page.html", "unknown");
}

/* ---- tshark's command line ---- */

static hr_command_line *parse(const char *spelled)
{
    char **arguments = g_strsplit(spelled, " ", -1);
    hr_command_line *line = hr_command_line_parse((const char *const *)arguments);

    g_strfreev(arguments);
    return line;
}

static void assert_quiet(const char *spelled, bool is_quiet)
{
    hr_command_line *line = parse(spelled);

    g_assert_cmpint(line->is_quiet, ==, is_quiet);
    hr_command_line_free(line);
}

static void quiet_is_found_in_every_spelling(void)
{
    assert_quiet("tshark -r f -q", true);
    assert_quiet("tshark -Q -r f", true);
    assert_quiet("tshark -nq2r f", true);
    assert_quiet("tshark --color -q", true);
    assert_quiet("tshark --disable-protocol tcp -q", true);
    assert_quiet("tshark --an-option-of-tomorrow value -q", true);
    assert_quiet("tshark -k -q", true); /* a letter of tomorrow */
}

static void values_are_not_taken_for_quiet(void)
{
    assert_quiet("tshark", false);
    assert_quiet("tshark -r -q", false);
    assert_quiet("tshark -rq", false);
    assert_quiet("tshark -w -Q", false);
    assert_quiet("tshark -Yq -kq", false);
    assert_quiet("tshark -X http_reuse:ndjson=- -o q:q", false);
    assert_quiet("tshark -q-r f", true);
    assert_quiet("tshark -- -q", false);
    assert_quiet("-q", false);
}

static void assert_printing(const char *spelled, const char *option)
{
    hr_command_line *line = parse(spelled);

    g_assert_cmpstr(line->print_option, ==, option);
    hr_command_line_free(line);
}

/* tshark prints with these in spite of -q. */
static void options_that_print_are_found(void)
{
    assert_printing("tshark -q -r f", NULL);
    assert_printing("tshark -q -V -r f", "-V");
    assert_printing("tshark -qx -r f", "-x");
    assert_printing("tshark -q -O http", "-O");
    assert_printing("tshark -q -P -w f", "-P");
    assert_printing("tshark -q --print", "--print");
    assert_printing("tshark -q --hexdump frames", "--hexdump");
    assert_printing("tshark -q --hexdump=frames", "--hexdump");
    assert_printing("tshark -q -T fields -e V", NULL);
}

static void assert_other_readers(const char *spelled, bool has_other_readers)
{
    hr_command_line *line = parse(spelled);

    g_assert_cmpint(line->has_other_readers, ==, has_other_readers);
    hr_command_line_free(line);
}

/* What is not known may read the packets' trees. */
static void other_readers_are_found(void)
{
    assert_other_readers("tshark -q -r f -X http_reuse:ndjson=-", false);
    assert_other_readers("tshark -qnr f -Xhttp_reuse:report -o tls.keylog_file:k -w-", false);
    assert_other_readers("tshark -i lo -f port -a duration:1 -X http_reuse:html=p", false);
    assert_other_readers("tshark -r f -X lua_script:s.lua", true);
    assert_other_readers("tshark -r f -X", true);
    assert_other_readers("tshark -r f -Y http", true);
    assert_other_readers("tshark -nVr f", true);
    assert_other_readers("tshark -q -r f -z http,tree", true);
    assert_other_readers("tshark -r f -T fields -e http.host", true);
    assert_other_readers("tshark -q -r f -C profile", true);
    assert_other_readers("tshark -q -r f --color", true);
    assert_other_readers("tshark -r f http", true);
}

static void files_are_found(void)
{
    hr_command_line *line = parse("tshark -2r in.pcap -w out.pcap -q");

    g_assert_cmpstr(line->read_file, ==, "in.pcap");
    g_assert_cmpstr(line->write_file, ==, "out.pcap");
    hr_command_line_free(line);

    line = parse("tshark -q -w");
    g_assert_null(line->read_file);
    g_assert_cmpstr(line->write_file, ==, "");
    hr_command_line_free(line);
}

static void files_have_long_names(void)
{
    hr_command_line *line = parse("tshark --read-file in.pcap -q");
    g_assert_cmpstr(line->read_file, ==, "in.pcap");
    g_assert_true(line->is_quiet);
    hr_command_line_free(line);

    line = parse("tshark --read=in=1.pcap -q");
    g_assert_cmpstr(line->read_file, ==, "in=1.pcap");
    g_assert_null(line->interfaces);
    hr_command_line_free(line);
}

static void all_interfaces_are_found(void)
{
    hr_command_line *line = parse("tshark -qi lo --interface eth0 -i-");
    g_assert_cmpstr(line->interfaces, ==, "lo, eth0, -");
    g_assert_true(line->is_quiet);
    hr_command_line_free(line);
}

/* The last one counts, as in tshark. */
static void repeated_files(void)
{
    hr_command_line *line = parse("tshark -r a -rb");

    g_assert_cmpstr(line->read_file, ==, "b");
    hr_command_line_free(line);
}

static void assert_readers(const char *spelled, bool are_two_passes, bool read_us)
{
    hr_command_line *line = parse(spelled);

    g_assert_cmpint(line->may_be_two_passes, ==, are_two_passes);
    g_assert_cmpint(line->may_read_us, ==, read_us);
    hr_command_line_free(line);
}

/* Where nobody reads, nothing is dissected for it. To miss a reader would lose what it reads. */
static void readers_are_found(void)
{
    assert_readers("tshark -r f -q -z conv,tcp -c 2", false, false);
    assert_readers("tshark -qn2 -r f", true, false);
    assert_readers("tshark -t ad -2r f", true, false);
    assert_readers("tshark -qz expert,note -r f", false, true);
    assert_readers("tshark -r f -Y http_reuse.reused", false, true);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/check", a_check_has_bounds);
    g_test_add_func("/options/help", help_lists_all_of_them);
    g_test_add_func("/options/report-needs-no-file", report_needs_no_file);
    g_test_add_func("/options/ndjson-needs-a-file", ndjson_needs_a_file);
    g_test_add_func("/options/whatif-needs-changes", whatif_needs_changes);
    g_test_add_func("/option/filter", a_report_may_be_of_one);
    g_test_add_func("/options/file-may-hold-the-separators", file_may_hold_the_separators);
    g_test_add_func("/options/misspelt", what_is_misspelt_is_no_name_of_a_file);
    g_test_add_func("/options/empty-file-is-refused", empty_file_is_refused);
    g_test_add_func("/options/unknown-words-are-refused", unknown_words_are_refused);
    g_test_add_func("/command-line/quiet-in-every-spelling", quiet_is_found_in_every_spelling);
    g_test_add_func("/command-line/values-are-not-options", values_are_not_taken_for_quiet);
    g_test_add_func("/command-line/options-that-print", options_that_print_are_found);
    g_test_add_func("/command-line/other-readers", other_readers_are_found);
    g_test_add_func("/command-line/files", files_are_found);
    g_test_add_func("/command-line/long-names", files_have_long_names);
    g_test_add_func("/command-line/interfaces", all_interfaces_are_found);
    g_test_add_func("/command-line/repeated-files", repeated_files);
    g_test_add_func("/command-line/readers", readers_are_found);
    return g_test_run();
}
