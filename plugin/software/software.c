/* software.c
 * What the messages of a connection say of the products in the tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"

int64_t hr_timer_idle_ns(const hr_timer *timer, const hr_connection *connection)
{
    const int64_t announced_ns = connection->keep_alive.timeout_s * HR_NS_PER_S;

    if (timer->idle_ns > 0) {
        return timer->idle_ns;
    }
    return announced_ns + timer->idle_ns > 0 ? announced_ns + timer->idle_ns : HR_TIME_NONE;
}

/* NGX_TIMER_LAZY_DELAY: nginx leaves a timer alone that stands so close to where it would be set
 * (src/event/ngx_event_timer.h). An idle connection to an upstream is under that which waited for
 * the answer, where proxy_read_timeout is as long as keepalive_timeout, as it is by default. */
#define NGINX_LAZY_NS (300 * HR_NS_PER_MS)

int64_t hr_timer_lazy_ns(const hr_timer *timer)
{
    return timer->side == HR_SIDE_CLIENT && timer->product == HR_PRODUCT_NGINX ? NGINX_LAZY_NS : 0;
}

hr_product_set hr_software_named(const hr_connection *connection, hr_side side)
{
    hr_product_set named = {{0}, {0}};

    if (side == HR_SIDE_CLIENT) {
        hr_product_set_add_first(&named, hr_connection_program(connection), HR_ROLE_CLIENT);
    } else if (side == HR_SIDE_SERVER) {
        const unsigned roles = HR_ROLE_SERVER | HR_ROLE_PROXY;
        hr_product_set_add_first(&named, connection->products.server, roles);
        hr_product_set_add_all(&named, connection->seldom->via, roles);
    }
    return named;
}

hr_naming hr_product_naming(hr_product_id product, hr_side side, const hr_product_set *named)
{
    const hr_side unseen_as = hr_product_get(product)->unseen_as;

    if (hr_product_set_has(named, product)) {
        return HR_NAMING_NAMED;
    }
    if (side == HR_SIDE_NONE || unseen_as == side || unseen_as == HR_SIDE_BOTH ||
        hr_product_set_is_empty(named)) {
        return HR_NAMING_OPEN;
    }
    return HR_NAMING_CONTRADICTED;
}

static hr_naming timer_naming(const hr_timer *timer, const hr_connection *connection)
{
    const hr_product_set named = hr_software_named(connection, timer->side);

    return hr_product_naming(timer->product, timer->side, &named);
}

bool hr_timer_is_named(const hr_timer *timer, const hr_connection *connection)
{
    return timer_naming(timer, connection) == HR_NAMING_NAMED;
}

bool hr_timer_is_contradicted(const hr_timer *timer, const hr_connection *connection)
{
    return timer_naming(timer, connection) == HR_NAMING_CONTRADICTED;
}

const hr_timer *hr_product_timer(hr_product_id product, hr_side side)
{
    size_t count = 0;
    const hr_timer *rows = hr_timers(&count);

    for (; product != HR_PRODUCT_NONE; product = hr_product_get(product)->base) {
        for (size_t i = 0; i < count; i++) {
            if (rows[i].product == product && rows[i].side == side && rows[i].idle_ns > 0) {
                return &rows[i];
            }
        }
    }
    return NULL;
}

const hr_limit *hr_product_limit(hr_product_id product, hr_side side, hr_limit_kind kind)
{
    size_t count = 0;
    const hr_limit *rows = hr_limits(&count);

    for (; product != HR_PRODUCT_NONE; product = hr_product_get(product)->base) {
        for (size_t i = 0; i < count; i++) {
            if (rows[i].product == product && rows[i].side == side && rows[i].kind == kind) {
                return &rows[i];
            }
        }
    }
    return NULL;
}

bool hr_software_ends_at(const hr_connection *connection, uint32_t number)
{
    const hr_product_set named = hr_software_named(connection, HR_SIDE_SERVER);
    const bool is_http2 = connection->seldom->streams->table != NULL;
    size_t count = 0;
    const hr_limit *limits = hr_limits(&count);

    for (size_t i = 0; i < count; i++) {
        if (limits[i].kind == HR_LIMIT_REQUESTS && limits[i].side == HR_SIDE_SERVER &&
            limits[i].value == number && !(limits[i].is_http1 && is_http2) &&
            hr_product_naming(limits[i].product, HR_SIDE_SERVER, &named) !=
                HR_NAMING_CONTRADICTED) {
            return true;
        }
    }
    return false;
}

static bool has_own_limit(hr_product_id product, hr_side side, hr_limit_kind kind)
{
    size_t count = 0;
    const hr_limit *limits = hr_limits(&count);
    size_t i = 0;

    while (i < count &&
           (limits[i].product != product || limits[i].side != side || limits[i].kind != kind)) {
        i++;
    }
    return i < count;
}

/* Whether @limit is that of one that @named says: its own, or that of what it is built on, if
 * nothing between has its own. */
static bool holds(const hr_limit *limit, const hr_product_set *named)
{
    for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
        hr_product_id at = hr_product_set_says(named, id) ? id : HR_PRODUCT_NONE;

        while (at != HR_PRODUCT_NONE && at != limit->product &&
               !has_own_limit(at, limit->side, limit->kind)) {
            at = hr_product_get(at)->base;
        }
        if (at == limit->product) {
            return true;
        }
    }
    return false;
}

static bool is_limit_of(const hr_limit *limit, const hr_product_set *named, hr_side side,
                        hr_limit_kind kind)
{
    return limit->kind == kind && limit->side == side &&
           hr_product_set_has(named, limit->product) && holds(limit, named);
}

const hr_limit *hr_limit_named(const hr_connection *connection, hr_side side, hr_limit_kind kind)
{
    const hr_product_set named = hr_software_named(connection, side);
    const hr_limit *least = NULL;
    size_t count = 0;
    const hr_limit *limits = hr_limits(&count);

    for (size_t i = 0; i < count; i++) {
        if (is_limit_of(&limits[i], &named, side, kind) &&
            (least == NULL || limits[i].value < least->value)) {
            least = &limits[i];
        }
    }
    return least;
}

const hr_limit *hr_limit_met(const hr_connection *connection, hr_side side, hr_limit_kind kind,
                             int64_t value)
{
    const hr_product_set named = hr_software_named(connection, side);
    const hr_limit *latest = NULL; /* the table has it first */
    size_t count = 0;
    const hr_limit *limits = hr_limits(&count);

    for (size_t i = 0; i < count; i++) {
        if (is_limit_of(&limits[i], &named, side, kind)) {
            if (limits[i].value == value) {
                return &limits[i];
            }
            latest = latest == NULL ? &limits[i] : latest;
        }
    }
    return latest;
}
