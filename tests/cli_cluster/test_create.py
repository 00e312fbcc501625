"""--cluster create: the plan, the question, the cluster that comes of it."""

import pytest

from cli_cluster.twins import Twins, run_raw
from lib.ports import free_ports
from lib.programs import existing
from lib.waiting import wait_until


@pytest.fixture
def pair(start, ours, theirs):
    """Twice as many nodes, for one client each."""
    def start_pair(count, **more):
        return Twins(ours, theirs, *(start(count, **more) for _ in range(2)))
    return start_pair


def roles(nodes):
    """The primary of each node, or None, and the slots of each, by position."""
    lines = nodes.lines()
    by_id = {line.id: at for at, line in lines.items()}
    return {at: (by_id.get(line.primary_id), line.slots) for at, line in lines.items()}


def test_three_hosts_with_two_nodes_each(pair):
    """Where the order of dealing gives a perfect layout there is no chance in it: all must be equal."""
    hosts = ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3"]
    twins = pair(6, hosts=hosts, each=lambda at: ["--cluster-announce-ip", hosts[at]])
    done = twins.run(lambda nodes: ["create", *nodes.addresses(), "--cluster-replicas", 1, "--cluster-yes"])
    assert done.status == 0
    assert done.errors == ""
    twins.wait_agreed(range(6))
    first, second = twins.each(roles)
    assert first == second
    for at, (primary, _) in first.items():
        assert primary is None or twins.clusters[0].hosts[at] != twins.clusters[0].hosts[primary]


def test_no_replicas(pair):
    twins = pair(4)
    done = twins.run(lambda nodes: ["create", *nodes.addresses(), "--cluster-yes"])
    assert "Master[3] -> Slots 12288 - 16383" in done.output
    assert "anti-affinity" not in done.output
    twins.wait_agreed(range(4))


def test_one_host_keeps_the_order_of_dealing(start, ours):
    """On one host no layout is better than another, so that the one of the walkthrough stays."""
    nodes = start(6)
    done = ours.run("--cluster", "create", *nodes.addresses(), "--cluster-replicas", 1, text="yes\n")
    assert done.status == 0, done.output
    nodes.wait_agreed(range(6))
    assert {at: primary for at, (primary, _) in roles(nodes).items()} == {0: None, 1: None, 2: None, 3: 2, 4: 0, 5: 1}
    assert "Adding replica {} to {}\n".format(nodes.address(4), nodes.address(0)) in done.output
    assert "[WARNING] Some slaves are in the same host as their master\n" in done.output


def test_replicas_that_are_left_over(pair):
    """Seven nodes with one replica each: the seventh is dealt out too. Only the lines before chance comes in compare."""
    twins = pair(7)
    outputs = []
    for cli, nodes in zip(twins.clis, twins.clusters):
        done = cli.run("--cluster", "create", *nodes.addresses(), "--cluster-replicas", 1, text="no\n")
        outputs.append(nodes.normal(done.output).split(">>> Trying to optimize")[0])
        assert done.status == 0
    assert outputs[0] == outputs[1]
    assert "Adding extra replicas...\n" in outputs[0]


@pytest.mark.parametrize("answer", ["no\n", "\n", "", "y\n"])
def test_anything_but_yes_changes_nothing(start, cli_binary, answer):
    nodes = start(3)
    words = ["--cluster", "create", *nodes.addresses()]
    ours = run_raw(cli_binary, *words, text=answer)
    assert ours == run_raw(existing("redis-cli"), *words, text=answer)
    assert ours[0] == 0
    assert ours[1].endswith("Can I set the above configuration? (type 'yes' to accept): ")
    assert all(nodes.lines(at).keys() == {at} and nodes.slots(at) == 0 for at in range(3))


def test_two_words_for_one_node(start, ours):
    nodes = start(3)
    done = ours.run("--cluster", "create", nodes.address(0), nodes.address(1), f"localhost:{nodes[0].port}",
                    "--cluster-yes")
    assert done.status == 1
    assert "are the same node" in done.output


def test_key_in_a_node(pair):
    twins = pair(3)
    twins.each(lambda nodes: nodes[1].call("CLUSTER", "ADDSLOTSRANGE", 0, 16383))
    twins.each(lambda nodes: wait_until(lambda: "cluster_state:ok" in nodes[1].call("CLUSTER", "INFO"), 30, "ok"))
    twins.each(lambda nodes: nodes[1].call("SET", "key", "value"))
    done = twins.run(lambda nodes: ["create", *nodes.addresses(), "--cluster-yes"])
    assert done.status == 1
    assert "[ERR] Node <node 1> is not empty." in done.output


def test_slots_that_another_node_shall_have(start, ours):
    """Refused before anything is changed (redis-cli goes on and leaves slots that nobody serves)."""
    nodes = start(3)
    nodes[2].call("CLUSTER", "ADDSLOTS", 7000)
    done = ours.run("--cluster", "create", *nodes.addresses(), "--cluster-yes")
    assert done.status == 1
    assert f"[ERR] Node {nodes.address(2)} already owns slots that it does not get here: [7000]\n" in done.output
    assert [nodes.slots(at) for at in range(3)] == [0, 0, 1]


def test_again_after_it_was_broken_off(start, ours):
    nodes = start(3)
    nodes[0].call("CLUSTER", "ADDSLOTSRANGE", 0, 5460)
    nodes[1].call("CLUSTER", "ADDSLOTS", 7000)
    done = ours.run("--cluster", "create", *nodes.addresses(), "--cluster-yes")
    assert done.status == 0, done.output + done.errors
    nodes.wait_agreed(range(3))
    assert [nodes.slots(at) for at in range(3)] == [5461, 5462, 5461]


def test_names_instead_of_addresses(start, ours):
    nodes = start(3)
    done = ours.run("--cluster", "create", *(f"localhost:{server.port}" for server in nodes.servers), "--cluster-yes")
    assert done.status == 0, done.output + done.errors
    nodes.wait_agreed(range(3))


def test_bus_ports_of_their_own(start, ours):
    first_bus_port = free_ports(5)
    nodes = start(5, each=lambda at: ["--cluster-port", str(first_bus_port + at)] if at != 1 else [])
    done = ours.run("--cluster", "create", *nodes.addresses(3), "--cluster-yes")
    assert done.status == 0, done.output + done.errors
    nodes.wait_agreed(range(3))
    for at in (3, 4):
        options = ["--cluster-replica"] if at == 4 else []
        done = ours.run("--cluster", "add-node", nodes.address(at), nodes.address(0), *options)
        assert done.status == 0, done.output + done.errors
        nodes.wait_agreed(range(at + 1))
