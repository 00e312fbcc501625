"""deploy/compose.yaml makes a cluster: each of its services is run by podman the way a compose program would run it.

Only what the file uses is understood (image, network_mode, volumes, entrypoint, command); anything else but the known
harmless keys fails the test, so that the file cannot grow past its test. Ports 6381 to 6386 become free ones.
"""

import os
import re
import subprocess

import pytest
import yaml

from conftest import TOP
from lib.cluster_text import parse_info, parse_nodes
from lib.ports import free_ports
from lib.resp import Connection
from lib.waiting import LookFailed, wait_until
from walkthrough.hosts import run_options

DEADLINE_S = 120
UNDERSTOOD = {"image", "network_mode", "volumes", "entrypoint", "command"}
HARMLESS = {"restart", "depends_on"}


def read_compose(image, base_port):
    with open(os.path.join(TOP, "deploy", "compose.yaml"), encoding="utf-8") as file:
        text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: {"IMAGE": image}.get(match.group(1), match.group(2)), file.read())
    text = re.sub(r"\b638([1-6])\b", lambda match: str(base_port + int(match.group(1)) - 1), text)
    return yaml.safe_load(text)


def podman(*arguments, check=True):
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, f"podman {' '.join(arguments)}: {done.stderr}"
    return done.stdout + done.stderr


class Project:
    """The running services of a compose file, as containers `dunlin-test-<service>`."""

    def __init__(self, compose):
        self.services = compose["services"]
        self.volumes = compose["volumes"]

    def up(self):
        for name, service in self.services.items():
            unknown = set(service) - UNDERSTOOD - HARMLESS
            assert not unknown, f"the test does not understand {unknown} of {name}"
            assert service["network_mode"] == "host"
            options = [*run_options(), "--name", self.container(name)]
            for volume in service.get("volumes", []):
                assert volume.split(":")[0] in self.volumes
                options += ["-v", f"dunlin-test-{volume}"]
            if "entrypoint" in service:
                entry, *rest = service["entrypoint"]
                options += ["--entrypoint", entry]
                assert not rest
            podman("run", "-d", *options, service["image"], *service["command"])

    def container(self, name):
        return f"dunlin-test-{name}"

    def wait_end(self, name):
        """Waits for the end of a service; its exit status and what it said."""
        status = podman("wait", self.container(name)).strip()
        return int(status), podman("logs", self.container(name))

    def down(self):
        for name in self.services:
            podman("rm", "--force", "--ignore", "--time", "0", self.container(name), check=False)
        podman("volume", "rm", "--force", *(f"dunlin-test-{name}" for name in self.volumes), check=False)


@pytest.fixture
def base_port():
    return free_ports(6)


@pytest.fixture
def project(request, base_port):
    one = Project(read_compose(request.config.getoption("--image"), base_port))
    one.down()
    yield one
    one.down()


def call(port, *words):
    with Connection("127.0.0.1", port) as connection:
        return connection.call(*words)


def test_compose_makes_a_cluster(project, base_port):
    project.up()
    status, said = project.wait_end("create")
    assert status == 0, said
    assert "[OK] All 16384 slots covered." in said

    def look_ok():
        for port in range(base_port, base_port + 6):
            info = parse_info(call(port, "CLUSTER", "INFO").decode())
            if info["cluster_state"] != "ok" or info["cluster_known_nodes"] != "6":
                raise LookFailed(f"{port}: {info}")
        return True
    wait_until(look_ok, DEADLINE_S, "all six nodes to be ok")
    nodes = parse_nodes(call(base_port, "CLUSTER", "NODES").decode())
    assert sorted(node.is_primary for node in nodes.values()) == [False] * 3 + [True] * 3

    # A second `up` finds the cluster made.
    podman("start", project.container("create"))
    status, said = project.wait_end("create")
    assert status == 0 and "is in a cluster already" in said, said
