/* hash.h
 * Hashes of what a capture chooses: names, paths, addresses, ports, stream ids. They are keyed with
 * a number of this run, so that nobody can choose keys that collide and make a table a list.
 * No output may depend on the order in a table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_HASH_H
#define HR_CORE_MODEL_HASH_H

#include <glib.h>
#include <stdint.h>

/** For GHashTable, beside g_str_equal(): SipHash-1-3 of a text up to its NUL. */
guint hr_text_hash(gconstpointer text);

/** The same of @length bytes. */
guint hr_bytes_hash(const char *bytes, size_t length);

/** Of a number that is a key itself (GUINT_TO_POINTER()), beside g_direct_equal(). */
guint hr_number_hash(gconstpointer number);

/** Of an int64_t that the key points at, beside g_int64_equal(). */
guint hr_int64_hash(gconstpointer number);

/** For hashes of several words: begins with the key, and takes one word after the other. */
uint64_t hr_hash_begin(void);
uint64_t hr_hash_add(uint64_t hash, uint64_t word);

#endif
