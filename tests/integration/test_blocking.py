"""Commands that wait for keys, with clients on several worker threads.

A client is known to be blocked when the reply to a PING that went out in the same write before the blocking command
has arrived: replies leave only after all that has arrived was looked at.
"""

import random
import threading
import time

import pytest

from lib.ports import free_ports
from lib.resp import Connection
from lib.server import Server
from lib.waiting import wait_until

DEADLINE_S = 20


class Client(Connection):
    def __init__(self, port):
        super().__init__("127.0.0.1", port, DEADLINE_S)

    def block(self, *words):
        """Sends a command that blocks, and returns when it does."""
        self.send(("PING",), words)
        assert self.read() == b"PONG"
        return self

    def still_blocked(self):
        """True when nothing has come though others were served meanwhile."""
        self._socket.settimeout(0.01)
        try:
            self._socket.recv(1)
            return False
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(DEADLINE_S)

    def transaction(self, *commands):
        self.send(("MULTI",), *commands, ("EXEC",))
        assert self.read() == b"OK"
        assert all(self.read() == b"QUEUED" for _ in commands)
        return self.read()


@pytest.fixture
def port(server_binary, tmp_path):
    one = Server(server_binary, free_ports(1), tmp_path / "server",
                 ["--io-threads", "4", "--save", "", "--enable-debug-command", "yes"])
    one.start()
    one.call("DEBUG", "SPREAD-CLIENTS", 1)
    yield one.port
    one.kill()


@pytest.fixture
def clients(port):
    """More clients than workers, so that neighbours in a line are served by different threads."""
    some = [Client(port) for _ in range(12)]
    yield some
    for client in some:
        client.close()


@pytest.fixture
def pusher(port):
    with Client(port) as client:
        yield client


# ---- who gets what

def test_the_longest_waiting_is_served_first(clients, pusher):
    for client in clients:
        client.block("BLPOP", "k", 0)
    elements = [b"%d" % i for i in range(len(clients))]
    assert pusher.call("RPUSH", "k", *elements) == len(clients)
    assert [client.read() for client in clients] == [[b"k", element] for element in elements]
    assert pusher.call("EXISTS", "k") == 0


def test_one_push_serves_as_many_as_it_can(clients, pusher):
    for client in clients[:4]:
        client.block("BRPOP", "k", 0)
    assert pusher.call("RPUSH", "k", "a", "b", "c") == 3
    assert [client.read() for client in clients[:3]] == [[b"k", b"c"], [b"k", b"b"], [b"k", b"a"]]
    assert clients[3].still_blocked()


def test_the_first_key_named_is_the_first_looked_at(clients, pusher):
    clients[0].block("BLPOP", "a", "b", 0)
    assert pusher.transaction(("RPUSH", "b", "of-b"), ("RPUSH", "a", "of-a")) == [1, 1]
    assert clients[0].read() == [b"a", b"of-a"]
    assert pusher.call("LLEN", "b") == 1


def test_keys_are_served_in_the_order_in_which_they_became_ready(clients, pusher):
    clients[0].block("BLMOVE", "a", "result", "LEFT", "RIGHT", 0)
    clients[1].block("BLMOVE", "b", "result", "LEFT", "RIGHT", 0)
    clients[2].block("BLMOVE", "c", "result", "LEFT", "RIGHT", 0)
    pusher.transaction(("RPUSH", "b", "1"), ("RPUSH", "c", "2"), ("DEL", "b"), ("RPUSH", "a", "3"), ("RPUSH", "b", "4"))
    assert [client.read() for client in clients[:3]] == [b"3", b"4", b"2"]
    assert pusher.call("LRANGE", "result", 0, -1) == [b"4", b"2", b"3"]


def test_a_transaction_is_seen_whole(clients, pusher):
    clients[0].block("BLPOP", "k", 0)
    pusher.transaction(("RPUSH", "k", "a"), ("DEL", "k"), ("RPUSH", "k", "b"))
    assert clients[0].read() == [b"k", b"b"]
    clients[0].block("BLPOP", "k", 0)
    pusher.transaction(("RPUSH", "k", "a"), ("DEL", "k"))
    pusher.transaction(("RPUSH", "k", "a"), ("PEXPIRE", "k", "-1"))
    assert clients[0].still_blocked()
    pusher.call("RPUSH", "k", "c")
    assert clients[0].read() == [b"k", b"c"]


def test_whoever_waits_for_many_keys_stands_in_all_lines(clients, pusher):
    keys = [f"key-{i}" for i in range(200)]
    clients[0].block("BLPOP", *keys, 0)
    clients[1].block("BLPOP", *reversed(keys), 0)
    pusher.call("RPUSH", "key-150", "a", "b")
    assert clients[0].read() == [b"key-150", b"a"]
    assert clients[1].read() == [b"key-150", b"b"]
    # Nothing of them is left in the other lines.
    assert pusher.call("RPUSH", "key-10", "c") == 1
    assert pusher.call("LLEN", "key-10") == 1


def test_more_keys_than_are_locked_one_by_one(clients, pusher):
    keys = [f"key-{i}" for i in range(3000)]
    clients[0].block("BLPOP", *keys, 0)
    pusher.call("RPUSH", "key-2999", "a")
    assert clients[0].read() == [b"key-2999", b"a"]
    clients[0].block("BLPOP", *keys, "0.01")
    assert clients[0].read() is None
    assert pusher.call("RPUSH", "key-0", "a") == 1


def test_a_key_named_twice(clients, pusher):
    clients[0].block("BLPOP", "k", "k", 0)
    clients[1].block("BLPOP", "k", 0)
    pusher.call("RPUSH", "k", "a", "b")
    assert [client.read() for client in clients[:2]] == [[b"k", b"a"], [b"k", b"b"]]


def test_a_moved_element_wakes_the_next(clients, pusher):
    for i, client in enumerate(clients):
        client.block("BLMOVE", f"stage-{i}", f"stage-{i + 1}", "LEFT", "RIGHT", 0)
    pusher.call("RPUSH", "stage-0", "x")
    assert [client.read() for client in clients] == [b"x"] * len(clients)
    assert pusher.call("LRANGE", f"stage-{len(clients)}", 0, -1) == [b"x"]


def test_moves_in_a_circle_end(clients, pusher):
    clients[0].block("BRPOPLPUSH", "a", "b", 0)
    clients[1].block("BRPOPLPUSH", "b", "a", 0)
    pusher.call("RPUSH", "a", "x")
    assert clients[0].read() == clients[1].read() == b"x"
    assert pusher.call("LRANGE", "a", 0, -1) == [b"x"]


def test_a_move_within_one_list(clients, pusher):
    for client in clients[:3]:
        client.block("BLMOVE", "k", "k", "LEFT", "RIGHT", 0)
    pusher.call("RPUSH", "k", "a", "b")
    assert [client.read() for client in clients[:3]] == [b"a", b"b", b"a"]
    assert pusher.call("LRANGE", "k", 0, -1) == [b"b", b"a"]


def test_a_move_that_cannot_arrive(clients, pusher):
    pusher.call("SET", "text", "x")
    clients[0].block("BLMOVE", "k", "text", "LEFT", "RIGHT", 0)
    clients[1].block("BLPOP", "k", 0)
    pusher.call("RPUSH", "k", "a")
    assert clients[0].read().code == "WRONGTYPE"
    assert clients[1].read() == [b"k", b"a"]


def test_a_key_before_that_has_the_wrong_type(clients, pusher):
    clients[0].block("BLPOP", "a", "b", 0)
    pusher.call("SET", "a", "text")
    assert clients[0].still_blocked()
    pusher.call("RPUSH", "b", "x")
    assert clients[0].read().code == "WRONGTYPE"
    assert pusher.call("LLEN", "b") == 1


@pytest.mark.parametrize("words, reply", [
    (("BLPOP", "k", 0), [b"k", b"1"]),
    (("BRPOP", "k", 0), [b"k", b"3"]),
    (("BLMPOP", 0, 2, "other", "k", "RIGHT", "COUNT", 2), [b"k", [b"3", b"2"]]),
    (("BLMOVE", "k", "to", "RIGHT", "LEFT", 0), b"3"),
    (("BRPOPLPUSH", "k", "to", 0), b"3"),
], ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_commands_on_lists(clients, pusher, words, reply):
    clients[0].block(*words)
    assert pusher.call("RPUSH", "k", "1", "2", "3") == 3
    assert clients[0].read() == reply


@pytest.mark.parametrize("words, reply", [
    (("BZPOPMIN", "k", 0), [b"k", b"a", b"1"]),
    (("BZPOPMAX", "other", "k", 0), [b"k", b"c", b"3"]),
    (("BZMPOP", 0, 1, "k", "MAX", "COUNT", 2), [b"k", [[b"c", b"3"], [b"b", b"2"]]]),
], ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_commands_on_sorted_sets(clients, pusher, words, reply):
    clients[0].block(*words)
    assert pusher.call("ZADD", "k", 1, "a", 2, "b", 3, "c") == 3
    assert clients[0].read() == reply


def test_lists_and_sorted_sets_in_one_line(clients, pusher):
    clients[0].block("BZPOPMIN", "k", 0)
    clients[1].block("BLPOP", "k", 0)
    clients[2].block("BZPOPMIN", "k", 0)
    pusher.call("RPUSH", "k", "x")
    assert clients[1].read() == [b"k", b"x"]
    pusher.call("ZADD", "k", 1, "a", 2, "b")
    assert clients[0].read() == [b"k", b"a", b"1"]
    assert clients[2].read() == [b"k", b"b", b"2"]


# ---- what makes a key ready

@pytest.mark.parametrize("commands", [
    [("LPUSH", "k", "x")], [("RPUSH", "k", "x")],
    [("RPUSH", "from", "x"), ("RENAME", "from", "k")],
    [("RPUSH", "from", "x"), ("RENAMENX", "from", "k")],
    [("RPUSH", "from", "x"), ("COPY", "from", "k")],
    [("RPUSH", "from", "x"), ("LMOVE", "from", "k", "LEFT", "LEFT")],
    [("RPUSH", "from", "x"), ("RPOPLPUSH", "from", "k")],
    [("SET", "k", "text"), ("DEL", "k"), ("RPUSH", "k", "x")],
    [("SET", "k", "text"), ("RPUSH", "from", "x"), ("RENAME", "from", "k")],
    [("SET", "k", "text"), ("RPUSH", "from", "x"), ("COPY", "from", "k", "REPLACE")],
    [("SET", "k", "text", "PX", "1"), ("DEBUG-WAIT-GONE", "k"), ("RPUSH", "k", "x")],
    [("SELECT", "1"), ("RPUSH", "k", "x"), ("MOVE", "k", "0")],
    [("SELECT", "1"), ("RPUSH", "k", "x"), ("COPY", "k", "k", "DB", "0")],
    [("SELECT", "1"), ("RPUSH", "k", "x"), ("SWAPDB", "0", "1")],
    [("SELECT", "1"), ("RPUSH", "k", "x"), ("SWAPDB", "1", "0")],
], ids=lambda commands: " ".join(commands[-1]))
def test_what_makes_a_list_ready(clients, pusher, commands):
    clients[0].block("BLPOP", "k", 0)
    for words in commands:
        if words[0] == "DEBUG-WAIT-GONE":
            wait_until(lambda: pusher.call("EXISTS", words[1]) == 0, DEADLINE_S, "the key to expire")
            continue
        assert clients[0].still_blocked()
        pusher.call(*words)
    assert clients[0].read() == [b"k", b"x"]


def test_restore_makes_a_key_ready(clients, pusher):
    pusher.call("RPUSH", "from", "x")
    dump = pusher.call("DUMP", "from")
    clients[0].block("BLPOP", "k", 0)
    pusher.call("RESTORE", "k", 0, dump)
    assert clients[0].read() == [b"k", b"x"]


@pytest.mark.parametrize("words", [
    ("ZADD", "k", "1", "a"), ("ZINCRBY", "k", "1", "a"), ("ZUNIONSTORE", "k", "1", "from"),
    ("ZINTERSTORE", "k", "1", "from"), ("ZDIFFSTORE", "k", "1", "from"), ("ZRANGESTORE", "k", "from", "0", "-1"),
    ("RENAME", "from", "k"),
], ids=lambda words: words[0])
def test_what_makes_a_sorted_set_ready(clients, pusher, words):
    pusher.call("ZADD", "from", 1, "a")
    clients[0].block("BZPOPMIN", "k", 0)
    pusher.call(*words)
    assert clients[0].read() == [b"k", b"a", b"1"]


def test_databases_are_apart(clients, pusher):
    clients[0].call("SELECT", 3)
    clients[0].block("BLPOP", "k", 0)
    clients[1].block("BLPOP", "k", 0)
    pusher.call("RPUSH", "k", "of-0")
    assert clients[1].read() == [b"k", b"of-0"]
    assert clients[0].still_blocked()
    pusher.call("SELECT", 3)
    pusher.call("RPUSH", "k", "of-3")
    assert clients[0].read() == [b"k", b"of-3"]


# ---- how waiting ends otherwise

def test_time_is_up(clients, pusher):
    for words in [("BLPOP", "k", "0.001"), ("BLMOVE", "k", "to", "LEFT", "LEFT", "0.001"), ("BRPOPLPUSH", "k", "to", "0.001"),
                  ("BLMPOP", "0.001", 1, "k", "LEFT"), ("BZPOPMAX", "k", "0.001"), ("BZMPOP", "0.001", 1, "k", "MIN")]:
        clients[0].send(words, ("PING",))
        assert clients[0]._file.readline() == b"*-1\r\n"
        assert clients[0].read() == b"PONG"
    assert pusher.call("RPUSH", "k", "a") == 1
    assert pusher.call("LLEN", "k") == 1


@pytest.mark.parametrize("words", [("BLPOP", "k", "0.03"), ("WAIT", 1, 30)], ids=lambda words: words[0])
def test_time_is_kept_to_the_millisecond(clients, words):
    def total():
        start = time.monotonic()
        for _ in range(10):
            before = time.monotonic()
            clients[0].call(*words)
            assert time.monotonic() - before >= 0.029
        return time.monotonic() - start
    # A busy machine may be late; a clock that ticks ten times a second always is.
    wait_until(lambda: total() < 0.6, DEADLINE_S, "ten waits of 30 ms each to be shorter than 600 ms")


def test_many_times_at_once(port):
    clients = [Client(port) for _ in range(60)]
    for i, client in enumerate(clients):
        client.block("BLPOP", "k", f"{0.05 + 0.002 * (i % 20)}")
    assert [client.read() for client in clients] == [None] * len(clients)
    for client in clients:
        client.close()


def test_what_comes_behind_waits(clients, pusher):
    clients[0].block("BLPOP", "k", 0)
    clients[0].send(("PING",), ("BLPOP", "k", 0), ("PING", "end"))
    assert clients[0].still_blocked()
    pusher.call("RPUSH", "k", "a", "b")
    assert [clients[0].read() for _ in range(4)] == [[b"k", b"a"], b"PONG", [b"k", b"b"], b"end"]


def test_a_client_that_is_gone_gets_nothing(port, pusher):
    Client(port).block("BLPOP", "k", "other", 0).close()
    # The first may have been pushed before the end was noticed.
    wait_until(lambda: pusher.call("RPUSH", "k", "x") and pusher.call("LLEN", "k") > 0, DEADLINE_S,
               "the closed connection to be noticed")
    assert pusher.call("RPUSH", "other", "x") == pusher.call("LLEN", "other") == 1


@pytest.mark.parametrize("words", [("BLPOP", "k", "other", 0), ("BZPOPMIN", "k", 60)], ids=lambda words: words[0])
def test_client_unblock(clients, pusher, words):
    waiting, idle = clients[:2]
    number = waiting.call("CLIENT", "ID")
    for reason in [(), ("TIMEOUT",)]:
        waiting.block(*words)
        assert pusher.call("CLIENT", "UNBLOCK", number, *reason) == 1
        assert waiting.read() is None
    waiting.block(*words)
    assert pusher.call("CLIENT", "UNBLOCK", number, "ERROR") == 1
    assert str(waiting.read()) == "UNBLOCKED client unblocked via CLIENT UNBLOCK"
    assert pusher.call("CLIENT", "UNBLOCK", number) == 0
    assert pusher.call("CLIENT", "UNBLOCK", idle.call("CLIENT", "ID")) == 0
    assert pusher.call("RPUSH", "k", "x") == pusher.call("LLEN", "k") == 1


def test_client_unblock_ends_wait(clients, pusher):
    number = clients[0].call("CLIENT", "ID")
    clients[0].block("WAIT", 1, 0)
    assert pusher.call("CLIENT", "UNBLOCK", number) == 1
    assert clients[0].read() == 0


def test_a_killed_client_gets_nothing(clients, pusher):
    number = clients[0].call("CLIENT", "ID")
    clients[0].block("BLPOP", "k", "other", 0)
    pusher.send(("CLIENT", "KILL", "ID", number), ("RPUSH", "k", "x"), ("LLEN", "k"), ("RPUSH", "other", "x"), ("LLEN", "other"))
    assert [pusher.read() for _ in range(5)] == [1] * 5
    with pytest.raises(ConnectionError):
        clients[0].read()


def test_a_pause_does_not_keep_time_from_passing(clients, pusher):
    clients[0].block("BLPOP", "k", "0.05")
    pusher.call("CLIENT", "PAUSE", 60000, "WRITE")
    assert clients[0].read() is None
    clients[0].send(("BLPOP", "k", 0))
    clients[1].send(("RPUSH", "k", "x"))
    assert clients[0].still_blocked() and clients[1].still_blocked()
    pusher.call("CLIENT", "UNPAUSE")
    assert clients[0].read() == [b"k", b"x"]
    assert clients[1].read() == 1


def test_a_pause_ends_to_the_millisecond(clients, pusher):
    def total():
        start = time.monotonic()
        for _ in range(10):
            pusher.call("CLIENT", "PAUSE", 30, "WRITE")
            clients[0].call("SET", "a", "x")
        return time.monotonic() - start
    wait_until(lambda: total() < 0.6, DEADLINE_S, "ten pauses of 30 ms each to be shorter than 600 ms")


def test_what_is_counted(clients, pusher):
    def counted():
        lines = pusher.call("INFO", "clients").decode().splitlines()
        numbers = dict(line.split(":") for line in lines if ":" in line)
        return [int(numbers[name]) for name in ("blocked_clients", "total_blocking_keys", "total_blocking_keys_on_nokey",
                                                "clients_in_timeout_table")]

    def calls(name):
        lines = pusher.call("INFO", "commandstats").decode().splitlines()
        return next((line.split(":")[1].split(",")[0] for line in lines if line.startswith(f"cmdstat_{name}:")), None)
    clients[0].block("BLPOP", "a", "b", 0)
    clients[1].block("BLPOP", "b", "c", 60)
    clients[2].block("WAIT", 1, 0)
    assert counted() == [3, 3, 0, 1]
    assert calls("blpop") is None
    pusher.call("RPUSH", "b", "x")
    clients[0].read()
    wait_until(lambda: counted() == [2, 2, 0, 1], DEADLINE_S, "the served client to be no longer blocked")
    assert calls("blpop") == "calls=1"
    clients[1].close()
    wait_until(lambda: counted() == [1, 0, 0, 0], DEADLINE_S, "the closed connection to be noticed")


def test_served_commands_are_told_as_what_they_did(clients, pusher, port):
    clients[0].block("BLMPOP", 0, 1, "k", "LEFT", "COUNT", 2)
    clients[1].block("BLMOVE", "k", "to", "LEFT", "RIGHT", 0)
    pusher.call("CONFIG", "SET", "appendonly", "yes")
    pusher.call("RPUSH", "k", "a", "b", "c")
    assert clients[0].read() == [b"k", [b"a", b"b"]]
    assert clients[1].read() == b"c"
    wait_until(lambda: b"aof_rewrite_in_progress:0" in pusher.call("INFO", "persistence"), 30,
               "the append-only files to be there")
    pusher.call("DEBUG", "LOADAOF")
    assert pusher.call("LRANGE", "to", 0, -1) == [b"c"]
    assert pusher.call("EXISTS", "k") == 0


def test_a_watched_key_that_is_popped_for_another(clients, pusher):
    pusher.call("WATCH", "k")
    clients[0].block("BLPOP", "k", 0)
    clients[1].call("RPUSH", "k", "x")
    assert clients[0].read() == [b"k", b"x"]
    assert pusher.transaction(("PING",)) is None


def test_a_script_is_seen_whole(clients, pusher):
    clients[0].block("BLPOP", "k", 0)
    assert pusher.call("EVAL", "redis.call('rpush', KEYS[1], 'a', 'b'); return redis.call('lpop', KEYS[1])", 1, "k") == b"a"
    assert clients[0].read() == [b"k", b"b"]
    clients[0].block("BLPOP", "k", 0)
    assert pusher.call("EVAL", "return redis.call('blpop', KEYS[1], 0)", 1, "other") is None
    pusher.call("RPUSH", "k", "c")
    assert clients[0].read() == [b"k", b"c"]


def test_in_a_transaction_nobody_waits(clients):
    assert clients[0].transaction(("BLPOP", "k", 0), ("BLMOVE", "k", "to", "LEFT", "LEFT", 0), ("BZPOPMIN", "k", 0)) == [None] * 3


def test_a_client_that_wants_no_reply(clients, pusher):
    # The reply that is not wanted is the one that comes later.
    clients[0].send(("PING",), ("CLIENT", "REPLY", "SKIP"), ("BLPOP", "k", 0))
    assert clients[0].read() == b"PONG"
    pusher.call("RPUSH", "k", "a")
    clients[0].send(("PING", "next"))
    assert clients[0].read() == b"next"
    assert pusher.call("EXISTS", "k") == 0


def test_a_new_replica_lets_its_clients_go(clients, pusher):
    pusher.call("SET", "text", "x")
    clients[0].block("BLPOP", "k", 0)
    clients[1].block("BZPOPMIN", "k", "other", 0)
    clients[2].block("WAIT", 1, 0)
    pusher.call("REPLICAOF", "127.0.0.1", 1)
    for client in clients[:3]:
        assert str(client.read()) == ("UNBLOCKED force unblock from blocking operation, "
                                      "instance state changed (master -> replica?)")
        with pytest.raises(ConnectionError):
            client.read()
    pusher.call("REPLICAOF", "NO", "ONE")
    assert pusher.call("RPUSH", "k", "a") == 1
    assert pusher.call("LLEN", "k") == 1


# ---- the cluster

@pytest.fixture
def two_nodes(server_binary, tmp_path):
    port = free_ports(2)
    nodes = [Server(server_binary, port + i, tmp_path / f"node-{i}",
                    ["--io-threads", "2", "--save", "", "--cluster-enabled", "yes"]).start() for i in range(2)]
    nodes[0].call("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    nodes[0].call("CLUSTER", "MEET", "127.0.0.1", nodes[1].port)

    def joined():
        return all("cluster_state:ok" in str(node.call("CLUSTER", "INFO"))
                   and "cluster_known_nodes:2" in str(node.call("CLUSTER", "INFO")) for node in nodes)
    wait_until(joined, DEADLINE_S, "two nodes to be a cluster")
    yield nodes
    for node in nodes:
        node.kill()


def test_a_slot_that_goes_takes_its_clients_along(two_nodes):
    first, second = two_nodes
    with Client(first.port) as waiting, Client(first.port) as staying, Client(first.port) as pusher:
        slot = pusher.call("CLUSTER", "KEYSLOT", "{tag}a")
        waiting.block("BLPOP", "{tag}a", "{tag}b", 0)
        staying.block("BLPOP", "elsewhere", 0)
        pusher.call("CLUSTER", "SETSLOT", slot, "NODE", second.call("CLUSTER", "MYID"))
        assert str(waiting.read()) == f"MOVED {slot} 127.0.0.1:{second.port}"
        assert waiting.call("PING") == b"PONG"
        pusher.call("RPUSH", "elsewhere", "x")
        assert staying.read() == [b"elsewhere", b"x"]


def test_a_slot_that_nobody_serves(two_nodes):
    first, _ = two_nodes
    with Client(first.port) as waiting, Client(first.port) as pusher:
        waiting.block("BLPOP", "k", 0)
        pusher.call("CLUSTER", "DELSLOTS", pusher.call("CLUSTER", "KEYSLOT", "k"))
        assert waiting.read().code == "CLUSTERDOWN"


# ---- all at once

class Tally:
    """What came out of the lists, and what went wrong on the way."""

    def __init__(self):
        self.taken = []
        self.faults = []

    def run(self, work, *args):
        def guarded():
            try:
                self.taken.extend(work(*args))
            except Exception as fault:  # pylint: disable=broad-except
                self.faults.append(fault)
        thread = threading.Thread(target=guarded)
        thread.start()
        return thread


def produce(port, name, count, keys, seed):
    rng = random.Random(seed)
    with Client(port) as client:
        left = [f"{name}-{i}" for i in range(count)]
        while left:
            count = rng.randint(1, 4)
            some, left = left[:count], left[count:]
            pushes = [(rng.choice(["LPUSH", "RPUSH"]), rng.choice(keys), element) for element in some]
            if rng.random() < 0.5:
                client.transaction(*pushes)
            else:
                for words in pushes:
                    client.call(*words)
    return []


def elements_of(reply):
    if reply is None:
        return []
    if isinstance(reply, bytes):
        return [reply]
    return reply[1] if isinstance(reply[1], list) else [reply[1]]


def consume(port, keys, stop, seed):
    rng = random.Random(seed)
    taken = []
    with Client(port) as client:
        while not stop.is_set():
            some = rng.sample(keys, rng.randint(1, len(keys)))
            timeout = rng.choice(["0.001", "0.003", "0.02", "0.2"])
            reply = client.call(*rng.choice([
                ("BLPOP", *some, timeout), ("BRPOP", *some, timeout), ("BLPOP", some[0], timeout),
                ("BLMPOP", timeout, len(some), *some, "LEFT", "COUNT", rng.randint(1, 3))]))
            taken.extend(elements_of(reply))
    return taken


# What a dying client takes stays in the server, or it could not be counted.
def move_and_die(port, keys, stop, seed):
    rng = random.Random(seed)
    while not stop.is_set():
        client = Client(port)
        client.send(("BLMOVE", rng.choice(keys), rng.choice(keys + ["moved"]), "LEFT", "RIGHT", "0.5"))
        if rng.random() < 0.3:
            client.read()
        elif rng.random() < 0.5:
            client.still_blocked()
        client.close()
    return []


def test_every_element_comes_out_once(port):
    keys = [f"queue-{i}" for i in range(5)] + ["{queue-0}beside"]
    producers, elements_each = 4, 1500
    tally = Tally()
    stop = threading.Event()
    consumers = [tally.run(consume, port, keys, stop, seed) for seed in range(10)]
    consumers += [tally.run(move_and_die, port, keys, stop, seed) for seed in range(4)]
    pushing = [tally.run(produce, port, f"p{i}", elements_each, keys, i) for i in range(producers)]
    for thread in pushing:
        thread.join(120)
    with Client(port) as client:
        wait_until(lambda: client.call("EXISTS", *keys) == 0 or tally.faults, 60, "the lists to run empty")
        stop.set()
        for thread in consumers:
            thread.join(30)
        # A client that dies may have moved something back meanwhile.
        left = [element for key in keys + ["moved"] for element in client.call("LRANGE", key, 0, -1)]
    assert not tally.faults
    pushed = sorted(b"p%d-%d" % (i, n) for i in range(producers) for n in range(elements_each))
    assert sorted(tally.taken + left) == pushed
