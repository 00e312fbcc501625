"""RDB files and payloads as they come from elsewhere: odd, old or broken ones."""

import pytest

from lib.ports import free_ports
from lib.resp import Connection, ErrorReply
from lib.server import Server
from lib.waiting import wait_until


def text(word):
    assert len(word) < 64
    return bytes([len(word)]) + word.encode()


def rdb_file(*records):
    """A file of version 9 without a checksum."""
    return b"REDIS0009\xfe\x00" + b"".join(records) + b"\xff" + bytes(8)


@pytest.fixture
def server(server_binary, tmp_path):
    one = Server(server_binary, free_ports(1), tmp_path)
    yield one
    if one.alive:
        one.kill()


def test_empty_collections_are_passed_over(server, tmp_path):
    kinds = {"list": 1, "set": 2, "zset": 5, "hash": 4}
    empty = [bytes([kind]) + text(f"empty-{name}") + b"\x00" for name, kind in kinds.items()]
    (tmp_path / "dump.rdb").write_bytes(rdb_file(*empty, b"\x00" + text("a") + text("1")))
    server.start()
    assert server.call("DBSIZE") == 1
    for name in kinds:
        assert f"skipping empty key: empty-{name}" in server.log_text()
    assert "keys loaded: 1, keys expired: 0, empty keys skipped: 4." in server.log_text()


def test_broken_file_ends_the_start(server, tmp_path):
    (tmp_path / "dump.rdb").write_bytes(rdb_file(b"\x0d" + text("hash") + text("not a ziplist")))
    server.start(wait=False)
    wait_until(lambda: not server.alive, 30, "the server to give up")
    assert server.process.returncode == 1
    assert server.log_text().count("Hash ziplist integrity check failed") >= 2
    assert "Terminating server after rdb file reading failure." in server.log_text()


def test_bad_payload_is_named_in_the_log(server):
    server.start()
    with Connection("127.0.0.1", server.port) as link:
        payload = bytearray(b"\x10" + text("\x07\x00\x00\x00\x01\x00") + b"\x0a\x00" + bytes(8))
        with pytest.raises(ErrorReply, match="Bad data format|DUMP payload version or checksum are wrong"):
            link.call("RESTORE", "key", "0", bytes(payload))
        assert "RESTORE of a bad payload" in server.log_text()


def test_quiet_clients_give_memory_back(server):
    server.start()
    with Connection("127.0.0.1", server.port) as link, Connection("127.0.0.1", server.port) as watcher:
        def used():
            info = watcher.call("INFO", "memory").decode()
            return int(next(line for line in info.splitlines() if line.startswith("used_memory:")).split(":")[1])

        link.call("PING")
        before = used()
        link.call("DEL", *range(100000))
        assert used() > before + 1000000
        wait_until(lambda: used() < before + 500000, 20, "the memory of the large command")
