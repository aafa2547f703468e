/* private.h
 * What the statistics share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_STATISTICS_PRIVATE_H
#define HR_PRESENT_STATISTICS_PRIVATE_H

#include "present/statistics/statistics.h"

#define HR_TAP_NAME "http_reuse"

/** Called before the statistics are drawn. */
typedef struct {
    void (*call)(void);
    bool is_expected;
} hr_tap_end;

/**
 * @end is called when listeners draw, before those that listen now. To be called again after
 * others began to listen. tshark draws once, after the last packet.
 */
void hr_tap_end_expect(hr_tap_end *end);

/** The analysis of all that was read, or NULL. */
const hr_analysis *hr_statistics_analysis(void);

/** "https://a.example", "http://192.0.2.1:8080": what @connection's client connected to. What the
 * capture says is escaped. To be freed. */
char *hr_statistics_server(const hr_connection *connection);

/** "192.0.2.1:8080"; to be freed. */
char *hr_statistics_endpoint(const hr_endpoint *endpoint);

void hr_summary_tree_register(void);
void hr_connection_table_register(void);

/** Counts what waits, and forgets all that belongs to the file. */
void hr_summary_tree_end_file(void);
void hr_connection_table_end_file(void);

#endif
