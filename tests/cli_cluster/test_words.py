"""What needs no cluster to change: help, wrong words, nodes that cannot be used, and looking at a cluster.

Both clients look at the same servers, so that their outputs must be equal to the byte.
"""

import socket
import threading

import pytest

from cli_cluster.twins import run_raw
from lib.ports import free_ports
from lib.programs import existing
from lib.server import Server


@pytest.fixture(scope="module")
def cluster(form):
    """Three primaries with a hundred keys, and three nodes beside it."""
    nodes = form(3, 6)
    nodes.fill([f"key:{n}" for n in range(100)])
    return nodes


@pytest.fixture(scope="module")
def alone(server, tmp_path_factory):
    """A server that is no cluster node."""
    one = Server(server, free_ports(1), tmp_path_factory.mktemp("alone"), ["--save", ""])
    one.start()
    yield one
    one.kill()


@pytest.fixture(scope="module")
def same(cli_binary):
    """Runs both clients and holds status, stdout and stderr against each other; returns ours."""
    peer = existing("redis-cli")

    def run_both(*words, text=None, term="dumb"):
        ours = run_raw(cli_binary, *words, text=text, term=term)
        assert ours == run_raw(peer, *words, text=text, term=term)
        return ours

    return run_both


def test_help(same):
    status, output, _ = same("--cluster", "help")
    assert status == 1
    assert "reshard" in output


@pytest.mark.parametrize("words", [
    ["nonsense"], ["create"], ["create", "127.0.0.1:1"], ["check"], ["info"], ["fix"], ["reshard"], ["rebalance"],
    ["add-node"], ["add-node", "127.0.0.1:1"], ["add-node", "a:1", "b:2", "c:3"], ["del-node", "a:1"], ["call"],
    ["call", "a:1"], ["set-timeout", "a:1"], ["import"], ["import", "a:1", "b"], ["backup", "a:1"],
], ids=" ".join)
def test_wrong_number_of_words(same, words):
    assert same("--cluster", *words)[0] == 1


@pytest.mark.parametrize("words", [
    ["check", "nothing"], ["check", "127.0.0.1", "port"], ["info", "nothing"], ["fix", "nothing"],
    ["reshard", "nothing"], ["rebalance", "nothing"], ["add-node", "a", "127.0.0.1:1"], ["add-node", "a:1", "b"],
    ["del-node", "nothing", "id"], ["call", "nothing", "PING"], ["set-timeout", "nothing", "1000"],
    ["set-timeout", "127.0.0.1:1", "99"], ["set-timeout", "127.0.0.1:1", "x"], ["import", "nothing"],
    ["import", "127.0.0.1:1"], ["import", "127.0.0.1:1", "--cluster-from", "nothing"], ["backup", "nothing", "/tmp"],
], ids=" ".join)
def test_words_that_are_no_address(same, words):
    assert same("--cluster", *words)[0] == 1


def test_create_with_a_word_that_is_no_address(same, cluster):
    assert same("--cluster", "create", "nothing", "127.0.0.1:1", "127.0.0.1:2") == (
        1, "", "Invalid address format: nothing\n")


@pytest.mark.parametrize("words", [
    ["create", "{closed}", "{closed}", "{closed}"], ["check", "{closed}"], ["info", "{closed}"], ["fix", "{closed}"],
    ["reshard", "{closed}"], ["rebalance", "{closed}"], ["add-node", "{closed}", "{node}"],
    ["add-node", "{node}", "{closed}"], ["del-node", "{closed}", "id"], ["call", "{closed}", "PING"],
    ["set-timeout", "{closed}", "1000"], ["backup", "{closed}", "/tmp"],
    ["import", "{node}", "--cluster-from", "{closed}"],
], ids=" ".join)
def test_nobody_listens(same, cluster, words):
    closed = f"127.0.0.1:{free_ports(1)}"
    status, output, errors = same(
        "--cluster", *(word.format(closed=closed, node=cluster.address(0)) for word in words))
    assert status == 1
    assert f"Could not connect to Redis at {closed}: Connection refused" in errors, output


@pytest.mark.parametrize("words", [
    ["create", "{alone}", "{node}", "{node}"], ["check", "{alone}"], ["info", "{alone}"], ["fix", "{alone}"],
    ["reshard", "{alone}"], ["rebalance", "{alone}"], ["add-node", "{alone}", "{node}"],
    ["add-node", "{node}", "{alone}"], ["del-node", "{alone}", "id"], ["call", "{alone}", "PING"],
    ["set-timeout", "{alone}", "1000"], ["import", "{alone}", "--cluster-from", "{alone}"],
    ["backup", "{alone}", "/tmp"],
], ids=" ".join)
def test_server_without_cluster_mode(same, cluster, alone, words):
    address = f"127.0.0.1:{alone.port}"
    status, output, _ = same(
        "--cluster", *(word.format(alone=address, node=cluster.address(0)) for word in words))
    assert status == 1
    assert f"[ERR] Node {address} is not configured as a cluster node.\n" in output


class Talker:
    """A server that answers every client with the same bytes, command by command."""

    def __init__(self, answers):
        self.answers = answers
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.play, daemon=True).start()

    def play(self):
        try:
            client, _ = self.listener.accept()
            with client:
                for answer in self.answers:
                    if not client.recv(65536):
                        break
                    client.sendall(answer)
        except OSError:
            pass  # the test is over


def bulk(text):
    return b"$%d\r\n%s\r\n" % (len(text), text.encode())


INFO = bulk("cluster_enabled:1\r\n")


@pytest.mark.parametrize("answers, told", [
    ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "[ERR] Node {address} "),
    ([b""], "[ERR] Node {address} Server closed the connection\n"),
    ([b":5\r\n"], "[ERR] Node {address} is not configured as a cluster node.\n"),
    ([INFO, b"-ERR no\r\n"], "Node {address} replied with error:\nERR no\n"),
    ([INFO, bulk("")], "Error: invalid CLUSTER NODES reply"),
    ([INFO, bulk("nonsense\n")], "Error: invalid CLUSTER NODES reply"),
    ([INFO, bulk("f" * 40 + " 127.0.0.1:1@2 myself,master - 0 0 1 connected 0-99999\n")],
     "Error: invalid CLUSTER NODES reply"),
    ([INFO, b"*1\r\n:1\r\n"], "Error: invalid CLUSTER NODES reply"),
    ([INFO, b"$99999999999\r\n"], "{address}"),
], ids=repr)
def test_peer_that_speaks_something_else(cli_binary, answers, told):
    """One clear line, and no trust in what it claims."""
    talker = Talker(answers)
    status, output, errors = run_raw(cli_binary, "--cluster", "check", talker.address)
    assert status == 1
    assert told.format(address=talker.address) in output + errors
    assert (output + errors).count("\n") <= 2
    talker.listener.close()


def test_nodes_that_are_not_empty(same, cluster):
    status, output, _ = same("--cluster", "create", *cluster.addresses(3))
    assert status == 1
    assert "is not empty" in output


def test_too_few_nodes(same, cluster):
    status, output, _ = same("--cluster", "create", cluster.address(3), cluster.address(4), cluster.address(5),
                             "--cluster-replicas", "1")
    assert status == 1
    assert "*** At least 6 nodes are required.\n" in output


def test_too_few_nodes_of_two(same, cluster):
    assert same("--cluster", "create", cluster.address(3), cluster.address(4))[0] == 1


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
@pytest.mark.parametrize("command", ["check", "info"])
def test_looking(same, cluster, command, term):
    status, output, _ = same("--cluster", command, cluster.address(0), term=term)
    assert status == 0
    assert "100 keys in 3 masters." in output
    assert ("\033[" in output) == (term != "dumb")
    assert same("--cluster", command, cluster[1].host, cluster[1].port)[0] == 0


def test_search_for_multiple_owners(same, cluster):
    status, output, _ = same("--cluster", "check", cluster.address(0), "--cluster-search-multiple-owners")
    assert status == 0
    assert output.endswith("[OK] No multiple owners found.\n")


@pytest.mark.parametrize("words", [
    ["PING"], ["ECHO", "two words"], ["GET", "key"], ["CLUSTER", "KEYSLOT", "a"], ["NONSENSE", "a"],
    ["CONFIG", "GET", "maxmemory*"], ["COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"],
], ids=" ".join)
def test_call(same, cluster, words):
    status, output, _ = same("--cluster", "call", cluster.address(0), *words)
    assert status == 0
    assert output.startswith(">>> Calling " + " ".join(words) + "\n")


def test_call_reads_its_last_word_from_stdin(same, cluster):
    output = same("-x", "--cluster", "call", cluster.address(0), "ECHO", text="from stdin")[1]
    assert output.count(": from stdin\n") == 3


def test_reshard_and_rebalance_with_wrong_words(same, cluster):
    first, unknown = cluster.id(0), "f" * 40
    words = [
        ["--cluster-from", "all", "--cluster-to", unknown, "--cluster-slots", "1"],
        ["--cluster-from", unknown, "--cluster-to", first, "--cluster-slots", "1"],
        ["--cluster-from", first, "--cluster-to", first, "--cluster-slots", "1"],
        ["--cluster-from", f"{unknown},{first}", "--cluster-to", first, "--cluster-slots", "1"],
    ]
    for options in words:
        assert same("--cluster", "reshard", cluster.address(0), *options)[0] == 1
    assert same("--cluster", "rebalance", cluster.address(0), "--cluster-weight", f"{unknown}=3")[0] == 1
    assert same("--cluster", "rebalance", cluster.address(0)) == (
        0, same("--cluster", "rebalance", cluster.address(0), "--cluster-threshold", "2.0")[1], "")


def test_wrong_node_ids(same, cluster):
    unknown = "f" * 40
    assert same("--cluster", "del-node", cluster.address(0), unknown)[0] == 1
    assert same("--cluster", "del-node", cluster.address(0), cluster.id(1))[0] == 1
    assert same("--cluster", "add-node", cluster.address(3), cluster.address(0), "--cluster-slave",
                "--cluster-master-id", unknown)[0] == 1
    assert same("--cluster", "add-node", cluster.address(1), cluster.address(0))[0] == 1


def test_open_slots(same, cluster):
    """Both clients must see and say the same of slots that are half way."""
    source, target = cluster.owner(5), cluster.owner(16000)
    cluster[target].call("CLUSTER", "SETSLOT", 5, "IMPORTING", cluster.id(source))
    cluster[source].call("CLUSTER", "SETSLOT", 5, "MIGRATING", cluster.id(target))
    try:
        status, output, _ = same("--cluster", "check", cluster.address(0))
        assert status == 1
        assert "[WARNING] The following slots are open: 5.\n" in output
        for command in ("reshard", "rebalance"):
            status, output, errors = same("--cluster", command, cluster.address(0))
            assert status == 1
            assert "*** Please fix your cluster problems before" in output + errors
        assert same("--cluster", "add-node", cluster.address(3), cluster.address(0))[0] == 1
    finally:
        cluster[source].call("CLUSTER", "SETSLOT", 5, "STABLE")
        cluster[target].call("CLUSTER", "SETSLOT", 5, "STABLE")


def test_environment_says_yes(cli_binary, cluster):
    """REDISCLI_CLUSTER_YES stands for --cluster-yes: no question is asked."""
    first, second = cluster.id(0), cluster.id(1)
    for source, target in ((first, second), (second, first)):
        status, output, errors = run_raw(
            cli_binary, "--cluster", "reshard", cluster.address(0), "--cluster-from", source, "--cluster-to", target,
            "--cluster-slots", "1", more={"REDISCLI_CLUSTER_YES": "1"})
        assert status == 0, output + errors
        assert "(yes/no)" not in output
