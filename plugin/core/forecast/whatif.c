/* whatif.c
 * The table of changes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/whatif.h"

#include <stddef.h>
#include <string.h>

/* The streams that RFC 9113 §6.5.2 recommends to allow at least. */
enum {
    DEFAULT_STREAMS = 100
};

typedef enum {
    ARGUMENT_NONE,
    ARGUMENT_COUNT,
    ARGUMENT_COUNT_OR_DEFAULT,
    ARGUMENT_SECONDS,
} argument;

typedef struct {
    const char *spelling; /* up to a colon or bracket it is the word itself */
    const char *meaning;
    argument argument;
    size_t member; /* its offset in hr_whatif */
} change_word;

#define MEMBER(name) offsetof(hr_whatif, name)

static const change_word words[] = {
    {"bodies-read", "the client reads every body to its end", ARGUMENT_NONE, MEMBER(reads_bodies)},
    {"no-close", "nobody says Connection: close, and HTTP/1.0 is kept alive", ARGUMENT_NONE,
     MEMBER(says_no_close)},
    {"shared-pool", "one pool for all calls of a program, instead of one a call or process",
     ARGUMENT_NONE, MEMBER(shares_pool)},
    {"server-stays",
     "the server closes nothing unannounced, by a GOAWAY or by its exit, nor sends too much",
     ARGUMENT_NONE, MEMBER(server_stays)},
    {"idle-kept:N", "the pool keeps N idle connections", ARGUMENT_COUNT, MEMBER(idle_kept)},
    {"client-idle:SECONDS", "the client closes what was idle for so long", ARGUMENT_SECONDS,
     MEMBER(client_idle_ns)},
    {"server-idle:SECONDS", "the server closes what was idle for so long", ARGUMENT_SECONDS,
     MEMBER(server_idle_ns)},
    {"request-limit:N", "a connection carries N requests", ARGUMENT_COUNT, MEMBER(request_limit)},
    {"h2[:STREAMS]", "HTTP/2 with so many streams on a connection (100)", ARGUMENT_COUNT_OR_DEFAULT,
     MEMBER(streams)},
    {"bounded:N", "at most N connections of a pool at a time; further requests wait",
     ARGUMENT_COUNT, MEMBER(bound)},
};

hr_whatif hr_whatif_none(void)
{
    return (hr_whatif){.client_idle_ns = HR_TIME_NONE, .server_idle_ns = HR_TIME_NONE};
}

const char *hr_whatif_word(size_t index)
{
    return index < G_N_ELEMENTS(words) ? words[index].spelling : NULL;
}

const char *hr_whatif_meaning(size_t index)
{
    return index < G_N_ELEMENTS(words) ? words[index].meaning : NULL;
}

static const change_word *find_word(const char *text, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcspn(words[i].spelling, ":[") == length &&
            strncmp(words[i].spelling, text, length) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

/* Digits with one point at most, which is all of @text. */
static bool parse_seconds(const char *text, int64_t *ns)
{
    char *end = NULL;
    const double seconds = g_ascii_strtod(text, &end);

    if (strspn(text, "0123456789.") != strlen(text) || end == text || *end != '\0' ||
        seconds <= 0 || seconds > (double)INT64_C(1000000000)) {
        return false;
    }
    *ns = (int64_t)(seconds * (double)HR_NS_PER_S);
    return true;
}

static bool parse_count(const char *text, uint32_t *count)
{
    guint64 value = 0;

    if (!g_ascii_string_to_unsigned(text, 10, 1, INT32_MAX, &value, NULL)) {
        return false;
    }
    *count = (uint32_t)value;
    return true;
}

/* Into its place in @changes; @value is NULL where the word has no colon. */
static bool set(const change_word *word, const char *value, hr_whatif *changes)
{
    void *member = (char *)changes + word->member;

    switch (word->argument) {
    case ARGUMENT_NONE:
        *(bool *)member = true;
        return value == NULL;
    case ARGUMENT_COUNT_OR_DEFAULT:
        *(uint32_t *)member = DEFAULT_STREAMS;
        return value == NULL || parse_count(value, member);
    case ARGUMENT_COUNT:
        return value != NULL && parse_count(value, member);
    case ARGUMENT_SECONDS:
        return value != NULL && parse_seconds(value, member);
    }
    return false;
}

static char *unknown_word(const char *text)
{
    GString *sentence = g_string_new(NULL);

    g_string_printf(sentence, "unknown change \"%s\"; there are ", text);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *separator = i + 1 < G_N_ELEMENTS(words) ? ", " : " and ";
        g_string_append_printf(sentence, "%s%s", i == 0 ? "" : separator, words[i].spelling);
    }
    return g_string_free(sentence, FALSE);
}

/* What may stand for the upper case word of a spelling. */
static const char *const ranges[] = {
    [ARGUMENT_NONE] = "",
    [ARGUMENT_COUNT] = ", a whole number above 0",
    [ARGUMENT_COUNT_OR_DEFAULT] = ", a whole number above 0",
    [ARGUMENT_SECONDS] = ", a number above 0 such as 1.5",
};

static char *parse_one(const char *text, hr_whatif *changes)
{
    const size_t length = strcspn(text, ":");
    const change_word *word = find_word(text, length);

    if (word == NULL) {
        return unknown_word(text);
    }
    if (!set(word, text[length] == ':' ? text + length + 1 : NULL, changes)) {
        return g_strdup_printf("\"%s\" is not of the form %s%s", text, word->spelling,
                               ranges[word->argument]);
    }
    return NULL;
}

char *hr_whatif_parse(const char *text, hr_whatif *changes)
{
    char **parts = g_strsplit(text, ",", -1);
    char *error = NULL;

    *changes = hr_whatif_none();
    if (parts[0] == NULL) {
        error = unknown_word("");
    }
    for (size_t i = 0; parts[i] != NULL && error == NULL; i++) {
        error = parse_one(parts[i], changes);
    }
    g_strfreev(parts);
    return error;
}
