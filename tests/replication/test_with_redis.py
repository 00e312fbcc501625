"""Both ends of PSYNC over real sockets: our replication room (in `replication-peer`, which holds string keys) with a
redis-server, as its replica, as its primary, in chains with it, and through failovers."""

import os
import subprocess

import pytest

from lib.ports import free_ports
from lib.programs import existing
from lib.server import Server
from lib.waiting import wait_until

DEADLINE_S = 30


class Node(Server):
    """A redis-server or a replication-peer; both answer the few commands used here."""

    def value(self, section):
        return self.info("replication")[section]

    def counts(self):
        """(whole copies, partial ones) that this redis-server has given as a primary."""
        stats = self.info("stats")
        return int(stats["sync_full"]), int(stats["sync_partial_ok"])

    def logged(self, text):
        return self.log_text().count(text)


@pytest.fixture
def nodes(request, bin_dir, tmp_path):
    """A maker of nodes; whatever it made is gone afterwards."""
    made = []
    first_port = free_ports(4)

    def make(kind, *options):
        port = first_port + len(made)
        if kind == "peer":
            binary = existing(os.path.join(bin_dir, "replication-peer"))
        else:
            binary = existing(request.config.getoption("--peer-server"))
            options = ("--save", "", "--rdbcompression", "no", "--repl-diskless-sync-delay", "0",
                       "--repl-ping-replica-period", "1", *options)
        node = Node(binary, port, tmp_path / str(port), [str(word) for word in options])
        made.append(node)
        return node.start()

    yield make
    for node in made:
        if node.alive:
            node.kill()


def wait_up(replica):
    wait_until(lambda: replica.value("master_link_status") == "up", DEADLINE_S,
               f"{replica} to have its primary:\n{replica.log_tail()}")


def wait_same(*nodes):
    """Waits until all have the same offset of the same history."""
    def places():
        seen = {(node.value("master_replid"), node.value("master_repl_offset")) for node in nodes}
        return len(seen) == 1
    wait_until(places, DEADLINE_S, f"{nodes} to be at one place:\n" + "\n".join(node.log_tail() for node in nodes))


def wait_value(node, key, value):
    wait_until(lambda: node.call("GET", key) == value, DEADLINE_S, f"{node} to have {key}={value}")


def fill(primary, count=200):
    for i in range(count):
        primary.call("SET", f"key:{i}", f"value {i} " + "x" * (i * 7))
    primary.call("SET", "number", "12345")


def check_filled(node, count=200):
    assert node.call("DBSIZE") == count + 1
    for i in range(0, count, 17):
        assert node.call("GET", f"key:{i}") == f"value {i} " + "x" * (i * 7)
    assert node.call("GET", "number") == "12345"


@pytest.mark.parametrize("diskless", ["yes", "no"])
@pytest.mark.parametrize("load", ["file", "parser", "swap"])
def test_we_follow_redis(nodes, diskless, load):
    primary = nodes("redis", "--repl-diskless-sync", diskless)
    fill(primary)
    replica = nodes("peer", "--replicaof", primary.port, "--load", load)
    wait_up(replica)
    check_filled(replica)
    wait_until(lambda: "state=online" in primary.value("slave0"), DEADLINE_S, "redis to find us online")
    assert f"port={replica.port}" in primary.value("slave0")

    with primary.client() as client:
        client.set("stream", "1")
        assert client.wait(1, 5000) == 1
        with client.pipeline(transaction=True) as pipe:
            pipe.set("in a transaction", "1").set("stream", "2").execute()
        assert client.wait(1, 5000) == 1
    assert replica.call("GET", "stream") == "2"
    wait_same(primary, replica)

    # The line breaks at either end, and we go on where we were.
    replica.call("DROP")
    primary.call("SET", "stream", "3")
    wait_value(replica, "stream", "3")
    primary.call("CLIENT", "KILL", "TYPE", "replica")
    primary.call("SET", "stream", "4")
    wait_value(replica, "stream", "4")
    wait_same(primary, replica)
    assert primary.counts() == (1, 2)


@pytest.mark.parametrize("diskless", ["yes", "no"])
@pytest.mark.parametrize("load", ["disabled", "on-empty-db", "swapdb"])
def test_redis_follows_us(nodes, diskless, load):
    primary = nodes("peer", "--diskless", diskless)
    fill(primary)
    replica = nodes("redis", "--replicaof", f"127.0.0.1 {primary.port}", "--repl-diskless-load", load)
    wait_up(replica)
    check_filled(replica)
    primary.call("SET", "stream", "1")
    wait_value(replica, "stream", "1")
    wait_same(primary, replica)
    wait_until(lambda: primary.call("ACKED") == 1, DEADLINE_S, "redis to acknowledge everything")
    assert f"ip=127.0.0.1,port={replica.port},state=online" in primary.value("slave0")

    primary.call("DROPREPLICAS")
    primary.call("SET", "stream", "2")
    wait_value(replica, "stream", "2")
    replica.call("CLIENT", "KILL", "TYPE", "master")
    primary.call("SET", "stream", "3")
    wait_value(replica, "stream", "3")
    wait_same(primary, replica)
    assert replica.logged("Full resync from master") == 1
    assert replica.logged("Successful partial resynchronization with master") == 2
    assert primary.logged("Partial resynchronization request from") == 2


def test_redis_that_was_empty_is_served_an_empty_snapshot(nodes):
    primary = nodes("peer", "--diskless", "no")
    replica = nodes("redis", "--replicaof", f"127.0.0.1 {primary.port}")
    wait_up(replica)
    assert replica.call("DBSIZE") == 0


def test_redis_waits_for_a_file_that_takes_longer_than_its_timeout(nodes):
    """Nothing but empty lines goes over the link meanwhile."""
    primary = nodes("peer", "--diskless", "no", "--snapshot-ms", 4000)
    primary.call("SET", "a", "1")
    replica = nodes("redis", "--replicaof", f"127.0.0.1 {primary.port}", "--repl-timeout", 2)
    wait_up(replica)
    assert replica.call("GET", "a") == "1"
    assert replica.logged("Timeout") == 0
    assert replica.logged("Full resync from master") == 1


def test_our_pings_keep_redis_alive_and_its_pings_keep_us(nodes):
    first = nodes("peer", "--repl-timeout", 3, "--ping-period", 1)
    second = nodes("redis", "--replicaof", f"127.0.0.1 {first.port}", "--repl-timeout", 3)
    third = nodes("peer", "--replicaof", second.port, "--repl-timeout", 3)
    wait_up(second)
    wait_up(third)
    # A ping has fourteen bytes; five of them go through the chain in more time than the timeout.
    start = int(third.value("master_repl_offset"))
    wait_until(lambda: int(third.value("master_repl_offset")) >= start + 5 * 14, DEADLINE_S, "five pings to arrive")
    for node in (second, third):
        assert node.logged("MASTER timeout") == 0
    assert first.logged("Disconnecting timedout replica") == 0


@pytest.mark.parametrize("kinds", [("redis", "peer", "redis"), ("peer", "redis", "peer")])
def test_a_chain_and_the_promotion_of_its_middle(nodes, kinds):
    first = nodes(kinds[0])
    fill(first, 20)
    middle = nodes(kinds[1])
    middle.call("REPLICAOF", "127.0.0.1", first.port)
    wait_up(middle)
    last = nodes(kinds[2])
    last.call("REPLICAOF", "127.0.0.1", middle.port)
    wait_up(last)
    first.call("SET", "through", "1")
    wait_value(last, "through", "1")
    wait_same(first, middle, last)

    old_id = first.value("master_replid")
    middle.call("REPLICAOF", "NO", "ONE")
    assert middle.value("role") == "master"
    assert middle.value("master_replid2") == old_id
    middle.call("SET", "from the middle", "1")
    first.call("REPLICAOF", "127.0.0.1", middle.port)
    wait_value(last, "from the middle", "1")
    wait_value(first, "from the middle", "1")
    wait_same(first, middle, last)
    assert first.value("master_replid") != old_id
    # The whole copy that each had at the beginning was the only one.
    assert first.logged("Full resync from master") == 0
    assert last.logged("Full resync from master") == 1
    assert first.logged("Successful partial resynchronization with master") == 1


@pytest.mark.parametrize("kinds", [("redis", "peer"), ("peer", "redis")])
def test_failover_hands_the_role_over(nodes, kinds):
    first = nodes(kinds[0])
    second = nodes(kinds[1])
    first.call("SET", "a", "1")
    second.call("REPLICAOF", "127.0.0.1", first.port)
    wait_up(second)
    wait_until(lambda: "state=online" in first.value("slave0"), DEADLINE_S, "the replica to be online")
    assert first.call("FAILOVER", "TO", "127.0.0.1", second.port, "TIMEOUT", "20000") in ("OK", b"OK", True)
    wait_until(lambda: first.value("master_failover_state") == "no-failover", DEADLINE_S, "the failover to end")
    assert second.value("role") == "master"
    assert first.value("role") == "slave"
    second.call("SET", "a", "2")
    wait_value(first, "a", "2")
    wait_same(first, second)
    assert first.logged("Full resync from master") == 0


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_a_primary_that_knows_only_sync(nodes, diskless):
    primary = nodes("redis", "--repl-diskless-sync", diskless, "--rename-command", "PSYNC", "NOPSYNC")
    fill(primary, 20)
    replica = nodes("peer", "--replicaof", primary.port)
    wait_up(replica)
    check_filled(replica, 20)
    assert replica.logged("Retrying with SYNC...") == 1
    primary.call("SET", "stream", "1")
    wait_value(replica, "stream", "1")
    replica.call("DROP")
    primary.call("SET", "stream", "2")
    wait_value(replica, "stream", "2")
    assert primary.counts() == (2, 0)


def test_a_password(nodes):
    primary = nodes("redis")
    primary.call("CONFIG", "SET", "requirepass", "secret")
    wrong = nodes("peer", "--replicaof", primary.port, "--auth", "guess")
    wait_until(lambda: wrong.logged("Unable to AUTH to MASTER: -WRONGPASS") >= 2, DEADLINE_S, "two attempts to fail")
    assert wrong.value("master_link_status") == "down"
    right = nodes("peer", "--replicaof", primary.port, "--auth", "secret")
    wait_up(right)


def test_a_replica_that_is_no_longer_wanted_is_told_later(nodes):
    """A chain whose top is gone refuses newcomers with -NOMASTERLINK, and takes them when the top is back."""
    first = nodes("redis")
    middle = nodes("peer", "--replicaof", first.port)
    wait_up(middle)
    first.kill()
    wait_until(lambda: middle.value("master_link_status") == "down", DEADLINE_S, "the loss to be seen")
    last = nodes("redis", "--replicaof", f"127.0.0.1 {middle.port}")
    wait_until(lambda: last.logged("NOMASTERLINK") >= 1, DEADLINE_S, "the newcomer to be refused")
    first.start()
    wait_up(middle)
    wait_up(last)
    wait_same(first, middle, last)


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_redis_cli_fetches_a_snapshot(nodes, request, diskless, tmp_path):
    primary = nodes("peer", "--diskless", diskless)
    fill(primary, 20)
    path = str(tmp_path / "fetched.rdb")
    client = existing(request.config.getoption("--peer-cli"))
    done = subprocess.run([client, "-p", str(primary.port), "--rdb", path], capture_output=True, text=True,
                          timeout=DEADLINE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = subprocess.run([existing("redis-check-rdb"), path], capture_output=True, text=True, timeout=DEADLINE_S)
    assert checked.returncode == 0, checked.stdout
    assert "RDB looks OK" in checked.stdout
    assert primary.logged("rdb only replica") == 1
