/* alike.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/alike.h"

#include "core/result/fix_words.h"

enum {
    LOOKED_AT = 1000, /* items: to word them takes a while */
    FOLDED_FROM = 4,
};

struct hr_alikes {
    GHashTable *by_words; /* of GPtrArray of const hr_fix */
    GPtrArray *of_items;  /* of these, for each item */
};

/* All that is the same of those that are alike. */
static char *words_of(const hr_fix *fix)
{
    GString *words = g_string_new(NULL);

    g_string_printf(words, "%s %s %d %d\n", hr_change_token(fix->change),
                    hr_severity_token(fix->severity), fix->findings > 0, hr_fix_shows_ends(fix));
    hr_fix_append_advice(&(hr_told){.text = words}, fix);
    g_string_append_c(words, '\n');
    hr_fix_append_others(words, fix);
    return g_string_free(words, FALSE);
}

hr_alikes *hr_alikes_new(const hr_analysis *analysis)
{
    const size_t count = MIN(hr_analysis_item_count(analysis), LOOKED_AT);
    hr_alikes *alikes = g_new0(hr_alikes, 1);

    alikes->by_words =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    alikes->of_items = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        g_autofree char *words = words_of(fix);
        GPtrArray *items = g_hash_table_lookup(alikes->by_words, words);
        if (items == NULL) {
            items = g_ptr_array_new();
            g_hash_table_insert(alikes->by_words, g_steal_pointer(&words), items);
        }
        g_ptr_array_add(items, (gpointer)fix);
        g_ptr_array_add(alikes->of_items, items);
    }
    return alikes;
}

void hr_alikes_free(hr_alikes *alikes)
{
    g_ptr_array_free(alikes->of_items, TRUE);
    g_hash_table_destroy(alikes->by_words);
    g_free(alikes);
}

size_t hr_alikes_count(const hr_alikes *alikes)
{
    return alikes->of_items->len;
}

const GPtrArray *hr_alikes_of(const hr_alikes *alikes, size_t index)
{
    return alikes->of_items->pdata[index];
}

bool hr_alikes_are_folded(const GPtrArray *items)
{
    return items->len >= FOLDED_FROM;
}

static gint compare_ids(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(const hr_connection *const *)left;
    const hr_connection *other = *(const hr_connection *const *)right;

    return (one->id > other->id) - (one->id < other->id);
}

static void add(hr_fix *sum, const hr_fix *fix)
{
    for (uint32_t i = 0; i < MIN(fix->frame_count, HR_FIX_FRAMES); i++) {
        if (sum->frame_count + i < HR_FIX_FRAMES) {
            sum->frames[sum->frame_count + i] = fix->frames[i];
        }
    }
    sum->frame_count += fix->frame_count;
    sum->codes |= fix->codes;
    sum->findings += fix->findings;
    g_ptr_array_extend(sum->connections, fix->connections, NULL, NULL);
    g_ptr_array_extend(sum->avoidable, fix->avoidable, NULL, NULL);
    hr_duration_add(&sum->avoidable_ns, fix->avoidable_ns);
}

hr_fix *hr_alikes_sum(const GPtrArray *items)
{
    hr_fix *sum = g_new0(hr_fix, 1);
    const hr_fix *first = items->pdata[0];

    sum->change = first->change;
    sum->code = first->code;
    sum->connections = g_ptr_array_new();
    sum->avoidable = g_ptr_array_new();
    sum->avoidable_ns = HR_TIME_NONE;
    for (guint i = 0; i < items->len; i++) {
        add(sum, items->pdata[i]);
    }
    g_ptr_array_sort(sum->connections, compare_ids);
    return sum;
}

void hr_alikes_free_sum(hr_fix *sum)
{
    g_ptr_array_free(sum->connections, TRUE);
    g_ptr_array_free(sum->avoidable, TRUE);
    g_free(sum);
}
