"""GETs in turn by Python's requests.

usage: requests_client.py WAY URL...

  session   one requests.Session
  get       requests.get each time, which makes a session for one call
  stream    one requests.Session with stream=True; /unread is closed without
            a look at its body, others are read
  pause     one requests.Session, PAUSE after each
  threads   one requests.Session, all at once, then one more
  workers   one requests.Session, eight threads, HTTPAdapter(pool_maxsize=2)
  workers-all the same with the pool's default, 10
  hosts     one requests.Session, a moment after each
  hosts-all the same with HTTPAdapter(pool_connections=20)

Prints a JSON object with the requests. Whether one ran on a used connection is what urllib3 logs:
that it starts a new one, that it resets a dropped one (it connects again), or nothing. The
client's end is asked of the socket on which urllib3 awaits the answer.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import concurrent.futures
import json
import logging
import sys
import threading
import time
import urllib.parse

import requests
import urllib3


PAUSE = 1.5  # seconds
LONG = 0.3
MOMENT = 0.02
WORKERS = 8
PAUSES = {"pause": PAUSE, "hosts": MOMENT, "hosts-all": MOMENT}

OPENS = ("Starting new HTTP connection", "Resetting dropped connection")


DISCARDS = "Connection pool is full, discarding connection"

# What is being said of this thread's latest request.
LATEST = threading.local()


class Log(logging.Handler):
    """Notes what urllib3 says of its pool, in the thread that asked for a connection."""

    def emit(self, record):
        LATEST.opened |= record.getMessage().startswith(OPENS)
        LATEST.discarded |= record.getMessage().startswith(DISCARDS)


class Connection(urllib3.connectionpool.HTTPConnectionPool.ConnectionCls):
    """Says on which socket the latest answer was awaited."""

    def getresponse(self, *arguments, **options):
        LATEST.local = "%s:%d" % self.sock.getsockname()
        return super().getresponse(*arguments, **options)


def listen():
    urllib3.connectionpool.HTTPConnectionPool.ConnectionCls = Connection
    logger = logging.getLogger("urllib3.connectionpool")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Log())


def get(session, way, address):
    """One GET, and what is to be said of it."""
    LATEST.opened = LATEST.discarded = False
    answer = (requests if way == "get" else session).get(address, stream=way == "stream")
    path = urllib.parse.urlsplit(address).path
    entry = {"method": "GET", "url": address, "path": path, "local": LATEST.local,
             "reused": not LATEST.opened, "was_idle": not LATEST.opened,
             "status": answer.status_code, "bytes": 0, "eof": False}
    if path == "/unread":
        answer.close()
    else:
        entry["bytes"] = len(answer.content)
        entry["eof"] = True
    if LATEST.discarded:
        entry["discarded"] = True
    return entry


def get_at_once(session, addresses):
    """All but the last at once, and the last when the others have long been answered."""
    with concurrent.futures.ThreadPoolExecutor(len(addresses)) as threads:
        found = list(threads.map(lambda one: get(session, "threads", one), addresses[:-1]))
    time.sleep(LONG)
    found.append(get(session, "threads", addresses[-1]))
    time.sleep(LONG)
    return found


def get_by_workers(session, addresses):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(lambda one: get(session, "workers", one), addresses))


def get_in_turn(session, way, addresses):
    for address in addresses:
        yield get(session, way, address)
        time.sleep(PAUSES.get(way, 0))


def main():
    way, *addresses = sys.argv[1:]
    listen()
    session = requests.Session()
    if way == "hosts-all":
        session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=20))
    if way == "workers":
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=2))
    if way.startswith("workers"):
        found = get_by_workers(session, addresses)
    elif way == "threads":
        found = get_at_once(session, addresses)
    else:
        found = list(get_in_turn(session, way, addresses))
    if way.startswith(("hosts", "workers")):
        time.sleep(LONG)
    json.dump({"requests": found}, sys.stdout)


main()
