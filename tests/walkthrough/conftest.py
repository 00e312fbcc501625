"""The ways in which the walkthrough is played: which server, which client, where."""

import os
import shutil
import subprocess

import pytest

from conftest import existing
from walkthrough.hosts import ContainerHost, LocalHost, check_ports_free
from walkthrough.play import Play

# name: (server, client); "ours" is --server and --cli, "peer" is --peer-server and --peer-cli
LOCAL_WAYS = {
    "ours": ("ours", "ours"),
    "peer-cli": ("ours", "peer"),
    "peer-server": ("peer", "ours"),
    "peer": ("peer", "peer"),
}
WAYS = [*LOCAL_WAYS, "container"]


def pytest_addoption(parser):
    group = parser.getgroup("walkthrough")
    group.addoption("--way", action="append", choices=WAYS,
                    help="ours: our client on our servers (default); peer-cli: the peer's client on our servers; peer-server: "
                         "our client on the peer's servers; peer: the peer alone (tests the test); container: --image")
    group.addoption("--peer-server", default="redis-server", help="default: redis-server from PATH")
    group.addoption("--peer-cli", default="redis-cli", help="default: redis-cli from PATH")
    group.addoption("--image", default="localhost/dunlin", help="image for --way container (default: localhost/dunlin)")
    group.addoption("--host", default="127.0.0.1", help="address of all nodes (default: 127.0.0.1)")
    group.addoption("--base-port", type=int, default=6381, help="port of the first node (default: 6381)")
    group.addoption("--node-timeout-ms", type=int, help="cluster-node-timeout; default: the server's own, 15000")


def pytest_generate_tests(metafunc):
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", metafunc.config.getoption("--way") or ["ours"], scope="module")


@pytest.fixture(scope="module")
def play(way, request, tmp_path_factory):
    option = request.config.getoption
    base_port, timeout_ms = option("--base-port"), option("--node-timeout-ms")
    extra = ["--cluster-node-timeout", str(timeout_ms)] if timeout_ms else []
    check_ports_free(option("--host"), range(base_port, base_port + 8))
    directory = str(tmp_path_factory.mktemp(way))
    if way == "container":
        check_image(option("--image"))
        host = ContainerHost(option("--image"), directory, option("--host"), base_port, extra)
    else:
        server, cli = LOCAL_WAYS[way]
        host = LocalHost(program(request, server, "server"), program(request, cli, "cli"), directory, option("--host"), extra)
    one = Play(host, base_port, timeout_ms or 15000)
    yield one
    one.close()


def program(request, whose, kind):
    if whose == "peer":
        return existing(request.config.getoption(f"--peer-{kind}"))
    named = request.config.getoption(f"--{kind}")
    return existing(named or os.path.join(request.config.getoption("--bin-dir"), f"dunlin-{kind}"))


def check_image(image):
    """A missing podman or image is a failure: the way was asked for by name."""
    if not shutil.which("podman"):
        pytest.fail("--way container needs podman", pytrace=False)
    if subprocess.run(["podman", "image", "exists", image], check=False).returncode != 0:
        pytest.fail(f"there is no image {image}; build it with tools/container/build.sh", pytrace=False)
