/* test_order.c
 * Whose turn it is among several captures.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/order.h"

static void expect(const hr_order *order, uint32_t expected)
{
    uint32_t number = UINT32_MAX;
    g_assert_true(hr_order_first(order, &number));
    g_assert_cmpuint(number, ==, expected);
}

static void the_earliest_is_first(void)
{
    hr_order *order = hr_order_new();

    hr_order_add(order, 0, 30);
    hr_order_add(order, 1, 10);
    hr_order_add(order, 2, 20);
    expect(order, 1);
    hr_order_move(order, 15);
    expect(order, 1);
    hr_order_move(order, 25);
    expect(order, 2);
    hr_order_move(order, 40);
    expect(order, 1);
    hr_order_remove(order);
    expect(order, 0);
    hr_order_remove(order);
    expect(order, 2);
    hr_order_remove(order);
    g_assert_false(hr_order_first(order, &(uint32_t){0}));
    hr_order_free(order);
}

/* A ring: one file ends with packets of the time at which the next begins. Its names sort
 * otherwise, as those of files 9 and 10 do. */
static void of_equal_ones_the_one_that_began_first(void)
{
    hr_order *order = hr_order_new();

    hr_order_add(order, 0, 20);
    hr_order_add(order, 1, 10);
    hr_order_add(order, 2, 10);
    expect(order, 1);
    hr_order_move(order, 20);
    expect(order, 2);
    hr_order_move(order, 20);
    expect(order, 1);
    hr_order_move(order, 20);
    expect(order, 1);
    hr_order_remove(order);
    expect(order, 2);
    hr_order_remove(order);
    expect(order, 0);
    hr_order_free(order);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/order/the-earliest-is-first", the_earliest_is_first);
    g_test_add_func("/order/of-equal-ones-the-one-that-began-first",
                    of_equal_ones_the_one_that_began_first);
    return g_test_run();
}
