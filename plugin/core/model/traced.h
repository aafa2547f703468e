/* traced.h
 * Calls that the program itself told of (plugin/go/httpreusetrace): which line of its code made a
 * request, and from which address, port and moment on. All of them are known before the first
 * frame, so that a request finds its call as soon as it is seen.
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
    int64_t got_ns;    /**< it got its connection ... */
    int64_t done_ns;   /**< ... and had sent its request, or was over */
    int64_t latest_ns; /**< no byte of its request can have been captured later */
    hr_endpoint local, remote;
    const char *site; /**< "main.go:42" */
    const char *function;
    const char *method, *host, *path;
    const char *error;
    const hr_connection *connection; /**< on which it went; NULL: not (yet) known */
    const hr_request *request; /**< which it is; NULL: not (yet) known, or it is hidden in TLS */
    hr_moment seen;            /**< its request, else the first record that may hold it */
    hr_traced *next;           /**< on its connection, by time; filled by hr_analyse() */
    hr_traced *next_open;      /**< of its port, see traced.c */
    bool is_ambiguous; /**< a request may be this call, and as well that of another line of code */
};

/** All calls that were told. */
size_t hr_model_traced_count(const hr_model *model);

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

/** Walks once through those of a port from which something may be sent at a moment. */
typedef struct {
    hr_traced **link; /**< that leads to the next */
    int64_t at_ns;
    size_t seen;
} hr_open_calls;
hr_open_calls hr_traced_open(hr_model *model, uint16_t port, int64_t at_ns);
hr_traced *hr_traced_next_open(hr_open_calls *calls);

/** Those of the port that had not begun at the last hr_traced_open(); the first of them, by
 * time. */
const hr_traced *hr_traced_coming(const hr_model *model, uint16_t port, size_t *count);

/** Whether a call with these ends was told. */
bool hr_traced_has_ends(const hr_model *model, const hr_endpoint *local, const hr_endpoint *remote);

/** Of the model's own: its strings are interned. */
bool hr_endpoint_is_same(const hr_endpoint *one, const hr_endpoint *other);

/** What says that a call went over a connection, the better the higher. */
typedef enum {
    HR_FIT_NONE,
    HR_FIT_NAME, /**< the client's port and the name: an address translation lies between */
    HR_FIT_ENDS  /**< both addresses and ports */
} hr_fit;

/** Whether @call may have gone over @connection, and as @request where that is not NULL. */
hr_fit hr_traced_fits(const hr_model *model, const hr_traced *call, const hr_connection *connection,
                      const hr_request *request);

/** The connection of TCP that @connection runs in. */
const hr_connection *hr_connection_outermost(const hr_connection *connection);

/** Whether a call is about to go over @connection, which is just being set up: then it is HTTP,
 * whatever its TLS says. By both addresses and ports. */
bool hr_traced_expects(hr_model *model, const hr_connection *connection);

/** Gives the requests of the present frame their calls. */
void hr_traced_join_requests(hr_model *model);

/** A record of the client of @connection, which nobody can read: calls may be in it. */
void hr_traced_join_record(hr_model *model, hr_connection *connection);

/** How far the clocks of program and capture may differ. */
#define HR_TRACED_BEFORE_NS (1 * HR_NS_PER_MS)
/** A frame may be later than the program's call of the kernel. */
#define HR_TRACED_AFTER_NS (100 * HR_NS_PER_MS)

typedef struct hr_traces hr_traces;
void hr_traces_free(hr_traces *traces);

#endif
