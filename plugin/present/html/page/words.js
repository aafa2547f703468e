"use strict";
/* What the tokens of the records mean, in a few words. Tokens that are not here are shown as they
 * are; a test finds those that were forgotten.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const WHY_WORDS = {
    "first-contact": "no earlier connection to this origin",
    "other-address": "the earlier ones of this name went to another address",
    "all-busy": "the earlier ones were busy",
    "streams-exhausted": "no stream was free",
    "previous-closed": "the earlier ones were closed",
    "idle-available": "another one was open and idle: a missed reuse",
    "capture-started-late": "the earlier ones were open before the capture began",
};

/* How a cause is drawn: plain, or as a loss that the reader should see. */
const CAUSES = {
    "setup-failed": { words: "refused, unanswered or broken off", isLoss: true },
    "upgraded": { words: "it left HTTP for another protocol" },
    "tunnelled": { words: "it became a tunnel" },
    "stale-race": { words: "a request was on its way and got no answer", isLoss: true },
    "request-aborted": { words: "the server took a request and did not answer it", isLoss: true },
    "http10": { words: "HTTP/1.0 without keep-alive" },
    "server-error-close": { words: "an error, or an answer before the request's end" },
    "request-limit": { words: "only so many requests on a connection" },
    "max-age": { words: "only so old may a connection become" },
    "goaway": { words: "no more requests on this connection" },
    "client-close-header": { words: "it said Connection: close" },
    "server-close-header": { words: "it said Connection: close" },
    "unused": { words: "it carried nothing" },
    "client-exit": { words: "the end of the client's program" },
    "server-reload": { words: "a reload or restart of the server's program" },
    "server-exit": { words: "the end of the server's program" },
    "idle-dropped": { words: "forgotten or cut on the way: nothing came back any more, or a reset that another host may have sent", isLoss: true },
    "request-cancelled": { words: "no answer had come: a cancel or a timeout", isLoss: true },
    "body-undrained": { words: "an answer was not read to its end" },
    "pool-limit": { words: "only so many idle connections are kept" },
    "server-idle-timeout": { words: "the server's idle timeout" },
    "client-idle-timeout": { words: "the client's idle timeout" },
    "client-close": { words: "not announced, and no known timer fits" },
    "server-close": { words: "not announced, and no known timer fits" },
    "open-at-end": { words: "the capture ended before it did" },
    "unknown": { words: "not in the capture" },
};

const SIDE_WORDS = { client: "the client", server: "the server", both: "both sides" };

const TLS_WORDS = {
    "none": "no TLS",
    "full": "full handshake",
    "resumed": "resumed",
    "early-data": "resumed with early data",
};
