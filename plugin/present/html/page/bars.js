/* What is drawn in a row: setup, requests, idle line, end mark. Where bars are narrower than a
 * pixel they are joined, so that a row costs no more than its pixels.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const ROW_PX = 26;
const MIDDLE = ROW_PX / 2;
const BARS_PX = 18;
const MOST_LANES = 6;
const LEAST_PX = 2; /* a bar's width, so that it can be seen */

/* Requests that overlap lie in lanes, as far as there is room. */
function putInLanes(connection) {
    if (connection.lanes) {
        return;
    }
    const ends = [];
    for (const request of connection.seen) {
        let lane = ends.findIndex((end) => end <= request.sent);
        if (lane < 0) {
            lane = ends.length < MOST_LANES ? ends.length : ends.indexOf(Math.min(...ends));
        }
        request.lane = lane;
        ends[lane] = Math.max(ends[lane] ?? 0, answerEnd(request, connection));
    }
    connection.lanes = Math.max(ends.length, 1);
}

/* Bars of one kind in one lane, from left to right. */
class Lane {
    constructor(svg, kind, y, height) {
        Object.assign(this, { svg, kind, y, height, begin: 0, end: -1 });
    }

    add(from, to) {
        to = Math.max(to, from + LEAST_PX);
        if (from <= this.end + 0.5 && from >= this.begin && this.end - this.begin < LEAST_PX * 1.5) {
            this.end = Math.max(this.end, to);
            return;
        }
        this.flush();
        this.begin = from;
        this.end = to;
    }

    flush() {
        if (this.end >= this.begin) {
            this.svg.append(bar(this.kind, this.begin, this.end, this.y, this.height));
        }
    }
}

function bar(kind, from, to, y, height) {
    return makeSvg("rect", {
        class: kind, x: from.toFixed(1), width: (to - from).toFixed(1), y: y.toFixed(1),
        height: height.toFixed(1), rx: height > 5 ? 1.5 : 0.5,
    });
}

function drawSetup(svg, connection, x) {
    if (connection.setup_ms == null) {
        return;
    }
    const begin = connection.begin;
    const tcp = connection.tcp_handshake_ms;
    const ready = begin + connection.setup_ms;
    if (tcp != null) {
        svg.append(bar("tcp", x(begin), Math.max(x(begin + tcp), x(begin) + LEAST_PX), MIDDLE - 3, 6));
    }
    if (connection.tls_handshake_ms != null) {
        const from = Math.max(x(ready - connection.tls_handshake_ms), x(begin) + (tcp == null ? 0 : LEAST_PX));
        svg.append(bar(connection.tls_handshake === "full" ? "tls" : "tls resumed",
            from, Math.max(x(ready), from + LEAST_PX), MIDDLE - 5, 10));
    }
}

function drawRequests(svg, connection, x, width) {
    putInLanes(connection);
    const height = BARS_PX / connection.lanes;
    const lanes = [];
    for (let i = 0; i < connection.lanes; i++) {
        const y = MIDDLE - BARS_PX / 2 + i * height;
        const thick = Math.max(height - (connection.lanes > 1 ? 0.6 : 0), 1);
        lanes.push({
            wait: new Lane(svg, "wait", y, thick),
            receive: new Lane(svg, "receive", y, thick),
            none: new Lane(svg, "none", y, thick),
        });
    }
    for (const request of connection.seen) {
        const lane = lanes[request.lane];
        const from = x(request.sent);
        const to = x(answerEnd(request, connection));
        if (to < 0 || from > width) {
            continue;
        }
        if (request.done == null && request.answered == null) {
            lane.none.add(from, to);
            continue;
        }
        const turn = x(request.answered ?? request.done);
        if (turn > from + 0.3) {
            lane.wait.add(from, turn);
        }
        lane.receive.add(turn, to);
    }
    lanes.forEach((lane) => Object.values(lane).forEach((bars) => bars.flush()));
}

/* Circle: the client, square: the server, diamond: both or unknown; a cross: something was lost;
 * an arrow: still open when the capture ended. */
function endMark(connection, x, y) {
    const cause = connection.close_cause;
    const lost = CAUSES[cause]?.isLoss;
    const mark = makeSvg("g", {
        class: `end ${lost ? "lost" : connection.close_by ?? "nobody"}`,
        transform: `translate(${x.toFixed(1)} ${y})`,
    });
    const shapes = {
        client: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
        server: "M-3.6,-3.6h7.2v7.2h-7.2z",
        nobody: "M0,-5l5,5l-5,5l-5,-5z",
    };
    if (cause === "open-at-end") {
        mark.append(makeSvg("path", { class: "open", d: "M-3,-4l5,4l-5,4" }));
        return mark;
    }
    mark.append(makeSvg("path", { d: shapes[connection.close_by] ?? shapes.nobody }));
    if (lost) {
        mark.append(makeSvg("path", { class: "cross", d: "M-2.4,-2.4l4.8,4.8M2.4,-2.4l-4.8,4.8" }));
    }
    return mark;
}

/* The drawing of @connection; @x gives the pixel of a time. */
function drawConnection(connection, x, width) {
    const svg = makeSvg("svg", { width, height: ROW_PX, "aria-hidden": true });
    const end = connection.closed ?? connection.last;
    svg.append(makeSvg("line", { class: "idle", x1: x(connection.begin).toFixed(1),
        x2: x(end).toFixed(1), y1: MIDDLE, y2: MIDDLE }));
    drawSetup(svg, connection, x);
    drawRequests(svg, connection, x, width);
    if (connection.close_cause) {
        svg.append(endMark(connection, x(end), MIDDLE));
    }
    return svg;
}

/* How many of @connections are open at a time, as a strip: the more, the darker. */
function drawDensity(connections, x, width) {
    const step = 4;
    const changes = new Int32Array(Math.ceil(width / step) + 2);
    const svg = makeSvg("svg", { width, height: ROW_PX, "aria-hidden": true });
    const cell = (px) => Math.min(Math.max(Math.floor(px / step), 0), changes.length - 2);
    for (const connection of connections) {
        changes[cell(x(connection.begin))]++;
        changes[cell(x(connection.closed ?? connection.last)) + 1]--;
    }
    for (let i = 0, from = 0, open = 0; i < changes.length; i++) {
        if (changes[i] === 0 && i < changes.length - 1) {
            continue;
        }
        if (open > 0) {
            svg.append(makeSvg("rect", { class: "density", x: from * step, width: (i - from) * step,
                y: MIDDLE - 7, height: 14,
                "fill-opacity": (0.15 + 0.85 * open / connections.length).toFixed(2) }));
        }
        from = i;
        open += changes[i];
    }
    return svg;
}
