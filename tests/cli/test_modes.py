"""Special modes, and what the installed redis-cli is too old to compare with."""

import os
import re
import signal
import subprocess

import pytest

import support


def run(client, server, *words, **options):
    return support.run(client, ["-p", str(server.port), *words], **options)


def start(client, server, *words, env=None):
    return subprocess.Popen([client, "-p", str(server.port), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=support.clean_environment(**(env or {})))


def read_until(process, pattern):
    """Reads standard output until the pattern is found in it."""
    seen = b""
    end = support.time.monotonic() + support.DEADLINE_SECONDS
    while not re.search(pattern, seen):
        assert support.time.monotonic() < end, seen
        readable, _, _ = support.select.select([process.stdout], [], [], 0.05)
        if readable:
            chunk = os.read(process.stdout.fileno(), 65536)
            assert chunk, seen
            seen += chunk
    return seen


def end(process, how=signal.SIGINT):
    process.send_signal(how)
    process.wait(timeout=support.DEADLINE_SECONDS)
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return process.returncode


def test_version_and_help(client, empty):
    assert re.fullmatch(rb"redis-cli \d+\.\d+\.\d+ \(dunlin-cli .*\)\n", run(client, empty, "--version").out)
    assert run(client, empty, "-v").status == 0
    shown = run(client, empty, "--help")
    assert shown.status == 0 and b"Usage:" in shown.out
    assert run(client, empty, "-h").out == shown.out


def test_tls_is_refused_in_one_line(client, empty):
    for words in (["--tls"], ["--cacert", "x"], ["--sni", "x"], ["--insecure"], ["-u", "rediss://127.0.0.1"]):
        refused = run(client, empty, *words, "PING")
        assert (refused.status, refused.out, refused.err) == (1, b"", b"TLS support is not built in yet\n")


def test_port_is_checked(client, empty):
    for port in ("-1", "65536", "99999999999999"):
        assert (run(client, empty, "-p", port, "PING").err) == b"Invalid server port.\n"


def test_connect_timeout_and_families(client, empty):
    assert run(client, empty, "-t", "0.5", "-4", "PING").out == b"PONG\n"
    assert run(client, empty, "-4", "-6", "PING").err == b"Options -4 and -6 are mutually exclusive.\n"
    assert run(client, empty, "-h", "localhost", "-6", "PING").status in (0, 1)


def test_scan_with_count(client, empty):
    for i in range(100):
        empty.call("SET", f"key:{i}", "x")
    shown = run(client, empty, "--scan", "--count", "7")
    assert sorted(shown.out.split()) == sorted(b"key:%d" % i for i in range(100))
    assert run(client, empty, "--scan", "--count", "0").err == b"SCAN error: ERR syntax error\n"


def test_scan_prints_whole_keys(client, empty):
    empty.call("SET", b"a\x00b", "x")
    assert run(client, empty, "--scan").out == b"a\x00b\n"


def test_large_reply(client, empty):
    empty.call("EVAL", "for i=1,20000 do redis.call('RPUSH','big',string.rep('v',100)) end", "0")
    shown = run(client, empty, "LRANGE", "big", "0", "-1")
    assert shown.out == (b"v" * 100 + b"\n") * 20000


def test_pipe_counts_many(client, empty):
    commands = b"".join(b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*3\r\n$3\r\nSET\r\n$1\r\nv\r\n$20000\r\n" + b"x" * 20000 + b"\r\n"
                        for _ in range(1000))
    shown = run(client, empty, "--pipe", stdin=commands)
    assert shown.status == 0
    assert shown.out == (b"All data transferred. Waiting for the last reply...\nLast reply received from server.\n"
                         b"errors: 0, replies: 2000\n")
    assert empty.call("GET", "n") == b"$4\r\n1000\r\n"


def test_pipe_gives_up_on_silence(client, empty):
    shown = run(client, empty, "--pipe", "--pipe-timeout", "1", stdin=b"BLPOP nothing 0\r\n")
    assert shown.status == 1
    assert shown.err == b"No replies for 1 seconds: exiting.\n"
    assert shown.out.endswith(b"errors: 1, replies: 0\n")


def test_latency_once(client, empty):
    assert re.fullmatch(rb"\d+ \d+ \d+\.\d\d \d+\n", run(client, empty, "--latency", "-i", "0.1").out)
    assert re.fullmatch(rb"\d+,\d+,\d+\.\d\d,\d+\n", run(client, empty, "--latency", "-i", "0.1", "--csv").out)
    shown = run(client, empty, "--latency", "-i", "0.1", "--json").out
    assert re.fullmatch(rb'\{"min": \d+, "max": \d+, "avg": \d+\.\d\d, "count": \d+\}\n', shown)


def test_latency_on_a_terminal_goes_on(client, empty):
    process = start(client, empty, "--latency", env={"FAKETTY": "1"})
    read_until(process, rb"\x1b\[0G\x1b\[2Kmin: \d+, max: \d+, avg: \d+\.\d\d \(5 samples\)")
    end(process)


def test_latency_history(client, empty):
    process = start(client, empty, "--latency-history", "-i", "0.1", "--no-raw")
    read_until(process, rb"samples\) -- 0\.1\d seconds range\n")
    end(process)


def test_latency_distribution(client, empty):
    process = start(client, empty, "--latency-dist", "-i", "0.05")
    read_until(process, rb"From 0 to 100%: [^\n]*\n-+\n\x1b\[38;5;0m\x1b\[48;5;\d+m\.[^\n]*\?\x1b\[0m\n")
    end(process)


def test_intrinsic_latency(client, empty):
    shown = run(client, empty, "--intrinsic-latency", "1").out
    assert re.search(rb"Max latency so far: \d+ microseconds\.\n", shown)
    assert re.search(rb"\n\d+ total runs \(avg latency: [\d.]+ microseconds / [\d.]+ nanoseconds per run\)\.\n"
                     rb"Worst run took \d+x longer than the average latency\.\n$", shown)


def test_lru_workload(client, empty):
    process = start(client, empty, "--lru-test", "1000")
    read_until(process, rb"\d+ Gets/sec \| Hits: \d+ \(\d+\.\d\d%\) \| Misses: \d+ \(\d+\.\d\d%\)\n")
    end(process)


def test_stat(client, empty):
    empty.call("SET", "a", "1")
    process = start(client, empty, "--stat", "-i", "0.05")
    shown = read_until(process, rb"(?:\n.*){6}\n")
    lines = shown.decode().splitlines()
    assert lines[0] == "------- data ------ --------------------- load -------------------- - child -"
    assert lines[1] == "keys       mem      clients blocked requests            connections          "
    assert re.fullmatch(r"1          \d+\.\d\d[KM] +\d       0       \d+ \(\+0\) +\d+ +", lines[2])
    assert re.fullmatch(r"1          \d+\.\d\d[KM] +\d       0       \d+ \(\+1\) +\d+ +", lines[3])
    end(process)


def test_stat_survives_a_restart(client):
    server = support.Server()
    try:
        process = start(client, server, "--stat", "-i", "0.05")
        read_until(process, rb"connections")
        server.stop()
        read_until(process, rb"Reconnecting\.\.\. 1\r")
        server.start()
        read_until(process, rb"\n0 ")
        end(process)
    finally:
        server.close()


def test_scan_modes_can_be_interrupted(client, empty):
    empty.call("DEBUG", "POPULATE", "50000")
    process = start(client, empty, "--bigkeys", "-i", "0.2", "--count", "10")
    read_until(process, rb"Biggest string")
    assert end(process) == 0


def snapshot_keys(path, empty):
    """Loads the file into a server of its own and tells how many keys and functions are in it."""
    directory = os.path.dirname(path)
    loaded = support.Server("--dbfilename", os.path.basename(path), "--dir", directory)
    try:
        return loaded.call("DBSIZE"), loaded.call("FUNCTION", "LIST")
    finally:
        loaded.close()


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_rdb(client, empty, tmp_path, diskless):
    empty.call("CONFIG", "SET", "repl-diskless-sync", diskless, "repl-diskless-sync-delay", "0")
    empty.call("DEBUG", "POPULATE", "20000", "key", "100")
    empty.call("FUNCTION", "LOAD", "REPLACE", "#!lua name=lib1\nredis.register_function('f', function() return 1 end)")
    path = tmp_path / "out.rdb"
    path.write_bytes(b"x" * 10_000_000)   # longer than what comes: nothing of it may be left
    shown = run(client, empty, "--rdb", str(path))
    assert shown.status == 0 and b"Transfer finished with success" in shown.err
    keys, functions = snapshot_keys(str(path), empty)
    assert keys == b":20000\r\n" and b"lib1" in functions
    shown = run(client, empty, "--functions-rdb", str(path))
    assert shown.status == 0
    keys, functions = snapshot_keys(str(path), empty)
    assert keys == b":0\r\n" and b"lib1" in functions
    shown = run(client, empty, "--rdb", "-")
    assert shown.out.startswith(b"REDIS0") and len(shown.out) > 100_000
    assert run(client, empty, "--rdb", "/nonexistent/x").err.endswith(
        b"Error opening '/nonexistent/x': No such file or directory\n")


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_replica_shows_what_is_written(client, empty, diskless):
    empty.call("CONFIG", "SET", "repl-diskless-sync", diskless, "repl-diskless-sync-delay", "0")
    process = start(client, empty, "--replica")
    support.wait_until(lambda: b"state=online" in empty.call("INFO", "replication"), "the replica is online")
    for i in range(100):
        empty.call("SET", "test-key", f"value-{i}")
    shown = read_until(process, rb'value-99')
    assert b'"SET","test-key","value-0"\n' in shown
    empty.call("CLIENT", "KILL", "TYPE", "slave")
    assert process.wait(timeout=support.DEADLINE_SECONDS) == 1
    assert b"Server closed the connection" in process.stderr.read()


def test_one_shot_subscription_goes_on(client, empty):
    process = start(client, empty, "SUBSCRIBE", "a", "b")
    read_until(process, rb"subscribe\na\n1\nsubscribe\nb\n2\n")
    empty.call("PUBLISH", "b", "hello")
    read_until(process, rb"message\nb\nhello\n")
    end(process)


def test_one_shot_monitor_goes_on(client, empty):
    process = start(client, empty, "MONITOR")
    read_until(process, rb"OK\n")
    empty.call("SET", "x", "1")
    read_until(process, rb'"SET" "x" "1"\n')
    end(process)


def test_subscribed_mode_without_a_terminal(client, empty):
    process = start(client, empty)

    def type_line(text, answer):
        process.stdin.write(text + b"\n")
        process.stdin.flush()
        return read_until(process, answer)

    type_line(b"hello 3", rb"proto 3\n")
    assert type_line(b"subscribe ch1 ch2", rb"ch2\n2\n") == b"subscribe\nch1\n1\nsubscribe\nch2\n2\n"
    type_line(b"client tracking on", rb"OK\n")
    type_line(b"set k 42", rb"OK\n")
    assert type_line(b"get k", rb"42\n") == b"42\n"
    empty.call("PUBLISH", "ch1", "hello")
    empty.call("DEL", "k")
    empty.call("PUBLISH", "ch2", "world")
    assert read_until(process, rb"world\n") == b"message\nch1\nhello\ninvalidate\nk\nmessage\nch2\nworld\n"
    assert type_line(b"unsubscribe ch1 ch2", rb"ch2\n0\n") == b"unsubscribe\nch1\n1\nunsubscribe\nch2\n0\n"
    type_line(b"ping", rb"PONG\n")
    end(process)


def test_subscribed_mode_with_all_input_at_once(client, empty):
    shown = run(client, empty, stdin=b"subscribe a\nunsubscribe a\nping\n")
    assert shown.out == b"subscribe\na\n1\nunsubscribe\na\n0\nPONG\n"


HINTS = """
"GET " "key"
"GET abc " ""
"MGET k " "[key ...]"
"SET key value EX " "seconds [NX|XX] [GET]"
"SET key value nonsense " ""
"ZADD key CH LT " "[NX|XX] [INCR] score member [score member ...]"
"CONFIG SET param val " "[parameter value ...]"
"""


@pytest.mark.parametrize("how", ["server", "no server", "old server"])
def test_hint_file(client, empty, tmp_path, how):
    file = tmp_path / "hints.txt"
    file.write_text("# some hints\n" + HINTS)
    words = ["-p", "1"] if how == "no server" else []
    if how == "old server":
        empty.call("ACL", "SETUSER", "old", "on", "nopass", "+@all", "-command|docs")
        words = ["--user", "old", "-a", "x", "--no-auth-warning"]
    shown = run(client, empty, *words, "--test_hint_file", str(file))
    assert (shown.status, shown.out) == (0, b"SUCCESS: 7/7 passed\n"), shown
    assert run(client, empty, *words, "--test_hint", "GET ").out == b"key\n"


def test_help_from_the_command_line(client, empty):
    shown = run(client, empty, "help", "get")
    assert shown.status == 0 and b"\x1b[1mGET\x1b[0m \x1b[90mkey\x1b[0m" in shown.out
    assert b"group:" not in run(client, empty, "-p", "1", "help", "@hash").out


def test_json_from_a_server_without_resp3(client):
    class OldNode(support.socket.socket):
        pass

    listener = support.socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def serve():
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"-ERR unknown command `HELLO`\r\n")
        connection.recv(1000)
        connection.sendall(b"*2\r\n$1\r\na\r\n:1\r\n")
        connection.close()

    import threading
    threading.Thread(target=serve, daemon=True).start()
    shown = support.run(client, ["-p", str(port), "--json", "X"])
    listener.close()
    assert (shown.status, shown.out) == (0, b'["a",1]\n')
    assert shown.err == b"HELLO 3 failed: ERR unknown command `HELLO`\n"


@pytest.mark.parametrize("answer, told", [
    (b"HTTP/1.1 400 Bad Request\r\n", b'Error: Protocol error, got "H" as reply type byte\n'),
    (b"$5\r\nab", b"Error: Server closed the connection\n"),
    (b"*1000000000\r\n:1\r\n", b"Error: Server closed the connection\n"),
    (b"", b"Error: Server closed the connection\n"),
])
def test_bad_answers(client, answer, told):
    listener = support.socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(answer)
        connection.close()

    import threading
    threading.Thread(target=serve, daemon=True).start()
    shown = support.run(client, ["-p", str(listener.getsockname()[1]), "PING"])
    listener.close()
    assert (shown.status, shown.out, shown.err) == (1, b"", told)
