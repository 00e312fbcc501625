"""What nodes do for one another beside the protocol's messages: subscriptions, links and their ends."""

import re

import pytest

from lib.cluster import look_settled
from lib.cluster_text import key_slot
from lib.resp import Connection
from lib.waiting import wait_until

DEADLINE_S = 30


@pytest.fixture
def pair(start):
    """Two primaries that share the slots."""
    one, two = (start("--cluster-enabled", "yes") for _ in range(2))
    one.call("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
    two.call("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
    two.call("CLUSTER", "SET-CONFIG-EPOCH", 2)
    one.call("CLUSTER", "MEET", two.host, two.port)
    wait_until(lambda: len(look_settled([one, two])) == 2, DEADLINE_S, "the two to know each other")
    return one, two


def slot_of(channel):
    return key_slot(channel.encode())


def channel_in(first, last):
    return next(name for name in (f"channel:{i}" for i in range(10000)) if first <= slot_of(name) <= last)


def subscribe(server, *channels):
    connection = Connection(server.host, server.port)
    for channel in channels:
        assert connection.call("SSUBSCRIBE", channel)[1] == channel.encode()
    return connection


def test_a_sharded_channel_ends_where_its_slot_goes_away(pair):
    one, two = pair
    goes, stays = channel_in(0, 4000), channel_in(4001, 8191)
    with subscribe(one, goes, stays) as listener:
        one.call("CLUSTER", "SETSLOT", slot_of(goes), "NODE", two.call("CLUSTER", "MYID"))
        assert listener.read() == [b"sunsubscribe", goes.encode(), 1]
        assert one.call("PUBSUB", "SHARDCHANNELS") == [stays]
        one.call("SPUBLISH", stays, "still here")
        assert listener.read() == [b"smessage", stays.encode(), b"still here"]


def test_a_sharded_channel_ends_with_its_slot_and_with_a_reset(pair):
    one, _ = pair
    deleted, reset = channel_in(0, 4000), channel_in(4001, 8191)
    with subscribe(one, deleted, reset) as listener:
        one.call("CLUSTER", "DELSLOTS", slot_of(deleted))
        assert listener.read() == [b"sunsubscribe", deleted.encode(), 1]
        one.call("CLUSTER", "RESET", "HARD")
        assert listener.read() == [b"sunsubscribe", reset.encode(), 0]


def test_what_was_published_counts_as_memory_of_the_links(pair):
    one, _ = pair
    with one.client() as client:
        transaction = client.pipeline(transaction=True)
        transaction.info("memory")
        for _ in range(10):
            transaction.execute_command("PUBLISH", "channel", "x" * 10000)
        transaction.info("memory")
        replies = transaction.execute()
    assert replies[-1]["mem_cluster_links"] - replies[0]["mem_cluster_links"] > 10 * 10000
    limit = replies[0]["mem_cluster_links"] + 10000
    wait_until(lambda: int(one.info("memory")["mem_cluster_links"]) < limit, DEADLINE_S, "the messages to be sent")


def followers(primary):
    return int(primary.info("replication")["connected_slaves"])


def link_is_up(replica):
    return replica.info("replication")["master_link_status"] == "up"


def test_the_stream_of_our_primary_is_a_client_that_can_be_killed(start):
    primary = start()
    replica = start("--replicaof", f"{primary.host} {primary.port}")
    wait_until(lambda: link_is_up(replica), DEADLINE_S, "the link")
    line = replica.call("CLIENT", "LIST", "TYPE", "master")
    assert re.search(rf" addr={primary.host}:{primary.port} .* flags=M ", line)
    assert " flags=M " in replica.call("CLIENT", "LIST")
    before = int(primary.info("stats")["sync_partial_ok"])
    assert replica.call("CLIENT", "KILL", f"{primary.host}:{primary.port}") == "OK"
    wait_until(lambda: int(primary.info("stats")["sync_partial_ok"]) == before + 1, DEADLINE_S, "another link")
    number = re.match(r"id=(\d+) ", line).group(1)
    wait_until(lambda: link_is_up(replica), DEADLINE_S, "the link again")
    assert replica.call("CLIENT", "KILL", "ID", number) == 1
    wait_until(lambda: int(primary.info("stats")["sync_partial_ok"]) == before + 2, DEADLINE_S, "a third link")


def test_a_replica_that_is_being_copied_to_does_not_keep_its_primary_from_ending(start):
    primary = start("--save", "", "--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0",
                    "--rdb-key-save-delay", "1000000")
    primary.call("DEBUG", "POPULATE", 1000)
    start("--replicaof", f"{primary.host} {primary.port}")
    wait_until(lambda: followers(primary) == 1, DEADLINE_S, "the replica to ask")
    wait_until(lambda: primary.info("persistence")["current_save_keys_total"] != "0", DEADLINE_S, "the copy to begin")
    assert primary.stop(DEADLINE_S) == 0
