"""How many pieces there are: by the size of the captures and the memory of a tshark.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import math
import os
import resource

from http_reuse_many.told import say

TSHARK_MEMORY = 160 << 20  # of a tshark that has read nothing
MEMORY_PER_BYTE = 2.3      # and what it needs for a piece, measured
COMPRESSED = 6             # a gzipped capture is so much larger inside, at most as a rule
PIECES_MAX = 4095          # of http_reuse_cut
WORTH_A_PIECE = 4 << 20


def most_pieces():
    """Each is an open file while cutting."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return PIECES_MAX if files < 0 else max(1, min(PIECES_MAX, files - 16))


def size_of(file):
    if not os.path.isfile(file):  # to open a pipe would be to wait for its writer
        return 0
    try:
        size = os.stat(file).st_size
        with open(file, "rb") as stream:
            return size * (COMPRESSED if stream.read(2) == b"\x1f\x8b" else 1)
    except OSError:
        return 0


def count_pieces(asked, workers, size):
    """So many that a tshark each fits in the memory, and that no worker waits for long."""
    if asked.pieces:
        return asked.pieces
    room = max(asked.memory / workers - TSHARK_MEMORY, TSHARK_MEMORY)
    by_memory = math.ceil(size * MEMORY_PER_BYTE / room)
    by_workers = min(workers * 2, 1 + size // WORTH_A_PIECE)
    return max(1, min(most_pieces(), max(by_memory, by_workers)))


def warn_of_memory(asked, client, left):
    """What belongs together is in one piece, however large that is."""
    room = asked.memory / (sum(client.nthreads().values()) or asked.workers)
    needed = TSHARK_MEMORY + MEMORY_PER_BYTE * left[0][0] if left else 0
    if needed > room:
        say(f"{left[0][1]} is the largest: its tshark may need {needed / 2**20:.0f} MiB, and "
            f"--memory leaves each worker {room / 2**20:.0f} MiB")
