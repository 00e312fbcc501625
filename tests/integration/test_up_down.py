"""`./dev up` and `./dev down` as a person meets them, on ports and data of their own."""

import os
import signal
import subprocess

import pytest

from lib.cluster_text import parse_nodes
from lib.ports import free_ports
from lib.programs import TOP
from lib.resp import Connection
from lib.server import Server


class Dev:
    """Runs ./dev with its cluster moved to `base_port` and `data`, on the binaries in `binaries`."""

    def __init__(self, base_port, data, binaries):
        self.base_port = base_port
        self.data = data
        self._binaries = str(binaries)
        self._environment = {**os.environ, "DUNLIN_BASE_PORT": str(base_port), "DUNLIN_DATA": str(data)}

    def run(self, *arguments, status=0):
        done = subprocess.run([os.path.join(TOP, "dev"), *arguments], env=self._environment, capture_output=True,
                              text=True, check=False, timeout=300)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, status=0):
        return self.run("up", "--bin", self._binaries, status=status)

    def pid(self, port):
        return int((self.data / str(port) / "server.pid").read_text())

    def call(self, port, *words):
        with Connection("127.0.0.1", port) as connection:
            return connection.call(*words)


@pytest.fixture
def dev(server_binary, cli_binary, tmp_path):
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "dunlin-server").symlink_to(server_binary)
    (binaries / "dunlin-cli").symlink_to(cli_binary)
    one = Dev(free_ports(6), tmp_path / "data", binaries)
    yield one
    one.run("down", "--wipe")


def test_up_again_down_and_wipe(dev):
    first = dev.up()
    assert "[OK] All 16384 slots covered." in first
    assert f"dunlin-cli -c -p {dev.base_port} " in first
    nodes = parse_nodes(dev.call(dev.base_port, "CLUSTER", "NODES").decode())
    assert sorted(nodes) == list(range(dev.base_port, dev.base_port + 6))
    assert sum(node.is_primary for node in nodes.values()) == 3
    assert dev.call(dev.base_port, "CONFIG", "GET", "appendonly") == [b"appendonly", b"yes"]

    pids = [dev.pid(port) for port in nodes]
    assert "The cluster runs already." in dev.up()
    assert [dev.pid(port) for port in nodes] == pids

    # One node dies: up brings it back into the same cluster.
    victim = dev.base_port + 4
    os.kill(dev.pid(victim), signal.SIGKILL)
    assert "[OK] All 16384 slots covered." in dev.up()
    assert dev.pid(victim) not in pids
    assert parse_nodes(dev.call(victim, "CLUSTER", "NODES").decode()).keys() == nodes.keys()

    # Down and up again: the data is still there.
    key_owner = next(node.port for node in nodes.values() if any(a <= 12706 <= b for a, b in node.slots))
    dev.call(key_owner, "SET", "k1", "v1")
    assert "Stopped 6 nodes." in dev.run("down")
    assert "Stopped 0 nodes." in dev.run("down")
    dev.up()
    assert dev.call(key_owner, "GET", "k1") == b"v1"

    dev.run("down", "--wipe")
    assert not dev.data.exists()


def test_a_port_in_use_is_named(dev, server_binary, tmp_path):
    stranger = Server(server_binary, dev.base_port + 2, tmp_path / "stranger")
    stranger.start()
    try:
        assert f"port {dev.base_port + 2} on 127.0.0.1 is in use by another program" in dev.up(status=1)
    finally:
        stranger.kill()
    for port in range(dev.base_port, dev.base_port + 6):
        assert not (dev.data / str(port) / "server.pid").exists()


def test_words_that_dev_does_not_know_are_refused(dev):
    assert "up does not know '--now'" in dev.run("up", "--now", status=1)
    assert "down does not know 'now'" in dev.run("down", "now", status=1)
    assert "there is no verb 'dance'" in dev.run("dance", status=1)
    assert "there is no suite 'all-of-it'" in dev.run("test", "all-of-it", status=1)
    assert "there is no preset 'quick'" in dev.run("build", "quick", status=1)
