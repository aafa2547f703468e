"""GETs in turn by Python's requests.

usage: requests_client.py WAY ORIGIN PATH...

  session   one requests.Session
  get       requests.get each time, which makes a session for one call
  stream    one requests.Session with stream=True; /unread is closed without
            a look at its body, others are read

Prints a JSON object with the requests. Whether one ran on a used connection is what urllib3 logs:
that it starts a new one, that it resets a dropped one (it connects again), or nothing. The
client's end is asked of the socket on which urllib3 awaits the answer.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import logging
import sys
import urllib.parse

import requests
import urllib3


OPENS = ("Starting new HTTP connection", "Resetting dropped connection")


class Log(logging.Handler):
    """Notes what urllib3 says of its pool."""

    def __init__(self):
        super().__init__()
        self.opened = 0

    def emit(self, record):
        self.opened += record.getMessage().startswith(OPENS)


class Connection(urllib3.connectionpool.HTTPConnectionPool.ConnectionCls):
    """Says on which socket the latest answer was awaited."""

    local = None

    def getresponse(self, *arguments, **options):
        Connection.local = "%s:%d" % self.sock.getsockname()
        return super().getresponse(*arguments, **options)


def listen():
    urllib3.connectionpool.HTTPConnectionPool.ConnectionCls = Connection
    log = Log()
    logger = logging.getLogger("urllib3.connectionpool")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(log)
    return log


def finish(answer, entry):
    """Reads the body, or closes it unread."""
    if entry["path"] == "/unread":
        answer.close()
    else:
        entry["bytes"] = len(answer.content)
        entry["eof"] = True


def main():
    way, origin, *paths = sys.argv[1:]
    log = listen()
    session = requests.Session()
    found = []
    for path in paths:
        opened = log.opened
        if way == "get":
            answer = requests.get(origin + path)
        else:
            answer = session.get(origin + path, stream=way == "stream")
        is_reused = log.opened == opened
        entry = {"method": "GET", "url": answer.url, "path": urllib.parse.urlsplit(answer.url).path,
                 "local": Connection.local, "reused": is_reused, "was_idle": is_reused,
                 "status": answer.status_code, "bytes": 0, "eof": False}
        finish(answer, entry)
        found.append(entry)
    json.dump({"requests": found}, sys.stdout)


main()
