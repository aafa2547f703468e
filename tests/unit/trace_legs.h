/* trace_legs.h
 * Two legs of a trace: LEGS_BETWEEN is asked by clients, and asks LEGS_BACKEND for them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_LEGS_H
#define HR_TESTS_TRACE_LEGS_H

#include "trace_fixes.h"

#define LEGS_REQUESTS "python-requests/2.28.1"
#define LEGS_BETWEEN "10.0.0.50"
#define LEGS_BACKEND "10.0.0.80"

enum {
    LEGS_ROUNDS = 3,
    LEGS_CALLS = 2
};

#define LEGS_PERIOD_NS AT_S(10)

/** Opened within 20 us, so that the leg behind can be while the one in front is; to port 80. */
trace_connection *legs_open(trace *t, const char *client, const char *server, int64_t at);
trace_connection *legs_open_at(trace *t, const char *client, const char *server, uint16_t port,
                               int64_t at);

/** A request at the front, at the back 100 us later, and as much later each answer. */
void legs_pass_on(trace_connection *front, trace_connection *back, int64_t at);

/**
 * Each round calls on a pair of connections of its own, which are left idle; the last answer of the
 * round.
 */
int64_t legs_call(trace *t, trace_connection **front, trace_connection **back, int round);

/* ---- a browser, its proxy, and the app behind it ---- */

#define LEGS_BROWSER "10.0.0.1"
#define LEGS_PROXY "10.0.0.7"
#define LEGS_APP "10.0.0.9"

/** Two connections of which the proxy at LEGS_PROXY asks for what it is asked on the other. */
typedef struct {
    trace *owner;
    trace_connection *front, *back;
    const char *user_agent; /* the browser's, which the proxy passes on */
    const char *back_host;  /* that the proxy's side asks for; NULL: the same */
    bool is_relayed;
} legs_pair;

/** Two requests of a browser pass the proxy, which it knows as @proxy_front, and are answered. */
legs_pair legs_begin(trace *t, const char *proxy_front);

/** The same where the proxy asks the app for another host; NULL: for the same. */
legs_pair legs_begin_to(trace *t, const char *proxy_front, const char *back_host);

/** POST /b of the browser, and of the proxy on @c. */
hr_request *legs_ask_front(const legs_pair *it, int64_t at);
hr_request *legs_ask_back(const legs_pair *it, trace_connection *c, int64_t at);

/** The app's idle timeout races with a request. */
hr_request *legs_lose_behind(const legs_pair *it, int64_t at);

#endif
