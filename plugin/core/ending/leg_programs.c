/* leg_programs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/leg_programs.h"

#include "core/ending/leg_match.h"

enum {
    PASSED_MIN = 2 /* one alone may have been asked for the same by chance */
};

struct hr_leg_programs {
    GHashTable *answer_themselves; /* hr_endpoint of servers: what they were asked they did not pass
                                      on, not all of it */
};

hr_route hr_leg_route(const hr_connection *connection)
{
    hr_route route = hr_route_of(connection);
    route.client_port = 0;
    return route;
}

/* No failure, which a proxy says of its own accord. */
static bool is_answered_well(const hr_request *front)
{
    return front->response_code >= 200 && front->response_code < 300;
}

static void note_fronts(GHashTable *answer_themselves, const hr_connection *connection)
{
    for (const hr_request *front = connection->first_request; front != NULL; front = front->next) {
        if (front->ties->passed_on == NULL && is_answered_well(front)) {
            g_hash_table_add(answer_themselves, (gpointer)hr_leg_asked_at(connection));
            return;
        }
    }
}

static void count_passed_on(GHashTable *legs, const hr_connection *connection)
{
    const hr_route route = hr_leg_route(connection);
    hr_leg *leg = g_hash_table_lookup(legs, &route);

    for (const hr_request *back = connection->first_request; leg != NULL && back != NULL;
         back = back->next) {
        const bool is_beside = (connection->products.leg_marks & HR_LEG_OWN) != 0;
        leg->passed_on_alone += back->ties->passes_on != NULL && !is_beside;
        leg->passed_on_beside += back->ties->passes_on != NULL && is_beside;
    }
}

hr_leg_programs *hr_leg_programs_new(const hr_model *model, GHashTable *legs)
{
    hr_leg_programs *programs = g_new0(hr_leg_programs, 1);

    programs->answer_themselves = g_hash_table_new(hr_endpoint_hash, hr_endpoint_equal);
    for (size_t i = 0; g_hash_table_size(legs) > 0 && i < hr_model_connection_count(model); i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        count_passed_on(legs, connection);
        note_fronts(programs->answer_themselves, connection);
    }
    return programs;
}

void hr_leg_programs_free(hr_leg_programs *programs)
{
    g_hash_table_destroy(programs->answer_themselves);
    g_free(programs);
}

/* Matches by chance are found on connections that carried others as well. */
static bool has_proxy(const hr_leg *leg)
{
    return leg->passed_on_alone >= PASSED_MIN && leg->passed_on_alone > leg->passed_on_beside;
}

/* Who is asked for more than is passed on may be no proxy; unless it says that it is one. */
static bool is_proxy_asked(const hr_leg_programs *programs, const hr_connection *back,
                           bool *is_certain)
{
    bool is_said = true;

    *is_certain = true;
    for (const hr_request *one = back->first_request; one != NULL; one = one->next) {
        const hr_request *front = one->ties->passes_on;
        if (front != NULL) {
            *is_certain &= !g_hash_table_contains(programs->answer_themselves,
                                                  hr_leg_asked_at(front->connection));
            is_said &= hr_leg_is_front_of_silent(front->connection);
        }
    }
    return *is_certain || is_said;
}

bool hr_leg_programs_is_beside(const hr_leg *leg, const hr_connection *connection)
{
    return connection->products.leg_marks == HR_LEG_TAKEN && has_proxy(leg);
}

void hr_leg_programs_judge(const hr_leg_programs *programs, const hr_leg *leg,
                           hr_connection *connection)
{
    hr_products *products = &connection->products;
    bool is_certain = false;

    if (!has_proxy(leg) || (products->leg_marks & HR_LEG_OWN) != 0 ||
        !is_proxy_asked(programs, connection, &is_certain)) {
        return;
    }
    products->is_leg = is_certain && products->leg_marks == HR_LEG_PASSED_ON;
    products->may_be_leg = true;
}
