"""What tests of single servers share."""

import pytest

from lib.ports import free_ports
from lib.server import Server


@pytest.fixture
def start(server_binary, tmp_path):
    """start(*options) -> a started Server that takes DEBUG; `binary` chooses another one. All are gone after the test."""
    started = []

    def one(*options, binary=server_binary):
        options = ["--enable-debug-command", "yes", *options]
        server = Server(binary, free_ports(1), tmp_path / str(len(started)), options)
        started.append(server)
        return server.start()

    yield one
    for server in started:
        if server.alive:
            server.kill()
