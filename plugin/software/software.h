/* software.h
 * Default timers and limits of common software, for naming what an observed idle time or request
 * count looks like. Values collide (5, 30, 60 s): a match is a candidate, never a proof. A message
 * that names another product rules a candidate out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_SOFTWARE_SOFTWARE_H
#define HR_SOFTWARE_SOFTWARE_H

#include "core/model/model.h"
#include "software/products.h"

/** One default idle timer. */
struct hr_timer {
    hr_product_id product;
    hr_side side;    /**< whose timer it is; NONE: of a device between, which drops in silence */
    int64_t idle_ns; /**< 0 or below: so long before the end of Keep-Alive: timeout */
    /** How much later than that it may act, since the product looks at times only, by its source;
     * 0: at once. It widens what fits only where the product is named. */
    int64_t late_ns;
    /** How much sooner, since the time from which it counts was read before, or in whole seconds;
     * of a named product only, too. */
    int64_t early_ns;
    bool is_at_use;      /**< it is looked at only when the next request comes */
    const char *setting; /**< "keepalive_timeout" */
    const char *source;
};

typedef enum {
    HR_LIMIT_REQUESTS,      /**< which request is the last of a connection */
    HR_LIMIT_AGE,           /**< nanoseconds after which a connection takes no more */
    HR_LIMIT_IDLE_PER_HOST, /**< idle connections that a pool keeps for a host */
    HR_LIMIT_IDLE_IN_ALL,   /**< ... for all hosts together */
} hr_limit_kind;

/** One default limit. */
typedef struct {
    hr_product_id product;
    hr_side side;
    hr_limit_kind kind;
    bool is_http1; /**< it bounds those of HTTP/1 only */
    int64_t value;
    const char *setting;
    const char *source;
} hr_limit;

/** What the messages of a connection say of a product being at one of its ends. */
typedef enum {
    HR_NAMING_CONTRADICTED, /**< another is named, and this one would have said so */
    HR_NAMING_OPEN,
    HR_NAMING_NAMED,
} hr_naming;

const hr_timer *hr_timers(size_t *count);

/** One of the timers that fit @ending, by its place among them. */
const hr_timer *hr_ending_timer(const hr_ending *ending, size_t index);
const hr_limit *hr_limits(size_t *count);

/**
 * How long @timer lets @connection be idle.
 *
 * Returns nanoseconds, or HR_TIME_NONE for a timer that heeds the server's Keep-Alive: timeout
 * where the server said none, or too short a one.
 */
int64_t hr_timer_idle_ns(const hr_timer *timer, const hr_connection *connection);

/**
 * How long an exchange may take at most so that @timer, which began with it, is not set anew as it
 * ends; 0: it always is.
 */
int64_t hr_timer_lazy_ns(const hr_timer *timer);

/**
 * The known products that User-Agent (of HR_SIDE_CLIENT; nobody's where a proxy passed it on), or
 * Server and Via (of HR_SIDE_SERVER) name, and what they are built on. Empty: none.
 */
hr_product_set hr_software_named(const hr_connection *connection, hr_side side);

/** What @named, the products named at @side, say of @product; of HR_SIDE_NONE: nothing. */
hr_naming hr_product_naming(hr_product_id product, hr_side side, const hr_product_set *named);

/** Whether what @connection's messages say names the product of @timer, on its side. */
bool hr_timer_is_named(const hr_timer *timer, const hr_connection *connection);

/** Whether it names another, so that @timer cannot explain anything. */
bool hr_timer_is_contradicted(const hr_timer *timer, const hr_connection *connection);

/** The idle timer that @product, or what it is built on, has at @side by default, with a time of
 * its own; NULL where none is known. */
const hr_timer *hr_product_timer(hr_product_id product, hr_side side);

/** Likewise the limit of @kind. */
const hr_limit *hr_product_limit(hr_product_id product, hr_side side, hr_limit_kind kind);

/**
 * Whether @number is, by default, the last request on a connection to a server that can be that of
 * @connection by what its messages say.
 */
bool hr_software_ends_at(const hr_connection *connection, uint32_t number);

/**
 * The limit of @kind that the product named at @side of @connection has by default, its own before
 * that of what it is built on, the least one where its versions differ; NULL where none is known.
 */
const hr_limit *hr_limit_named(const hr_connection *connection, hr_side side, hr_limit_kind kind);

/** Of these the one that is @value, else that of the latest version; NULL where none is known. */
const hr_limit *hr_limit_met(const hr_connection *connection, hr_side side, hr_limit_kind kind,
                             int64_t value);

#endif
