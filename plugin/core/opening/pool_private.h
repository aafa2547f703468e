/* pool_private.h
 * The inside of a pool, for the room's own files: groups.c finds it, queues.c keeps its queues,
 * judge.c reads them to say why a connection was opened, pool.c brings connections in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_OPENING_POOL_PRIVATE_H
#define HR_CORE_OPENING_POOL_PRIVATE_H

#include "core/model/route.h"
#include "core/model/store.h"
#include "core/opening/pool.h"

enum {
    HR_RECENT_CLOSED = 16, /* looked at for what was open still at a SYN some time ago */
    HR_FAMILY_QUIC = 3
};

typedef struct hr_pool_group hr_pool_group;

struct hr_pool {
    hr_pool_group *group;
    hr_pool *merged_into; /* NULL, or the group's nameless pool */
    const char *name;
    GQueue open; /* of connections that are not closing, in the order of their first request */
    GQueue idle; /* of those idle and explaining nothing, the longest idle first */
    hr_connection *closed[HR_RECENT_CLOSED]; /* a ring */
    size_t closed_count;
    const hr_connection *full; /* the last whose streams were all taken, or NULL */
};

struct hr_pool_group {
    hr_pool *nameless;
    GHashTable *named;         /* name -> hr_pool */
    GPtrArray *pools;          /* owns all of them, nameless included */
    GQueue idle;               /* as in hr_pool, of the whole group */
    const hr_connection *full; /* likewise */
    bool is_merged;            /* one of its connections carried several names */
};

/** The pools of a capture. */
struct hr_pools {
    GHashTable *groups;    /* hr_route with scheme and family -> hr_pool_group */
    GHashTable *addresses; /* hr_route without -> hr_address */
    GHashTable *
        names; /* hr_route with the name for the address -> the latest hr_connection for that name */
};

hr_pools *hr_pools_of(hr_model *model);

/** The key of @connection's group: its route without the client's port, with scheme and family. */
hr_route hr_group_route_of(const hr_connection *connection);

/** The key of its setup queue, if the end @server is the server: neither is known yet. */
hr_route hr_setup_route_of(const hr_connection *connection, unsigned server);

/** The key of @connection's name, at whatever address. */
hr_route hr_name_route_of(const hr_connection *connection, const char *name);

/** The group of @connection, which may be new. */
hr_pool_group *hr_pool_group_of(hr_model *model, const hr_connection *connection);

/** Its pool for @name, which may be new; that without a name where @name is NULL. */
hr_pool *hr_pool_for_name(hr_pool_group *group, const char *name);

/** Where a connection stands in the queues. It is there until the connection closes. */
struct hr_pool_links {
    GList open;       /* in its pool's open queue */
    GList idle;       /* in its pool's idle queue */
    GList group_idle; /* in its group's idle queue */
    bool is_open_queued, is_idle_queued;
    const hr_connection *explains; /* the opening that this idle connection explains now, or NULL */
    /* While it is being set up; [1] is with the sides the other way round, where ports alone say
     * which is the client. */
    struct hr_address *address[2];
    GList setup[2]; /* in address's queue */
};

/** The links of @connection, which may be new. */
hr_pool_links *hr_pool_links_of(hr_connection *connection);

/** @connection, which is not closing, comes to the end of @pool's open queue, or leaves it. */
void hr_pool_enter_open(hr_connection *connection, hr_pool *pool);
bool hr_pool_leave_open(hr_connection *connection, hr_pool *pool);

/** From now on @idle explains @opened; NULL: none. */
void hr_pool_explain(hr_connection *idle, const hr_connection *opened);

/** @connection is not being set up any more. */
void hr_pool_leave_setup(hr_connection *connection);

/** A client's connections to a server that have not said yet, or never said, what for. */
typedef struct hr_address {
    GQueue setup;                /* those being set up, in the order of opening */
    const hr_connection *closed; /* the last that closed without having said it */
} hr_address;

/** The address of @connection, or NULL where nothing was opened to it. */
hr_address *hr_address_of(hr_model *model, const hr_connection *connection);

/** The connection of @pool that closed @back closes before the last one, or NULL. */
hr_connection *hr_pool_closed_at(const hr_pool *pool, size_t back);

/** Decides at the SYN, for want of more, and again when the first request is sent. */
void hr_pool_judge_at_syn(hr_model *model, hr_connection *opened);
void hr_pool_judge_opening(hr_model *model, hr_connection *opened, hr_pool_group *group,
                           hr_pool *pool);

#endif
