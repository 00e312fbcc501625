"""Transactions on a slot that is being moved: their keys are here, or elsewhere, or torn apart."""

import pytest

from lib.ports import free_ports
from lib.resp import Connection
from lib.server import Server
from lib.waiting import wait_until

DEADLINE_S = 30
SLOT = 12706  # of k1


class Node:
    def __init__(self, binary, port, directory):
        self.server = Server(binary, port, directory, ["--cluster-enabled", "yes", "--save", ""])
        self.server.start()
        self.id = self.server.call("CLUSTER", "MYID")

    def connect(self):
        return Connection("127.0.0.1", self.server.port, DEADLINE_S)


@pytest.fixture
def moving(server_binary, tmp_path):
    """Two nodes; the slot of k1 is on its way from the first to the second."""
    first = free_ports(2)
    here, there = (Node(server_binary, port, tmp_path / f"node-{port}") for port in range(first, first + 2))
    try:
        here.server.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        here.server.call("CLUSTER", "MEET", "127.0.0.1", there.server.port)
        wait_until(lambda: there.id in here.server.call("CLUSTER", "NODES"), DEADLINE_S, "the second node")
        wait_until(lambda: "0-16383" in there.server.call("CLUSTER", "NODES"), DEADLINE_S, "the slots to be known")
        for node in here, there:
            wait_until(lambda: "cluster_state:ok" in node.server.call("CLUSTER", "INFO"), DEADLINE_S, "the cluster")
        there.server.call("CLUSTER", "SETSLOT", SLOT, "IMPORTING", here.id)
        here.server.call("SET", "k1", "v")
        here.server.call("SET", "{k1}b", "v")
        here.server.call("CLUSTER", "SETSLOT", SLOT, "MIGRATING", there.id)
        yield here, there
    finally:
        here.server.kill()
        there.server.kill()


def execute(connection, *commands, asking=False):
    """The reply to EXEC."""
    words = [("MULTI",), *commands, ("EXEC",)]
    if asking:
        words.insert(0, ("ASKING",))
    connection.send(*words)
    return [connection.read() for _ in words][-1]


def test_on_the_old_side(moving):
    here, there = moving
    with here.connect() as old, there.connect() as new:
        assert execute(old, ("GET", "k1"), ("APPEND", "{k1}b", "w")) == [b"v", 2]
        elsewhere = f"ASK {SLOT} 127.0.0.1:{there.server.port}"
        # The first command that is not here is refused when it is queued, and EXEC then runs none.
        assert execute(old, ("SET", "{k1}new", "v")).code == "EXECABORT"
        # What was here when it was queued may have left before EXEC.
        old.send(("MULTI",), ("GET", "k1"), ("GET", "{k1}b"))
        assert [old.read() for _ in range(3)] == [b"OK", b"QUEUED", b"QUEUED"]
        here.server.call("MIGRATE", "127.0.0.1", there.server.port, "k1", 0, 5000)
        assert str(old.ask("EXEC")).startswith("TRYAGAIN ")
        old.send(("MULTI",), ("GET", "{k1}b"))
        assert [old.read() for _ in range(2)] == [b"OK", b"QUEUED"]
        here.server.call("MIGRATE", "127.0.0.1", there.server.port, "{k1}b", 0, 5000)
        assert str(old.ask("EXEC")) == elsewhere
        assert execute(new, ("GET", "k1"), ("GET", "{k1}b"), asking=True) == [b"v", b"vw"]


def test_on_the_new_side(moving):
    here, there = moving
    with there.connect() as new:
        moved = f"MOVED {SLOT} 127.0.0.1:{here.server.port}"
        assert execute(new, ("SET", "{k1}new", "v")).code == "EXECABORT"
        new.send(("MULTI",), ("SET", "{k1}new", "v"))
        assert new.read() == b"OK"
        assert str(new.read()) == moved
        assert new.ask("EXEC").code == "EXECABORT"
        # One key that is named twice is one key; ASKING is for the whole transaction, and no longer.
        assert execute(new, ("SET", "{k1}new", "1"), ("INCR", "{k1}new"), asking=True) == [b"OK", 2]
        assert str(new.ask("GET", "{k1}new")) == moved
        assert execute(new, ("GET", "{k1}new"), ("GET", "k1"), asking=True).code == "TRYAGAIN"


def test_scripts_and_watches_go_where_their_keys_are(moving):
    here, there = moving
    read = ("EVAL", "return redis.call('GET', KEYS[1])")
    write = ("EVAL", "return redis.call('SET', KEYS[1], 'v')")
    elsewhere = f"ASK {SLOT} 127.0.0.1:{there.server.port}"
    with here.connect() as old, there.connect() as new:
        assert old.ask(*read, 1, "k1") == b"v"
        assert str(old.ask(*write, 1, "{k1}new")) == elsewhere
        assert old.ask(*read, 2, "k1", "{k1}new").code == "TRYAGAIN"
        assert old.ask("WATCH", "k1") == b"OK"
        assert str(old.ask("WATCH", "{k1}new")) == elsewhere
        assert new.ask("ASKING") == b"OK"
        assert new.ask(*write, 1, "{k1}new") == b"OK"
        assert new.ask("ASKING") == b"OK"
        assert new.ask(*read, 1, "{k1}new") == b"v"
        assert new.ask(*read, 1, "{k1}new").code == "MOVED"
