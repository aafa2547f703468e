"""Changes of single places of the core's C, as mutate.py --random takes them.

They are found in the text, in the bodies of functions, whose braces stand in the first column; an
&& in an || has parentheses, or the compiler warns. What is in comments, literals, directives,
assertions and the heads of loops that count stays as it is. Files of words, which choose between
sentences, are left to the tests of the reports.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import re
import typing

BODY = re.compile(r"^\{$.*?^\}$", re.M | re.S)
NO_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
                     r"|^#(?:[^\n]*\\\n)*[^\n]*|\bg_(?:assert|return)\w*\([^;]*;"
                     r"|\bfor \([\w ]+ (\w+) = \d+; \1 < [^;]*; \1\+\+\)", re.M | re.S)
COMPARED = re.compile(r" (==|!=|<=|>=|<|>) ")
OTHERS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="],
          ">=": [">", "<"]}
JOINED = re.compile(r"&&|\|\|")
SUMMED = re.compile(r"(?<=[\w)\]] )[-+](?= [\w(])")
NEGATED = re.compile(r"!(?=[\w(])")
# A frame's number is compared with 0, which is none.
NUMBER = re.compile(r"(?<![\w.])(?<!frame [!=]= )(\d+)(?=[uUlL]*\b(?!\.))")
ALLOCATED = re.compile(r"\bg_new0?\([\w ]+, $")  # room for more is no change
RETURNED = re.compile(r"\breturn (true|false);")
# A statement stands behind these; a declaration has a type before its name.
STATEMENT = re.compile(r"(?<=[;{}\n])[ ]+(?=\S)([^;{}]*;)")
ASSIGNED = re.compile(r"\(?\*?[\w.>\[\]()-]+\)?\s(?:[-+|&*]?=)\s|[\w.>\[\]-]+(?:\+\+|--);"
                      r"|(?!g_|return|\w*free\()\w+\(")
OPENS, CLOSES = "([{", ")]}"
# What the left operand stands behind.
BEFORE = re.compile(r"(?:[(\[{,;?:]|&&|\|\||(?<![=!<>])= |\breturn )$")


class RandomChange(typing.NamedTuple):
    """Of @file's text [begin, end) becomes @new."""
    file: str
    begin: int
    end: int
    new: str
    what: str

    def changed(self, source):
        return source[:self.begin] + self.new + source[self.end:]

    def shown(self, source):
        """FILE:LINE, what was done, and the lines before and after."""
        line = source.count("\n", 0, self.begin) + 1
        first = source.rfind("\n", 0, self.begin) + 1
        last = source.index("\n", self.end)
        before = source[first:last].splitlines()
        after = f"{source[first:self.begin]}{self.new}{source[self.end:last]}".splitlines()
        return "\n".join([f"{self.file}:{line}: {self.what}", *(f"    -{text}" for text in before),
                          *(f"    +{text}" for text in after)])


def blanked(text):
    return re.sub(r"[^\n]", " ", text)


def code_of(source):
    """@source with blanks for all that is no code of a body, in the same places."""
    code = NO_CODE.sub(lambda match: blanked(match[0]), source)
    parts, at = [], 0
    for body in BODY.finditer(code):
        parts += [blanked(code[at:body.start()]), body[0]]
        at = body.end()
    return "".join([*parts, blanked(code[at:])])


def past_blanks(code, at):
    while code[at].isspace():
        at += 1
    return at


def before_blanks(code, at):
    while code[at - 1].isspace():
        at -= 1
    return at


def end_of_operand(code, at):
    """Where the right operand ends that begins at @at."""
    depth = 0
    while depth > 0 or (code[at] not in ")]},;?:" and code[at:at + 2] not in ("&&", "||")):
        depth += (code[at] in OPENS) - (code[at] in CLOSES)
        at += 1
    return at


def begin_of_operand(code, at):
    """Where the left operand begins that ends before @at."""
    depth = 0
    while depth > 0 or not BEFORE.search(code, max(at - 8, 0), at):
        at -= 1
        depth += (code[at] in CLOSES) - (code[at] in OPENS)
    return past_blanks(code, at)


def operands_dropped(code):
    for match in JOINED.finditer(code):
        what = "an operand dropped"
        right = end_of_operand(code, match.end())
        yield before_blanks(code, match.start()), before_blanks(code, right), "", what
        left = begin_of_operand(code, match.start())
        if code[before_blanks(code, left) - 2:][:2] != match[0]:  # dropped as a right one
            yield left, past_blanks(code, match.end()), "", what


def operators_turned(code):
    for match in COMPARED.finditer(code):
        for other in OTHERS[match[1]]:
            yield *match.span(1), other, "a comparison turned"
    for match in SUMMED.finditer(code):
        yield *match.span(), "-" if match[0] == "+" else "+", "an operator turned"
    for match in NEGATED.finditer(code):
        yield *match.span(), "", "a negation dropped"


def constants_moved(code):
    for match in NUMBER.finditer(code):
        if ALLOCATED.search(code, max(match.start() - 60, 0), match.start()):
            continue
        for other in {int(match[1]) + 1, max(int(match[1]) - 1, 0)} - {int(match[1])}:
            yield *match.span(1), str(other), "a constant moved"


def returns_turned(code):
    for match in RETURNED.finditer(code):
        yield *match.span(1), "false" if match[1] == "true" else "true", "a return turned"


def statements_dropped(code):
    for match in STATEMENT.finditer(code):
        if ASSIGNED.match(match[1]):
            yield *match.span(1), ";", "a statement dropped"


KINDS = [operands_dropped, operators_turned, constants_moved, returns_turned, statements_dropped]


def changes_of(file, source):
    """All changes of @source, which is @file's."""
    code = code_of(source)
    return sorted(RandomChange(file, *change) for kind in KINDS for change in kind(code))


def all_changes(core, word):
    """Those of all files below @core with @word in the file's name or in what it takes away."""
    found = []
    for path in sorted(core.rglob("*.c")):
        if not path.stem.endswith("_words"):
            file = str(path.relative_to(core))
            source = path.read_text(encoding="utf-8")
            found += [change for change in changes_of(file, source)
                      if word in file or word in source[change.begin:change.end]]
    return found
