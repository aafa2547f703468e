/* named.c
 * Which products a header names: it is looked up by whole words. What no row of the table has is
 * nobody that is known, and says nothing of anybody else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/products.h"

#include <string.h>

G_STATIC_ASSERT(HR_PRODUCT_COUNT <= 8 * sizeof(((hr_product_set *)0)->bits));

/* With what it is built on. */
static void add(hr_product_set *set, hr_product_id id)
{
    set->said[id / 64] |= UINT64_C(1) << (id % 64);
    for (; id != HR_PRODUCT_NONE; id = hr_product_get(id)->base) {
        set->bits[id / 64] |= UINT64_C(1) << (id % 64);
    }
}

enum {
    CASE_BIT = 0x20
};

/* Whether @letter, behind @length letters of @name, is none of the product's any more. One that has
 * its major version ("wget/2") ends where the minor one begins. */
static bool ends_product(char letter, const char *name, size_t length)
{
    return letter == '\0' || strchr(" /(),;", letter) != NULL ||
           (letter == '.' && memchr(name, '/', length) != NULL);
}

/* Whether the product at @word is @name, which ends at a "|" or its end. Most differ in their first
 * letter. */
static bool is_product(const char *word, const char *name)
{
    if (((*word ^ *name) & ~CASE_BIT) != 0) {
        return false;
    }
    const size_t length = strcspn(name, "|");
    return g_ascii_strncasecmp(word, name, length) == 0 && ends_product(word[length], name, length);
}

/* The next of the names that are parted by "|", or NULL. */
static const char *next_name(const char *name)
{
    name = strchr(name, '|');
    return name != NULL ? name + 1 : NULL;
}

/* Whether one of @names is at @word. */
static bool is_one_of(const char *word, const char *names)
{
    for (const char *name = names; name != NULL; name = next_name(name)) {
        if (is_product(word, name)) {
            return true;
        }
    }
    return false;
}

/* A bit, the same for both cases of a letter. */
static uint32_t bit_of(char letter)
{
    return UINT32_C(1) << (letter & (CASE_BIT - 1));
}

/* With what letters the words of each product begin: of most that says that it is another one. */
static const uint32_t *first_letters(void)
{
    static uint32_t letters[HR_PRODUCT_COUNT];

    if (letters[HR_PRODUCT_GO] == 0) {
        for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
            for (const char *name = hr_product_get(id)->words; name != NULL;
                 name = next_name(name)) {
                letters[id] |= bit_of(*name);
            }
        }
    }
    return letters;
}

/* The next one behind @id that has one of @roles and the word at @word, or HR_PRODUCT_NONE. */
static hr_product_id next_with_word(hr_product_id id, const char *word, unsigned roles)
{
    const uint32_t *letters = first_letters();
    const uint32_t letter = bit_of(*word);

    for (id++; id < HR_PRODUCT_COUNT; id++) {
        if ((letters[id] & letter) != 0 && (hr_product_get(id)->roles & roles) != 0 &&
            is_one_of(word, hr_product_get(id)->words)) {
            return id;
        }
    }
    return HR_PRODUCT_NONE;
}

static bool add_named(hr_product_set *set, const char *word, unsigned roles)
{
    const hr_product_id first = next_with_word(HR_PRODUCT_NONE, word, roles);

    for (hr_product_id id = first; id != HR_PRODUCT_NONE; id = next_with_word(id, word, roles)) {
        add(set, id);
    }
    return first != HR_PRODUCT_NONE;
}

/* The next word of @value behind @word, or NULL; commas and blanks part words, and a parenthesis
 * begins a comment, the words of which are passed over unless @has_comments. */
static const char *next_word(const char *word, bool has_comments)
{
    int depth = 0;

    for (; *word != '\0'; word++) {
        const bool begins = strchr(" ,(", *word) != NULL;
        depth += *word == '(';
        depth -= *word == ')' && depth > 0;
        if (begins && (depth == 0 || has_comments) && strchr(" ,()", word[1]) == NULL) {
            return word + 1;
        }
    }
    return NULL;
}

hr_product_id hr_product_named(const char *value, unsigned roles)
{
    hr_product_id id = HR_PRODUCT_NONE;

    for (const char *word = value; word != NULL && id == HR_PRODUCT_NONE;
         word = next_word(word, false)) {
        id = next_with_word(HR_PRODUCT_NONE, word, roles);
    }
    return id;
}

void hr_product_set_add_first(hr_product_set *set, const char *value, unsigned roles)
{
    for (const char *word = value; word != NULL; word = next_word(word, false)) {
        if (add_named(set, word, roles)) {
            return;
        }
    }
}

void hr_product_set_add_all(hr_product_set *set, const char *value, unsigned roles)
{
    for (const char *word = value; word != NULL; word = next_word(word, true)) {
        add_named(set, word, roles);
    }
}

/* Where a word ends: at a blank, or behind the comment that it is. */
static size_t length_of_word(const char *word)
{
    size_t length = 0;
    int depth = 0;

    for (; word[length] != '\0' && (depth > 0 || word[length] != ' '); length++) {
        depth += word[length] == '(';
        depth -= word[length] == ')';
    }
    return length;
}

/* How much of @word of @length is a product with its version, or one alone: "name/1.2", "v1.2",
 * "md/name#1.2"; what stands behind another slash is no part of it. 0: none is. */
static size_t length_of_version(const char *word, size_t length)
{
    const size_t name = strcspn(word, "/#");
    size_t at = name < length ? name + 1 : 0;

    if (name < length && word[name] == '/') {
        const size_t more = at + strcspn(word + at, "/#");
        at = more < length && word[more] == '#' ? more + 1 : at;
    }
    const size_t digit = at < length && word[at] == 'v' ? at + 1 : at;
    if (digit >= length || !g_ascii_isdigit(word[digit])) {
        return 0;
    }
    return MIN(length, at + strcspn(word + at, "/"));
}

size_t hr_user_agent_steady(const char *value, char *steady)
{
    size_t used = 0;

    for (const char *word = value; *word != '\0';) {
        const size_t length = length_of_word(word);
        const bool stays = word == value || *word == '(' ||
                           next_with_word(HR_PRODUCT_NONE, word, HR_ROLE_CLIENT) != HR_PRODUCT_NONE;
        const size_t kept = stays ? length : length_of_version(word, length);
        if (kept > 0) {
            if (used > 0) {
                steady[used++] = ' ';
            }
            memcpy(steady + used, word, kept);
            used += kept;
        }
        word += length + strspn(word + length, " ");
    }
    return used;
}

bool hr_software_is_named(const char *value, const char *words)
{
    for (const char *word = value; word != NULL && words != NULL; word = next_word(word, true)) {
        if (is_one_of(word, words)) {
            return true;
        }
    }
    return false;
}
