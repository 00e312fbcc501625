"""maxmemory: what is evicted, in which order, who is told, and what is refused when nothing may go."""

import random
import threading
import time

import pytest

from lib.resp import Connection, ErrorReply
from lib.waiting import wait_until

DEADLINE_S = 60
OOM = "OOM command not allowed when used memory > 'maxmemory'."
KILO = 1024
MEGA = 1024 * KILO


@pytest.fixture
def start(start):
    """Without what takes memory or disk by itself."""
    return lambda *options: start("--save", "", "--latency-tracking", "no", *options)


def connect(server):
    return Connection("127.0.0.1", server.port, DEADLINE_S)


def used(server):
    return int(server.info("memory")["used_memory"])


def evicted(server):
    return int(server.info("stats")["evicted_keys"])


def set_limit(client, above_now):
    """maxmemory, so many bytes more than is in use and counted."""
    memory = dict(line.split(b":", 1) for line in client.call("INFO", "memory").split(b"\r\n") if b":" in line)
    now = int(memory[b"used_memory"]) - int(memory[b"mem_not_counted_for_evict"])
    client.call("CONFIG", "SET", "maxmemory", now + above_now)
    return now + above_now


def fill(client, count, prefix="key", value="x" * 200, *options):
    for i in range(count):
        client.send(("SET", f"{prefix}:{i}", value, *options))
    return [client.read() for _ in range(count)]


def errors(replies):
    return [str(reply) for reply in replies if isinstance(reply, ErrorReply)]


def without_room(client):
    """Nothing fits any more, and nothing goes."""
    client.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
    client.call("CONFIG", "SET", "maxmemory", 1)


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu",
                                    "volatile-random", "volatile-ttl"])
def test_the_limit_holds(start, policy):
    server = start("--maxmemory-policy", policy, "--io-threads", "1")
    with connect(server) as client:
        limit = set_limit(client, 400 * KILO)
        assert errors(fill(client, 5000, "key", "x" * 200, "EX", 10000)) == []
        assert used(server) < limit + 8 * KILO
        assert 100 < client.call("DBSIZE") < 5000
        client.call("CONFIG", "SET", "maxmemory", 0)
        assert evicted(server) == 5000 - client.call("DBSIZE")


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_volatile_policies_spare_what_does_not_expire(start, policy):
    server = start("--maxmemory-policy", policy, "--io-threads", "1")
    with connect(server) as client:
        fill(client, 500, "stays")
        fill(client, 500, "goes", "x" * 200, "EX", 10000)
        set_limit(client, 0)
        # There is room as long as something may go; then there is none.
        replies = errors(fill(client, 1500, "more"))
        assert replies and set(replies) == {OOM}
        assert client.call("EXISTS", *(f"stays:{i}" for i in range(500))) == 500
        assert client.call("EXISTS", *(f"goes:{i}" for i in range(500))) == 0
        # What gives memory back is welcome, and helps.
        assert client.call("DEL", *(f"stays:{i}" for i in range(500))) == 500
        assert client.call("SET", "fits", "again") == b"OK"


def test_without_eviction_nothing_goes(start):
    server = start("--io-threads", "1")
    with connect(server) as client:
        client.call("SET", "k", "v")
        without_room(client)
        for words in (("SET", "k", "w"), ("LPUSH", "l", "a"), ("COPY", "k", "c")):
            client.send(words)
            assert str(client.read()) == OOM
        assert client.call("GET", "k") == b"v"
        client.call("EXPIRE", "k", 1000)
        assert client.call("DEL", "k") == 1
        assert evicted(server) == 0
        stats = server.info("stats")
        assert int(stats["total_eviction_exceeded_time"]) >= int(stats["current_eviction_exceeded_time"]) >= 0
        client.call("CONFIG", "SET", "maxmemory", 0)
        assert client.call("SET", "k", "w") == b"OK"
        assert server.info("stats")["current_eviction_exceeded_time"] == "0"


def test_transactions_without_room(start):
    server = start()
    with connect(server) as client, connect(server) as other:
        without_room(other)
        # What is queued takes memory.
        client.send(("MULTI",), ("GET", "k"), ("EXEC",))
        assert client.read() == b"OK"
        assert str(client.read()) == OOM
        assert str(client.read()) == "EXECABORT Transaction discarded because of previous errors."
        # What was queued while there was room is looked at again.
        for command, refused in ((("SET", "k", "v"), True), (("GET", "k"), False)):
            other.call("CONFIG", "SET", "maxmemory", 0)
            client.call("MULTI")
            client.call(*command)
            other.call("CONFIG", "SET", "maxmemory", 1)
            client.send(("EXEC",))
            reply = client.read()
            assert (str(reply) == f"EXECABORT Transaction discarded because of: {OOM}") if refused else reply == [None]


def test_scripts_without_room(start):
    server = start()
    with connect(server) as client:
        without_room(client)
        client.send(("EVAL", "return redis.call('SET', KEYS[1], 1)", 1, "k"))
        assert str(client.read()).startswith("OOM command not allowed when used memory > 'maxmemory'.")
        assert client.call("EVAL", "redis.call('DEL', KEYS[1]) return redis.call('SET', KEYS[1], 1)", 1, "k") == b"OK"
        client.send(("EVAL", "#!lua\nreturn 1", 0))
        assert str(client.read()).startswith("OOM ")
        assert client.call("EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], 2)", 1, "k") == b"OK"
        assert client.call("EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])", 1, "k") == b"2"
        client.send(("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)"))
        assert str(client.read()) == OOM


def test_what_was_used_lately_stays(start):
    server = start("--maxmemory-policy", "allkeys-lru", "--maxmemory-samples", "10", "--io-threads", "1")
    with connect(server) as client:
        fill(client, 1000, "old")
        wait_until(lambda: client.call("OBJECT", "IDLETIME", "old:999") >= 2, DEADLINE_S, "the keys to be idle")
        for i in range(500):
            client.call("GET", f"old:{i}")
        set_limit(client, 0)
        assert errors(fill(client, 300, "new")) == []
        used_lately = client.call("EXISTS", *(f"old:{i}" for i in range(500)))
        idle = client.call("EXISTS", *(f"old:{i}" for i in range(500, 1000)))
        assert used_lately >= 490 and idle < 300


def test_what_is_used_often_stays(start):
    server = start("--maxmemory-policy", "allkeys-lfu", "--maxmemory-samples", "10", "--io-threads", "1")
    with connect(server) as client:
        fill(client, 1000)
        for _ in range(20):
            for i in range(300):
                client.send(("GET", f"key:{i}"))
            for _ in range(300):
                client.read()
        assert client.call("OBJECT", "FREQ", "key:0") > client.call("OBJECT", "FREQ", "key:999") >= 4
        set_limit(client, 0)
        assert errors(fill(client, 300, "new")) == []
        assert client.call("EXISTS", *(f"key:{i}" for i in range(300))) >= 295


def test_what_expires_soon_goes(start):
    server = start("--maxmemory-policy", "volatile-ttl", "--maxmemory-samples", "10", "--io-threads", "1")
    with connect(server) as client:
        fill(client, 500, "soon", "x" * 200, "EX", 1000)
        fill(client, 500, "late", "x" * 200, "EX", 100000)
        set_limit(client, 0)
        assert errors(fill(client, 300, "later", "x" * 200, "EX", 200000)) == []
        assert client.call("EXISTS", *(f"late:{i}" for i in range(500))) >= 495
        assert client.call("EXISTS", *(f"soon:{i}" for i in range(500))) < 250


def test_one_slot_with_nearly_all_keys(start):
    """A hash tag puts them there; each key is as likely to go as any other."""
    server = start("--maxmemory-policy", "allkeys-random", "--io-threads", "1")
    with connect(server) as client:
        fill(client, 3000, "{tag}")
        fill(client, 1000, "spread")
        set_limit(client, 0)
        fill(client, 1500, "{tag}more")
        spread = client.call("EXISTS", *(f"spread:{i}" for i in range(1000)))
        assert 550 < spread < 850


def test_all_databases_give(start):
    server = start("--maxmemory-policy", "allkeys-random", "--io-threads", "1")
    with connect(server) as client:
        for db in (0, 3, 9):
            client.call("SELECT", db)
            fill(client, 500)
        client.call("SELECT", 1)
        set_limit(client, 0)
        fill(client, 300)
        keys = server.info("keyspace")
        assert all(int(keys[f"db{db}"].split(",")[0].removeprefix("keys=")) < 500 for db in (0, 3, 9))


def test_a_high_database_takes_no_more_room_than_its_keys(start):
    """What a slot needs for a database but the first goes with its last key: else nothing would be gained."""
    server = start("--maxmemory-policy", "allkeys-lru", "--io-threads", "1")
    with connect(server) as client:
        client.call("SELECT", 9)
        set_limit(client, 200 * KILO)
        assert errors(fill(client, 2000, "key", "x")) == []
        assert client.call("DBSIZE") > 50


def test_after_config_set_keys_go_without_a_command(start):
    server = start("--maxmemory-policy", "allkeys-lru")
    with connect(server) as client:
        fill(client, 20000)
        client.call("CONFIG", "SET", "maxmemory", 1)
    wait_until(lambda: evicted(server) == 20000, DEADLINE_S, "all keys to be evicted")


def test_events_and_watchers(start):
    server = start("--maxmemory-policy", "allkeys-random", "--notify-keyspace-events", "Ee")
    with connect(server) as client, connect(server) as listener, connect(server) as watcher:
        client.call("SET", "k", "v")
        listener.call("SUBSCRIBE", "__keyevent@0__:evicted")
        watcher.call("WATCH", "k")
        client.call("CONFIG", "SET", "maxmemory", 1)
        assert listener.read() == [b"message", b"__keyevent@0__:evicted", b"k"]
        client.call("CONFIG", "SET", "maxmemory", 0)
        watcher.call("MULTI")
        watcher.call("PING")
        assert watcher.call("EXEC") is None


@pytest.mark.parametrize("lazily, word", [("no", "del"), ("yes", "unlink")])
def test_replicas_follow_and_do_not_evict_themselves(start, lazily, word):
    primary = start("--maxmemory-policy", "allkeys-lru", "--lazyfree-lazy-eviction", lazily)
    replica = start("--maxmemory-policy", "allkeys-lru", "--maxmemory", "1")
    with connect(primary) as client, connect(replica) as at_replica:
        at_replica.call("REPLICAOF", "127.0.0.1", primary.port)
        wait_until(lambda: replica.info("replication")["master_link_status"] == "up", DEADLINE_S, "the replica to follow")
        fill(client, 300)
        wait_until(lambda: at_replica.call("DBSIZE") == 300, DEADLINE_S, "the replica to have the keys")
        client.call("CONFIG", "SET", "maxmemory", 1)
        wait_until(lambda: evicted(primary) == 300, DEADLINE_S, "all keys to be evicted")
        wait_until(lambda: at_replica.call("DBSIZE") == 0, DEADLINE_S, "the replica to be told")
        assert evicted(replica) == 0
        calls = replica.info("commandstats")
        assert calls[f"cmdstat_{word}"].startswith("calls=300,")
        # Told to evict for itself, it does.
        client.call("CONFIG", "SET", "maxmemory", 0)
        fill(client, 100)
        at_replica.call("CONFIG", "SET", "replica-ignore-maxmemory", "no")
        wait_until(lambda: evicted(replica) == 100, DEADLINE_S, "the replica to evict")
        assert client.call("DBSIZE") == 100


def test_the_append_only_file_is_told(start):
    server = start("--maxmemory-policy", "allkeys-lru", "--appendonly", "yes", "--io-threads", "1")
    with connect(server) as client:
        fill(client, 1000)
        set_limit(client, -100 * KILO)
        client.call("PING")
        wait_until(lambda: client.call("DBSIZE") < 800, DEADLINE_S, "some keys to be evicted")
        client.call("CONFIG", "SET", "maxmemory", 0)
        before = client.call("DEBUG", "DIGEST")
    server.call("CONFIG", "SET", "maxmemory", 0)
    server.stop()
    server.start()
    assert server.call("DEBUG", "DIGEST").encode() == before


def test_what_is_kept_for_a_snapshot_drives_no_keys_out(start):
    """An evicted key that the snapshot has not seen yet stays in memory until it has; that must not cost another key."""
    server = start("--maxmemory-policy", "allkeys-random", "--io-threads", "1", "--rdb-key-save-delay", "2000")
    with connect(server) as client:
        fill(client, 5000, "key", "x" * 1000)
        client.call("BGSAVE")
        set_limit(client, -500 * KILO)
        for _ in range(200):
            client.call("PING")
        assert server.info("persistence")["rdb_bgsave_in_progress"] == "1"
        assert client.call("DBSIZE") > 4000
        assert int(server.info("memory")["mem_not_counted_for_evict"]) > 300 * KILO
        client.call("CONFIG", "SET", "rdb-key-save-delay", 0)
        wait_until(lambda: server.info("persistence")["rdb_bgsave_in_progress"] == "0", DEADLINE_S, "the snapshot to end")
        assert int(server.info("memory")["mem_not_counted_for_evict"]) == 0


def test_many_workers_together_keep_the_limit(start):
    server = start("--maxmemory-policy", "allkeys-lru", "--io-threads", "4")
    server.call("DEBUG", "SPREAD-CLIENTS", 1)
    with connect(server) as client:
        fill(client, 10000)
        limit = set_limit(client, 0)
        stop = threading.Event()
        problems = []

        def write(seed):
            rng = random.Random(seed)
            with connect(server) as writer:
                while not stop.is_set():
                    problems.extend(errors(fill(writer, 100, f"more:{rng.random()}")))

        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
        for writer in writers:
            writer.start()
        highest = 0
        until = time.monotonic() + 3
        while time.monotonic() < until:
            highest = max(highest, used(server))
        stop.set()
        for writer in writers:
            writer.join()
        assert problems == []
        assert highest < limit + MEGA
        assert evicted(server) > 1000
        # Nobody took much more than was needed: most of what there was room for is there.
        assert client.call("DBSIZE") > 8000


def pipeline_that_never_ends(server, length):
    """A client whose half of a command the server has to keep."""
    client = connect(server)
    client._socket.sendall(b"*2\r\n$3\r\nGET\r\n$%d\r\n" % (length + 1) + b"x" * length)
    return client


def is_listed(connection, client_list):
    host, port = connection._socket.getsockname()
    return b" addr=%s:%d " % (host.encode(), port) in client_list


def evicted_clients(server):
    return int(server.info("stats")["evicted_clients"])


@pytest.mark.parametrize("limit", [["--maxmemory-clients", "4mb"], ["--maxmemory-clients", "4%", "--maxmemory", "100mb"]])
def test_clients_that_hold_too_much_go_the_largest_first(start, limit):
    server = start("--io-threads", "2", *limit)
    server.call("DEBUG", "SPREAD-CLIENTS", 1)
    with connect(server) as client:
        small = [pipeline_that_never_ends(server, 200 * KILO) for _ in range(8)]
        assert evicted_clients(server) == 0
        large = pipeline_that_never_ends(server, 3 * MEGA)
        wait_until(lambda: evicted_clients(server) == 1, DEADLINE_S, "a client to be evicted")
        with pytest.raises(OSError):
            large.read()
        listed = client.call("CLIENT", "LIST")
        assert [is_listed(one, listed) for one in [client, *small, large]] == [True] * 9 + [False]
        # Less is allowed now.
        client.call("CONFIG", "SET", "maxmemory-clients", MEGA)
        wait_until(lambda: 4 <= evicted_clients(server) < 9, DEADLINE_S, "more clients to be evicted")
        assert client.call("PING") == b"PONG"


def test_clients_may_be_spared(start):
    server = start()
    with connect(server) as client:
        spared = connect(server)
        spared.call("CLIENT", "NO-EVICT", "ON")
        spared.call("SET", "k", "x" * MEGA)
        client.call("CLIENT", "NO-EVICT", "ON")
        client.call("CONFIG", "SET", "maxmemory-clients", 1)
        assert spared.call("STRLEN", "k") == MEGA
        spared.call("CLIENT", "NO-EVICT", "OFF")
        with pytest.raises(OSError):
            spared.call("PING")
        assert b"evicted_clients:1\r\n" in client.call("INFO", "stats")
