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
#include <string.h>

#include "core/model/model.h"
#include "core/result/findings.h"
#include "present/ndjson/places.h"

/* Only so are names constants where they are put down, which halves what they cost. */
#ifdef __GNUC__
#define HR_JSON_INLINE __attribute__((always_inline)) static inline
#else
#define HR_JSON_INLINE static inline
#endif

typedef struct {
    GString *text;    /* what was not written yet; its length holds between lines only */
    char *at;         /* where the next character goes ... */
    char *limit;      /* ... of which there are as many in text */
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

/** Makes room for @size more characters. */
void hr_json_grow(hr_json *json, size_t size);

/** Where the next ones go, with room for @size of them. */
static inline char *hr_json_room(hr_json *json, size_t size)
{
    if ((size_t)(json->limit - json->at) < size) {
        hr_json_grow(json, size);
    }
    return json->at;
}

enum {
    HR_JSON_ROOM = 64 /* there is room for behind a name, for any value but texts */
};

/** Begins a member: its value has to follow. Names are the product's own, and need no escapes. A
 * record has three dozen members: where its name is a constant, little more remains of this than to
 * put it down. */
HR_JSON_INLINE void hr_json_name(hr_json *json, const char *name)
{
    const size_t length = strlen(name);
    char *to = hr_json_room(json, length + HR_JSON_ROOM);

    to[0] = ','; /* or overwritten */
    to += json->has_element ? 1 : 0;
    to[0] = '"';
    memcpy(to + 1, name, length + 1); /* what ends it is overwritten */
    to[length + 1] = '"';
    to[length + 2] = ':';
    json->at = to + length + 3;
    json->has_element = true;
}

/** Values, see below; there is room for those that are no texts. */
void hr_json_put_null(hr_json *json);
void hr_json_put_bool(hr_json *json, bool value);
void hr_json_put_uint(hr_json *json, uint64_t value);
void hr_json_put_string(hr_json *json, const char *value);
void hr_json_put_token(hr_json *json, const char *token);
void hr_json_put_ms(hr_json *json, int64_t ns);
void hr_json_put_time(hr_json *json, int64_t ns);

HR_JSON_INLINE void hr_json_null(hr_json *json, const char *name)
{
    if (!json->is_sparse) {
        hr_json_name(json, name);
        hr_json_put_null(json);
    }
}

HR_JSON_INLINE void hr_json_bool(hr_json *json, const char *name, bool value)
{
    hr_json_name(json, name);
    hr_json_put_bool(json, value);
}

HR_JSON_INLINE void hr_json_uint(hr_json *json, const char *name, uint64_t value)
{
    hr_json_name(json, name);
    hr_json_put_uint(json, value);
}

/** A number in an array. */
void hr_json_element(hr_json *json, uint64_t value);

/** A number that is absent where it is 0: frames, codes, ordinals. */
HR_JSON_INLINE void hr_json_ordinal(hr_json *json, const char *name, uint64_t value)
{
    if (value == 0) {
        hr_json_null(json, name);
    } else {
        hr_json_uint(json, name, value);
    }
}

/** A text of the capture; NULL is absent. Bytes that are not UTF-8 become \xNN. */
HR_JSON_INLINE void hr_json_string(hr_json *json, const char *name, const char *value)
{
    if (value == NULL && json->is_sparse) {
        return;
    }
    hr_json_name(json, name);
    hr_json_put_string(json, value);
}

/** The same of one of the product's own words, which need no escapes. */
HR_JSON_INLINE void hr_json_token(hr_json *json, const char *name, const char *token)
{
    if (token == NULL && json->is_sparse) {
        return;
    }
    hr_json_name(json, name);
    hr_json_put_token(json, token);
}

/** Of many captures: from which source and file @frame is, and which one in that. */
void hr_json_place(hr_json *json, uint32_t frame);

/** An array of such texts. */
void hr_json_strings(hr_json *json, const char *name, const char *const *values, size_t count);

/** Nanoseconds as a number of milliseconds, to the last digit; HR_TIME_NONE is absent. */
HR_JSON_INLINE void hr_json_ms(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE && json->is_sparse) {
        return;
    }
    hr_json_name(json, name);
    hr_json_put_ms(json, ns);
}

/** A moment as epoch seconds with nanoseconds, as a string; HR_TIME_NONE is absent. */
HR_JSON_INLINE void hr_json_time(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE && json->is_sparse) {
        return;
    }
    hr_json_name(json, name);
    hr_json_put_time(json, ns);
}

/** A place in the capture as two members, both absent where it is not in the capture. */
HR_JSON_INLINE void hr_json_moment(hr_json *json, const char *frame_name, const char *time_name,
                                   hr_moment moment)
{
    hr_json_ordinal(json, frame_name, moment.frame);
    hr_json_time(json, time_name, moment.frame != 0 ? moment.ns : HR_TIME_NONE);
}

/** A share from 0 to 1, with the fewest digits that mean this double; below 0 is absent. */
void hr_json_ratio(hr_json *json, const char *name, double value);

/** {"address", "port"}; a @port below 0 and an @address of NULL are absent. */
void hr_json_endpoint(hr_json *json, const char *name, const char *address, int32_t port);

/** The ordinal of a connection; NULL, or one that is out of scope, is absent. */
HR_JSON_INLINE void hr_json_connection(hr_json *json, const char *name,
                                       const hr_connection *connection)
{
    hr_json_ordinal(json, name, connection != NULL && connection->is_in_scope ? connection->id : 0);
}

/** `findings`: the tokens of @set. */
void hr_json_findings(hr_json *json, hr_finding_set set);

#endif
