/* json.h
 * One line of NDJSON: an object whose members are named facts of the product. A fact that is
 * absent is null.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_JSON_H
#define HR_PRESENT_NDJSON_JSON_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/model/model.h"
#include "core/result/findings.h"
#include "present/ndjson/places.h"

typedef struct {
    GString *text;    /* what was not written yet */
    FILE *out;        /* where it goes, or NULL */
    bool is_sparse;   /* what is absent is left out */
    bool has_element; /* the innermost object or array has one: a comma goes before the next */
    const hr_places *places; /* of many captures, else NULL */
} hr_json;

/** Starts to write lines to @out, up to hr_json_close(). Strings are valid UTF-8, as all of the
 * model are. */
void hr_json_open(hr_json *json, FILE *out);

/** Writes what was not written yet. */
void hr_json_close(hr_json *json);

/** The same, appending lines to @text, in which members that would be null are left out. */
void hr_json_open_sparse(hr_json *json, GString *text);

/** Begins a line with its `type`; ends it. */
void hr_json_begin_line(hr_json *json, const char *type);
void hr_json_end_line(hr_json *json);

/** Begins the object or array that is the value of @name; NULL: the next object of an array, or
 * all there is. */
void hr_json_begin_object(hr_json *json, const char *name);
void hr_json_end_object(hr_json *json);
void hr_json_begin_array(hr_json *json, const char *name);
void hr_json_end_array(hr_json *json);

void hr_json_null(hr_json *json, const char *name);
void hr_json_bool(hr_json *json, const char *name, bool value);
void hr_json_uint(hr_json *json, const char *name, uint64_t value);

/** A number in an array. */
void hr_json_element(hr_json *json, uint64_t value);

/** A number that is absent where it is 0: frames, codes, ordinals. */
void hr_json_ordinal(hr_json *json, const char *name, uint64_t value);

/** A text of the capture; NULL is absent. Bytes that are not UTF-8 become \xNN. */
void hr_json_string(hr_json *json, const char *name, const char *value);

/** The same of one of the product's own words, which need no escapes. */
void hr_json_token(hr_json *json, const char *name, const char *token);

/** Of many captures: from which source and file @frame is, and which one in that. */
void hr_json_place(hr_json *json, uint32_t frame);

/** An array of such texts. */
void hr_json_strings(hr_json *json, const char *name, const char *const *values, size_t count);

/** Nanoseconds as a number of milliseconds, to the last digit; HR_TIME_NONE is absent. */
void hr_json_ms(hr_json *json, const char *name, int64_t ns);

/** A moment as epoch seconds with nanoseconds, as a string; HR_TIME_NONE is absent. */
void hr_json_time(hr_json *json, const char *name, int64_t ns);

/** A place in the capture as two members, both absent where it is not in the capture. */
void hr_json_moment(hr_json *json, const char *frame_name, const char *time_name, hr_moment moment);

/** A share from 0 to 1, with the fewest digits that mean this double; below 0 is absent. */
void hr_json_ratio(hr_json *json, const char *name, double value);

/** {"address", "port"}; a @port below 0 and an @address of NULL are absent. */
void hr_json_endpoint(hr_json *json, const char *name, const char *address, int32_t port);

/** The ordinal of a connection; NULL, or one that is out of scope, is absent. */
void hr_json_connection(hr_json *json, const char *name, const hr_connection *connection);

/** `findings`: the tokens of @set. */
void hr_json_findings(hr_json *json, hr_finding_set set);

#endif
