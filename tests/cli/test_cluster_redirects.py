"""-c against two real nodes of a cluster, side by side with an installed redis-cli."""

import contextlib

import pytest

import support
from test_side_by_side import same

HALF = 8192


@pytest.fixture(scope="module")
def nodes():
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(contextlib.closing(support.Server("--cluster-enabled", "yes")))
                         for _ in range(2))
        first.call("CLUSTER", "ADDSLOTSRANGE", 0, HALF - 1)
        second.call("CLUSTER", "ADDSLOTSRANGE", HALF, 16383)
        first.call("CLUSTER", "SET-CONFIG-EPOCH", 1)
        second.call("CLUSTER", "SET-CONFIG-EPOCH", 2)
        first.call("CLUSTER", "MEET", "127.0.0.1", second.port)
        for node in (first, second):
            support.wait_until(lambda n=node: b"cluster_state:ok" in n.call("CLUSTER", "INFO"), "the cluster is ok")
        yield first, second


def check(client, peer, node, *words, stdin=b"", env=None):
    return same(client, peer, ["-p", str(node.port), *words], node, stdin=stdin, env=env, setup=[])


def test_one_command(client, peer, nodes):
    first, _ = nodes
    assert check(client, peer, first, "-c", "SET", "k1", "v").out == b"OK\n"       # slot 12706
    assert check(client, peer, first, "-c", "SET", "k2", "v").out == b"OK\n"       # slot 449
    assert check(client, peer, first, "SET", "k1", "v").out.startswith(b"MOVED 12706 127.0.0.1:")
    assert check(client, peer, first, "-c", "-r", "2", "GET", "k1").status == 0
    assert check(client, peer, first, "-c", "MSET", "k1", "v", "k2", "v").out.startswith(b"CROSSSLOT")


def test_session(client, peer, nodes):
    first, second = nodes
    typed = b"SET k1 v\nGET k2\nGET k1\nINCR k2\nCLUSTER KEYSLOT k1\nGET k2\n"
    for env in ({}, {"FAKETTY": "1"}):
        shown = check(client, peer, first, "-c", stdin=typed, env=env)
        assert b"-> Redirected to slot [12706] located at 127.0.0.1:%d\n" % second.port in shown.out
        check(client, peer, first, stdin=typed, env=env)


def test_asking(client, peer, nodes):
    first, second = nodes
    first_id, second_id = (n.call("CLUSTER", "MYID").split(b"\r\n")[1] for n in nodes)
    second.call("CLUSTER", "SETSLOT", 449, "IMPORTING", first_id)
    first.call("CLUSTER", "SETSLOT", 449, "MIGRATING", second_id)
    first.call("DEL", "k2")
    try:
        shown = check(client, peer, first, "-c", stdin=b"SET k2 asked\nGET k2\n")
        assert b"-> Redirected to slot [449] located at 127.0.0.1:%d\nOK\n" % second.port in shown.out
        check(client, peer, first, "-c", "GET", "k2")
    finally:
        first.call("CLUSTER", "SETSLOT", 449, "STABLE")
        second.call("CLUSTER", "SETSLOT", 449, "STABLE")
