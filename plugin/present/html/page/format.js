/* Numbers for people, and elements. Text gets into the page through textContent only: what a
 * packet says is never markup.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* An element: make("td", { class: "name", title: "..." }, "text", child, ...). */
function make(name, attributes = {}, ...children) {
    return fill(document.createElement(name), attributes, children);
}

function makeSvg(name, attributes = {}, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value != null && value !== false) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children.filter((child) => child != null && child !== ""));
    return element;
}

/* Three significant digits, as the eye can take in: 0.030 ms, 12.4 ms, 1.53 s, 2 min 5 s. */
function duration(ms) {
    if (ms == null) {
        return "unknown";
    }
    const size = Math.abs(ms);
    if (size >= 120000) {
        const seconds = Math.round(ms / 1000);
        return `${Math.trunc(seconds / 60)} min ${Math.abs(seconds % 60)} s`;
    }
    if (size >= 1000) {
        return `${digits(ms / 1000)} s`;
    }
    return size > 0 && size < 0.1 ? `${digits(ms * 1000)} µs` : `${digits(ms)} ms`;
}

/* A time of an axis with marks @step ms apart. */
function timeText(ms, step) {
    const [unit, name] = Math.abs(ms) >= 1000 ? [1000, "s"] : Math.abs(ms) >= 1 ? [1, "ms"] : [0.001, "µs"];
    const decimals = Math.min(Math.max(-Math.floor(Math.log10(step / unit) + 1e-9), 0), 9);
    return Math.abs(ms) < step / 2 ? "0" : `${(ms / unit).toFixed(decimals)} ${name}`;
}

function digits(value) {
    const size = Math.abs(value);
    return value.toFixed(size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function count(number, noun) {
    return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/* 10 000 with narrow spaces, the same in every locale. */
function grouped(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function percent(ratio) {
    return ratio == null ? "–" : `${(Math.floor(ratio * 1000) / 10).toFixed(1)} %`;
}

function bytes(number) {
    if (number < 1024) {
        return `${number} B`;
    }
    return number < 1048576 ? `${digits(number / 1024)} KiB` : `${digits(number / 1048576)} MiB`;
}

/* An address and port as people write them. */
function endpoint({ address, port }) {
    const host = address.includes(":") ? `[${address}]` : address;
    return port == null ? host : `${host}:${port}`;
}

/* "https://a.example (10.0.0.1:443)" of whatever has a scheme, a name and a server. */
function serverName(scheme, name, server) {
    const address = endpoint(server);
    const prefix = scheme ? `${scheme}://` : "";
    return name && name !== address ? `${prefix}${name} (${address})` : prefix + address;
}
