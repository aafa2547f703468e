/* The records of the page, an object each. Times become milliseconds since the first packet.
 * Reading takes turns with the browser, so that the page can be used meanwhile.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const TURN_MS = 12;

const data = {
    capture: null,
    origins: [],
    fixes: [],
    findings: [],
    leftOut: [],            /* what looks like HTTP, and is not shown as such */
    connections: [],        /* in the order of opening */
    connectionById: new Map(),
    requestCount: 0,        /* that are in the page: the capture may have more */
};

/* Nanoseconds do not fit a double beside the seconds since 1970; their difference does. */
function sinceStart(time) {
    const [seconds, fraction] = time.split(".");
    const [startSeconds, startFraction] = data.capture.first_time.split(".");
    return (seconds - startSeconds) * 1000 + (fraction - startFraction) / 1e6;
}

const take = {
    capture(record) {
        data.capture = record;
    },
    origin(record) {
        record.index = data.origins.length;
        data.origins.push(record);
    },
    fix(record) {
        data.fixes.push(record);
    },
    connection(record) {
        record.seen = [];
        record.begin = sinceStart(record.opened_time ?? record.last_time);
        record.last = sinceStart(record.last_time);
        record.closed = record.closed_time == null ? null : sinceStart(record.closed_time);
        record.problems = [];
        record.told = [];
        data.connections.push(record);
        data.connectionById.set(record.id, record);
    },
    finding(record) {
        if (record.code === "not_dissected") {
            data.leftOut.push(record.data);
        }
        const connection = data.connectionById.get(record.connection);
        if (connection) {
            connection.problems.push(record);
            data.findings.push(record);
        }
    },
    call(record) {
        data.connectionById.get(record.connection)?.told.push(record);
    },
    request(record) {
        const connection = data.connectionById.get(record.connection);
        if (!connection) {
            return;
        }
        record.sent = sinceStart(record.sent_time);
        record.answered = record.answer_begin_ms == null ? null : record.sent + record.answer_begin_ms;
        record.done = record.response_time_ms == null ? null : record.sent + record.response_time_ms;
        connection.begin = Math.min(connection.begin, record.sent);
        connection.seen.push(record);
        data.requestCount++;
    },
};

/* Reads all records, then calls @done; @onHead as soon as totals and origins are known. */
function readRecords(onHead, done) {
    const text = document.getElementById("records").textContent;
    let at = text.indexOf("{");
    let hasHead = false;

    function turn() {
        const until = performance.now() + TURN_MS;
        while (at >= 0 && at < text.length && performance.now() < until) {
            const end = text.indexOf("\n", at);
            const record = JSON.parse(text.slice(at, end));
            at = end + 1;
            if (!hasHead && record.type === "connection") {
                hasHead = true;
                onHead();
            }
            take[record.type]?.(record);
        }
        if (at >= 0 && at < text.length) {
            setTimeout(turn, 0);
            return;
        }
        if (!hasHead) {
            onHead();
        }
        for (const connection of data.connections) {
            connection.seen.sort((a, b) => a.sent - b.sent);
        }
        done();
    }
    turn();
}

/* What a filter's words are looked for in. */
function haystack(connection) {
    connection.text ??= [
        `#${connection.id} `, endpoint(connection.client), endpoint(connection.server),
        connection.sni, connection.protocol, connection.tls_version, connection.tls_handshake,
        connection.why_new, connection.close_cause, connection.close_by,
        connection.close_certainty, connection.avoidable ? "avoidable" : "",
        connection.tcp_stream == null ? "" : `tcp.stream==${connection.tcp_stream} `,
        ...connection.findings,
        ...connection.seen.map((request) => [request.method, request.authority, request.target,
            request.response_code, request.status, request.call_site].join(" ")),
        ...connection.told.map(({ method, host, path, site }) => [method, host, path, site].join(" ")),
    ].join(" ").toLowerCase();
    return connection.text;
}
