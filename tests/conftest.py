"""Options and fixtures of every Python test: which binaries are under test, and servers that are gone afterwards."""

import os
import shutil

import pytest

from lib.cluster import Cluster
from lib.ports import free_ports
from lib.server import Server

WAYS = ["ours", "peer-cli", "peer-server", "peer", "container"]
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def pytest_addoption(parser):
    group = parser.getgroup("dunlin")
    group.addoption("--bin-dir", default=os.path.join(TOP, "build", "bin"),
                    help="folder with dunlin-server and dunlin-cli (default: build/bin)")
    group.addoption("--server", help="the server under test (default: dunlin-server in --bin-dir)")
    group.addoption("--cli", help="the client under test (default: dunlin-cli in --bin-dir)")
    group.addoption("--peer-server", default="redis-server", help="Redis's server (default: redis-server from PATH)")
    group.addoption("--peer-cli", default="redis-cli", help="Redis's client (default: redis-cli from PATH)")
    group.addoption("--crash-rounds", type=int, default=100, help="how often the crash test kills (default: 100)")
    group = parser.getgroup("walkthrough")
    group.addoption("--way", action="append", choices=WAYS,
                    help="ours: our client on our servers (default); peer-cli: the peer's client on our servers; peer-server: "
                         "our client on the peer's servers; peer: the peer alone (tests the test); container: --image")
    group.addoption("--image", default="localhost/dunlin", help="image for --way container (default: localhost/dunlin)")
    group.addoption("--host", default="127.0.0.1", help="address of all nodes (default: 127.0.0.1)")
    group.addoption("--base-port", type=int, help="port of the first node (default: 6381, or free ones while it is taken)")
    group.addoption("--node-timeout-ms", type=int, help="cluster-node-timeout; default: the server's own, 15000")


@pytest.fixture(scope="session")
def bin_dir(request):
    return os.path.abspath(request.config.getoption("--bin-dir"))


@pytest.fixture(scope="session")
def server_binary(request, bin_dir):
    return existing(request.config.getoption("--server") or os.path.join(bin_dir, "dunlin-server"))


@pytest.fixture(scope="session")
def cli_binary(request, bin_dir):
    return existing(request.config.getoption("--cli") or os.path.join(bin_dir, "dunlin-cli"))


def existing(path):
    """The path of a program; one that is missing is a failure, never a reason to skip."""
    found = shutil.which(path)
    if not found:
        pytest.fail(f"there is no program {path}; build it or name another one", pytrace=False)
    return found


@pytest.fixture
def server(server_binary, tmp_path):
    """One started server on a free port."""
    one = Server(server_binary, free_ports(1), tmp_path / "server")
    one.start()
    yield one
    if one.alive:
        one.kill()


@pytest.fixture
def cluster(server_binary, cli_binary, tmp_path):
    """Three primaries with a replica each, settled, with a node timeout of 2 s."""
    six = Cluster(server_binary, cli_binary, free_ports(6), 6, str(tmp_path),
                  ["--appendonly", "yes", "--cluster-node-timeout", "2000"])
    try:
        six.start()
        six.create()
        yield six
    finally:
        six.kill()
