"""Scripts and functions on running servers: what clients see, what replicas and files are told, what ends a script."""

import threading

import pytest

from lib.ports import free_ports
from lib.resp import Connection, ErrorReply
from lib.server import Server
from lib.waiting import wait_until

DEADLINE_S = 30
SPIN = "while true do end"


def library(name, body, *flags):
    flags = ", ".join(f"'{flag}'" for flag in flags)
    return (f"#!lua name={name}\nredis.register_function{{function_name='{name}', "
            f"callback=function(keys, args) {body} end, flags={{{flags}}}}}")


class Client(Connection):
    def __init__(self, server):
        super().__init__("127.0.0.1", server.port, DEADLINE_S)

    def error(self, *words):
        with pytest.raises(ErrorReply) as caught:
            self.call(*words)
        return str(caught.value)

    def busy(self):
        """Whether PING is refused because a script runs for long."""
        try:
            self.call("PING")
            return False
        except ErrorReply as error:
            assert error.code == "BUSY"
            return True


@pytest.fixture(params=["1", "4"])
def server(request, server_binary, tmp_path):
    options = ["--io-threads", request.param, "--save", "", "--busy-reply-threshold", "50",
               "--enable-debug-command", "yes"]
    one = Server(server_binary, free_ports(1), tmp_path / "server", options).start()
    yield one
    if one.alive:
        one.kill()


@pytest.fixture
def client(server):
    with Client(server) as one:
        yield one


def spread(server, count=12):
    """Connections of which every worker has some."""
    server.call("DEBUG", "SPREAD-CLIENTS", 1)
    return [Client(server) for _ in range(count)]


def test_scripts_are_known_to_all_connections_until_they_are_flushed(server, client):
    sha = client.call("SCRIPT", "LOAD", "return ARGV[1]").decode()
    for one in spread(server):
        assert one.call("EVALSHA", sha.upper(), 0, "x") == b"x"
        one.close()
    assert client.call("SCRIPT", "EXISTS", sha, "0" * 40) == [1, 0]
    assert client.call("SCRIPT", "SHOW", sha) == b"return ARGV[1]"
    assert client.call("SCRIPT", "FLUSH") == b"OK"
    for one in spread(server):
        assert one.error("EVALSHA", sha, 0).startswith("NOSCRIPT")
        one.close()


def test_a_script_is_one_step_for_everybody(server, client):
    clients = spread(server)
    each = 200
    script = "local n = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], (n or 0) + 1)"

    def work(one):
        for _ in range(each):
            one.send(("EVAL", script, 1, "n"), ("INCR", "n"))
            assert one.read() is None
            assert isinstance(one.read(), int)

    threads = [threading.Thread(target=work, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.call("GET", "n") == str(2 * each * len(clients)).encode()


def test_scripts_in_transactions(client, server):
    client.call("MULTI")
    client.call("EVAL", "redis.call('SET', KEYS[1], 5) return redis.call('INCR', KEYS[1])", 1, "k")
    client.call("INCR", "k")
    client.call("EVAL", "return redis.call('nonsense')", 0)
    replies = client.call("EXEC")
    assert replies[:2] == [6, 7] and isinstance(replies[2], ErrorReply)
    client.call("WATCH", "k")
    with Client(server) as other:
        other.call("EVAL", "redis.call('SET', KEYS[1], 1)", 1, "k")
    client.call("MULTI")
    client.call("PING")
    assert client.call("EXEC") is None


def test_a_script_serves_who_waits_for_its_keys_when_it_is_over(server, client):
    with Client(server) as waiting:
        waiting.send(("PING",), ("BLPOP", "list", 0))
        assert waiting.read() == b"PONG"
        client.call("EVAL", "redis.call('RPUSH', KEYS[1], 'a') redis.call('LPUSH', KEYS[1], 'b')", 1, "list")
        assert waiting.read() == [b"list", b"b"]
    assert client.call("LRANGE", "list", 0, -1) == [b"a"]


def test_time_stands_still(client):
    script = "local a = redis.call('TIME') for i = 1, 1e6 do end local b = redis.call('TIME') return {a[1] == b[1], a[2] == b[2]}"
    assert client.call("EVAL", script, 0) == [1, 1]


def test_functions(client, server):
    assert client.call("FUNCTION", "LOAD", library("f", "return {keys[1], args[1]}", "no-writes")) == b"f"
    for one in spread(server):
        assert one.call("FCALL_RO", "F", 1, "k", "a") == [b"k", b"a"]
        one.close()
    assert client.call("FUNCTION", "LIST") == [
        [b"library_name", b"f", b"engine", b"LUA", b"functions",
         [[b"name", b"f", b"description", None, b"flags", [b"no-writes"]]]]]
    payload = client.call("FUNCTION", "DUMP")
    assert "already exists" in client.error("FUNCTION", "RESTORE", payload)
    assert client.call("FUNCTION", "RESTORE", payload, "REPLACE") == b"OK"
    assert client.call("FUNCTION", "FLUSH") == b"OK"
    assert client.error("FCALL", "f", 0) == "ERR Function not found"
    assert client.call("FUNCTION", "RESTORE", payload) == b"OK"
    assert client.call("FUNCTION", "STATS") == [
        b"running_script", None, b"engines", [b"LUA", [b"libraries_count", 1, b"functions_count", 1]]]
    assert client.error("FUNCTION", "RESTORE", payload[:-1]) == "ERR DUMP payload version or checksum are wrong"
    assert client.call("FUNCTION", "DELETE", "f") == b"OK"
    assert client.call("FUNCTION", "LIST") == []


def start_spinning(server, script=SPIN, *words, command="EVAL"):
    """A client whose script runs for long; returns when others are told so."""
    spinning = Client(server)
    spinning.send((command, script, *(words or (0,))))
    with Client(server) as other:
        wait_until(other.busy, DEADLINE_S, "the script to be noticed")
    return spinning


def test_a_long_script_leaves_a_few_commands_to_the_others(server):
    others = spread(server)
    spinning = start_spinning(server)
    for other in others:
        assert "SCRIPT KILL" in other.error("GET", "k")
        assert other.error("EVAL", "return 1", 0).startswith("BUSY")
        assert other.error("SHUTDOWN").startswith("BUSY")
        assert other.call("MULTI") == b"OK"
        assert other.error("SET", "k", "v").startswith("BUSY")
        assert other.error("EXEC").startswith("EXECABORT")
        assert other.call("WATCH", "k") == b"OK"
        assert other.call("UNWATCH") == b"OK"
        assert b"server" in other.call("HELLO")
    assert others[0].error("FUNCTION", "KILL").startswith("BUSY")
    others[1].close()
    assert others[0].call("SCRIPT", "KILL") == b"OK"
    assert "Script killed by user with SCRIPT KILL" in str(spinning.read())
    assert [other.call("PING") for other in others[2:]] == [b"PONG"] * (len(others) - 2)
    assert spinning.call("PING") == b"PONG"
    assert others[0].error("SCRIPT", "KILL").startswith("NOTBUSY")


def test_a_long_script_can_be_killed_whatever_it_does(server, client):
    for script in ("while true do pcall(function() while true do redis.call('ping') end end) end",
                   "while true do redis.pcall('get', 'k') end",
                   "local f = function() while true do end end while true do coroutine.wrap(f)() end"):
        spinning = start_spinning(server, script)
        assert client.call("SCRIPT", "KILL") == b"OK"
        assert "killed by user" in str(spinning.read())
        spinning.close()
        assert client.call("PING") == b"PONG"


def test_what_was_sent_behind_a_long_script_comes_behind_it(server, client):
    with Client(server) as spinning:
        spinning.send(("SET", "a", 1), ("EVAL", SPIN, 0), ("GET", "a"))
        assert spinning.read() == b"OK"
        wait_until(client.busy, DEADLINE_S, "the script to be noticed")
        client.call("SCRIPT", "KILL")
        assert "killed" in str(spinning.read())
        assert spinning.read() == b"1"


def test_a_client_that_leaves_its_long_script_behind(server, client):
    spinning = start_spinning(server)
    spinning.close()
    assert client.busy()
    client.call("SCRIPT", "KILL")
    wait_until(lambda: not client.busy(), DEADLINE_S, "the script to end")


def test_a_long_function(server, client):
    client.call("FUNCTION", "LOAD", library("spin", SPIN))
    spinning = start_spinning(server, "spin", 1, "k", command="FCALL")
    assert "FUNCTION KILL" in client.error("PING")
    assert client.error("SCRIPT", "KILL").startswith("BUSY")
    stats = client.call("FUNCTION", "STATS")[1]
    assert stats[:4] == [b"name", b"spin", b"command", [b"FCALL", b"spin", b"1", b"k"]]
    assert stats[4] == b"duration_ms" and stats[5] >= 50
    assert client.call("FUNCTION", "KILL") == b"OK"
    assert "killed" in str(spinning.read())


def test_a_script_that_has_written_is_not_killed_but_the_server_can_end(server, client):
    start_spinning(server, "redis.call('SET', KEYS[1], 'y') " + SPIN, 1, "x")
    assert client.error("SCRIPT", "KILL").startswith("UNKILLABLE")
    assert client.busy()
    client.send(("SHUTDOWN", "NOSAVE"))
    assert server.process.wait(DEADLINE_S) == 0


def test_a_long_script_that_ends_has_written_all(server, client):
    client.call("SET", "stop", "no")
    script = ("redis.call('SET', KEYS[1], 'half') local start = redis.call('INFO', 'server') "
              "for i = 1, 3e7 do end redis.call('SET', KEYS[1], 'all') return 'done'")
    with Client(server) as long:
        long.send(("EVAL", script, 1, "k"))
        wait_until(client.busy, DEADLINE_S, "the script to be noticed")
        assert long.read() == b"done"
    assert client.call("GET", "k") == b"all"


@pytest.fixture
def pair(server_binary, tmp_path):
    base = free_ports(2)
    primary = Server(server_binary, base, tmp_path / "primary",
                     ["--save", "", "--appendonly", "yes", "--busy-reply-threshold", "50"]).start()
    replica = Server(server_binary, base + 1, tmp_path / "replica",
                     ["--save", "", "--busy-reply-threshold", "50", "--replicaof", "127.0.0.1", str(base)]).start()
    wait_until(lambda: replica.info("replication")["master_link_status"] == "up", DEADLINE_S, "the link")
    yield primary, replica
    for one in (primary, replica):
        if one.alive:
            one.kill()


def caught_up(primary, replica):
    def offsets_agree():
        wanted = primary.info("replication")["master_repl_offset"]
        return replica.info("replication")["slave_repl_offset"] == wanted
    wait_until(offsets_agree, DEADLINE_S, "the replica to have everything")


def test_effects_are_what_is_told(pair):
    primary, replica = pair
    script = ("redis.call('SET', KEYS[1], math.random()) redis.call('SADD', 's', 'a', 'b', 'c') "
              "redis.call('SPOP', 's') redis.call('SELECT', 3) redis.call('SET', KEYS[1], 'three')")
    with Client(primary) as client:
        client.call("EVAL", script, 1, "k")
        client.call("EVAL", "return redis.call('GET', 'k')", 0)
        client.call("EVAL", "redis.set_repl(redis.REPL_NONE) redis.call('SET', 'untold', 1)", 0)
        caught_up(primary, replica)
        with Client(replica) as other:
            assert other.call("GET", "k") == client.call("GET", "k")
            assert sorted(other.call("SMEMBERS", "s")) == sorted(client.call("SMEMBERS", "s"))
            assert other.call("EXISTS", "untold") == 0
            other.call("SELECT", 3)
            assert other.call("GET", "k") == b"three"
            assert other.error("EVAL", "redis.call('SET', 'k', 1)", 0).startswith("READONLY")
            assert other.call("EVAL", "return redis.call('GET', KEYS[1])", 1, "k") == b"three"
    log = next((p for p in (__import__("pathlib").Path(primary.directory) / "appendonlydir").iterdir()
                if p.name.endswith(".incr.aof"))).read_bytes().lower()
    assert b"eval" not in log and b"untold" not in log
    assert log.count(b"multi") == 1 and log.count(b"exec") == 1


def test_functions_reach_replicas_and_files(pair, server_binary, tmp_path):
    primary, replica = pair
    with Client(primary) as client, Client(replica) as other:
        client.call("FUNCTION", "LOAD", library("f", "return redis.call('INCR', keys[1])"))
        client.call("FUNCTION", "LOAD", library("gone", "return 1"))
        client.call("FUNCTION", "DELETE", "gone")
        client.call("FCALL", "f", 1, "n")
        caught_up(primary, replica)
        assert other.call("FUNCTION", "LIST") == client.call("FUNCTION", "LIST")
        assert other.call("GET", "n") == b"1"
        assert "read only replica" in other.error("FUNCTION", "FLUSH")
        client.call("BGREWRITEAOF")
        wait_until(lambda: primary.info("persistence")["aof_rewrite_in_progress"] == "0", DEADLINE_S, "the rewrite")
    primary.stop()
    primary.start()
    with Client(primary) as client:
        assert client.call("FCALL", "f", 1, "n") == 2
    # A fresh replica gets them with the whole copy.
    fresh = Server(server_binary, free_ports(1), tmp_path / "fresh",
                   ["--save", "", "--replicaof", "127.0.0.1", str(primary.port)]).start()
    try:
        wait_until(lambda: fresh.info("replication")["master_link_status"] == "up", DEADLINE_S, "the link")
        assert len(fresh.call("FUNCTION", "LIST")) == 1
    finally:
        fresh.kill()


def test_a_replica_follows_again_after_its_long_script(pair):
    primary, replica = pair
    with Client(replica) as other, Client(primary) as client:
        spinning = start_spinning(replica)
        client.call("SET", "k", "new")
        assert other.busy()
        other.call("SCRIPT", "KILL")
        assert "killed" in str(spinning.read())
        wait_until(lambda: other.call("GET", "k") == b"new", DEADLINE_S, "the replica to follow")
