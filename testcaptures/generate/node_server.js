// Node's HTTP server as it is by default, and its book of connections.
//
// usage: node node_server.js HOST PORT BODY_SIZE BOOK
//
// On SIGTERM it writes the book, a JSON list, into the file BOOK: who connected, how many requests
// came, and whether the server closed before it heard the client's end.
// SPDX-License-Identifier: GPL-2.0-or-later
"use strict";

const fs = require("node:fs");
const http = require("node:http");

const [host, port, size, book] = process.argv.slice(2);
const body = "abcdefghijklmnopqrstuvwxyz".repeat(Math.ceil(size / 26)).slice(0, size);
const connections = [];
const bySocket = new Map();

const server = http.createServer((request, answer) => {
  bySocket.get(request.socket).requests++;
  answer.setHeader("Content-Type", "text/plain");
  answer.end(body);
});

server.on("connection", (socket) => {
  const known = {
    remote: `${socket.remoteAddress}:${socket.remotePort}`, requests: 0, closed_by_server: false,
  };
  let heard = false;
  connections.push(known);
  bySocket.set(socket, known);
  socket.on("end", () => { heard = true; });
  socket.on("error", () => { heard = true; });
  socket.on("close", () => { known.closed_by_server = !heard; });
});

process.on("SIGTERM", () => {
  fs.writeFileSync(book, JSON.stringify(connections));
  process.exit();
});

server.listen(Number(port), host);
