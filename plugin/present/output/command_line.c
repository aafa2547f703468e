/* command_line.c
 * It knows only the options that matter here, and letters that take no value and may stand before
 * them in one word. A letter that it does not know ends its word: then -q is asked for as a word of
 * its own, which is found in any version.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/command_line.h"

#include <string.h>

#ifdef __APPLE__
#include <crt_externs.h>
#endif

/* Of these a word may have several. */
#define OPTIONS_WITHOUT_VALUE "2glnpqQPVx"

/* They print packets whether -q is given or not. */
#define OPTIONS_THAT_PRINT "PVxO"

/* Their value may be a word of its own. */
#define OPTIONS_OF_FILES "rwi"

/* They read no tree: the first without a value, the others with one. */
#define OPTIONS_WITHOUT_TREE "lnpqQ"
#define VALUES_WITHOUT_TREE "abBcdfHiKNorstuwy"

static const struct {
    const char *name;
    char letter;
} long_options_of_files[] = {{"read-file", 'r'}, {"interface", 'i'}};

static const char *const long_options_that_print[] = {"--print", "--hexdump"};

enum {
    SHORTEST_NAME = 3, /* of a long option that is shortened */
};

static void replace(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

static void add_interface(hr_command_line *line, const char *value)
{
    char *all = line->interfaces != NULL ? g_strconcat(line->interfaces, ", ", value, NULL)
                                         : g_strdup(value);
    g_free(line->interfaces);
    line->interfaces = all;
}

static void take_option(hr_command_line *line, char letter, const char *value)
{
    if (letter == 'q' || letter == 'Q') {
        line->is_quiet = true;
    } else if (letter == 'r') {
        replace(&line->read_file, value);
    } else if (letter == 'w') {
        replace(&line->write_file, value);
    } else if (letter == 'i') {
        add_interface(line, value);
    } else if (strchr(OPTIONS_THAT_PRINT, letter) != NULL) {
        const char option[] = {'-', letter, '\0'};
        replace(&line->print_option, option);
    }
}

/* A word of "--read-file=FILE", or with @next "FILE"; names may be shortened. Returns how many
 * words it took; 0: it is another option. */
static size_t take_long_file(hr_command_line *line, const char *name, const char *next)
{
    const size_t length = strcspn(name, "=");

    for (size_t i = 0; i < G_N_ELEMENTS(long_options_of_files); i++) {
        const char *option = long_options_of_files[i].name;
        if (length >= SHORTEST_NAME && strncmp(option, name, length) == 0) {
            const bool is_value_next = name[length] == '\0' && next != NULL;
            const char *value = is_value_next ? next : name + length;
            take_option(line, long_options_of_files[i].letter,
                        *value == '=' && !is_value_next ? value + 1 : value);
            return is_value_next ? 2 : 1;
        }
    }
    return 0;
}

/* Returns how many words it took. */
static size_t take_long_option(hr_command_line *line, const char *word, const char *next)
{
    const size_t length = strcspn(word, "=");
    const size_t taken = take_long_file(line, word + strlen("--"), next);

    for (size_t i = 0; i < G_N_ELEMENTS(long_options_that_print); i++) {
        const char *option = long_options_that_print[i];
        if (strlen(option) == length && strncmp(option, word, length) == 0) {
            replace(&line->print_option, option);
        }
    }
    return MAX(taken, 1);
}

/* A word of letters, "-qr" with @next "file" for example. Returns how many words it took. */
static size_t take_letters(hr_command_line *line, const char *letters, const char *next)
{
    for (; *letters != '\0'; letters++) {
        const bool is_value_next = letters[1] == '\0' && next != NULL;
        if (strchr(OPTIONS_OF_FILES, *letters) != NULL) {
            take_option(line, *letters, is_value_next ? next : letters + 1);
            return is_value_next ? 2 : 1;
        }
        take_option(line, *letters, NULL);
        if (strchr(OPTIONS_WITHOUT_VALUE, *letters) == NULL) {
            return 1;
        }
    }
    return 1;
}

/* What must not be missed is looked for in every word: to see it where it is not costs only
 * time. */
static void look_for_readers(hr_command_line *line, const char *word)
{
    const bool may_be_letters = word[0] == '-' && word[1] != '-';

    line->may_be_two_passes |= may_be_letters && strchr(word, '2') != NULL;
    line->may_read_us |= strstr(word, "expert") != NULL || strstr(word, "http_reuse") != NULL;
}

static bool is_output_of_ours(const char *value)
{
    return g_str_has_prefix(value, "http_reuse:");
}

/* How many words an option takes that is known to read no tree; 0: another one, or a value that
 * stands alone, a capture filter for example. */
static size_t words_without_tree(const char *word, const char *next)
{
    if (word[0] != '-' || word[1] == '-') {
        return 0;
    }
    const char *letter = word + 1 + strspn(word + 1, OPTIONS_WITHOUT_TREE);
    if (*letter == '\0') {
        return word[1] != '\0' ? 1 : 0;
    }
    const char *value = letter[1] != '\0' ? letter + 1 : next;
    if (value == NULL || (*letter == 'X' ? !is_output_of_ours(value)
                                         : strchr(VALUES_WITHOUT_TREE, *letter) == NULL)) {
        return 0;
    }
    return letter[1] != '\0' ? 1 : 2;
}

static bool has_other_readers(const char *const *arguments)
{
    size_t i = arguments[0] != NULL ? 1 : 0;

    while (arguments[i] != NULL) {
        const size_t words = words_without_tree(arguments[i], arguments[i + 1]);
        if (words == 0) {
            return true;
        }
        i += words;
    }
    return false;
}

hr_command_line *hr_command_line_parse(const char *const *arguments)
{
    hr_command_line *line = g_new0(hr_command_line, 1);
    size_t i = arguments[0] != NULL ? 1 : 0;

    for (size_t word = i; arguments[word] != NULL; word++) {
        look_for_readers(line, arguments[word]);
    }
    line->has_other_readers = has_other_readers(arguments);
    while (arguments[i] != NULL && strcmp(arguments[i], "--") != 0) {
        const char *word = arguments[i];
        if (g_str_has_prefix(word, "--")) {
            i += take_long_option(line, word, arguments[i + 1]);
        } else if (word[0] == '-') {
            i += take_letters(line, word + 1, arguments[i + 1]);
        } else {
            i++;
        }
    }
    return line;
}

/* The arguments of this process, NULL where the platform does not tell. Free with g_strfreev(). */
static char **process_arguments(void)
{
#if defined(__linux__)
    char *text = NULL;
    size_t length = 0;
    GPtrArray *words = NULL;

    if (!g_file_get_contents("/proc/self/cmdline", &text, &length, NULL)) {
        return NULL;
    }
    words = g_ptr_array_new();
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        g_ptr_array_add(words, g_strdup(text + at));
    }
    g_ptr_array_add(words, NULL);
    g_free(text);
    return (char **)g_ptr_array_free(words, FALSE);
#elif defined(__APPLE__)
    return g_strdupv(*_NSGetArgv());
#elif defined(G_OS_WIN32)
    return g_win32_get_command_line();
#else
    return NULL;
#endif
}

hr_command_line *hr_command_line_of_process(void)
{
    char **arguments = process_arguments();
    hr_command_line *line = NULL;

    if (arguments != NULL) {
        line = hr_command_line_parse((const char *const *)arguments);
        g_strfreev(arguments);
    }
    return line;
}

void hr_command_line_free(hr_command_line *line)
{
    if (line != NULL) {
        g_free(line->print_option);
        g_free(line->interfaces);
        g_free(line->read_file);
        g_free(line->write_file);
        g_free(line);
    }
}

bool hr_is_tshark(void)
{
    return g_strcmp0(g_get_prgname(), "tshark") == 0; /* as it says to ws_log_init() */
}
