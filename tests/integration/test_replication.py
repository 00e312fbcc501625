"""A primary and its replica: whole copies into the memory, and what a replica does of its own."""

import socket
import time

import pytest

from lib.ports import free_ports
from lib.resp import Connection, pack
from lib.server import Server
from lib.waiting import wait_until

DEADLINE_S = 30
KEY_COUNT = 400
# So long that no copy is whole before the test has looked.
SLOW_KEY_US = 50000


@pytest.fixture
def pair(server_binary, tmp_path):
    """A primary, and a server that is to become its replica."""
    first = free_ports(2)
    options = ["--save", "", "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0",
               "--repl-ping-replica-period", "1"]
    primary = Server(server_binary, first, tmp_path / "primary", options).start()
    replica = Server(server_binary, first + 1, tmp_path / "replica",
                     [*options, "--repl-diskless-load", "swapdb", "--replica-read-only", "no"]).start()
    yield primary, replica
    replica.kill()
    primary.kill()


def follow(replica, primary):
    replica.call("REPLICAOF", "127.0.0.1", primary.port)


def wait_up(replica):
    wait_until(lambda: replica.info("replication")["master_link_status"] == "up", DEADLINE_S,
               f"{replica} to have its primary:\n{replica.log_tail()}")


def wait_loading(replica, field, value):
    wait_until(lambda: replica.info("persistence")[field] == value, DEADLINE_S,
               f"{field} to be {value}:\n{replica.log_tail()}")


def offset(server):
    return int(server.info("replication")["master_repl_offset"])


def wait_same_offset(primary, replica):
    wait_until(lambda: offset(primary) == offset(replica), DEADLINE_S, f"{replica} to be where {primary} is")


def fill(primary):
    # A Redis that loads looks at its clients every two million bytes only.
    primary.call("CONFIG", "SET", "rdbcompression", "no")
    primary.call("DEBUG", "POPULATE", KEY_COUNT, "new", 20000)
    primary.call("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 'new' end)")


def fill_replica(replica):
    """What the replica holds before the copy, in two databases."""
    replica.call("SET", "old", "value")
    with replica.client() as client:
        client.execute_command("SELECT", 3)
        client.execute_command("SET", "old", "in 3")
    replica.call("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 'old' end)")


def check_old(replica):
    assert replica.call("DBSIZE") == 1
    assert replica.call("GET", "old") == "value"
    assert replica.call("FCALL", "f", 0) == "old"


def check_new(replica):
    assert replica.call("DBSIZE") == KEY_COUNT
    assert replica.call("FCALL", "f", 0) == "new"
    with replica.client() as client:
        client.execute_command("SELECT", 3)
        assert client.execute_command("DBSIZE") == 0


def break_link(primary):
    """The replica has to come again, and finds that what it lacks is gone."""
    with primary.client() as client:
        pipe = client.pipeline(transaction=True)
        pipe.execute_command("CLIENT", "KILL", "TYPE", "replica")
        pipe.execute_command("CONFIG", "SET", "repl-backlog-size", 16384)
        pipe.execute_command("XADD", "stream", "1-1", "field", "value")
        pipe.execute_command("SET", "new:0", "x" * 1000000)
        pipe.execute()


def test_a_copy_beside_the_old_data_takes_its_place_at_once(pair):
    primary, replica = pair
    fill(primary)
    fill_replica(replica)
    primary.call("CONFIG", "SET", "rdb-key-save-delay", SLOW_KEY_US)
    watcher = Connection("127.0.0.1", replica.port, DEADLINE_S)
    watcher.call("WATCH", "new:1")
    follow(replica, primary)
    wait_loading(replica, "loading", "1")
    with Connection("127.0.0.1", replica.port, DEADLINE_S) as client:
        with pytest.raises(Exception, match="LOADING"):
            client.call("GET", "old")
    primary.call("CONFIG", "SET", "rdb-key-save-delay", 0)
    wait_up(replica)
    check_new(replica)
    watcher.call("MULTI")
    watcher.call("PING")
    assert watcher.call("EXEC") is None, "a watched key has come"
    primary.call("SET", "later", "1")
    wait_until(lambda: replica.call("GET", "later") == "1", DEADLINE_S, "the stream to go on")


def test_a_copy_that_breaks_leaves_the_old_data(pair):
    primary, replica = pair
    fill(primary)
    fill_replica(replica)
    primary.call("CONFIG", "SET", "rdb-key-save-delay", SLOW_KEY_US)
    follow(replica, primary)
    wait_loading(replica, "loading", "1")
    primary.kill()
    wait_loading(replica, "loading", "0")
    check_old(replica)


def test_old_data_is_served_while_the_same_history_is_copied_again(pair):
    primary, replica = pair
    follow(replica, primary)
    wait_up(replica)
    fill(primary)
    wait_same_offset(primary, replica)
    replica.call("FLUSHALL")
    replica.call("FUNCTION", "FLUSH")
    fill_replica(replica)
    waiter = Connection("127.0.0.1", replica.port, DEADLINE_S)
    waiter.send(("XREAD", "BLOCK", "0", "STREAMS", "stream", "0"))
    primary.call("CONFIG", "SET", "rdb-key-save-delay", SLOW_KEY_US)
    break_link(primary)
    wait_loading(replica, "async_loading", "1")
    assert replica.info("persistence")["loading"] == "0"
    check_old(replica)
    with Connection("127.0.0.1", replica.port, DEADLINE_S) as client:
        for refused in (("REPLICAOF", "NO", "ONE"), ("CONFIG", "SET", "appendonly", "no")):
            with pytest.raises(Exception, match="LOADING"):
                client.call(*refused)
    assert replica.info("persistence")["async_loading"] == "1"
    primary.call("CONFIG", "SET", "rdb-key-save-delay", 0)
    wait_up(replica)
    assert waiter.read()[0][0] == b"stream"
    replica.call("DEL", "stream")
    check_new(replica)
    assert replica.info("persistence")["async_loading"] == "0"


def test_what_a_replica_does_of_its_own_is_not_in_the_stream(pair):
    primary, replica = pair
    follow(replica, primary)
    wait_up(replica)
    primary.call("SET", "a", "1")
    wait_same_offset(primary, replica)
    before = offset(replica)
    replica.call("SET", "own", "1")
    replica.call("PUBLISH", "channel", "message")
    with replica.client() as client:
        pipe = client.pipeline(transaction=True)
        pipe.execute_command("SET", "own", "2")
        pipe.execute_command("INCR", "own")
        pipe.execute()
    replica.call("EVAL", "return redis.call('SET', KEYS[1], 'x')", 1, "own")
    primary.call("SET", "a", "2")
    wait_until(lambda: replica.call("GET", "a") == "2", DEADLINE_S, "the stream to go on")
    wait_same_offset(primary, replica)
    assert offset(replica) > before
    syncs = primary.info("stats")["sync_full"]
    primary.call("CLIENT", "KILL", "TYPE", "replica")
    wait_up(replica)
    assert primary.info("stats")["sync_full"] == syncs, "the replica goes on where it was"


def test_keys_that_a_replicas_clients_gave_a_time_go(pair):
    primary, replica = pair
    follow(replica, primary)
    wait_up(replica)
    with replica.client() as client:
        client.execute_command("SELECT", 5)
        client.execute_command("SET", "own", "1", "PX", 100)
        client.execute_command("SADD", "set", "1")
        client.execute_command("PEXPIRE", "set", 100)
        client.execute_command("COPY", "set", "other", "DB", 6)
        client.execute_command("SET", "kept", "1", "PX", 100)
        client.execute_command("PERSIST", "kept")
        assert int(replica.info("stats")["slave_expires_tracked_keys"]) == 4
        wait_until(lambda: client.execute_command("DBSIZE") == 1, DEADLINE_S, "the keys to go")
        client.execute_command("SELECT", 6)
        wait_until(lambda: client.execute_command("DBSIZE") == 0, DEADLINE_S, "the copy to go")
    assert int(replica.info("stats")["slave_expires_tracked_keys"]) == 0


def test_keys_of_the_primary_stay_until_it_says_so(pair):
    primary, replica = pair
    follow(replica, primary)
    wait_up(replica)
    primary.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    primary.call("SET", "theirs", "1", "PX", 1)
    wait_until(lambda: replica.call("DBSIZE") == 1, DEADLINE_S, "the key to come")
    replica.call("SET", "own", "1", "PX", 1)
    wait_until(lambda: replica.call("DBSIZE") == 1, DEADLINE_S, "the replica's own key to go")
    assert replica.call("GET", "theirs") is None
    primary.call("GET", "theirs")
    wait_until(lambda: replica.call("DBSIZE") == 0, DEADLINE_S, "the key to go")


def test_a_replica_that_asks_for_a_reply_is_let_go(pair):
    primary, _ = pair
    for words, logged in ((("PING",), "Replica generated a reply to command 'ping'"),
                          (("XINFO", "HELP"), "Replica generated a reply to command 'xinfo|help'"),
                          (("GET", "key"), "Replica can't interact with the keyspace")):
        with socket.create_connection(("127.0.0.1", primary.port), DEADLINE_S) as rogue:
            rogue.sendall(pack(("SYNC",)) + pack(words))
            while rogue.recv(65536):
                pass
        wait_until(lambda: logged in primary.log_text(), DEADLINE_S, f"the log to say {logged}")
    assert primary.call("PING")


def test_a_replica_that_takes_nothing_is_let_go_and_the_other_is_served(pair):
    primary, replica = pair
    primary.call("DEBUG", "POPULATE", 3000, "large", 10000)
    primary.call("CONFIG", "SET", "rdbcompression", "no")
    primary.call("CONFIG", "SET", "repl-diskless-sync-delay", 5)
    primary.call("CONFIG", "SET", "repl-diskless-sync-max-replicas", 2)
    primary.call("CONFIG", "SET", "repl-timeout", 2)
    with Connection("127.0.0.1", primary.port, DEADLINE_S) as deaf:
        for words in (("REPLCONF", "capa", "eof", "capa", "psync2"), ("REPLCONF", "listening-port", "1")):
            deaf.call(*words)
        deaf.send(("PSYNC", "?", "-1"))
        follow(replica, primary)
        wait_up(replica)
        assert "Disconnecting timedout replica (full sync)" in primary.log_text()
    assert replica.call("DBSIZE") == 3000


def test_a_slow_loader_holds_up_its_primary_not_itself(pair):
    """What a replica has read and not loaded is bounded, and it answers while it loads."""
    primary, replica = pair
    primary.call("DEBUG", "POPULATE", 2000, "large", 10000)
    primary.call("CONFIG", "SET", "rdbcompression", "no")
    replica.call("CONFIG", "SET", "key-load-delay", 1000)
    follow(replica, primary)
    wait_loading(replica, "loading", "1")
    until = time.monotonic() + 1
    while time.monotonic() < until:
        assert replica.info("persistence")["loading"] == "1"
    read = int(replica.info("stats")["total_net_repl_input_bytes"])
    assert read < 15_000_000
    replica.call("CONFIG", "SET", "key-load-delay", 0)
    wait_up(replica)
    assert replica.call("DBSIZE") == 2000


def test_a_replica_for_which_too_much_is_kept_is_let_go(pair):
    primary, _ = pair
    primary.call("CONFIG", "SET", "repl-backlog-size", 16384)
    primary.call("CONFIG", "SET", "client-output-buffer-limit", "replica 1048576 0 0")
    with Connection("127.0.0.1", primary.port, DEADLINE_S) as deaf:
        deaf.call("REPLCONF", "capa", "eof", "capa", "psync2")
        deaf.send(("PSYNC", "?", "-1"))
        wait_until(lambda: primary.info("replication")["connected_slaves"] == "1", DEADLINE_S, "the replica to be there")
        for i in range(8):
            primary.call("SET", f"large:{i}", "x" * 100000)
        assert primary.info("replication")["connected_slaves"] == "1"
        for i in range(8):
            primary.call("SET", f"larger:{i}", "x" * 100000)
        wait_until(lambda: primary.info("replication")["connected_slaves"] == "0", DEADLINE_S, "the replica to be gone")
    # Whole blocks may be kept.
    wait_until(lambda: int(primary.info("replication")["repl_backlog_histlen"]) < 300000, DEADLINE_S,
               "what was kept for it to go")


def test_what_had_expired_when_a_primary_starts_goes_in_its_replicas(pair):
    primary, replica = pair
    primary.call("CONFIG", "SET", "save", "900 1")
    primary.options += ["--dir", primary.directory]
    follow(replica, primary)
    wait_up(replica)
    primary.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    primary.call("SET", "kept", "1")
    for i in range(10):
        primary.call("SET", f"short:{i}", "1", "PX", 1)
    wait_same_offset(primary, replica)
    before = offset(primary)
    syncs = replica.log_text().count("Full resync")
    assert primary.stop() == 0
    primary.start()
    wait_up(replica)
    wait_same_offset(primary, replica)
    assert offset(primary) > before
    assert primary.call("DBSIZE") == 1
    assert replica.call("DBSIZE") == 1
    assert replica.log_text().count("Full resync") == syncs, "the replica goes on where it was"
