"""Keys that are past their time: who deletes them, and who is told. And what FLUSHALL leaves on the disk."""

from pathlib import Path

import pytest

from lib.resp import Connection
from lib.waiting import wait_until


@pytest.fixture
def patient(start):
    """A server with an append-only file and with two keys that have expired and that nobody has looked at."""
    server = start("--appendonly", "yes", "--appendfsync", "always")
    server.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    server.call("SET", "one", "v", "PX", "1")
    server.call("HSET", "two", "f", "v")
    server.call("PEXPIRE", "two", "1")
    server.call("SET", "stays", "v")
    past = now_ms(server) + 1
    wait_until(lambda: now_ms(server) > past, 5, "the keys to expire")
    return server


def now_ms(server):
    seconds, microseconds = server.call("TIME")
    return int(seconds) * 1000 + int(microseconds) // 1000


def increment(server):
    [path] = Path(server.directory).glob("appendonlydir/*.incr.aof")
    return path.read_bytes().decode().split("\r\n")


def walk(server, *options):
    cursor, found = "0", []
    while True:
        cursor, keys = server.call("SCAN", cursor, *options)
        found += keys
        if cursor == "0":
            return sorted(found)


@pytest.mark.parametrize("options", [(), ("TYPE", "string"), ("TYPE", "nonsense")])
def test_scan_deletes_what_it_finds_expired(patient, options):
    assert walk(patient, *options) == ([] if "nonsense" in options else ["stays"])
    assert patient.call("DBSIZE") == 1
    words = increment(patient)
    assert words.count("DEL") >= 2
    assert "MULTI" not in words


def test_scan_leaves_alone_what_it_was_not_asked_for(patient):
    assert walk(patient, "MATCH", "stay*") == ["stays"]
    assert patient.call("DBSIZE") == 3


def test_randomkey_deletes_what_it_draws(patient):
    patient.call("DEL", "stays")
    assert patient.call("RANDOMKEY") is None
    assert patient.call("DBSIZE") == 0
    assert "MULTI" not in increment(patient)


def test_in_a_transaction_they_are_part_of_it(patient):
    with patient.client() as client:
        client.response_callbacks.clear()
        client.execute_command("MULTI")
        client.execute_command("SCAN", "0", "COUNT", "100000")
        client.execute_command("SET", "after", "v")
        client.execute_command("EXEC")
    words = increment(patient)
    assert words.index("MULTI") < len(words) - 1 - words[::-1].index("DEL") < words.index("after")


def test_a_writable_replica_deletes_the_keys_that_its_own_clients_gave_an_expiry(start):
    primary = start()
    replica = start("--replica-read-only", "no")
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    wait_until(lambda: replica.info("replication")["master_link_status"] == "up", 20, "the link")
    for command in (["SET", "mine", "v", "PX", "1"], ["RPUSH", "list", "v"], ["PEXPIRE", "list", "1"]):
        replica.call(*command)
    wait_until(lambda: replica.call("DBSIZE") == 0, 5, "the keys to go")
    assert int(replica.info("stats")["expired_keys"]) == 2


def offset(server):
    return int(server.info("replication")["master_repl_offset"])


def test_what_clients_write_on_a_replica_does_not_shift_its_offset(start):
    primary = start("--repl-ping-replica-period", "3600")
    replica = start("--replica-read-only", "no", "--appendonly", "yes")
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    wait_until(lambda: replica.info("replication")["master_link_status"] == "up", 20, "the link")
    wait_until(lambda: offset(replica) == offset(primary), 10, "the same offset")
    replica.call("SET", "mine", "v")
    replica.call("PUBLISH", "channel", "message")
    assert offset(replica) == offset(primary)
    primary.call("SET", "theirs", "v")
    wait_until(lambda: replica.call("GET", "theirs") == "v", 10, "the change of the primary")
    assert offset(replica) == offset(primary)
    assert replica.call("GET", "mine") == "v"


def test_flushall_leaves_no_old_file_behind_when_points_of_saving_are_set(start):
    server = start("--save", "3600 1")
    server.call("SET", "k", "v")
    server.call("SAVE")
    file = Path(server.directory, "dump.rdb")
    with_key = file.stat().st_size
    server.call("SET", "other", "v")
    server.call("FLUSHALL")
    assert int(server.info("persistence")["rdb_changes_since_last_save"]) == 0
    assert file.stat().st_size < with_key
    server.call("CONFIG", "SET", "save", "")
    server.call("SET", "k", "v")
    server.call("FLUSHALL")
    assert int(server.info("persistence")["rdb_changes_since_last_save"]) == 2


def test_monitor_shows_a_script_before_its_commands(start):
    server = start()
    with Connection(server.host, server.port) as watcher:
        watcher.call("MONITOR")
        server.call("EVAL", "return redis.call('set', KEYS[1], 'v')", "1", "k")
        lines = iter(watcher.read, None)
        while b'"EVAL"' not in next(lines):
            pass
        assert b'lua] "set" "k" "v"' in next(lines)
