/* change_words.h
 * The table of what to change, by party: for each change what happened, what is asked of the
 * client's program, the server or a proxy, and what else it may be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_CHANGE_WORDS_H
#define HR_CORE_RESULT_CHANGE_WORDS_H

#include "core/result/changes.h"
#include "software/words.h"

enum {
    HR_CHANGE_TOPICS = 2
};

/* One change. */
typedef struct {
    bool is_per_request;               /* counts findings, else connections */
    const char *happened;              /* after "3 connections" or "3 requests" */
    hr_topic topics[HR_CHANGE_TOPICS]; /* of the client's library */
    hr_topic server_topic;             /* of the server's product */
    const char *advice;                /* in general */
    const char *proxy_advice;          /* where a proxy is the client; NULL: the same */
    const char *others;                /* what else it may be, or NULL */
    const char *source;                /* of the advice in general ... */
    const char *proxy_source;          /* ... and of that to a proxy */
    const char *happened_on_many;      /* of requests on several connections; NULL: the same */
} hr_change_words;

const hr_change_words *hr_change_words_of(hr_change change);

#endif
