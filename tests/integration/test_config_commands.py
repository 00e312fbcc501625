"""CONFIG and SHUTDOWN on a real server: values that change really take effect, and the server ends as it was told to."""

import os
import signal
import socket
import subprocess

import pytest
import redis

from lib.ports import free_ports
from lib.server import Server
from lib.waiting import wait_until

DEADLINE_S = 20


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture
def launch(server_binary, tmp_path):
    """launch(*options) -> a started Server; launch(..., wait=False) does not wait for it."""
    servers = []

    def launch_one(*options, wait=True, port=None):
        port = port or free_ports(1)
        one = Server(server_binary, port, tmp_path / f"own{len(servers)}", options)
        servers.append(one)
        return one.start(wait)

    yield launch_one
    for one in servers:
        if one.alive:
            one.kill()


def error_of(client, *words):
    with pytest.raises(redis.ResponseError) as caught:
        client.execute_command(*words)
    return str(caught.value)


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), DEADLINE_S).close()
    except ConnectionRefusedError:
        return False
    return True


# --- CONFIG GET, SET, HELP ---


def test_get_and_set(client):
    assert client.config_get("maxmemory") == {"maxmemory": "0"}
    assert client.config_set("maxmemory", "100mb")
    assert client.config_get("max*memory") == {"maxmemory": "104857600"}
    assert client.config_get("nothing-like-it") == {}
    assert client.execute_command("CONFIG", "HELP")[0].startswith("CONFIG <subcommand>")


def test_get_is_a_map_in_resp3(server):
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE_S) as connection:
        connection.sendall(b"HELLO 3\r\nCONFIG GET timeout\r\nCONFIG GET nope\r\n")
        received = b""
        while not received.endswith(b"%0\r\n"):
            received += connection.recv(10000)
    assert received.endswith(b"%1\r\n$7\r\ntimeout\r\n$1\r\n0\r\n%0\r\n")


def test_what_is_wrong_is_said(client):
    assert error_of(client, "CONFIG", "SET", "a", "b", "c") == "syntax error"
    assert error_of(client, "CONFIG", "SET", "a") == "wrong number of arguments for 'config|set' command"
    assert error_of(client, "CONFIG", "NONSENSE") == "unknown subcommand 'NONSENSE'. Try CONFIG HELP."
    assert error_of(client, "CONFIG", "SET", "nope", "1") == (
        "Unknown option or number of arguments for CONFIG SET - 'nope'")
    assert error_of(client, "CONFIG", "SET", "daemonize", "yes").endswith("can't set immutable config")
    assert error_of(client, "CONFIG", "SET", "dir", "/").endswith("can't set protected config")


def test_all_or_nothing(client):
    assert "'timeout'" in error_of(client, "CONFIG", "SET", "maxmemory", "1gb", "timeout", "x")
    assert client.config_get("maxmemory") == {"maxmemory": "0"}


def test_in_a_transaction(client):
    pipe = client.pipeline(transaction=True)
    pipe.execute_command("CONFIG", "SET", "maxmemory", "1gb")
    pipe.execute_command("CONFIG", "SET", "timeout", "x")
    pipe.execute_command("CONFIG", "SET", "appendonly", "yes")
    pipe.execute_command("CONFIG", "GET", "maxmemory")
    answers = pipe.execute(raise_on_error=False)
    assert answers[0] in (True, "OK", b"OK")
    assert "argument couldn't be parsed" in str(answers[1])
    assert answers[2] in (True, "OK", b"OK")
    assert "1073741824" in str(answers[3])
    wait_until(lambda: "appendonly.aof.manifest" in os.listdir(aof_folder(client)), DEADLINE_S, "the manifest")


# --- what takes effect ---


def aof_folder(client):
    return os.path.join(client.config_get("dir")["dir"], client.config_get("appenddirname")["appenddirname"])


def test_port_moves_and_clients_stay(server, client):
    new_port, busy_port = free_ports(1), free_ports(1)
    client.ping()
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", busy_port))
        busy.listen()
        assert "Unable to listen on this port. Check server logs." in error_of(client, "CONFIG", "SET", "port",
                                                                               str(busy_port))
    assert client.config_get("port") == {"port": str(server.port)} and connects(server.port)

    # A failed effect takes back what was done before it.
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", busy_port))
        busy.listen()
        before = client.config_get("loglevel")
        assert "'port'" in error_of(client, "CONFIG", "SET", "loglevel", "debug", "port", str(busy_port))
        assert client.config_get("loglevel") == before

    assert client.config_set("port", new_port)
    assert connects(new_port) and not connects(server.port)
    assert client.ping()
    assert client.config_set("port", 0)
    assert not connects(new_port) and client.ping()
    assert client.config_set("port", server.port)
    assert connects(server.port)


def test_bind_moves_and_comes_back(server, client):
    assert "Failed to bind to specified addresses." in error_of(client, "CONFIG", "SET", "bind", "999.999.999.999")
    assert connects(server.port)
    assert client.config_set("bind", "")
    assert not connects(server.port)
    assert client.config_set("bind", "* -::*")
    assert connects(server.port)


def test_appendonly_on_off_and_on_again(server, client):
    client.set("a", "1")
    assert client.config_set("appendonly", "yes")
    wait_until(lambda: "finished successfully" in server.log_text(), DEADLINE_S, "the first rewrite")
    client.set("b", "2")
    assert client.config_set("appendonly", "no")
    client.set("c", "3")
    assert client.config_set("appendonly", "yes")
    wait_until(lambda: server.log_text().count("finished successfully") == 2, DEADLINE_S, "the second rewrite")
    client.config_set("appendfsync", "always")
    client.set("d", "4")
    server.kill()
    server.options += ["--appendonly", "yes"]
    server.start()
    assert server.client().mget("a", "b", "c", "d") == ["1", "2", "3", "4"]


def test_appendonly_off_ends_the_rewrite_and_on_begins_another(server, client):
    client.mset({f"k{i}": i for i in range(100)})
    client.config_set("rdb-key-save-delay", "10000000")
    assert client.config_set("appendonly", "yes")
    assert client.config_set("appendonly", "no")
    wait_until(lambda: "Killing running AOF rewrite child" in server.log_text(), DEADLINE_S, "the end of the rewrite")
    client.config_set("rdb-key-save-delay", "0", "appendfsync", "always")
    assert client.config_set("appendonly", "yes")
    client.set("more", "1")
    wait_until(lambda: "finished successfully" in server.log_text(), DEADLINE_S, "the rewrite")
    server.kill()
    server.options += ["--appendonly", "yes"]
    server.start()
    assert server.client().dbsize() == 101


def test_maxclients_refuses_and_cannot_exceed_the_system(launch):
    server = launch("--maxclients", "2")
    first = server.client()
    first.ping()
    second = server.client()
    second.ping()
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE_S) as third:
        assert third.recv(100) == b"-ERR max number of clients reached\r\n"
    assert first.config_set("maxclients", 3)
    server.client().ping()
    assert "not able to handle the specified number of clients" in error_of(
        first, "CONFIG", "SET", "maxclients", "4000000000")
    assert first.config_get("maxclients") == {"maxclients": "3"}


def test_keyspace_events_begin_and_end(server, client):
    with server.client().pubsub() as listener:
        listener.psubscribe("*")
        assert listener.get_message(timeout=DEADLINE_S)["type"] == "psubscribe"
        client.set("unheard", "1")
        client.config_set("notify-keyspace-events", "KA")
        client.set("heard", "1")
        assert listener.get_message(timeout=DEADLINE_S)["channel"] == "__keyspace@0__:heard"
        client.config_set("notify-keyspace-events", "")
        client.set("unheard", "1")
        client.publish("end", "1")
        assert listener.get_message(timeout=DEADLINE_S)["channel"] == "end"


def test_encodings_follow(client):
    client.config_set("set-max-intset-entries", "2")
    client.sadd("s", 1, 2, 3)
    assert client.object("encoding", "s") == "listpack"


def test_too_few_replicas_is_known_at_once(client):
    client.config_set("min-replicas-to-write", "1")
    assert error_of(client, "SET", "a", "1") == "NOREPLICAS Not enough good replicas to write."
    client.config_set("min-replicas-to-write", "0")
    assert client.set("a", "1")


def test_password_for_those_who_come(server, client):
    client.config_set("requirepass", "secret")
    assert client.ping()
    with server.client() as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    with server.client(password="secret") as friend:
        assert friend.ping()
    waiting = redis.connection.Connection(host="127.0.0.1", port=server.port, socket_timeout=DEADLINE_S)
    waiting.connect()
    client.config_set("requirepass", "")
    waiting.send_command("PING")
    assert waiting.read_response() == b"PONG"
    waiting.disconnect()


def test_loglevel(server, client):
    client.config_set("loglevel", "warning")
    client.save()
    assert "DB saved on disk" not in server.log_text()
    client.config_set("loglevel", "notice")
    client.save()
    assert "DB saved on disk" in server.log_text()


def test_dir_when_it_is_open_to_all(launch, tmp_path):
    server = launch("--enable-protected-configs", "yes")
    client = server.client()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    client.config_set("dir", str(elsewhere))
    client.config_set("dbfilename", "other.rdb")
    client.set("a", "1")
    client.save()
    assert (elsewhere / "other.rdb").exists()
    assert client.config_get("dir") == {"dir": str(elsewhere)}


def test_a_hundred_changes_while_others_work(server, client):
    """Whoever changes settings is alone; nobody waits for ever."""
    workers = [server.client() for _ in range(4)]
    for round_number in range(100):
        pipes = []
        for worker in workers:
            pipe = worker.pipeline(transaction=False)
            for i in range(20):
                pipe.set(f"k{i}", round_number)
            pipes.append(pipe)
        client.config_set("appendonly", "yes" if round_number % 10 == 0 else "no")
        client.config_set("hz", 10 + round_number % 3)
        for pipe in pipes:
            assert pipe.execute() == [True] * 20


# --- REWRITE, RESETSTAT ---


def test_rewrite_keeps_what_was_set(server, client, tmp_path):
    assert error_of(client, "CONFIG", "REWRITE") == "The server is running without a config file"
    server.stop()
    path = tmp_path / "test.conf"
    path.write_text("# mine\ntimeout 0\n")
    server.options = []
    original = server.binary
    server.binary = wrapper(tmp_path, original, path)
    server.start()
    client = server.client()
    client.config_set("timeout", "77", "maxmemory", "5mb")
    assert client.config_rewrite()
    text = path.read_text()
    assert text.startswith("# mine\ntimeout 77\n") and "maxmemory 5mb" in text
    server.stop()
    server.start()
    assert server.client().config_get("timeout") == {"timeout": "77"}
    assert "CONFIG REWRITE executed with success." in server.log_text()


def wrapper(tmp_path, binary, config):
    """A program that starts the server with this file before the other words."""
    script = tmp_path / "with-config"
    script.write_text(f"#!/bin/sh\nexec {binary} {config} \"$@\"\n")
    script.chmod(0o755)
    return str(script)


def test_resetstat(client):
    assert client.execute_command("CONFIG", "RESETSTAT") in (True, "OK")


# --- the start ---


def refused(binary, directory, *options):
    done = subprocess.run([binary, *options], cwd=directory, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def empty(tmp_path):
    directory = tmp_path / "empty"
    directory.mkdir()
    return directory


def test_a_refused_start_leaves_nothing(server_binary, empty):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        text = refused(server_binary, empty, "--port", str(port), "--bind", "127.0.0.1", "--appendonly", "yes",
                       "--pidfile", "p.pid", "--unixsocket", "u.sock", "--cluster-enabled", "yes")
    assert f"Failed listening on port {port} (tcp), aborting." in text
    assert os.listdir(empty) == []
    assert "Bad directive or wrong number of arguments" in refused(server_binary, empty, "--no-such-thing", "1")
    assert "No such file or directory" in refused(server_binary, empty, "--dir", "none")
    assert "not listen anywhere" in refused(server_binary, empty, "--port", "0")
    assert "Sentinel" in refused(server_binary, empty, "--sentinel")
    assert "not supported" in refused(server_binary, empty, "--test-memory", "1")
    assert os.listdir(empty) == []


def test_version_and_help(server_binary):
    def printed(word):
        return subprocess.run([server_binary, word], capture_output=True, text=True, timeout=DEADLINE_S, check=True).stdout
    for word in ("--version", "-v"):
        assert " v=7.2.4 " in printed(word)
    for word in ("--help", "-h"):
        assert printed(word).startswith("Usage: dunlin-server ")


@pytest.mark.parametrize("name", ["redis-check-aof", "redis-check-rdb"])
def test_the_check_tools_by_name(server_binary, tmp_path, name):
    (tmp_path / name).symlink_to(server_binary)
    done = subprocess.run([tmp_path / name, "none"], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 1 and "none" in done.stdout + done.stderr


def test_the_log_says_who_and_when(server):
    log = server.log_text()
    words = ["Redis is starting", "Redis version=7.2.4, bits=64,", "Configuration loaded", f" PID: {server.pid}\n",
             f"Running mode=standalone, port={server.port}.", "Server initialized", "Ready to accept connections tcp"]
    places = [log.index(word) for word in words]
    assert places == sorted(places)
    assert f" Port: {server.port}\n" in log


def test_a_renamed_command(launch):
    client = launch("--rename-command", "FLUSHALL", "erase", "--rename-command", "KEYS", "").client()
    assert error_of(client, "FLUSHALL").startswith("unknown command")
    assert error_of(client, "KEYS", "*").startswith("unknown command")
    assert client.execute_command("ERASE") in (True, "OK")


def test_a_daemon_tells_its_parent(server_binary, empty):
    port = free_ports(1)
    command = [server_binary, "--port", str(port), "--bind", "127.0.0.1", "--daemonize", "yes", "--pidfile", "d.pid", "--logfile",
               "d.log"]
    subprocess.run(command, cwd=empty, timeout=DEADLINE_S, check=True)
    pid = int((empty / "d.pid").read_text())
    try:
        with redis.Redis(port=port) as client:
            assert client.ping()
        # A second one on the same port is refused where everybody sees it, and leaves the first one's pid file alone.
        second = subprocess.run(command, cwd=empty, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert second.returncode == 1 and "Failed listening on port" in second.stderr
        assert int((empty / "d.pid").read_text()) == pid
        assert f" PID: {pid}\n" in (empty / "d.log").read_text()
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not (empty / "d.pid").exists(), DEADLINE_S, "the pid file to go")


def test_systemd_is_told(server_binary, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(DEADLINE_S)
        port = free_ports(1)
        process = subprocess.Popen([server_binary, "--port", str(port), "--bind", "127.0.0.1", "--supervised", "auto"],
                                   cwd=tmp_path, env={**os.environ, "NOTIFY_SOCKET": str(path)}, stdout=subprocess.DEVNULL)
        try:
            told = []
            while not told or "READY=1" not in told[-1]:
                told.append(notify.recv(1000).decode())
            process.terminate()
            assert notify.recv(1000) == b"STOPPING=1\n"
            assert process.wait(DEADLINE_S) == 0
        finally:
            process.kill()
            process.wait()


# --- SHUTDOWN ---


def ends(server):
    return server.process.wait(DEADLINE_S)


def shut_down(server, *words):
    with server.client() as client, pytest.raises(redis.ConnectionError):
        client.execute_command("SHUTDOWN", *words)
    return ends(server)


@pytest.mark.parametrize("words, saved", [((), True), (("NOSAVE",), False), (("save", "now"), True), (("FORCE",), True)])
def test_shutdown(server, client, words, saved):
    client.set("a", "1")
    assert shut_down(server, *words) == 0
    assert os.path.exists(os.path.join(server.directory, "dump.rdb")) == saved
    assert "bye bye..." in server.log_text()


def test_shutdown_saves_only_when_save_points_are_set(server, client):
    client.config_set("save", "")
    client.set("a", "1")
    assert shut_down(server) == 0
    assert not os.path.exists(os.path.join(server.directory, "dump.rdb"))


def test_shutdown_words_that_do_not_fit(client):
    for words in (["SAVE", "NOSAVE"], ["ABORT", "NOW"], ["LATER"]):
        assert error_of(client, "SHUTDOWN", *words) == "syntax error"
    assert error_of(client, "SHUTDOWN", "ABORT") == "No shutdown in progress."
    pipe = client.pipeline(transaction=True)
    pipe.execute_command("SHUTDOWN")
    with pytest.raises(redis.ResponseError):
        pipe.execute()


def test_a_shutdown_that_cannot_save_fails_and_can_be_forced(server, client):
    os.mkdir(os.path.join(server.directory, "dump.rdb"))
    client.set("a", "1")
    assert error_of(client, "SHUTDOWN") == "Errors trying to SHUTDOWN. Check logs."
    assert "Error trying to save the DB, can't exit." in server.log_text()
    assert client.set("b", "1")
    assert shut_down(server, "FORCE") == 0


def pause(server):
    """Stops the process, and returns when it has stopped."""
    os.kill(server.pid, signal.SIGSTOP)

    def stopped():
        with open(f"/proc/{server.pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "T"
    wait_until(stopped, DEADLINE_S, f"{server} to stand still")


def test_shutdown_waits_for_a_lagging_replica(launch):
    primary = launch("--save", "", "--shutdown-timeout", "60")
    replica = launch("--save", "", "--replicaof", "127.0.0.1", str(primary.port))
    control = primary.client()
    wait_until(lambda: primary.call("ROLE")[2], DEADLINE_S, "the replica")
    control.set("a", "1")
    assert control.execute_command("WAIT", 1, 20000) == 1
    pause(replica)
    control.set("a", "2")

    # Called off, the one who asked is told and writing goes on.
    waiting = redis.connection.Connection(host="127.0.0.1", port=primary.port, socket_timeout=DEADLINE_S)
    waiting.connect()
    waiting.send_command("SHUTDOWN")
    wait_until(lambda: "Waiting for replicas before shutting down" in primary.log_text(), DEADLINE_S, "the wait")
    assert control.execute_command("SHUTDOWN", "ABORT") in (True, "OK")
    with pytest.raises(redis.ResponseError, match="Errors trying to SHUTDOWN"):
        raise waiting.read_response()
    waiting.disconnect()
    assert control.set("b", "1")

    primary.process.send_signal(signal.SIGTERM)
    wait_until(lambda: primary.log_text().count("Waiting for replicas") == 2, DEADLINE_S, "the second wait")
    os.kill(replica.pid, signal.SIGCONT)
    assert ends(primary) == 0
    assert replica.client().mget("a", "b") == ["2", "1"]
    assert "1 of 1 replicas are in sync" in primary.log_text()


def test_shutdown_now_does_not_wait_for_replicas(launch):
    primary = launch("--save", "", "--shutdown-timeout", "600")
    replica = launch("--save", "", "--replicaof", "127.0.0.1", str(primary.port))
    wait_until(lambda: primary.call("ROLE")[2], DEADLINE_S, "the replica")
    pause(replica)
    primary.client().set("a", "1")
    assert shut_down(primary, "NOW") == 0
    assert "0 of 1 replicas are in sync" in primary.log_text()
    os.kill(replica.pid, signal.SIGCONT)


def test_shutdown_does_not_lose_an_append_only_file_that_is_not_written_yet(server, client):
    client.mset({f"k{i}": i for i in range(100)})
    client.config_set("rdb-key-save-delay", "10000000", "save", "")
    client.config_set("appendonly", "yes")
    assert error_of(client, "SHUTDOWN") == "Errors trying to SHUTDOWN. Check logs."
    assert "Writing initial AOF, can't exit" in server.log_text()
    assert shut_down(server, "NOSAVE", "FORCE") == 0


def test_ctrl_c_twice_ends_at_once(server, client):
    client.mset({f"k{i}": i for i in range(100)})
    client.config_set("rdb-key-save-delay", "1000000")
    temporary = os.path.join(server.directory, f"temp-{server.pid}.rdb")
    server.process.send_signal(signal.SIGINT)
    wait_until(lambda: os.path.exists(temporary), DEADLINE_S, "the save")
    server.process.send_signal(signal.SIGINT)
    assert ends(server) == 1
    assert not os.path.exists(temporary)
    assert "You insist... exiting now." in server.log_text()


def test_a_running_save_does_not_hold_up_the_end(server, client):
    client.mset({f"k{i}": i for i in range(100)})
    client.config_set("rdb-key-save-delay", "10000000")
    client.bgsave()
    temporary = os.path.join(server.directory, f"temp-{server.pid}.rdb")
    wait_until(lambda: os.path.exists(temporary), DEADLINE_S, "the save")
    assert shut_down(server, "NOSAVE") == 0
    assert not os.path.exists(temporary)
