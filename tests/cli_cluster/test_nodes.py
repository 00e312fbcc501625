"""add-node, del-node, call, set-timeout: nodes that come and go, and words to all of them."""

import pytest

from lib.waiting import wait_until


@pytest.fixture
def pair(twins):
    both = twins(spare=2)
    yield both
    both.each(lambda nodes: nodes.kill())


def primaries_of_replicas(nodes, count):
    lines = nodes.lines()
    by_id = {line.id: at for at, line in lines.items()}
    return {at: by_id[lines[at].primary_id] for at in range(count) if lines[at].is_replica}


def test_primary_comes_and_goes(pair):
    done = pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    assert done.output.endswith("[OK] New node added correctly.\n")
    assert ">>> Send FUNCTION RESTORE to <node 3>\n" in done.output
    pair.wait_agreed(range(4))
    done = pair.run(lambda nodes: ["del-node", nodes.address(0), nodes.id(3)])
    assert ">>> Removing node <id 3> from cluster <node 0>\n" in done.output
    pair.wait_agreed(range(3))
    assert pair.each(lambda nodes: len(nodes.lines(3))) == [1, 1]


def test_replica_of_a_named_primary(pair):
    done = pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0), "--cluster-slave",
                                   "--cluster-master-id", nodes.id(1)])
    assert ">>> Configure node as replica of <node 1>.\n" in done.output
    pair.wait_agreed(range(4))
    assert pair.each(lambda nodes: primaries_of_replicas(nodes, 4)) == [{3: 1}] * 2
    pair.run(lambda nodes: ["check", nodes.address(3)])


def test_new_names_of_the_options(pair):
    ours, nodes = pair.clis[0], pair.clusters[0]
    done = ours.run("--cluster", "add-node", nodes.address(3), nodes.address(0), "--cluster-replica",
                    "--cluster-primary-id", nodes.id(2))
    assert done.status == 0, done.output + done.errors
    nodes.wait_agreed(range(4))
    assert primaries_of_replicas(nodes, 4) == {3: 2}
    for option in ("--cluster-only-primaries", "--cluster-only-masters"):
        assert ours.run("--cluster", "call", nodes.address(0), "PING", option).output.count("PONG") == 3


def test_replica_of_whom_it_may_be(pair):
    done = pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0), "--cluster-slave"])
    assert "Automatically selected master <node 0>\n" in done.output
    pair.wait_agreed(range(4))
    # Now one of the two others, whichever gossip lists first.
    ours, nodes = pair.clis[0], pair.clusters[0]
    done = ours.run("--cluster", "add-node", nodes.address(4), nodes.address(0), "--cluster-replica")
    assert done.status == 0
    nodes.wait_agreed(range(5))
    assert primaries_of_replicas(nodes, 5)[4] in (1, 2)


def test_replica_of_a_replica_is_refused(pair):
    pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0), "--cluster-slave", "--cluster-master-id",
                            nodes.id(0)])
    pair.wait_agreed(range(4))
    done = pair.run(lambda nodes: ["add-node", nodes.address(4), nodes.address(0), "--cluster-slave",
                                   "--cluster-master-id", nodes.id(3)])
    assert done.status == 1
    assert "I can only replicate a master, not a replica." in done.output


def test_deleted_primary_without_slots_leaves_its_replica_to_another(pair):
    pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    pair.wait_agreed(range(4))
    pair.run(lambda nodes: ["add-node", nodes.address(4), nodes.address(0), "--cluster-slave", "--cluster-master-id",
                            nodes.id(3)])
    pair.wait_agreed(range(5))
    done = pair.run(lambda nodes: ["del-node", nodes.address(0), nodes.id(3)])
    assert ">>> <node 4> as replica of <node " in done.output
    pair.each(lambda nodes: wait_until(lambda: set(nodes.lines(0)) == {0, 1, 2, 4}, 30, "the node to be forgotten"))


def test_functions_go_along(pair):
    library = "#!lua name=mylib\nredis.register_function('f', function() return 'hello' end)"
    done = pair.run(lambda nodes: ["call", nodes.address(0), "FUNCTION", "LOAD", library])
    assert done.output.count(": mylib\n") == 3
    pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    assert pair.each(lambda nodes: nodes[3].call("FCALL", "f", 0)) == ["hello"] * 2


def test_functions_in_the_way(pair):
    library = "#!lua name=mylib\nredis.register_function('f', function() return 'hello' end)"
    pair.each(lambda nodes: nodes[3].call("FUNCTION", "LOAD", library))
    done = pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    assert done.status == 1
    assert ">>> New node already contains functions and can not be added to the cluster." in done.output


def test_server_without_functions(pair):
    """What Redis before 7.0 answers; both clients go on."""
    pair.each(lambda nodes: nodes[0].call("ACL", "SETUSER", "default", "-function"))
    done = pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    assert done.status == 0
    assert ">>> Failed retrieving Functions from the cluster, skip this step" in done.output


def test_call_on_some(pair):
    pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0), "--cluster-slave"])
    pair.wait_agreed(range(4))
    for option, count in (("--cluster-only-masters", 3), ("--cluster-only-replicas", 1)):
        done = pair.run(lambda nodes: ["call", nodes.address(0), "PING", option])
        assert done.output.count(": PONG\n") == count


def test_set_timeout(pair):
    outputs = []
    for cli, nodes in zip(pair.clis, pair.clusters):
        done = cli.run("--cluster", "set-timeout", nodes.address(0), 3456)
        assert done.status == 0
        outputs.append(nodes.normal(done.output).splitlines())
    assert sorted(outputs[0]) == sorted(outputs[1])
    assert outputs[0][-1] == ">>> New node timeout set. 0 OK, 3 ERR.", "the nodes run without a file"
    assert "ERR setting node-timeout for <node 0>: ERR The server is running without a config file" in outputs[0]
    assert pair.each(lambda nodes: nodes[1].call("CONFIG", "GET", "cluster-node-timeout")[1]) == ["3456"] * 2


def test_dead_nodes_are_left_out(pair):
    pair.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0), "--cluster-slave"])
    pair.wait_agreed(range(4))
    pair.each(lambda nodes: nodes[3].kill())
    for words in (["check"], ["info"], ["call", "PING"]):
        ended = []
        for cli, nodes in zip(pair.clis, pair.clusters):
            done = cli.run("--cluster", words[0], nodes.address(0), *words[1:])
            ended.append((done.status, nodes.normal(done.output).count("<node"),
                          done.errors.replace(nodes.address(3), "<node 3>")))
        assert ended[0] == ended[1]
        assert ended[0][2] == "Could not connect to Redis at <node 3>: Connection refused\n"
