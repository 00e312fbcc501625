"""DEBUG: what test suites rely on, asked of ours and, where the answer is Redis's, of redis-server side by side."""

import random
import re
import shutil
import threading
import time

import pytest

from lib.ports import free_ports
from lib.resp import Connection, ErrorReply
from lib.server import Server
from lib.waiting import wait_until

@pytest.fixture
def peer(request, start):
    path = shutil.which(request.config.getoption("--peer-server"))
    assert path, "there is no redis-server to compare with"
    return start(binary=path)


def digest(server):
    return server.call("DEBUG", "DIGEST")


def fill(server, seed, keys=200):
    """Values of all types, some of them large, some that expire, in two databases."""
    rng = random.Random(seed)
    with server.client() as client:
        for i in range(keys):
            members = [f"{rng.randrange(1000)}" for _ in range(rng.choice([1, 3, 30, 300]))]
            if rng.random() < 0.5:
                members = ["m" * rng.randrange(1, 100) + member for member in members]
            client.execute_command("SELECT", rng.choice([0, 0, 5]))
            kind = rng.choice(["string", "list", "set", "zset", "hash"])
            if kind == "string":
                client.set(f"key:{i}", members[0])
            elif kind == "list":
                client.rpush(f"key:{i}", *members)
            elif kind == "set":
                client.sadd(f"key:{i}", *members)
            elif kind == "zset":
                client.zadd(f"key:{i}", {member: rng.randrange(-50, 50) for member in members})
            else:
                client.hset(f"key:{i}", mapping={member: rng.random() for member in members})
            if rng.random() < 0.2:
                client.expire(f"key:{i}", 100000)


def test_closed_unless_enabled(server_binary, tmp_path):
    server = Server(server_binary, free_ports(1), tmp_path)
    server.start()
    try:
        with Connection("127.0.0.1", server.port) as link:
            with pytest.raises(ErrorReply, match="ERR DEBUG command not allowed. If the enable-debug-command option"):
                link.call("DEBUG", "HELP")
    finally:
        server.kill()


def test_open_to_local_clients(start):
    server = start("--enable-debug-command", "local")
    assert server.call("DEBUG", "HELP")[0].startswith("DEBUG <subcommand>")


def test_unknown_and_ill_formed(start):
    server = start()
    with Connection("127.0.0.1", server.port) as link:
        for words in (["nonsense"], ["sleep"], ["digest", "x"]):
            with pytest.raises(ErrorReply, match="unknown subcommand or wrong number of arguments for '" + words[0]):
                link.call("DEBUG", *words)


@pytest.mark.parametrize("seed", range(3))
def test_digest_is_that_of_redis(start, peer, seed):
    ours = start()
    assert digest(ours) == digest(peer) == "0" * 40
    for server in (ours, peer):
        fill(server, seed)
    assert digest(ours) == digest(peer) != "0" * 40
    for key in range(0, 200, 7):
        words = ("DEBUG", "DIGEST-VALUE", f"key:{key}", "absent")
        assert ours.call(*words) == peer.call(*words)


def test_digest_does_not_look_at_order_or_encoding(start):
    one = start("--set-max-listpack-entries", "0", "--hash-max-listpack-entries", "0")
    two = start()
    members = [f"m{i}" for i in range(50)]
    one.call("SADD", "s", *members)
    two.call("SADD", "s", *reversed(members))
    one.call("HSET", "h", *members)
    two.call("HSET", "h", *members)
    assert one.call("OBJECT", "ENCODING", "s") != two.call("OBJECT", "ENCODING", "s")
    assert digest(one) == digest(two)
    two.call("SREM", "s", "m7")
    assert digest(one) != digest(two)


def test_reload_keeps_the_data(start):
    server = start()
    fill(server, 7)
    before = digest(server)
    assert server.call("DEBUG", "RELOAD") == "OK"
    assert digest(server) == before
    assert "DB reloaded by DEBUG RELOAD" in server.log_text()


def test_reload_options(start):
    server = start()
    server.call("MSET", "a", "1", "b", "2")
    server.call("SAVE")
    server.call("SET", "a", "changed")
    server.call("SET", "c", "3")
    assert server.call("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE") == "OK"
    assert server.call("MGET", "a", "b", "c") == ["1", "2", "3"]
    assert server.call("DEBUG", "RELOAD", "NOSAVE") == "OK"
    assert server.call("MGET", "a", "b", "c") == ["1", "2", None]
    with Connection("127.0.0.1", server.port) as link:
        with pytest.raises(ErrorReply, match="only supports the MERGE, NOFLUSH and NOSAVE options"):
            link.call("DEBUG", "RELOAD", "NOTHING")
        with pytest.raises(ErrorReply, match="Error trying to load the RDB dump"):
            link.call("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")


def test_reload_beside_snapshots_and_clients(start):
    """Reloads, background saves, rewrites and writers at once: nothing hangs, nothing is lost."""
    server = start("--appendonly", "yes")
    fill(server, 11, keys=1000)
    stop = threading.Event()
    written = [0, 0]

    def write(index):
        with server.client() as client:
            while not stop.is_set():
                client.set(f"writer:{index}", written[index] + 1)
                written[index] += 1

    writers = [threading.Thread(target=write, args=(index,)) for index in range(2)]
    for writer in writers:
        writer.start()
    try:
        with server.client() as client:
            for round_number in range(20):
                try:
                    client.execute_command("BGSAVE" if round_number % 2 else "BGREWRITEAOF")
                except Exception as error:
                    assert "already in progress" in str(error) or "Another child" in str(error)
                assert client.execute_command("DEBUG", "RELOAD" if round_number % 3 else "LOADAOF")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert server.call("MGET", "writer:0", "writer:1") == [str(count) for count in written]
    before = digest(server)
    assert server.call("DEBUG", "LOADAOF") == "OK"
    assert digest(server) == before
    server.stop()
    server.start()
    assert digest(server) == before


def test_background_save_outlives_a_reload(start):
    """What the save shows is the moment of its cut, whatever is dropped and loaded meanwhile."""
    server = start()
    fill(server, 13, keys=2000)
    with server.client() as client:
        pipeline = client.pipeline(transaction=True)
        pipeline.execute_command("BGSAVE")
        pipeline.execute_command("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE")
        replies = pipeline.execute(raise_on_error=False)
    assert isinstance(replies[0], (bool, str))
    before = digest(server)
    wait_until(lambda: "DB saved on disk" in server.log_text(), 30, "the background save")
    assert server.call("DEBUG", "RELOAD", "NOSAVE") == "OK"
    assert digest(server) == before


def test_loadaof_needs_files(start):
    server = start()
    with Connection("127.0.0.1", server.port) as link:
        with pytest.raises(ErrorReply, match="Error trying to load the AOF files"):
            link.call("DEBUG", "LOADAOF")


def test_loadaof_with_transactions_and_expiries(start):
    server = start("--appendonly", "yes")
    fill(server, 17)
    with server.client() as client:
        pipeline = client.pipeline(transaction=True)
        pipeline.set("a", 1)
        pipeline.incr("a")
        pipeline.expire("a", 1000)
        pipeline.execute()
    before = digest(server)
    assert server.call("DEBUG", "LOADAOF") == "OK"
    assert digest(server) == before
    assert server.call("GET", "a") == "2"


def test_populate(start, peer):
    ours = start()
    for server in (ours, peer):
        server.call("SET", "key:3", "mine")
        server.call("DEBUG", "POPULATE", "100")
        server.call("DEBUG", "POPULATE", "10", "short", "3")
        server.call("DEBUG", "POPULATE", "10", "long", "30")
    assert ours.call("GET", "key:3") == "mine"
    assert ours.call("GET", "long:7") == "value:7" + "\0" * 23
    assert digest(ours) == digest(peer)


def test_sleep_stops_everybody(start):
    server = start("--io-threads", "4")
    with Connection("127.0.0.1", server.port) as sleeper, Connection("127.0.0.1", server.port) as other:
        other.call("PING")
        begin = time.monotonic()
        sleeper.send(["DEBUG", "SLEEP", "0.5"])
        wait_until(lambda: _slow_ping(other), 5, "a PING that had to wait")
        assert sleeper.read() == b"OK"
        assert time.monotonic() - begin >= 0.5


def _slow_ping(link):
    begin = time.monotonic()
    link.call("PING")
    return time.monotonic() - begin > 0.1


@pytest.mark.parametrize("hello", ["2", "3"])
def test_protocol_samples_are_those_of_redis(start, peer, hello):
    ours = start()
    kinds = "string integer double bignum null array set map attrib push verbatim true false nonsense".split()
    answers = []
    for server in (ours, peer):
        with Connection("127.0.0.1", server.port) as link:
            link.send(["HELLO", hello], *[["DEBUG", "PROTOCOL", kind] for kind in kinds], ["DEBUG", "ERROR", "the end"])
            data = b""
            while not data.endswith(b"the end\r\n"):
                data += link._socket.recv(65536)
            answers.append(data[data.index(b"Hello World"):])
    assert answers[0] == answers[1]


def test_object_and_active_expire(start):
    server = start()
    server.call("RPUSH", "small", "a", "b")
    server.call("RPUSH", "large", *["x" * 100] * 500)
    assert re.fullmatch(r"Value at:0x\w+ refcount:1 encoding:listpack serializedlength:\d+ lru:\d+ lru_seconds_idle:0",
                        server.call("DEBUG", "OBJECT", "small"))
    assert re.search(r" ql_nodes:\d+ ql_avg_node:[\d.]+ ql_listpack_max:-2 ql_compressed:0 ql_uncompressed_size:\d+$",
                     server.call("DEBUG", "OBJECT", "large"))
    assert server.call("DEBUG", "SET-ACTIVE-EXPIRE", "0") == "OK"
    server.call("SET", "gone", "x", "PX", "1")
    server.call("DEBUG", "SLEEP", "0.3")
    assert server.call("DBSIZE") == 3
    assert server.call("DEBUG", "SET-ACTIVE-EXPIRE", "1") == "OK"
    wait_until(lambda: server.call("DBSIZE") == 2, 10, "the key to expire")


def test_inside_a_transaction(start):
    server = start("--appendonly", "yes")
    with Connection("127.0.0.1", server.port) as link:
        link.call("MULTI")
        for words in (["SET", "a", "1"], ["DEBUG", "SLEEP", "0.01"], ["DEBUG", "RELOAD"], ["DEBUG", "DIGEST"],
                      ["DEBUG", "POPULATE", "5"]):
            assert link.call(*words) == b"QUEUED"
        replies = link.call("EXEC")
    assert replies[:3] == [b"OK", b"OK", b"OK"] and len(replies[3]) == 40
    assert server.call("DBSIZE") == 6


def test_large_elements_get_nodes_of_their_own(start):
    server = start()
    assert server.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100b") == "OK"
    server.call("RPUSH", "l", "x" * 5000, "small", "y" * 5000)
    assert "ql_nodes:3" in server.call("DEBUG", "OBJECT", "l")
    assert server.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0") == "OK"
    with Connection("127.0.0.1", server.port) as link:
        with pytest.raises(ErrorReply, match="argument must be a memory value"):
            link.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "4gb")


def follow(replica, primary):
    replica.call("REPLICAOF", "127.0.0.1", str(primary.port))
    wait_until(lambda: replica.call("ROLE")[3] == "connected", 30, "the replica to follow")


def test_replicate_reaches_replicas_alone(start):
    primary, replica = start(), start()
    follow(replica, primary)
    assert primary.call("DEBUG", "REPLICATE", "SET", "a", "1") == "OK"
    wait_until(lambda: replica.call("GET", "a") == "1", 10, "the command to arrive")
    assert primary.call("GET", "a") is None


def test_reload_of_a_primary_and_its_replica(start):
    primary, replica = start("--appendonly", "yes"), start("--appendonly", "yes")
    fill(primary, 19)
    follow(replica, primary)
    for server in (primary, replica, primary):
        assert server.call("DEBUG", "RELOAD") == "OK"
        primary.call("INCR", "counter")
        wait_until(lambda: digest(replica) == digest(primary), 20, "the same data")
    for server in (primary, replica):
        wait_until(lambda: _loadaof(server), 30, "the append-only file to have its base")
        wait_until(lambda: digest(replica) == digest(primary), 20, "the same data")


def _loadaof(server):
    return server.call("DEBUG", "LOADAOF") == "OK"


def test_change_repl_id(start):
    primary, replica = start(), start()
    follow(replica, primary)
    assert primary.call("DEBUG", "CHANGE-REPL-ID") == "OK"
    primary.call("SET", "a", "1")
    wait_until(lambda: replica.call("GET", "a") == "1", 10, "the stream to go on")
    replica.call("REPLICAOF", "NO", "ONE")
    replica.call("REPLICAOF", "127.0.0.1", str(primary.port))
    wait_until(lambda: "Replication ID mismatch" in primary.log_text(), 20, "a partial resync to be refused")


@pytest.mark.parametrize("words, text", [
    (["SEGFAULT"], "crashed by signal: 11"),
    (["PANIC"], "Guru Meditation"),
    (["ASSERT"], "ASSERTION FAILED"),
    (["OOM"], "Out Of Memory"),
])
def test_ends_with_a_report(start, words, text):
    server = start()
    with pytest.raises(Exception):
        server.call("DEBUG", *words)
    wait_until(lambda: not server.alive, 20, "the end")
    assert server.process.returncode < 0
    assert text in server.log_text() and "STACK TRACE" in server.log_text()


@pytest.mark.parametrize("word", ["RESTART", "CRASH-AND-RECOVER"])
def test_starts_again(start, word):
    server = start("--appendonly", "yes", "--appendfsync", "always")
    fill(server, 23)
    before, pid = digest(server), server.pid
    with pytest.raises(Exception):
        server.call("DEBUG", word, "10")
    server.wait_ready()
    assert server.pid == pid and server.alive
    assert digest(server) == before
