"""The walkthrough from an empty machine to a cluster that was created, failed over, grew and shrank: every command and
every claim of its text, in its order. A step that fails ends the play; later steps then fail with it.

Node n of the walkthrough listens on base port + n - 1 (6381 to 6388 by default). Beside the walkthrough a writer and a
reader run from the first key to the last step.
"""

import re

import pytest

from lib.cluster_text import parse_info, parse_nodes
from lib.waiting import wait_until
from walkthrough import transcript

RESHARD_DEADLINE_S = 600
# What the seventh node gets from each of the first three: an even quarter, and of its owner's low end.
MOVED_RANGES = {"<6381>": range(0, 1365), "<6382>": range(5461, 6827), "<6383>": range(10923, 12288)}
FIRST_SIX = [1, 2, 3, 4, 5, 6]


@pytest.fixture(autouse=True)
def one_after_the_other(play, request):
    if play.failed_step:
        pytest.fail(f"not played: {play.failed_step} failed", pytrace=False)
    play.failed_step = request.node.name  # cleared by reaching the end of the step
    failures = request.session.testsfailed
    yield
    if request.session.testsfailed == failures:
        play.failed_step = None


def check(play, n, *expected_names):
    """`--cluster check` on node n prints what the walkthrough shows, with the right number of keys on each primary."""
    counts = play.expected_counts()
    done = play.cli.run("--cluster", "check", play.address(n))
    assert done.status == 0, done.output + done.errors
    transcript.same(play.names.translate(done.output), *expected_names)
    printed = re.findall(r":(\d+) \(\w+\.\.\.\) -> (\d+) keys", done.output)
    assert {int(port): int(keys) for port, keys in printed} == counts
    total = len(play.all_keys())
    assert f"[OK] {total} keys in {len(counts)} masters.\n{total / 16384:.2f} keys per slot on average.\n" in done.output


def reshard(play, target, sources, expected_name, plan):
    """The interactive `--cluster reshard` of 4096 slots, asked on node 1."""
    with play.cli.terminal("--cluster", "reshard", play.address(1)) as terminal:
        terminal.answer(r"How many slots do you want to move \(from 1 to 16384\)\? ", "4096")
        terminal.answer(r"What is the receiving node ID\? ", play.seed_id(target))
        for number, source in enumerate(sources, 1):
            terminal.answer(rf"Source node #{number}: ", source)
        terminal.answer(r"Do you want to proceed with the proposed reshard plan \(yes/no\)\? ", "yes", RESHARD_DEADLINE_S)
        dialogue = play.names.translate("\n".join(terminal.lines()[:terminal.screen.row]))
        assert terminal.wait_end(RESHARD_DEADLINE_S) == 0, "\n".join(terminal.lines()[-20:])
        result = "\n".join(terminal.lines())
    assert "ERR" not in result, result[-2000:]
    planned = transcript.planned_slots(dialogue)
    assert planned == {source: list(slots) for source, slots in plan.items()}
    transcript.same(dialogue[:dialogue.index("(yes/no)? yes") + len("(yes/no)? yes")], expected_name)


def shell_nodes(play, n, *options):
    """`cluster nodes` typed at the client's prompt on node n."""
    with play.shell(n, *options) as shell:
        return play.names.translate("\n".join(shell.ask("cluster nodes")))


def test_01_six_nodes_start(play):
    for n in FIRST_SIX:
        play.host.start(play.port(n))
    assert play.running() == FIRST_SIX
    play.learn_ids(*FIRST_SIX)
    for n in FIRST_SIX:
        assert play.call(n, "CONFIG", "GET", "appendonly") == [b"appendonly", b"yes"]
        assert "Ready to accept connections" in play.host.log(play.port(n))


def test_02_create(play):
    addresses = [play.address(n) for n in FIRST_SIX]
    with play.cli.terminal("--cluster", "create", *addresses, "--cluster-replicas", "1") as terminal:
        terminal.answer(r"Can I set the above configuration\? \(type 'yes' to accept\): ", "yes")
        question = terminal.screen.row - 1
        assert terminal.wait_end() == 0, "\n".join(terminal.lines())
        lines = terminal.lines()
    # The first lines deal the replicas out in order; the optimiser then changes their places by chance.
    first_node = next(at for at, line in enumerate(lines) if line.startswith("M: "))
    dealt = play.names.translate("\n".join(lines[:first_node]))
    play.wait_settled(FIRST_SIX)
    play.learn_roles()
    plan = play.names.translate("\n".join(lines[first_node:question]))
    transcript.same(dealt + "\n" + plan, "create-plan.txt")
    assert lines[question] == "Can I set the above configuration? (type 'yes' to accept): yes"
    transcript.same(play.names.translate("\n".join(lines[question + 1:])), "created.txt")


def test_03_cluster_info(play):
    with play.shell(1) as shell:
        info = parse_info("\n".join(shell.ask("cluster info")))
    wanted = parse_info(transcript.expected("cluster-info.txt"))
    stats = [name for name in wanted if "_messages_" in name]
    shown = [name for name in info if name in wanted]
    assert shown == list(wanted), "names and their order"
    assert {name: info[name] for name in wanted if name not in stats} == {
        name: wanted[name] for name in wanted if name not in stats}
    assert all(int(info[name]) > 0 for name in stats)
    for way in ("sent", "received"):
        parts = [int(info[name]) for name in info if re.match(rf"cluster_stats_messages_\w+_{way}$", name)]
        assert int(info[f"cluster_stats_messages_{way}"]) == sum(parts)


def test_04_cluster_nodes(play):
    transcript.same(shell_nodes(play, 1), "nodes-created.txt")
    slots = {line.port: line.slot_count for line in parse_nodes(play.call(1, "CLUSTER", "NODES").decode()).values()}
    assert [slots[play.port(n)] for n in FIRST_SIX] == [5461, 5462, 5461, 0, 0, 0]


def test_05_a_key_of_another_node(play):
    with play.shell(1) as shell:
        assert shell.ask("keys *") == ["(empty array)"]
        assert shell.ask("set k1 v1") == [f"(error) MOVED 12706 {play.address(3)}"]


def test_06_redirected_with_c(play):
    with play.shell(1, "-c") as shell:
        assert shell.ask("set k1 v1") == [f"-> Redirected to slot [12706] located at {play.address(3)}", "OK"]
        assert shell.prompt == f"{play.address(3)}> "
    play.start_load()
    play.check_load()


def test_07_check(play):
    check(play, 1, "check-created.txt")
    play.verify_replicas([4, 5, 6])


def test_08_stop_of_node_1_promotes_node_5(play):
    play.host.stop(play.port(1))
    play.wait_nodes(2, "nodes-6381-stopped.txt", play.failover_deadline_s)
    transcript.same(shell_nodes(play, 2, "-c"), "nodes-6381-stopped.txt")
    play.wait_settled([2, 3, 4, 5, 6], stopped=[1])
    play.check_load()
    play.verify_primaries()


def test_09_node_1_comes_back_as_replica(play):
    play.host.start(play.port(1))
    play.wait_nodes(1, "nodes-6381-back.txt", play.failover_deadline_s)
    transcript.same(shell_nodes(play, 1, "-c"), "nodes-6381-back.txt")
    play.wait_settled(FIRST_SIX)
    play.check_load()
    play.verify_replicas([1, 4, 6])


def test_10_stop_of_node_5_restores_the_old_order(play):
    play.host.stop(play.port(5))
    nodes = "cluster nodes with node 5 failed and node 1 in charge"

    def taken_over():
        lines = parse_nodes(play.call(1, "CLUSTER", "NODES").decode())
        return lines[play.port(5)].failed and lines[play.port(1)].slots
    wait_until(taken_over, play.failover_deadline_s, nodes)
    play.host.start(play.port(5))
    play.wait_nodes(1, "nodes-6385-restarted.txt", play.failover_deadline_s)
    transcript.same(shell_nodes(play, 1, "-c"), "nodes-6385-restarted.txt")
    play.wait_settled(FIRST_SIX)
    play.check_load()
    play.verify_primaries()
    play.verify_replicas([4, 5, 6])


def test_11_two_more_nodes_start(play):
    for n in (7, 8):
        play.host.start(play.port(n))
    assert play.running() == [*FIRST_SIX, 7, 8]
    play.learn_ids(7, 8)


def test_12_add_node_7(play):
    transcript.same(play.cluster_command("add-node", play.address(7), play.address(1)), "add-6387.txt")
    play.wait_settled([*FIRST_SIX, 7])
    check(play, 1, "check-6387-empty.txt")


def test_13_reshard_to_node_7(play):
    reshard(play, target=7, sources=["all"], expected_name="reshard-grow.txt", plan=MOVED_RANGES)
    play.wait_settled([*FIRST_SIX, 7])
    check(play, 1, "check-resharded.txt")
    play.check_load()
    play.verify_primaries()


def test_14_add_node_8_as_replica_of_node_7(play):
    output = play.cluster_command("add-node", play.address(8), play.address(7), "--cluster-slave", "--cluster-master-id",
                                  play.seed_id(7))
    transcript.same(output, "add-6388.txt")
    play.wait_settled([*FIRST_SIX, 7, 8])
    check(play, 2, "check-4+4.txt")
    play.verify_replicas([8])


def test_15_delete_node_8(play):
    transcript.same(play.cluster_command("del-node", play.address(8), play.seed_id(8)), "del-6388.txt")
    play.wait_settled([*FIRST_SIX, 7])
    check(play, 1, "check-resharded.txt")


def test_16_drain_node_7(play):
    reshard(play, target=1, sources=[play.seed_id(7), "done"], expected_name="reshard-shrink.txt",
            plan={"<6387>": [slot for slots in MOVED_RANGES.values() for slot in slots]})
    play.wait_settled([*FIRST_SIX, 7])
    # 6.0 leaves the drained node an empty master; from 7.0 on it replicates the node that took its last slot.
    check(play, 1, "check-drained.txt", "check-drained-as-replica.txt")
    play.check_load()
    play.verify_primaries()


def test_17_delete_node_7(play):
    transcript.same(play.cluster_command("del-node", play.address(7), play.seed_id(7)), "del-6387.txt")
    play.wait_settled(FIRST_SIX)
    check(play, 1, "check-end.txt")


def test_18_every_key_is_right_at_the_end(play):
    play.check_load()
    play.load.stop()
    play.verify_primaries()
    play.verify_replicas([4, 5, 6])
    assert play.ledger.acknowledged_writes > 2 * len(play.ledger.keys)
    assert play.ledger.checked_reads > len(play.ledger.keys)
    # The last stop: all of them end with status 0 and nothing acknowledged is gone when they are back.
    for n in play.running():
        play.host.stop(play.port(n))
    for n in FIRST_SIX:
        play.host.start(play.port(n))
    play.wait_settled(FIRST_SIX, deadline_s=play.failover_deadline_s)
    play.verify_primaries()
