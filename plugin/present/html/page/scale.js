/* The time axis: from milliseconds to a share of the width. Long times in which no connection did
 * anything are cut to a narrow gap, or the rest could not be seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const GAP_SHARE = 0.04;   /* of the time that is left: what a cut gap is drawn as ... */
const GAP_LEAST = 0.5;    /* ... and how long it has to be, compared with that, to be cut */
const MOST_GAPS = 5;

/* When @request was over: one without an answer waited to the end. */
function answerEnd(request, connection) {
    return request.done ?? request.answered ?? Math.max(connection.closed ?? connection.last, request.sent);
}

/* Times in which something happened, as [begin, end], joined where they meet. */
function busyTimes(connections) {
    const times = [];
    for (const connection of connections) {
        times.push([connection.begin, connection.begin + (connection.setup_ms ?? 0)]);
        for (const request of connection.seen) {
            times.push([request.sent, answerEnd(request, connection)]);
        }
        if (connection.closed != null) {
            times.push([connection.closed, connection.closed]);
        }
    }
    times.sort((a, b) => a[0] - b[0]);
    const joined = [];
    for (const [begin, end] of times) {
        const last = joined[joined.length - 1];
        if (last && begin <= last[1]) {
            last[1] = Math.max(last[1], end);
        } else {
            joined.push([begin, end]);
        }
    }
    return joined;
}

/* The longest gaps between @busy times, as many as are each worth cutting compared with what is left
 * when they are cut, in the order of time. */
function longGaps(busy) {
    const gaps = busy.slice(1).map(([begin], i) => ({ begin: busy[i][1], end: begin, length: begin - busy[i][1] }));
    gaps.sort((a, b) => b.length - a.length);
    let left = busy.length ? busy[busy.length - 1][1] - busy[0][0] : 0;
    let cut = 0;
    gaps.slice(0, MOST_GAPS).forEach(({ length }, i) => {
        left -= length;
        if (length >= GAP_LEAST * left) {
            cut = i + 1;
        }
    });
    return gaps.slice(0, cut).filter(({ length }) => length > 0).sort((a, b) => a.begin - b.begin);
}

/* Pieces of the axis: each maps [begin, end] ms to [from, to] of the whole, straight. */
function makeScale(connections) {
    const busy = busyTimes(connections);
    const begin = busy.length ? busy[0][0] : 0;
    const end = busy.length ? Math.max(busy[busy.length - 1][1], begin + 1e-3) : 1;
    const gaps = longGaps(busy);
    const drawn = gaps.reduce((sum, gap) => sum - (gap.end - gap.begin), end - begin) || 1;
    const pieces = [];
    let at = begin;
    for (const gap of [...gaps, { begin: end, end }]) {
        pieces.push({ begin: at, end: gap.begin, size: gap.begin - at });
        if (gap.end > gap.begin) {
            pieces.push({ begin: gap.begin, end: gap.end, size: GAP_SHARE * drawn, isCut: true });
        }
        at = gap.end;
    }
    const total = pieces.reduce((sum, piece) => sum + piece.size, 0) || 1;
    let from = 0;
    for (const piece of pieces) {
        piece.from = from;
        piece.to = from += piece.size / total;
    }
    return { begin, end, pieces };
}

function shareAt(scale, ms) {
    const piece = scale.pieces.find(({ end }) => ms <= end) ?? scale.pieces[scale.pieces.length - 1];
    const length = piece.end - piece.begin;
    const inside = length > 0 ? Math.min(Math.max((ms - piece.begin) / length, 0), 1) : 1;
    return piece.from + inside * (piece.to - piece.from);
}

/* What of @piece lies between two shares of the axis, as [begin, end] ms. */
function partOf(piece, from, to) {
    const timeAt = (share) => piece.begin
        + Math.min(Math.max((share - piece.from) / (piece.to - piece.from || 1), 0), 1) * (piece.end - piece.begin);
    return { begin: timeAt(from), end: timeAt(to) };
}

/* Round times for marks, at least @leastPx apart on a piece that is @width pixels wide: their times
 * and texts, with as many digits as tell them apart. */
function roundTimes(piece, width, leastPx) {
    const raw = (piece.end - piece.begin) * leastPx / Math.max(width, 1);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
    const times = [];
    for (let i = Math.ceil(piece.begin / step); step > 0 && i * step <= piece.end && times.length < 50; i++) {
        times.push({ time: i * step, text: timeText(i * step, step) });
    }
    return times;
}
