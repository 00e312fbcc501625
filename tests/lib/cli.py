"""The command-line client under test: run to its end, or kept in a terminal."""

import dataclasses
import os
import re
import subprocess

from lib.terminal import Terminal

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclasses.dataclass
class Ended:
    """A client that ran to its end; `output` is stdout without colours, `errors` is stderr."""
    status: int
    output: str
    errors: str


class Cli:
    """`command` is the client as a list of words: a path, or a way into a container followed by a name.

    History and start-up files of the user are kept out.
    """

    def __init__(self, command, terminal_command=None):
        self.command = list(command)
        self.terminal_command = list(terminal_command or command)
        self.environment = {**os.environ, "TERM": "xterm", "REDISCLI_HISTFILE": "/dev/null", "REDISCLI_RCFILE": "/dev/null"}

    def run(self, *arguments, deadline_s=120, text=None):
        """Runs to the end with `text` on stdin."""
        done = subprocess.run(
            self.command + [str(word) for word in arguments], input=text, stdin=None if text else subprocess.DEVNULL,
            capture_output=True, text=True, timeout=deadline_s, env=self.environment, check=False)
        return Ended(done.returncode, ANSI.sub("", done.stdout), ANSI.sub("", done.stderr))

    def terminal(self, *arguments):
        """Starts the client on a pseudo-terminal of its own. Use as a context manager."""
        return Terminal(self.terminal_command + [str(word) for word in arguments], self.environment)
