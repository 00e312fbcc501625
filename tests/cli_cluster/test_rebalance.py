"""--cluster rebalance, and the words around it."""

import re

import pytest

from cli_cluster.twins import Running, run_raw
from lib.programs import existing


@pytest.fixture(scope="module")
def pair(twins):
    """Three primaries with keys and a fourth without slots, twice. Each test starts where the one before ended."""
    both = twins(spare=1)
    both.each(lambda nodes: nodes.fill([f"key:{n}" for n in range(2000)]))
    both.run(lambda nodes: ["add-node", nodes.address(3), nodes.address(0)])
    both.wait_agreed(range(4))
    return both


def slot_counts(pair):
    first, second = pair.each(lambda nodes: [nodes.slots(at) for at in range(4)])
    assert first == second
    return first


def test_not_needed(pair):
    done = pair.run(lambda nodes: ["rebalance", nodes.address(0)])
    assert "*** No rebalancing needed! All nodes are within the 2.00% threshold.\n" in done.output
    pair.run(lambda nodes: ["rebalance", nodes.address(0), "--cluster-threshold", "0"])
    assert slot_counts(pair) == [5461, 5462, 5461, 0]


def test_simulated(pair):
    done = pair.run(lambda nodes: ["rebalance", nodes.address(0), "--cluster-use-empty-masters", "--cluster-simulate"])
    assert ">>> Rebalancing across 4 nodes. Total weight = 4.00\n" in done.output
    assert done.output.count("#") == 4096
    assert slot_counts(pair) == [5461, 5462, 5461, 0]


def test_empty_primary_gets_its_share(pair):
    done = pair.run(lambda nodes: ["rebalance", nodes.address(0), "--cluster-use-empty-masters", "--cluster-pipeline", 20])
    assert re.search(r"^Moving 13\d\d slots from <node \d> to <node 3>\n#+\n", done.output, re.M)
    pair.wait_agreed(range(4))
    assert slot_counts(pair) == [4096] * 4
    assert [sum(counts) for counts in pair.each(lambda nodes: nodes.key_counts())] == [2000, 2000]


WEIGHTS = [["{0}=2.5", "{1}=0.5"], ["{3}=0"], ["{0}=7", "{1}=3", "{2}=1.7", "{3}=1"], ["{2}=100"], ["{0}=x"], ["{1}="],
           ["nobody=1"], ["=3"]]


@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_weights(pair, cli_binary, weights):
    """Rounding follows the order of gossip, so that both clients are asked for their plan for the same cluster."""
    nodes = pair.clusters[0]
    ids = [nodes.id(at)[:10 + at] for at in range(4)]
    words = ["--verbose", "--cluster", "rebalance", nodes.address(0), "--cluster-simulate", "--cluster-weight",
             *(weight.format(*ids) for weight in weights)]
    for options in ([], ["--cluster-use-empty-masters"], ["--cluster-threshold", "60"]):
        ours = run_raw(cli_binary, *words, *options)
        assert ours == run_raw(existing("redis-cli"), *words, *options)


def test_weight_zero_empties(pair):
    for cli, nodes in zip(pair.clis, pair.clusters):
        done = cli.run("--cluster", "rebalance", nodes.address(0), "--cluster-weight", f"{nodes.id(3)}=0")
        assert done.status == 0, done.output
    # An empty primary follows the one that took its last slot, which both servers do alike.
    pair.wait_agreed(range(4))
    for nodes in pair.clusters:
        assert nodes.slots(3) == 0
        assert all(abs(nodes.slots(at) - 5461) <= 3 for at in range(3))
        assert sum(nodes.key_counts()[:3]) == 2000


def test_signal_stops_it(form, cli_binary, tmp_path, ours):
    nodes = form(3)
    running = Running(cli_binary, tmp_path / "output", "--cluster", "rebalance", nodes.address(0), "--cluster-weight",
                      f"{nodes.id(0)}=20")
    running.wait_output(r"\n#{200}")
    running.signal()
    assert running.wait() == 130
    assert "*** No slot was left open." in running.output()
    nodes.wait_agreed(range(3))
    assert ours.run("--cluster", "rebalance", nodes.address(0), "--cluster-weight", f"{nodes.id(0)}=20").status == 0
    assert abs(nodes.slots(0) - 16384 * 20 // 22) <= 3
