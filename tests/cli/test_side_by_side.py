"""Runs dunlin-cli and an installed redis-cli with the same words against the same server, and compares what comes out."""

import re

import pytest

import support

# Replies of every kind, made with Lua, so that no data has to be there.
RESP3_SCRIPTS = {
    "map": "redis.setresp(3); return {map={field='v'}}",
    "set": "redis.setresp(3); return {set={member=true}}",
    "double": "redis.setresp(3); return {double=3.25}",
    "true": "redis.setresp(3); return true",
    "false": "redis.setresp(3); return false",
    "nested": "return {1,{2,{3,'x'}},{},'y',{'a'}}",
    "status": "return redis.status_reply('FINE')",
    "error": "return redis.error_reply('MY error')",
    "nil": "return nil",
    "null in array": "return {1,false,3}",
}
SETUP = [
    ("SET", "s", "plain"),
    ("SET", "bin", b'\x00\x01 "quoted" \\ \n\r\t\a\b \xff\xc3\xa9'),
    ("SET", "num", "41"),
    ("RPUSH", "l", "a", "b b", b"c\x00", "\n"),
    ("RPUSH", "long", *range(12)),
    ("HSET", "h", "f1", "v1", "f2", b"\xc3\xa9\x01"),
    ("SADD", "set", "only"),
    ("ZADD", "z", "1", "one", "2.5", "two"),
    ("XADD", "x", "1-1", "f", "v", "g", "w"),
]
FORMS = [[], ["--raw"], ["--no-raw"], ["--csv"], ["--json"], ["--quoted-json"], ["-3"], ["-3", "--no-raw"],
         ["-3", "--csv"], ["-2", "--json"], ["--json", "-3"]]
COMMANDS = [
    ["GET", "s"], ["GET", "bin"], ["GET", "missing"], ["INCR", "num"], ["LRANGE", "l", "0", "-1"],
    ["LRANGE", "long", "0", "-1"], ["LRANGE", "none", "0", "-1"], ["HGETALL", "h"], ["HGETALL", "none"],
    ["SMEMBERS", "set"], ["SMEMBERS", "none"], ["ZRANGE", "z", "0", "-1", "WITHSCORES"], ["ZSCORE", "z", "two"],
    ["XRANGE", "x", "-", "+"], ["XREAD", "STREAMS", "x", "0"], ["TYPE", "s"], ["LPUSH", "s", "x"], ["nosuchcommand"],
    ["SET", "k", ""], ["GET", ""], ["CONFIG", "GET", "maxmemory-p*"], ["COMMAND", "COUNT"], ["GEOPOS", "z", "one"],
    ["SCAN", "0", "COUNT", "100", "MATCH", "s"], ["OBJECT", "HELP"], ["DEBUG", "JMAP"], ["MULTI"], ["EXEC"], [""],
    *[["EVAL", script, "0"] for script in RESP3_SCRIPTS.values()],
]


def either_end(text):
    """Which of the two it is depends on what was on its way when the server closed the connection."""
    return text.replace(b"Connection reset by peer", b"Server closed the connection")


def same(client, peer, arguments, server, runner=support.run, stdin=b"", env=None, setup=SETUP, stderr=True,
         clean=lambda text: text):
    """Asserts that both programs give the same bytes and status for the same words."""
    results = []
    for program in (peer, client):
        server.call("FLUSHALL")
        for command in setup:
            server.call(*command)
        results.append(runner(program, arguments, stdin=stdin, env=env))
    theirs, ours = results
    assert clean(ours.out) == clean(theirs.out), arguments
    assert ours.status == theirs.status, (arguments, ours, theirs)
    if stderr:
        assert clean(either_end(ours.err)) == clean(either_end(theirs.err)), arguments
    return ours


def address(server):
    return ["-p", str(server.port)]


@pytest.mark.parametrize("form", FORMS, ids=lambda f: " ".join(f) or "default")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c)[:40])
def test_reply_forms(client, peer, server, form, command):
    same(client, peer, [*address(server), *form, *command], server)


@pytest.mark.parametrize("form", FORMS, ids=lambda f: " ".join(f) or "default")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c)[:40])
def test_reply_forms_with_faketty(client, peer, server, form, command):
    same(client, peer, [*address(server), *form, *command], server, env={"FAKETTY": "1"})


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c)[:40])
def test_reply_forms_on_a_terminal(client, peer, server, command):
    same(client, peer, [*address(server), *command], server, runner=support.run_with_terminal_output)


OPTION_CASES = {
    "repeat": (["-r", "3", "INCR", "n"], b""),
    "repeat with interval": (["-r", "3", "-i", "0.01", "INCR", "n"], b""),
    "repeat an error": (["-r", "2", "LPUSH", "s", "x"], b""),
    "repeat zero times": (["-r", "0", "INCR", "n"], b""),
    "database": (["-n", "5", "DBSIZE"], b""),
    "database out of range": (["-n", "500", "GET", "s"], b""),
    "database that is no number": (["-n", "x", "GET", "s"], b""),
    "last argument from stdin": (["-x", "SET", "k"], b"value\nwith lines\n"),
    "last argument from empty stdin": (["-x", "SET", "k"], b""),
    "tagged argument from stdin": (["-X", "tag", "SET", "tag", "v"], b"key"),
    "tag only once": (["-X", "tag", "RPUSH", "k", "tag", "tag"], b"v"),
    "tag that is not there": (["-X", "tag", "SET", "k", "v"], b"x"),
    "delimiter": (["--raw", "-d", ",", "LRANGE", "long", "0", "-1"], b""),
    "delimiter in a map": (["-3", "--raw", "-d", "|", "HGETALL", "h"], b""),
    "command delimiter": (["--raw", "-D", "<>", "-r", "2", "GET", "s"], b""),
    "empty command delimiter": (["-D", "", "--raw", "DUMP", "s"], b""),
    "error status": (["-e", "LPUSH", "s", "x"], b""),
    "no error status without -e": (["LPUSH", "s", "x"], b""),
    "no error status for good replies": (["-e", "GET", "s"], b""),
    "error in an array is no error": (["-e", "EVAL", "return {redis.error_reply('E')}", "0"], b""),
    "quoted input": (["--quoted-input", "SET", '"a\\x00b"', "'c d'"], b""),
    "quoted input that is malformed": (["--quoted-input", "GET", '"unterminated'], b""),
    "quoted input that is two words": (["--quoted-input", "GET", '"a" "b"'], b""),
    "quoted input not asked for": (["GET", '"s"'], b""),
    "raw wins when last": (["--no-raw", "--raw", "GET", "s"], b""),
    "no-raw wins when last": (["--raw", "--no-raw", "GET", "s"], b""),
    "verbatim info": (["CLIENT", "LIST", "ID", "999999"], b""),
    "verbatim lolwut": (["LOLWUT", "VERSION", "5", "1", "1", "1"], b""),
    "memory doctor": (["MEMORY", "DOCTOR"], b""),
    "latency doctor": (["LATENCY", "DOCTOR"], b""),
    "cluster info where there is none": (["CLUSTER", "INFO"], b""),
    "show pushes": (["--show-pushes", "yes", "-3", "GET", "s"], b""),
    "show pushes, unknown": (["--show-pushes", "maybe", "GET", "s"], b""),
    "options end at the command": (["GET", "s", "-r", "2"], b""),
    "help of one command is not for the server": (["-r", "1", "PING"], b""),
    "uri": (["-u", "redis://127.0.0.1:{port}/3", "DBSIZE"], b""),
    "uri with password": (["-u", "redis://user:p%40ss@127.0.0.1:{port}", "PING"], b""),
    "uri with password and no warning": (["--no-auth-warning", "-u", "redis://x@127.0.0.1:{port}", "PING"], b""),
    "uri without scheme": (["-u", "127.0.0.1:{port}", "PING"], b""),
    "uri with bad percent sign": (["-u", "redis://a%zz@127.0.0.1:{port}", "PING"], b""),
    "uri cut off in a percent sign": (["-u", "redis://a%4@127.0.0.1:{port}", "PING"], b""),
    "password that is not wanted": (["-a", "secret", "PING"], b""),
    "user and password": (["--user", "nobody", "--pass", "x", "PING"], b""),
    "user without password": (["--user", "nobody", "PING"], b""),
    "command docs by words": (["COMMAND", "INFO", "GET"], b""),
    "not followed without -c": (["EVAL", "return redis.error_reply('MOVED 1 127.0.0.1:1')", "0"], b""),
    "stdin: lines": ([], b"SET a 1\nGET a\n\n   \nINCR a\n"),
    "stdin: no end of line": ([], b"GET s"),
    "stdin: carriage returns": ([], b"GET s\r\nPING\r\n"),
    "stdin: quotes": ([], b"SET k \"a\\x41\\n\"\nGET k\nSET k 'it\\'s'\nGET k\nGET \"\"k\nGET \"k\"x\nGET \"open\n"),
    "stdin: repetition": ([], b"3 INCR c\n0 INCR c\n-1 INCR c\n2 quit\n1x\n"),
    "stdin: transactions": ([], b"MULTI\nSET a 1\nSELECT 3\nEXEC\nMULTI\nDISCARD\nEXEC\n"),
    "stdin: select": ([], b"SELECT 3\nSET x 1\nDBSIZE\nSELECT 99\nDBSIZE\n"),
    "stdin: quit": ([], b"PING\nquit\nPING\n"),
    "stdin: exit": ([], b"PING\nEXIT\nPING\n"),
    "stdin: own words": ([], b":set hints\n:set nothing\n:what\nrestart\nPING\n"),
    "stdin: error goes on": (["-e"], b"LPUSH s x\nPING\n"),
    "stdin: hello": ([], b"HELLO 3 SETNAME\nHELLO 9\nHGETALL h\n"),
    "stdin: reset": ([], b"MULTI\nRESET\nPING\n"),
    "stdin: auth": ([], b"AUTH x\nAUTH a b\nPING\n"),
    "stdin: repeat option does not reach the session": (["-r", "3"], b"INCR c\n"),
    "eval without arguments": (["--eval", "{script}"], b""),
    "eval with keys and arguments": (["--eval", "{script}", "k1", "k2", ",", "a1", "a2", ",", "a3"], b""),
    "eval with keys": (["--eval", "{script}", "k1"], b""),
    "eval of a missing file": (["--eval", "/nonexistent/x.lua"], b""),
    "scan with bad quoted pattern": (["--scan", "--quoted-pattern", '"x'], b""),
    "pipe": (["--pipe"], b"*1\r\n$4\r\nPING\r\nSET a 1\r\nLPUSH a x\r\n"),
    "pipe of nothing": (["--pipe"], b""),
    "unknown option": (["--nothing"], b""),
    "option without its value": (["-p"], b""),
    "-X without its value": (["-X"], b""),
    "-c with -s": (["-c", "-s", "/tmp/x", "PING"], b""),
    "-2 with -3": (["-2", "-3", "PING"], b""),
    "-x with -X": (["-x", "-X", "t", "PING"], b""),
    "--rdb with --functions-rdb": (["--rdb", "/tmp/a", "--functions-rdb", "/tmp/b"], b""),
    "no server": (["-p", "1", "PING"], b""),
    "no such name": (["-h", "no.such.name.invalid", "PING"], b""),
    "no server for a session": (["-p", "1"], b"PING\nPING\n"),
    "no socket": (["-s", "/nonexistent.sock", "PING"], b""),
    "no server for a mode": (["-p", "1", "--scan"], b""),
    "no server for eval": (["-p", "1", "--eval", "{script}"], b""),
}


# The order in which SCAN gives keys depends on how far the server has come with growing its table.
WALKS = {
    "scan": (["--scan"], b""),
    "scan with pattern": (["--scan", "--pattern", "l*"], b""),
    "scan with quoted pattern": (["--scan", "--quoted-pattern", '"\\x6c"'], b""),
    "bigkeys": (["--bigkeys"], b""),
    "bigkeys with pattern": (["--bigkeys", "--pattern", "l*"], b""),
    "memkeys": (["--memkeys"], b""),
    "memkeys with samples": (["--memkeys-samples", "2"], b""),
    "hotkeys": (["--hotkeys"], b""),
}


def in_any_order(text):
    return sorted(line for line in text.splitlines() if b"found so far" not in line)


@pytest.mark.parametrize("where", ["pipe", "faketty", "terminal"])
@pytest.mark.parametrize("name", WALKS)
def test_walks_through_the_keys(client, peer, server, name, where):
    runner = support.run_with_terminal_output if where == "terminal" else support.run
    env = {"FAKETTY": "1"} if where == "faketty" else {}
    same(client, peer, [*address(server), *WALKS[name][0]], server, runner=runner, env=env, clean=in_any_order)


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("script") / "s.lua"
    path.write_text("return {KEYS, ARGV}")
    return str(path)


@pytest.mark.parametrize("where", ["pipe", "faketty", "terminal"])
@pytest.mark.parametrize("name", OPTION_CASES)
def test_options(client, peer, server, script, name, where):
    words, stdin = OPTION_CASES[name]
    words = [w.replace("{port}", str(server.port)).replace("{script}", script) for w in words]
    runner = support.run_with_terminal_output if where == "terminal" else support.run
    env = {"FAKETTY": "1"} if where == "faketty" else {}
    same(client, peer, [*address(server), *words], server, runner=runner, env=env, stdin=stdin)


def test_info_is_printed_as_it_is(client, peer, server):
    changing = re.compile(rb"(?m)^(?!# )[a-z0-9_]+:.*\r$")
    same(client, peer, [*address(server), "INFO", "server"], server, env={"FAKETTY": "1"},
         clean=lambda text: changing.sub(b"", text))


def test_unix_socket(client, peer, server):
    same(client, peer, ["-s", server.unix_path, "GET", "s"], server)


def test_password_from_the_environment(client, peer, server):
    same(client, peer, [*address(server), "PING"], server, env={"REDISCLI_AUTH": "secret"})


def test_option_beats_the_environment(client, peer, server):
    same(client, peer, [*address(server), "-a", "other", "PING"], server, env={"REDISCLI_AUTH": "secret"})


@pytest.fixture(scope="module")
def locked():
    s = support.Server("--requirepass", "opensesame")
    yield s
    s.close()


@pytest.mark.parametrize("words", [
    ["PING"], ["-a", "opensesame", "PING"], ["-a", "wrong", "PING"], ["--user", "default", "-a", "opensesame", "PING"],
    ["-u", "redis://opensesame@127.0.0.1:{port}", "PING"], ["-u", "redis://default:opensesame@127.0.0.1:{port}", "PING"],
    ["-n", "3", "PING"], ["-3", "PING"], ["--json", "PING"], ["-a", "opensesame", "-3", "-n", "2", "CONFIG", "GET", "save"],
    ["--scan"], ["-a", "wrong", "--scan"], ["--bigkeys"],
], ids=lambda w: " ".join(w))
def test_login(client, peer, locked, words):
    words = [w.replace("{port}", str(locked.port)) for w in words]
    ours, theirs = (support.run(p, [*address(locked), *words]) for p in (client, peer))
    assert (ours.out, ours.status, ours.err) == (theirs.out, theirs.status, theirs.err)


def test_login_in_a_session(client, peer, locked):
    typed = b"PING\nSELECT 3\nAUTH opensesame\nPING\nAUTH wrong\n"
    ours, theirs = (support.run(p, [*address(locked), "-n", "2"], stdin=typed, env={"FAKETTY": "1"})
                    for p in (client, peer))
    assert (ours.out, ours.status) == (theirs.out, theirs.status)


def test_the_server_goes_away_in_a_session(client, peer):
    results = []
    for program in (client, peer):
        s = support.Server()
        results.append(support.run(program, address(s), stdin=b"PING\nSHUTDOWN NOSAVE\nPING\n"))
        s.close()
        results[-1].err = results[-1].err.replace(str(s.port).encode(), b"PORT")
    ours, theirs = results
    assert (ours.out, ours.status, either_end(ours.err)) == (theirs.out, theirs.status, either_end(theirs.err))


def test_killed_connection(client, peer, server):
    for words, stdin in ((["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"], b""),
                         ([], b"CLIENT KILL TYPE normal SKIPME no\nPING\nPING\n")):
        same(client, peer, [*address(server), *words], server, stdin=stdin, setup=[])
