"""Client libraries against a cluster: reading, writing, pipelines, pub/sub, and a primary killed in between.

Each library plays the same part in a process of its own (smoke.mjs, smoke_python.py) and talks to us in lines.
"""

import contextlib
import os
import subprocess
import sys
import threading

import pytest

from conftest import existing
from lib.cluster import look_settled
from lib.cluster_text import key_slot
from lib.waiting import LookFailed, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE_S = 120

CLIENTS = {
    "python3-redis": [sys.executable, os.path.join(HERE, "smoke_python.py")],
    "ioredis": ["node", os.path.join(HERE, "smoke.mjs"), "ioredis"],
    "node-redis": ["node", os.path.join(HERE, "smoke.mjs"), "node-redis"],
}


@pytest.fixture(scope="session")
def node_modules():
    """The libraries of package-lock.json, installed once and again when the list changes."""
    done = os.path.join(HERE, "node_modules", ".package-lock.json")
    lock = os.path.join(HERE, "package-lock.json")
    if not os.path.exists(done) or os.path.getmtime(done) < os.path.getmtime(lock):
        subprocess.run([existing("npm"), "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=300)


class ClientProcess:
    """One client library at work; use as a context manager. `log_path` takes what it says on stderr.

    A client that does not come to its end in time is killed; whoever waits for its next line then sees that.
    """

    def __init__(self, command, ports, log_path):
        self._log_path = log_path
        with open(log_path, "wb") as log:
            self._process = subprocess.Popen(
                command + [str(port) for port in ports], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self._alarm = threading.Timer(DEADLINE_S, self._process.kill)

    def __enter__(self):
        self._alarm.start()
        return self

    def __exit__(self, *exception):
        self._alarm.cancel()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def say(self, word):
        try:
            self._process.stdin.write(word + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail(f"it ended before it was told {word!r}")

    def expect(self, word):
        """The next line begins with the word."""
        line = self._process.stdout.readline()
        if not line.startswith(word):
            self._fail(f"expected {word!r}, got {line!r}")

    def end(self):
        status = self._process.wait(DEADLINE_S)
        if status != 0:
            self._fail(f"ended with status {status}")

    def _fail(self, what):
        with open(self._log_path, errors="replace") as log:
            raise AssertionError(f"{what}; the client says:\n{log.read()[-3000:]}")


def owner(cluster, key):
    slot = key_slot(key)
    return next(cluster.by_port(line.port) for line in cluster.nodes().values()
                if line.is_primary and any(first <= slot <= last for first, last in line.slots))


def look_written(cluster):
    """A condition: every replica has received all that its primary wrote."""
    for primary in cluster.primaries():
        wanted = primary.info("replication")["master_repl_offset"]
        for replica in cluster.replicas_of(primary):
            if replica.info("replication")["slave_repl_offset"] != wanted:
                raise LookFailed(f"{replica} is behind {primary}")
    return True


def crash(primary, replica):
    """The primary dies. It may take writes with it that its replica never saw; the caller sees to it that none are left."""
    primary.kill()


def handover(primary, replica):
    """The replica takes over on request; the old primary lives on as its replica."""
    replica.call("CLUSTER", "FAILOVER")


FAILOVERS = {"crash": crash, "handover": handover}


@pytest.mark.parametrize("failover", FAILOVERS)
@pytest.mark.parametrize("library", CLIENTS)
def test_client_works_through_a_failover(library, failover, cluster, tmp_path, request):
    if CLIENTS[library][0] == "node":
        existing("node")
        request.getfixturevalue("node_modules")
    primary = owner(cluster, b"{smoke}")
    replica = cluster.replicas_of(primary)[0]

    def look_promoted():
        view = look_settled(cluster.servers)
        if not view[replica.port][1]:
            raise LookFailed(f"{replica} does not lead yet")
        return True
    with ClientProcess([*CLIENTS[library], failover], [server.port for server in cluster.servers], tmp_path / "client.log") as client:
        client.expect("ready")
        wait_until(lambda: look_written(cluster), DEADLINE_S, "the replicas to have every write")
        FAILOVERS[failover](primary, replica)
        client.say("away")
        wait_until(look_promoted, DEADLINE_S, f"{replica} to take over from {primary}")
        client.say("promoted")
        client.expect("done")
        client.end()
