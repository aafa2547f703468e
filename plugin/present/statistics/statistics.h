/* statistics.h
 * Wireshark's own kinds of statistics, on the tap "http_reuse": a tree of counts
 * (`-z http_reuse,tree`) and a table of connections (`-z http_reuse,connections`). The GUI, tshark
 * and sharkd each draw them in their way.
 *
 * They get records packet by packet, and why a connection ended is known after the last packet.
 * In the GUI, in sharkd and with -2 the tap runs when the whole capture has been read, so that a
 * record can be counted at once. In tshark's single pass records wait for the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_STATISTICS_STATISTICS_H
#define HR_PRESENT_STATISTICS_STATISTICS_H

#include "present/statistics/record.h"

/** The analysis of all that was read, or NULL while no file is open. */
typedef const hr_analysis *(*hr_statistics_analyse)(void);

/** Registers the tap and both statistics; to be called once, in the handoff routine. */
void hr_statistics_register(hr_statistics_analyse analyse);

/**
 * The open file is about to be forgotten, with all that records point to: those that wait are
 * counted now. tshark goes on after that with -M and with a ring of files.
 */
void hr_statistics_end_file(void);

#endif
