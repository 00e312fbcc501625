"""Killed with -9 under load, again and again, with appendfsync always: every acknowledged write is there afterwards.

Several writers send pipelines; what was acknowledged is noted as each reply arrives. After a restart, every key must
show its last acknowledged write or one that was sent later, and what one transaction wrote must stand or fall together.
Now and then the kill falls into a rewrite of the append-only file.
"""

import random
import threading

import pytest

from lib.ports import free_ports
from lib.resp import Connection, ErrorReply
from lib.server import Server
from lib.waiting import wait_until

WRITERS = 4
KEYS_PER_WRITER = 50
PIPELINE = 16
# Acknowledged writes before the kill, in a round.
FEWEST, MOST = 1, 3000
REWRITE_EVERY = 5
DEADLINE_S = 120


class Account:
    """One key (or the two keys of a transaction) and what was promised of it."""

    def __init__(self, name):
        self.name = name
        self.attempted = 0
        self.acknowledged = 0


class StringAccount(Account):
    """SET to a growing number."""

    def write(self):
        self.attempted += 1
        return [("SET", self.name, self.attempted)]

    def read(self):
        return [("GET", self.name)]

    def verdict(self, values):
        return self.acknowledged <= int(values[0] or 0) <= self.attempted


class CounterAccount(Account):
    """INCR: a write that is applied twice shows."""

    def write(self):
        self.attempted += 1
        return [("INCR", self.name)]

    def read(self):
        return [("GET", self.name)]

    def verdict(self, values):
        good = self.acknowledged <= int(values[0] or 0) <= self.attempted
        self.attempted = self.acknowledged = int(values[0] or 0)  # what was not answered either happened or never will
        return good


class ListAccount(CounterAccount):
    """RPUSH of one element."""

    def write(self):
        self.attempted += 1
        return [("RPUSH", self.name, "x" * 100)]

    def read(self):
        return [("LLEN", self.name)]


class TransactionAccount(StringAccount):
    """MULTI, two SETs to the same number, EXEC."""

    def write(self):
        self.attempted += 1
        return [("MULTI",), ("SET", self.name + ":a", self.attempted), ("SET", self.name + ":b", self.attempted), ("EXEC",)]

    def read(self):
        return [("GET", self.name + ":a"), ("GET", self.name + ":b")]

    def verdict(self, values):
        return values[0] == values[1] and super().verdict(values)


KINDS = (StringAccount, CounterAccount, ListAccount, TransactionAccount)


class Writer:
    """One connection at a time and the keys that only it writes."""

    def __init__(self, number):
        self.accounts = [KINDS[n % len(KINDS)](f"writer{number}:{n}") for n in range(KEYS_PER_WRITER)]
        self.acknowledged = 0
        self.refused = []
        self._dice = random.Random(number)

    def run(self, server):
        """Writes until the connection is gone. Any error reply is noted: there is no reason for one."""
        try:
            with Connection(server.host, server.port, timeout_s=DEADLINE_S) as connection:
                while True:
                    self._batch(connection)
        except OSError:
            pass

    def _batch(self, connection):
        chosen = [self._dice.choice(self.accounts) for _ in range(PIPELINE)]
        written = [(account, account.write(), account.attempted) for account in chosen]
        connection.send(*[command for _, commands, _ in written for command in commands])
        for account, commands, version in written:
            reply = [connection.read() for _ in commands][-1]
            if isinstance(reply, ErrorReply):
                self.refused.append(str(reply))
            else:
                account.acknowledged = version
                self.acknowledged += 1


def verify(server, writers):
    """The accounts that do not show what was promised of them."""
    accounts = [account for writer in writers for account in writer.accounts]
    wrong = []
    with Connection(server.host, server.port, timeout_s=DEADLINE_S) as connection:
        for account in accounts:
            questions = account.read()
            connection.send(*questions)
            values = [connection.read() for _ in questions]
            promised = f"{account.acknowledged} acknowledged, {account.attempted} attempted"
            if not account.verdict(values):
                wrong.append(f"{account.name} holds {values}: {promised}")
    return wrong


def load_and_kill(server, writers, target, rewrite):
    """Runs the writers until `target` more writes were acknowledged, then kills the server under them."""
    threads = [threading.Thread(target=writer.run, args=(server,), daemon=True) for writer in writers]
    before = sum(writer.acknowledged for writer in writers)
    for thread in threads:
        thread.start()
    if rewrite:
        server.call("BGREWRITEAOF")
    wait_until(lambda: sum(writer.acknowledged for writer in writers) >= before + target, DEADLINE_S,
               f"{target} more acknowledged writes", pause_s=0.001)
    server.kill()
    for thread in threads:
        thread.join()


def test_nothing_acknowledged_is_lost_by_kill_9(server_binary, tmp_path, request):
    rounds = request.config.getoption("--crash-rounds")
    dice = random.Random(rounds)
    server = Server(server_binary, free_ports(1), tmp_path / "data",
                    ["--appendonly", "yes", "--appendfsync", "always", "--save", ""])
    writers = [Writer(n) for n in range(WRITERS)]
    try:
        for number in range(1, rounds + 1):
            server.start()
            load_and_kill(server, writers, dice.randint(FEWEST, MOST), rewrite=number % REWRITE_EVERY == 0)
            server.start()
            wrong = verify(server, writers)
            assert not wrong, f"after crash {number}: {wrong[:10]}"
            assert not any(writer.refused for writer in writers), [writer.refused[:3] for writer in writers]
            server.kill()
    finally:
        if server.alive:
            server.kill()
    assert sum(writer.acknowledged for writer in writers) > rounds * FEWEST


@pytest.mark.fast
def test_the_accounts_see_what_they_should():
    string, counter, both = StringAccount("s"), CounterAccount("c"), TransactionAccount("t")
    for account in (string, counter, both):
        account.write()
        account.write()
        account.acknowledged = 1
    assert string.verdict([b"1"]) and string.verdict([b"2"]) and not string.verdict([None]) and not string.verdict([b"3"])
    assert not counter.verdict([b"3"])
    assert counter.attempted == counter.acknowledged == 3
    assert both.verdict([b"2", b"2"]) and not both.verdict([b"2", b"1"]) and not both.verdict([b"0", b"0"])
