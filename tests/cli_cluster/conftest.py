"""The cluster manager side by side with Redis's: `ours` is the client under test, `theirs` is redis-cli.

The servers are Redis's as well, unless --server names others: then both clients are held against each other on those.
"""

import pytest

pytest.register_assert_rewrite("cli_cluster.twins")  # so that its assertions show what differs

from cli_cluster.twins import Nodes, Twins  # noqa: E402
from lib.cli import Cli  # noqa: E402
from lib.programs import existing  # noqa: E402


@pytest.fixture(scope="session")
def server(request):
    return existing(request.config.getoption("--server") or "redis-server")


@pytest.fixture(scope="session")
def ours(cli_binary):
    return Cli([cli_binary])


@pytest.fixture(scope="session")
def theirs():
    return Cli([existing("redis-cli")])


@pytest.fixture(scope="module")
def start(server, tmp_path_factory):
    """Starts nodes that do not know each other; they are gone after the module."""
    started = []

    def start_nodes(count, *options, **more):
        started.append(Nodes(server, tmp_path_factory.mktemp("nodes"), count, options, **more))
        return started[-1]

    yield start_nodes
    for nodes in started:
        nodes.kill()


@pytest.fixture(scope="module")
def form(start, ours):
    """Starts `count` nodes and makes a cluster of the first `members` of them, with `replicas` each."""

    def form_cluster(members, count=None, replicas=0, options=()):
        nodes = start(count or members, *options)
        done = ours.run("--cluster", "create", *nodes.addresses(members), "--cluster-replicas", replicas,
                        "--cluster-yes")
        assert done.status == 0, done.output + done.errors
        nodes.wait_agreed(range(members))
        return nodes

    return form_cluster


@pytest.fixture(scope="module")
def twins(form, ours, theirs):
    """Two clusters of three primaries, each with `spare` more nodes at hand."""

    def form_twins(spare=0, options=()):
        return Twins(ours, theirs, *(form(3, 3 + spare, options=options) for _ in range(2)))

    return form_twins
