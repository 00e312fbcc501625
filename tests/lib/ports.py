"""Free TCP ports on 127.0.0.1, chosen so that the cluster bus port (port + 10000) is free as well."""

import os
import random
import socket

BUS_OFFSET = 10000
# Below the range from which the kernel takes ports for outgoing connections (32768 and up), bus port included.
LOWEST = 10100
HIGHEST = 22000


def is_free(port, host="127.0.0.1"):
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count):
    """The first of `count` consecutive ports whose bus ports are free too.

    Nothing holds them for the caller: start the servers soon.
    """
    dice = random.Random(os.getpid() ^ random.SystemRandom().getrandbits(32))
    for _ in range(200):
        first = dice.randrange(LOWEST, HIGHEST - count)
        wanted = range(first, first + count)
        if all(is_free(port) and is_free(port + BUS_OFFSET) for port in wanted):
            return first
    raise RuntimeError(f"no {count} consecutive free ports found")
