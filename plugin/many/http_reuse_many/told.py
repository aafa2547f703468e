"""What the user is told.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import sys


class Failure(Exception):
    """One line for the user."""


def say(text):
    bar = "\r\033[K" if sys.stderr.isatty() else ""  # is overwritten
    print(f"{bar}http-reuse-many: {text}", file=sys.stderr, flush=True)


def show(text):
    """On a terminal, until something else is shown or said."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def reason_of(error):
    """An error of the system without its number and quotes."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def counted(number, what):
    return f"{number} {what}" + ("" if number == 1 else "s")


class Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, total):
        self.total, self.done, self.is_shown = total, 0, sys.stderr.isatty()

    def step(self, count=1):
        self.done += count
        if count == 0 or self.total == 0:
            return
        if self.is_shown:
            filled = 40 * self.done // self.total
            print(f"\r[{'#' * filled}{'.' * (40 - filled)}] {self.done} of {self.total} pieces ",
                  end="" if self.done < self.total else "\n", file=sys.stderr, flush=True)
        elif self.done == self.total or self.done * 10 // self.total > (
                (self.done - count) * 10 // self.total):
            say(f"{self.done} of {counted(self.total, 'piece')} dissected")
