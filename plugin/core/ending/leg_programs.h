/* leg_programs.h
 * Whose connection is whose, where a proxy and another program at its address ask one server: no
 * two programs share a connection. One of which all requests are passed on is the proxy's, if all
 * that its clients ask for is passed on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_LEG_PROGRAMS_H
#define HR_CORE_ENDING_LEG_PROGRAMS_H

#include "core/model/route.h"

/** Bits of hr_products.leg_marks: what there is among the requests of a connection. */
enum {
    HR_LEG_PASSED_ON =
        1, /**< asked for what somebody waits for at its client, and nothing carries */
    HR_LEG_DOUBTFUL = 2, /**< may be so, or not */
    HR_LEG_OWN = 4,      /**< nobody waits for it there */
    HR_LEG_TAKEN = 8,    /**< somebody does, but another one was asked for that, and is it still */
};

/** The requests of one client to one server. */
typedef struct {
    uint32_t passed_on;
    uint32_t
        within; /**< for something else, while a proxy is asked that may ask for that as well */
    uint32_t own;
    uint32_t unknown;
    const char *front;         /**< an address at which it was asked for those that it passed on */
    uint32_t passed_on_alone;  /**< on connections without any of its own, which carried these */
    uint32_t passed_on_beside; /**< ... on the others: by chance */
} hr_leg;

/** The key of a leg. */
hr_route hr_leg_route(const hr_connection *connection);

typedef struct hr_leg_programs hr_leg_programs;

/** @legs: hr_route -> hr_leg, of which all requests of the model were counted and marked. */
hr_leg_programs *hr_leg_programs_new(const hr_model *model, GHashTable *legs);
void hr_leg_programs_free(hr_leg_programs *programs);

/** Whether @connection carried nothing but what others, between the same two, were asked for before:
 * who asks for what the proxy is asked for, at the same time. */
bool hr_leg_programs_is_beside(const hr_leg *leg, const hr_connection *connection);

/** Says of @connection whether it is a proxy's (is_leg), or may be (may_be_leg). */
void hr_leg_programs_judge(const hr_leg_programs *programs, const hr_leg *leg,
                           hr_connection *connection);

#endif
