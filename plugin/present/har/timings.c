/* timings.c
 * Between the setup of a connection and its first request the client may have done something else.
 * The format has `blocked` for that, and viewers draw it before the setup; the sum is right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/har/timings.h"

/* From one moment to a later one; 0 where one of them is not known, or the clock went back. */
static int64_t between(hr_moment begin, hr_moment end)
{
    const int64_t ns = hr_moment_elapsed_ns(begin, end);
    return ns != HR_TIME_NONE ? ns : 0;
}

static int64_t or_not_known(int64_t ns)
{
    return ns != HR_TIME_NONE ? ns : HR_HAR_NOT_KNOWN;
}

/* The setup of the connection, which this request waited for. */
static void add_setup(hr_har_timings *timings, const hr_connection *connection, hr_moment sent)
{
    const int64_t setup_ns = hr_connection_setup_ns(connection);

    if (setup_ns == HR_TIME_NONE) {
        return;
    }
    timings->connect_ns = setup_ns;
    timings->ssl_ns = or_not_known(hr_connection_tls_handshake_ns(connection));
    timings->blocked_ns = between(hr_connection_ready(connection), sent);
    timings->begin_ns = sent.ns - setup_ns - timings->blocked_ns;
    timings->total_ns = setup_ns + timings->blocked_ns;
}

hr_har_timings hr_har_timings_of(const hr_request *request)
{
    /* Its last byte is in the frame in which Wireshark shows it, unless its answer came first. */
    const bool is_early =
        hr_moment_elapsed_ns(hr_request_shown(request), request->answered) == HR_TIME_NONE;
    const hr_moment sent_all = is_early ? request->sent : hr_request_shown(request);
    hr_har_timings timings = {
        .begin_ns = request->sent.ns,
        .blocked_ns = HR_HAR_NOT_KNOWN,
        .connect_ns = HR_HAR_NOT_KNOWN,
        .ssl_ns = HR_HAR_NOT_KNOWN,
        .send_ns = between(request->sent, sent_all),
        .wait_ns = between(sent_all, request->answered),
        .receive_ns = between(request->answered, request->ended),
    };

    if (request->status == HR_STATUS_NEW) {
        add_setup(&timings, request->connection, request->sent);
    }
    timings.total_ns += timings.send_ns + timings.wait_ns + timings.receive_ns;
    return timings;
}
