/* analysis.h
 * What only the whole capture can tell: which connections without payload are in scope, why
 * each connection ended, the findings at their places, and the totals. Nothing here changes
 * what the observation decided (status, number, reason), except that a reason which rested on
 * a connection whose name came later is set right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ANALYSIS_H
#define HR_CORE_RESULT_ANALYSIS_H

#include "core/model/model.h"
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
    uint32_t peak_concurrency;                     /**< most requests outstanding at one time */
    uint32_t needed_connections;                   /**< what a perfect pool would have opened */
    uint32_t why[HR_WHY_CAPTURE_STARTED_LATE + 1]; /**< opened connections by reason */
    uint32_t ended[HR_CLOSE_COUNT];                /**< connections by cause */
    const hr_connection *first_connection;
} hr_origin;

enum {
    /** Ports 32768 to 60999, Linux' default ip_local_port_range (ip-sysctl): what one client address
     * has for one server address and port. */
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
    uint32_t other_connections; /**< of TCP and QUIC, out of scope */
    uint32_t why[HR_WHY_CAPTURE_STARTED_LATE + 1];
    uint32_t ended[HR_CLOSE_COUNT];
    uint32_t findings[HR_FINDING_COUNT];
    uint32_t time_wait_client; /**< the peak of sockets in TIME_WAIT on that side */
    uint32_t time_wait_server;
    hr_destination_peak ports_peak;    /**< ports in use at one time, open or in TIME_WAIT */
    hr_destination_peak openings_peak; /**< connections opened within a second */
} hr_totals;

typedef struct hr_analysis hr_analysis;

/**
 * Analyses @model as it stands and returns the result, owned by the caller (free it with
 * hr_analysis_free() before the model). It also fills the `ending`, `time_wait`,
 * `is_avoidable` and `findings` members of the model's connections and requests, and gives
 * ordinals to connections without payload; it may be called again when more frames came.
 * O(n log n) in connections and requests.
 */
hr_analysis *hr_analyse(hr_model *model);
void hr_analysis_free(hr_analysis *analysis);

const hr_totals *hr_analysis_totals(const hr_analysis *analysis);

/** Pool keys in the order of their first connections. */
size_t hr_analysis_origin_count(const hr_analysis *analysis);
const hr_origin *hr_analysis_origin(const hr_analysis *analysis, size_t index);

/** Findings in the order of frame, then code, then connection, then request. */
size_t hr_analysis_finding_count(const hr_analysis *analysis);
const hr_finding *hr_analysis_finding(const hr_analysis *analysis, size_t index);

/** Connections in scope in the order of opening, else of their first frame. */
size_t hr_analysis_connection_count(const hr_analysis *analysis);
const hr_connection *hr_analysis_connection(const hr_analysis *analysis, size_t index);

/** reused / (new + reused), or -1 where there is neither. */
double hr_sums_reuse_ratio(const hr_sums *sums);

#endif
