/* advice.c
 * Which library the User-Agent names, what each finding asks for, and how the table of words
 * (software/words.h) says that for this library.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/advice.h"

#include "software/words.h"

enum {
    TOPICS_PER_FINDING = 3
};

static const hr_topic topics[HR_FINDING_COUNT][TOPICS_PER_FINDING] = {
    [HR_FINDING_MISSED_REUSE] = {HR_TOPIC_SHARE},
    [HR_FINDING_BODY_UNDRAINED] = {HR_TOPIC_DRAIN},
    [HR_FINDING_CLOSED_AFTER_ANSWER] = {HR_TOPIC_DRAIN, HR_TOPIC_SHARE},
    [HR_FINDING_POOL_LIMIT] = {HR_TOPIC_KEEP, HR_TOPIC_KEEP_IN_ALL},
    [HR_FINDING_STALE_REUSE] = {HR_TOPIC_EXPIRE},
    [HR_FINDING_IDLE_CLOSE] = {HR_TOPIC_EXPIRE},
    [HR_FINDING_IDLE_DROPPED] = {HR_TOPIC_OUTLAST, HR_TOPIC_PING, HR_TOPIC_DEADLINE},
};

/* When the words on a topic hold, where they do not for each finding of a code. */
static const char *when(hr_finding_code code, hr_topic topic, hr_library library)
{
    if (code != HR_FINDING_IDLE_DROPPED) {
        return "";
    }
    if (topic != HR_TOPIC_OUTLAST &&
        hr_product_words(library, HR_TOPIC_PING) == hr_product_words(library, HR_TOPIC_DEADLINE)) {
        return "in use: ";
    }
    return topic == HR_TOPIC_OUTLAST ? "after a long idle time, "
           : topic == HR_TOPIC_PING  ? "in use, over HTTP/2: "
                                     : "in use, over HTTP/1: ";
}

hr_library hr_library_named(const char *user_agent)
{
    const hr_product_id named = hr_product_named(user_agent, HR_ROLE_CLIENT);

    return hr_product_words(named, HR_TOPIC_SHARE) != NULL ? named : HR_LIBRARY_UNKNOWN;
}

hr_library hr_library_of(const hr_connection *connection)
{
    return hr_library_named(hr_connection_program(connection));
}

const char *hr_library_name(hr_library library)
{
    return hr_product_called(library);
}

bool hr_advice_is_for(hr_finding_code code)
{
    return topics[code][0] != HR_TOPIC_NONE;
}

bool hr_advice_append(GString *text, hr_finding_code code, hr_library library)
{
    const hr_words *before = NULL;

    for (size_t i = 0; i < TOPICS_PER_FINDING; i++) {
        const hr_words *words = hr_product_words(library, topics[code][i]);
        if (words == NULL || words == before) {
            continue;
        }
        if (before == NULL) {
            g_string_append_printf(
                text, "If this client is %s, as its User-Agent says: ", hr_library_name(library));
        } else {
            g_string_append(text, " And ");
        }
        g_string_append_printf(text, "%s%s", when(code, topics[code][i], library), words->text);
        before = words;
    }
    return before != NULL;
}
