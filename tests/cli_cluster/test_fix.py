"""--cluster fix: what is broken is broken alike on two clusters, and both clients put it right in the same words."""

import pytest

from cli_cluster.twins import canonical
from lib.cluster_text import key_slot
from lib.resp import Connection, ErrorReply
from lib.waiting import LookFailed, wait_until


@pytest.fixture
def pair(twins):
    both = twins(options=["--cluster-allow-replica-migration", "no"])
    yield both
    both.each(lambda nodes: nodes.kill())


def keys_of(slot, count):
    tag = next(tag for tag in range(500000) if key_slot(b"{%d}" % tag) == slot)
    return [f"{{{tag}}}{n}" for n in range(count)]


def set_keys(nodes, at, names):
    """Sets keys on a node whether or not the slot is its own, as long as it imports it or owns it."""
    with Connection(nodes[at].host, nodes[at].port) as connection:
        for name in names:
            connection.send(("ASKING",), ("SET", name, "value"))
            replies = [connection.read(), connection.read()]
            assert replies == [b"OK", b"OK"], replies


def forget_slots(nodes, first, last):
    """Nobody owns these slots any more, and everybody knows it."""
    def look():
        for server in nodes.servers:
            with Connection(server.host, server.port) as connection:
                connection.send(*(("CLUSTER", "DELSLOTS", slot) for slot in range(first, last + 1)))
                for _ in range(first, last + 1):
                    connection.read()
        for at in range(len(nodes)):
            for line in nodes.lines(at).values():
                if any(start <= last and first <= end for start, end in line.slots):
                    raise LookFailed(f"node {at}: {line}")
        return True
    wait_until(look, 30, "the slots to be nobody's")


def open_slot(nodes, slot, source, target):
    nodes[target].call("CLUSTER", "SETSLOT", slot, "IMPORTING", nodes.id(source))
    nodes[source].call("CLUSTER", "SETSLOT", slot, "MIGRATING", nodes.id(target))


def holders(nodes, slot):
    return [server.call("CLUSTER", "COUNTKEYSINSLOT", slot) for server in nodes.servers]


def fix(pair, text=None, options=()):
    return pair.run(lambda nodes: ["fix", nodes.address(0), *options], text=text)


def check_is_clean(pair):
    pair.wait_agreed(range(3))
    for nodes in pair.clusters:
        done = pair.clis[0].run("--cluster", "check", nodes.address(1), "--cluster-search-multiple-owners")
        assert done.status == 0, done.output


def test_nothing_to_fix(pair):
    assert fix(pair).status == 0


def test_slot_without_owner_or_keys(pair):
    pair.each(lambda nodes: forget_slots(nodes, 100, 100))
    # Neither answer nor option: it stays as it is.
    assert pair.run(lambda nodes: ["check", nodes.address(0)]).status == 1
    for words in ([], ["--cluster-yes"]):
        done = fix(pair, options=words)
        assert done.status == 1
        assert "Fix these slots by covering with a random node? (type 'yes' to accept): " in done.output
    outputs = [cli.run("--cluster", "fix", nodes.address(0), text="yes\n") for cli, nodes in zip(pair.clis, pair.clusters)]
    assert outputs[0].status == outputs[1].status
    assert ">>> Covering slot 100 with " in outputs[0].output
    check_is_clean(pair)


def test_many_slots_without_owner(pair):
    """Ours alone: a whole node's slots, which go to one node and not to pieces."""
    ours, nodes = pair.clis[0], pair.clusters[0]
    forget_slots(nodes, 5461, 10922)
    done = ours.run("--cluster", "fix", nodes.address(0), text="yes\n")
    assert done.output.count(">>> Covering slot ") == 5462
    assert "[5461-10922]\n" in done.output
    nodes.wait_agreed(range(3))
    assert sum(len(nodes.lines(at)[at].slots) for at in range(3)) <= 3
    assert ours.run("--cluster", "check", nodes.address(0)).status == 0


def test_slot_without_owner_with_keys_in_one_node(pair):
    names = keys_of(100, 5)
    pair.each(lambda nodes: nodes.fill(names))
    pair.each(lambda nodes: forget_slots(nodes, 100, 100))
    done = fix(pair, text="yes\n")
    assert "The following uncovered slots have keys in just one node:\n[100]\n" in done.output
    assert ">>> Covering slot 100 with <node 0>\n" in done.output
    check_is_clean(pair)
    assert pair.each(lambda nodes: holders(nodes, 100)) == [[5, 0, 0]] * 2


def test_slot_without_owner_with_keys_in_several_nodes(pair):
    names = keys_of(100, 7)
    def prepare(nodes):
        nodes.fill(names[:2])
        nodes[1].call("CLUSTER", "SETSLOT", 100, "IMPORTING", nodes.id(0))
        set_keys(nodes, 1, names[2:])
        nodes[1].call("CLUSTER", "SETSLOT", 100, "STABLE")
        forget_slots(nodes, 100, 100)
        assert holders(nodes, 100) == [2, 5, 0]
    pair.each(prepare)
    done = fix(pair, text="yes\n")
    assert ">>> Covering slot 100 moving keys to <node 1>\n" in done.output
    check_is_clean(pair)
    assert pair.each(lambda nodes: holders(nodes, 100)) == [[0, 7, 0]] * 2


def test_open_at_both_ends_with_keys_at_the_source(pair):
    pair.each(lambda nodes: nodes.fill(keys_of(100, 25)))
    pair.each(lambda nodes: open_slot(nodes, 100, 0, 2))
    done = fix(pair)
    assert ">>> Case 1: Moving slot 100 from <node 0> to <node 2>\n" in done.output
    check_is_clean(pair)
    assert pair.each(lambda nodes: holders(nodes, 100)) == [[0, 0, 25]] * 2


@pytest.mark.parametrize("moved", [1, 20])
def test_open_with_keys_on_both_sides(pair, moved):
    names = keys_of(100, 25)
    def prepare(nodes):
        nodes.fill(names)
        open_slot(nodes, 100, 0, 2)
        nodes[0].call("MIGRATE", nodes[2].host, nodes[2].port, "", 0, 5000, "KEYS", *names[:moved])
    pair.each(prepare)
    done = fix(pair)
    assert ">>> No single clear owner for the slot, selecting an owner by # of keys...\n" in done.output
    check_is_clean(pair)
    owner = 2 if moved > 12 else 0
    assert pair.each(lambda nodes: holders(nodes, 100)[owner]) == [25, 25]


def test_open_at_the_target_only(pair):
    def prepare(nodes):
        nodes.fill(keys_of(100, 5))
        nodes[2].call("CLUSTER", "SETSLOT", 100, "IMPORTING", nodes.id(0))
    pair.each(prepare)
    done = fix(pair)
    assert ">>> Case 2: Moving all the 100 slot keys to its owner <node 0>\n" in done.output
    check_is_clean(pair)


def test_open_at_the_source_only(pair):
    def prepare(nodes):
        nodes.fill(keys_of(100, 5))
        nodes[0].call("CLUSTER", "SETSLOT", 100, "MIGRATING", nodes.id(2))
    pair.each(prepare)
    done = fix(pair)
    assert ">>> Case 4: Closing slot 100 on <node 0>\n" in done.output
    check_is_clean(pair)
    assert pair.each(lambda nodes: holders(nodes, 100)) == [[5, 0, 0]] * 2


def test_open_at_two_targets(pair):
    def prepare(nodes):
        nodes.fill(keys_of(100, 5))
        open_slot(nodes, 100, 0, 2)
        nodes[1].call("CLUSTER", "SETSLOT", 100, "IMPORTING", nodes.id(0))
    pair.each(prepare)
    done = fix(pair)
    assert ">>> Case 3: Moving slot 100 from <node 0> to <node 2>" in done.output
    check_is_clean(pair)
    assert pair.each(lambda nodes: holders(nodes, 100)) == [[0, 0, 5]] * 2


def test_several_open_slots(pair):
    """redis-cli takes them in an order of its own; ours takes the lowest first."""
    def prepare(nodes):
        for slot in (100, 101, 102):
            open_slot(nodes, slot, 0, 2)
    pair.each(prepare)
    outputs = []
    for cli, nodes in zip(pair.clis, pair.clusters):
        done = cli.run("--cluster", "fix", nodes.address(0))
        outputs.append((done.status, sorted(canonical(nodes.normal(done.output)))))
    lines = [[line for line in output if "The following slots are open" not in line] for _, output in outputs]
    assert lines[0] == lines[1]
    assert outputs[0][0] == outputs[1][0]
    assert "[WARNING] The following slots are open: 100,101,102." in outputs[0][1]
    check_is_clean(pair)


def test_keys_in_a_node_that_does_not_own_the_slot(pair):
    """Found only by looking for them; brought home, with nothing lost."""
    names = keys_of(100, 6)
    def prepare(nodes):
        nodes.fill(names[:4])
        nodes[1].call("CLUSTER", "SETSLOT", 100, "IMPORTING", nodes.id(0))
        set_keys(nodes, 1, names[4:])
        nodes[1].call("CLUSTER", "SETSLOT", 100, "STABLE")
    pair.each(prepare)
    found = pair.run(lambda nodes: ["check", nodes.address(0), "--cluster-search-multiple-owners"])
    assert found.status == 1
    assert "[WARNING] Slot 100 has 2 owners:\n" in found.output
    ours, nodes = pair.clis[0], pair.clusters[0]
    done = ours.run("--cluster", "fix", nodes.address(0), "--cluster-search-multiple-owners")
    assert done.status == 0, done.output
    assert f">>> Setting slot 100 owner: {nodes.address(0)}\n" in done.output
    assert holders(nodes, 100) == [6, 0, 0]
    nodes.wait_agreed(range(3))
    assert ours.run("--cluster", "check", nodes.address(2), "--cluster-search-multiple-owners").status == 0


def test_primary_that_cannot_be_reached(pair):
    pair.each(lambda nodes: nodes[2].kill())
    def seen(nodes):
        return wait_until(lambda: nodes.lines(0)[2].failed, 60, "the failure to be seen")
    pair.each(seen)
    ended = []
    for cli, nodes in zip(pair.clis, pair.clusters):
        done = cli.run("--cluster", "fix", nodes.address(0))
        ended.append((done.status, canonical(nodes.normal(done.output).replace(nodes.address(2), "<node 2>")),
                      done.errors.replace(nodes.address(2), "<node 2>")))
    assert ended[0] == ended[1]
    assert any("*** Fixing slots coverage with 1 unreachable masters is dangerous" in line for line in ended[0][1])
    ours, nodes = pair.clis[0], pair.clusters[0]
    done = ours.run("--cluster", "fix", nodes.address(0), "--cluster-fix-with-unreachable-masters", text="yes\n")
    assert done.output.count(">>> Covering slot ") == 5461
    for slot in (10923, 16383):
        at = next(at for at in (0, 1) if any(first <= slot <= last for first, last in nodes.lines(at)[at].slots))
        with Connection(nodes[at].host, nodes[at].port) as connection:
            def served():
                try:
                    return connection.call("SET", keys_of(slot, 1)[0], "value") == b"OK"
                except ErrorReply as error:
                    raise LookFailed(error) from error
            wait_until(served, 30, "the slot to be served again")
