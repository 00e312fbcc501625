#!/usr/bin/python3
"""usage: aof_interop_test.py AOF_TOOL: append-only files to and from a real redis-server.

What a server wrote, our loader reads: played into another server it gives the same DEBUG DIGEST. What our writer
wrote, a server loads. And our check tools say of files, good and broken, what Redis's say, line for line. Exit status 0
when all is well.
"""

import contextlib
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import redis

SERVER = shutil.which("redis-server")
CHECK_AOF = shutil.which("redis-check-aof")
CHECK_RDB = shutil.which("redis-check-rdb")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def server(folder, **settings):
    port = free_port()
    command = [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--daemonize", "no",
               "--enable-debug-command", "yes", "--loglevel", "notice", "--logfile", os.path.join(folder, "log")]
    for name, value in settings.items():
        command += ["--" + name.replace("_", "-"), str(value)]
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


def wait_until(condition, what):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def digest(client):
    return client.execute_command("DEBUG", "DIGEST")


def write_some(client, start):
    for i in range(start, start + 300):
        client.set(f"text:{i}", f"value {i}")
        client.rpush("list", i, f"element {i}")
        client.sadd(f"set:{i % 7}", i, f"m{i}")
        client.zadd("zset", {f"m{i}": i * 0.1})
        client.hset(f"hash:{i % 5}", f"f{i}", i)
        client.xadd("stream", {"field": f"value {i}"}, id=f"{i + 1}-1", maxlen=250)
    pipe = client.pipeline(transaction=True)
    pipe.set("in a transaction", start)
    pipe.incr("counter")
    pipe.execute()
    client.spop("set:1")
    client.expire(f"text:{start}", 100000)
    client.set(b"bytes \x00\r\n\xff", b"\r\n\x00")


def bytes_of(word):
    return b"" if word == "-" else bytes.fromhex(word)


class Interop:
    def __init__(self, tool, work):
        self.tool = tool
        self.work = work

    def folder(self):
        return tempfile.mkdtemp(dir=self.work)

    def run(self, *args, text=None):
        return subprocess.run([self.tool, *args], input=text, capture_output=True, text=True, check=False)

    def load(self, folder):
        result = self.run("load", folder)
        assert result.returncode == 0, result.stdout[-2000:] + result.stderr
        return [line.split() for line in result.stdout.splitlines()]

    def theirs(self, preamble):
        """A server's files, read by us."""
        folder = self.folder()
        with server(folder, appendonly="yes", aof_use_rdb_preamble=preamble, aof_timestamp_enabled="yes") as client:
            write_some(client, 0)
            client.bgrewriteaof()
            wait_until(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0, "the rewrite ends")
            client.execute_command("SELECT", 5)
            write_some(client, 300)
            expected = digest(client)
        # The server's own tool, and ours, on its manifest.
        manifest = os.path.join(folder, "appendonlydir", "appendonly.aof.manifest")
        self.same_check(CHECK_AOF, "check-aof", manifest)
        lines = self.load(folder)
        with server(self.folder()) as client:
            for line in lines:
                if line[0] == "db":
                    client.execute_command("SELECT", line[1])
                elif line[0] == "command":
                    client.execute_command(*map(bytes_of, line[1:]))
                elif line[0] == "key":
                    key, expiry, payload = bytes_of(line[1]), int(line[2]), bytes_of(line[3])
                    client.restore(key, max(expiry, 0), payload, absttl=expiry > 0)
            assert digest(client) == expected, f"preamble {preamble}: the digest differs"
        return folder

    def ours(self, preamble):
        """Our files, read by a server."""
        folder = self.folder()
        result = self.run("write", folder, preamble)
        assert result.returncode == 0, result.stderr
        self.same_check(CHECK_AOF, "check-aof", os.path.join(folder, "appendonlydir", "appendonly.aof.manifest"))
        with server(folder, appendonly="yes") as client:
            keys = [f"before:{i}" for i in range(100)] + [f"during:{i}" for i in range(10)] + ["after:0"]
            assert client.dbsize() == len(keys)
            assert client.mget(keys) == [f"value of {key}".encode() for key in keys]

    def same_check(self, real, ours, *args, text="n\n", only=None):
        """Both tools say the same of the same file; returns the exit status."""
        theirs = subprocess.run([real, *args], input=text, capture_output=True, text=True, check=False)
        mine = self.run(ours, *args, text=text)

        def lines(output):
            # The function at a line of a source file is nothing that we have.
            found = [re.sub(r", function at \S+ ->", " ->", line) for line in output.splitlines()]
            # Redis 7.0 leaves out the folder; no version counts the lines of annotations.
            found = [re.sub(r"Checking RDB file .*/", "Checking RDB file ", line) for line in found]
            found = [re.sub(r"ok_up_to_line=\d+", "ok_up_to_line", line) for line in found]
            return [line for line in found if only is None or re.search(only, line)]

        assert lines(mine.stdout) == lines(theirs.stdout), \
            f"{args}:\nours:\n{mine.stdout}{mine.stderr}\ntheirs:\n{theirs.stdout}{theirs.stderr}"
        assert (mine.returncode == 0) == (theirs.returncode == 0), args
        return theirs.returncode

    def broken_aofs(self, folder):
        """An increment, cut and changed in many ways."""
        names = sorted(os.listdir(os.path.join(folder, "appendonlydir")))
        increment = next(name for name in names if ".incr." in name)
        with open(os.path.join(folder, "appendonlydir", increment), "rb") as file:
            original = file.read()[:3000]
        original = original[:original.rfind(b"\n*") + 1]
        path = os.path.join(self.folder(), "a.aof")
        choice = random.Random(1)
        valid = 0
        for i in range(150):
            changed = bytearray(original)
            if i % 3 == 0:
                del changed[choice.randrange(len(changed)):]
            else:
                changed[choice.randrange(len(changed))] = choice.choice(b"*$#\r\n0129ax\x00")
            with open(path, "wb") as file:
                file.write(changed)
            # Where the two differ by intent: annotations that are cut off are not in order for us, a length must be in
            # digits alone, and an unfinished header says so.
            only = r"^(Start|AOF analyzed|AOF .* is )"
            tail = bytes(changed).rsplit(b"\n", 1)[-1]
            if tail.startswith(b"#"):
                continue
            valid += self.same_check(CHECK_AOF, "check-aof", path, only=only.replace("AOF analyzed|", "")) == 0
        assert 0 < valid < 140, valid

    def mended_aofs(self):
        def command(*args):
            return b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args)

        good = command(b"set", b"foo", b"hello")
        cases = [good + b"!!!", good + command(b"multi") + good, good + good[:20], good + good[:-1], good, b"", b"!!!",
                 good + command(b"exec"), command(b"multi") * 2, good + b"*1\r\n!3\r\n", good + b"*1\r\n$3\r\nabcd\r\n"]
        for i, content in enumerate(cases):
            results = []
            for real in (True, False):
                path = os.path.join(self.folder(), "a.aof")
                with open(path, "wb") as file:
                    file.write(content)
                command_line = [CHECK_AOF] if real else [self.tool, "check-aof"]
                ran = subprocess.run([*command_line, "--fix", path], input="y\n", capture_output=True, text=True,
                                     check=False)
                with open(path, "rb") as file:
                    # How a file that ends too early is worded is left to each.
                    said = re.sub(r"0x.*(EOF|Expected to read|end of file|got: 0000).*", "ends", ran.stdout)
                    # We name the beginning of the command, Redis that of its word.
                    said = re.sub(r"0x.*: Unexpected", "Unexpected", said)
                    results.append((said.replace(path, "PATH"), ran.returncode, file.read()))
            assert results[0] == results[1], f"case {i}: theirs {results[0]}, ours {results[1]}"

    def rdbs(self):
        folder = self.folder()
        with server(folder) as client:
            write_some(client, 0)
            client.set("gone", "x", px=1)
            client.save()
        path = os.path.join(folder, "dump.rdb")
        self.same_check(CHECK_RDB, "check-rdb", path)
        with open(path, "rb") as file:
            original = file.read()
        choice = random.Random(2)
        for size in [0, 5, 9, 10, 60] + [choice.randrange(60, len(original)) for _ in range(10)]:
            with open(path, "wb") as file:
                file.write(original[:size])
            self.same_check(CHECK_RDB, "check-rdb", path, only=r"^(--- |.additional info. Reading key)")


def main():
    if SERVER is None or CHECK_AOF is None or CHECK_RDB is None:
        print("no redis-server here: nothing was checked")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        interop = Interop(sys.argv[1], work)
        for preamble in ("yes", "no"):
            folder = interop.theirs(preamble)
            interop.ours(preamble)
        interop.broken_aofs(folder)
        interop.mended_aofs()
        interop.rdbs()
        print("append-only files and check tools agree")


if __name__ == "__main__":
    main()
