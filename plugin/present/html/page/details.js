/* A connection in words: the block that the text report has for it, as a tip under the mouse, as
 * what a screen reader says, and below with its requests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const REQUESTS_LISTED = 200;

/* How the connection was opened and ended: pairs of a label and a sentence. */
function facts(connection) {
    return [
        ["from", `${endpoint(connection.client)} to ${serverName(null, connection.sni, connection.server)}`],
        ["opened", openingText(connection)],
        ["setup", setupText(connection)],
        ["carried", carriedText(connection)],
        ["ended", endingText(connection)],
    ].filter(([, text]) => text);
}

function openingText(connection) {
    if (!connection.opening_seen) {
        return "before the capture began";
    }
    const why = connection.why_new;
    const other = connection.why_new_connection;
    const words = WHY_WORDS[why] ?? why ?? "for a reason that is not known";
    const cause = connection.why_new_cause ? `: ${connection.why_new_cause}` : "";
    return `frame ${connection.opened_frame}, ${why ?? "unknown"}: ${words}`
        + (other && other !== connection.id ? ` (#${other}${cause})` : "");
}

function setupText(connection) {
    if (connection.setup_ms == null) {
        return connection.opening_seen ? "how long is not known" : null;
    }
    const parts = [];
    if (connection.tls_handshake_ms != null && connection.tcp_handshake_ms != null) {
        parts.push(`TCP ${duration(connection.tcp_handshake_ms)}`,
            `TLS ${duration(connection.tls_handshake_ms)}`);
    }
    if (connection.tls_handshake && connection.tls_handshake !== "none") {
        parts.push(TLS_WORDS[connection.tls_handshake], connection.tls_version ?? "",
            connection.alpn ?? "");
    }
    const inside = parts.filter(Boolean).join(", ");
    return duration(connection.setup_ms) + (inside ? ` (${inside})` : "")
        + (connection.avoidable ? "; a perfect pool would not have opened it" : "");
}

function carriedText(connection) {
    const size = `${bytes(connection.bytes_to_server)} sent, ${bytes(connection.bytes_to_client)} received`;
    const told = connection.told.length;
    return connection.requests === 0 ? `${told ? `${count(told, "call")} that cannot be read` : "no request"}; ${size}` : `${count(connection.requests, "request")}; ${size}`;
}

function endingText(connection) {
    const cause = connection.close_cause ?? "unknown";
    const words = CAUSES[cause]?.words;
    const parts = [cause + (connection.close_certainty === "likely" ? ", likely" : "")];
    if (SIDE_WORDS[connection.close_by]) {
        parts.push(`by ${SIDE_WORDS[connection.close_by]}`);
    }
    if (words) {
        parts.push(`(${words})`);
    }
    if (connection.idle_before_close_ms != null) {
        parts.push(`after ${duration(connection.idle_before_close_ms)} idle`);
    }
    if (connection.close_first_fin && connection.close_first_fin !== connection.close_by) {
        parts.push(`, first FIN or RST by ${SIDE_WORDS[connection.close_first_fin]}`);
    }
    const frame = connection.closed_frame ? `frame ${connection.closed_frame}, ` : "";
    return frame + parts.join(" ").replace(" ,", ",");
}

function ariaText(connection) {
    return [`Connection ${connection.id}`, connection.protocol ?? "", openingText(connection),
        setupText(connection) ?? "", carriedText(connection), endingText(connection)]
        .filter(Boolean).join(". ");
}

function headText(connection) {
    const stream = connection.tcp_stream != null ? `tcp.stream ${connection.tcp_stream}`
        : connection.quic_connection != null ? `QUIC connection ${connection.quic_connection}`
            : `inside #${connection.parent}`;
    return `#${connection.id} · ${stream} · ${connection.protocol ?? "no HTTP seen"}`;
}

function factList(connection) {
    return make("dl", { class: "facts" }, ...facts(connection).flatMap(
        ([label, text]) => [make("dt", {}, label), make("dd", {}, text)]));
}

/* ---- the tip ---- */

const tip = document.getElementById("tip");

function showTip(row, event) {
    if (row.folded) {
        const { folded } = row;
        tip.replaceChildren(make("b", {}, `${grouped(folded.length)} connections like #${row.key}`),
            make("p", {}, "Click or press Enter to see each."));
    } else {
        tip.replaceChildren(make("b", {}, headText(row.connection)), factList(row.connection));
    }
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 16, window.innerWidth - width - 8);
    const below = event.clientY + 18;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${below + height < window.innerHeight ? below : Math.max(event.clientY - height - 12, 8)}px`;
}

/* ---- the panel ---- */

const details = document.getElementById("details");

/* A connection's requests, each with its bar on the connection's own time. */
function requestRow(request, begin, length, isTold) {
    const part = (ms) => `${(100 * Math.min(Math.max((ms - begin) / length, 0), 1)).toFixed(2)}%`;
    const svg = makeSvg("svg", { class: "own", "aria-hidden": true });
    const until = request.done ?? request.answered ?? request.sent;
    const turn = request.answered ?? until;
    svg.append(ownBar("wait", part(request.sent), part(turn)), ownBar("receive", part(turn), part(until)));
    return make("tr", {},
        make("td", {}, `${request.number}${request.number_exact ? "" : "+"}`),
        make("td", {}, String(request.frame)),
        make("td", { class: request.status }, request.status),
        make("td", { class: "line", title: `${request.authority ?? ""}${request.target ?? ""}` },
            `${request.method ?? ""} ${request.target ?? "–"}`),
        make("td", {}, request.response_code == null ? (request.complete ? "?" : "none") : String(request.response_code)),
        make("td", {}, request.answer_begin_ms == null ? "–" : duration(request.answer_begin_ms)),
        make("td", {}, request.response_time_ms == null ? "–" : duration(request.response_time_ms)),
        make("td", {}, request.idle_ms == null ? request.delivery === "sequential" ? "" : request.delivery ?? "" : duration(request.idle_ms)),
        isTold ? make("td", {}, request.call_site ?? "") : "",
        make("td", { class: "own" }, svg));
}

function ownBar(kind, from, to) {
    return makeSvg("rect", { class: kind, x: from, y: 2, height: 10,
        width: `${Math.max(parseFloat(to) - parseFloat(from), 0.4)}%` });
}

function requestTable(connection) {
    const { seen } = connection;
    const begin = seen[0].sent;
    const end = seen.reduce((last, { done, answered, sent }) => Math.max(last, done ?? answered ?? sent), begin);
    const isTold = seen.some((request) => request.call_site != null);
    const rows = seen.slice(0, REQUESTS_LISTED).map((request) => requestRow(request, begin, end - begin || 1, isTold));
    const left = connection.requests - rows.length;
    return make("div", { class: "wide" }, make("table", {},
        make("thead", {}, make("tr", {}, ...["nr", "frame", "status", "request", "answer", "first byte",
            "time", "idle", ...(isTold ? ["called from"] : []), ""].map((title) => make("th", {}, title)))),
        make("tbody", {}, ...rows)),
    left > 0 ? make("p", { class: "note" }, `and ${count(left, "request")} more`) : null);
}

/* What the program told of calls inside of TLS that nobody can read. */
function callTable(connection) {
    const rows = connection.told.slice(0, REQUESTS_LISTED).map((call) => make("tr", {},
        make("td", {}, call.frame == null ? "" : String(call.frame)),
        make("td", { class: "line", title: call.host ?? "" }, `${call.method ?? ""} ${call.path ?? "–"}`),
        make("td", {}, call.error ?? ""),
        make("td", { title: call.function ?? "" }, call.site ?? "")));
    const left = connection.told.length - rows.length;
    return make("div", { class: "wide" }, make("table", {},
        make("thead", {}, make("tr", {}, ...["frame", "call, as the program told it", "error",
            "called from"].map((title) => make("th", {}, title)))),
        make("tbody", {}, ...rows)),
    left > 0 ? make("p", { class: "note" }, `and ${count(left, "call")} more`) : null);
}

function streamFilter(connection) {
    return connection.tcp_stream != null && connection.transport === "tcp" ? `tcp.stream == ${connection.tcp_stream}`
        : connection.quic_connection != null ? `quic.connection.number == ${connection.quic_connection}`
            : `http_reuse.connection == ${connection.id}`;
}

function showDetails(connection) {
    const close = make("button", { type: "button", class: "close", "aria-label": "Close", title: "Close (Esc)" }, "×");
    close.addEventListener("click", hideDetails);
    details.replaceChildren(close, make("h3", {}, headText(connection)), factList(connection),
        ...problemTexts(connection),
        copyable(streamFilter(connection)),
        connection.seen.length ? requestTable(connection) : connection.told.length ? callTable(connection) : "");
    details.hidden = false;
    document.body.classList.add("has-details");
    tip.hidden = true;
}

/* Each finding once: one loss may be told at two frames. */
function problemTexts(connection) {
    const { finding_texts: general, finding_advice: ofLibraries } = data.capture;
    const texts = new Set(connection.problems.map(({ code, data: facts }) =>
        ofLibraries?.[code]?.[facts?.client_library] ?? general[code]));
    return [...texts].map((text) => make("p", { class: "problem" }, text));
}

function hideDetails() {
    details.hidden = true;
    document.body.classList.remove("has-details");
    chart.list.focus({ preventScroll: true });
}

/* A display filter with a button that copies it. */
function copyable(filter) {
    const code = make("code", {}, filter);
    const button = make("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(filter);
            button.textContent = "Copied";
        } catch {
            getSelection().selectAllChildren(code); /* the browser allows no more */
            button.textContent = "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    return make("p", { class: "filter" }, "Wireshark filter ", code, " ", button);
}
