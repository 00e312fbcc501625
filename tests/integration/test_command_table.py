"""COMMAND, asked of ours and of redis-server: every command that both know is described in the same way.

The peer is of 7.0 and ours speaks 7.2. What 7.2 changed stands in a list below, each with its reason; everything else
must agree.
"""

import shutil

import pytest

from lib.ports import free_ports
from lib.resp import Connection, ErrorReply
from lib.server import Server

# (command, field): why ours, being 7.2, says something else than 7.0.
SCRIPTS_MAY_BLOCK = "scripts may call it; it answers as if nothing came in time"
WHILE_LOADING = "answered while data is loaded"
ALSO_WITHOUT_ARGUMENTS = "asks for the keys of commands that may come without arguments"
NEW_TIP = "proxies are told more exactly how to route it"
WITH_SCORE = "WITHSCORE"
CHANGED_IN_7_2 = {
    ("blmove", "flags"): SCRIPTS_MAY_BLOCK,
    ("blpop", "flags"): SCRIPTS_MAY_BLOCK,
    ("brpop", "flags"): SCRIPTS_MAY_BLOCK,
    ("brpoplpush", "flags"): SCRIPTS_MAY_BLOCK,
    ("bzpopmax", "flags"): SCRIPTS_MAY_BLOCK,
    ("bzpopmin", "flags"): SCRIPTS_MAY_BLOCK,
    ("wait", "flags"): SCRIPTS_MAY_BLOCK,
    ("cluster|shards", "flags"): WHILE_LOADING,
    ("cluster|slots", "flags"): WHILE_LOADING,
    ("command|getkeys", "arity"): ALSO_WITHOUT_ARGUMENTS,
    ("command|getkeysandflags", "arity"): ALSO_WITHOUT_ARGUMENTS,
    ("acl|deluser", "tips"): NEW_TIP,
    ("acl|save", "tips"): NEW_TIP,
    ("acl|setuser", "tips"): NEW_TIP,
    ("client|setname", "tips"): NEW_TIP,
    ("config|resetstat", "tips"): NEW_TIP,
    ("config|rewrite", "tips"): NEW_TIP,
    ("latency|reset", "tips"): NEW_TIP,
    ("msetnx", "tips"): NEW_TIP,
    ("randomkey", "tips"): NEW_TIP,
    ("scan", "tips"): NEW_TIP,
    ("zrank", "arity"): WITH_SCORE,
    ("zrevrank", "arity"): WITH_SCORE,
}

KEYS_OF_A_CALL = "says what follows it"
EMPTY_KEY = "writes the empty key in quotes, and each way to log in as a choice and no option"
DEPRECATED = "named as deprecated"
NAMED_CHOICE = "names the words that may stand there"
MAY_BE_NONE = "says that none need be given"
ONE_OF_BOTH = "says that only one of both may be given"
ITS_TOKEN = "says by which word it is introduced"
DOCS_CHANGED_IN_7_2 = {
    ("bitop", "arguments"): NAMED_CHOICE,
    ("client|kill", "arguments"): NAMED_CHOICE,
    ("xinfo|stream", "arguments"): NAMED_CHOICE,
    ("client|list", "arguments"): ITS_TOKEN,
    ("module|loadex", "arguments"): ITS_TOKEN,
    ("client|pause", "since"): "counts from the release, not from its previews",
    ("geohash", "arguments"): MAY_BE_NONE,
    ("geopos", "arguments"): MAY_BE_NONE,
    ("pfmerge", "arguments"): MAY_BE_NONE,
    ("georadius", "arguments"): ONE_OF_BOTH,
    ("georadiusbymember", "arguments"): ONE_OF_BOTH,
    ("command|getkeys", "arguments"): KEYS_OF_A_CALL,
    ("command|getkeysandflags", "arguments"): KEYS_OF_A_CALL,
    ("migrate", "arguments"): EMPTY_KEY,
    ("zrank", "arguments"): WITH_SCORE,
    ("zrevrank", "arguments"): WITH_SCORE,
    **{(name, field): DEPRECATED
       for name in ("psetex", "quit", "setex", "setnx") for field in ("deprecated_since", "doc_flags")},
}

INFO_FIELDS = ["name", "arity", "flags", "first key", "last key", "step", "categories", "tips", "key specs"]


@pytest.fixture(scope="module")
def links(request, server_binary, tmp_path_factory):
    """Connections to ours and to redis-server, in RESP2."""
    peer_binary = shutil.which(request.config.getoption("--peer-server"))
    assert peer_binary, "there is no redis-server to compare with"
    servers = [Server(binary, free_ports(1), tmp_path_factory.mktemp(name))
               for name, binary in (("ours", server_binary), ("peer", peer_binary))]
    try:
        yield [Connection("127.0.0.1", server.start().port) for server in servers]
    finally:
        for server in servers:
            server.kill()


def text(value):
    if isinstance(value, bytes):
        return value.decode()
    return [text(item) for item in value] if isinstance(value, list) else value


def as_map(flat):
    return dict(zip(flat[::2], flat[1::2]))


def key_specs(specs):
    """Sets and maps made comparable; notes are words, not facts."""
    result = []
    for spec in map(as_map, specs):
        halves = [as_map(spec[half]) for half in ("begin_search", "find_keys")]
        result.append((sorted(spec["flags"]), [(half["type"], as_map(half["spec"])) for half in halves]))
    return result


def described(entries):
    """Commands and subcommands by name, each as a dict of its fields."""
    result = {}
    for entry in entries:
        fields = dict(zip(INFO_FIELDS, entry))
        for name in ("flags", "categories", "tips"):
            fields[name] = sorted(fields[name])
        fields["key specs"] = key_specs(fields["key specs"])
        result[entry[0]] = fields
        result.update(described(entry[9]))
    return result


def differences(ours, peer):
    return {(name, field): (ours[name][field], peer[name][field])
            for name in sorted(ours.keys() & peer.keys()) for field in peer[name]
            if ours[name].get(field) != peer[name][field]}


def explain(found, allowed):
    unexplained = [f"{name}: {field}: ours {ours!r}, peer {peer!r}"
                   for (name, field), (ours, peer) in found.items() if (name, field) not in allowed]
    assert not unexplained, "\n".join(unexplained)
    assert not allowed.keys() - found.keys(), "listed as different, and the same"


def test_info_agrees(links):
    ours, peer = (described(text(link.call("COMMAND"))) for link in links)
    assert len(ours.keys() & peer.keys()) > 200
    explain(differences(ours, peer), CHANGED_IN_7_2)


def arguments(items):
    """What can be typed, as a tree. Names are left out: 7.2 has given new ones to groups."""
    result = []
    for item in map(as_map, items):
        parts = arguments(item.get("arguments", []))
        if len(parts) == 1:  # a group of one, of which 7.0 has some
            parts[0][1].extend(item.get("flags", []))
            result += parts
            continue
        fields = [item.get(name) for name in ("type", "token", "key_spec_index")]
        result.append((fields, sorted(item.get("flags", [])), parts))
    return result


def documented(reply):
    """Commands and subcommands by name, each with what is a fact and not somebody's words."""
    result = {}
    for name, docs in as_map(reply).items():
        docs = as_map(docs)
        result[name] = {field: docs.get(field) for field in ("since", "group", "deprecated_since")}
        result[name]["doc_flags"] = sorted(docs.get("doc_flags", []))
        result[name]["arguments"] = arguments(docs.get("arguments", []))
        result.update(documented(docs.get("subcommands", [])))
    return result


def test_docs_agree(links):
    ours, peer = (documented(text(link.call("COMMAND", "DOCS"))) for link in links)
    assert len(ours.keys() & peer.keys()) > 200
    explain(differences(ours, peer), DOCS_CHANGED_IN_7_2)


def test_docs_say_something_of_every_command(links):
    def look(reply):
        for name, docs in as_map(reply).items():
            docs = as_map(docs)
            assert docs.get("summary"), name
            look(docs.get("subcommands", []))
    look(text(links[0].call("COMMAND", "DOCS")))


def answer(link, words):
    try:
        return text(link.call(*words))
    except ErrorReply as error:
        return f"-{error}"


@pytest.mark.parametrize("call", [
    "INFO get nothing config|get config|nothing nothing|get",
    "INFO get|x GET Set",
    "LIST FILTERBY ACLCAT hash",
    "LIST FILTERBY ACLCAT nothing",
    "LIST FILTERBY MODULE nothing",
    "LIST FILTERBY PATTERN hs*",
    "LIST FILTERBY PATTERN config*",
    "LIST FILTERBY PATTERN",
    "LIST FILTERBY nothing x",
    "LIST nothing",
    "DOCS nothing",
    "NOTHING",
    "COUNT x",
    "GETKEYS",
    "GETKEYS GET a",
    "GETKEYS GET a b",
    "GETKEYS NOTHING a",
    "GETKEYS CONFIG GET a",
    "GETKEYS OBJECT ENCODING a",
    "GETKEYS OBJECT nothing a",
    "GETKEYS PING x",
    "GETKEYS SPUBLISH channel x",
    "GETKEYS MSET a 1 b 2",
    "GETKEYS MSETNX a 1 b",
    "GETKEYS ZINTERSTORE out 2 a b WEIGHTS 1 2",
    "GETKEYS ZINTERSTORE out 3 a b",
    "GETKEYS ZINTERSTORE out x a b",
    "GETKEYS ZUNION 1 a",
    "GETKEYS LMPOP 2 a b LEFT",
    "GETKEYS BLMPOP 0 2 a b LEFT",
    "GETKEYS SINTERCARD 2 a b LIMIT 1",
    "GETKEYS MIGRATE host 1 a 0 10 COPY",
    "GETKEYS MIGRATE host 1 '' 0 10 KEYS a b",
    "GETKEYS MIGRATE host 1 '' 0 10 AUTH2 keys keys KEYS a",
    "GETKEYS MEMORY USAGE a",
    "GETKEYSANDFLAGS SET a 1",
    "GETKEYSANDFLAGS SET a 1 GET EX 5",
    "GETKEYSANDFLAGS SET a 1 EX 5 NX",
    "GETKEYSANDFLAGS LMOVE a b LEFT RIGHT",
    "GETKEYSANDFLAGS COPY a b",
    "GETKEYSANDFLAGS RENAME a b",
    "GETKEYSANDFLAGS MSET a 1 b 2",
    "GETKEYSANDFLAGS MIGRATE host 1 '' 0 10 KEYS a b",
    "GETKEYSANDFLAGS ZDIFFSTORE out 2 a b",
])
def test_answers_agree(links, call):
    words = ["" if word == "''" else word for word in call.split()]
    ours, peer = (answer(link, ["COMMAND", *words]) for link in links)
    if words[0] == "LIST" and isinstance(peer, list):
        ours, peer = sorted(ours), sorted(peer)
    elif words[0] == "INFO":
        ours, peer = ([entry and entry[0] for entry in entries] for entries in (ours, peer))
    elif words[0] == "GETKEYSANDFLAGS" and isinstance(peer, list):
        ours, peer = ([(key, sorted(flags)) for key, flags in entries] for entries in (ours, peer))
    assert ours == peer


def test_getkeys_of_a_command_without_arguments(links):
    assert answer(links[0], ["COMMAND", "GETKEYS", "GET"]) == "-ERR Invalid number of arguments specified for command"


def test_count_is_that_of_the_list(links):
    names = text(links[0].call("COMMAND", "LIST"))
    assert links[0].call("COMMAND", "COUNT") == len([name for name in names if "|" not in name])
    assert len(links[0].call("COMMAND", "INFO")) == links[0].call("COMMAND", "COUNT")


def test_removed_commands_are_gone(server_binary, tmp_path):
    server = Server(server_binary, free_ports(1), tmp_path, ["--rename-command", "getset", ""])
    server.start()
    try:
        with Connection("127.0.0.1", server.port) as link:
            assert "getset" not in text(link.call("COMMAND", "LIST"))
            assert link.call("COMMAND", "INFO", "getset") == [None]
    finally:
        server.kill()
