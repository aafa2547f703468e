/* The top of the page: what the capture is, a sentence, the totals, what to change, the origins.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const LEFT_OUT_SHOWN = 5;

/* Where the packets came from: a file, or a live capture. */
function sourceText({ file, interface: device }) {
    return file === "-" ? "standard input" : file ?? (device && `interface ${device}`);
}

function showAbout({ filter, first_time: first, last_time: last, frames, ...capture }) {
    const source = sourceText(capture);
    const parts = source ? [source] : [];
    if (filter) {
        parts.push(`only ${filter}`);
    }
    if (first != null) {
        const start = new Date(Number(first.split(".")[0]) * 1000);
        parts.push(start.toISOString().replace("T", " ").replace(".000Z", " UTC"),
            `${count(frames, "frame")} in ${duration(sinceStart(last))}`);
    }
    parts.push(`http_reuse ${capture.plugin_version}`, `Wireshark ${capture.wireshark_version}`);
    document.getElementById("about").textContent = parts.join(" · ");
    document.title = `${source ? `${source} – ` : ""}HTTP connection reuse`;
}

/* None of it was shown as HTTP: where some may be, that is not said to be without it. */
function noHttp({
    filter, other_connections: others, other_connections_cut: cut, other_connections_unseen: unseen,
    other_connections_unread: unread,
}) {
    if (filter) {
        return `No HTTP is shown of ${filter} in this capture`;
    }
    if (data.leftOut.length + cut + unseen + unread > 0) {
        return `No HTTP is shown in this capture, of ${count(others, "connection")}`;
    }
    return "No HTTP connection in this capture" + (others ? `, and ${grouped(others)} of other protocols` : "");
}

function verdict(capture) {
    const { connections, needed_connections: needed, avoidable_connections: avoidable } = capture;
    if (connections === 0) {
        return noHttp(capture);
    }
    const toChange = data.fixes.length;
    const said = avoidable === 0 ? [
        `${count(connections, "connection")}, none avoidable`
            + (toChange ? `, ${count(toChange, "thing")} to change` : ""),
    ] : [
        `${count(connections, "connection")}, ${grouped(needed)} needed`,
        `${grouped(avoidable)} avoidable`
            + (capture.avoidable_setup_ms ? `, ${duration(capture.avoidable_setup_ms)} of setup` : ""),
    ];
    const died = ["stale_reuse", "request_aborted", "answer_cut", "idle_dropped"].reduce(
        (sum, code) => sum + (capture.findings[code] ?? 0), 0);
    if (died > 0) {
        said.push(`${count(died, "request")} lost`);
    }
    return said.join("; ");
}

function tiles(capture) {
    const tls = capture.connections_by_tls_handshake;
    return [
        ["Connections", grouped(capture.connections), capture.unused ? `${grouped(capture.unused)} carried nothing` : "in this capture", "lead"],
        ["Needed", grouped(capture.needed_connections), "by a perfect pool", "lead"],
        ["Avoidable", grouped(capture.avoidable_connections),
            capture.avoidable_connections ? `${duration(capture.avoidable_setup_ms)} of setup` : "nothing",
            capture.avoidable_connections ? "lead warn" : "lead"],
        ["Requests", grouped(capture.requests), `${grouped(capture.new)} new, ${grouped(capture.reused)} reused`
            + (capture.unknown ? `, ${grouped(capture.unknown)} unknown` : "")],
        ["Reuse", percent(capture.reuse_ratio), capture.saved_setup_ms ? `saved about ${duration(capture.saved_setup_ms)}` : "saved nothing"],
        ["Setup", duration(capture.setup_total_ms), `median ${duration(capture.setup_median_ms)}`],
        tls.full + tls.resumed + tls["early-data"] > 0 &&
            ["TLS", grouped(tls.full + tls.resumed + tls["early-data"]),
                `${grouped(tls.full)} full, ${grouped(tls.resumed + tls["early-data"])} resumed`],
        capture.time_wait_peak.client + capture.time_wait_peak.server > 0 && ["TIME_WAIT", grouped(Math.max(capture.time_wait_peak.client, capture.time_wait_peak.server)),
            "at its peak, on the " + (capture.time_wait_peak.server > capture.time_wait_peak.client ? "server" : "client")],
    ].filter(Boolean);
}

function showTotals(capture) {
    document.getElementById("verdict").textContent = verdict(capture);
    document.getElementById("tiles").append(...tiles(capture).map(([label, value, more, kind]) =>
        make("div", { class: `tile ${kind ?? ""}` }, make("dt", {}, label), make("dd", {}, value),
            make("dd", { class: "more" }, more))));
}

/* ---- what to change ---- */

const SITES_SHOWN = 5;
const FOLDED_FROM = 4;

function costText(fix) {
    return fix.avoidable_connections === 0 ? "no avoidable connection in this capture"
        : `${count(fix.avoidable_connections, "avoidable connection")}, setup ${duration(fix.avoidable_setup_ms)}`;
}

/* Members that a capture has no forecast for are not there. Items of one origin may bring the same. */
function forecastText(fix) {
    if (fix.predicted_connections == null) {
        return null;
    }
    const saved = fix.predicted_instead_of - fix.predicted_connections;
    const others = saved - fix.avoidable_connections;
    return `${count(fix.predicted_connections, "connection")} would remain, with a setup of ${duration(fix.predicted_setup_ms)}${
        others > 0 ? `; of the ${grouped(saved)} saved, other items cost ${grouped(others)}` : ""}`;
}

/* How long connections had rested, and lived: from the shortest to the longest. */
function spanText(span, until) {
    const least = span && duration(span.least_ms);
    const most = span && duration(span.most_ms);
    return span && `${least}${most === least ? "" : ` to ${most}`} ${until}`;
}

function idleText(fix) {
    return [
        spanText(fix.idle_until_close, "until the close"),
        spanText(fix.idle_until_request, "until the request"),
        spanText(fix.idle_until_next, "until the next connection"),
    ].filter((text) => text).join(", ");
}

/* Lines of code, where the program told of its calls. */
function callSitesText(fix) {
    return fix.call_sites.slice(0, SITES_SHOWN).map(
        ({ site, connections }) => `${site} (${grouped(connections)} of ${grouped(fix.connections)})`).join(", ");
}

/* Items that say the same of other clients or servers: where there are many, the first has the others in it. */
function withAlike(fixes) {
    const alike = new Map();
    for (const fix of fixes) {
        const key = JSON.stringify([fix.change, fix.severity, fix.advice, fix.others]);
        alike.set(key, alike.get(key) ?? []);
        alike.get(key).push(fix);
    }
    const folded = [...alike.values()].filter((same) => same.length >= FOLDED_FROM);
    const inside = new Set(folded.flatMap((same) => same.slice(1)));
    const behind = new Map(folded.map(([first, ...others]) => [first, others]));
    return fixes.filter((fix) => !inside.has(fix)).map((fix) => [fix, behind.get(fix) ?? []]);
}

function foldedItems(others) {
    return others.length === 0 ? [] : [
        make("details", {}, make("summary", {}, `${grouped(others.length)} more like this`),
            make("ol", { class: "items" }, ...others.map((fix) => fixItem(fix, [])))),
    ];
}

function fixItem(fix, others) {
    const ids = new Set(fix.connection_ids);
    const show = make("button", { type: "button" }, `Show ${count(fix.connections, "connection")}`);
    show.addEventListener("click", () => filterBy({
        label: fix.happened, has: ({ id }) => ids.has(id),
    }));
    const facts = [
        ["Where", `${endpoint(fix.client)} → ${serverName(fix.scheme, fix.name, fix.server)}`],
        ["Called from", callSitesText(fix)],
        ["Idle", idleText(fix)],
        ["Age", spanText(fix.age_at_close, "from the opening to the close")],
        ["Cost", costText(fix)],
        ["Brings", forecastText(fix)],
        ["It may also be", fix.others],
        ["Source", fix.source],
    ].filter(([, text]) => text);
    return make("li", { class: fix.severity },
        make("h3", {}, make("span", { class: "severity" }, fix.severity),
            ` ${fix.happened.replace(/^\d+/, grouped)}`),
        make("p", {}, fix.advice),
        make("dl", { class: "facts" }, ...facts.flatMap(
            ([label, text]) => [make("dt", {}, label), make("dd", {}, text)])),
        make("div", { class: "acts" }, show, copyable(fix.filter)), ...foldedItems(others));
}

function showItems() {
    document.getElementById("items").replaceChildren(
        ...withAlike(data.fixes).map(([fix, others]) => fixItem(fix, others)));
    if (data.fixes.length === 0) {
        document.getElementById("change").append(make("p", { class: "note" },
            "Nothing: no connection was avoidable, and no request was lost."));
    }
}

/* ---- origins ---- */

const ORIGIN_COLUMNS = [
    { title: "Client", text: (origin) => endpoint(origin.client) },
    { title: "Origin", text: (origin) => serverName(origin.scheme, origin.name, origin.server) },
    { title: "Protocol", text: (origin) => origin.protocol ?? "" },
    { title: "Requests", value: (origin) => origin.requests },
    { title: "Connections", value: (origin) => origin.connections },
    { title: "Needed", value: (origin) => origin.needed_connections },
    { title: "Avoidable", value: (origin) => origin.avoidable_connections },
    { title: "Avoidable setup", value: (origin) => origin.avoidable_setup_ms ?? 0, show: duration },
    { title: "Reuse", value: (origin) => origin.reuse_ratio ?? -1, show: (ratio) => ratio < 0 ? "–" : percent(ratio) },
    { title: "Setup, median", value: (origin) => origin.setup_median_ms ?? -1, show: (ms) => ms < 0 ? "–" : duration(ms) },
];

const ORIGINS_SHOWN = 200;

const originOrder = { column: 7, isDown: true };

function compareOrigins(a, b) {
    const { text, value } = ORIGIN_COLUMNS[originOrder.column];
    const order = value ? value(a) - value(b) : text(a).localeCompare(text(b));
    return (originOrder.isDown ? -order : order) || a.index - b.index;
}

function originHead(column, index) {
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
        originOrder.isDown = originOrder.column === index ? !originOrder.isDown : Boolean(column.value);
        originOrder.column = index;
        showOrigins();
        document.querySelectorAll("#origins th button")[index].focus();
    });
    const isOrder = index === originOrder.column;
    return make("th", { scope: "col", "aria-sort": isOrder ? originOrder.isDown ? "descending" : "ascending" : null,
        class: column.value ? "number" : null }, button);
}

function isOfOrigin(connection, origin) {
    return connection.client.address === origin.client.address &&
        connection.server.address === origin.server.address &&
        connection.server.port === origin.server.port &&
        (!origin.name || [connection.sni, connection.seen[0]?.authority, endpoint(connection.server)]
            .some((name) => name === origin.name) || connection.seen.length === 0);
}

function originRow(origin) {
    const row = make("tr", {}, ...ORIGIN_COLUMNS.map(({ text, value, show }) => value
        ? make("td", { class: "number" }, show ? show(value(origin)) : grouped(value(origin)))
        : make("td", {}, text(origin))));
    const name = row.cells[1];
    const button = make("button", { type: "button", class: "link", title: "Show its connections" }, name.textContent);
    name.replaceChildren(button);
    button.addEventListener("click", () => filterBy({
        label: name.textContent, has: (connection) => isOfOrigin(connection, origin),
    }));
    return row;
}

function showOrigins() {
    const sorted = [...data.origins].sort(compareOrigins);
    document.getElementById("origins").replaceChildren(
        make("thead", {}, make("tr", {}, ...ORIGIN_COLUMNS.map(originHead))),
        make("tbody", {}, ...sorted.slice(0, ORIGINS_SHOWN).map(originRow)));
    if (sorted.length > ORIGINS_SHOWN) {
        document.getElementById("origins").append(make("tfoot", {}, make("tr", {},
            make("td", { colspan: ORIGIN_COLUMNS.length }, `and ${count(sorted.length - ORIGINS_SHOWN, "origin")} more`))));
    }
}

/* ---- legend and limits ---- */

function swatch(draw, label) {
    const svg = makeSvg("svg", { width: 30, height: 20, viewBox: "0 3 30 20", "aria-hidden": true });
    svg.append(draw(svg));
    return make("span", {}, svg, ` ${label}`);
}

function showLegend() {
    const ended = (close_by, close_cause) => () => endMark({ close_by, close_cause }, 15, MIDDLE);
    const block = (kind, height) => () => bar(kind, 4, 26, MIDDLE - height / 2, height);
    document.getElementById("legend").append(
        swatch(block("tcp", 6), "TCP"), swatch(block("tls", 10), "TLS, full"),
        swatch(block("tls resumed", 10), "TLS, resumed"), swatch(block("wait", 18), "waiting"),
        swatch(block("receive", 18), "receiving"), swatch(block("none", 18), "no answer seen"),
        swatch(() => makeSvg("line", { class: "idle", x1: 2, x2: 28, y1: MIDDLE, y2: MIDDLE }), "idle"),
        swatch(ended("client", "client-close"), "ended by the client"),
        swatch(ended("server", "server-close"), "by the server"),
        swatch(ended(null, "unknown"), "by both, or unknown"),
        swatch(ended("client", "stale-race"), "a request was lost"),
        swatch(ended(null, "open-at-end"), "still open"));
}

/* What of the capture leaves verdicts open, in the words of the text report. */
function captureNotes(capture) {
    const { out_of_order: order, clock_tick_ms: tick, clocks_apart: apart, one_way: oneWay } = capture;
    const onlyOf = (whose, connections) => connections
        && `Of ${count(connections, "connection")} only the packets of the ${whose} were captured: what the other side did is known by acknowledgements alone.`;
    return [
        order.frames && `The file is not in the order of time, or the clock was set back, by up to ${duration(order.back_ms)}: what would rest on the order there is left open.`,
        tick && `Times are multiples of ${duration(tick)}: what would rest on shorter times is left open.`,
        apart.connections && `Of ${count(apart.connections, "connection")} what one side sent stands up to ${duration(apart.most_ms)} behind what acknowledges it: the clocks of two hosts differ, or the directions were captured at two places, or out of order. What would rest on a closer order is left open.`,
        onlyOf("client", oneWay.only_client),
        onlyOf("server", oneWay.only_server),
        capture.captured_twice && `${count(capture.captured_twice, "connection")} on both sides of a NAT, by equal sequence numbers, counted once.`,
    ];
}

function howToShow({ looks_like: looksLike, option }) {
    if (looksLike === "h2") {
        return `begins as HTTP/2 does: ${option} shows it`;
    }
    return option == null
        ? "is TLS whose ClientHello is not in the capture, and may be HTTP: without that no key shows it"
        : `is TLS that may be HTTP: ${option}, and the keys (SSLKEYLOGFILE; in Go tls.Config.KeyLogWriter), show it`;
}

/* What may be HTTP, and what would show it. */
function showLeftOut({
    other_connections_cut: cut, other_connections_unseen: unseen, other_connections_unread: unread,
}) {
    const shown = data.leftOut.slice(0, LEFT_OUT_SHOWN);
    const more = data.leftOut.length - shown.length;
    const notes = [
        ...shown.map((one) => `What ${count(one.connections, "connection")} to ${endpoint(one.server)} carried ${howToShow(one)}.`),
        more && `So do, or may, those to ${count(more, "more server")}.`,
        cut && `Of ${count(cut, "connection")} the first packets are cut short (a snap length), so that no HTTP can be read: tcpdump -s 0 captures them whole.`,
        unread && `Of ${count(unread, "QUIC connection")} nobody could read what they begin with, and they may be HTTP/3: whole packets of both directions, from the begin on, show it.`,
        unseen && `Of ${count(unseen, "connection")} nothing that they carried was captured: a capture filter that lets all packets of the server pass shows it.`,
    ].filter(Boolean);
    document.getElementById("left-out").append(...notes.map((note) => make("li", {}, note)));
}

function showLimits(capture) {
    const notes = [
        "Needed is what a perfect pool would have opened; avoidable is what was opened beyond that.",
        "“likely” is an inference from a pattern: another cause may look the same. What the capture does not show is unknown, and blamed on nobody.",
        "Arrows lead from what explains an opening to the opening: of the selected connection, and of those that follow a closed or pass by an idle one.",
        capture.opaque && `${count(capture.opaque, "connection")} could not be decrypted: without keys nothing is known of requests.`,
        capture.other_connections && `${count(capture.other_connections, "connection")} in which no HTTP is shown, not counted here.`,
        capture.other_connections_refused && `${count(capture.other_connections_refused, "connection")} of these ${capture.other_connections_refused === 1 ? "was" : "were"} refused: whether a request needed one is not known.`,
        ...captureNotes(capture),
    ].filter(Boolean);
    document.getElementById("limits").append(make("ul", {}, ...notes.map((note) => make("li", {}, note))));
    const cuts = ["connections", "origins"].filter((kind) => capture[kind] > data[kind].length).map((kind) =>
        `The page has the first ${grouped(data[kind].length)} ${kind}; ${grouped(capture[kind] - data[kind].length)} more are in the NDJSON.`);
    document.getElementById("cut").textContent = cuts.join(" ");
}
