"""A program on a pseudo-terminal, driven the way a person does: read the screen, type, read again."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from lib.screen import Screen
from lib.waiting import WaitTimeout

ROWS = 50
COLUMNS = 250
DEADLINE_S = 60
# "127.0.0.1:6381> ", "127.0.0.1:6381[3]> ", "host:port(TX)> "
SHELL_PROMPT = re.compile(r"^\S+:\d+(\[\d+\])?(\([^)]*\))*> $")


class Terminal:
    """Starts `command` as the leader of a session whose terminal we hold. Use as a context manager."""

    def __init__(self, command, environment):
        self.command = command
        self.screen = Screen()
        self.status = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                os.execvpe(command[0], command, environment)
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap()
        os.close(self._fd)

    # -- reading ------------------------------------------------------------------------------------------------

    def wait_for_line(self, pattern, deadline_s=DEADLINE_S):
        """Waits until the line with the cursor matches the regular expression: a prompt that waits for an answer."""
        wanted = re.compile(pattern)
        self._read_until(lambda: wanted.search(self.screen.raw_line(self.screen.row)), deadline_s,
                         f"a line like {pattern!r}")

    def wait_end(self, deadline_s=DEADLINE_S):
        """Waits until the program ends; returns its exit status."""
        self._read_until(lambda: False, deadline_s, "the end of the program", until_end=True)
        self._reap()
        return self.status

    def lines(self, first=0):
        return self.screen.lines(first)

    # -- typing -------------------------------------------------------------------------------------------------

    def type(self, text):
        os.write(self._fd, text.encode())

    def answer(self, prompt, text, deadline_s=DEADLINE_S):
        """Waits for the prompt (a regular expression at the end of the cursor's line), types the text and Enter."""
        self.wait_for_line(prompt + r"$", deadline_s)
        row = self.screen.row
        self.type(text + "\r")
        self._read_until(lambda: self.screen.row > row, deadline_s, f"an echo of {text!r}", until_end=None)

    def ask(self, command, deadline_s=DEADLINE_S):
        """At a shell's prompt: types a command, waits for the next prompt, returns the lines between the two."""
        at_prompt = lambda: SHELL_PROMPT.search(self.screen.raw_line(self.screen.row))
        self._read_until(at_prompt, deadline_s, "a prompt")
        row = self.screen.row
        self.type(command + "\r")
        self._read_until(lambda: self.screen.row > row and at_prompt(), deadline_s, f"a prompt after {command!r}")
        typed = self.screen.line(row)
        assert typed.endswith("> " + command), f"typed {command!r}, the screen shows {typed!r}"
        return [self.screen.line(at) for at in range(row + 1, self.screen.row)]

    @property
    def prompt(self):
        return self.screen.raw_line(self.screen.row)

    # -- inside -------------------------------------------------------------------------------------------------

    def _read_until(self, condition, deadline_s, what, until_end=False):
        """until_end: True when the end of the program is what is waited for, None when it is welcome as well."""
        end = time.monotonic() + deadline_s
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                raise WaitTimeout(f"waited {deadline_s} s for {what}; the screen shows:\n{self._tail()}")
            if not self._read_some(left):
                if until_end is False:
                    raise AssertionError(f"{self.command} ended before {what}; the screen shows:\n{self._tail()}")
                return

    def _read_some(self, deadline_s):
        """Reads what is there; False at the end of the program's output."""
        if not select.select([self._fd], [], [], deadline_s)[0]:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: the other side has closed the terminal
            data = b""
        self.screen.feed(self._decoder.decode(data))
        return bool(data)

    def _tail(self, rows=25):
        return "\n".join(self.screen.lines()[-rows:])

    def _reap(self):
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
