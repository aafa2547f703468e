/* asked.h
 * What the command line asks of the plugin: -X http_reuse: options and -z http_reuse,report. Each
 * output is opened as it is asked for, and refused where it would replace what tshark reads or
 * writes, or what another output writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_ASKED_H
#define HR_PRESENT_ASKED_H

#include "events/record.h"
#include "present/output/options.h"
#include "present/output/output.h"

/** An output and the option that asked for it, as the user spelled it. */
typedef struct {
    char *option;
    hr_output_format format;
    char *whatif;      /**< of HR_FORMAT_WHATIF: its changes as they were spelled */
    hr_whatif changes; /**< ... and what they mean */
    char *filter;      /**< the client or server that it is about, or NULL: all */
    hr_output *output;
    char *error;           /**< what the user was not told yet, or NULL */
    const char *in_use;    /**< why this load must not write it, or NULL */
    hr_recorder *recorder; /**< of an event log while frames are read, else NULL */
} hr_asked_output;

/** Bounds that were asked for. */
typedef struct {
    char *option;
    hr_check *check;
} hr_asked_check;

/** A trace of calls. */
typedef struct {
    char *option;
    char *file;
} hr_asked_trace;

/**
 * Registers -z http_reuse,report and reads the -X options; once. @begin is called with the first
 * output or check. False where an option was wrong and the program goes on without it.
 */
bool hr_asked_read(void (*begin)(void));

/** What was asked so far, of hr_asked_output *; empty before hr_asked_read(). */
const GPtrArray *hr_asked_outputs(void);

/** Likewise, of hr_asked_check. */
const GArray *hr_asked_checks(void);

/** The files of -X http_reuse:trace, of hr_asked_trace. */
const GArray *hr_asked_traces(void);

/** Says what is wrong with @option in one line, whatever it is that the user spelled. */
void hr_asked_complain(const char *option, const char *reason);

/** Likewise, and takes @reason. Returns false, or ends tshark. */
bool hr_asked_refuse(const char *option, char *reason);

#endif
