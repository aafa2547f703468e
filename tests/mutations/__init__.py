"""The table of tests/mutate.py: decisive conditions of the core, and what stands there instead, a
file a question.

A row is a file, a text that is in it once (be it broken into lines elsewhere), what replaces it,
and, where no capture can tell both apart, why.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import typing

from mutations import (captures, ending, ending_client, ending_legs, ending_programs,
                       ending_timers, following, opening, result)


class Mutation(typing.NamedTuple):
    file: str
    old: str
    new: str
    same: str = ""


TABLE = [Mutation(*row)
         for part in (captures, opening, ending, ending_timers, ending_programs, ending_client,
                      ending_legs, following, result)
         for row in part.ROWS]
