"""Where the nodes of the walkthrough live: processes on this machine, or containers on its network.

A host starts, stops and starts again the node of a port, and gives the client to use. Every node gets the flags of
the walkthrough (`--cluster-enabled yes --appendonly yes --port N`) and is kept to one address by `--bind`.
"""

import os
import resource
import subprocess

from lib.cli import Cli
from lib.resp import Connection, ErrorReply
from lib.server import Server
from lib.waiting import LookFailed, wait_until

FLAGS = ("--cluster-enabled", "yes", "--appendonly", "yes")
STOP_DEADLINE_S = 60


class LocalHost:
    """Nodes are processes; the data of each is a folder of its own."""

    def __init__(self, server_binary, cli_binary, directory, host, extra):
        self.host = host
        self.cli = Cli([cli_binary])
        self._binary = server_binary
        self._directory = directory
        self._options = [*FLAGS, *extra]
        self._servers = {}

    def start(self, port):
        if port not in self._servers:
            self._servers[port] = Server(
                self._binary, port, os.path.join(self._directory, str(port)), self._options, self.host)
        self._servers[port].start()

    def stop(self, port):
        """SIGTERM; the exit status must be 0."""
        status = self._servers[port].stop(STOP_DEADLINE_S)
        assert status == 0, f"stopped with SIGTERM, {port} ended with status {status}"

    def is_running(self, port):
        return port in self._servers and self._servers[port].alive

    def log(self, port):
        return self._servers[port].log_text()

    def close(self):
        for server in self._servers.values():
            if server.alive:
                server.kill()


def run_options():
    """How podman runs a container here: with limits no higher than our own, which an engine's defaults would raise (not
    every root may), and without the timer of the health check where no systemd could keep it."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as pid_max:
        processes = min(int(pid_max.read()), resource.getrlimit(resource.RLIMIT_NPROC)[1] % 2**64)
    options = ["--runtime", "runc", "--net", "host", "--ulimit", f"nofile={files}:{files}",
               "--ulimit", f"nproc={processes}:{processes}"]
    return options if os.path.isdir("/run/systemd/system") else [*options, "--no-healthcheck"]


class ContainerHost:
    """Nodes are containers `<prefix>-N` on the host's network, run by podman from an image; the client is the image's.

    N is the port's distance from the base port plus one, as in the walkthrough.
    """

    PODMAN = ("podman",)

    def __init__(self, image, directory, host, base_port, extra, prefix="redis-node"):
        self.host = host
        self._image = image
        self._directory = directory
        self._base_port = base_port
        self._options = [*FLAGS, *extra, "--bind", host]
        self._prefix = prefix
        self._created = set()
        first = self._name(base_port + 1)  # the second node runs whenever the client is used
        self.cli = Cli([*self.PODMAN, "exec", "-i", first, "redis-cli"],
                       [*self.PODMAN, "exec", "-it", first, "redis-cli"])

    def start(self, port):
        name = self._name(port)
        if port in self._created:
            self._podman("start", name)
        else:
            self._create(port)
        wait_until(lambda: self._answers(port), STOP_DEADLINE_S, f"{name} to answer PING")
        self._podman("exec", name, "/usr/local/lib/dunlin/healthcheck.sh")
        assert self._podman("exec", name, "stat", "-c", "%u", "/proc/1").strip() != "0", "the server runs as root"

    def stop(self, port):
        """SIGTERM with time to end; the exit status must be 0."""
        self._podman("stop", "--time", str(STOP_DEADLINE_S), self._name(port))
        status = self._podman("inspect", "--format", "{{.State.ExitCode}}", self._name(port)).strip()
        assert status == "0", f"stopped, {self._name(port)} ended with status {status}"

    def is_running(self, port):
        return port in self._created and self._podman(
            "inspect", "--format", "{{.State.Running}}", self._name(port)).strip() == "true"

    def log(self, port):
        return self._podman("logs", self._name(port), both=True)

    def close(self):
        for port in self._created:
            self._podman("rm", "--force", "--volumes", "--time", "0", self._name(port), check=False)

    def _name(self, port):
        return f"{self._prefix}-{port - self._base_port + 1}"

    def _create(self, port):
        volume = os.path.join(self._directory, self._name(port))
        os.makedirs(volume, exist_ok=True)
        self._created.add(port)
        self._podman("run", "-d", "--name", self._name(port), *run_options(), "-v", f"{volume}:/data", self._image,
                     *self._options, "--port", str(port))

    def _answers(self, port):
        if not self.is_running(port):
            raise RuntimeError(f"{self._name(port)} does not run:\n{self.log(port)[-2000:]}")
        try:
            with Connection(self.host, port) as connection:
                return connection.call("PING") == b"PONG"
        except (OSError, ErrorReply) as error:
            raise LookFailed(error) from error

    def _podman(self, *arguments, check=True, both=False):
        done = subprocess.run([*self.PODMAN, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, f"podman {' '.join(arguments)} failed:\n{done.stderr}"
        return done.stdout + (done.stderr if both else "")
