"""The ways in which the walkthrough is played: which server, which client, where."""

import os
import shutil
import subprocess

import pytest

from lib.ports import BUS_OFFSET, free_ports, is_free
from lib.programs import existing
from walkthrough.hosts import ContainerHost, LocalHost
from walkthrough.play import Play

# name: (server, client); "ours" is --server and --cli, "peer" is --peer-server and --peer-cli
LOCAL_WAYS = {
    "ours": ("ours", "ours"),
    "peer-cli": ("ours", "peer"),
    "peer-server": ("peer", "ours"),
    "peer": ("peer", "peer"),
}


def pytest_generate_tests(metafunc):
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", metafunc.config.getoption("--way") or ["ours"], scope="module")


@pytest.fixture(scope="module")
def play(way, request, tmp_path_factory):
    option = request.config.getoption
    timeout_ms = option("--node-timeout-ms")
    extra = ["--cluster-node-timeout", str(timeout_ms)] if timeout_ms else []
    base_port = option("--base-port") or usual_ports(option("--host"))
    taken = taken_ports(option("--host"), base_port)
    assert not taken, f"the walkthrough needs ports {base_port} to {base_port + 7} and their bus ports; taken: {taken}"
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


def usual_ports(host):
    """The walkthrough's own ports, or any free ones while somebody uses those."""
    return free_ports(8) if taken_ports(host, 6381) else 6381


def taken_ports(host, base_port):
    return [port for port in range(base_port, base_port + 8)
            if not (is_free(port, host) and is_free(port + BUS_OFFSET, host))]


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
