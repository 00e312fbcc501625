"""--cluster reshard: by options and by questions, with keys that are in the way, stopped in the middle."""

import re
import signal

import pytest

from cli_cluster.twins import Running, run_raw
from lib.cluster_text import key_slot
from lib.resp import Connection
from lib.waiting import wait_until


def names(count, prefix="key:"):
    return [f"{prefix}{n}" for n in range(count)]


@pytest.fixture(scope="module")
def pair(twins):
    """Three primaries with keys and a fourth without slots, twice."""
    both = twins(spare=1, options=["--enable-debug-command", "yes"])
    both.each(lambda nodes: nodes.fill(names(3000)))
    both.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    both.wait_agreed(range(4))
    return both


@pytest.fixture
def cluster(form):
    nodes = form(3)
    yield nodes
    nodes.kill()


def holders(nodes, slot):
    """How many keys of a slot each node has."""
    return [server.call("CLUSTER", "COUNTKEYSINSLOT", slot) for server in nodes.servers]


def test_from_all(pair):
    done = pair.run(lambda nodes: ["reshard", nodes.address(0), "--cluster-from", "all", "--cluster-to", nodes.id(3),
                                   "--cluster-slots", 4096, "--cluster-yes"])
    assert done.status == 0
    assert len(re.findall(r"^Moving slot \d+ from <node \d> to <node 3>: \.*$", done.output, re.M)) == 4096
    assert done.output.count("    Moving slot ") == 4096
    pair.wait_agreed(range(4))
    assert pair.each(lambda nodes: [nodes.slots(at) for at in range(4)]) == [[4096] * 4] * 2
    counts = pair.each(lambda nodes: nodes.key_counts())
    assert counts[0] == counts[1]
    assert sum(counts[0]) == 3000 and counts[0][3] > 0


def test_agreed_when_it_ends(cluster, ours):
    """The user's next word finds nodes that agree."""
    for source, target in ((1, 0), (0, 1)):
        done = ours.run("--cluster", "reshard", cluster.address(1), "--cluster-from", cluster.id(source), "--cluster-to",
                        cluster.id(target), "--cluster-slots", 200, "--cluster-yes")
        assert done.status == 0, done.output[-500:]
        assert ours.run("--cluster", "check", cluster.address(2)).status == 0


def test_from_two_of_them(pair):
    before = pair.each(lambda nodes: [nodes.slots(at) for at in range(4)])
    assert before[0] == before[1]
    done = pair.run(lambda nodes: [
        "reshard", nodes[0].host, nodes[0].port, "--cluster-from", f"{nodes.id(1)},{nodes.id(3)}", "--cluster-to",
        nodes.id(2), "--cluster-slots", 101, "--cluster-yes", "--cluster-pipeline", 3])
    assert done.status == 0
    pair.wait_agreed(range(4))


def test_questions_answered_from_a_pipe(pair):
    # redis-cli reads more than a line from a pipe at a time, so that each question has to come from the one before.
    words = lambda nodes: ["reshard", nodes.address(0), "--cluster-from", nodes.id(2), "--cluster-to", nodes.id(0),
                           "--cluster-slots", 5]
    assert pair.run(words, text="no\n").status == 1
    assert pair.run(words).status == 1, "no answer at all"
    assert pair.run(words, text="yes\n").status == 0
    pair.wait_agreed(range(4))


def test_questions_on_a_terminal(pair):
    nodes, outputs = None, []
    for cli, nodes in zip(pair.clis, pair.clusters):
        with cli.terminal("--cluster", "reshard", nodes.address(0)) as terminal:
            slots = r"How many slots do you want to move \(from 1 to 16384\)\? "
            for answer in ("0", "99999", "x", "7"):
                terminal.answer(slots, answer)
            for answer in ("", nodes.id(3)):
                terminal.answer(r"What is the receiving node ID\? ", answer)
            terminal.answer("Source node #1: ", nodes.id(3))
            terminal.answer("Source node #1: ", nodes.id(1))
            terminal.answer("Source node #2: ", nodes.id(2))
            terminal.answer("Source node #3: ", "done")
            terminal.answer(r"Do you want to proceed with the proposed reshard plan \(yes/no\)\? ", "yes")
            assert terminal.wait_end() == 0
            outputs.append([nodes.normal(line) for line in terminal.lines()])
    start = next(at for at, line in enumerate(outputs[0]) if line.startswith("How many"))
    assert outputs[0][start:] == outputs[1][start:]
    assert "*** It is not possible to use the target node as source node." in outputs[0]
    assert outputs[0][-1] == "" or "Moving slot" in outputs[0][-1]
    pair.wait_agreed(range(4))


def test_unknown_ids_on_a_terminal(pair):
    for at_target in (True, False):
        outputs = []
        for cli, nodes in zip(pair.clis, pair.clusters):
            with cli.terminal("--cluster", "reshard", nodes.address(0)) as terminal:
                terminal.answer(r"How many slots do you want to move \(from 1 to 16384\)\? ", "7")
                if at_target:
                    terminal.answer(r"What is the receiving node ID\? ", "nobody")
                else:
                    terminal.answer(r"What is the receiving node ID\? ", nodes.id(3))
                    terminal.answer("Source node #1: ", "nobody")
                assert terminal.wait_end() == 1
                outputs.append([nodes.normal(line) for line in terminal.lines()][-4:])
        assert outputs[0] == outputs[1]


def test_no_more_answers(cluster, ours):
    """Where redis-cli would ask for ever."""
    nodes = cluster
    for text in (None, "7\n", f"7\n{nodes.id(0)}\n", f"7\n{nodes.id(0)}\n{nodes.id(1)}\n"):
        done = ours.run("--cluster", "reshard", nodes.address(0), text=text)
        assert done.status == 1
        assert "*** No answer given, operation aborted.\n" in done.errors


def record(terminal):
    """All that is written to the terminal from now on, as a list of texts."""
    written, feed = [], terminal.screen.feed
    terminal.screen.feed = lambda text: (written.append(text), feed(text))
    return written


def test_bar_on_a_terminal(cluster, ours):
    """The bar comes and goes below the lines and leaves nothing behind."""
    with ours.terminal("--cluster", "reshard", cluster.address(0), "--cluster-from", cluster.id(1), "--cluster-to",
                       cluster.id(0), "--cluster-slots", 300, "--cluster-yes") as terminal:
        written = record(terminal)
        assert terminal.wait_end() == 0
        lines = terminal.lines()
    assert re.search(r"\r\[#*-*\] \d+/300 slots moved \(\d+%\)\x1b\[K", "".join(written))
    assert sum(line.startswith("Moving slot ") for line in lines) == 300
    assert not any("slots moved" in line for line in lines)


def plant(nodes, at, key, value):
    """Puts a key into a node that does not own its slot, as a broken move may have left it."""
    slot = key_slot(key.encode())
    with Connection(nodes[at].host, nodes[at].port) as connection:
        connection.call("CLUSTER", "SETSLOT", slot, "IMPORTING", nodes.id(nodes.owner(slot)))
        connection.send(("ASKING",), ("SET", key, value))
        assert [connection.read(), connection.read()] == [b"OK", b"OK"]
        connection.call("CLUSTER", "SETSLOT", slot, "STABLE")


def move_one(nodes, slot, target, *options):
    return ["reshard", nodes.address(0), "--cluster-from", nodes.id(nodes.owner(slot)), "--cluster-to", nodes.id(target),
            "--cluster-slots", 1, "--cluster-yes", *options]


def test_values_that_cannot_be_compared(cluster, ours):
    """DEBUG is not allowed here: then nothing is overwritten."""
    slot = cluster.lines(1)[1].slots[0][0]
    key = f"{{{next(tag for tag in range(200000) if key_slot(b'{%d}' % tag) == slot)}}}"
    cluster.fill([key])
    plant(cluster, 2, key, "another")
    done = ours.run("--cluster", *move_one(cluster, slot, 2))
    assert done.status == 1
    assert "*** Value check failed!\n" in done.output
    assert holders(cluster, slot) == [0, 1, 1]


@pytest.fixture
def slot_at_the_front(pair):
    """A key in the lowest slot of node 1 of both, so that a reshard of one slot takes it; the slot."""
    first = pair.clusters[0].lines(1)[1].slots[0][0]
    assert pair.clusters[1].lines(1)[1].slots[0][0] == first
    tag = next(tag for tag in range(200000) if key_slot(b"{%d}" % tag) == first)
    pair.each(lambda nodes: nodes.fill([f"{{{tag}}}a", f"{{{tag}}}b", f"{{{tag}}}c"]))
    yield f"{{{tag}}}a", first
    pair.each(lambda nodes: [server.call("FLUSHALL") for server in nodes.servers])


def test_same_value_at_the_target(pair, slot_at_the_front):
    key, slot = slot_at_the_front
    pair.each(lambda nodes: plant(nodes, 2, key, "value"))
    done = pair.run(lambda nodes: move_one(nodes, slot, 2))
    assert "*** Checking key values on both nodes...\n" in done.output
    assert done.status == 0
    assert pair.each(lambda nodes: holders(nodes, slot)) == [[0, 0, 3, 0]] * 2
    pair.wait_agreed(range(4))


def test_other_value_at_the_target(pair, slot_at_the_front):
    key, slot = slot_at_the_front
    pair.each(lambda nodes: plant(nodes, 2, key, "another"))
    done = pair.run(lambda nodes: move_one(nodes, slot, 2))
    assert done.status == 1
    assert "having different values." in done.output
    # Open on both clusters; --cluster-replace is for a second try, after the slot was closed again.
    pair.each(lambda nodes: [nodes[at].call("CLUSTER", "SETSLOT", slot, "STABLE") for at in (1, 2)])
    done = pair.run(lambda nodes: move_one(nodes, slot, 2, "--cluster-replace"))
    assert done.status == 0
    assert pair.each(lambda nodes: nodes[2].call("GET", key)) == ["value"] * 2
    pair.wait_agreed(range(4))


# --- stopped in the middle; ours alone ---

KEYS = 20000


def fill_one_slot(nodes):
    """Many keys in the lowest slot of node 0."""
    tag = next(tag for tag in range(200000) if key_slot(b"{%d}" % tag) == 0)
    nodes.fill([f"{{{tag}}}{n}" for n in range(KEYS)])


def start_moving(cli_binary, tmp_path, nodes):
    return Running(cli_binary, tmp_path / "output", "--cluster", "reshard", nodes.address(1), "--cluster-from", nodes.id(0),
                   "--cluster-to", nodes.id(1), "--cluster-slots", 40, "--cluster-yes", "--cluster-pipeline", 20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_then_fix(cluster, ours, cli_binary, tmp_path, number):
    fill_one_slot(cluster)
    running = start_moving(cli_binary, tmp_path, cluster)
    running.wait_output(r"Moving slot 0 from \S+ to \S+: \.{100}")
    running.signal(number)
    assert running.wait() == 130
    output = running.output()
    assert "*** Interrupted: 0 of 40 slots have been moved.\n" in output
    assert f"*** Slot 0 has keys on both {cluster.address(0)} and {cluster.address(1)}." in output
    here, there, _ = holders(cluster, 0)
    assert here > 0 and there > 0 and here + there == KEYS
    assert ours.run("--cluster", "check", cluster.address(1)).status == 1
    fixed = ours.run("--cluster", "fix", cluster.address(1))
    assert fixed.status in (0, 1), "redis-cli's status counts what was wrong before"
    cluster.wait_agreed(range(3))
    assert ours.run("--cluster", "check", cluster.address(1)).status == 0
    assert sorted(holders(cluster, 0)) == [0, 0, KEYS]


def test_signal_between_slots_leaves_nothing_open(cluster, ours, cli_binary, tmp_path):
    running = Running(cli_binary, tmp_path / "output", "--cluster", "reshard", cluster.address(1), "--cluster-from",
                      cluster.id(0), "--cluster-to", cluster.id(1), "--cluster-slots", 5000, "--cluster-yes")
    running.wait_output(r"(?m)^Moving slot 100 ")
    running.signal()
    assert running.wait() == 130
    output = running.output()
    assert "*** No slot was left open. Run the same command again to move the rest.\n" in output
    moved = int(re.search(r"Interrupted: (\d+) of 5000", output).group(1))
    assert 0 < moved < 5000
    assert cluster.slots(1) == 5462 + moved
    wait_until(lambda: ours.run("--cluster", "check", cluster.address(2)).status == 0, 30, "the nodes to agree")
    again = ours.run("--cluster", "reshard", cluster.address(1), "--cluster-from", cluster.id(0), "--cluster-to",
                     cluster.id(1), "--cluster-slots", 5000 - moved, "--cluster-yes")
    assert again.status == 0
    assert cluster.slots(1) == 5462 + 5000


def test_second_signal_ends_it_at_once(cluster, cli_binary, tmp_path):
    fill_one_slot(cluster)
    running = start_moving(cli_binary, tmp_path, cluster)
    running.wait_output(r"Moving slot 0 from \S+ to \S+: \.{100}")
    cluster[0].process.send_signal(signal.SIGSTOP)  # so that the batch under way never ends
    running.signal()
    running.signal(signal.SIGTERM)
    try:
        assert running.wait() in (-signal.SIGINT, -signal.SIGTERM)
    finally:
        cluster[0].process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("dots", [1, 5000, 15000])
def test_killed_then_fixed(cluster, ours, cli_binary, tmp_path, dots):
    fill_one_slot(cluster)
    running = start_moving(cli_binary, tmp_path, cluster)
    running.wait_output(rf"Moving slot 0 from \S+ to \S+: \.{{{dots}}}")
    running.signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    # What was on its way when the client died is finished by the server.
    wait_until(lambda: sum(holders(cluster, 0)) == KEYS, 30, "all keys to be somewhere")
    ours.run("--cluster", "fix", cluster.address(1))
    cluster.wait_agreed(range(3))
    assert ours.run("--cluster", "check", cluster.address(1), "--cluster-search-multiple-owners").status == 0
    assert sorted(holders(cluster, 0)) == [0, 0, KEYS]


def test_killed_between_slots_then_fixed(cluster, ours, cli_binary, tmp_path):
    running = Running(cli_binary, tmp_path / "output", "--cluster", "reshard", cluster.address(1), "--cluster-from",
                      cluster.id(0), "--cluster-to", cluster.id(1), "--cluster-slots", 5000, "--cluster-yes")
    running.wait_output(r"(?m)^Moving slot 300 ")
    running.signal(signal.SIGKILL)
    running.wait()
    ours.run("--cluster", "fix", cluster.address(2))
    cluster.wait_agreed(range(3))
    assert ours.run("--cluster", "check", cluster.address(2)).status == 0


def test_target_that_dies(cluster, cli_binary, tmp_path, ours):
    fill_one_slot(cluster)
    running = start_moving(cli_binary, tmp_path, cluster)
    running.wait_output(r"Moving slot 0 from \S+ to \S+: \.{100}")
    cluster[1].kill()
    assert running.wait() == 1
    assert "clusterManagerMoveSlot failed: " in running.output()


# --- passwords ---

def test_password_of_the_default_user(cluster, ours, cli_binary):
    cluster.fill(names(500))
    for server in cluster.servers:
        server.call("CONFIG", "SET", "masterauth", "secret")
    ids = [cluster.id(at) for at in range(3)]
    for server in cluster.servers:
        server.call("CONFIG", "SET", "requirepass", "secret")
    words = ["--cluster", "reshard", cluster.address(0), "--cluster-from", ids[0], "--cluster-to", ids[1],
             "--cluster-slots", 500, "--cluster-yes"]
    refused = ours.run(*words)
    assert refused.status == 1
    assert refused.output == f"[ERR] Node {cluster.address(0)} NOAUTH Authentication required.\n"
    wrong = ours.run("-a", "wrong", "--no-auth-warning", *words)
    assert wrong.status == 1
    assert "WRONGPASS" in wrong.output
    done = ours.run("-a", "secret", "--no-auth-warning", *words)
    assert done.status == 0, done.output[-1000:] + done.errors
    status, output, _ = run_raw(cli_binary, "--cluster", "check", cluster.address(0), more={"REDISCLI_AUTH": "secret"})
    assert status == 0, output


def test_user_and_password(cluster, ours):
    cluster.fill(names(500))
    ids = [cluster.id(at) for at in range(3)]
    for server in cluster.servers:
        server.call("ACL", "SETUSER", "joe", "on", ">secret", "~*", "&*", "+@all")
    for server in cluster.servers:
        server.call("CONFIG", "SET", "requirepass", "unknown to us")
    done = ours.run("--user", "joe", "--pass", "secret", "--no-auth-warning", "--cluster", "reshard", cluster.address(0),
                    "--cluster-from", ids[0], "--cluster-to", ids[1], "--cluster-slots", 500, "--cluster-yes")
    assert done.status == 0, done.output[-1000:] + done.errors
