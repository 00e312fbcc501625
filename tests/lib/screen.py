"""A terminal's screen, as far as line editors need it: text, carriage return, newline, backspace, cursor moves, erasing.

Colours are swallowed. The screen has no bottom: rows that would scroll away stay readable. It does not wrap; the
terminal is wide enough for every line a test cares for.
"""

import re

_CSI = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
_OTHER_ESCAPE = re.compile(r"\x1b[()][A-Za-z0-9]|\x1b[=>78cDEHM]")
_INCOMPLETE = re.compile(r"\x1b(\[[0-9;?]*|[()])?$")


class Screen:
    """Feed it what the program wrote; `lines()` is what a person would see."""

    def __init__(self):
        self._rows = [[]]
        self.row = 0
        self.column = 0
        self._pending = ""

    def feed(self, text):
        text = self._pending + text
        self._pending = ""
        incomplete = _INCOMPLETE.search(text)
        if incomplete:
            self._pending = incomplete.group()
            text = text[:incomplete.start()]
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                at = self._escape(text, at)
            else:
                self._character(text[at])
                at += 1

    def line(self, row):
        return "".join(self._rows[row]).rstrip() if row < len(self._rows) else ""

    def raw_line(self, row):
        """The line with its trailing blanks: a prompt ends with one."""
        return "".join(self._rows[row]) if row < len(self._rows) else ""

    def lines(self, first=0):
        return [self.line(row) for row in range(first, len(self._rows))]

    def _character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._move(self.row + 1, self.column)
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character >= " ":
            cells = self._rows[self.row]
            cells.extend(" " * (self.column + 1 - len(cells)))
            cells[self.column] = character
            self.column += 1

    def _escape(self, text, at):
        match = _CSI.match(text, at)
        if match:
            self._control(match.group(1), match.group(2))
            return match.end()
        other = _OTHER_ESCAPE.match(text, at)
        return other.end() if other else at + 1

    def _control(self, parameters, letter):
        first = parameters.split(";")[0]
        count = int(first) if first.isdigit() else 0
        cells = self._rows[self.row]
        if letter == "K" and count == 0:
            del cells[self.column:]
        elif letter == "K":
            cells[:] = [] if count == 2 else " " * self.column + "".join(cells[self.column:])
        elif letter == "C":
            self.column += max(1, count)
        elif letter == "D":
            self.column = max(0, self.column - max(1, count))
        elif letter == "G":
            self.column = max(1, count) - 1
        elif letter == "A":
            self._move(max(0, self.row - max(1, count)), self.column)
        elif letter == "B":
            self._move(self.row + max(1, count), self.column)
        elif letter == "J" and count == 0:
            del cells[self.column:]
            del self._rows[self.row + 1:]

    def _move(self, row, column):
        while len(self._rows) <= row:
            self._rows.append([])
        self.row, self.column = row, column
