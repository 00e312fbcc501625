#!/usr/bin/python3
"""usage: rdb_interop_test.py RDB_TRANSCODE: what a real redis-server saves, we read; what we write, it loads.

Fills a server with every type in every encoding, lets it save, reads the file with our reader and writes it with our
writer, in every version that server can read and through the ones it cannot, and has a second server load the result:
both must have the same DEBUG DIGEST. The same for DUMP and RESTORE, key by key. Exit status 0 when all is well.
"""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import redis

SERVER = shutil.which("redis-server")
CHECK = shutil.which("redis-check-rdb")

# Everything packed, nothing packed, and as it comes.
SHAPES = [
    {},
    {"hash-max-listpack-entries": 0, "zset-max-listpack-entries": 0, "set-max-intset-entries": 0,
     "list-max-listpack-size": 3, "rdbcompression": "no"},
    {"hash-max-listpack-entries": 100000, "zset-max-listpack-entries": 100000, "hash-max-listpack-value": 100000,
     "zset-max-listpack-value": 100000, "list-max-listpack-size": -5},
]


def reads_version_11():
    version = run(SERVER, "--version").split("v=")[1].split()[0]
    return tuple(int(n) for n in version.split(".")[:2]) >= (7, 2)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def server(folder, shape):
    port = free_port()
    command = [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--daemonize", "no",
               "--enable-debug-command", "yes", "--loglevel", "warning", "--logfile", os.path.join(folder, "log")]
    for name, value in shape.items():
        command += ["--" + name, str(value)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = redis.Redis(port=port, socket_timeout=60)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                client.ping()
                break
            except redis.exceptions.RedisError:
                if process.poll() is not None or time.monotonic() > deadline:
                    with open(os.path.join(folder, "log"), encoding="utf-8") as log:
                        raise SystemExit("the server does not start:\n" + log.read()) from None
                time.sleep(0.02)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait()


def noise(n, seed):
    """Bytes that do not compress, the same every time."""
    return random.Random(seed).randbytes(n)


def fill_streams(pipe, entries):
    for i in range(1, entries + 1):
        pipe.xadd("stream:same", {"level": "info", "message": f"request {i} done"}, id=f"{1000 + i // 40}-{i}")
        pipe.xadd("stream:mixed", {f"field {j}": i * j for j in range(i % 4 + 1)}, id=f"{i * 7001}-0")
        pipe.xadd("stream:long", {"a": noise(i % 50 * 100, i), "b": ""}, id=f"0-{i}")
    pipe.xdel("stream:same", "1000-3", f"{1000 + entries // 40}-{entries}")
    pipe.xtrim("stream:mixed", maxlen=entries - 20, approximate=False)
    for group, start in (("first", "0"), ("last", "$"), ("none", "1000-7")):
        pipe.xgroup_create("stream:same", group, start)
    pipe.xreadgroup("first", "alice", {"stream:same": ">"}, count=entries // 3)
    pipe.xreadgroup("first", "bob", {"stream:same": ">"}, count=5, noack=True)
    pipe.xreadgroup("first", "bob", {"stream:same": ">"}, count=5)
    pipe.xgroup_createconsumer("stream:same", "last", "idle")
    pipe.xgroup_create("stream:empty", "g", "5-5", mkstream=True)


def without_moments(reply):
    if not isinstance(reply, list):
        return reply
    out = []
    names = iter(reply)
    for name in names:
        if isinstance(name, bytes) and name in (b"seen-time", b"active-time", b"radix-tree-nodes"):
            next(names)
        else:
            out.append(without_moments(name))
    return out


# What the digest does not look at.
def streams(client):
    client.execute_command("SELECT", 0)
    facts = {}
    for key in sorted(client.keys("stream:*")):
        connection = client.connection_pool.get_connection("XINFO")
        connection.send_command("XINFO", "STREAM", key, "FULL", "COUNT", 0)
        facts[key] = without_moments(connection.read_response())
        client.connection_pool.release(connection)
    return facts


def fill(client, db):
    client.execute_command("SELECT", db)
    pipe = client.pipeline(transaction=False)
    for n in (0, 1, -1, 127, 128, -129, 32767, 32768, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, -(2**63)):
        pipe.set(f"int:{n}", n)
    for n in (0, 1, 19, 20, 21, 44, 45, 63, 64, 1024, 16383, 16384, 65536, 200000) + ((1500000,) if db == 0 else ()):
        pipe.set(f"same:{n}", b"a" * n)
        pipe.set(f"noise:{n}", noise(n, n + 1))
        pipe.set(f"text:{n}", (b"some words that come again and again, %d of them; " % n * (n // 40 + 1))[:n])
    pipe.set(b"\x00\xff key with any bytes \r\n", b"\x00\xff")
    pipe.set(b"k" * 20000, "a long key")
    for n in (1, 3, 200) + ((5000,) if db == 0 else ()):
        pipe.rpush(f"list:{n}", *[f"element {i}" if i % 3 else i * 1001 for i in range(n)])
        pipe.sadd(f"intset16:{n}", *range(-n // 2, n - n // 2))
        pipe.sadd(f"intset32:{n}", *[i * 70000 for i in range(n)])
        pipe.sadd(f"intset64:{n}", *[i * 2**40 for i in range(n)])
        pipe.sadd(f"set:{n}", *[f"member {i}" if i % 2 else i for i in range(n)])
        pipe.hset(f"hash:{n}", mapping={f"field {i}": i * i if i % 2 else f"value {i}" for i in range(n)})
        pipe.zadd(f"zset:{n}", {f"member {i}": i * 0.1 - 7 for i in range(n)})
        pipe.zadd(f"ties:{n}", {f"member {i}": i % 5 for i in range(n)})
    pipe.rpush("list:long", *[noise(n, n) for n in (1, 5000, 9000, 70000, 400000)], b"", b"x" * 100000)
    pipe.sadd("set:long", *[noise(n, n) for n in (1, 64, 65, 70000)], b"")
    pipe.hset("hash:long", mapping={b"": b"", b"a": noise(64, 1), b"b": noise(65, 1), b"c": b"y" * 100000})
    pipe.zadd("zset:long", {b"": 1, b"a": float("inf"), b"b": float("-inf"), b"c": 1e-300, b"d" * 70000: -0.0,
                            b"e": 3.14159265358979, b"17": 2**53})
    fill_streams(pipe, 3000 if db == 0 else 50)
    pipe.set("expires", "later", px=10**9)
    pipe.pexpireat("hash:200", 4102444800123)
    pipe.execute()


def digest(client):
    return client.execute_command("DEBUG", "DIGEST")


def all_dumps(client):
    dumps = {}
    for db in (0, 3, 15):
        client.execute_command("SELECT", db)
        for key in client.keys("*"):
            client.persist(key)  # a payload says nothing of expiry
            dumps[(db, key)] = client.dump(key)
    return dumps


def run(*command, text=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {result.stdout}{result.stderr}")
    return result.stdout


class Interop:
    def __init__(self, transcode, work):
        self.transcode = transcode
        self.work = work
        self.checks = 0

    def folder(self):
        return tempfile.mkdtemp(dir=self.work)

    def loads(self, path, shape, expected, facts):
        folder = self.folder()
        shutil.copy(path, os.path.join(folder, "dump.rdb"))
        run(CHECK, path)
        with server(folder, shape) as client:
            assert digest(client) == expected, f"{path}: the digest differs"
            assert facts is None or streams(client) == facts, f"{path}: what is known of a stream differs"
        self.checks += 1

    def files(self, original, expected, facts):
        variants = [("9", "yes", SHAPES[0]), ("9", "no", SHAPES[1]), ("10", "yes", SHAPES[1]), ("10", "no", SHAPES[0])]
        if reads_version_11():
            variants += [("11", "yes", SHAPES[0]), ("11", "no", SHAPES[1])]
        for version, compress, shape in variants:
            path = f"{original}.{version}.{compress}"
            run(self.transcode, "file", original, path, version, compress)
            # Version 9 does not say how many entries were added and read.
            self.loads(path, shape, expected, None if version == "9" else facts)
        # Through version 11, which a server of 7.0 does not read.
        run(self.transcode, "file", original, f"{original}.11", "11", "yes")
        run(self.transcode, "file", f"{original}.11", f"{original}.back", "10", "yes")
        self.loads(f"{original}.back", {}, expected, facts)

    def restores(self, payloads, shape, expected):
        with server(self.folder(), shape) as client:
            for (db, key), payload in payloads.items():
                client.execute_command("SELECT", db)
                client.restore(key, 0, payload)
            for db in (0, 3, 15):
                client.execute_command("SELECT", db)
                assert client.execute_command("DEBUG", "DIGEST-VALUE", *[k for d, k in payloads if d == db]) == \
                    expected[db], f"db {db}: a restored value differs"
        self.checks += 1

    def dumps(self, original, theirs, values):
        ours = {}
        for line in run(self.transcode, "dumps", original, "10", "yes").splitlines():
            db, key, payload = line.split()
            ours[(int(db), bytes.fromhex(key))] = bytes.fromhex(payload)
        assert ours.keys() == theirs.keys()
        self.restores({name: ours[name] for name in theirs}, SHAPES[0], values)
        text = "".join(payload.hex() + "\n" for payload in theirs.values())
        for version in ("9", "10"):
            lines = run(self.transcode, "again", version, "no", text=text).splitlines()
            again = dict(zip(theirs, map(bytes.fromhex, lines), strict=True))
            self.restores(again, SHAPES[1], values)

    def shape(self, shape):
        folder = self.folder()
        with server(folder, shape) as client:
            for db in (0, 3, 15):
                fill(client, db)
            client.execute_command("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', "
                                   "function() return 'the code of a library' end)")
            client.save()
            expected = digest(client)
            facts = streams(client)
            theirs = all_dumps(client)
            values = {}
            for db in (0, 3, 15):
                client.execute_command("SELECT", db)
                values[db] = client.execute_command("DEBUG", "DIGEST-VALUE", *[k for d, k in theirs if d == db])
        original = os.path.join(folder, "dump.rdb")
        self.files(original, expected, facts)
        self.dumps(original, theirs, values)


def main():
    if SERVER is None or CHECK is None:
        print("no redis-server here: nothing was checked")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        interop = Interop(sys.argv[1], work)
        for shape in SHAPES:
            interop.shape(shape)
        print(f"{interop.checks} files and sets of payloads agree")


if __name__ == "__main__":
    main()
