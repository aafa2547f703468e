/* replay.c
 * What libFuzzer does, for any compiler, and the same each time: the inputs that it is given, then
 * so many mutants of them.
 *
 *     replay MUTANTS FILE...
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    SEED = 15,
    SIZE_MAX_OF_A_MUTANT = 4096
};

static void splice(GRand *random, GByteArray *mutant, const GPtrArray *inputs)
{
    const GBytes *other = inputs->pdata[g_rand_int_range(random, 0, (gint32)inputs->len)];
    gsize size = 0;
    const uint8_t *data = g_bytes_get_data((GBytes *)other, &size);

    if (size > 0) {
        const gsize begin = (gsize)g_rand_int_range(random, 0, (gint32)size);
        g_byte_array_append(mutant, data + begin, (guint)(size - begin));
    }
}

static void change(GRand *random, GByteArray *mutant, const GPtrArray *inputs)
{
    const guint at = (guint)g_rand_int_range(random, 0, (gint32)mutant->len);

    switch (g_rand_int_range(random, 0, 6)) {
    case 0:
        mutant->data[at] ^= (uint8_t)(1 << g_rand_int_range(random, 0, 8));
        break;
    case 1:
        mutant->data[at] = (uint8_t)g_rand_int(random);
        break;
    case 2:
        g_byte_array_remove_range(mutant, at, MIN(mutant->len - at, 1 + at % 7));
        break;
    case 3: /* its end once more; the array may move */
        g_byte_array_set_size(mutant, 2 * mutant->len - at);
        memmove(mutant->data + (mutant->len + at) / 2, mutant->data + at, (mutant->len - at) / 2);
        break;
    case 4:
        g_byte_array_set_size(mutant, at + 1);
        splice(random, mutant, inputs);
        break;
    default:
        mutant->data[at] = (uint8_t)(mutant->data[at] + g_rand_int_range(random, -2, 3));
    }
    if (mutant->len > SIZE_MAX_OF_A_MUTANT) {
        g_byte_array_set_size(mutant, SIZE_MAX_OF_A_MUTANT);
    }
}

static void run_mutant(GRand *random, const GPtrArray *inputs)
{
    GByteArray *mutant = g_byte_array_new();
    const gint32 changes = g_rand_int_range(random, 1, 12);

    splice(random, mutant, inputs);
    for (gint32 i = 0; i < changes && mutant->len > 0; i++) {
        change(random, mutant, inputs);
    }
    LLVMFuzzerTestOneInput(mutant->data, mutant->len);
    g_byte_array_free(mutant, TRUE);
}

int main(int argc, char **argv)
{
    GPtrArray *inputs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    const unsigned long mutants = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

    for (int i = 2; i < argc; i++) {
        char *data = NULL;
        gsize size = 0;
        if (!g_file_get_contents(argv[i], &data, &size, NULL)) {
            g_printerr("cannot read %s\n", argv[i]);
            return EXIT_FAILURE;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
        g_ptr_array_add(inputs, g_bytes_new_take(data, size));
    }
    GRand *random = g_rand_new_with_seed(SEED);
    for (unsigned long i = 0; i < mutants && inputs->len > 0; i++) {
        run_mutant(random, inputs);
    }
    g_rand_free(random);
    g_print("%u inputs, %lu mutants\n", inputs->len, mutants);
    g_ptr_array_free(inputs, TRUE);
    return EXIT_SUCCESS;
}
