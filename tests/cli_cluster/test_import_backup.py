"""import from a standalone server; backup into a folder."""

import json
import os
import re
import shutil
import subprocess

import pytest

from lib.ports import free_ports
from lib.server import Server


@pytest.fixture
def source(server, tmp_path):
    """Starts standalone servers."""
    started = []

    def start(*options):
        started.append(Server(server, free_ports(1), tmp_path / str(len(started)), ["--save", "", *options]))
        return started[-1].start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="module")
def pair(twins):
    return twins()


@pytest.fixture(autouse=True)
def empty(pair):
    pair.each(lambda nodes: [server.call("FLUSHALL") for server in nodes.servers])


def run_import(pair, sources, *options):
    """Both import, each from its source; ours, with keys in order, because SCAN has none."""
    results = []
    for cli, nodes, source in zip(pair.clis, pair.clusters, sources):
        done = cli.run("--cluster", "import", nodes.address(0), "--cluster-from", f"127.0.0.1:{source.port}", *options)
        text = nodes.normal(done.output).replace(f"127.0.0.1:{source.port}", "<source>")
        head, keys = re.split(r"(?<=from DB 0\n)", text) if "from DB 0\n" in text else (text, "")
        errors = done.errors.replace(f"127.0.0.1:{source.port}", "<source>")
        # The check in front lists the nodes in the order of gossip.
        results.append((done.status, sorted(head.splitlines()), sorted(keys.splitlines()), errors))
    assert results[0] == results[1]
    return results[0]


def fill(servers, count=50):
    for one in servers:
        for n in range(count):
            one.call("SET", f"key {n}", f"value {n}")
        one.call("RPUSH", "a list", 1, 2, 3)


def test_all_keys(pair, source):
    sources = [source(), source()]
    fill(sources)
    status, head, keys, _ = run_import(pair, sources)
    assert status == 0
    assert "*** Importing 51 keys from DB 0" in head
    assert len(keys) == 51 and all(re.match(r"Migrating .+ to <node \d>: OK$", line) for line in keys)
    assert [one.call("DBSIZE") for one in sources] == [0, 0]
    assert pair.each(lambda nodes: sum(nodes.key_counts())) == [51, 51]


def test_more_keys_than_one_page(pair, source):
    sources = [source(), source()]
    fill(sources, 2500)
    assert run_import(pair, sources)[0] == 0
    assert pair.each(lambda nodes: sum(nodes.key_counts())) == [2501, 2501]


def test_copy_keeps_them(pair, source):
    sources = [source(), source()]
    fill(sources)
    assert run_import(pair, sources, "--cluster-copy")[0] == 0
    assert [one.call("DBSIZE") for one in sources] == [51, 51]
    assert run_import(pair, sources, "--cluster-copy", "--cluster-replace")[0] == 0
    assert run_import(pair, sources, "--cluster-replace")[0] == 0
    assert pair.each(lambda nodes: sum(nodes.key_counts())) == [51, 51]


def test_key_in_the_way(pair, source):
    sources = [source(), source()]
    for one in sources:
        one.call("SET", "key", "theirs")
    pair.each(lambda nodes: nodes.fill(["key"], "ours"))
    status, _, keys, _ = run_import(pair, sources)
    assert status == 1
    assert any("BUSYKEY" in line for line in keys)


def test_source_with_a_password(pair, source):
    sources = [source(), source()]
    fill(sources)
    for one in sources:
        one.call("ACL", "SETUSER", "joe", "on", ">secret", "~*", "&*", "+@all")
        one.call("CONFIG", "SET", "requirepass", "other")
    assert run_import(pair, sources)[0] == 1
    assert run_import(pair, sources, "--cluster-from-pass", "wrong")[3] == (
        "AUTH failed: WRONGPASS invalid username-password pair or user is disabled.\n")
    status = run_import(pair, sources, "--cluster-from-user", "joe", "--cluster-from-pass", "secret")[0]
    assert status == 0


def test_source_is_a_cluster_node(pair):
    nodes = pair.clusters[0]
    done = pair.clis[0].run("--cluster", "import", nodes.address(0), "--cluster-from", nodes.address(1))
    assert done.status == 1
    assert done.output.endswith("[ERR] The source node should not be a cluster node.\n")


def test_backup(pair, tmp_path):
    pair.each(lambda nodes: nodes.fill([f"key:{n}" for n in range(200)]))
    folders = [tmp_path / "ours", tmp_path / "theirs"]
    shown = []
    for cli, nodes, folder in zip(pair.clis, pair.clusters, folders):
        folder.mkdir()
        done = cli.run("--cluster", "backup", nodes.address(0), str(folder))
        assert done.status == 0, done.output + done.errors
        assert done.output.endswith(f"[OK] Backup created into: {folder}\n")
        with open(folder / "nodes.json", encoding="utf-8") as file:
            described = sorted(json.load(file), key=lambda node: node["port"])
        for at, node in enumerate(described):
            rdb = folder / f"redis-node-127.0.0.1-{nodes[at].port}-{nodes.id(at)}.rdb"
            assert subprocess.run([shutil.which("redis-check-rdb"), rdb], check=False).returncode == 0
            assert node.pop("name") == nodes.id(at)
            assert node.pop("port") == nodes[at].port
        shown.append((described, sorted(nodes.normal(done.output).replace(str(folder), "<folder>").splitlines())))
        assert sorted(os.listdir(folder)) == sorted(
            ["nodes.json", *(f"redis-node-127.0.0.1-{nodes[at].port}-{nodes.id(at)}.rdb" for at in range(3))])
    assert shown[0] == shown[1]


def test_backup_with_open_slots(pair, tmp_path):
    texts = []
    for cli, nodes in zip(pair.clis, pair.clusters):
        source, target = nodes.owner(5), nodes.owner(16000)
        nodes[target].call("CLUSTER", "SETSLOT", 5, "IMPORTING", nodes.id(source))
        nodes[source].call("CLUSTER", "SETSLOT", 5, "MIGRATING", nodes.id(target))
        done = cli.run("--cluster", "backup", nodes.address(0), str(tmp_path) + "/")
        for at in (source, target):
            nodes[at].call("CLUSTER", "SETSLOT", 5, "STABLE")
        assert done.status == 0
        assert "*** Cluster seems to have some problems" in done.output
        with open(tmp_path / "nodes.json", encoding="utf-8") as file:
            text = nodes.normal(file.read())
        for server in nodes.servers:
            text = text.replace(str(server.port), f"<port {server.port - nodes[0].port}>")
        texts.append(sorted(re.findall(r"(?s)  \{\n.*?\n  \}", text)))
    assert texts[0] == texts[1]
    assert '"migrating": {"5": "<id 2>"}' in "".join(texts[0])


def test_backup_into_nowhere(pair, tmp_path):
    nodes = pair.clusters[0]
    done = pair.clis[0].run("--cluster", "backup", nodes.address(0), str(tmp_path / "missing"))
    assert done.status == 1
    assert re.search(r"Error opening '.*missing/redis-node-.*\.rdb': No such file or directory\n", done.errors)
