/* line.h
 * Lines of the text report: put together in a GString, then written. What comes from the
 * capture goes in through hr_text_captured() only, since a capture is hostile input: no
 * control character of it reaches the terminal and no name of it breaks the layout.
 *
 * Numbers and their units are joined by HR_TEXT_JOIN, which is written as a space and at which
 * no line is broken. Nothing here depends on the locale.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_LINE_H
#define HR_PRESENT_TEXT_LINE_H

#include "core/model/types.h"

#include <stdio.h>

/** The width that lines are wrapped to. */
#define HR_TEXT_COLUMNS 100

/** What a line of the program's code gets of a line. */
#define HR_TEXT_SITE_COLUMNS 60

/** A space at which no line is broken; captured text cannot hold it, being a control character. */
#define HR_TEXT_JOIN "\x1f"

/**
 * Appends @value, which came from the capture ("-" for NULL), in at most @columns columns (3 or
 * more); longer text is cut and ends in "...". Control and format characters and bytes that are
 * not UTF-8 become \xNN.
 */
void hr_text_captured(GString *line, const char *value, size_t columns);

/** Appends "1 connection" or "2 connections"; @noun is the singular. */
void hr_text_count(GString *line, uint64_t count, const char *noun);

/** Appends @ns in ms or s; @absent where it is HR_TIME_NONE. */
void hr_text_duration(GString *line, int64_t ns, const char *absent);

/** Appends @ratio (0 to 1) in percent; only a ratio of 1 is 100.0 %. A negative one is "-". */
void hr_text_percent(GString *line, double ratio);

/** The columns that @text (valid UTF-8) takes; wide characters take two. */
size_t hr_text_width(const char *text);

/** Appends spaces until @line is @column columns wide, and one at least. */
void hr_text_pad(GString *line, size_t column);

/** Writes @line as it is, without spaces at its end, and empties it. */
void hr_text_write_line(FILE *out, GString *line);

/** Writes @line, wrapped at spaces, later lines indented by @indent, and empties it. */
void hr_text_write_wrapped(FILE *out, GString *line, size_t indent);

#endif
