/* The connection view: a virtual list of rows below one time axis. Only what is on the screen is
 * in the document.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const SPARE_ROWS = 4;    /* drawn above and below the screen */
const PRINTED_ROWS = 400;
const SCROLL_BUDGET_MS = 3;
const MARK_PX = 90;      /* between the marks of the axis */
const EDGE_PX = 36;      /* half of the widest text of the axis */

const view = {
    words: [], only: null, order: "opening", isFolded: true, unfolded: new Set(),
    from: 0, to: 1,      /* the share of the axis that is seen */
    selected: -1,
};

const chart = {
    list: document.getElementById("list"),
    axis: document.getElementById("axis"),
    rows: [], rowById: new Map(), drawn: new Map(), scale: null, width: 0, isPrinting: false,
};

function xOf(ms) {
    const share = (shareAt(chart.scale, ms) - view.from) / (view.to - view.from);
    return Math.min(Math.max(share, -1), 2) * (chart.width - 16) + 8;
}

/* ---- rows ---- */

/* Of one that carried nothing, what TLS agreed on; what was only offered is a guess. */
function protocolOf({ protocol, alpn, alpn_is_offer: isOffer }) {
    return protocol ?? (alpn ? alpn + (isOffer ? "?" : "") : "?");
}

function whoCells(connection) {
    const name = connection.sni ?? connection.seen[0]?.authority ?? endpoint(connection.server);
    const stream = connection.tcp_stream != null ? `tcp ${connection.tcp_stream}`
        : connection.quic_connection != null ? `quic ${connection.quic_connection}` : connection.transport;
    return [
        make("b", {}, `#${connection.id}`),
        make("span", { class: "protocol" }, protocolOf(connection).replace("http/", "h")),
        make("span", { class: "stream" }, stream),
        make("span", { class: "name" }, name),
        make("span", { class: "number" }, `${grouped(connection.requests)}×`),
    ];
}

function whyCells(connection) {
    return [
        make("span", { class: "cause" }, connection.close_cause ?? "unknown"),
        connection.close_by && make("span", { class: "by" }, connection.close_by),
        connection.close_certainty === "likely" && make("i", {}, "likely"),
    ].filter(Boolean);
}

function makeRow(row, index) {
    const element = make("div", {
        class: "row", role: "option", id: `row-${index}`, "aria-posinset": index + 1,
        "aria-setsize": chart.rows.length,
    });
    const { connection, folded } = row;
    if (folded) {
        element.classList.add("folded");
        element.setAttribute("aria-expanded", "false");
        element.append(
            make("div", { class: "who" }, `▸ ${grouped(folded.length)} more like this`),
            make("div", { class: "bars" }, drawDensity(folded, xOf, chart.width)),
            make("div", { class: "why" }, make("span", { class: "cause" }, folded[0].close_cause ?? "unknown")));
    } else {
        element.classList.toggle("avoidable", connection.avoidable);
        element.setAttribute("aria-label", ariaText(connection));
        element.append(
            make("div", { class: "who" }, ...whoCells(connection)),
            make("div", { class: "bars" }, drawConnection(connection, xOf, chart.width)),
            make("div", { class: "why" }, ...whyCells(connection)));
    }
    element.style.transform = `translateY(${index * ROW_PX}px)`;
    element.setAttribute("aria-selected", String(index === view.selected));
    return element;
}

/* The first and one past the last row that should be in the document. */
function rowsOnScreen() {
    if (chart.isPrinting) {
        return [0, Math.min(chart.rows.length, PRINTED_ROWS)];
    }
    const top = -chart.list.getBoundingClientRect().top;
    const first = Math.floor(top / ROW_PX) - SPARE_ROWS;
    const last = Math.ceil((top + window.innerHeight) / ROW_PX) + SPARE_ROWS;
    return [Math.max(first, 0), Math.min(Math.max(last, 0), chart.rows.length)];
}

/* Brings into the document what is on the screen, and takes out the rest. Returns false where that
 * would have taken longer than @budgetMs, and rows are left to draw. */
function showRows(budgetMs = Infinity) {
    const until = performance.now() + budgetMs;
    const [first, last] = rowsOnScreen();
    for (const [index, element] of chart.drawn) {
        if (index < first || index >= last) {
            element.remove();
            chart.drawn.delete(index);
        }
    }
    for (let index = first; index < last; index++) {
        if (chart.drawn.has(index)) {
            continue;
        }
        if (performance.now() > until) {
            return false;
        }
        const element = makeRow(chart.rows[index], index);
        chart.drawn.set(index, element);
        chart.list.append(element);
    }
    drawArrows(first, last);
    return true;
}

/* Calls @act in the next frame, however often it is asked to before; where that returns false, in the
 * frame after it again. */
function oncePerFrame(act) {
    let isWaiting = false;
    return function ask() {
        if (!isWaiting) {
            isWaiting = true;
            requestAnimationFrame(() => {
                isWaiting = false;
                if (act() === false) {
                    ask();
                }
            });
        }
    };
}

/* While the user scrolls, a frame gets as many rows as it has time for. */
const showRowsBitByBit = oncePerFrame(() => showRows(SCROLL_BUDGET_MS));

/* ---- arrows from an opening to what explains it ---- */

function arrow(connection, index) {
    const cause = data.connectionById.get(connection.why_new_connection);
    const from = chart.rowById.get(connection.why_new_connection);
    if (!cause || from == null || from === index) {
        return null;
    }
    const x = xOf(connection.begin);
    const isAfter = connection.why_new === "previous-closed" && cause.closed != null;
    const x0 = isAfter ? Math.min(xOf(cause.closed), x) : x;
    const down = from < index;
    const y0 = from * ROW_PX + MIDDLE + (down ? 5 : -5);
    const y1 = index * ROW_PX + MIDDLE + (down ? -6 : 6);
    return makeSvg("path", {
        class: index === view.selected ? "arrow strong" : "arrow",
        d: `M${x0.toFixed(1)},${y0}C${x0.toFixed(1)},${(y0 + y1) / 2} ${x.toFixed(1)},${(y0 + y1) / 2} ${x.toFixed(1)},${y1}`,
        "marker-end": index === view.selected ? "url(#head-strong)" : "url(#head)",
    });
}

function drawArrows(first, last) {
    const height = (last - first) * ROW_PX;
    const svg = makeSvg("svg", { class: "arrows", width: chart.width, height,
        viewBox: `0 ${first * ROW_PX} ${chart.width} ${Math.max(height, 1)}`, "aria-hidden": true });
    svg.style.top = `${first * ROW_PX}px`;
    for (let index = first; index < last; index++) {
        const { connection } = chart.rows[index];
        const isTold = connection && ["previous-closed", "idle-available"].includes(connection.why_new);
        if (connection && (isTold || index === view.selected)) {
            svg.append(arrow(connection, index) ?? "");
        }
    }
    chart.arrows?.remove();
    chart.arrows = svg;
    chart.list.append(svg);
}

/* ---- the axis ---- */

/* A text at the end of the axis would stand over the column beside it. */
function edgeOf(x) {
    return x > chart.width - EDGE_PX ? "edge" : "";
}

function drawAxis() {
    const { axis, scale, width } = chart;
    axis.replaceChildren();
    axis.setAttribute("width", width);
    let labelled = -MARK_PX, marked = -MARK_PX; /* where the last texts are: none covers another */
    for (const piece of scale.pieces) {
        if (piece.to < view.from || piece.from > view.to) {
            continue;
        }
        if (piece.isCut) {
            const middle = (xOf(piece.begin) + xOf(piece.end)) / 2;
            axis.append(makeSvg("path", { class: "cut", d: `M${middle - 4},32l3,-5l3,5l3,-5` }));
            if (middle - labelled > MARK_PX * 0.7) {
                axis.append(makeSvg("text", { class: `cut ${edgeOf(middle)}`, x: middle, y: 10 },
                    `⋯ ${duration(piece.end - piece.begin)}`));
                labelled = middle;
            }
            continue;
        }
        const seen = partOf(piece, view.from, view.to);
        for (const { time, text } of roundTimes(seen, xOf(seen.end) - xOf(seen.begin), MARK_PX)) {
            const x = xOf(time);
            axis.append(makeSvg("line", { x1: x, x2: x, y1: 27, y2: 34 }));
            if (x - marked > MARK_PX * 0.7) {
                axis.append(makeSvg("text", { class: edgeOf(x), x, y: 24 }, text));
                marked = x;
            }
        }
    }
    drawCuts();
}

/* The cuts go through all rows. */
function drawCuts() {
    for (const old of chart.list.querySelectorAll(".gap")) {
        old.remove();
    }
    for (const piece of chart.scale.pieces.filter(({ isCut }) => isCut)) {
        const from = xOf(piece.begin), to = xOf(piece.end);
        if (to > 0 && from < chart.width) {
            const gap = make("div", { class: "gap", title: `${duration(piece.end - piece.begin)} in which nothing happened` });
            gap.style.left = `calc(var(--who) + ${Math.max(from, 0)}px)`;
            gap.style.width = `${Math.min(to, chart.width) - Math.max(from, 0)}px`;
            chart.list.prepend(gap);
        }
    }
}

/* ---- changes ---- */

/* Draws all rows anew: the axis or the width changed. */
function redraw() {
    chart.width = Math.max(chart.list.clientWidth - sideWidths(), 80);
    for (const element of chart.drawn.values()) {
        element.remove();
    }
    chart.drawn.clear();
    chart.list.style.height = `${(chart.isPrinting ? Math.min(chart.rows.length, PRINTED_ROWS) : chart.rows.length) * ROW_PX}px`;
    drawAxis();
    showRows();
}

function sideWidths() {
    const style = getComputedStyle(chart.list);
    return parseFloat(style.getPropertyValue("--who")) + parseFloat(style.getPropertyValue("--why"));
}

/* Which rows there are changed. */
function update() {
    const selected = chart.rows[view.selected]?.connection;
    const connections = matching(view);
    chart.rows = makeRows(connections, view);
    chart.scale = makeScale(connections);
    chart.rowById.clear();
    chart.rows.forEach((row, index) => (row.folded ?? [row.connection]).forEach(
        ({ id }) => chart.rowById.set(id, index)));
    view.selected = selected && chart.rowById.has(selected.id) ? chart.rowById.get(selected.id) : -1;
    redraw();
    document.getElementById("count").textContent = connections.length === data.connections.length
        ? count(connections.length, "connection")
        : `${grouped(connections.length)} of ${count(data.connections.length, "connection")}`;
}

/* Shows the share @size of the axis, with @center in its middle where there is room. */
function look(center, size) {
    view.from = Math.min(Math.max(center - size / 2, 0), 1 - size);
    view.to = view.from + size;
    redraw();
}

/* The share of the axis at which the connection of row @index began; of a folded one, its first. */
function beginOf(index) {
    const row = chart.rows[index];
    return shareAt(chart.scale, (row.connection ?? row.folded[0]).begin);
}

/* Around the selected connection, if there is one. */
function zoom(factor) {
    const center = view.selected >= 0 ? beginOf(view.selected) : (view.from + view.to) / 2;
    look(center, Math.min((view.to - view.from) / factor, 1));
}

function pan(share) {
    const size = view.to - view.from;
    look((view.from + view.to) / 2 + share * size, size);
}

/* Scrolls so that row @index is seen: not below the axis, not behind the details, and where the axis
 * is zoomed, not before or after what it shows. */
function bringIntoSight(index) {
    const begin = beginOf(index);
    if (begin < view.from || begin > view.to) {
        look(begin, view.to - view.from);
    }
    const top = chart.list.getBoundingClientRect().top + index * ROW_PX;
    const floor = details.hidden ? window.innerHeight : details.getBoundingClientRect().top;
    if (top < 40 || top > floor - 2 * ROW_PX) {
        window.scrollBy(0, top - floor / 2);
    }
}

function select(index) {
    if (chart.rows.length === 0) {
        return;
    }
    chart.drawn.get(view.selected)?.setAttribute("aria-selected", "false");
    view.selected = Math.min(Math.max(index, 0), chart.rows.length - 1);
    bringIntoSight(view.selected);
    showRows();
    chart.drawn.get(view.selected)?.setAttribute("aria-selected", "true");
    chart.list.setAttribute("aria-activedescendant", `row-${view.selected}`);
}

/* What Enter or a click does to a row. */
function activate(index) {
    const row = chart.rows[index];
    if (row?.folded) {
        view.unfolded.add(row.key);
        update();
        select(index);
    } else if (row) {
        showDetails(row.connection);
        select(index);
    }
}
