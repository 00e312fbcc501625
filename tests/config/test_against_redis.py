"""Our configuration and that of redis-server 7.0, asked the same things side by side.

What may differ is written down here; anything else is a failure. docs/configuration.md explains the differences.
"""

import re

import pytest

from .conftest import Refused

pytestmark = pytest.mark.fast

# Directives that one side lacks.
NEWER_THAN_7_0 = {"cluster-announce-human-nodename", "locale-collate", "set-max-listpack-entries",
                  "set-max-listpack-value"}
HIDDEN_AND_NEWER_THAN_7_0 = {"cluster-ping-interval"}
OURS_ONLY = {"rdb-version"}
# 7.0 shows it to patterns, 7.2 only by its name.
HIDDEN_SINCE_7_2 = {"aof-disable-auto-gc"}
# Of the environment: the directory, how the peer is reached, and how many workers run.
OF_THE_START = {"dir", "port", "unixsocket", "io-threads"}


def test_defaults_are_those_of_redis(start):
    ours, peer = start("ours").get("*"), start("peer").get("*")
    assert set(ours) - set(peer) == NEWER_THAN_7_0 | OURS_ONLY
    assert set(peer) - set(ours) == HIDDEN_SINCE_7_2
    differences = {name: (ours[name], peer[name]) for name in set(ours) & set(peer) - OF_THE_START
                   if ours[name] != peer[name]}
    assert differences == {}
    assert ours["port"] == "6379"


def test_hidden_directives_have_redis_defaults(start):
    ours, peer = start("ours"), start("peer")
    hidden = [name for name, _, _, is_hidden in ours.ask("TABLE") if is_hidden]
    assert len(hidden) == 7
    for name in hidden:
        assert ours.get(name) == ({name: "0"} if name in HIDDEN_AND_NEWER_THAN_7_0 else peer.get(name)), name
        assert ours.get(f"{name[:-1]}*") == {}, name


PATTERNS = [
    ["maxmemory"], ["MaxMemory", "maxmemory"], ["maxmemory", "maxmemory*", "bind", "*of"], ["MAX*MEM*"], ["nope"],
    ["slave*"], ["*ziplist*"], ["[tT]imeout"], ["time\\out"], ["?imeout"], ["key-load-delay"], ["key-load*"], [""],
]


@pytest.mark.parametrize("patterns", PATTERNS, ids=" ".join)
def test_get_answers_as_redis(start, our_side, patterns):
    ours, peer = start(our_side, ["--bind", "127.0.0.1"]), start("peer", ["--bind", "127.0.0.1"])
    assert ours.get(*patterns) == peer.get(*patterns)


# CONFIG SET: what is asked, and whether both must answer the same error. Each row is a request of its own.
REQUESTS = [
    ["maxmemory", "100mb"], ["maxmemory", "1k"], ["maxmemory", "1KB"], ["maxmemory", "3Gb"], ["maxmemory", "12b"],
    ["maxmemory", "-1"], ["maxmemory", "1tb"], ["maxmemory", "1.5gb"], ["maxmemory-clients", "5%"],
    ["maxmemory-clients", "101%"], ["maxmemory-clients", "-5%"], ["maxmemory-clients", "%"],
    ["maxmemory-clients", "7mb"],
    ["proto-max-bulk-len", "1"], ["client-query-buffer-limit", "2mb"], ["repl-backlog-size", "0"],
    ["repl-backlog-size", "9223372036854775807"],
    ["timeout", "5"], ["timeout", "05"], ["timeout", "+5"], ["timeout", "5 "], ["timeout", "2147483648"],
    ["timeout", "-1"],
    ["timeout", ""], ["list-max-ziplist-size", "-5"], ["list-max-listpack-size", "128"],
    ["slowlog-log-slower-than", "-1"],
    ["slowlog-log-slower-than", "-2"], ["maxclients", "0"], ["active-expire-effort", "11"], ["hz", "1000"], ["hz", "0"],
    ["maxmemory-eviction-tenacity", "101"], ["port", "70000"], ["replica-announce-port", "-1"],
    ["appendfsync", "always"], ["appendfsync", "ALWAYS"], ["appendfsync", "sometimes"],
    ["maxmemory-policy", "allkeys-lfu"], ["maxmemory-policy", "lru"], ["oom-score-adj", "perhaps"],
    ["repl-diskless-load", "swapdb"], ["sanitize-dump-payload", "clients"], ["acl-pubsub-default", "allchannels"],
    ["cluster-preferred-endpoint-type", "unknown-endpoint"], ["propagation-error-behavior", "panic"],
    ["protected-mode", "NO"], ["protected-mode", "false"], ["rdbcompression", "no", "rdbcompression", "yes"],
    ["save", "900 1 300 10"], ["save", ""], ["save", "900"], ["save", "900 1  300 10"], ["save", "900 1 "],
    ["save", "0 1"],
    ["save", "1 -1"], ["save", "x 1"], ["save", "09 010"],
    ["shutdown-on-sigint", "force nosave now"], ["shutdown-on-sigterm", "save nosave"],
    ["shutdown-on-sigterm", "later"],
    ["shutdown-on-sigterm", ""], ["shutdown-on-sigterm", "default now"],
    ["client-output-buffer-limit", "normal 1mb 1kb 5"], ["client-output-buffer-limit", "slave 1 2 3 pubsub 4 5 6"],
    ["client-output-buffer-limit", "replica 5k 6k 7"], ["client-output-buffer-limit", "normal 1 2"],
    ["client-output-buffer-limit", "master 1 2 3"], ["client-output-buffer-limit", "normal x 2 3"],
    ["client-output-buffer-limit", "normal 1 2 -3"], ["client-output-buffer-limit", ""],
    ["notify-keyspace-events", "KEA"], ["notify-keyspace-events", "g$lshzxetd"], ["notify-keyspace-events", "Kmn"],
    ["notify-keyspace-events", "q"], ["notify-keyspace-events", ""], ["notify-keyspace-events", "KK$$"],
    ["latency-tracking-info-percentiles", "0.01 50 99.999"], ["latency-tracking-info-percentiles", ""],
    ["latency-tracking-info-percentiles", "101"], ["latency-tracking-info-percentiles", "a"],
    ["latency-tracking-info-percentiles", "1e1 0x10"], ["latency-tracking-info-percentiles", "nan"],
    ["oom-score-adj-values", "1 2 3 4"], ["oom-score-adj-values", "0 200 2001"], ["oom-score-adj-values", "a b c"],
    ["bind-source-addr", "127.0.0.1"], ["bind", " ".join(["127.0.0.1"] * 17)],
    ["requirepass", "pass word"], ["masterauth", "x\ty\"z"], ["masteruser", "joe"],
    ["cluster-announce-hostname", "a.b-c"], ["cluster-announce-hostname", "a_b"],
    ["cluster-announce-hostname", "a" * 255],
    ["cluster-announce-hostname", "a" * 256], ["cluster-announce-ip", "10.0.0.1"],
    ["cluster-announce-bus-port", "65536"],
    ["proc-title-template", "x {title} {listen-addr} {server-mode} {port} {tls-port} {unixsocket} {config-file}"],
    ["proc-title-template", "{invalid-var}"], ["proc-title-template", ""], ["proc-title-template", "{{literal"],
    ["proc-title-template", "{"], ["ignore-warnings", "ARM64-COW-BUG"],
    ["daemonize", "yes"], ["replicaof", "127.0.0.1 1"], ["slaveof", "no one"], ["databases", "4"],
    ["unixsocketperm", "700"],
    ["io-threads", "2"], ["server_cpulist", "0"],
    ["dir", "/tmp"], ["dbfilename", "x.rdb"], ["nope", "1"], ["maxmemory", "1", "nope", "1"],
    ["nope", "1", "daemonize", "x"],
    ["daemonize", "x", "nope", "1"], ["maxmemory", "1gb", "timeout", "x", "hz", "y"], ["timeout", "1", "TIMEOUT", "2"],
    ["slave-priority", "1", "replica-priority", "2"], ["slave-priority", "x"], ["SLAVE-priority", "-1"],
    ["hash-max-ziplist-entries", "3"], ["hash-max-ziplist-value", "1kb"], ["stream-node-max-bytes", "4k"],
    ["lua-time-limit", "7"], ["min-slaves-max-lag", "1"], ["tls-session-cache-size", "5"],
]


def value_parts(request):
    return [request[i] for i in range(0, len(request), 2)]


def test_set_answers_as_redis(start, our_side):
    ours, peer = start(our_side, file=""), start("peer", file="")
    for request in REQUESTS:
        answers = ours.set(*request), peer.set(*request)
        assert answers[0] == answers[1], request
        names = [name for name in value_parts(request) if name not in OF_THE_START]
        if names:
            assert ours.get(*names) == peer.get(*names), request


# What we refuse or take where Redis 7.0 does otherwise.
KNOWN_DIFFERENCES = [
    (["maxmemory", ""], "argument must be a memory value", "OK"),
    (["maxmemory", "kb"], "argument must be a memory value", "OK"),
    (["maxmemory", "99999999999gb"], "argument must be a memory value", "OK"),
    (["bind", "127.0.0.1\n::1"], "Invalid bind address '127.0.0.1\n::1'", "OK"),
    (["cluster-announce-ip", "a b"], "Announced address contained invalid character", "OK"),
    (["tls-cluster", "yes"], "TLS is not supported: tls-cluster can only be no",
     "Unable to update TLS configuration. Check server logs."),
]


@pytest.mark.parametrize("request_, our_answer, peer_answer", KNOWN_DIFFERENCES, ids=lambda value: str(value)[:30])
def test_known_differences_still_differ(start, our_side, request_, our_answer, peer_answer):
    for side, expected in ((our_side, our_answer), ("peer", peer_answer)):
        answer = start(side).set(*request_)
        assert answer.split(" - ")[-1].replace("\r", "").replace("\n", " ") == expected.replace("\n", " "), side


# Starts that are refused: a file, the options, or both.
REFUSED_FILES = [
    "nonsense 1", "\n\nport", "port 1 2", "timeout x", "timeout 5\nport \"1", "save 1", "save \"a b\"", "appendonly maybe",
    "maxmemory 1x", "unixsocketperm 999", "unixsocketperm 1000", "dir /none/at/all", "dbfilename a/b", "appendfilename ''",
    "appenddirname a/b", "replicaof x", "replicaof x y", "slaveof x 70000", "rename-command nope x",
    "rename-command get set", "include", "include a b", "user", "sentinel monitor a b 1 2", "a.b",
    "cluster-enabled yes\nreplicaof 127.0.0.1 1", "logfile /none/log", "shutdown-on-sigint save nosave",
    "client-output-buffer-limit normal 1 2", "oom-score-adj-values 1", "bind " + "1 " * 17, "databases 0",
    "cluster-announce-hostname a_b", "proc-title-template {x}", "maxclients 4294967296", "notify-keyspace-events !",
    "  TIMEOUT   -1   # no comment here",
]
REFUSED_OPTIONS = [
    ["--invalid"], ["--timeout"], ["--timeout", "6380", "--loglevel"], ["--timeout", "6379", "6380"],
    ["--timeout", "--loglevel", "verbose"], ["--timeout", "--bla", "--loglevel", "verbose"],
    ["--logfile", "--my--log--file", "--appendfsync", "--bla"], ["--shutdown-on-sigint"],
    ["--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"], ["--replicaof", "127.0.0.1", "abc"],
    ["--replicaof", "--127.0.0.1", "abc"], ["--replicaof", "--127.0.0.1", "--abc"], ["-p", "1"], ["--timeout 5 6"],
    ["--timeout", "1", "\"x"], ["--requirepass", "a\nb", "c"],
]


def refusal(start, side, **given):
    with pytest.raises(Refused) as caught:
        start(side, **given)
    assert caught.value.status == 1
    text = re.sub(r"\(Redis [0-9.]+\)", "(Redis)", caught.value.text)
    text = re.sub(r"^\d+:[A-Z] .* [.*#-] ", "", text, flags=re.MULTILINE)
    return text


@pytest.mark.parametrize("text", REFUSED_FILES)
def test_refused_files_have_redis_text(start, our_side, text):
    ours = refusal(start, our_side, file=text)
    # The probe has no options of its own; the peer has its unix socket's. Neither stands before the file.
    assert refusal(start, "peer", file=text).strip() == ours.strip()
    assert ours


@pytest.mark.parametrize("options", REFUSED_OPTIONS, ids=" ".join)
def test_refused_options_have_redis_text(start, our_side, options):
    # A last option without a value would take the peer's own next one; it is complete with this one.
    ours = refusal(start, our_side, arguments=options + ["--port", "0"])
    peer = refusal(start, "peer", arguments=options + ["--port", "0"])
    assert ours.strip() == peer.strip()


def test_a_missing_file_has_redis_text(start):
    for given in ({"file": "include /none/at/all.conf"}, {"arguments": ["none.conf"]}):
        ours, peer = refusal(start, "ours", **given), refusal(start, "peer", **given)
        directory = re.compile(r"'/.*/")
        assert "can't open config file '/" in ours
        assert directory.sub("'", ours).strip() == directory.sub("'", peer).strip()


ACCEPTED = [
    # file, options, names to compare
    ("save 900 1\n", ["--save", "100", "100"], ["save"]),
    ("save 900 1\n", ["--save", ""], ["save"]),
    ("save 900 1\nsave ''\n", ["--save", "5", "5"], ["save"]),
    (None, ["--save", "--loglevel", "verbose"], ["save", "loglevel"]),
    (None, ["--loglevel", "verbose", "--save"], ["save", "loglevel"]),
    (None, ["--maxmemory 700mb", "--maxmemory-policy 'volatile-lru'"], ["maxmemory", "maxmemory-policy"]),
    ("", ["loglevel", "verbose", "--maxmemory", "1gb"], ["loglevel", "maxmemory"]),
    (None, ["--proc-title-template", "--my--title--template", "--loglevel", "verbose"], ["proc-title-template", "loglevel"]),
    (None, ["--proc-title-template --my--title--template", "--loglevel verbose"], ["proc-title-template", "loglevel"]),
    (None, ["--proc-title-template", "--save", "--save", "", "--loglevel", "verbose"], ["proc-title-template", "save"]),
    (None, ["--shutdown-on-sigint", "nosave", "force", "now", "--shutdown-on-sigterm", "nosave force"], ["shutdown-on-*"]),
    (None, ["--requirepass", "a b\"c\\n", "--masterauth", "\n\x01"], ["requirepass", "masterauth"]),
    (None, ["--client-output-buffer-limit", "normal", "1", "2", "3", "--client-output-buffer-limit", "pubsub 1mb 2mb 3"],
     ["client-output-buffer-limit"]),
    ("requirepass 'it''s'\n" .replace("''", "\\'"), [], ["requirepass"]),
    ("requirepass \"\\x41\\t\\\\\"\nTIMEOUT 7\n\ttcp-keepalive 8  \n", [], ["requirepass", "timeout", "tcp-keepalive"]),
    ("hash-max-listpack-entries 20\nhash-max-ziplist-entries 21\n", [], ["hash-max-*-entries"]),
    ("list-max-ziplist-entries 1\nlua-replicate-commands no\n", [], ["list-max*"]),
    ("hz 1000\nlatency-tracking-info-percentiles\nunixsocketperm 0700\nbind 127.0.0.1 -::1\n", [],
     ["hz", "latency-tracking-info-percentiles", "unixsocketperm", "bind"]),
    ("include extra-*.conf\nsave 1 1 2 2", [], ["save"]),
]


@pytest.mark.parametrize("text, options, names", ACCEPTED)
def test_accepted_starts_mean_the_same(start, our_side, text, options, names):
    password = start("ours", options, file=text).get("requirepass")["requirepass"]
    ours = start(our_side, options, file=text, password=password).get(*names)
    assert ours
    assert ours == start("peer", options, file=text, password=password).get(*names)


def test_standard_input_comes_between_file_and_options(start):
    """Only ours: the peer would need its standard input for it, and its behaviour is pinned in config_load_test.cc."""
    ours = start("ours", ["-", "--timeout", "3"], stdin="timeout 2\nmaxclients 9\n")
    assert ours.process.wait(30) == 0
    refused = start("ours", ["-"], stdin="timeout x\n")
    assert refused.process.wait(30) == 1
    assert "Reading the configuration file, at line 1\n>>> 'timeout x'" in refused.process.stderr.read()


REWRITES = [
    ("# head\ntimeout 5\n\n\n# tail\n", ["timeout", "6", "maxmemory", "2mb"]),
    ("slave-priority 5\ntimeout 1\ntimeout 2\n", ["maxclients", "100"]),
    ("hash-max-ziplist-entries 20\nhash-max-listpack-entries 21\n", ["hash-max-listpack-entries", "100"]),
    ("save 900 1\nsave 300 10\nsave 60 10000\n", ["save", "5 5"]),
    ("save 900 1\n", ["save", ""]),
    ("", ["requirepass", "a \"b\"\\\t", "masterauth", "x", "masteruser", "y"]),
    ("requirepass x\nmasterauth y\nlogfile ''\n", ["requirepass", "", "masterauth", ""]),
    ("bind 127.0.0.1 -::1\nrename-command flushall badger\n", ["timeout", "0"]),
    ("client-output-buffer-limit pubsub 1gb 3kb 9\n", ["client-output-buffer-limit", "slave 1mb 1000 7"]),
    ("maxmemory-clients 5%\n", ["shutdown-on-sigterm", "now nosave", "notify-keyspace-events", "KEx"]),
    ("oom-score-adj-values 1 2 3\n", ["latency-tracking-info-percentiles", "1 2.5"]),
    ("cluster-announce-hostname a.b\nappendfsync no\n", ["appendfsync", "always", "cluster-announce-hostname", ""]),
    ("databases 16\nmaxmemory 0\n", ["maxmemory-policy", "allkeys-lru"]),
]


def comparable(text):
    """The lines without those that only the peer's start needs, the users, and the order of what was appended."""
    kept, _, appended = text.partition("# Generated by CONFIG REWRITE\n")
    theirs = re.compile(r"^(port 0|unixsocket |user default |dir )")
    lines = [[line for line in part.splitlines() if line and not theirs.match(line)] for part in (kept, appended)]
    return lines[0], sorted(lines[1])


@pytest.mark.parametrize("text, request_", REWRITES)
def test_rewritten_files_are_redis_files(start, our_side, text, request_):
    written = []
    for side in (our_side, "peer"):
        one = start(side, file=text, password="x" if "requirepass x" in text else None)
        assert one.set(*request_) == "OK"
        assert one.rewrite() == "OK"
        written.append((one.directory / "test.conf").read_text())
    assert comparable(written[0]) == comparable(written[1])
    # Redis reads what we wrote, and means the same.
    again = start("peer", file=written[0], password=one.get("requirepass")["requirepass"])
    assert {name: again.get(name) for name in value_parts(request_)} == {
        name: one.get(name) for name in value_parts(request_)}


def test_redis_reads_our_file_of_everything(start):
    ours = start("ours", file="bind 127.0.0.1 -::1\n")
    assert ours.ask("REWRITE", "everything") == "OK"
    text = (ours.directory / "test.conf").read_text()
    unknown = re.compile(r"^(%s) .*\n" % "|".join(NEWER_THAN_7_0 | HIDDEN_AND_NEWER_THAN_7_0 | OURS_ONLY), re.MULTILINE)
    # 7.0 wants at least one I/O thread; 0 is our "as many as there are CPUs".
    peer = start("peer", file=unknown.sub("", text).replace("io-threads 0\n", "io-threads 1\n"))
    ours_values, peer_values = ours.get("*"), peer.get("*")
    for name in set(ours_values) & set(peer_values) - OF_THE_START:
        assert ours_values[name] == peer_values[name], name


def test_rewrite_without_a_file_has_redis_text(start, our_side):
    assert start(our_side).rewrite() == start("peer").rewrite() == "ERR The server is running without a config file"
