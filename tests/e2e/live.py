"""A small server and a client on loopback, in processes of their own, for live captures.

    live.py server            serves HTTP/1.1 on a free port, which it prints
    live.py client PORT       does what CALLS says, and prints what it did, one line a request

SPDX-License-Identifier: GPL-2.0-or-later
"""
import http.client
import http.server
import json
import sys

KEPT, CLOSED = 3, 2  # requests over one connection, and connections for one request each


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one segment: two can come in the wrong order, on a busy machine

    def do_GET(self):
        body = b"x" * 200
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def get(connection, path, headers=None):
    connection.request("GET", path, headers=headers or {})
    local = connection.sock.getsockname()[1]  # http.client forgets it after Connection: close
    answer = connection.getresponse()
    answer.read()
    return {"path": path, "status": answer.status, "port": local}


def call(port):
    done = []
    kept = http.client.HTTPConnection("127.0.0.1", port)
    for i in range(KEPT):
        done.append({**get(kept, f"/kept-{i}"), "reused": i > 0})
    kept.close()
    for i in range(CLOSED):
        once = http.client.HTTPConnection("127.0.0.1", port)
        done.append({**get(once, f"/once-{i}", {"Connection": "close"}), "reused": False})
        once.close()
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve()
    else:
        call(int(sys.argv[2]))
