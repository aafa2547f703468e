/* report.h
 * The outputs about the whole capture that a command line asks for: `-X http_reuse:report`,
 * `-X http_reuse:ndjson`, `-X http_reuse:html`, `-X http_reuse:har`, `-X http_reuse:events` and
 * `-z http_reuse,report`.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_REPORT_H
#define HR_PRESENT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Registers `-z http_reuse,report`, reads the -X options and opens what they name; to be called
 * once, in the handoff routine. A wrong option gets one line (in the GUI a dialog) and ends
 * tshark with status 1. False where an option was wrong and the program goes on without it.
 */
bool hr_report_register(void);

/** The packet at @offset of the file was read in @pass, 1 or 2: its progress is shown. */
void hr_report_packet_read(unsigned pass, int64_t offset);

/** To be called when a capture was opened, before its first packet: an output that would replace it
 * is refused, however the command line named the capture; and so are all where the user
 * has disabled the protocol. */
void hr_report_file_opened(void);

/** The first frame of the session's file is about to be observed: event logs begin. */
void hr_report_begin(void);

/** The file is closed, before its model is: an event log that was not written goes. */
void hr_report_end(void);

#endif
