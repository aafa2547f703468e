/* totals.h
 * Sums: of each pool key, then of the capture. They count what was decided elsewhere, and decide
 * only what a perfect pool would have needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_TOTALS_H
#define HR_CORE_RESULT_TOTALS_H

#include "core/result/findings.h"

/** Sums over a set of connections; durations are HR_TIME_NONE where nothing was measured. */
typedef struct {
    uint32_t requests, new_requests, reused, unknown;
    uint32_t connections; /**< in scope */
    uint32_t opened;      /**< ... of these with their opening in the capture */
    uint32_t unused;      /**< ... that carried no request */
    uint32_t opaque;      /**< ... TLS without keys */
    uint32_t headerless;  /**< requests of HTTP/3 that Wireshark shows no headers of */
    uint32_t tls_full, tls_resumed;
    uint32_t by_transport[3]; /**< indexed by hr_transport */
    uint32_t avoidable_connections;
    int64_t avoidable_setup_ns;
    int64_t saved_setup_ns; /**< reused requests times the median setup */
    int64_t setup_total_ns;
    int64_t setup_median_ns;
} hr_sums;

/** A pool key and what it saw. */
typedef struct {
    const char *client_address;
    hr_endpoint server;
    const char *scheme;
    const char *name;     /**< NULL: not known, or several */
    hr_protocol protocol; /**< of its first connection */
    hr_sums sums;
    uint32_t peak_concurrency;      /**< most requests outstanding at one time */
    uint32_t needed_connections;    /**< what a perfect pool would have opened */
    uint32_t why[HR_WHY_COUNT];     /**< opened connections by reason */
    uint32_t ended[HR_CLOSE_COUNT]; /**< connections by cause */
    const hr_connection *first_connection;
} hr_origin;

enum {
    /** Ports 32768 to 60999, Linux' default ip_local_port_range (ip-sysctl): what one client
     * address has for one server address and port. */
    HR_EPHEMERAL_PORTS = 28232,
    /** So many connections a second use them up, each in TIME_WAIT for 60 s. */
    HR_EPHEMERAL_PORTS_PER_S = HR_EPHEMERAL_PORTS / 60,
};

/** The most of something towards one destination: a client address, a server address and port. */
typedef struct {
    const char *client_address;
    hr_endpoint server;
    uint32_t count; /**< 0: there is none, and no destination */
    int64_t at_ns;  /**< when it was reached, or HR_TIME_NONE */
} hr_destination_peak;

/** The capture as a whole. */
typedef struct {
    hr_sums sums;
    uint32_t other_connections;         /**< of TCP and QUIC, out of scope */
    uint32_t cut_connections;           /**< of these, a snap length cut off what they begin with */
    uint32_t unread_connections;        /**< of these, of QUIC, nobody could read how they begin */
    uint32_t refused_connections;       /**< of these, the server refused them, ... */
    const hr_connection *first_refused; /**< ... the first of them, or NULL */
    uint32_t unseen_connections;     /**< of these, not a byte of what they carried was captured */
    uint32_t copies;                 /**< captured again behind a NAT, and in no other number */
    const hr_connection *first_copy; /**< of these the first, see hr_connection_is_copy() */
    uint32_t halves;                 /**< directions of others, likewise: hr_connection_is_half() */
    const hr_connection *first_half; /**< of these the first */
    uint32_t
        one_way[2]; /**< of these in scope only the client's packets were captured, [1] only the
                            server's */
    uint32_t apart; /**< captured by clocks that differ, see apart.h */
    const hr_connection *most_apart; /**< of these the first by which they differ most, ... */
    int64_t apart_ns;                /**< ... and by how much */
    uint32_t why[HR_WHY_COUNT];
    uint32_t ended[HR_CLOSE_COUNT];
    uint32_t findings[HR_FINDING_COUNT];
    uint32_t time_wait_client; /**< the peak of sockets in TIME_WAIT on that side */
    uint32_t time_wait_server;
    hr_destination_peak ports_peak;    /**< ports in use at one time, open or in TIME_WAIT */
    hr_destination_peak openings_peak; /**< connections opened within a second */
} hr_totals;

/** reused / (new + reused), or -1 where there is neither. */
double hr_sums_reuse_ratio(const hr_sums *sums);

#endif
