/* input.h
 * A story from bytes: each byte that a fuzzer changes is another event, and any bytes are one. It
 * tells what no sane peer sends and no dissector shows, within what observe/ may report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_FUZZ_INPUT_H
#define HR_TESTS_FUZZ_INPUT_H

#include "core/model/event.h"

/** Feeds @model with the events that the @size bytes of @data mean. Where the bytes ask for it,
 * @pause is called between two frames; NULL: nobody. */
void fuzz_feed(hr_model *model, const uint8_t *data, size_t size, void (*pause)(hr_model *model));

#endif
