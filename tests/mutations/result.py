"""What to change, and what it costs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
ROWS = [
    ("result/changes.c", "!connection->is_opening_seen && connection->request_count == 0 &&",
     "connection->request_count == 0 &&"),
    ("result/items.c", "if (one.origin != fix->origin) {", "if (true) {"),
]
