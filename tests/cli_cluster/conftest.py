"""The cluster manager side by side with Redis's: `ours` is the client under test, `theirs` is redis-cli.

The servers are Redis's as well, unless --server names others: then both clients are held against each other on those.
"""

import pytest

pytest.register_assert_rewrite("cli_cluster.twins")  # so that its assertions show what differs

from cli_cluster.twins import Nodes, Twins, at_once  # noqa: E402
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
def join(ours):
    """Makes a cluster of the first `members` of some nodes, all of them primaries."""
    def join_nodes(nodes, members):
        done = ours.run("--cluster", "create", *nodes.addresses(members), "--cluster-yes")
        assert done.status == 0, done.output + done.errors
        nodes.wait_agreed(range(members))
        return nodes

    return join_nodes


@pytest.fixture(scope="module")
def form(start, join):
    """Starts nodes and makes a cluster of the first `members`; the others stay by themselves."""
    def form_cluster(members, count=None):
        return join(start(count or members), members)

    return form_cluster


@pytest.fixture(scope="module")
def twins(start, join, ours, theirs):
    """Two clusters of three primaries, each with `spare` more nodes at hand."""
    def form_twins(spare=0, options=()):
        both = [start(3 + spare, *options) for _ in range(2)]
        at_once(lambda nodes: join(nodes, 3), both)
        return Twins(ours, theirs, *both)

    return form_twins
