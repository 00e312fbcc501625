"""Servers and clients for the tests of the command-line client. Standard library only."""

import os
import pty
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 20


def find_client():
    """The client under test: $DUNLIN_CLI, or the newest that has been built."""
    if "DUNLIN_CLI" in os.environ:
        return os.environ["DUNLIN_CLI"]
    built = [p for p in ROOT.glob("build*/bin/dunlin-cli") if p.is_file()]
    assert built, "dunlin-cli has not been built; set DUNLIN_CLI"
    return str(max(built, key=lambda p: p.stat().st_mtime))


def find_peer(name):
    """A program of an installed Redis: $REDIS_CLI or $REDIS_SERVER, or the one on the path."""
    variable = name.upper().replace("-", "_")
    path = os.environ.get(variable) or shutil.which(name, path="/usr/bin:/usr/local/bin")
    assert path, f"{name} is not installed; set {variable}"
    return path


def free_port():
    """A port that nobody has, and whose cluster bus port is free too."""
    while True:
        port = random.randrange(20000, 32000)
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 10000)):
                return port
        except OSError:
            continue


def wait_until(condition, what):
    """Polls until the condition holds; fails loudly at the deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"not within {DEADLINE_SECONDS} s: {what}")


class Server:
    """A redis-server of its own on a free port of 127.0.0.1, with a Unix socket."""

    def __init__(self, *options, binary=None):
        self.directory = tempfile.mkdtemp(prefix="dunlin-cli-")
        self.port = free_port()
        self.unix_path = os.path.join(self.directory, "s.sock")
        self.binary = binary or find_peer("redis-server")
        self.options = list(options)
        try:
            self.start()
        except AssertionError:
            self.close()
            raise

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--unixsocket", self.unix_path,
             "--dir", self.directory, "--enable-debug-command", "yes", *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.answers, "the server answers")

    def answers(self):
        assert self.process.poll() is None, "the server ended"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                s.sendall(b"PING\r\n")
                return s.recv(64)[:1] in (b"+", b"-")
        except OSError:
            return False

    def call(self, *words):
        """One command over a connection of its own; returns the raw bytes of the reply."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_SECONDS) as s:
            out = b"*%d\r\n" % len(words)
            for word in words:
                word = word if isinstance(word, bytes) else str(word).encode()
                out += b"$%d\r\n%s\r\n" % (len(word), word)
            s.sendall(out + b"*1\r\n$4\r\nQUIT\r\n")
            reply = b""
            while chunk := s.recv(65536):
                reply += chunk
            return reply.removesuffix(b"+OK\r\n")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def clean_environment(**extra):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("REDISCLI", "VALKEYCLI", "FAKETTY"))}
    keep.update({"HOME": "/nonexistent", "TERM": "dumb", "LC_ALL": "C.UTF-8"})
    keep.update(extra)
    return keep


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"status {self.status}\nout {self.out!r}\nerr {self.err!r}"


def run(program, arguments, stdin=b"", env=None, cwd=None):
    """Runs to the end with pipes; returns Result."""
    done = subprocess.run([program, *arguments], input=stdin, capture_output=True, env=clean_environment(**(env or {})),
                          timeout=DEADLINE_SECONDS, cwd=cwd)
    return Result(done.returncode, done.stdout, done.stderr)


def run_with_terminal_output(program, arguments, stdin=b"", env=None, cwd=None):
    """As run(), but standard output is a terminal."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=terminal, stderr=subprocess.PIPE,
                               env=clean_environment(**(env or {})), cwd=cwd)
    os.close(terminal)
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except BrokenPipeError:
        pass   # it ended without reading
    out = b""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        readable, _, _ = select.select([controller], [], [], 0.05)
        if readable:
            try:
                chunk = os.read(controller, 65536)
            except OSError:
                break
            if not chunk:
                break
            out += chunk
    os.close(controller)
    err = process.stderr.read()
    process.stderr.close()
    return Result(process.wait(timeout=DEADLINE_SECONDS), out, err)


class Terminal:
    """A program on a terminal of its own, driven like a person would: look for text, type, look again."""

    def __init__(self, program, arguments, env=None, columns=100):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(program, [program, *arguments], clean_environment(**({"TERM": "xterm"} | (env or {}))))
        self.resize(columns)
        self.seen = b""
        self.begun = False
        self.status = None

    def resize(self, columns):
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)

    def _read(self, timeout):
        readable, _, _ = select.select([self.fd], [], [], timeout)
        if not readable:
            return b""
        try:
            return os.read(self.fd, 65536)
        except OSError:
            return None

    def expect(self, text):
        """Reads until `text` has appeared; returns everything up to its end and forgets it."""
        text = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + DEADLINE_SECONDS
        while text not in self.seen:
            chunk = self._read(0.05)
            assert chunk is not None, f"ended before {text!r} came: {self.seen!r}"
            assert time.monotonic() < end, f"no {text!r} in {self.seen!r}"
            self.seen += chunk
        self.begun = True
        cut = self.seen.index(text) + len(text)
        before, self.seen = self.seen[:cut], self.seen[cut:]
        return before

    def expect_prompt(self, text):
        """Waits until a new line is asked for, which is more than a prompt that is drawn again with each key."""
        return self.expect(("\n" if self.begun else "") + "\r\x1b[0J" + text)

    def wait_end(self):
        """Reads up to the end of the program; returns its exit status."""
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            chunk = self._read(0.05)
            if chunk is None:
                break
            self.seen += chunk
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -1
        os.close(self.fd)
