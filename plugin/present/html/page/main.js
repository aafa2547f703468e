/* Puts the page together, and listens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */

const PAN_SHARE = 0.25; /* of what is seen of the axis */

const filterInput = document.getElementById("filter");

function filterBy(only) {
    view.only = only;
    const chip = only && make("button", { type: "button", class: "chip", title: "Remove this filter" }, `× ${only.label}`);
    chip?.addEventListener("click", () => filterBy(null));
    document.getElementById("chips").replaceChildren(...chip ? [chip] : []);
    update();
    if (only) {
        document.getElementById("connections").scrollIntoView();
    }
}

function rowOf(event) {
    const element = event.target.closest?.(".row");
    return element ? Number(element.id.slice("row-".length)) : null;
}

function listenToControls() {
    filterInput.addEventListener("input", () => {
        view.words = filterInput.value.toLowerCase().split(/\s+/).filter(Boolean);
        update();
    });
    const order = document.getElementById("order");
    order.append(...Object.entries(ORDERS).map(([value, { label }]) => make("option", { value }, label)));
    order.addEventListener("change", () => {
        view.order = order.value;
        update();
    });
    const fold = document.getElementById("fold");
    fold.addEventListener("change", () => {
        view.isFolded = fold.checked;
        view.unfolded.clear();
        update();
    });
    document.getElementById("widen").addEventListener("click", () => zoom(2));
    document.getElementById("narrow").addEventListener("click", () => zoom(0.5));
    document.getElementById("whole").addEventListener("click", () => zoom(0));
    document.getElementById("earlier").addEventListener("click", () => pan(-PAN_SHARE));
    document.getElementById("later").addEventListener("click", () => pan(PAN_SHARE));
}

function listenToMouse() {
    chart.list.addEventListener("click", (event) => {
        const index = rowOf(event);
        if (index != null) {
            activate(index);
        }
    });
    chart.list.addEventListener("mousemove", (event) => {
        const index = rowOf(event);
        if (index == null) {
            tip.hidden = true;
        } else {
            showTip(chart.rows[index], event);
        }
    });
    chart.list.addEventListener("mouseleave", () => { tip.hidden = true; });
}

/* What a key does, to the list or to the page. */
const LIST_KEYS = {
    ArrowDown: () => select(view.selected + 1),
    ArrowUp: () => select(view.selected - 1),
    PageDown: () => select(view.selected + 20),
    PageUp: () => select(view.selected - 20),
    Home: () => select(0),
    End: () => select(chart.rows.length - 1),
    Enter: () => activate(view.selected),
    " ": () => activate(view.selected),
    ArrowLeft: () => pan(-PAN_SHARE),
    ArrowRight: () => pan(PAN_SHARE),
};
const PAGE_KEYS = {
    "/": () => filterInput.focus(),
    "+": () => zoom(2),
    "=": () => zoom(2),
    "-": () => zoom(0.5),
    "0": () => zoom(0),
    Escape: () => details.hidden ? filterBy(null) : hideDetails(),
};

function listenToKeys() {
    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        const isTyping = event.target.matches("input[type=search], select");
        if (isTyping && event.key === "Escape") {
            chart.list.focus();
            event.preventDefault();
        }
        const isInList = event.target === chart.list;
        const act = (isInList && LIST_KEYS[event.key]) || (!isTyping && PAGE_KEYS[event.key]);
        if (act) {
            act();
            event.preventDefault();
        }
    });
}

function listenToWindow() {
    window.addEventListener("scroll", showRowsBitByBit, { passive: true });
    window.addEventListener("resize", oncePerFrame(redraw));
    window.addEventListener("beforeprint", () => {
        chart.isPrinting = true;
        redraw();
    });
    window.addEventListener("afterprint", () => {
        chart.isPrinting = false;
        redraw();
    });
}

readRecords(() => {
    document.getElementById("main").hidden = data.capture.connections === 0;
    showAbout(data.capture);
    showTotals(data.capture);
    showItems();
    showOrigins();
    showLegend();
}, () => {
    showLeftOut(data.capture);
    showLimits(data.capture);
    listenToControls();
    listenToMouse();
    listenToKeys();
    listenToWindow();
    update();
    document.body.dataset.ready = "true";
});
