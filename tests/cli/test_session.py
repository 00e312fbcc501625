"""The session on a terminal: prompt, editing, history, completion, hints, subscribed mode, MONITOR, reconnecting."""

import os
import stat
import threading

import pytest

import support


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def session(client, empty, terminal, home):
    """Opens the client on a terminal, with a home of its own."""

    def start(*arguments, env=None, columns=100):
        return terminal(client, ["-p", str(empty.port), *arguments], env={"HOME": str(home)} | (env or {}),
                        columns=columns)

    return start


def prompt(server, more=""):
    return f"127.0.0.1:{server.port}{more}> "


def test_prompt_tells_where_we_are(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("select 3\r")
    t.expect_prompt(prompt(empty, "[3]"))
    t.type("multi\r")
    t.expect_prompt(prompt(empty, "[3](TX)"))
    t.type("incr n\r")
    t.expect("QUEUED")
    t.type("exec\r")
    t.expect("1) (integer) 1")
    t.expect_prompt(prompt(empty, "[3]"))
    t.type("multi\r")
    t.expect("(TX)> ")
    t.type("select 5\r")
    t.expect("QUEUED")
    t.expect_prompt(prompt(empty, "[5](TX)"))
    t.type("discard\r")
    t.expect("OK")
    t.expect_prompt(prompt(empty, "[3]"))
    t.type("quit\r")
    assert t.wait_end() == 0


def test_prompt_of_a_unix_socket(client, empty, terminal):
    t = terminal(client, ["-s", empty.unix_path])
    t.expect(f"redis {empty.unix_path}> ")


def test_end_of_input_and_interrupt_end_the_session(session, empty):
    for key in ("\x04", "\x03"):
        t = session()
        t.expect_prompt(prompt(empty))
        t.type(key)
        assert t.wait_end() == 0


def test_editing(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    # "SET k wrold" with a mistake put right, typed with moving about.
    t.type("ET kk wrold\x01S\x05")                # Home, then End
    t.type("\x1b[D" * 6 + "\x7f")                 # six to the left, delete a k before the cursor
    t.type("\x05\x1b[D\x1b[D\x1b[D\x14")          # the r and the o change places
    t.type("\r")
    t.expect("OK")
    t.expect_prompt(prompt(empty))
    assert empty.call("GET", "k") == b"$5\r\nworld\r\n"
    t.type("garbage\x15PING extra\x17\x08\r")     # forget the line; delete a word and a blank
    t.expect("PONG")
    t.expect_prompt(prompt(empty))
    t.type("ECHO abc\x02\x02\x0bd\r")             # two back, delete to the end
    t.expect('"ad"')
    t.expect_prompt(prompt(empty))
    t.type("ECHO ab\x1b[H\x1b[3~\x1b[3~\x1b[3~\x1b[3~PING\x1b[F\x17\x08\r")
    t.expect("PONG")


def test_editing_of_wide_characters(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("SET k ä漢ö\x1b[D\x7fx\r")
    t.expect("OK")
    assert empty.call("GET", "k") == "$5\r\näxö\r\n".encode()


def test_a_line_longer_than_the_terminal(session, empty):
    t = session(columns=40)
    t.expect_prompt(prompt(empty))
    t.type("SET k " + "v" * 200)
    t.type("\x01\x1b[C\x1b[C\x1b[C\x05")
    t.type("\x7f" * 100 + "\r")
    t.expect("OK")
    assert empty.call("STRLEN", "k") == b":100\r\n"


def test_history(session, empty, home):
    t = session()
    t.expect_prompt(prompt(empty))
    for command in ("SET a 1", "SET b 2", "GET a"):
        t.type(command + "\r")
        t.expect_prompt(prompt(empty))
    t.type("\x1b[A\x1b[A\x1b[B\r")                # up, up, down
    t.expect('"1"')
    t.expect_prompt(prompt(empty))
    t.type("half\x10\x0e\x15\r")                  # up and down again keeps what was typed; then forget it
    t.type("\x12T b\r")                           # search
    t.expect("OK")
    t.expect_prompt(prompt(empty))
    t.type("\x12SET\x12\x12\x12\x03")             # search further back than there is, give up
    t.type("AUTH secret\r")
    t.expect("ERR")
    t.expect_prompt(prompt(empty))
    t.type("\x1b[A\r")                            # it is still there to be typed again ...
    t.expect("ERR")
    t.type("quit\r")
    assert t.wait_end() == 0
    file = home / ".rediscli_history"
    lines = file.read_text().splitlines()
    assert lines[:3] == ["SET a 1", "SET b 2", "GET a"]
    assert not any("secret" in line for line in lines)   # ... but not in the file
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    again = session()
    again.expect_prompt(prompt(empty))
    again.type("\x12GET\r")
    again.expect('"1"')


def test_history_file_elsewhere_or_nowhere(session, empty, home):
    elsewhere = home / "h"
    t = session(env={"REDISCLI_HISTFILE": str(elsewhere)})
    t.expect_prompt(prompt(empty))
    t.type("PING\rquit\r")
    assert t.wait_end() == 0
    assert elsewhere.read_text() == "PING\nquit\n"
    t = session(env={"REDISCLI_HISTFILE": "/dev/null"})
    t.expect_prompt(prompt(empty))
    t.type("PING\rquit\r")
    assert t.wait_end() == 0
    assert not (home / ".rediscli_history").exists()


def test_completion(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("dbs\t\r")
    t.expect("(integer) 0")
    t.expect_prompt(prompt(empty))
    t.type("help @stri\t\r")
    t.expect("APPEND")
    t.expect_prompt(prompt(empty))
    t.type("config g\t maxmemory-samples\r")
    t.expect('1) "maxmemory-samples"')
    t.expect_prompt(prompt(empty))
    t.type("nothinglikethis\t")
    t.expect("\a")


def test_hints(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("get ")
    t.expect("\x1b[0;90;49mkey\x1b[0m")
    t.type("\x15zadd k ")
    t.expect("[NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]")
    t.type("nx ")
    t.expect("\x1b[0;90;49m[GT|LT] [CH] [INCR] score member [score member ...]")
    t.type("\x15:set nohints\r")
    t.expect_prompt(prompt(empty))
    t.type("get x\r")
    assert b"key" not in t.expect("(nil)")


def test_preferences_file(session, empty, home):
    (home / ".redisclirc").write_text(":set nohints\n:set something\nPING\n")
    t = session()
    t.expect(".redisclirc: unknown redis-cli preference 'something'")
    t.expect(".redisclirc: unknown redis-cli internal command 'PING'")
    t.expect_prompt(prompt(empty))
    t.type("get x\r")
    assert b"key" not in t.expect("(nil)")


def test_help(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("help\r")
    t.expect('To get help about Redis commands type:')
    t.type("help set\r")
    t.expect("\x1b[1mSET\x1b[0m \x1b[90mkey value")
    t.expect("\x1b[33msummary:\x1b[0m")
    t.expect("\x1b[33mgroup:\x1b[0m string")
    t.type("? config\r")
    t.expect("CONFIG RESETSTAT")


def test_number_repeats(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("3 incr n\r")
    t.expect("(integer) 3")
    t.type("0 incr n\r")
    t.expect("Invalid redis-cli repeat command option value.")


def test_slow_commands_tell_their_time(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("debug sleep 0.6\r")
    t.expect("OK")
    t.expect("(0.6")
    t.expect("s)")


def test_clear(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("clear\r")
    t.expect("\x1b[H\x1b[2J")
    t.type("PI\x0c")
    t.expect("\x1b[H\x1b[2J")
    t.type("NG\r")
    t.expect("PONG")


def test_connect(session, empty):
    other = support.Server()
    try:
        t = session()
        t.expect_prompt(prompt(empty))
        t.type(f"connect 127.0.0.1 {other.port}\r")
        t.expect_prompt(prompt(other))
        t.type("connect 127.0.0.1 1\r")
        t.expect("Could not connect to Redis at 127.0.0.1:1: Connection refused")
        t.expect("not connected> ")
    finally:
        other.close()


def test_reconnects_with_password_and_database(client, terminal):
    s = support.Server("--requirepass", "pw")
    try:
        t = terminal(client, ["-p", str(s.port), "-a", "pw", "--no-auth-warning", "-n", "1"])
        t.expect_prompt(prompt(s, "[1]"))
        t.type("select 4\r")
        t.expect_prompt(prompt(s, "[4]"))
        s.stop()
        t.type("PING\r")
        t.expect("Error: Server closed the connection")
        t.expect("not connected> ")
        t.type("PING\r")
        t.expect(f"Could not connect to Redis at 127.0.0.1:{s.port}: Connection refused")
        t.expect("not connected> ")
        s.start()
        t.type("PING\r")
        t.expect("PONG")
        t.expect_prompt(prompt(s, "[4]"))
    finally:
        s.close()


READING = "Reading messages... (press Ctrl-C to quit or any key to type command)"


def test_subscribed_mode_with_resp2(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("subscribe ch1 ch2\r")
    t.expect('1) "subscribe"\r\n2) "ch1"\r\n3) (integer) 1\r\n1) "subscribe"\r\n2) "ch2"\r\n3) (integer) 2\r\n')
    t.expect(READING)
    empty.call("PUBLISH", "ch2", "hello")
    t.expect('1) "message"\r\n2) "ch2"\r\n3) "hello"\r\n')
    t.expect(READING)
    t.type("g")
    t.expect(prompt(empty, "(subscribed mode)"))
    t.type("et x\r")
    t.expect("(error) ERR Can't execute 'get'")
    t.expect(READING)
    t.type("unsubscribe ch1\r")
    t.expect('1) "unsubscribe"\r\n2) "ch1"\r\n3) (integer) 1\r\n')
    t.expect(READING)
    t.type("unsubscribe\r")
    t.expect("3) (integer) 0")
    t.expect_prompt(prompt(empty))
    t.type("subscribe again\r")
    t.expect(READING)
    t.type("reset\r")
    t.expect("RESET")
    t.expect_prompt(prompt(empty))
    t.type("PING\r")
    t.expect("PONG")


def test_subscribed_mode_with_resp3(session, empty):
    t = session("-3")
    t.expect_prompt(prompt(empty))
    t.type("subscribe ch\r")
    t.expect(READING)
    t.type("set k v\r")
    t.expect("OK")
    t.expect(READING)
    t.type("\r")
    t.expect(READING)
    t.type("psubscribe c*\r")
    t.expect('1) "psubscribe"')
    empty.call("PUBLISH", "ch", "m")
    t.expect('1) "message"')
    t.expect('1) "pmessage"')


def test_interrupt_leaves_the_subscribed_mode(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("subscribe ch\r")
    t.expect(READING)
    t.type("\x03")
    t.expect(prompt(empty))
    t.type("PING\r")
    t.expect("PONG")


def test_monitor_streams_until_interrupted(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("monitor\r")
    t.expect("OK")
    empty.call("SET", "seen", "1")
    t.expect('"SET" "seen" "1"')
    t.type("\x03")
    t.expect(prompt(empty))
    t.type("PING\r")
    t.expect("PONG")


def test_pushes_are_shown(session, empty):
    t = session("-3")
    t.expect_prompt(prompt(empty))
    t.type("client tracking on\r")
    t.expect("OK")
    t.type("get k\r")
    t.expect("(nil)")
    empty.call("SET", "k", "1")
    t.type("PING\r")
    t.expect("-> invalidate: 'k'\r\nPONG")


def test_masked_password(client, terminal):
    s = support.Server("--requirepass", "pw")
    try:
        t = terminal(client, ["-p", str(s.port), "--askpass", "PING"])
        t.expect("Please input password: ")
        t.type("pw")
        shown = t.expect("**")
        t.type("\r")
        shown += t.expect("PONG")
        assert b"pw" not in shown
    finally:
        s.close()


def test_interrupt_during_a_command_ends_the_program(session, empty):
    t = session()
    t.expect_prompt(prompt(empty))
    t.type("blpop nothing 0\r")
    support.wait_until(lambda: b"blocked_clients:1" in empty.call("INFO", "clients"), "the command blocks")
    t.type("\x03")
    assert t.wait_end() == 1


def test_plain_terminal(client, empty, terminal):
    t = terminal(client, ["-p", str(empty.port)], env={"TERM": "dumb"})
    t.expect(prompt(empty))
    t.type("SET k v\n")
    t.expect("OK")
    t.expect(prompt(empty))


class FakeNode(threading.Thread):
    """Answers commands from a list, one connection after another."""

    def __init__(self, answers):
        super().__init__(daemon=True)
        import socket
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers = answers
        self.received = []
        self.start()

    def run(self):
        while self.answers:
            connection, _ = self.listener.accept()
            reader = connection.makefile("rb")
            while header := reader.readline():
                words = []
                for _ in range(int(header[1:])):
                    length = int(reader.readline()[1:])
                    words.append(reader.read(length + 2)[:-2])
                self.received.append(b" ".join(words).decode())
                if words[0] == b"COMMAND":
                    connection.sendall(b"-ERR unknown\r\n")
                    self.received.pop()
                    continue
                connection.sendall(self.answers.pop(0))
                if not self.answers:
                    break
            connection.close()


def test_redirections_in_a_session(client, terminal):
    second = FakeNode([b"+OK\r\n", b"+DONE\r\n"])
    first = FakeNode([b"-ASK 12182 127.0.0.1:%d\r\n" % second.port])
    t = terminal(client, ["-p", str(first.port), "-c"])
    t.expect("> ")
    t.type("SET foo bar\r")
    t.expect(f"-> Redirected to slot [12182] located at 127.0.0.1:{second.port}\r\nDONE")
    t.expect(f"127.0.0.1:{second.port}> ")
    assert second.received == ["ASKING", "SET foo bar"]


def test_redirections_of_one_command(client):
    third = FakeNode([b"+DONE\r\n"])
    second = FakeNode([b"-MOVED 5 :%d\r\n" % third.port])
    first = FakeNode([b"-MOVED 5 127.0.0.1:%d\r\n" % second.port])
    result = support.run(client, ["-p", str(first.port), "-c", "GET", "x"])
    assert (result.status, result.out, result.err) == (0, b"DONE\n", b"")


def test_nodes_that_send_to_each_other_are_given_up(client):
    import socket
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]

    class Loop(FakeNode):
        pass

    loop = Loop([])
    loop.answers.extend([b"-MOVED 5 127.0.0.1:%d\r\n" % loop.port] * 100)
    looping = threading.Thread(target=loop.run, daemon=True)
    looping.start()
    result = support.run(client, ["-p", str(loop.port), "-c", "GET", "x"])
    assert result.status == 0 and result.out.startswith(b"MOVED 5 ")
    assert port


TYPED_ON_A_PLAIN_TERMINAL = [
    "SET k 'a b'", "GET k", "INCR k", "LPUSH l 1 2 3", "LRANGE l 0 -1", "SELECT 2", "MULTI", "SET x 1", "SELECT 4", "EXEC",
    "DBSIZE", "SELECT 0", "MULTI", "SELECT 3", "DISCARD", "MULTI", "nosuch", "EXEC", "MULTI", "RESET", "HELLO 3 AUTH a b",
    "GET \"open", "2 INCR n", "0 INCR n", ":set hints", ":set x", "restart", "", "   ", "CLIENT SETNAME me",
    "CONFIG GET maxmemory-s*", "help nothing", "connect 127.0.0.1 1", "PING", "quit",
]


def test_same_transcript_as_redis_cli_on_a_plain_terminal(client, peer, terminal):
    """Everything that appears, prompts and echo included, typed line by line at the prompt."""
    transcripts = []
    for program in (peer, client):
        s = support.Server()
        try:
            t = terminal(program, ["-p", str(s.port)], env={"TERM": "dumb", "REDISCLI_HISTFILE": "/dev/null"})
            shown = b""
            for line in TYPED_ON_A_PLAIN_TERMINAL:
                shown += t.expect("> ")
                t.type(line + "\n")
            assert t.wait_end() == 0
            transcripts.append((shown + t.seen).replace(b":%d" % s.port, b":PORT"))
        finally:
            s.close()
    assert transcripts[1].decode() == transcripts[0].decode()
