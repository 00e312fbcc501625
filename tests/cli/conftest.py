import pytest

import support


@pytest.fixture(scope="session")
def client():
    return support.find_client()


@pytest.fixture(scope="session")
def peer():
    return support.find_peer("redis-cli")


@pytest.fixture(scope="session")
def server():
    """A server that all tests of the run share; each starts with it empty (see `empty`)."""
    s = support.Server("--maxmemory-policy", "allkeys-lfu", "--lfu-decay-time", "0")
    yield s
    s.close()


@pytest.fixture
def empty(server):
    server.call("FLUSHALL")
    server.call("CONFIG", "RESETSTAT")
    return server


@pytest.fixture
def terminal():
    """Opens programs on terminals of their own and ends them with the test."""
    opened = []

    def start(program, arguments, **options):
        opened.append(support.Terminal(program, arguments, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()
