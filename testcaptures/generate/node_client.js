// GETs in turn by Node.js, each after the end of the one before; or all at once, four times.
//
// usage: node node_client.js WAY ORIGIN PATH...
//
//   agent         http.get with an Agent that keeps connections
//   no-agent      http.get with an Agent that does not; for /own, agent: false
//   burst-N       http.get, all paths at once, with an Agent that keeps N connections; four times
//   fetch         fetch, bodies read
//   fetch-unread  fetch, bodies left alone
//   fetch-cancel  fetch, bodies cancelled
//   fetch-pause   fetch, bodies read, 5.5 s after each
//
// Prints a JSON object with the requests. For http.get it is request.reusedSocket that says
// whether one ran on a used connection; for fetch, undici's diagnostics channels say which socket
// it got.
// SPDX-License-Identifier: GPL-2.0-or-later
"use strict";

const diagnostics = require("node:diagnostics_channel");
const http = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");

const [way, origin, ...paths] = process.argv.slice(2);
const requests = [];

function enter(path, socket, reused) {
  const entry = {
    method: "GET", url: origin + path, path, local: `${socket.localAddress}:${socket.localPort}`,
    reused, was_idle: reused, status: null, bytes: 0, eof: false,
  };
  requests.push(entry);
  return entry;
}

// ---- http.get ----

function agentOf(path) {
  return path === "/own" ? false : agent;
}

const free = way.startsWith("burst-") ? Number(way.slice("burst-".length)) : undefined;
const agent = new http.Agent({ keepAlive: way === "agent" || free > 0, maxFreeSockets: free });

function get(path) {
  return new Promise((resolve, reject) => {
    const request = http.get(origin + path, { agent: agentOf(path) }, (answer) => {
      const entry = enter(path, answer.socket, request.reusedSocket);
      entry.status = answer.statusCode;
      answer.on("data", (chunk) => { entry.bytes += chunk.length; });
      answer.on("end", () => { entry.eof = true; });
      answer.on("close", resolve);
    });
    request.on("error", reject);
  });
}

// ---- fetch ----

const seen = new Set();
let last;

diagnostics.channel("undici:client:sendHeaders").subscribe(({ request, socket }) => {
  last = enter(request.path, socket, seen.has(socket));
  seen.add(socket);
});

async function fetchOne(path, kept) {
  const answer = await fetch(origin + path);
  const entry = last;
  entry.status = answer.status;
  if (way === "fetch-unread") {
    kept.push(answer); // out of the garbage collector's reach, which would cancel
  } else if (way === "fetch-cancel") {
    await answer.body.cancel();
  } else {
    entry.bytes = (await answer.arrayBuffer()).byteLength;
    entry.eof = true;
  }
}

async function bursts() {
  for (let burst = 0; burst < 4; burst++) {
    await Promise.all(paths.map(get));
    await sleep(200);
  }
}

async function main() {
  const kept = [];
  if (free > 0) {
    await bursts();
  }
  for (const path of free > 0 ? [] : paths) {
    await (way.endsWith("agent") ? get(path) : fetchOne(path, kept));
    // A socket goes back to its pool in a later turn of the loop.
    await sleep(way === "fetch-pause" ? 5500 : 20);
  }
  process.stdout.write(JSON.stringify({ requests }), () => process.exit());
}

main();
