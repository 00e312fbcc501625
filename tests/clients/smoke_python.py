"""usage: smoke_python.py crash|handover PORT...: python3-redis's RedisCluster in the part that smoke.mjs describes.

The library of Debian 12 (4.3) has no sharded pub/sub, and its subscriptions stay on the node they were made on. When a
node dies it cannot ask for the new order of the cluster ("cannot pickle '_thread.lock' object"): after a crash, the
application connects anew.
"""

import sys
import threading
import time

import redis
from redis.cluster import ClusterNode, RedisCluster

KEYS = 300
COUNTERS = 50
DEADLINE_S = 60
PAUSE_S = 0.02

heard = set()


def listen():
    for line in sys.stdin:
        heard.add(line.strip())


def until(what, condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(PAUSE_S)


def key(n):
    return f"smoke:{n}"


def value(n):
    return f"value of {n} \u00e9\r\n".encode()


def read_all(client, name=key):
    for n in range(KEYS):
        assert client.get(name(n)) == value(n), n


def pipeline(client, times):
    """A pipeline over counters of many slots, which the library splits by node."""
    with client.pipeline() as batch:
        for n in range(COUNTERS):
            batch.incr(f"counter:{n}")
        assert batch.execute() == [times + 1] * COUNTERS


def message(client, text):
    """Subscribed on one node, published through the cluster."""
    subscription = client.pubsub()
    subscription.subscribe("smoke channel")
    received = []

    def arrived():
        client.publish("smoke channel", text)
        reply = subscription.get_message(ignore_subscribe_messages=True, timeout=0.1)
        received.append(reply and reply["data"])
        return text.encode() in received
    until(f"the message {text}", arrived)
    subscription.close()


def connect():
    nodes = [ClusterNode("127.0.0.1", int(port)) for port in sys.argv[2:]]
    return RedisCluster(startup_nodes=nodes, socket_timeout=5)


def write_through_failover(client):
    """Writes until every key was written after the promotion; the client that works then, and how often one did not."""
    refused = 0
    missing = set(range(KEYS))
    promoted = False

    def all_written():
        nonlocal refused, client, promoted
        if not promoted and "promoted" in heard:
            promoted = True
            client = connect() if sys.argv[1] == "crash" else client
        for n in sorted(missing):
            try:
                client.set(f"after:{n}", value(n))
            except (redis.RedisError, redis.exceptions.RedisClusterException):
                refused += 1
                return False
            if promoted:
                missing.discard(n)
        return promoted and not missing
    until("every write to succeed again", all_written)
    read_all(client, lambda n: f"after:{n}")
    return client, refused


def main():
    threading.Thread(target=listen, daemon=True).start()
    client = connect()
    for n in range(KEYS):
        assert client.set(key(n), value(n))
    read_all(client)
    pipeline(client, 0)
    message(client, "before")
    print("ready", flush=True)
    until('the word "away"', lambda: "away" in heard)
    client, refused = write_through_failover(client)
    read_all(client)
    pipeline(client, 1)
    message(client, "after")
    print(f"done, {refused} writes refused meanwhile", flush=True)


if __name__ == "__main__":
    main()
