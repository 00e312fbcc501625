"""One server process: started, asked, stopped (SIGTERM) or killed (SIGKILL), and started again on the same data."""

import os
import signal
import subprocess

import redis

from lib.waiting import LookFailed, wait_until

START_DEADLINE_S = 60
STOP_DEADLINE_S = 60


class Server:
    """A server binary on one port with a directory of its own, which is also its working directory.

    `options` are `--name value` pairs as a list of words. The log (stdout and stderr) is `<directory>/server.log`.
    The process dies with the thread that started it, so nothing survives a killed test run.
    """

    def __init__(self, binary, port, directory, options=(), host="127.0.0.1"):
        self.binary = os.path.abspath(binary)
        self.port = port
        self.host = host
        self.directory = str(directory)
        self.options = list(options)
        self.process = None

    def __repr__(self):
        return f"<{os.path.basename(self.binary)} on {self.port}>"

    @property
    def log_path(self):
        return os.path.join(self.directory, "server.log")

    def start(self, wait=True):
        """Starts the process; with `wait`, returns only when it answers PING."""
        assert not self.alive, f"{self} runs already"
        if not os.access(self.binary, os.X_OK):
            raise FileNotFoundError(f"there is no server binary at {self.binary}")
        os.makedirs(self.directory, exist_ok=True)
        command = ["setpriv", "--pdeathsig", "KILL", self.binary, "--port", str(self.port), "--bind", self.host]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command + self.options, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, deadline_s=START_DEADLINE_S):
        """Waits until the server answers PING with PONG (that is, has loaded its data)."""
        def ready():
            if not self.alive:
                raise RuntimeError(f"{self} ended with status {self.process.returncode}:\n{self.log_tail()}")
            try:
                with self.client(socket_timeout=5) as client:
                    return client.ping()
            except redis.RedisError as error:
                raise LookFailed(error)
        wait_until(ready, deadline_s, f"{self} to answer PING")

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def stop(self, deadline_s=STOP_DEADLINE_S):
        """SIGTERM, then waits for the end and returns the exit status."""
        return self._end(signal.SIGTERM, deadline_s)

    def kill(self):
        """SIGKILL: the crash."""
        return self._end(signal.SIGKILL, STOP_DEADLINE_S)

    def _end(self, signal_number, deadline_s):
        if self.alive:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} did not end {deadline_s} s after signal {signal_number}:\n{self.log_tail()}")

    def client(self, **options):
        """A python3-redis connection to this node alone (no redirection is followed)."""
        options.setdefault("decode_responses", True)
        options.setdefault("socket_timeout", 30)
        return redis.Redis(host=self.host, port=self.port, single_connection_client=True, **options)

    def call(self, *words):
        """One command on a connection of its own; the reply as python3-redis decodes it without response callbacks."""
        with self.client() as client:
            client.response_callbacks.clear()
            return client.execute_command(*words)

    def info(self, section):
        """INFO <section> as a dict of texts."""
        lines = self.call("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def log_text(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def log_tail(self, characters=2000):
        return self.log_text()[-characters:] if os.path.exists(self.log_path) else "(no log)"
