/* check.c
 * Numbers are read and written in the C locale, whatever the user's is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/check.h"

#include <string.h>

typedef double hr_reading(const hr_totals *totals);

#define READING(name, expression)                                                                  \
    static double name(const hr_totals *totals)                                                    \
    {                                                                                              \
        return (expression);                                                                       \
    }

/* Below 0: not known. */
READING(reuse_ratio, hr_sums_reuse_ratio(&totals->sums))
READING(requests, totals->sums.requests)
READING(new_requests, totals->sums.new_requests)
READING(reused, totals->sums.reused)
READING(unknown, totals->sums.unknown)
READING(connections, totals->sums.connections)
READING(avoidable, totals->sums.avoidable_connections)
READING(unused, totals->sums.unused)
READING(opaque, totals->sums.opaque)
READING(tls_full, totals->sums.tls_full)
READING(tls_resumed, totals->sums.tls_resumed)
READING(time_wait_client, totals->time_wait_client)
READING(time_wait_server, totals->time_wait_server)

static double avoidable_setup_ms(const hr_totals *totals)
{
    const int64_t ns = totals->sums.avoidable_setup_ns;

    if (totals->sums.avoidable_connections == 0) {
        return 0;
    }
    return ns == HR_TIME_NONE ? -1 : (double)ns / HR_NS_PER_MS;
}

static const struct {
    const char *name;
    hr_reading *read;
} readings[] = {
    {"reuse_ratio", reuse_ratio},
    {"requests", requests},
    {"new", new_requests},
    {"reused", reused},
    {"unknown", unknown},
    {"connections", connections},
    {"avoidable", avoidable},
    {"avoidable_setup_ms", avoidable_setup_ms},
    {"unused", unused},
    {"opaque", opaque},
    {"tls_full", tls_full},
    {"tls_resumed", tls_resumed},
    {"time_wait_client", time_wait_client},
    {"time_wait_server", time_wait_server},
};

/* Longer ones first, since one begins with another. */
static const char *const relations[] = {">=", "<=", "=", ">", "<"};

typedef struct {
    char *name;
    hr_reading *read;     /* NULL: the number of findings of code */
    hr_finding_code code; /* valid where read is NULL */
    const char *relation;
    char *bound; /* as it was spelled */
    double value;
} hr_bound;

struct hr_check {
    GPtrArray *bounds; /* of hr_bound, owned */
};

static void bound_free(gpointer data)
{
    hr_bound *bound = data;

    g_free(bound->name);
    g_free(bound->bound);
    g_free(bound);
}

void hr_check_append_names(GString *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(readings); i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", readings[i].name);
    }
}

static bool find_name(hr_bound *bound)
{
    for (size_t i = 0; i < G_N_ELEMENTS(readings); i++) {
        if (strcmp(readings[i].name, bound->name) == 0) {
            bound->read = readings[i].read;
            return true;
        }
    }
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (code != HR_FINDING_SUMMARY &&
            strcmp(hr_finding_kind_of(code)->token, bound->name) == 0) {
            bound->code = code;
            return true;
        }
    }
    return false;
}

static const char *find_relation(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(relations); i++) {
        if (g_str_has_prefix(text, relations[i])) {
            return relations[i];
        }
    }
    return NULL;
}

static char *parse_bound(const char *text, hr_bound *bound)
{
    const size_t length = strcspn(text, "<>=");
    char *end = NULL;

    bound->name = g_strndup(text, length);
    bound->relation = find_relation(text + length);
    if (bound->relation == NULL) {
        return g_strdup_printf("\"%s\" has no bound, for example %s<=2", text,
                               length > 0 ? text : "avoidable");
    }
    if (!find_name(bound)) {
        GString *names = g_string_new(NULL);
        hr_check_append_names(names);
        char *error =
            g_strdup_printf("\"%s\" is not known; there are %s, and the names of findings",
                            bound->name, names->str);
        g_string_free(names, TRUE);
        return error;
    }
    bound->bound = g_strdup(text + length + strlen(bound->relation));
    bound->value = g_ascii_strtod(bound->bound, &end);
    if (!g_ascii_isdigit(bound->bound[0]) || *end != '\0') {
        return g_strdup_printf("\"%s\" in \"%s\" is no number of 0 or more", bound->bound, text);
    }
    return NULL;
}

hr_check *hr_check_parse(const char *text, char **error)
{
    hr_check *check = g_new0(hr_check, 1);
    char **parts = g_strsplit(text, ",", -1);

    *error = NULL;
    check->bounds = g_ptr_array_new_with_free_func(bound_free);
    for (size_t i = 0; parts[i] != NULL && *error == NULL; i++) {
        hr_bound *bound = g_new0(hr_bound, 1);
        g_ptr_array_add(check->bounds, bound);
        *error = parse_bound(parts[i], bound);
    }
    if (*error == NULL && check->bounds->len == 0) {
        *error =
            g_strdup("the bounds are missing, for example check=reuse_ratio>=0.8,avoidable<=2");
    }
    g_strfreev(parts);
    if (*error != NULL) {
        hr_check_free(check);
        return NULL;
    }
    return check;
}

void hr_check_free(hr_check *check)
{
    if (check != NULL) {
        g_ptr_array_free(check->bounds, TRUE);
        g_free(check);
    }
}

static bool is_kept(const hr_bound *bound, double value)
{
    const bool has_equal = strchr(bound->relation, '=') != NULL;

    if (value < 0) {
        return false;
    }
    return (has_equal && !(value < bound->value) && !(value > bound->value)) ||
           (bound->relation[0] == '>' && value > bound->value) ||
           (bound->relation[0] == '<' && value < bound->value);
}

GPtrArray *hr_check_breaches(const hr_check *check, const hr_totals *totals)
{
    GPtrArray *breaches = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < check->bounds->len; i++) {
        const hr_bound *bound = check->bounds->pdata[i];
        const double value =
            bound->read != NULL ? bound->read(totals) : totals->findings[bound->code];
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        if (is_kept(bound, value)) {
            continue;
        }
        g_ascii_formatd(number, sizeof number, "%.6g", value);
        g_ptr_array_add(breaches, g_strdup_printf("%s is %s, not %s%s", bound->name,
                                                  value < 0 ? "not known" : number, bound->relation,
                                                  bound->bound));
    }
    return breaches;
}
