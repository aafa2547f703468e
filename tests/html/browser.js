// Chromium, and what the tests ask of it.
// SPDX-License-Identifier: GPL-2.0-or-later
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

let browser;

export async function start() {
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium" });
}

export async function stop() {
    await browser.close();
}

// A page that is ready to use. It may load nothing but itself, and complain of nothing.
export async function openPage(name, { javaScriptEnabled = true, mayFail = false } = {}) {
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 1400, height: 1600 } });
    const page = await context.newPage();
    const address = pathToFileURL(`${process.env.PAGES}/${name}.html`).href;
    if (!mayFail) {
        page.on("request", (request) => assert.ok([address, "data:,"].includes(request.url()), request.url()));
        page.on("console", (message) => assert.fail(message.text()));
        page.on("pageerror", (error) => assert.fail(error.stack));
    }
    page.setDefaultTimeout(30000);
    await page.goto(address);
    if (javaScriptEnabled) {
        await page.waitForSelector("body[data-ready]");
    }
    return page;
}

// The contrast between a text and what is behind it (WCAG 2.2, 1.4.3).
export function contrast(page, selector) {
    return page.locator(selector).first().evaluate((element) => {
        const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
        const luminance = (colour) => parts(colour).slice(0, 3).reduce((sum, value, i) => {
            const share = value / 255;
            const linear = share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            return sum + linear * [0.2126, 0.7152, 0.0722][i];
        }, 0);
        let behind = element;
        while (parts(getComputedStyle(behind).backgroundColor)[3] === 0) {
            behind = behind.parentElement;
        }
        const both = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    });
}

// Scrolls through the whole page; returns the longest task of its main thread meanwhile, in ms of
// processor time, and the most elements that there were at once.
export async function scrollThrough(page) {
    await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
    const elements = await page.evaluate(async () => {
        const step = document.documentElement.scrollHeight / 100;
        let most = 0;
        for (let i = 1; i <= 100; i++) {
            window.scrollTo(0, i * step);
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.getElementsByTagName("*").length);
        }
        return most;
    });
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    const threads = new Set(traceEvents
        .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
        .map(({ pid, tid }) => `${pid} ${tid}`));
    const tasks = traceEvents.filter(({ name, pid, tid, tdur }) =>
        /RunTask$/.test(name) && tdur && threads.has(`${pid} ${tid}`));
    assert.ok(tasks.length > 100, "a trace of the tasks");
    return { longest: Math.max(...tasks.map(({ tdur }) => tdur / 1000)), elements };
}
