/* traced.h
 * Calls that the program itself told of (plugin/go/httpreusetrace): which line of its code made a
 * request, and from which address, port and moment on. All of them are known before the first frame,
 * so that a request finds its call as soon as it is seen.
 *
 * A call is joined by what both sides know: the client's port, the addresses, the time, and where
 * they can be read method and path. What fits nothing is counted, never forced.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_TRACED_H
#define HR_CORE_MODEL_TRACED_H

#include "core/model/event.h"

enum {
    /** What is told beyond is left out, and counted. */
    HR_TRACED_MAX = 1 << 20
};

/** A call. Texts are the model's; NULL where they are not known. */
struct hr_traced {
    int64_t got_ns;  /**< it got its connection ... */
    int64_t done_ns; /**< ... and had sent its request, or was over */
    hr_endpoint local, remote;
    const char *site; /**< "main.go:42" */
    const char *function;
    const char *method, *host, *path;
    const char *error;
    const hr_connection *connection; /**< on which it went; NULL: not (yet) known */
    const hr_request *request; /**< which it is; NULL: not (yet) known, or it is hidden in TLS */
    hr_moment seen;            /**< its request, else the first record that may hold it */
    hr_traced *next;           /**< on its connection, by time; filled by hr_analyse() */
};

/** All calls that were told, by port, then time. */
size_t hr_model_traced_count(const hr_model *model);
const hr_traced *hr_model_traced(const hr_model *model, size_t index);

/** What was told and is none of them. */
typedef struct {
    uint32_t without_connection; /**< calls that got none */
    uint32_t left_out;           /**< beyond HR_TRACED_MAX */
    uint32_t damaged;            /**< lines that are no call */
} hr_traced_rest;
hr_traced_rest hr_model_traced_rest(const hr_model *model);

/** Whether a trace was read, be it without a call. */
bool hr_model_has_trace(const hr_model *model);

/* ---- for the modules of the core ---- */

/** The calls of @port from *@first up to *@end, by time; to be changed by joins only. */
hr_traced *hr_traced_of_port(const hr_model *model, uint16_t port, size_t *count);

/** Whether @call may have gone over @connection, and as @request where that is not NULL. */
bool hr_traced_fits(const hr_traced *call, const hr_connection *connection,
                    const hr_request *request);

/** The connection of TCP that @connection runs in. */
const hr_connection *hr_connection_outermost(const hr_connection *connection);

/** Whether a call is about to go over @connection, which is just being set up: then it is HTTP, whatever
 * its TLS says. By both addresses and ports. */
bool hr_traced_expects(hr_model *model, const hr_connection *connection);

/** Gives the requests of the present frame their calls. */
void hr_traced_join_requests(hr_model *model);

/** A record of the client of @connection, which nobody can read: calls may be in it. */
void hr_traced_join_record(hr_model *model, hr_connection *connection);

/** How far a call's times may be off: a frame is captured after the program had its connection, and
 * may be later than the program's call of the kernel. */
#define HR_TRACED_BEFORE_NS (1 * HR_NS_PER_MS)
#define HR_TRACED_AFTER_NS (100 * HR_NS_PER_MS)

typedef struct hr_traces hr_traces;
void hr_traces_free(hr_traces *traces);

#endif
