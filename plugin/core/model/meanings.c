/* meanings.c
 * One table each, in the order of the enumeration.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/meanings.h"

const char *hr_why_meaning(hr_why why)
{
    static const char *const meanings[HR_WHY_COUNT] = {
        [HR_WHY_NONE] = NULL,
        [HR_WHY_FIRST_CONTACT] =
            "No earlier connection of this client to this server and name is in the capture.",
        [HR_WHY_OTHER_ADDRESS] = "The first at this address, while the same name had a connection "
                                 "at another one before.",
        [HR_WHY_ALL_BUSY] = "The earlier connections were open, and each had a request outstanding"
                            " or was being set up.",
        [HR_WHY_STREAMS_EXHAUSTED] =
            "The earlier connection had as many streams open as the server allows.",
        [HR_WHY_PREVIOUS_CLOSED] =
            "The earlier connections were closed or closing; the cause is that of the latest.",
        [HR_WHY_IDLE_AVAILABLE] = "A missed reuse: another connection was idle when this one was"
                                  " opened, and still when it carried its first request.",
        [HR_WHY_CAPTURE_STARTED_LATE] =
            "The earlier connections were open before the capture began: their state is not known.",
    };

    g_return_val_if_fail(why < HR_WHY_COUNT, NULL);
    return meanings[why];
}

const char *hr_close_cause_meaning(hr_close_cause cause)
{
    static const char *const meanings[HR_CLOSE_COUNT] = {
        [HR_CLOSE_NONE] = NULL,
        [HR_CLOSE_SETUP_FAILED] = "Refused, not answered, or ended in the TLS handshake.",
        [HR_CLOSE_UPGRADED] = "It left HTTP by a 101, for example for a WebSocket.",
        [HR_CLOSE_TUNNELLED] = "It left HTTP by a CONNECT; what runs inside is a connection of its"
                               " own.",
        [HR_CLOSE_STALE_RACE] = "The server closed the connection while a request was on its way,"
                                " and had not taken it.",
        [HR_CLOSE_REQUEST_ABORTED] = "The server took a request and ended the connection without a"
                                     " byte of an answer.",
        [HR_CLOSE_HTTP10] = "An HTTP/1.0 message without keep-alive.",
        [HR_CLOSE_SERVER_ERROR_CLOSE] = "An answer before the request body had ended, or a 4xx or"
                                        " 5xx with Connection: close.",
        [HR_CLOSE_REQUEST_LIMIT] = "One side ends connections after so many requests.",
        [HR_CLOSE_MAX_AGE] = "One side ends connections at the same age, whatever they carried.",
        [HR_CLOSE_GOAWAY] = "A GOAWAY of HTTP/2 or HTTP/3.",
        [HR_CLOSE_CLIENT_CLOSE_HEADER] = "The client said Connection: close.",
        [HR_CLOSE_SERVER_CLOSE_HEADER] = "The server said Connection: close.",
        [HR_CLOSE_UNUSED] = "The client closed it without having asked for anything on it.",
        [HR_CLOSE_CLIENT_EXIT] = "The client's connections end together, and it does not come back:"
                                 " the program ended.",
        [HR_CLOSE_SERVER_EXIT] = "The server's connections end together, and it accepts no more: it"
                                 " was stopped.",
        [HR_CLOSE_SERVER_RELOAD] =
            "The server's connections end together, and it goes on accepting:"
            " a reload or a restart.",
        [HR_CLOSE_IDLE_DROPPED] =
            "Nothing comes back any more, or a reset that another host may"
            " have sent in the name of an end: after a long idle time a device"
            " between may have forgotten it, in use the way was cut.",
        [HR_CLOSE_REQUEST_CANCELLED] = "The client closed it with a request outstanding and not one"
                                       " byte of its answer.",
        [HR_CLOSE_BODY_UNDRAINED] = "The client closed it with an answer that was not, or may not"
                                    " have been, read to its end.",
        [HR_CLOSE_POOL_LIMIT] = "The client closed it while as many others stayed idle as its pool"
                                " keeps.",
        [HR_CLOSE_SERVER_IDLE_TIMEOUT] =
            "The server closed it after an idle time that is a timeout.",
        [HR_CLOSE_CLIENT_IDLE_TIMEOUT] =
            "The client closed it after an idle time that is a timeout.",
        [HR_CLOSE_CLIENT_CLOSE] = "The client closed it, and nothing says why.",
        [HR_CLOSE_SERVER_CLOSE] = "The server closed it, and nothing says why.",
        [HR_CLOSE_OPEN_AT_END] = "It was open when the capture ended.",
        [HR_CLOSE_UNKNOWN] = "What the capture has does not tell.",
    };

    g_return_val_if_fail(cause < HR_CLOSE_COUNT, NULL);
    return meanings[cause];
}
