/* Which rows the chart has: connections that match, in an order, neighbours alike folded into one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const FOLD_LEAST = 6; /* fewer neighbours that are alike are all shown ... */
const FOLD_SHOWN = 2; /* ... of more the first, and the rest is one row */

const ORDERS = {
    opening: { label: "opening", compare: null },
    setup: { label: "setup, longest first", compare: (a, b) => (b.setup_ms ?? -1) - (a.setup_ms ?? -1) },
    requests: { label: "requests, most first", compare: (a, b) => b.requests - a.requests },
    age: { label: "time open, longest first", compare: (a, b) => openTime(b) - openTime(a) },
    trouble: {
        label: "problems first",
        compare: (a, b) => b.problems.length - a.problems.length || b.avoidable - a.avoidable,
    },
};

function openTime(connection) {
    return (connection.closed ?? connection.last) - connection.begin;
}

/* @view has words (lower case), only (null or { label, has }), order, isFolded, unfolded. */
function matching(view) {
    const found = data.connections.filter((connection) =>
        (!view.only || view.only.has(connection)) &&
        view.words.every((word) => haystack(connection).includes(word)));
    const { compare } = ORDERS[view.order];
    return compare ? found.sort(compare) : found;
}

/* Neighbours with one likeness tell one story. */
function likeness(connection) {
    return connection.likeness ??= [
        connection.client.address, endpoint(connection.server), connection.sni,
        connection.requests > 0 ? connection.protocol : "", connection.tls_handshake,
        connection.why_new === "first-contact" ? "first" : "",
        connection.close_cause, connection.close_by, connection.close_certainty,
        connection.avoidable, Math.min(connection.requests, 2),
    ].join("|");
}

/* Rows: { connection }, or { folded: [connections], key }. */
function makeRows(connections, view) {
    const rows = [];
    for (let i = 0; i < connections.length;) {
        let end = i + 1;
        while (view.isFolded && end < connections.length &&
            likeness(connections[end]) === likeness(connections[i])) {
            end++;
        }
        const key = connections[i].id;
        const isFold = end - i >= FOLD_LEAST && !view.unfolded.has(key);
        const shown = isFold ? i + FOLD_SHOWN : end;
        for (; i < shown; i++) {
            rows.push({ connection: connections[i] });
        }
        if (isFold) {
            rows.push({ folded: connections.slice(i, end), key });
            i = end;
        }
    }
    return rows;
}
